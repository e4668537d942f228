//! The service over HTTP: the generated trait and hooks on a store, what surrounds every request,
//! the documentation, and connections.

mod api;
mod context;
mod docs;
mod layer;
mod serve;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::middleware::from_fn_with_state;

use self::api::Api;
pub use self::serve::serve;
use crate::config::Settings;
use crate::domain::{Clock, Random, SystemClock, SystemRandom};
use crate::store::Store;

/// The service: a store, and what else it needs. Cloning it is cheap; clones are one service.
pub struct Service<S>(Arc<Inner<S>>);

struct Inner<S> {
    api: Arc<Api<S>>,
    settings: Settings,
    draining: AtomicBool,
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
    pub fn build(self) -> Service<S> {
        Service(Arc::new(Inner {
            api: Arc::new(Api {
                store: self.store,
                rules: self.settings.rules,
                clock: self.clock,
                random: self.random,
            }),
            settings: self.settings,
            draining: AtomicBool::new(false),
        }))
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

    /// Answers 503 to every request from now on. Those in flight go on.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
    }

    fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    fn api(&self) -> &Api<S> {
        &self.0.api
    }

    fn random(&self) -> &dyn Random {
        &*self.0.api.random
    }
}
