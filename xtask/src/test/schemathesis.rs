//! The step `schemathesis`: property-based requests against a running service, valid and broken ones,
//! with every check that the tool has.
//!
//! One run for each operation has its path pinned to a function that is there, so that valid
//! requests succeed; one has the project alone pinned, one nothing. What a schema cannot say counts
//! as an answer to valid data: names that are taken or reserved, digests of other code, and where the
//! path is free a function that is not there.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{Context, StepError, Tally, cargo};
use crate::process::Process;
use crate::root;
use crate::tools::Tool;

/// The function that runs are pinned to.
const FUNCTION: &str = "crates/service/src/testing/function.json";
const PROJECT: &str = "0123456789abcdef0123456789abcdef";
const URN: &str = "urn:fss:test-1:0123456789abcdef0123456789abcdef:function:default:hello";

/// Where the hooks are.
const HOOKS: &str = "xtask/tools/schemathesis";

/// How many answers of 200 each operation must have given, so that the runs are worth something.
const SUCCESSES: u64 = 300;

/// One run of the tool.
struct Run {
    /// What it is called.
    name: &'static str,
    /// The method of the operations that it calls; all where there is none.
    method: Option<&'static str>,
    /// Path parameters that are pinned.
    pinned: &'static [(&'static str, &'static str)],
    /// Statuses that valid data may get.
    expected: &'static str,
    /// Cases for each operation in the fuzzing phase.
    cases: u32,
}

const RUNS: [Run; 4] = [
    Run {
        name: "list",
        method: Some("GET"),
        pinned: &[("project_id", PROJECT), ("function_urn", URN)],
        expected: "200",
        cases: 800,
    },
    Run {
        name: "publish",
        method: Some("POST"),
        pinned: &[("project_id", PROJECT), ("function_urn", URN)],
        expected: "200, 400, 409",
        cases: 1200,
    },
    Run {
        name: "any-function",
        method: None,
        pinned: &[("project_id", PROJECT)],
        expected: "200, 400, 404, 409",
        cases: 400,
    },
    Run {
        name: "any-path",
        method: None,
        pinned: &[],
        expected: "200, 400, 403, 404, 409",
        cases: 200,
    },
];

