//! Why a command did not succeed.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::config::ConfigError;
use crate::TlsError;
use crate::admin::{ImportFailure, KeyFailure, TokenFailure, TransferError};
use crate::auth::{CredentialId, InvalidToken, SetupError};
use crate::domain::FunctionKey;
use crate::monitoring::InstallError;
use crate::store::{InvalidStoreUrl, StoreError};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the process cannot start its threads")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0:?} names no function here: {1}")]
    Function(String, String),
    #[error("--expires: that is too far away")]
    Expiry,
    #[error("--token: {0}")]
    TokenText(#[source] InvalidToken),
    #[error("--to: {0}")]
    OtherStore(#[source] InvalidStoreUrl),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the log cannot be started")]
    Log(#[source] io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Metrics(#[from] InstallError),
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error("cannot listen on {address}; choose another address with {flag}")]
    Listen {
        address: SocketAddr,
        flag: &'static str,
        #[source]
        cause: io::Error,
    },
    #[error("cannot serve")]
    Serve(#[source] io::Error),
    #[error("stopped by a second signal, before all requests in flight were finished")]
    Interrupted,
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Import(#[from] ImportFailure),
    #[error(transparent)]
    Token(#[from] TokenFailure),
    #[error(transparent)]
    Key(#[from] KeyFailure),
    #[error("the secret key cannot be read from {}", .0.display())]
    SecretFile(PathBuf, #[source] io::Error),
    #[error("the code {} cannot be read", .0.display())]
    Code(PathBuf, #[source] io::Error),
    #[error("the code {} is empty", .0.display())]
    NoCode(PathBuf),
    #[error("there is no function {0}; `functions list` shows those that there are")]
    NoSuchFunction(FunctionKey),
    #[error("the function {0} never had a version {1}")]
    NoSuchVersion(FunctionKey, String),
    #[error("there is no token {0}; `token list` shows those that there are")]
    NoSuchToken(CredentialId),
    #[error("there is no access key {0}; `key list` shows those that there are")]
    NoSuchKey(String),
    #[error(transparent)]
    Transfer(#[from] TransferError),
    #[error("the store is not sound:\n  {}", .0.join("\n  "))]
    Unsound(Vec<String>),
    #[error("cannot write to stdout")]
    Output(#[source] io::Error),
}

impl Failure {
    /// The exit status: 2 where the command line or the configuration is wrong, so that nothing
    /// was begun, and 1 for everything else.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Setup(_)
            | Self::Function(..)
            | Self::Expiry
            | Self::TokenText(_)
            | Self::OtherStore(_) => 2,
            _ => 1,
        }
    }
}
