//! The load generator: wrk, from Debian's packages.

use std::path::Path;

use super::Error;
use crate::process::Process;
use crate::tools::System;

/// The core that the load comes from; servers have the other.
const CORE: &str = "1";

/// A load to put on a server.
pub(super) struct Load<'a> {
    /// What the server is called in errors.
    pub(super) server: &'a str,
    /// Where it listens.
    pub(super) address: &'a str,
    /// A script of requests.
    pub(super) script: &'a Path,
    /// What the script reads from its environment.
    pub(super) variables: &'a [(&'a str, &'a str)],
    /// Connections, each with one request at a time.
    pub(super) connections: u32,
    /// How long, in seconds.
    pub(super) seconds: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    /// Requests answered in a second.
    pub(super) per_second: f64,
}

/// Makes sure that wrk is there.
pub(super) fn require() -> Result<(), Error> {
    System::Wrk.require().map_err(Error::Tool)
}

impl Load<'_> {
    /// Runs wrk.
    pub(super) fn run(&self) -> Result<Rate, Error> {
        let mut process = Process::new("taskset")
            .args(["--cpu-list", CORE, "wrk", "--threads", "1"])
            .arg("--connections")
            .arg(self.connections.to_string())
            .arg("--duration")
            .arg(format!("{}s", self.seconds))
            .arg("--script")
            .arg(self.script)
            .arg(self.address);
        for (name, value) in self.variables {
            process = process.quiet_env(*name, *value);
        }
        let report = process.read()?;
        read(&report).map_err(|reason| Error::Load {
            server: self.server.to_owned(),
            reason,
            report,
        })
    }
}

/// The rate in wrk's report; a report that tells of errors is none.
fn read(report: &str) -> Result<Rate, String> {
    let mut rate = None;
    for line in report.lines().map(str::trim) {
        if line.starts_with("Non-2xx") || line.starts_with("Socket errors") {
            return Err(format!("not every request was answered well: {line}"));
        }
        if let Some(number) = line.strip_prefix("Requests/sec:") {
            rate = number.trim().parse().ok();
        }
    }
    match rate {
        Some(per_second) if per_second > 0.0 => Ok(Rate { per_second }),
        _ => Err("it answered nothing".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Running 3s test @ http://127.0.0.1:1\n  1 threads and 16 connections\n  \
        300 requests in 3.00s, 1.00MB read\nRequests/sec:    100.25\nTransfer/sec:      0.33MB\n";

    #[test]
    fn the_rate_is_read() {
        assert_eq!(read(REPORT), Ok(Rate { per_second: 100.25 }));
    }

    #[test]
    fn errors_are_no_rate() {
        let refused = REPORT.replace("Requests/sec", "Non-2xx or 3xx responses: 7\nRequests/sec");
        let broken = REPORT.replace(
            "Requests/sec",
            "Socket errors: connect 0, read 1, write 0, timeout 0\nRequests/sec",
        );
        let none = REPORT.replace("100.25", "0.00");
        for report in [refused.as_str(), &broken, &none, ""] {
            assert!(read(report).is_err(), "{report}");
        }
    }
}
