//! What the router refuses by itself, before or instead of an implementation.

use std::fmt;

use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri, request};

use super::types::Violations;
use super::{Cause, Operation};

/// Why a request was refused. [`Display`](fmt::Display) says it in words that are fit for the
/// caller: they name places and constraints, and never repeat what was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RejectionKind {
    /// No operation has this path: 404.
    NotFound,
    /// No operation of this path has this method: 405. The router adds the `Allow` header.
    MethodNotAllowed {
        /// The methods that the path has, as in `Allow`.
        allow: &'static str,
    },
    /// The body is larger than [`Limits::body_bytes`](super::Limits::body_bytes): 413.
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body broke off or could not be read: 400.
    BodyUnreadable,
    /// Path parameters break their schemas: 400.
    PathInvalid(Violations),
    /// The body is not of the documented media type: 415.
    UnsupportedMediaType {
        /// The documented one.
        expected: &'static str,
    },
    /// Query, headers or body break their schemas, or the body is not JSON: 400.
    Invalid {
        /// Every violation, sorted by place.
        violations: Violations,
        /// Where the body stops being JSON. Its own violations are not known then.
        malformed: Option<MalformedJson>,
    },
    /// The implementation lacks the operation: 501.
    NotImplemented,
    /// Nobody foresaw it: a panic, a reply that could not be encoded,
    /// [`Failure::internal`](super::Failure::internal). 500.
    Internal,
    /// The request's header section is too large: 431. Never made by the router; for a service
    /// whose HTTP layer reports it.
    HeadersTooLarge,
    /// The request took too long to arrive: 408. Never made by the router.
    Timeout,
    /// The caller sends too much: 429. Never made by the router.
    TooManyRequests,
    /// The service is starting, stopping or overloaded: 503. Never made by the router.
    Unavailable,
}

impl RejectionKind {
    /// The status that HTTP has for it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyUnreadable | Self::PathInvalid(_) | Self::Invalid { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The broken constraints with their places: `/path/…`, `/query/…`, `/header/…`, `/body/…`.
    pub fn violations(&self) -> Option<&Violations> {
        match self {
            Self::PathInvalid(violations) | Self::Invalid { violations, .. } => Some(violations),
            _ => None,
        }
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is nothing at this path"),
            Self::MethodNotAllowed { allow } => write!(f, "this path takes {allow} only"),
            Self::BodyTooLarge { limit } => write!(f, "the body is larger than {limit} bytes"),
            Self::BodyUnreadable => f.write_str("the body could not be read to its end"),
            Self::PathInvalid(violations) => violations.fmt(f),
            Self::UnsupportedMediaType { expected } => {
                write!(
                    f,
                    "the body has to be {expected} in UTF-8, without content coding"
                )
            }
            Self::Invalid {
                violations,
                malformed: None,
            } => violations.fmt(f),
            Self::Invalid {
                violations,
                malformed: Some(malformed),
            } => {
                if !violations.is_empty() {
                    write!(f, "{violations}; ")?;
                }
                write!(f, "/body: {malformed}")
            }
            Self::NotImplemented => f.write_str("this operation is not implemented"),
            Self::Internal => f.write_str("the request failed for a reason that is not yours"),
            Self::HeadersTooLarge => f.write_str("the header section is too large"),
            Self::Timeout => f.write_str("the request took too long to arrive"),
            Self::TooManyRequests => f.write_str("too many requests"),
            Self::Unavailable => f.write_str("the service is not available at the moment"),
        }
    }
}

/// Where a body stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedJson {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1; 0 at the very start.
    pub column: usize,
    /// Whether the text ends too early.
    pub incomplete: bool,
}

impl fmt::Display for MalformedJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.incomplete {
            "the JSON text is incomplete"
        } else {
            "not JSON, or nested too deeply"
        };
        write!(f, "{what}, line {}, column {}", self.line, self.column)
    }
}

/// A refused request, as [`Hooks::reject`](super::Hooks::reject) gets it.
#[derive(Clone, Copy, Debug)]
pub struct Rejection<'a> {
    /// Why.
    pub kind: &'a RejectionKind,
    /// Which operation it would have been; `None` where the path or the method has none.
    pub operation: Option<Operation>,
    /// The request's method.
    pub method: &'a Method,
    /// The request's target.
    pub uri: &'a Uri,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The request's extensions: what layers around the router left there, such as a request id.
    pub extensions: &'a Extensions,
    /// What is behind it. For the log, not for the caller.
    pub cause: Option<&'a Cause>,
}

impl<'a> Rejection<'a> {
    pub(crate) fn of(
        kind: &'a RejectionKind,
        operation: Option<Operation>,
        request: &'a request::Parts,
        cause: Option<&'a Cause>,
    ) -> Self {
        Self {
            kind,
            operation,
            method: &request.method,
            uri: &request.uri,
            headers: &request.headers,
            extensions: &request.extensions,
            cause,
        }
    }
}

impl fmt::Display for Rejection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// A rejection on its way to the hook.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(super) Box<(RejectionKind, Option<Cause>)>);

impl Refusal {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        Self(Box::new((kind, None)))
    }

    pub(crate) fn because(kind: RejectionKind, cause: Cause) -> Self {
        Self(Box::new((kind, Some(cause))))
    }
}
