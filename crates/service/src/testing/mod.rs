//! The service in process, for tests: of this crate, and of anybody who talks to FunctionGraph.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = functiongraph_service::testing::start().await?;
//! println!("{} takes the token {}", service.versions_url(), service.token());
//! service.stop().await?;
//! # Ok(())
//! # }
//! ```

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admin::{
    self, ImportFailure, ImportedFile, KeyFailure, KeyRequest, TokenFailure, TokenRequest,
};
use crate::auth::{Role, SecretKey, SetupError, Token};
use crate::config::Settings;
use crate::domain::{Actor, Clock, FunctionKey, Origin, Random, SystemClock, SystemRandom};
pub use crate::domain::{ManualClock, SeededRandom};
use crate::folder::Folder;
use crate::store::{AnyStore, ImportMode, Store, StoreError, StoreUrl};
use crate::{Service, serve};

/// The project of the function that every test service has.
pub const PROJECT: &str = "0123456789abcdef0123456789abcdef";

/// The URN of the function that every test service has.
pub const FUNCTION_URN: &str =
    "urn:fss:test-1:0123456789abcdef0123456789abcdef:function:default:hello";

/// The file that the function comes from.
const FUNCTION: &str = include_str!("function.json");

/// Why a test service did not start, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// Files or sockets of the test.
    #[error("the test service cannot be set up")]
    Io(#[from] io::Error),
    /// Its settings of authentication.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Its store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An import.
    #[error(transparent)]
    Import(#[from] ImportFailure),
    /// A token.
    #[error(transparent)]
    Token(#[from] TokenFailure),
    /// A key pair.
    #[error(transparent)]
    Key(#[from] KeyFailure),
}

/// Starts a service on a free port of this machine, with a store of its own, a function and a token
/// of its project.
///
/// # Errors
/// Whatever the operating system refuses.
pub async fn start() -> Result<TestService, TestError> {
    TestService::builder().start().await
}

/// Settings of a test service.
pub struct TestServiceBuilder {
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl std::fmt::Debug for TestServiceBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TestServiceBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl TestServiceBuilder {
    /// Sets the settings; the defaults otherwise.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the clock; the system's otherwise.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the random source; the system's otherwise.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Starts the service.
    ///
    /// # Errors
    /// Whatever the operating system refuses.
    pub async fn start(self) -> Result<TestService, TestError> {
        let folder = Folder::new()?;
        let url = StoreUrl::Sqlite(folder.path().join("store.db"));
        let store = Arc::new(AnyStore::open(&url).await?);
        import(&store, FUNCTION).await?;
        let token = add_token(&store, PROJECT, Role::Publisher).await?;
        let key = KeyPair::generate(&SystemRandom);
        add_key(&store, &key, PROJECT, Role::Publisher).await?;
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let service = Service::builder(Arc::clone(&store))
            .settings(self.settings)
            .clock(self.clock)
            .random(self.random)
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve(listener, service, async {
            // Dropping the test service stops it too.
            drop(stopped.await);
        }));
        Ok(TestService {
            store,
            address,
            token,
            key,
            stop: Some(stop),
            running,
            _folder: folder,
        })
    }
}

/// A running service. It stops when it is dropped.
#[derive(Debug)]
pub struct TestService {
    store: Arc<AnyStore>,
    address: SocketAddr,
    token: Token,
    key: KeyPair,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<io::Result<()>>,
    _folder: Folder,
}

impl TestService {
    /// A service with settings of one's own.
    pub fn builder() -> TestServiceBuilder {
        TestServiceBuilder {
            settings: Settings::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service's URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of the versions of the function that it has.
    pub fn versions_url(&self) -> String {
        format!(
            "{}/v2/{PROJECT}/fgs/functions/{FUNCTION_URN}/versions",
            self.url()
        )
    }

    /// A token that may publish in [`PROJECT`].
    pub fn token(&self) -> &str {
        self.token.reveal()
    }

    /// Another token.
    ///
    /// # Errors
    /// A project that cannot be one, and what the store reports.
    pub async fn add_token(&self, project: &str, role: Role) -> Result<String, TestError> {
        let token = add_token(&self.store, project, role).await?;
        Ok(token.reveal().to_owned())
    }

    /// The access key of a key pair that may publish in [`PROJECT`].
    pub fn access_key(&self) -> &str {
        &self.key.access
    }

    /// The secret key of the pair.
    pub fn secret_key(&self) -> &str {
        self.key.secret.reveal()
    }

    /// Another key pair: access key and secret key.
    ///
    /// # Errors
    /// A project that cannot be one, and what the store reports.
    pub async fn add_key(&self, project: &str, role: Role) -> Result<(String, String), TestError> {
        let key = KeyPair::generate(&SystemRandom);
        add_key(&self.store, &key, project, role).await?;
        Ok((key.access, key.secret.reveal().to_owned()))
    }

    /// Imports a function's working copy, a JSON text as in a file for `functiongraphd import`; it
    /// replaces one that is there.
    ///
    /// # Errors
    /// Everything that is wrong with the text, and what the store reports.
    pub async fn import(&self, text: &str) -> Result<FunctionKey, TestError> {
        import(&self.store, text).await
    }

    /// The store, for what the API cannot do.
    pub fn store(&self) -> &Arc<AnyStore> {
        &self.store
    }

    /// Stops the service: requests in flight are finished, all others are answered 503.
    ///
    /// # Errors
    /// The service ended in a panic.
    pub async fn stop(mut self) -> Result<(), TestError> {
        drop(self.stop.take());
        (&mut self.running)
            .await
            .map_err(|error| TestError::Io(io::Error::other(error)))??;
        self.store.close().await;
        Ok(())
    }
}

/// What the audit of a test service knows of what its methods change.
fn origin() -> Origin {
    Origin {
        actor: Actor::administrator("test"),
        at: SystemClock.now(),
        request_id: None,
    }
}

async fn add_token(store: &AnyStore, project: &str, role: Role) -> Result<Token, TestError> {
    let request = TokenRequest {
        project: project.to_owned(),
        role,
        chosen: None,
        expires: None,
    };
    let (token, _) = admin::add_token(store, &SystemRandom, request, origin()).await?;
    Ok(token)
}

async fn import(store: &AnyStore, text: &str) -> Result<FunctionKey, TestError> {
    let texts = [(PathBuf::from("the function"), text.as_bytes().to_vec())];
    let imported = admin::import_texts(store, &texts, ImportMode::Update, origin()).await?;
    imported
        .into_iter()
        .next()
        .map(|ImportedFile { function, .. }| function)
        .ok_or_else(|| TestError::Io(io::Error::other("the function was not imported")))
}

/// A key pair, of the form that the vendor's have.
#[derive(Debug)]
struct KeyPair {
    access: String,
    secret: SecretKey,
}

impl KeyPair {
    fn generate(random: &dyn Random) -> Self {
        Self {
            access: random.characters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20),
            secret: SecretKey::new(random.characters(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                40,
            )),
        }
    }
}

async fn add_key(
    store: &AnyStore,
    key: &KeyPair,
    project: &str,
    role: Role,
) -> Result<(), TestError> {
    let request = KeyRequest {
        access: key.access.clone(),
        secret: key.secret.clone(),
        project: project.to_owned(),
        role,
        expires: None,
    };
    admin::add_key(store, request, origin()).await?;
    Ok(())
}
