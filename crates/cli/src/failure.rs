//! What a failure means for whoever called: a status, a report and a hint.

use std::io;

use std::time::Duration;

use functiongraph_client::credentials::{Asked, CredentialError};
use functiongraph_client::{Error, ErrorKind};
use thiserror::Error as ThisError;

/// Characters of the service's message that are told at most.
const MESSAGE: usize = 4096;

/// Why a command did not do what it was asked.
#[derive(Debug, ThisError)]
pub(crate) enum Failure {
    /// A call, or building the client.
    #[error(transparent)]
    Call(#[from] Error),
    /// Writing the output.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    /// Something on this machine.
    #[error("{what}: {cause}")]
    Local {
        /// What was tried.
        what: String,
        /// Why it failed.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer that is of no use to a command.
    #[error("{0}")]
    Answer(String),
    /// Something about the command line.
    #[error("{0}")]
    Usage(String),
    /// The function's project is not that of the settings.
    #[error("the URN names the project {named}, {origin} the project {own}")]
    OtherProject {
        /// The URN's.
        named: String,
        /// That of the settings.
        own: String,
        /// Where the settings have it from.
        origin: String,
    },
}

impl Failure {
    pub(crate) fn local(
        what: impl Into<String>,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Local {
            what: what.into(),
            cause: cause.into(),
        }
    }

    /// Whether the reader of the output has seen enough.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit status; the README has the list.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Output(_) | Self::Local { .. } => 1,
            Self::Usage(_) | Self::OtherProject { .. } => 2,
            Self::Answer(_) => 10,
            Self::Call(error) => match error.kind() {
                ErrorKind::Configuration | ErrorKind::Request => 2,
                ErrorKind::Credentials => status_of_credentials(error),
                ErrorKind::Service => status_of_answer(error).unwrap_or(10),
                ErrorKind::Connect | ErrorKind::Interrupted | ErrorKind::Timeout(_) => 9,
                _ => 10,
            },
        }
    }

    /// Whether the same call can fare better later, with nothing changed on this machine.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_transient())
    }

    /// How long whoever answered asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Call(error) => error.retry_after(),
            _ => None,
        }
    }

    /// What is written to standard error.
    pub(crate) fn report(&self) -> String {
        let mut report = format!("error: {self}");
        if let Self::Call(error) = self
            && error.kind() == ErrorKind::Service
        {
            let message = one_line(error.message().unwrap_or_default());
            // The error's own text cuts a message that is long.
            if !report.contains(&message) {
                report.push_str(&format!("\nmessage: {message}"));
            }
        }
        if let Self::Call(error) = self
            && let Some(id) = error.request_id()
            && !report.contains(id)
        {
            report.push_str(&format!("\nrequest id: {id}"));
        }
        if let Some(hint) = self.hint() {
            report.push_str(&format!("\nhint: {hint}"));
        }
        report
    }

    fn hint(&self) -> Option<&'static str> {
        let error = match self {
            Self::Call(error) => error,
            Self::OtherProject { .. } => {
                return Some(
                    "leave --project-id out and unset HUAWEICLOUD_SDK_PROJECT_ID, or name the function without its project",
                );
            }
            _ => return None,
        };
        Some(match error.kind() {
            ErrorKind::Configuration if error.operation().is_some() => {
                "--project-id, or HUAWEICLOUD_SDK_PROJECT_ID, names a project; `functiongraph config show` tells what is set"
            }
            ErrorKind::Configuration => {
                "`functiongraph config show` tells what is set, and where it came from"
            }
            ErrorKind::Credentials => return Some(hint_of_credentials(error)),
            ErrorKind::Service if error.is_unauthorized() => {
                "`functiongraph config show` tells which credentials were used; tokens end after a day, and signatures need a clock that is right"
            }
            ErrorKind::Service if error.is_forbidden() => {
                "the credentials may be for another project: compare `functiongraph config show` with the function's URN"
            }
            ErrorKind::Service if error.is_function_not_found() => {
                "compare project, package and name of the function; a URN may be copied from the console"
            }
            ErrorKind::Service if error.is_version_taken() => {
                "choose another name, or leave --version out; `functiongraph list` tells which names are taken"
            }
            ErrorKind::Service if error.is_throttled() || error.is_server_error() => {
                "try again later; the request id helps whoever runs the service"
            }
            ErrorKind::Connect | ErrorKind::Timeout(_) | ErrorKind::Interrupted => {
                "is the address right, and is a proxy needed? --verbose tells more"
            }
            ErrorKind::Redirect | ErrorKind::Decode => {
                "is the address that of FunctionGraph? `functiongraph config show` tells where it came from"
            }
            ErrorKind::TooLarge => "--page-size asks for fewer versions at a time",
            _ => return None,
        })
    }
}

/// The exit status for what the service, or who gives credentials, answered.
fn status_of_answer(error: &Error) -> Option<u8> {
    Some(match error.status()?.as_u16() {
        401 => 3,
        403 => 4,
        404 => 5,
        409 => 6,
        429 => 7,
        500.. => 8,
        _ => 11,
    })
}

/// The exit status for credentials that there are none of. Who gives them can be away or busy as the
/// service can.
fn status_of_credentials(error: &Error) -> u8 {
    match error.credential_error() {
        Some(CredentialError::Unavailable {
            is_passing: true, ..
        }) => status_of_answer(error).unwrap_or(9),
        _ => 3,
    }
}

/// A message on one line that does nothing to a terminal, cut where it has no end.
fn one_line(message: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let mut line: String = message.chars().map(plain).take(MESSAGE).collect();
    if message.chars().nth(MESSAGE).is_some() {
        line.push('…');
    }
    line
}

fn hint_of_credentials(error: &Error) -> &'static str {
    match error.credential_error() {
        Some(CredentialError::Malformed { .. }) => {
            "`functiongraph config show` tells what is set, and where it came from"
        }
        Some(CredentialError::Refused {
            asked: Asked::Project,
            ..
        }) => "the access keys may be wrong, or may not look the project up: --project-id names it",
        Some(CredentialError::Refused { .. }) => {
            "compare FUNCTIONGRAPH_USER, FUNCTIONGRAPH_PASSWORD and FUNCTIONGRAPH_DOMAIN, and the project"
        }
        Some(CredentialError::Unavailable {
            answer: Some(_),
            is_passing: true,
            ..
        }) => "try again later; the request id helps whoever runs the identity service",
        Some(CredentialError::Unavailable { .. }) => {
            "is the address right, and is a proxy needed? `functiongraph config show` tells who is asked"
        }
        _ => {
            "set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or FUNCTIONGRAPH_TOKEN; `functiongraph config show` tells what was found"
        }
    }
}
