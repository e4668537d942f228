//! `cargo xtask accept`: makes every snapshot what it is now, and says which have changed.
//!
//! The tests that compare with snapshots run twice: first they write, then they have to pass, so
//! that nothing is accepted that comes out differently the next time. What no test uses any more
//! goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::generate::{self, Source};
use crate::outcome::Outcome;
use crate::process::{Process, ProcessError};
use crate::root;
use crate::test::snapshots::{Snapshots, references};
use crate::test::{StepError, find_files};

/// The workspace and its features as the test command has them, so that nothing is built again.
const EVERYTHING: [&str; 3] = ["--workspace", "--all-features", "--locked"];

/// What the code of a test that has snapshots holds: insta's macros, or the module of the helper
/// around them.
const SIGNS: [&str; 2] = ["snapshot!(", "snapshots::"];

/// Why snapshots could not be accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The project could not be found.
    #[error(
        "no `{}` here or above: run this inside the project's folder",
        root::DOCUMENT
    )]
    NoProject,
    /// Files could not be read.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A program could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The document can't be generated from.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// A file or folder could not be written.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        cause: io::Error,
    },
}

/// `cargo xtask accept`
pub(crate) fn accept() -> Result<Outcome, Error> {
    let root = root::find().ok_or(Error::NoProject)?;
    if root.join(root::DOCUMENT).is_file() {
        let stale = generate::stale(&Source::Project)?;
        if !stale.is_empty() {
            anstream::eprintln!(
                "error: generated files are not up to date, {} of them: {}\nhelp: run `cargo xtask generate` first; snapshots of old code would be accepted otherwise",
                stale.len(),
                some(&stale)
            );
            return Ok(Outcome::Stale);
        }
    }
    let before = texts(&root)?;
    let tests = tests(&root)?;
    if tests.is_empty() {
        anstream::println!("no test has a snapshot");
        return Ok(Outcome::Clean);
    }

    // Guards compare with snapshots that others are just writing: how this run ends says nothing.
    let scratch = tempfile::tempdir().map_err(|cause| Error::Write {
        path: "a temporary folder".to_owned(),
        cause,
    })?;
    build(&root)?;
    run(&root, &tests, "always", None)?;
    let used = scratch.path().join("snapshots-in-use");
    let passed = run(&root, &tests, "no", Some(&used))?;
    if passed {
        let used = references(&used)?;
        let found = Snapshots::find(&root)?;
        for path in found.unused(&used).chain(&found.pending) {
            std::fs::remove_file(path).map_err(|cause| Error::Write {
                path: path.display().to_string(),
                cause,
            })?;
        }
    }
    report(&before, &texts(&root)?);
    if !passed {
        anstream::eprintln!(
            "error: the tests above do not pass with the snapshots that they have just written, so none was removed\nhelp: mend what they report; an inline snapshot (`@\"…\"`) is accepted by editing the test"
        );
        return Ok(Outcome::Broken);
    }
    Ok(Outcome::Clean)
}

/// The first few of many names.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

/// The text of every snapshot, by path below the root.
fn texts(root: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut texts = BTreeMap::new();
    for path in Snapshots::find(root)?.accepted {
        let bytes = std::fs::read(&path).map_err(|cause| StepError::read(&path, cause))?;
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        texts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(texts)
}

/// The names of the tests in files that have to do with snapshots.
fn tests(root: &Path) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    let own = root.join("xtask/src");
    for path in find_files(root, ".rs")? {
        let bytes = std::fs::read(&path).map_err(|cause| StepError::read(&path, cause))?;
        let text = String::from_utf8_lossy(&bytes);
        // The commands speak of snapshots without having any.
        if !path.starts_with(&own) && SIGNS.iter().any(|sign| text.contains(sign)) {
            names.extend(functions(&text).map(str::to_owned));
        }
    }
    Ok(names)
}

/// The names of the test functions of a file.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let tests: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
        .filter_map(|(index, _)| {
            let head = lines[index + 1..]
                .iter()
                .find(|line| !line.starts_with("#["))?;
            let (_, rest) = head.split_once("fn ")?;
            rest.split(['(', '<']).next()
        })
        .collect();
    tests.into_iter()
}

/// Builds the tests, so that what does not compile is told from what does not pass.
fn build(root: &Path) -> Result<(), Error> {
    Process::cargo()
        .dir(root)
        .arg("test")
        .args(EVERYTHING)
        .args(["--lib", "--bins", "--tests", "--no-run"])
        .run()?;
    Ok(())
}

/// Runs the tests; answers whether all passed.
fn run(
    root: &Path,
    tests: &BTreeSet<String>,
    update: &str,
    references: Option<&Path>,
) -> Result<bool, Error> {
    let cargo = Process::cargo().dir(root);
    let nextest = cargo.clone().args(["nextest", "--version"]).succeeds();
    let process = if nextest {
        let process = cargo.args(["nextest", "run"]).args(EVERYTHING);
        // Which tests fail while they write says nothing.
        let level = if references.is_some() { "fail" } else { "none" };
        process
            .args(["--lib", "--bins", "--tests", "--no-fail-fast"])
            .args(["--status-level", level])
            .args(["--final-status-level", "none"])
            .args([
                "--failure-output",
                if references.is_some() {
                    "immediate"
                } else {
                    "never"
                },
            ])
    } else {
        let process = cargo.arg("test").args(EVERYTHING);
        process.args(["--lib", "--bins", "--tests", "--no-fail-fast"])
    };
    let mut process = process
        .without_env("INSTA_FORCE_PASS")
        .without_env("INSTA_PENDING_DIR")
        .quiet_env("INSTA_UPDATE", update)
        .quiet_env("INSTA_REQUIRE_FULL_MATCH", "1");
    if let Some(file) = references {
        process = process.quiet_env("INSTA_SNAPSHOT_REFERENCES_FILE", file);
    }
    // Shown without the tests' names, of which there are many.
    process.announce();
    let (status, out, err) = process.arg("--").args(tests).capture()?;
    if references.is_some() && !status.success() {
        let _ = io::stdout().write_all(out.as_bytes());
        let _ = io::stderr().write_all(err.as_bytes());
    }
    Ok(status.success())
}

/// Lists what has changed, with lines added and removed.
fn report(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut changed = 0;
    for name in names {
        let line = match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) if was != is => {
                let count = |tag| {
                    let diff = TextDiff::from_lines(was.as_str(), is.as_str());
                    diff.iter_all_changes()
                        .filter(|change| change.tag() == tag)
                        .count()
                };
                format!(
                    "changed   {name}  +{} -{}",
                    count(ChangeTag::Insert),
                    count(ChangeTag::Delete)
                )
            }
            (None, Some(is)) => format!("new       {name}  +{}", is.lines().count()),
            (Some(was), None) => format!("removed   {name}  -{}", was.lines().count()),
            _ => continue,
        };
        changed += 1;
        anstream::println!("{line}");
    }
    let rest = if changed > 0 {
        "; read them as the effect of your change, and commit them with it"
    } else {
        ""
    };
    let noun = if after.len() == 1 {
        "snapshot"
    } else {
        "snapshots"
    };
    anstream::println!("{} {noun}, {changed} changed{rest}", after.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_by_their_attributes() {
        let text = "#[test]\nfn one() {}\nfn not() {}\n  #[tokio::test(flavor = \"x\")]\n  #[ignore]\n  async fn two() {}\n";
        assert_eq!(functions(text).collect::<Vec<_>>(), ["one", "two"]);
    }
}