/// The step: one check for each run, and one for each operation's successes.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let tools = RUNS
        .iter()
        .map(|_| context.tools.require(Tool::Schemathesis))
        .collect::<Result<Vec<_>, _>>()?;
    let daemon = cargo::program(context, "functiongraphd", "service")?;
    let scratch = context.scratch.path().join("schemathesis");
    fs::create_dir(&scratch).map_err(|cause| StepError::read(&scratch, cause))?;
    let store = format!("sqlite:{}", scratch.join("store.db").display());
    let command = |arguments: &[&str]| {
        Process::new(&daemon)
            .args(arguments)
            .args(["--store", &store])
            .dir(&context.root)
    };
    command(&["import", FUNCTION]).run()?;
    let token = command(&["token", "add", "--project", PROJECT]).read()?;

    let listening = RefCell::new(None);
    let (service, metrics) = command(&["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
        .args(["--metrics-listen", "127.0.0.1:0"])
        // Every publication of a run stays.
        .args(["--max-versions", "4294967295"])
        .start(|line| {
            if let Some(address) = line.strip_prefix("listening on ") {
                listening.replace(Some(address.to_owned()));
            }
            let metrics = line.strip_prefix("metrics on http://")?;
            Some(metrics.trim_end_matches("/metrics").to_owned())
        })?;
    let address = listening.take().unwrap_or_default();

    let mut tally = Tally::default();
    for (run, tool) in RUNS.iter().zip(tools) {
        let config = scratch.join(format!("{}.toml", run.name));
        File::create(&config)
            .and_then(|mut file| file.write_all(configuration(run).as_bytes()))
            .map_err(|cause| StepError::read(&config, cause))?;
        let mut process = tool
            .arg("--config-file")
            .arg(&config)
            .arg("run")
            .arg(context.root.join(root::DOCUMENT))
            .args(["--url", &address])
            .args(["--checks", "all", "--seed", "1", "--no-color"])
            // The same seed makes the same cases; what an earlier run found is no part of them.
            .args(["--generation-database", "none"])
            .args(["--max-examples", &run.cases.to_string()])
            .args(["--warnings", "off", "--request-timeout", "30"])
            .args(["--header", &format!("X-Auth-Token: {}", token.trim())])
            .quiet_env("PYTHONPATH", context.root.join(HOOKS))
            .quiet_env("SCHEMATHESIS_HOOKS", "hooks")
            // Where the tool runs it leaves a folder of its own, `.schemathesis`.
            .dir(&scratch);
        if let Some(method) = run.method {
            process = process.args(["--include-method", method]);
        }
        process.announce();
        let (status, out, err) = process.capture()?;
        super::say(&summary(&out));
        tally.add(match process.judge(status, &format!("{out}{err}")) {
            Ok(()) => Tally::passed(),
            Err(error) => Tally::failed(error.to_string()),
        });
    }
    let counts = scrape(&metrics)?;
    drop(service);
    for operation in ["list_function_versions", "create_function_version"] {
        let found = successes(&counts, operation);
        super::say(&format!("{operation} was answered 200 {found} times"));
        tally.add(if found >= SUCCESSES {
            Tally::passed()
        } else {
            Tally::failed(format!(
                "{operation} was answered 200 only {found} times of at least {SUCCESSES}: the runs prove little"
            ))
        });
    }
    Ok(tally)
}

/// The tool's configuration for a run.
fn configuration(run: &Run) -> String {
    let pinned: String = run
        .pinned
        .iter()
        .map(|(name, value)| format!("\"path.{name}\" = \"{value}\"\n"))
        .collect();
    format!(
        "[parameters]\n{pinned}\n[checks.positive_data_acceptance]\nexpected-statuses = [{}]\n",
        run.expected
    )
}

/// The line of a report that says how many cases there were.
fn summary(report: &str) -> String {
    let lines = report.lines().map(str::trim);
    let cases = lines.filter(|line| line.contains(" generated"));
    cases.collect::<Vec<_>>().join("\n")
}

/// What the service counted, in Prometheus' text format.
fn scrape(address: &str) -> Result<String, StepError> {
    let read = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|cause| StepError::read(std::path::Path::new("/metrics"), cause))
}

/// How often an operation was answered 200.
fn successes(metrics: &str, operation: &str) -> u64 {
    let counts = metrics.lines().filter_map(|line| {
        let (labels, count) = line
            .strip_prefix("functiongraphd_requests_total{")?
            .split_once("} ")?;
        let labels: Vec<&str> = labels.split(',').collect();
        let is = |name: &str, value: &str| labels.contains(&format!("{name}=\"{value}\"").as_str());
        (is("operation", operation) && is("status", "200"))
            .then(|| count.trim().parse::<u64>().ok())
            .flatten()
    });
    counts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successes_are_those_of_the_operation() {
        let metrics = "HTTP/1.1 200 OK\r\n\r\n# TYPE functiongraphd_requests_total counter\n\
            functiongraphd_requests_total{operation=\"a\",status=\"200\"} 7\n\
            functiongraphd_requests_total{operation=\"a\",status=\"400\"} 5\n\
            functiongraphd_requests_total{operation=\"b\",status=\"200\"} 3\n";
        assert_eq!(successes(metrics, "a"), 7);
        assert_eq!(successes(metrics, "b"), 3);
        assert_eq!(successes(metrics, "c"), 0);
    }

    #[test]
    fn a_run_is_pinned_as_it_says() {
        let text = configuration(&RUNS[0]);
        assert!(text.contains("\"path.project_id\" = \"0123456789abcdef0123456789abcdef\"\n"));
        assert!(text.ends_with("expected-statuses = [200]\n"));
    }

    #[test]
    fn the_number_of_cases_is_shown() {
        let report = "Test cases:\n  719 generated, 719 passed, 6 skipped\n\nSeed: 1";
        assert_eq!(summary(report), "719 generated, 719 passed, 6 skipped");
    }
}
