//! Metrics of requests and connections: handles that are made once, so that recording costs no more
//! than the counting.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::StatusCode;
use functiongraph_server::Operation;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::catalogue::{
    CONNECTIONS, CONNECTIONS_REFUSED, IN_FLIGHT, RATE_LIMITED, REQUEST_SECONDS, REQUESTS, SHED,
};

/// Statuses of HTTP: 100 to 599.
const STATUSES: usize = 500;

/// Metrics of requests and connections.
pub(crate) struct RequestMetrics {
    operations: Vec<(Option<Operation>, OperationMetrics)>,
    in_flight: Gauge,
    shed: Counter,
    rate_limited: Counter,
    connections: Gauge,
    connections_refused: Counter,
}

struct OperationMetrics {
    seconds: Histogram,
    /// By status; made when one is first answered.
    requests: Vec<OnceLock<Counter>>,
}

impl RequestMetrics {
    /// Handles of the recorder that the process has by now.
    pub(crate) fn new() -> Self {
        let operations = Operation::ALL.iter().copied().map(Some).chain([None]);
        Self {
            operations: operations
                .map(|operation| {
                    let metrics = OperationMetrics {
                        seconds: histogram!(REQUEST_SECONDS, "operation" => label(operation)),
                        requests: std::iter::repeat_with(OnceLock::new)
                            .take(STATUSES)
                            .collect(),
                    };
                    (operation, metrics)
                })
                .collect(),
            in_flight: gauge!(IN_FLIGHT),
            shed: counter!(SHED),
            rate_limited: counter!(RATE_LIMITED),
            connections: gauge!(CONNECTIONS),
            connections_refused: counter!(CONNECTIONS_REFUSED),
        }
    }

    /// A request was answered.
    pub(crate) fn answered(
        &self,
        operation: Option<Operation>,
        status: StatusCode,
        took: Duration,
    ) {
        let known = self
            .operations
            .iter()
            .find(|(known, _)| *known == operation);
        let Some((_, metrics)) = known else {
            return;
        };
        metrics.seconds.record(took.as_secs_f64());
        let index = usize::from(status.as_u16()).saturating_sub(100);
        if let Some(requests) = metrics.requests.get(index) {
            requests
                .get_or_init(|| {
                    counter!(
                        REQUESTS,
                        "operation" => label(operation),
                        "status" => status.as_str().to_owned()
                    )
                })
                .increment(1);
        }
    }

    /// A request is being served, until what this answers is dropped.
    pub(crate) fn begin(&self) -> InFlight {
        InFlight::new(self.in_flight.clone())
    }

    /// A connection is open, until what this answers is dropped.
    pub(crate) fn connected(&self) -> InFlight {
        InFlight::new(self.connections.clone())
    }

    /// A request was answered 503 because there were too many.
    pub(crate) fn shed(&self) {
        self.shed.increment(1);
    }

    /// A request was answered 429.
    pub(crate) fn rate_limited(&self) {
        self.rate_limited.increment(1);
    }

    /// A connection was refused because there were too many.
    pub(crate) fn connection_refused(&self) {
        self.connections_refused.increment(1);
    }
}

fn label(operation: Option<Operation>) -> &'static str {
    operation.map_or("none", Operation::id)
}

/// Something that goes on and is counted by a gauge.
pub(crate) struct InFlight(Gauge);

impl InFlight {
    fn new(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
