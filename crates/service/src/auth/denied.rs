//! Why somebody is not let in.

use std::borrow::Cow;
use std::error::Error;

use crate::domain::Code;

/// A caller who is not let in: what to say to them, and what to say to nobody but the log.
///
/// The messages tell what to do, not which part of a credential was wrong: whoever tries keys is
/// to learn nothing from being refused.
#[derive(Debug)]
pub struct Denied {
    code: Code,
    message: Cow<'static, str>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Denied {
    /// The caller is not known: 401.
    pub(super) fn unknown(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthorized, message)
    }

    /// The caller is known and may not do this: 403.
    pub(super) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    /// Who calls cannot be found out at present: 503.
    pub(super) fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unavailable, message)
    }

    /// Something that must not happen: 500.
    pub(super) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            Code::Internal,
            "An unforeseen error happened; the request id leads to the log",
        )
        .because(cause)
    }

    fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
        }
    }

    /// Adds what the log is to say.
    pub(super) fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The code to answer with.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What the caller may read.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the log says and the caller does not learn.
    pub fn into_cause(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.cause
    }
}
