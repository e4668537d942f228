//! What happens to every request, whichever route it takes: its id, its bounds, its line in the log,
//! its place in the metrics.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use functiongraph_server::{Outcome, RejectionKind, reject};
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::Service;
use super::connection::{Arrival, Standing};
use super::context::{Context, X_REQUEST_ID};
use crate::auth::CredentialId;
use crate::config::Limits;
use crate::store::Store;

/// Paths that are answered however busy the service is, since whoever watches over it needs to know.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// Surrounds every route.
pub(super) async fn surround<S: Store>(
    State(service): State<Service<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let in_flight = service.metrics().begin();
    let arrival = request.extensions().get::<Arrival>().copied();
    let peer = arrival.map(|arrival| arrival.peer);
    let context = Context::new(request.headers(), service.random(), peer);
    request.extensions_mut().insert(Arc::clone(&context));
    let line = Line {
        method: request.method().clone(),
        uri: request.uri().clone(),
    };
    let span = tracing::info_span!("request", request_id = context.id.as_str());
    let welcome = arrival.is_none_or(|arrival| arrival.standing == Standing::Welcome);
    let mut response = bounded(&service, &context, &line, welcome, request, next)
        .instrument(span.clone())
        .await;
    response
        .headers_mut()
        .insert(X_REQUEST_ID, context.id.header());

    let took = start.elapsed();
    let outcome = response.extensions_mut().remove::<Outcome>();
    let outcome = outcome.as_ref();
    let status = response.status();
    let operation = outcome.and_then(|outcome| outcome.operation);
    service.metrics().answered(operation, status, took);
    drop(in_flight);
    let _entered = span.enter();
    if let Some(cause) = outcome.and_then(|outcome| outcome.cause.as_ref()) {
        let cause = cause as &(dyn Error + 'static);
        if status.is_server_error() {
            tracing::error!(cause, "the request failed");
        } else {
            tracing::debug!(cause, "the request was refused");
        }
    }
    tracing::info!(
        method = line.method.as_str(),
        path = line.uri.path(),
        operation = operation.map(|operation| operation.id()),
        tenant = context.project.get(),
        caller = context.credential.get().map(CredentialId::as_str),
        status = status.as_u16(),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "served"
    );
    response
}

/// A request's line.
struct Line {
    method: Method,
    uri: Uri,
}

impl Line {
    /// The request without its headers: what an answer of this layer needs.
    fn head(&self, context: &Arc<Context>) -> Parts {
        let (mut head, ()) = axum::http::Request::new(()).into_parts();
        head.method = self.method.clone();
        head.uri = self.uri.clone();
        head.extensions.insert(Arc::clone(context));
        head
    }
}

/// Runs the route unless the service is going down or has too much to do, the headers are too large
/// or time is up.
async fn bounded<S: Store>(
    service: &Service<S>,
    context: &Arc<Context>,
    line: &Line,
    welcome: bool,
    request: Request,
    next: Next,
) -> Response {
    let limits = &service.settings().limits;
    let refuse = |kind| closing(reject(service.api(), kind, &line.head(context)));
    let probe = PROBES.contains(&line.uri.path());
    if !welcome || (service.is_draining() && !probe) {
        return refuse(RejectionKind::Unavailable);
    }
    let _place = match service.places().enter() {
        Some(place) => Some(place),
        None if probe => None,
        None => {
            service.metrics().shed();
            // The connection stays: to make a new one would cost more than to try again.
            return reject(
                service.api(),
                RejectionKind::Unavailable,
                &line.head(context),
            );
        }
    };
    if !fit(request.headers(), limits) {
        // A path or a method that is not there is judged first: by what the router says of the
        // bare request line. That carries no credentials, so that nothing more comes of it.
        let judged = next
            .run(Request::from_parts(line.head(context), Body::empty()))
            .await;
        return match judged.status() {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => closing(judged),
            _ => refuse(RejectionKind::HeadersTooLarge),
        };
    }
    if request.body().is_end_stream() {
        return match timeout(limits.request_timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => refuse(RejectionKind::Unavailable),
        };
    }
    let arrived = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        Body::new(Watched {
            body,
            arrived: Arc::clone(&arrived),
        })
    });
    match timeout(limits.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) if arrived.load(Ordering::Acquire) => refuse(RejectionKind::Unavailable),
        Err(_) => refuse(RejectionKind::Timeout),
    }
}

/// Whether headers are within the limits.
fn fit(headers: &HeaderMap, limits: &Limits) -> bool {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    headers.len() <= limits.headers && bytes <= limits.header_bytes
}

/// An answer after which the connection ends: there may be more of the request that nobody reads.
fn closing(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A body that notes when it has arrived as a whole.
struct Watched {
    body: Body,
    arrived: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.arrived.store(true, Ordering::Release);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
