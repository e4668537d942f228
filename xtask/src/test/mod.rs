//! `cargo xtask test`: everything that is checked before a change is taken, as a list of named
//! steps with one summary.
//!
//! A failing step doesn't stop those after it, so that one run shows all there is to mend. The
//! summary counts checks: every test is one, every other step as many as it says. Nothing is left
//! out silently: what was not judged is counted as skipped and named with the reason.

mod cargo;
mod counts;
mod keystone;
mod licences;
mod openapi;
mod packages;
mod schemathesis;
mod site;
pub(crate) mod snapshots;
pub(crate) mod stores;
mod vendor_sdks;
mod working_tree;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::builder::PossibleValuesParser;

use crate::generate::{self, Source};
use crate::outcome::Outcome;
use crate::process::ProcessError;
use crate::root;
use crate::tools::{ToolError, Tools};

use self::working_tree::Tree;

/// How many notes on one step the summary repeats; all of them stand above it.
const REPEATED: usize = 10;

/// What `cargo xtask test` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Leave out the steps that need programs from outside Cargo; the summary names them
    #[arg(long)]
    quick: bool,
    /// Run this step alone (may be given more than once); `--list` shows the steps
    #[arg(
        long,
        value_name = "STEP",
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name))
    )]
    only: Vec<String>,
    /// List the steps and run none
    #[arg(long)]
    list: bool,
}

/// One named step.
struct Step {
    /// What `--only` calls it.
    name: &'static str,
    /// What it makes sure of, in a line.
    about: &'static str,
    /// What it needs from outside Cargo; `--quick` leaves it out then.
    outside: Option<&'static str>,
    /// The step without whose result this one can't judge; `--only` runs it too.
    after: Option<&'static str>,
    run: fn(&mut Context) -> Result<Tally, StepError>,
}

/// The steps, quick ones first, so that a slip shows early.
const STEPS: [Step; 17] = [
    Step {
        name: "format",
        about: "hand-written code is in rustfmt's form",
        outside: None,
        after: None,
        run: cargo::format,
    },
    Step {
        name: "generated",
        about: "generated files match the document (`cargo xtask check`)",
        outside: None,
        after: None,
        run: generated,
    },
    Step {
        name: "licences",
        about: "every dependency comes from crates.io under a licence that is allowed",
        outside: None,
        after: None,
        run: licences::run,
    },
    Step {
        name: "packages",
        about: "every crate that is published has its metadata and its files, and nothing else",
        outside: None,
        after: None,
        run: packages::run,
    },
    Step {
        name: "clippy",
        about: "clippy and rustc have no warning on any target",
        outside: None,
        after: None,
        run: cargo::clippy,
    },
    Step {
        name: "tests",
        about: "unit and integration tests, with cargo-nextest where it is installed",
        outside: None,
        after: None,
        run: cargo::tests,
    },
    Step {
        name: "snapshots",
        about: "no snapshot waits for review, and a test uses each one",
        outside: None,
        after: Some("tests"),
        run: snapshots::run,
    },
    Step {
        name: "doc-tests",
        about: "examples in the documentation compile and run",
        outside: None,
        after: None,
        run: cargo::doc_tests,
    },
    Step {
        name: "rustdoc",
        about: "the documentation builds without a warning",
        outside: None,
        after: None,
        run: cargo::rustdoc,
    },
    Step {
        name: "features",
        about: "what others depend on compiles by itself, with each set of features, also for browsers",
        outside: None,
        after: None,
        run: cargo::features,
    },
    Step {
        name: "openapi",
        about: "openapi-spec-validator, Spectral and Redocly find nothing in the document",
        outside: Some("Python and Node.js"),
        after: None,
        run: openapi::run,
    },
    Step {
        name: "keystone",
        about: "the service takes the tokens and keys of a real Keystone, where the client logs in",
        outside: Some("Python"),
        after: None,
        run: keystone::run,
    },
    Step {
        name: "vendor-sdks",
        about: "the vendor's SDKs for Python and Node.js publish and list at the service",
        outside: Some("Python and Node.js"),
        after: None,
        run: vendor_sdks::run,
    },
    Step {
        name: "site",
        about: "the documentation works in a browser, and so do the samples in it",
        outside: Some("Chromium, Node.js and Python"),
        after: None,
        run: site::run,
    },
    Step {
        name: "schemathesis",
        about: "schemathesis finds no request that the service answers otherwise than described",
        outside: Some("Python"),
        after: None,
        run: schemathesis::run,
    },
    Step {
        name: "stores",
        about: "PostgreSQL, also behind PgBouncer, and the order of system calls before an answer",
        outside: Some("PostgreSQL, PgBouncer and strace"),
        after: None,
        run: stores::run,
    },
    Step {
        name: "working-tree",
        about: "the run itself changed no file of the repository",
        outside: None,
        after: None,
        run: working_tree::run,
    },
];

