//! What the commands do.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use super::args::{AddTokenArguments, ImportArguments, PrintArguments, PrintFormat};
use super::config::{self, ConfigError, Configuration, Given, StoreScope};
use super::output::{print, say};
use crate::TlsError;
use crate::admin::{self, ImportFailure, TokenFailure, TokenRequest};
use crate::auth::RECOMMENDED_TOKEN_LENGTH;
use crate::domain::{Actor, Clock as _, Origin, SystemClock, SystemRandom};
use crate::monitoring::InstallError;
use crate::store::{AnyStore, ImportMode, Imported, Store, StoreError};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the process cannot start its threads")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot listen on {address}; choose another address with {flag}")]
    Listen {
        address: SocketAddr,
        flag: &'static str,
        #[source]
        cause: io::Error,
    },
    #[error("the log cannot be started")]
    Log(#[source] io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Metrics(#[from] InstallError),
    #[error("cannot serve")]
    Serve(#[source] io::Error),
    #[error("stopped by a second signal, before all requests in flight were finished")]
    Interrupted,
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Import(#[from] ImportFailure),
    #[error(transparent)]
    Token(#[from] TokenFailure),
    #[error("cannot write to stdout")]
    Output(#[source] io::Error),
}

impl Failure {
    /// The exit status: 2 where the command line or the configuration is wrong, so that nothing
    /// was begun, and 1 for everything else.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Config(_) => 2,
            _ => 1,
        }
    }
}

pub(super) async fn import(arguments: ImportArguments) -> Result<(), Failure> {
    let store = open(&arguments.given).await?;
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
    let store = open(&arguments.given).await?;
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

async fn open(given: &Given<StoreScope>) -> Result<AnyStore, Failure> {
    let (configuration, _) = Configuration::load(given)?;
    Ok(AnyStore::open(configuration.store()?).await?)
}

pub(super) fn print_config(arguments: &PrintArguments) -> Result<(), Failure> {
    let (_, effective) = Configuration::load(&arguments.given)?;
    let text = match arguments.format {
        PrintFormat::Toml => config::toml(&effective),
        PrintFormat::Json => format!("{:#}\n", config::json(&effective)),
    };
    print(&text)
}
