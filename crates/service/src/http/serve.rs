//! Connections: accepting them, and letting go of them.

use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Service;
use crate::config::Limits;
use crate::store::Store;

/// How long to wait after a connection could not be accepted, for lack of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long callers who came during the shutdown have to take their 503.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Serves until `shutdown` completes, then finishes the requests that are in flight, for as long as
/// the settings allow, and answers 503 to any other. The store is left open.
///
/// # Errors
/// None at present: a connection that fails is its own end only. The result is there for kinds of
/// listeners that can fail as a whole.
pub async fn serve<S: Store>(
    listener: TcpListener,
    service: Service<S>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let limits = service.settings().limits.clone();
    let router = service.router();
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            // Done connections are let go of.
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener) => {
                let stopped = stopped.clone();
                let stop = async move {
                    let mut stopped = stopped;
                    // That the sender is gone means the same.
                    drop(stopped.wait_for(|stopped| *stopped).await);
                };
                connections.spawn(connection(accepted, router.clone(), limits.clone(), stop));
            }
        }
    }

    tracing::info!(connections = connections.len(), "shutting down");
    service.drain();
    stopping.send_replace(true);
    let mut late = JoinSet::new();
    let mut deadline = pin!(sleep(limits.shutdown_timeout));
    while !connections.is_empty() {
        tokio::select! {
            _ = connections.join_next() => {}
            () = &mut deadline => {
                tracing::warn!(
                    connections = connections.len(),
                    "requests in flight did not finish in time and are given up"
                );
                break;
            }
            accepted = accept(&listener) => {
                // It is answered 503, which ends it.
                late.spawn(connection(accepted, router.clone(), limits.clone(), pending()));
            }
            Some(_) = late.join_next() => {}
        }
    }
    drop(listener);
    let last_answers = async { while late.join_next().await.is_some() {} };
    // Who has no answer by now gets none.
    drop(timeout(LAST_ANSWERS, last_answers).await);
    Ok(())
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it ends, or until its present request is answered once `stop`
/// completes.
async fn connection(
    stream: TcpStream,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection cannot be set to send at once");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        // Beyond our own limits, so that they are answered in our own words.
        .max_headers(Limits::MAX_HEADERS)
        .max_buf_size(Limits::MAX_HEADER_BYTES + 64 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = &mut connection => Some(served),
        () = stop => None,
    };
    let served = match served {
        Some(served) => served,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        // The other side's doing, mostly: it went away, or did not speak HTTP.
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a connection broke"
        );
    }
}