/// What the steps share.
struct Context {
    /// The project's folder.
    root: PathBuf,
    /// A folder for the run's own files, removed at its end.
    scratch: tempfile::TempDir,
    /// Whether this is an automatic run, where nobody edits meanwhile.
    ci: bool,
    /// The files as they were when the run began; `None` outside a git check-out.
    before: Option<Tree>,
    /// Whether the step `tests` ran to its end, so that all snapshots in use are known.
    tests_complete: bool,
    tools: Tools,
}

impl Context {
    /// The file in which insta notes every snapshot that a test compares with.
    fn snapshot_references(&self) -> PathBuf {
        self.scratch.path().join("snapshots-in-use")
    }
}

/// What a step counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// What is wrong, a line or more each.
    findings: Vec<String>,
    /// What was skipped and why.
    left_out: Vec<String>,
}

impl Tally {
    fn passed() -> Self {
        Self {
            passed: 1,
            ..Self::default()
        }
    }

    fn failed(finding: String) -> Self {
        Self {
            failed: 1,
            findings: vec![finding],
            ..Self::default()
        }
    }

    fn skipped(reason: String) -> Self {
        Self {
            skipped: 1,
            left_out: vec![reason],
            ..Self::default()
        }
    }

    /// One check with everything that it found.
    fn of_findings(findings: Vec<String>) -> Self {
        let failed = u64::from(!findings.is_empty());
        Self {
            passed: 1 - failed,
            failed,
            findings,
            ..Self::default()
        }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.findings.extend(other.findings);
        self.left_out.extend(other.left_out);
    }
}

/// Why a step could not be carried out. It counts as one failed check.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// A program failed or could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A program from outside Cargo could not be had.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A file could not be read.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// The file or folder.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// What a program printed is not what this code knows.
    #[error("cannot make sense of the output of `{line}`: {reason}")]
    Output {
        /// The command line.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl StepError {
    pub(crate) fn read(path: &Path, cause: io::Error) -> Self {
        Self::Read {
            path: path.display().to_string(),
            cause,
        }
    }
}

/// Why the test command could not even begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The project could not be found.
    #[error(
        "no `{}` here or above: run this inside the project's folder",
        root::DOCUMENT
    )]
    NoProject,
    /// No folder for the run's own files.
    #[error("cannot make a temporary folder: {0}")]
    Scratch(io::Error),
}

/// `cargo xtask test`
pub(crate) fn run(options: &Options) -> Result<Outcome, Error> {
    if options.list {
        say(&list());
        return Ok(Outcome::Clean);
    }
    let root = root::find().ok_or(Error::NoProject)?;
    let selected = select(&options.only);
    let mut context = Context {
        tools: Tools::new(&root),
        before: Tree::read(&root).ok(),
        scratch: tempfile::Builder::new()
            .prefix("functiongraph-test-")
            .tempdir()
            .map_err(Error::Scratch)?,
        ci: in_ci(std::env::var("CI").ok().as_deref()),
        tests_complete: false,
        root,
    };

    let mut results = Vec::new();
    for (index, step) in selected.iter().enumerate() {
        say(&format!(
            "\n\x1b[1m[{}/{}] {}\x1b[0m  {}",
            index + 1,
            selected.len(),
            step.name,
            step.about
        ));
        let began = Instant::now();
        let tally = match step.outside {
            Some(needs) if options.quick => {
                Tally::skipped(format!("needs {needs}, which --quick does without"))
            }
            _ => (step.run)(&mut context).unwrap_or_else(|error| Tally::failed(error.to_string())),
        };
        for finding in &tally.findings {
            say(&format!("\x1b[31merror\x1b[0m: {finding}"));
        }
        for reason in &tally.left_out {
            say(&format!("\x1b[33mskipped\x1b[0m: {reason}"));
        }
        results.push(StepResult {
            name: step.name,
            tally,
            took: began.elapsed(),
        });
    }
    say(&summary(&results));
    Ok(if results.iter().all(|result| result.tally.failed == 0) {
        Outcome::Clean
    } else {
        Outcome::Broken
    })
}

