//! One connection, from its first byte to its last.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use super::tls::Tls;
use crate::config::Limits;

/// How long a connection of which there are too many may take to be told so.
const SURPLUS_TIMEOUT: Duration = Duration::from_secs(2);

/// Whether a connection may make requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may.
    Welcome,
    /// There are too many: its request is refused, which ends it.
    Surplus,
}

/// Where a request comes from, in its extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The address of the other side.
    pub(super) peer: IpAddr,
    /// What its connection may do.
    pub(super) standing: Standing,
}

/// A connection that was accepted.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: IpAddr,
    pub(super) tls: Option<Tls>,
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) standing: Standing,
}

impl Connection {
    /// Serves it until it ends, or until its present request is answered once `stop` completes.
    pub(super) async fn run(self, stop: impl Future<Output = ()>) {
        if let Err(error) = self.stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection cannot be set to send at once");
        }
        let head_timeout = match self.standing {
            Standing::Welcome => self.limits.head_timeout,
            Standing::Surplus => self.limits.head_timeout.min(SURPLUS_TIMEOUT),
        };
        // What nobody takes fills the buffers, and then holds its connection for ever.
        let mut stream = TimeoutStream::new(self.stream);
        stream.set_write_timeout(Some(self.limits.write_timeout));
        let stream = Box::pin(stream);
        let arrival = Arrival {
            peer: self.peer,
            standing: self.standing,
        };
        let mut stop = pin!(stop);
        let Some(tls) = self.tls else {
            return speak(stream, self.router, arrival, head_timeout, stop).await;
        };
        let shaken = tokio::select! {
            shaken = timeout(head_timeout, tls.accept(stream)) => shaken,
            // It has not asked for anything yet.
            () = &mut stop => return,
        };
        match shaken {
            Ok(Ok(stream)) => speak(stream, self.router, arrival, head_timeout, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }
}

/// Speaks HTTP.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    arrival: Arrival,
    head_timeout: Duration,
    stop: impl Future<Output = ()>,
) {
    let service = service_fn(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(arrival);
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        // Beyond our own limits, so that they are answered in our own words.
        .max_headers(Limits::MAX_HEADERS)
        .max_buf_size(Limits::MAX_HEADER_BYTES + 64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
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
