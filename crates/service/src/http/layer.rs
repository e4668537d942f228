//! What happens to every request, whichever route it takes: its id, its bounds, its line in the log.

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
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use functiongraph_server::{Outcome, RejectionKind, reject};
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::Service;
use super::context::{Context, X_REQUEST_ID};
use crate::config::Limits;
use crate::store::Store;

/// Surrounds every route.
pub(super) async fn surround<S: Store>(
    State(service): State<Service<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let context = Context::new(request.headers(), service.random());
    request.extensions_mut().insert(Arc::clone(&context));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id = context.id.as_str());
    let mut response = bounded(&service, &context, request, next)
        .instrument(span.clone())
        .await;
    response
        .headers_mut()
        .insert(X_REQUEST_ID, context.id.header());

    let _entered = span.enter();
    let outcome = response.extensions_mut().remove::<Outcome>();
    let outcome = outcome.as_ref();
    let status = response.status();
    if let Some(cause) = outcome.and_then(|outcome| outcome.cause.as_ref()) {
        let cause = cause as &(dyn Error + 'static);
        if status.is_server_error() {
            tracing::error!(cause, "the request failed");
        } else {
            tracing::debug!(cause, "the request was refused");
        }
    }
    tracing::info!(
        %method,
        path,
        operation = outcome.and_then(|outcome| outcome.operation).map(|operation| operation.id()),
        project = context.project.get(),
        status = status.as_u16(),
        micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        "served"
    );
    response
}

/// Runs the route unless the service is going down, the headers are too large or time is up.
async fn bounded<S: Store>(
    service: &Service<S>,
    context: &Arc<Context>,
    request: Request,
    next: Next,
) -> Response {
    let limits = &service.settings().limits;
    let head = head(&request, context);
    if service.is_draining() {
        return closing(reject(service.api(), RejectionKind::Unavailable, &head));
    }
    if !fit(request.headers(), limits) {
        // A path or a method that is not there is judged first: by what the router says of the
        // bare request line. That carries no credentials, so that nothing more comes of it.
        let judged = next
            .run(Request::from_parts(head.clone(), Body::empty()))
            .await;
        return closing(match judged.status() {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => judged,
            _ => reject(service.api(), RejectionKind::HeadersTooLarge, &head),
        });
    }
    let arrived = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let request = request.map(|body| {
        Body::new(Watched {
            body,
            arrived: Arc::clone(&arrived),
        })
    });
    match timeout(limits.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) if arrived.load(Ordering::Acquire) => {
            closing(reject(service.api(), RejectionKind::Unavailable, &head))
        }
        Err(_) => closing(reject(service.api(), RejectionKind::Timeout, &head)),
    }
}

/// The request's line and context, without its headers: what an answer of this layer needs.
fn head(request: &Request, context: &Arc<Context>) -> Parts {
    let (mut head, ()) = axum::http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.uri().clone();
    head.extensions.insert(Arc::clone(context));
    head
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
