//! What the service tells of itself while it runs: metrics, and the listener that has them.
//!
//! Modules record through the `metrics` facade; whoever embeds the service may install a recorder of
//! their own. [`Recorder`] is the one that comes with it, for Prometheus. The number of time series
//! is bounded: labels have values out of short lists, never anything of a request.

mod catalogue;
mod listener;
mod recorder;
mod requests;

pub(crate) use catalogue::LOG_LINES_LOST;
pub use catalogue::{METRICS, Metric, MetricKind};
pub use listener::serve_monitoring;
pub use recorder::{InstallError, Recorder};
pub(crate) use requests::RequestMetrics;
