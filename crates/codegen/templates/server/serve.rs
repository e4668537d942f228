//! The way of a request through the router.

use std::any::Any;
use std::error::Error;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{OriginalUri, Request};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, request};
use axum::response::Response;
use bytes::Bytes;
use futures::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;

use super::failure::Reason;
use super::rejection::Refusal;
use super::reply::Content;
use super::text;
use super::{
    Authentication, Cause, Credentials, Empty, ErrorStatus, Failure, Hooks, Operation,
    OperationPath, Rejection, RejectionKind, Reply,
};

/// Bounds on what a request may take. Limits on its headers are the HTTP layer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Greatest size of a body in bytes, 1 MiB by default.
    pub body_bytes: usize,
}

impl Limits {
    /// Sets the greatest size of a body, in bytes.
    #[must_use]
    pub fn with_body_bytes(mut self, bytes: usize) -> Self {
        self.body_bytes = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
        }
    }
}

/// What became of a request, in the extensions of every response that the router makes: for a
/// log or metrics in a layer around it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The operation; `None` where the path or the method has none.
    pub operation: Option<Operation>,
    /// What the router refused, if it did.
    pub rejection: Option<Arc<RejectionKind>>,
    /// What is behind a failure, where that is known.
    pub cause: Option<Cause>,
}

/// The implementation panicked.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {0}")]
struct Panicked(String);

impl Panicked {
    fn of(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self(text.unwrap_or("without a message").to_owned())
    }
}

/// A body could not be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("the response body cannot be written as JSON")]
struct NotEncodable(#[source] serde_json::Error);

/// A status outside what its operation documents.
#[derive(Debug, thiserror::Error)]
#[error("the operation documents no status {}", .0.as_u16())]
struct Undocumented(StatusCode);

/// Why a request went no further.
#[derive(Debug)]
pub(crate) enum Stop<B> {
    Refused(Refusal),
    Failed(Failure<StatusCode, B>),
}

impl<B> From<Refusal> for Stop<B> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<B> From<Failure<StatusCode, B>> for Stop<B> {
    fn from(failure: Failure<StatusCode, B>) -> Self {
        Self::Failed(failure)
    }
}

/// A request that belongs to an operation.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) operation: Operation,
    pub(crate) request: request::Parts,
    pub(crate) path: Vec<(&'static str, Option<String>)>,
    body: Result<Bytes, Refusal>,
}

impl Incoming {
    /// The bytes of the body, or why there are none.
    pub(crate) fn body(&self) -> Result<&Bytes, Refusal> {
        self.body.as_ref().map_err(Refusal::clone)
    }
}

/// What the router shares between requests.
#[derive(Debug)]
pub(crate) struct Server<S, H> {
    service: Arc<S>,
    hooks: Arc<H>,
    limits: Limits,
}

impl<S, H> Clone for Server<S, H> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            hooks: Arc::clone(&self.hooks),
            limits: self.limits,
        }
    }
}

impl<S, H: Hooks> Server<S, H> {
    pub(crate) fn new(service: Arc<S>, hooks: Arc<H>, limits: Limits) -> Self {
        Self {
            service,
            hooks,
            limits,
        }
    }

    pub(crate) fn service(&self) -> &S {
        &self.service
    }

    /// Takes a request in: its path apart, its body read to the end or to the limit.
    pub(crate) async fn receive(&self, operation: Operation, request: Request) -> Incoming {
        let (request, body) = request.into_parts();
        let body = read(body, &request.headers, self.limits.body_bytes).await;
        let path = text::captures(operation.segments(), request.uri.path());
        Incoming {
            operation,
            request,
            path,
            body,
        }
    }

    pub(crate) async fn authenticate(
        &self,
        incoming: &Incoming,
    ) -> Result<H::Identity, Stop<H::ErrorBody>> {
        let request = &incoming.request;
        let uri = original_uri(request);
        let credentials = Credentials::find(uri, &request.headers);
        let authentication = Authentication {
            operation: incoming.operation,
            method: &request.method,
            uri,
            headers: &request.headers,
            body: incoming.body()?,
            credentials: &credentials,
            extensions: &request.extensions,
            path: &incoming.path,
        };
        Ok(self.hooks.authenticate(authentication).await?)
    }

