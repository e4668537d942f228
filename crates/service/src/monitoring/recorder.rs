//! Keeping metrics, for Prometheus to read.

use std::time::Duration;

use metrics::gauge;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::catalogue::{BUILD, METRICS, MetricKind};

/// Upper bounds of the buckets of every histogram, in seconds: from what a page takes out of memory
/// to what a request may take at most by default.
const BUCKETS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0,
];

/// How often samples are sorted into their buckets. Until then each takes room.
const UPKEEP: Duration = Duration::from_secs(1);

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The process has a recorder already: there can be one only.
    #[error("this process records its metrics elsewhere already")]
    Taken,
    /// The recorder cannot be made.
    #[error("metrics cannot be recorded")]
    Build(#[from] BuildError),
}

/// Keeps the process's metrics.
#[derive(Clone, Debug)]
pub struct Recorder(PrometheusHandle);

impl Recorder {
    /// Records the metrics of this process from now on. What was put together before, a
    /// [`Service`](crate::Service) for one, is not recorded.
    ///
    /// # Errors
    /// The process has a recorder already.
    pub fn install() -> Result<Self, InstallError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(BUCKETS)?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| InstallError::Taken)?;
        for metric in METRICS {
            match metric.kind {
                MetricKind::Counter => metrics::describe_counter!(metric.name, metric.help),
                MetricKind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
                MetricKind::Histogram => metrics::describe_histogram!(metric.name, metric.help),
            }
        }
        gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self(handle))
    }

    /// The metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Keeps what is recorded from growing between two readings. The task runs until it is aborted.
    pub fn keep(&self) -> JoinHandle<()> {
        let handle = self.0.clone();
        tokio::spawn(async move {
            let mut ticks = interval(UPKEEP);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                handle.run_upkeep();
            }
        })
    }
}
