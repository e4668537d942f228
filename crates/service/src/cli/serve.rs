//! `serve`: the service from its configuration to its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use super::args::ServeArguments;
use super::config::{Configuration, TlsFiles};
use super::failure::Failure;
use super::log;
use super::output::say;
use crate::monitoring::{Recorder, serve_monitoring};
use crate::store::{AnyStore, Store as _};
use crate::{Endpoint, Service, Tls, serve as run};

pub(super) async fn serve(arguments: ServeArguments) -> Result<(), Failure> {
    let (configuration, _) = Configuration::load(&arguments.given)?;
    let url = configuration.store()?;
    let _log = log::start(&configuration.log, configuration.log_format).map_err(Failure::Log)?;

    allow_connections(configuration.settings.limits.connections);
    // Before the address is announced: whoever stops the service may do so at once.
    let mut signals = Signals::new().map_err(Failure::Signals)?;
    let tls = match &configuration.tls {
        None => None,
        Some(files) => Some(load(files.clone()).await?),
    };
    let recorder = match configuration.metrics {
        None => None,
        // Before the service is put together, which asks for its metrics.
        Some(address) => Some((
            Recorder::install()?,
            bind(address, "--metrics-listen").await?,
        )),
    };
    let store = Arc::new(AnyStore::open(url).await?);
    let (listener, address) = bind(configuration.listen, "--listen").await?;
    let service = Service::builder(Arc::clone(&store))
        .settings(configuration.settings.clone())
        .build()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    tracing::info!(store = %url, %address, scheme, "serving");
    let monitoring = recorder.map(|(recorder, (listener, address))| {
        tracing::info!(%address, "serving metrics");
        (address, Monitoring::start(listener, &service, recorder))
    });
    say(format_args!("listening on {scheme}://{address}"))?;
    if let Some((address, _)) = &monitoring {
        // Whoever waited for the first line may read no further.
        drop(say(format_args!("metrics on http://{address}/metrics")));
    }

    let (stop, stopped) = oneshot::channel();
    let (stop_now, stopped_now) = oneshot::channel();
    let reload = tls.clone();
    tokio::spawn(async move {
        signals.stop(reload.as_ref()).await;
        // Nobody listens where the service has ended by itself.
        let _ = stop.send(());
        signals.stop(None).await;
        let _ = stop_now.send(());
    });
    let shutdown = async {
        drop(stopped.await);
    };
    let endpoint = match tls {
        None => Endpoint::from(listener),
        Some(tls) => Endpoint::with_tls(listener, tls),
    };
    let served = tokio::select! {
        served = run(endpoint, service, shutdown) => served.map_err(Failure::Serve),
        Ok(()) = stopped_now => Err(Failure::Interrupted),
    };
    if let Some((_, monitoring)) = monitoring {
        monitoring.stop().await;
    }
    store.close().await;
    tracing::info!("stopped");
    served
}

/// Files that are open beside those of callers: the store's, listeners, the log.
const OTHER_FILES: u64 = 256;

/// Sees to it that as many files may be open as there may be connections: shells and service
/// managers mostly start processes with fewer, and the right to ask for more.
fn allow_connections(connections: usize) {
    let wanted = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(OTHER_FILES);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(allowed) if allowed < wanted => tracing::warn!(
            allowed,
            wanted,
            "this process may not open as many files as there may be connections"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit on open files cannot be raised"),
    }
}

/// Listens on an address.
async fn bind(
    address: SocketAddr,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), Failure> {
    let refused = |cause| Failure::Listen {
        address,
        flag,
        cause,
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

async fn load(files: TlsFiles) -> Result<Tls, Failure> {
    let loaded = spawn_blocking(move || Tls::load(&files.certificate, &files.key)).await;
    Ok(loaded.map_err(|error| Failure::Serve(io::Error::other(error)))??)
}

/// The listener of those who watch over the service.
struct Monitoring {
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

impl Monitoring {
    fn start(listener: TcpListener, service: &Service<AnyStore>, recorder: Recorder) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = serve_monitoring(listener, service.clone(), recorder, async {
            drop(stopped.await);
        });
        Self {
            stop,
            running: tokio::spawn(running),
        }
    }

    async fn stop(self) {
        drop(self.stop);
        // What there is to tell has been told.
        drop(self.running.await);
    }
}

/// What the service reacts to: Ctrl-C, and on Unix SIGTERM and SIGHUP.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal to stop. Meanwhile, SIGHUP has the certificate read again.
    #[cfg(unix)]
    async fn stop(&mut self, tls: Option<&Tls>) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hangup.recv() => reload(tls.cloned()).await,
            }
        }
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn stop(&mut self, _: Option<&Tls>) {
        // Where Ctrl-C cannot be waited for, the process can still be ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn reload(tls: Option<Tls>) {
    let Some(tls) = tls else {
        tracing::info!("SIGHUP: there is no certificate to read again");
        return;
    };
    match spawn_blocking(move || tls.reload()).await {
        Ok(Ok(())) => tracing::info!("SIGHUP: the certificate was read again"),
        Ok(Err(error)) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "SIGHUP: the certificate cannot be read again; the one in use stays"
        ),
        Err(error) => tracing::error!(%error, "SIGHUP: the certificate was not read again"),
    }
}
