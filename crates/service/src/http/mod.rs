//! The service over HTTP: the generated trait and hooks on a store, what surrounds every request,
//! the documentation, and connections.

mod api;
mod connection;
mod context;
mod docs;
mod layer;
mod places;
mod rate;
mod readiness;
mod serve;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::middleware::from_fn_with_state;

use self::api::Api;
use self::places::Places;
use self::rate::Callers;
use self::readiness::Readiness;
pub(crate) use self::serve::serve_router;
pub use self::serve::{Endpoint, serve};
pub use self::tls::{Tls, TlsError};
use crate::auth::{Authenticator, SetupError};
use crate::config::Settings;
use crate::domain::{Clock, Random, SystemClock, SystemRandom};
use crate::monitoring::RequestMetrics;
use crate::store::{Store, StoreError};

/// The service: a store, and what else it needs. Cloning it is cheap; clones are one service.
pub struct Service<S>(Arc<Inner<S>>);

struct Inner<S> {
    api: Arc<Api<S>>,
    settings: Settings,
    places: Places,
    draining: AtomicBool,
    readiness: Readiness,
}

/// Why a service is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// It is shutting down.
    #[error("shutting down")]
    Draining,
    /// Its store cannot be read; the log says why.
    #[error("the store cannot be read")]
    Store,
}

impl<S> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for Service<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Service")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

/// Puts a [`Service`] together.
pub struct ServiceBuilder<S> {
    store: Arc<S>,
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl<S> fmt::Debug for ServiceBuilder<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServiceBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<S: Store> ServiceBuilder<S> {
    /// Sets the settings; the defaults otherwise.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the clock; the system's otherwise.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the random source; the system's otherwise.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// The service.
    ///
    /// # Errors
    /// Settings of authentication that cannot be used.
    pub fn build(self) -> Result<Service<S>, SetupError> {
        let authenticator =
            Authenticator::new(Arc::clone(&self.store), self.settings.auth.clone())?;
        Ok(Service(Arc::new(Inner {
            api: Arc::new(Api {
                store: self.store,
                authenticator,
                rules: self.settings.rules,
                clock: self.clock,
                random: self.random,
                callers: self.settings.limits.rate.map(Callers::new),
                metrics: RequestMetrics::new(),
            }),
            places: Places::new(self.settings.limits.requests),
            settings: self.settings,
            draining: AtomicBool::new(false),
            readiness: Readiness::default(),
        })))
    }
}

impl<S: Store> Service<S> {
    /// A service on a store.
    pub fn builder(store: Arc<S>) -> ServiceBuilder<S> {
        ServiceBuilder {
            store,
            settings: Settings::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The store.
    pub fn store(&self) -> &Arc<S> {
        &self.0.api.store
    }

    /// Every route of the service, for a server of one's own; [`serve`] is the one that comes with
    /// it.
    pub fn router(&self) -> Router {
        let limits = functiongraph_server::Limits::default()
            .with_body_bytes(self.0.settings.limits.body_bytes);
        functiongraph_server::router(Arc::clone(&self.0.api), Arc::clone(&self.0.api), limits)
            .merge(docs::routes(self))
            .layer(from_fn_with_state(self.clone(), layer::surround::<S>))
    }

    /// Whether requests can be served: the store can be read, and the service is not shutting down.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), NotReady> {
        if self.is_draining() {
            return Err(NotReady::Draining);
        }
        let check = async {
            self.store().ready().await.map_err(|error: StoreError| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the store cannot be read"
                );
                NotReady::Store
            })
        };
        self.0.readiness.of(check).await
    }

    /// Answers 503 to every request from now on, but for `/healthz`. Those in flight go on.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
    }

    fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    fn api(&self) -> &Api<S> {
        &self.0.api
    }

    fn places(&self) -> &Places {
        &self.0.places
    }

    fn metrics(&self) -> &RequestMetrics {
        &self.0.api.metrics
    }

    fn random(&self) -> &dyn Random {
        &*self.0.api.random
    }
}
