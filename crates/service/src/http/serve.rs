//! Listening: taking connections in, and letting go of them.

use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Service;
use super::connection::{Connection, Standing};
use super::tls::Tls;
use crate::config::Limits;
use crate::store::Store;

/// How long to wait after a connection could not be accepted, for lack of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long callers who came during the shutdown have to take their 503.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// How many connections above their limit are taken in to be told that there are too many.
const SURPLUS: usize = 64;

/// Where the service listens: a listener, with TLS or without.
#[derive(Debug)]
pub struct Endpoint {
    listener: TcpListener,
    tls: Option<Tls>,
}

impl From<TcpListener> for Endpoint {
    /// Plain HTTP.
    fn from(listener: TcpListener) -> Self {
        Self {
            listener,
            tls: None,
        }
    }
}

impl Endpoint {
    /// HTTPS.
    #[must_use]
    pub fn with_tls(listener: TcpListener, tls: Tls) -> Self {
        Self {
            listener,
            tls: Some(tls),
        }
    }
}

/// Serves until `shutdown` completes, then finishes the requests that are in flight, for as long as
/// the settings allow, and answers 503 to any other. The store is left open.
///
/// # Errors
/// None at present: a connection that fails is its own end only. The result is there for kinds of
/// listeners that can fail as a whole.
pub async fn serve<S: Store>(
    endpoint: impl Into<Endpoint>,
    service: Service<S>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let limits = service.settings().limits.clone();
    let refusals = {
        let service = service.clone();
        move || service.metrics().connection_refused()
    };
    let gauge = {
        let service = service.clone();
        move || service.metrics().connected()
    };
    let drain = {
        let service = service.clone();
        move || service.drain()
    };
    Listening {
        endpoint: endpoint.into(),
        router: service.router(),
        limits,
    }
    .run(shutdown, drain, gauge, refusals)
    .await;
    Ok(())
}

/// Serves other routes in the same manner, but for TLS.
pub(crate) async fn serve_router(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    Listening {
        endpoint: listener.into(),
        router,
        limits,
    }
    .run(shutdown, || {}, || (), || {})
    .await;
}

struct Listening {
    endpoint: Endpoint,
    router: Router,
    limits: Limits,
}

impl Listening {
    /// Serves until `shutdown`, calls `drain`, and finishes. `open` makes what a connection holds
    /// while it is open; `refused` is called for each that is one too many.
    async fn run<G: Send + 'static>(
        self,
        shutdown: impl Future<Output = ()>,
        drain: impl FnOnce(),
        open: impl Fn() -> G,
        refused: impl Fn(),
    ) {
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let room = connections.len() < self.limits.connections.saturating_add(SURPLUS);
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // Done connections are let go of.
                Some(_) = connections.join_next() => {}
                accepted = self.accept(), if room => {
                    let standing = if connections.len() < self.limits.connections {
                        Standing::Welcome
                    } else {
                        refused();
                        Standing::Surplus
                    };
                    let stopped = stopped.clone();
                    let stop = async move {
                        let mut stopped = stopped;
                        // That the sender is gone means the same.
                        drop(stopped.wait_for(|stopped| *stopped).await);
                    };
                    let connection = self.connection(accepted, standing).run(stop);
                    let held = open();
                    connections.spawn(async move {
                        connection.await;
                        drop(held);
                    });
                }
            }
        }

        tracing::info!(connections = connections.len(), "shutting down");
        drain();
        stopping.send_replace(true);
        let mut late = JoinSet::new();
        let mut deadline = pin!(sleep(self.limits.shutdown_timeout));
        while !connections.is_empty() {
            let room = late.len() < SURPLUS;
            tokio::select! {
                _ = connections.join_next() => {}
                () = &mut deadline => {
                    tracing::warn!(
                        connections = connections.len(),
                        "requests in flight did not finish in time and are given up"
                    );
                    break;
                }
                accepted = self.accept(), if room => {
                    // It is answered 503, which ends it.
                    late.spawn(self.connection(accepted, Standing::Welcome).run(pending()));
                }
                Some(_) = late.join_next() => {}
            }
        }
        drop(self.endpoint.listener);
        let last_answers = async { while late.join_next().await.is_some() {} };
        // Who has no answer by now gets none.
        drop(timeout(LAST_ANSWERS, last_answers).await);
    }

    fn connection(&self, accepted: (TcpStream, SocketAddr), standing: Standing) -> Connection {
        let (stream, peer) = accepted;
        Connection {
            stream,
            peer: peer.ip(),
            tls: self.endpoint.tls.clone(),
            router: self.router.clone(),
            limits: self.limits.clone(),
            standing,
        }
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.endpoint.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
