//! Who calls, and where the secrets of it are.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use clap::parser::ValueSource;
use functiongraph_client::credentials::{
    Chain, CredentialSource, Environment, PasswordLogin, Token,
};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::failure::Failure;

/// The variable that holds a token.
pub(crate) const TOKEN: &str = "FUNCTIONGRAPH_TOKEN";
/// The variable that holds the token of temporary access keys.
pub(crate) const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
const USER: &str = "FUNCTIONGRAPH_USER";
const PASSWORD: &str = "FUNCTIONGRAPH_PASSWORD";
const DOMAIN: &str = "FUNCTIONGRAPH_DOMAIN";

/// The largest token that is read from a file, in bytes.
const LARGEST_TOKEN: usize = 64 * 1024;

/// Where credentials come from.
pub(crate) enum Identity {
    /// A token, and where it was found.
    Token(Token, Place),
    /// A login, and what of it is no secret.
    Login(Box<PasswordLogin>, Account),
    /// Access keys, wherever the chain finds them.
    Keys,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a variable of the environment.
    Variable(&'static str),
    /// In a file.
    File(PathBuf),
    /// In neither.
    Elsewhere,
}

/// Whose login it is.
pub(crate) struct Account {
    user: String,
    domain: String,
}

impl Account {
    /// Where a login comes from.
    pub(crate) fn origin() -> String {
        format!("${USER}, ${PASSWORD}, ${DOMAIN}")
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.user, self.domain)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Elsewhere => formatter.write_str("elsewhere"),
        }
    }
}

impl Identity {
    /// The first that there is. A file that the command line names counts before any variable, one
    /// that a variable names after the token's own.
    pub(crate) fn find(global: &Global, matches: &ArgMatches) -> Result<Self, Failure> {
        let typed = matches.value_source("token_file") == Some(ValueSource::CommandLine);
        if !typed && let Some(token) = variable(TOKEN)? {
            return Ok(Self::Token(
                Token::new(token.trim()),
                Place::Variable(TOKEN),
            ));
        }
        if let Some(path) = &global.token_file {
            return Self::of_file(path);
        }
        match (variable(USER)?, variable(PASSWORD)?, variable(DOMAIN)?) {
            (Some(user), Some(mut password), Some(domain)) => {
                let account = Account {
                    user: user.to_string(),
                    domain: domain.to_string(),
                };
                // Moved, so that no copy is left behind.
                let password = std::mem::take(&mut *password);
                let login = PasswordLogin::new(&account.domain, &account.user, password);
                Ok(Self::Login(Box::new(login), account))
            }
            (None, None, _) => Ok(Self::Keys),
            _ => Err(Failure::Usage(format!(
                "a login needs {USER}, {PASSWORD} and {DOMAIN}: not all of them are set"
            ))),
        }
    }

    fn of_file(path: &Path) -> Result<Self, Failure> {
        let what = || format!("the token file {}", path.display());
        let failed = |error| Failure::local(what(), error);
        // As large as it can become: a text that grows leaves copies of its secret behind.
        let mut text = Zeroizing::new(String::with_capacity(LARGEST_TOKEN + 1));
        let file = File::open(path).map_err(failed)?;
        file.take(LARGEST_TOKEN as u64 + 1)
            .read_to_string(&mut text)
            .map_err(failed)?;
        if text.len() > LARGEST_TOKEN {
            let reason = format!("it is larger than {LARGEST_TOKEN} bytes, which no token is");
            return Err(Failure::local(what(), reason));
        }
        Ok(Self::Token(
            Token::new(text.trim()),
            Place::File(path.to_owned()),
        ))
    }

    /// Where the token is that requests are sent with: the caller's own, or that of temporary keys.
    pub(crate) fn place_of_token(&self) -> Place {
        match self {
            Self::Token(_, place) => place.clone(),
            Self::Keys if Environment::new().keys().is_ok() => Place::Variable(SECURITY_TOKEN),
            Self::Login(..) | Self::Keys => Place::Elsewhere,
        }
    }

    pub(super) fn into_source(self) -> Arc<dyn CredentialSource> {
        match self {
            Self::Token(token, _) => Arc::new(token),
            Self::Login(login, _) => Arc::new(*login),
            Self::Keys => Arc::new(Chain::default()),
        }
    }
}

/// A variable that holds more than white space; its value goes as a secret does.
fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let value = std::env::var_os(name)
        .map(OsString::into_string)
        .transpose();
    let value = value.map_err(|value| {
        drop(Zeroizing::new(value.into_encoded_bytes()));
        Failure::Usage(format!("{name} is not valid UTF-8"))
    })?;
    Ok(value
        .map(Zeroizing::new)
        .filter(|value| !value.trim().is_empty()))
}
