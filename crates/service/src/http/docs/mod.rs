//! What the service says of itself: the document, its own description, pages to read and try them,
//! and whether it is alive and ready.
//!
//! The pages are generated from the document and lie in here, so that they work without a network;
//! they run nothing but their own script.

#[rustfmt::skip]
mod generated;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use functiongraph_server::{RejectionKind, reject};

use super::Service;
use crate::generated::{DOCUMENT_JSON, DOCUMENT_YAML};
use crate::store::Store;

/// What the pages may do: load what is beside them, and talk to the service that they come from.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Tells the two descriptions apart: `document`, which is written by hand and comes first, and
/// `implementation`, which the server makes of its own code.
const X_OPENAPI_SOURCE: HeaderName = HeaderName::from_static("x-openapi-source");

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

/// The routes beside the API's.
pub(super) fn routes<S: Store>(service: &Service<S>) -> Router {
    // It is made of strings, numbers and maps, all of which JSON has.
    let own = Bytes::from(
        functiongraph_server::openapi()
            .to_json()
            .unwrap_or_default(),
    );
    let mut router = Router::new()
        // Relative, so that it holds wherever a proxy puts the service.
        .route("/docs", moved(service, "docs/"))
        .route(
            "/docs/functiongraph.json",
            page(service, JSON, DOCUMENT_JSON),
        )
        .route(
            "/docs/functiongraph.yaml",
            page(service, YAML, DOCUMENT_YAML),
        );
    for (path, media_type, text) in generated::PAGES.iter().copied() {
        router = router.route(&format!("/docs/{path}"), page(service, media_type, text));
        if let Some(folder) = path.strip_suffix("index.html") {
            let route = format!("/docs/{folder}");
            router = router.route(&route, page(service, media_type, text));
        }
    }
    router
        .route(
            "/openapi.yaml",
            only_get(service, move || {
                let document = asset(YAML, DOCUMENT_YAML);
                ([(X_OPENAPI_SOURCE, "document; openapi=3.0.3")], document)
            }),
        )
        .route(
            "/openapi.json",
            only_get(service, move || {
                let description = asset(JSON, own.clone());
                (
                    [(X_OPENAPI_SOURCE, "implementation; openapi=3.1.0")],
                    description,
                )
            }),
        )
        .route("/healthz", page(service, JSON, "{\"status\":\"ok\"}\n"))
        .route(
            "/readyz",
            get(ready::<S>)
                .fallback(wrong_method::<S>)
                .with_state(service.clone()),
        )
}

/// A file.
fn asset(media_type: &'static str, text: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, text).into_response()
}

/// A route to a file.
fn page<S: Store>(
    service: &Service<S>,
    media_type: &'static str,
    text: &'static str,
) -> MethodRouter {
    only_get(service, move || asset(media_type, text))
}

/// A route to another route.
fn moved<S: Store>(service: &Service<S>, to: &'static str) -> MethodRouter {
    only_get(service, move || {
        (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)])
    })
}

/// A route for `GET` and `HEAD` that answers other methods as the API does.
fn only_get<S: Store, R: IntoResponse + 'static>(
    service: &Service<S>,
    answer: impl Fn() -> R + Clone + Send + Sync + 'static,
) -> MethodRouter {
    get(move || std::future::ready(answer().into_response()))
        .fallback(wrong_method::<S>)
        .with_state(service.clone())
}

async fn wrong_method<S: Store>(State(service): State<Service<S>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let allow = "GET, HEAD";
    reject(
        service.api(),
        RejectionKind::MethodNotAllowed { allow },
        &head,
    )
}

/// Whether requests can be served.
async fn ready<S: Store>(State(service): State<Service<S>>, request: Request) -> Response {
    match service.ready().await {
        Ok(()) => asset(JSON, "{\"status\":\"ready\"}\n"),
        Err(_) => {
            let (head, _) = request.into_parts();
            reject(service.api(), RejectionKind::Unavailable, &head)
        }
    }
}
