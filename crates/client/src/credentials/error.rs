//! Why there are no credentials.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

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
    #[error("{origin} gave no credentials: {reason}")]
    Unavailable {
        /// The source.
        origin: String,
        /// What happened.
        reason: String,
        /// The failure beneath.
        #[source]
        cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
    /// The identity service refused what it was given.
    #[error("{origin} refused to log in: {status} {code}: {message}{}", of_request(.request_id))]
    Refused {
        /// The identity service.
        origin: String,
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
        .map(|id| format!(" (request id {id})"))
        .unwrap_or_default()
}

impl CredentialError {
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
            cause: None,
        }
    }
}
