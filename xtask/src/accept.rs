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

/// How often the tests may write before they have to pass.
const ROUNDS: usize = 2;

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

    let scratch = tempfile::tempdir().map_err(|cause| Error::Write {
        path: "a temporary folder".to_owned(),
        cause,
    })?;
    let nextest = Process::cargo()
        .args(["nextest", "--version"])
        .dir(&root)
        .succeeds();
    build(&root, nextest)?;
    let used = scratch.path().join("snapshots-in-use");
    let mut passed = false;
    // What guards say of snapshots is a snapshot, too: it is right in the second round where the
    // others have changed in the first.
    for _ in 0..ROUNDS {
        write(&root, nextest, &tests)?;
        passed = check(&root, nextest, &tests, &used)?;
        if passed {
            break;
        }
    }
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
fn build(root: &Path, nextest: bool) -> Result<(), Error> {
    let command: &[&str] = if nextest {
        &["nextest", "run", "--no-run"]
    } else {
        &["test", "--no-run", "--quiet"]
    };
    Process::cargo()
        .dir(root)
        .args(command)
        .args(EVERYTHING)
        .args(["--lib", "--bins", "--tests"])
        .run()?;
    Ok(())
}

/// Has the tests write their snapshots. Guards compare with snapshots that others are just
/// writing, so how this ends says nothing.
fn write(root: &Path, nextest: bool, tests: &BTreeSet<String>) -> Result<(), Error> {
    let quiet = ["--status-level", "none", "--failure-output", "never"];
    let process = runner(root, nextest, if nextest { &quiet } else { &[] });
    let process = process.quiet_env("INSTA_UPDATE", "always");
    // Shown without the tests' names, of which there are many.
    process.announce();
    process.arg("--").args(tests).capture()?;
    Ok(())
}

/// Runs the tests, noting the snapshots that they use; answers whether all passed.
fn check(root: &Path, nextest: bool, tests: &BTreeSet<String>, used: &Path) -> Result<bool, Error> {
    let failures = ["--status-level", "fail", "--failure-output", "immediate"];
    let process = runner(root, nextest, if nextest { &failures } else { &[] })
        .quiet_env("INSTA_UPDATE", "no")
        .quiet_env("INSTA_SNAPSHOT_REFERENCES_FILE", used);
    process.announce();
    let (status, out, err) = process.arg("--").args(tests).capture()?;
    if !status.success() {
        let _ = io::stdout().write_all(out.as_bytes());
        let _ = io::stderr().write_all(err.as_bytes());
    }
    Ok(status.success())
}

/// The test runner, and how insta behaves in it, whatever the environment says.
fn runner(root: &Path, nextest: bool, options: &[&str]) -> Process {
    let command: &[&str] = if nextest {
        &["nextest", "run", "--final-status-level", "none"]
    } else {
        &["test"]
    };
    Process::cargo()
        .dir(root)
        .args(command)
        .args(EVERYTHING)
        .args(["--lib", "--bins", "--tests", "--no-fail-fast"])
        .args(options)
        .without_env("INSTA_FORCE_PASS")
        .without_env("INSTA_PENDING_DIR")
        .quiet_env("INSTA_REQUIRE_FULL_MATCH", "1")
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