/// A step that was carried out or left out.
struct StepResult {
    name: &'static str,
    tally: Tally,
    took: Duration,
}

/// The steps to run: all, or those named and those whose results they need, in the usual order.
fn select(only: &[String]) -> Vec<&'static Step> {
    let named = |name: &str| only.iter().any(|wanted| wanted == name);
    STEPS
        .iter()
        .filter(|step| {
            only.is_empty()
                || named(step.name)
                || STEPS
                    .iter()
                    .any(|other| other.after == Some(step.name) && named(other.name))
        })
        .collect()
}

/// The files below a folder whose names end so, leaving out build output and hidden folders.
pub(crate) fn find_files(root: &Path, ending: &str) -> Result<BTreeSet<PathBuf>, StepError> {
    let mut found = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let read = |cause| StepError::read(&folder, cause);
        for entry in std::fs::read_dir(&folder).map_err(read)? {
            let entry = entry.map_err(read)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.file_type().map_err(read)?.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    open.push(entry.path());
                }
            } else if name.ends_with(ending) {
                found.insert(entry.path());
            }
        }
    }
    Ok(found)
}

/// Whether `CI` says that the run is an automatic one.
fn in_ci(value: Option<&str>) -> bool {
    !matches!(value, None | Some("" | "0" | "false"))
}

/// The text of `--list`.
fn list() -> String {
    let width = widest(STEPS.iter().map(|step| step.name));
    let lines: Vec<String> = STEPS
        .iter()
        .map(|step| {
            let needs = step
                .outside
                .map(|needs| format!("; needs {needs}"))
                .unwrap_or_default();
            format!("{:width$}  {}{needs}", step.name, step.about)
        })
        .collect();
    lines.join("\n")
}

/// The table, what went wrong, and the line that closes the run.
fn summary(results: &[StepResult]) -> String {
    let width = widest(results.iter().map(|result| result.name));
    let mut text = format!(
        "\n{:width$}  {:7}  {:>6}  {:>6}  {:>7}  {:>7}\n",
        "step", "result", "passed", "failed", "skipped", "seconds"
    );
    let mut total = Tally::default();
    for StepResult { name, tally, took } in results {
        let (colour, result) = if tally.failed > 0 {
            ("\x1b[31m", "failed")
        } else if tally.passed == 0 {
            ("\x1b[33m", "skipped")
        } else {
            ("\x1b[32m", "passed")
        };
        text.push_str(&format!(
            "{name:width$}  {colour}{result:7}\x1b[0m  {:>6}  {:>6}  {:>7}  {:>7.1}\n",
            tally.passed,
            tally.failed,
            tally.skipped,
            took.as_secs_f64()
        ));
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.skipped += tally.skipped;
    }
    text.push('\n');
    for StepResult { name, tally, .. } in results {
        for (kind, notes) in [("", &tally.findings), ("skipped: ", &tally.left_out)] {
            for note in notes.iter().take(REPEATED) {
                text.push_str(&format!("{name}: {kind}{note}\n"));
            }
            if notes.len() > REPEATED {
                let more = notes.len() - REPEATED;
                text.push_str(&format!("{name}: {kind}and {more} more, see above\n"));
            }
        }
        if tally.failed > 0 {
            text.push_str(&format!(
                "{name}: to run it again: cargo xtask test --only {name}\n"
            ));
        }
    }
    text.push_str(&closing_line(&total));
    text
}

