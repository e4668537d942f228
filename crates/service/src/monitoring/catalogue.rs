//! Every metric: its name, what it counts, its labels.

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Grows until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Times in seconds, in buckets.
    Histogram,
}

impl MetricKind {
    /// Its name in Prometheus' format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: MetricKind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

pub(super) const REQUESTS: &str = "functiongraphd_requests_total";
pub(super) const REQUEST_SECONDS: &str = "functiongraphd_request_seconds";
pub(super) const IN_FLIGHT: &str = "functiongraphd_requests_in_flight";
pub(super) const SHED: &str = "functiongraphd_requests_shed_total";
pub(super) const RATE_LIMITED: &str = "functiongraphd_requests_rate_limited_total";
pub(super) const CONNECTIONS: &str = "functiongraphd_connections";
pub(super) const CONNECTIONS_REFUSED: &str = "functiongraphd_connections_refused_total";
pub(super) const STORE_CONNECTIONS: &str = "functiongraphd_store_connections";
pub(super) const BUILD: &str = "functiongraphd_build_info";

/// Lines of the log that were lost because stderr did not take them in time.
pub(crate) const LOG_LINES_LOST: &str = "functiongraphd_log_lines_lost_total";

/// Every metric of the service.
pub const METRICS: &[Metric] = &[
    Metric {
        name: REQUESTS,
        kind: MetricKind::Counter,
        labels: &["operation", "status"],
        help: "Requests answered; the operation `none` is for paths that have none",
    },
    Metric {
        name: REQUEST_SECONDS,
        kind: MetricKind::Histogram,
        labels: &["operation"],
        help: "From a request's head to its answer",
    },
    Metric {
        name: IN_FLIGHT,
        kind: MetricKind::Gauge,
        labels: &[],
        help: "Requests being served",
    },
    Metric {
        name: SHED,
        kind: MetricKind::Counter,
        labels: &[],
        help: "Requests answered 503 because too many were being served",
    },
    Metric {
        name: RATE_LIMITED,
        kind: MetricKind::Counter,
        labels: &[],
        help: "Requests answered 429 because their caller made too many",
    },
    Metric {
        name: CONNECTIONS,
        kind: MetricKind::Gauge,
        labels: &[],
        help: "Open connections",
    },
    Metric {
        name: CONNECTIONS_REFUSED,
        kind: MetricKind::Counter,
        labels: &[],
        help: "Connections answered 503 and closed because there were too many",
    },
    Metric {
        name: "functiongraphd_store_seconds",
        kind: MetricKind::Histogram,
        labels: &["operation"],
        help: "What the store took for an operation",
    },
    Metric {
        name: STORE_CONNECTIONS,
        kind: MetricKind::Gauge,
        labels: &["state"],
        help: "Connections to the database, `idle` or `busy`",
    },
    Metric {
        name: "functiongraphd_iam_seconds",
        kind: MetricKind::Histogram,
        labels: &["outcome"],
        help: "What the IAM took to answer",
    },
    Metric {
        name: LOG_LINES_LOST,
        kind: MetricKind::Counter,
        labels: &[],
        help: "Lines of the log that were lost because stderr did not take them in time",
    },
    Metric {
        name: BUILD,
        kind: MetricKind::Gauge,
        labels: &["version"],
        help: "1, with the version of the program",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions() {
        for metric in METRICS {
            assert!(metric.name.starts_with("functiongraphd_"), "{metric:?}");
            let total = metric.name.ends_with("_total");
            assert_eq!(total, metric.kind == MetricKind::Counter, "{metric:?}");
            let seconds = metric.name.ends_with("_seconds");
            assert_eq!(seconds, metric.kind == MetricKind::Histogram, "{metric:?}");
            assert!(!metric.help.is_empty());
        }
    }
}
