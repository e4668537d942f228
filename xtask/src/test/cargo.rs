//! The steps that run cargo.
//!
//! All of them take the whole workspace with all features, so that each dependency is resolved
//! with one set of features and built once for checking (clippy, rustdoc) and once for running
//! (tests, doc tests). None sets `RUSTFLAGS`, which would build everything anew: clippy's
//! `-D warnings` reaches only the workspace's own crates, and `RUSTDOCFLAGS` only rustdoc.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::counts::{Counts, Runner};
use super::{Context, StepError, Tally, keystone, stores};
use crate::process::Process;

const EVERYTHING: [&str; 3] = ["--workspace", "--all-features", "--locked"];

/// Support code that is written into generated workspaces. It belongs to no crate, so that
/// `cargo fmt` doesn't see it.
const TEMPLATES: &str = "crates/codegen/templates";

/// The target of browsers.
const BROWSER: &str = "wasm32-unknown-unknown";

/// Crates that others depend on, and sets of features in which they have to compile.
const ALONE: [(&str, &[&str]); 6] = [
    ("functiongraph-types", &[]),
    ("functiongraph-signing", &[]),
    ("functiongraph-server", &[]),
    ("functiongraph-client-mock", &[]),
    ("functiongraph-client", &["--no-default-features"]),
    ("functiongraph-client", &["--features", "blocking"]),
];

fn cargo(context: &Context) -> Process {
    Process::cargo().dir(&context.root)
}

/// The step `format`: one check for what belongs to a crate, one for the templates.
pub(super) fn format(context: &mut Context) -> Result<Tally, StepError> {
    let mut tally = match cargo(context).args(["fmt", "--all", "--check"]).run() {
        Ok(()) => Tally::passed(),
        Err(error) => Tally::failed(format!("{error}: run `cargo fmt --all`")),
    };
    let templates = files(&context.root.join(TEMPLATES), ".rs")?;
    if !templates.is_empty() {
        let process = Process::new("rustfmt")
            .args(["--edition", "2024", "--check", "--files-with-diff"])
            .args(&templates)
            .dir(&context.root);
        let (status, out, err) = process.capture()?;
        let findings: Vec<String> = out
            .lines()
            .map(|path| {
                let path = Path::new(path);
                let name = path.strip_prefix(&context.root).unwrap_or(path).display();
                format!("{name} is not in rustfmt's form: run `rustfmt --edition 2024 {name}`")
            })
            .collect();
        if findings.is_empty() {
            process.judge(status, &err)?;
        }
        tally.add(Tally::of_findings(findings));
    }
    Ok(tally)
}

/// The step `clippy`.
pub(super) fn clippy(context: &mut Context) -> Result<Tally, StepError> {
    cargo(context)
        .arg("clippy")
        .args(EVERYTHING)
        .args(["--all-targets", "--", "-D", "warnings"])
        .run()?;
    Ok(Tally::passed())
}

/// The step `tests`.
pub(super) fn tests(context: &mut Context) -> Result<Tally, StepError> {
    let runner = runner(context);
    let process = match runner {
        Runner::Nextest => cargo(context)
            .args(["nextest", "run"])
            .args(EVERYTHING)
            // Tests that are left out are named, too.
            .args(["--no-fail-fast", "--status-level", "skip"]),
        Runner::Libtest => cargo(context)
            .arg("test")
            .args(EVERYTHING)
            // What nextest runs by itself: everything but doc tests, which are a step, and
            // benchmarks.
            .args(["--lib", "--bins", "--tests", "--examples"])
            .arg("--no-fail-fast"),
    };
    let process = snapshot_rules(process, context).quiet_env(
        "INSTA_SNAPSHOT_REFERENCES_FILE",
        context.snapshot_references(),
    );
    let mut counts =
        Counts::new(runner).without(&[keystone::TESTS, stores::TESTS[0], stores::TESTS[1]]);
    let status = coloured(process.clone()).watch(|_, line| counts.line(line))?;
    let began = counts.complete();
    let tally = counts.finish(status, &process.line());
    // A test that failed may not have come to its snapshots.
    context.tests_complete = began && tally.failed == 0;
    Ok(tally)
}

/// The step `doc-tests`.
pub(super) fn doc_tests(context: &mut Context) -> Result<Tally, StepError> {
    let process = cargo(context)
        .args(["test", "--doc"])
        .args(EVERYTHING)
        .arg("--no-fail-fast");
    let mut counts = Counts::new(Runner::Libtest);
    let status = coloured(process.clone()).watch(|_, line| counts.line(line))?;
    Ok(counts.finish(status, &process.line()))
}

