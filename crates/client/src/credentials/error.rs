//! Why there are no credentials.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use thiserror::Error;

use crate::error::{ErrorBody, shortened};
use crate::transport::{Received, retry_after};

/// Whether a source that answers with this status may answer otherwise later.
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Why there are no credentials. It never holds one.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The source has none; a chain goes on with its next one.
    #[error("no credentials in {origin}: {reason}")]
    Absent {
        /// The source.
        origin: String,
        /// Why it has none.
        reason: String,
    },
    /// No source of a chain has any.
    #[error("no credentials found: {}", list(.0))]
    NoneFound(
        /// The sources, in the order in which they were asked.
        Vec<Tried>,
    ),
    /// The source has some that cannot be used.
    #[error("credentials in {origin} cannot be used: {reason}")]
    Malformed {
        /// The source; of a file, with the line.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// They are past their time.
    #[error("the credentials in {origin} have expired; renew them")]
    Expired {
        /// The source.
        origin: String,
    },
    /// The source did not answer, or not in a way that can be understood.
    #[error("{origin} gave no credentials: {reason}{}", of_answer(.answer))]
    #[non_exhaustive]
    Unavailable {
        /// The source.
        origin: String,
        /// What happened.
        reason: String,
        /// What it answered, where that is known.
        answer: Option<Box<SourceAnswer>>,
        /// Whether it is another matter later: then calls try again.
        is_passing: bool,
        /// The failure beneath.
        #[source]
        cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
    /// The identity service refused what it was given.
    #[error(
        "{origin} refused {asked}: {status} {}: {}{}",
        shortened(.code), shortened(.message), of_request(.request_id)
    )]
    Refused {
        /// The identity service.
        origin: String,
        /// What it was asked for.
        asked: Asked,
        /// Its HTTP status.
        status: u16,
        /// Its error code.
        code: String,
        /// Its message.
        message: String,
        /// Its id of the request.
        request_id: Option<String>,
    },
}

/// What the identity service is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// A token for a user and a password.
    Login,
    /// The project of access keys, by the region's name.
    Project,
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Login => "the login",
            Self::Project => "the lookup of the project",
        })
    }
}

/// What a source of credentials answered instead of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The error code; the status where the answer names none.
    pub code: String,
    /// The message.
    pub message: String,
    /// The id of the request.
    pub request_id: Option<String>,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
}

/// A source that had no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The source.
    pub origin: String,
    /// Why it had none.
    pub reason: String,
}

impl fmt::Display for Tried {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.origin, self.reason)
    }
}

fn list(tried: &[Tried]) -> String {
    if tried.is_empty() {
        return "there is no source to ask".to_owned();
    }
    let tried: Vec<String> = tried.iter().map(ToString::to_string).collect();
    format!("tried {}", tried.join(", "))
}

fn of_request(id: &Option<String>) -> String {
    id.as_ref()
        .map(|id| format!(" (request id {})", shortened(id)))
        .unwrap_or_default()
}

fn of_answer(answer: &Option<Box<SourceAnswer>>) -> String {
    let Some(answer) = answer else {
        return String::new();
    };
    let mut text = String::new();
    if answer.code != answer.status.to_string() {
        text.push_str(&format!(", {}", shortened(&answer.code)));
    }
    if !answer.message.is_empty() {
        text.push_str(&format!(": {}", shortened(&answer.message)));
    }
    text + &of_request(&answer.request_id)
}

impl CredentialError {
    /// The HTTP status of the source's answer.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        let status = match self {
            Self::Refused { status, .. } => *status,
            _ => self.answer()?.status,
        };
        StatusCode::from_u16(status).ok()
    }

    /// The error code in the source's answer.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => Some(&self.answer()?.code),
        }
    }

    /// The id of the request to the source.
    pub(crate) fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused { request_id, .. } => request_id.as_deref(),
            _ => self.answer()?.request_id.as_deref(),
        }
    }

    /// How long the source asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.answer()?.retry_after
    }

    fn answer(&self) -> Option<&SourceAnswer> {
        match self {
            Self::Unavailable { answer, .. } => answer.as_deref(),
            _ => None,
        }
    }

    /// A source that answered in a way that passes: see [`is_passing`].
    pub(super) fn answered(origin: &str, answer: &Received) -> Self {
        let body = ErrorBody::read(answer.status, &answer.headers, &answer.body);
        Self::Unavailable {
            origin: origin.to_owned(),
            reason: format!("it answers {}", answer.status),
            answer: Some(Box::new(SourceAnswer {
                status: answer.status.as_u16(),
                code: body.code,
                message: body.message,
                request_id: body.request_id,
                retry_after: retry_after(&answer.headers),
            })),
            is_passing: true,
            cause: None,
        }
    }

    /// A source that answered what no credentials can be read from, and will again.
    pub(super) fn useless(origin: &str, reason: &str) -> Self {
        Self::Unavailable {
            origin: origin.to_owned(),
            reason: reason.to_owned(),
            answer: None,
            is_passing: false,
            cause: None,
        }
    }

    /// A source that refused what it was `asked` for.
    fn refused(origin: &str, asked: Asked, answer: &Received) -> Self {
        let body = ErrorBody::read(answer.status, &answer.headers, &answer.body);
        Self::Refused {
            origin: origin.to_owned(),
            asked,
            status: answer.status.as_u16(),
            code: body.code,
            message: body.message,
            request_id: body.request_id,
        }
    }

    /// What a source makes of a request that it answers with an error.
    pub(crate) fn of_answer(origin: &str, asked: Asked, answer: &Received) -> Self {
        if is_passing(answer.status) {
            Self::answered(origin, answer)
        } else {
            Self::refused(origin, asked, answer)
        }
    }

    /// A source that has none.
    pub fn absent(origin: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Absent {
            origin: origin.into(),
            reason: reason.into(),
        }
    }

    /// A source whose credentials cannot be used.
    pub fn malformed(origin: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Malformed {
            origin: origin.into(),
            reason: reason.into(),
        }
    }

    /// A source that did not answer.
    pub fn unavailable(origin: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unavailable {
            origin: origin.into(),
            reason: reason.into(),
            answer: None,
            is_passing: true,
            cause: None,
        }
    }
}
