//! Why an operation did not succeed: the documented error, and the cause that is never sent.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// The error statuses of an operation. Every operation has a type of its own for them;
/// [`StatusCode`] stands for any status.
///
/// One mapper serves all operations when it is written for every `S: ErrorStatus`:
///
/// ```text
/// impl<S: ErrorStatus> From<Problem> for Failure<S, types::Error> {
///     fn from(problem: Problem) -> Self {
///         Failure::from_code(problem.status(), problem.body()).with_cause(problem)
///     }
/// }
/// ```
pub trait ErrorStatus: Copy + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The status code.
    fn code(&self) -> StatusCode;

    /// The documented status with this code, if there is one.
    fn from_code(code: StatusCode) -> Option<Self>;
}

impl ErrorStatus for StatusCode {
    fn code(&self) -> StatusCode {
        *self
    }

    fn from_code(code: StatusCode) -> Option<Self> {
        Some(code)
    }
}

/// What made a request fail, for the log. It is attached to the response as part of its
/// [`Outcome`](super::Outcome) and never sent to the caller.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// Keeps an error, or a text, as a cause.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }

    /// The error itself.
    pub fn get(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error, if it is an `E`.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref::<E>()
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Why an operation did not succeed: a documented error (a status out of `S` with a body `B`), or
/// something that the document leaves to the router's rejection hook
/// ([`Failure::internal`], [`Failure::not_implemented`]). Either way with an unsent [`Cause`].
#[derive(Debug)]
pub struct Failure<S, B>(Box<Parts<S, B>>);

#[derive(Debug)]
pub(crate) struct Parts<S, B> {
    pub(crate) reason: Reason<S, B>,
    pub(crate) headers: HeaderMap,
    pub(crate) cause: Option<Cause>,
}

#[derive(Debug)]
pub(crate) enum Reason<S, B> {
    Documented { status: S, body: B },
    Internal,
    NotImplemented,
}

impl<S, B> Failure<S, B> {
    /// A documented error.
    pub fn new(status: S, body: B) -> Self {
        Self::of(Reason::Documented { status, body })
    }

    /// The documented error with this status code. A code that the operation does not document
    /// becomes [`Failure::internal`] with a cause that says so: the caller sees what the document
    /// promises, the log shows the mistake.
    pub fn from_code(code: StatusCode, body: B) -> Self
    where
        S: ErrorStatus,
    {
        match S::from_code(code) {
            Some(status) => Self::new(status, body),
            None => Self::internal(format!(
                "the operation documents no status {}",
                code.as_u16()
            )),
        }
    }

    /// Something that nobody foresaw. The rejection hook shapes the answer
    /// ([`RejectionKind::Internal`](super::RejectionKind::Internal), status 500); the cause is
    /// for the log.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of(Reason::Internal).with_cause(cause)
    }

    /// The operation is not implemented. The rejection hook shapes the answer
    /// ([`RejectionKind::NotImplemented`](super::RejectionKind::NotImplemented), status 501).
    pub fn not_implemented() -> Self {
        Self::of(Reason::NotImplemented)
    }

    fn of(reason: Reason<S, B>) -> Self {
        Self(Box::new(Parts {
            reason,
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// Notes what made it fail, for the log; it replaces an earlier cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(Cause::new(cause));
        self
    }

    /// Adds a response header. Names of the documented ones are constants in
    /// [`headers`](super::headers).
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }

    /// The documented status; `None` where the rejection hook shapes the answer.
    pub fn status(&self) -> Option<&S> {
        match &self.0.reason {
            Reason::Documented { status, .. } => Some(status),
            Reason::Internal | Reason::NotImplemented => None,
        }
    }

    /// The documented body; `None` where the rejection hook shapes the answer.
    pub fn body(&self) -> Option<&B> {
        match &self.0.reason {
            Reason::Documented { body, .. } => Some(body),
            Reason::Internal | Reason::NotImplemented => None,
        }
    }

    /// The response headers added so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// What made it fail.
    pub fn cause(&self) -> Option<&Cause> {
        self.0.cause.as_ref()
    }

    /// The same failure among the statuses of another operation, with another body. A status that
    /// the other does not document becomes [`Failure::internal`].
    pub fn convert<T: ErrorStatus, C>(self, body: impl FnOnce(B) -> C) -> Failure<T, C>
    where
        S: ErrorStatus,
    {
        let Parts {
            reason,
            headers,
            cause,
        } = *self.0;
        let mut converted = match reason {
            Reason::Documented { status, body: own } => {
                Failure::from_code(status.code(), body(own))
            }
            Reason::Internal => Failure::of(Reason::Internal),
            Reason::NotImplemented => Failure::of(Reason::NotImplemented),
        };
        converted.0.headers = headers;
        converted.0.cause = cause.or(converted.0.cause.take());
        converted
    }

    pub(crate) fn into_parts(self) -> Parts<S, B> {
        *self.0
    }
}