    pub(crate) async fn admit(
        &self,
        caller: H::Identity,
        path: OperationPath<'_>,
    ) -> Result<H::Identity, Stop<H::ErrorBody>> {
        Ok(self.hooks.admit(caller, path).await?)
    }

    /// The response to a request that an operation or a hook has dealt with.
    pub(crate) fn finish(
        &self,
        incoming: &Incoming,
        answer: Result<Response, Stop<H::ErrorBody>>,
    ) -> Response {
        let answer = answer.or_else(|stop| match stop {
            Stop::Refused(refusal) => Err(refusal),
            Stop::Failed(failure) => failed(failure),
        });
        match answer {
            Ok(mut response) => {
                let cause = response.extensions_mut().remove::<Cause>();
                let operation = Some(incoming.operation);
                response.extensions_mut().insert(Outcome {
                    operation,
                    rejection: None,
                    cause,
                });
                sized(response, &incoming.request.method)
            }
            Err(refusal) => refuse(
                &*self.hooks,
                Some(incoming.operation),
                &incoming.request,
                refusal,
            ),
        }
    }

    /// The response to a request that has no operation.
    pub(crate) fn stray(&self, request: Request, kind: RejectionKind) -> Response {
        let (request, _) = request.into_parts();
        refuse(&*self.hooks, None, &request, Refusal::new(kind))
    }
}

/// The answer of `hooks` to a request that a layer around the router refuses: one that comes too
/// often, say, or takes too long.
pub fn reject<H: Hooks>(hooks: &H, kind: RejectionKind, request: &request::Parts) -> Response {
    refuse(hooks, None, request, Refusal::new(kind))
}

fn refuse<H: Hooks>(
    hooks: &H,
    operation: Option<Operation>,
    request: &request::Parts,
    refusal: Refusal,
) -> Response {
    let (kind, cause) = *refusal.0;
    let shape = || failed(hooks.reject(Rejection::of(&kind, operation, request, cause.as_ref())));
    let mut response = match catch_unwind(AssertUnwindSafe(shape)) {
        Ok(Ok(response)) => response,
        // The hook itself has no answer. The status is all that is left to say.
        Ok(Err(_)) | Err(_) => bare(kind.status(), HeaderMap::new()),
    };
    if let RejectionKind::MethodNotAllowed { allow } = &kind {
        response
            .headers_mut()
            .entry(ALLOW)
            .or_insert(HeaderValue::from_static(allow));
    }
    let cause = response.extensions_mut().remove::<Cause>().or(cause);
    response.extensions_mut().insert(Outcome {
        operation,
        rejection: Some(Arc::new(kind)),
        cause,
    });
    sized(response, &request.method)
}

/// The target as the client sent it, also below a prefix.
fn original_uri(request: &request::Parts) -> &Uri {
    request
        .extensions
        .get::<OriginalUri>()
        .map_or(&request.uri, |original| &original.0)
}

/// Reads a body of at most `limit` bytes. Memory grows with what arrives, not with what is
/// announced.
async fn read(body: Body, headers: &HeaderMap, limit: usize) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(RejectionKind::BodyTooLarge { limit });
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let least = body.size_hint().lower().max(announced.unwrap_or(0));
    if usize::try_from(least).is_ok_and(|least| least <= limit) {
        match Limited::new(body, limit).collect().await {
            Ok(read) => Ok(read.to_bytes()),
            Err(error) if over_limit(&*error) => Err(too_large()),
            Err(error) => Err(Refusal::because(
                RejectionKind::BodyUnreadable,
                Cause::new(error),
            )),
        }
    } else {
        Err(too_large())
    }
}