/// The last line of a run.
fn closing_line(total: &Tally) -> String {
    let mut line = format!("{} passed, {} failed", total.passed, total.failed);
    if total.skipped > 0 {
        line.push_str(&format!(", {} skipped", total.skipped));
    }
    line
}

fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(str::len).max().unwrap_or(0)
}

/// Prints lines on standard output; where nobody reads them any more, the run goes on.
fn say(text: &str) {
    let mut out = anstream::stdout();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// The step `generated`: the very code of `cargo xtask check`.
fn generated(_: &mut Context) -> Result<Tally, StepError> {
    Ok(match generate::check(&Source::Project, false) {
        Ok(Outcome::Clean) => Tally::passed(),
        Ok(_) => Tally::failed("generated files are stale: run `cargo xtask generate`".to_owned()),
        Err(error) => {
            error.print();
            Tally::failed("the document can't be generated from, see above".to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn names(only: &[&str]) -> Vec<&'static str> {
        let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
        select(&only).iter().map(|step| step.name).collect()
    }

    #[test]
    fn steps_have_names_of_their_own_and_follow_what_they_need() {
        for (index, step) in STEPS.iter().enumerate() {
            let before = &STEPS[..index];
            assert!(before.iter().all(|other| other.name != step.name));
            if let Some(needed) = step.after {
                assert!(before.iter().any(|other| other.name == needed));
            }
        }
    }

    #[test]
    fn all_steps_run_unless_some_are_named() {
        assert_eq!(names(&[]).len(), STEPS.len());
        assert_eq!(names(&["rustdoc", "format"]), ["format", "rustdoc"]);
    }

    #[test]
    fn a_named_step_brings_the_one_that_it_needs() {
        assert_eq!(names(&["snapshots"]), ["tests", "snapshots"]);
    }

    #[test]
    fn the_list_shows_every_step() {
        let list = list();
        assert_eq!(list.lines().count(), STEPS.len());
        assert!(list.contains("; needs Python and Node.js"));
    }

    #[test]
    fn the_closing_line_stands_alone_and_last() {
        let results = [
            StepResult {
                name: "tests",
                tally: Tally {
                    passed: 40,
                    failed: 2,
                    skipped: 1,
                    findings: (0..12).map(|n| format!("finding {n}")).collect(),
                    left_out: vec!["a test".to_owned()],
                },
                took: Duration::from_millis(1500),
            },
            StepResult {
                name: "openapi",
                tally: Tally::skipped("needs Python".to_owned()),
                took: Duration::ZERO,
            },
        ];
        let text = anstream::adapter::strip_str(&summary(&results)).to_string();
        assert_eq!(text.lines().last(), Some("40 passed, 2 failed, 2 skipped"));
        assert!(text.contains("tests    failed       40       2        1      1.5"));
        assert!(text.contains("openapi  skipped       0       0        1      0.0"));
        assert!(text.contains("tests: and 2 more, see above"));
        assert!(text.contains("tests: skipped: a test\n"));
        assert!(text.contains("openapi: skipped: needs Python\n"));
        assert!(text.contains("cargo xtask test --only tests\n"));
    }

    #[test]
    fn a_clean_run_names_no_skipped_checks() {
        let total = Tally {
            passed: 7,
            ..Tally::default()
        };
        assert_eq!(closing_line(&total), "7 passed, 0 failed");
    }

    #[test]
    fn ci_is_what_the_variable_says() {
        for (value, expected) in [
            (None, false),
            (Some(""), false),
            (Some("false"), false),
            (Some("0"), false),
            (Some("true"), true),
            (Some("1"), true),
        ] {
            assert_eq!(in_ci(value), expected, "{value:?}");
        }
    }

    #[test]
    fn findings_of_one_check_count_once() {
        let tally = Tally::of_findings(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!((tally.passed, tally.failed), (0, 1));
        assert_eq!(Tally::of_findings(Vec::new()), Tally::passed());
    }
}
