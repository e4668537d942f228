//! What the commands do.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::args::{AddTokenArguments, ImportArguments, ServeArguments, StoreArguments};
use super::log;
use crate::admin::{self, ImportFailure, TokenFailure, TokenRequest};
use crate::auth::RECOMMENDED_TOKEN_LENGTH;
use crate::config::Settings;
use crate::domain::{Actor, Clock as _, Origin, SystemClock, SystemRandom};
use crate::store::{AnyStore, ImportMode, Imported, Store, StoreError};
use crate::{Service, serve as run};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the process cannot start its threads")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot listen on {0}; choose another address with --listen")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("cannot serve")]
    Serve(#[source] io::Error),
    #[error("stopped by a second signal, before all requests in flight were finished")]
    Interrupted,
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    #[error("--log: the filter cannot be read")]
    Log(#[from] tracing_subscriber::filter::ParseError),
    #[error(transparent)]
    Import(#[from] ImportFailure),
    #[error(transparent)]
    Token(#[from] TokenFailure),
    #[error("cannot write to stdout")]
    Output(#[source] io::Error),
}

pub(super) async fn serve(arguments: ServeArguments) -> Result<(), Failure> {
    log::start(&arguments.log, arguments.log_format)?;
    let mut settings = Settings::default();
    settings.rules.max_versions = arguments.max_versions;
    settings.rules.refuse_unchanged = arguments.refuse_unchanged;
    settings.limits.body_bytes = usize::try_from(arguments.max_body).unwrap_or(usize::MAX);
    settings.limits.shutdown_timeout = Duration::from_secs(arguments.shutdown_timeout.into());

    // Before the address is announced: whoever stops the service may do so at once.
    let mut signals = Signals::new().map_err(Failure::Signals)?;
    let store = Arc::new(AnyStore::open(&arguments.store.url).await?);
    let refused = |error| Failure::Listen(arguments.listen, error);
    let listener = TcpListener::bind(arguments.listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let service = Service::builder(Arc::clone(&store))
        .settings(settings)
        .build();
    tracing::info!(store = %arguments.store.url, %address, "serving");
    say(format_args!("listening on http://{address}"))?;

    let (stop, stopped) = oneshot::channel();
    let (stop_now, stopped_now) = oneshot::channel();
    tokio::spawn(async move {
        signals.wait().await;
        // Nobody listens where the service has ended by itself.
        let _ = stop.send(());
        signals.wait().await;
        let _ = stop_now.send(());
    });
    let shutdown = async {
        drop(stopped.await);
    };
    let served = tokio::select! {
        served = run(listener, service, shutdown) => served.map_err(Failure::Serve),
        Ok(()) = stopped_now => Err(Failure::Interrupted),
    };
    store.close().await;
    tracing::info!("stopped");
    served
}

pub(super) async fn import(arguments: ImportArguments) -> Result<(), Failure> {
    let store = open(&arguments.store).await?;
    let mode = if arguments.update {
        ImportMode::Update
    } else {
        ImportMode::CreateOnly
    };
    let imported = admin::import(&store, &arguments.files, mode, origin()).await;
    store.close().await;
    for file in imported? {
        let outcome = match file.outcome {
            Imported::Created => "created",
            Imported::Unchanged => "unchanged",
            Imported::Updated => "updated",
        };
        say(format_args!(
            "{outcome} {} ({})",
            file.function,
            file.file.display()
        ))?;
    }
    Ok(())
}

pub(super) async fn add_token(arguments: AddTokenArguments) -> Result<(), Failure> {
    if let Some(token) = &arguments.token
        && token.reveal().len() < RECOMMENDED_TOKEN_LENGTH
    {
        // Where stderr is closed there is nobody to warn.
        drop(writeln!(
            io::stderr(),
            "warning: a token of fewer than {RECOMMENDED_TOKEN_LENGTH} characters may be guessed; leave --token out to have one made"
        ));
    }
    let store = open(&arguments.store).await?;
    let role = arguments.role();
    let added = admin::add_token(
        &store,
        &SystemRandom,
        TokenRequest {
            project: arguments.project,
            role,
            chosen: arguments.token,
            expires: None,
        },
        origin(),
    )
    .await;
    store.close().await;
    say(format_args!("{}", added?.0.reveal()))
}

/// What the audit knows of whoever runs the command: the name of the account.
fn origin() -> Origin {
    let account = ["LOGNAME", "USER", "USERNAME"]
        .into_iter()
        .find_map(|name| {
            std::env::var(name)
                .ok()
                .filter(|account| !account.is_empty())
        });
    Origin {
        actor: Actor::administrator(account.unwrap_or_else(|| "unknown".into())),
        at: SystemClock.now(),
        request_id: None,
    }
}

async fn open(arguments: &StoreArguments) -> Result<AnyStore, Failure> {
    Ok(AnyStore::open(&arguments.url).await?)
}

/// Writes a line to stdout at once.
fn say(line: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(Failure::Output)
}

/// What ends the service: Ctrl-C, and on Unix SIGTERM.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        // Where Ctrl-C cannot be waited for, the process can still be ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