/// Whether reading stopped at a limit: ours, or that of a layer around the router.
fn over_limit(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(over_limit)
}

/// Runs the part of an operation that calls into the implementation. A panic there is a failure
/// of this request and of nothing else.
pub(crate) async fn guard<B>(
    work: impl Future<Output = Result<Response, Stop<B>>>,
) -> Result<Response, Stop<B>> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|payload| {
            let cause = Cause::new(Panicked::of(&*payload));
            Err(Stop::Refused(Refusal::because(
                RejectionKind::Internal,
                cause,
            )))
        })
}

/// A success with a body.
#[allow(dead_code, reason = "not every document has one")]
pub(crate) fn replied<T: Serialize>(
    status: StatusCode,
    reply: Reply<T>,
) -> Result<Response, Refusal> {
    let text = match reply.body {
        Content::Value(body) => encode(&*body)?,
        Content::Json(text) => text,
    };
    Ok(json(status, reply.headers, text))
}

/// A success without a body.
#[allow(dead_code, reason = "not every document has one")]
pub(crate) fn replied_empty(status: StatusCode, reply: Empty) -> Response {
    bare(status, reply.headers)
}

/// A failure with a body. What the document leaves to the rejection hook comes back as a refusal.
pub(crate) fn failed<S: ErrorStatus, B: Serialize>(
    failure: Failure<S, B>,
) -> Result<Response, Refusal> {
    let (status, body, headers, cause) = documented(failure)?;
    let response = json(status, headers, encode(&body)?);
    Ok(attach(response, cause))
}

/// A failure without a body.
#[allow(dead_code, reason = "not every document has one")]
pub(crate) fn failed_empty<S: ErrorStatus>(
    failure: Failure<S, Empty>,
) -> Result<Response, Refusal> {
    let (status, body, mut headers, cause) = documented(failure)?;
    headers.extend(body.headers);
    Ok(attach(bare(status, headers), cause))
}

/// A response without a body.
pub(crate) fn bare(status: StatusCode, headers: HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

type Documented<B> = (StatusCode, B, HeaderMap, Option<Cause>);

fn documented<S: ErrorStatus, B>(failure: Failure<S, B>) -> Result<Documented<B>, Refusal> {
    let parts = failure.into_parts();
    let (kind, cause) = match parts.reason {
        Reason::Documented { status, body } => {
            let code = status.code();
            // Only a status of a range or of `default` carries a code that can be outside of it.
            if S::from_code(code) == Some(status) {
                return Ok((code, body, parts.headers, parts.cause));
            }
            (
                RejectionKind::Internal,
                Some(Cause::new(Undocumented(code))),
            )
        }
        Reason::Internal => (RejectionKind::Internal, parts.cause),
        Reason::NotImplemented => (RejectionKind::NotImplemented, parts.cause),
    };
    Err(match cause {
        Some(cause) => Refusal::because(kind, cause),
        None => Refusal::new(kind),
    })
}

fn encode<T: Serialize>(body: &T) -> Result<Bytes, Refusal> {
    let text = serde_json::to_vec(body);
    text.map(Bytes::from)
        .map_err(|error| Refusal::because(RejectionKind::Internal, Cause::new(NotEncodable(error))))
}

fn json(status: StatusCode, headers: HeaderMap, text: Bytes) -> Response {
    let mut response = bare(status, headers);
    *response.body_mut() = Body::from(text);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn attach(mut response: Response, cause: Option<Cause>) -> Response {
    if let Some(cause) = cause {
        response.extensions_mut().insert(cause);
    }
    response
}

/// The answer to `HEAD` is that to `GET` without its body, length included.
fn sized(mut response: Response, method: &Method) -> Response {
    if *method == Method::HEAD {
        if let Some(length @ 1..) = response.body().size_hint().exact() {
            response
                .headers_mut()
                .entry(CONTENT_LENGTH)
                .or_insert(HeaderValue::from(length));
        }
        *response.body_mut() = Body::empty();
    }
    response
}