/// The step `rustdoc`.
pub(super) fn rustdoc(context: &mut Context) -> Result<Tally, StepError> {
    cargo(context)
        .env("RUSTDOCFLAGS", "-D warnings")
        .arg("doc")
        .args(EVERYTHING)
        .arg("--no-deps")
        .run()?;
    Ok(Tally::passed())
}

/// The step `features`: a check for each crate that others depend on, as they have it. In the other
/// steps the whole workspace's features are on.
pub(super) fn features(context: &mut Context) -> Result<Tally, StepError> {
    let check = |package: &str, settings: &[&str]| {
        let outcome = cargo(context)
            .args(["check", "--locked", "--package", package])
            .args(settings)
            .run();
        match outcome {
            Ok(()) => Tally::passed(),
            Err(error) => Tally::failed(error.to_string()),
        }
    };
    let mut tally = Tally::default();
    for (package, settings) in ALONE {
        tally.add(check(package, settings));
    }
    let sysroot = Process::new("rustc")
        .args(["--print", "sysroot"])
        .dir(&context.root)
        .read()?;
    let target = Path::new(sysroot.trim()).join("lib/rustlib").join(BROWSER);
    if !target.is_dir() {
        tally.add(Tally::skipped(format!(
            "the client for browsers: the compiler lacks the target; install it with `rustup target add {BROWSER}`"
        )));
        return Ok(tally);
    }
    for features in [&[][..], &["--no-default-features"]] {
        let settings = [&["--target", BROWSER], features].concat();
        tally.add(check("functiongraph-client", &settings));
    }
    Ok(tally)
}

/// Tests that are ignored by the step `tests`, since they need what only another step brings: of one
/// test program those whose names begin so, with a variable set for them.
pub(super) fn ignored(
    context: &Context,
    program: &str,
    names: &str,
    (variable, value): (&str, &str),
) -> Result<Tally, StepError> {
    let runner = runner(context);
    let process = match runner {
        Runner::Nextest => cargo(context)
            .args(["nextest", "run"])
            .args(EVERYTHING)
            .args(["--test", program])
            .args(["--run-ignored", "only", "--no-fail-fast"])
            .args(["--filterset", &format!("test(/^{names}/)")]),
        Runner::Libtest => cargo(context)
            .arg("test")
            .args(EVERYTHING)
            .args(["--no-fail-fast", "--test", program])
            .args(["--", "--ignored", names]),
    };
    let process = snapshot_rules(process, context).quiet_env(variable, value);
    let mut counts = Counts::new(runner);
    let status = coloured(process.clone()).watch(|_, line| counts.line(line))?;
    let tally = counts.finish(status, &process.line());
    // The others of the program are the step `tests`'s.
    Ok(Tally {
        skipped: 0,
        left_out: Vec::new(),
        ..tally
    })
}

/// Builds a program of the workspace and answers where it is. It is built with the tests of its
/// package, which run it too, so that the step `tests` has built it already.
pub(super) fn program(context: &Context, name: &str, test: &str) -> Result<PathBuf, StepError> {
    cargo(context)
        .arg("test")
        .args(EVERYTHING)
        .args(["--no-run", "--test", test])
        .run()?;
    let this = std::env::current_exe()
        .map_err(|cause| StepError::read(Path::new("the folder of the programs"), cause))?;
    Ok(this.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// cargo-nextest where it is installed: each test has a process of its own, and one that hangs is
/// ended. Else `cargo test`, so that the Rust toolchain is enough.
fn runner(context: &Context) -> Runner {
    if cargo(context).args(["nextest", "--version"]).succeeds() {
        Runner::Nextest
    } else {
        Runner::Libtest
    }
}

/// How insta behaves in a run, whatever the environment says: a differing snapshot always fails;
/// the new one is written beside it for review, except in CI; metadata count.
fn snapshot_rules(process: Process, context: &Context) -> Process {
    process
        .without_env("INSTA_FORCE_PASS")
        .without_env("INSTA_PENDING_DIR")
        .quiet_env("INSTA_UPDATE", if context.ci { "no" } else { "new" })
        .quiet_env("INSTA_REQUIRE_FULL_MATCH", "1")
}

/// Keeps a program's colours although its output goes through a pipe, where ours goes to a
/// terminal.
fn coloured(process: Process) -> Process {
    let wanted = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    if wanted && std::env::var_os("CARGO_TERM_COLOR").is_none() {
        process.quiet_env("CARGO_TERM_COLOR", "always")
    } else {
        process
    }
}

/// The files below a folder whose names end so, sorted; none where there is no such folder.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, StepError> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    let entries = std::fs::read_dir(folder).map_err(|cause| StepError::read(folder, cause))?;
    for entry in entries {
        let path = entry
            .map_err(|cause| StepError::read(folder, cause))?
            .path();
        if path.is_dir() {
            found.extend(files(&path, ending)?);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
