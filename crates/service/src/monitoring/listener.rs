//! The listener for those who watch over the service: metrics and health, apart from the API.

use std::future::Future;
use std::io;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics::gauge;
use tokio::net::TcpListener;

use super::Recorder;
use super::catalogue::STORE_CONNECTIONS;
use crate::Service;
use crate::config::Limits;
use crate::http::serve_router;
use crate::store::{PoolUse, Store};

/// The text format that Prometheus reads.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Connections are few here; a watcher that leaks some is stopped early.
const CONNECTIONS: usize = 64;

/// Serves `/metrics`, `/healthz` and `/readyz` until `shutdown` completes. Meant to outlive the API's
/// listener, so that a service that is shutting down can be watched.
///
/// # Errors
/// None at present.
pub async fn serve_monitoring<S: Store>(
    listener: TcpListener,
    service: Service<S>,
    recorder: Recorder,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let upkeep = recorder.keep();
    let limits = Limits {
        connections: CONNECTIONS,
        shutdown_timeout: std::time::Duration::from_millis(500),
        ..service.settings().limits.clone()
    };
    let router = Router::new()
        .route("/metrics", {
            let service = service.clone();
            get(move || async move { metrics(&recorder, service.store().pool()) })
        })
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready::<S>).with_state(service));
    serve_router(listener, router, limits, shutdown).await;
    upkeep.abort();
    Ok(())
}

fn metrics(recorder: &Recorder, pool: PoolUse) -> Response {
    for (state, connections) in [("idle", pool.idle), ("busy", pool.busy)] {
        let connections = u32::try_from(connections).unwrap_or(u32::MAX);
        gauge!(STORE_CONNECTIONS, "state" => state).set(f64::from(connections));
    }
    ([(CONTENT_TYPE, PROMETHEUS)], recorder.render()).into_response()
}

async fn ready<S: Store>(State(service): State<Service<S>>) -> (StatusCode, String) {
    match service.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".into()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}
