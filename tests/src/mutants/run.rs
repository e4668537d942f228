//! Carries the mutants out and holds the guards against them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use functiongraph_codegen::{Layout, Output, generate};
use functiongraph_contract::{Document, Folder, NoFiles, Report};
use serde_json::Value;
use thiserror::Error;

use super::fixture;
use super::{Change, Edit, Kind, Mutant, Probe, Step, table};
use crate::guards::{Finding, check, contract_loop, snapshot, wire};

/// The document, below the root.
const DOCUMENT: &str = "openapi/functiongraph.yaml";

/// The file that carries the document for the service, below the root.
const EMBEDDED: &str = "crates/service/src/generated/mod.rs";

/// Why the table could not be carried out.
#[derive(Debug, Error)]
pub enum Error {
    /// The document itself is refused.
    #[error("{0}")]
    Document(#[from] Report),
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// The program of the compiled mutants could not be built or did not do its work.
    #[error("the compiled mutants: {0}")]
    Fixture(String),
}

/// A place that a row expects and that is not there.
#[derive(Debug, Error)]
#[error("{place}: {reason}; the row has to follow the document")]
pub struct Misfit {
    place: String,
    reason: &'static str,
}

/// What became of a mutant.
#[derive(Debug)]
pub struct Outcome {
    /// The row.
    pub mutant: &'static Mutant,
    /// What noticed it, in the order of [`Probe`], each with its first finding.
    pub seen: Vec<(Probe, String)>,
    /// Why the row does not fit the project any more, if so.
    pub misfit: Option<String>,
}

impl Outcome {
    /// What notices it first, with `check`.
    #[must_use]
    pub fn first(&self) -> Option<Probe> {
        self.seen.first().map(|(probe, _)| *probe)
    }

    /// What notices it without `check`.
    #[must_use]
    pub fn without_check(&self) -> Vec<Probe> {
        let probes = self.seen.iter().map(|(probe, _)| *probe);
        probes.filter(|probe| *probe != Probe::Check).collect()
    }

    /// What is not as the row says, if anything.
    #[must_use]
    pub fn wrong(&self) -> Option<String> {
        let Mutant {
            id, kind, seen_by, ..
        } = self.mutant;
        if let Some(misfit) = &self.misfit {
            return Some(format!("{id}: {misfit}"));
        }
        let found = self.without_check();
        if found != *seen_by {
            return Some(format!(
                "{id}: noticed by {found:?} without `check`, expected {seen_by:?}"
            ));
        }
        // A document that is refused generates nothing to compare.
        let refused = self.first() == Some(Probe::Lint);
        let checked = self.seen.iter().any(|(probe, _)| *probe == Probe::Check);
        match kind {
            Kind::Control if checked => {
                Some(format!("{id}: says the same, and `check` notices it"))
            }
            Kind::Form if !checked => Some(format!(
                "{id}: no longer shows in what is handed out: call it a control"
            )),
            kind if kind.is_change() && !refused && !checked => {
                Some(format!("{id}: survives `check`"))
            }
            _ => None,
        }
    }
}

/// All rows with what became of them, and how long that took.
#[derive(Debug)]
pub struct Run {
    /// In the order of the table.
    pub outcomes: Vec<Outcome>,
    /// What happens in memory and in temporary folders.
    pub in_memory: Duration,
    /// Building and running the compiled mutants.
    pub compiled: Duration,
}

/// Carries out the whole table. `root` is the project's folder, which is only read; `scratch` is
/// one for this function alone, whose content is kept between runs to build less.
///
/// # Errors
///
/// When the project itself is not sound: what is wrong with a row is part of its outcome.
pub fn run(root: &Path, scratch: &Path) -> Result<Run, Error> {
    let began = Instant::now();
    let project = Project::load(root, scratch)?;
    let rows: Vec<&'static Mutant> = table().collect();
    let outcomes = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (project, rows, outcomes, next) = (&project, &rows, &outcomes, &next);
            scope.spawn(move || {
                while let Some(mutant) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = project.outcome(mutant, thread);
                    // A thread that panicked ends the run anyhow.
                    outcomes
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let order: BTreeMap<&str, usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (row.id, at))
        .collect();
    outcomes.sort_by_key(|outcome| order.get(outcome.mutant.id));
    let in_memory = began.elapsed();

    let began = Instant::now();
    let mut found = fixture::run(root, &scratch.join("compiled"), &project.document)?;
    for outcome in &mut outcomes {
        outcome
            .seen
            .extend(found.remove(outcome.mutant.id).unwrap_or_default());
        outcome.seen.sort_by_key(|(probe, _)| *probe);
        outcome.seen.dedup_by_key(|(probe, _)| *probe);
    }
    Ok(Run {
        outcomes,
        in_memory,
        compiled: began.elapsed(),
    })
}

/// What all rows start from.
struct Project {
    root: PathBuf,
    scratch: PathBuf,
    document: Document,
    output: Output,
    /// The committed text of every generated file.
    committed: BTreeMap<String, String>,
}

impl Project {
    fn load(root: &Path, scratch: &Path) -> Result<Self, Error> {
        let document = Document::load(&root.join(DOCUMENT))?;
        let output = generate(&document, &Layout::project())?;
        let mut committed = BTreeMap::new();
        for path in output.files.keys() {
            committed.insert(path.clone(), read(&root.join(path))?);
        }
        Ok(Self {
            root: root.to_owned(),
            scratch: scratch.to_owned(),
            document,
            output,
            committed,
        })
    }

    fn outcome(&self, mutant: &'static Mutant, thread: usize) -> Outcome {
        let mut seen = Vec::new();
        let result = match mutant.edit {
            Edit::Document(steps) => self.steps(steps, &mut seen),
            Edit::Text(parts) => self.text(parts, &mut seen),
            Edit::TextLineEnds => {
                self.parsed(&self.text_of_document().replace('\n', "\r\n"), &mut seen);
                Ok(())
            }
            Edit::File(path, change) => self.file(path, change, thread, &mut seen),
            Edit::Compiled { module, parts, .. } => self.file(
                &fixture::path(module),
                Change::Edit(parts),
                thread,
                &mut seen,
            ),
        };
        Outcome {
            mutant,
            seen,
            misfit: result.err(),
        }
    }

    fn steps(&self, steps: &[Step], seen: &mut Vec<(Probe, String)>) -> Result<(), String> {
        let mut value = self.document.value().clone();
        for step in steps {
            apply(&mut value, *step).map_err(|misfit| misfit.to_string())?;
        }
        self.judge(
            Document::parse("mutant.json", &value.to_string(), &NoFiles),
            seen,
        );
        Ok(())
    }

    fn text(&self, parts: &[(&str, &str)], seen: &mut Vec<(Probe, String)>) -> Result<(), String> {
        let mut text = self.text_of_document();
        for (from, to) in parts {
            if text.matches(from).count() != 1 {
                return Err(format!("the document does not have {from:?} exactly once"));
            }
            text = text.replacen(from, to, 1);
        }
        self.parsed(&text, seen);
        Ok(())
    }

    /// The document's text with the line ends that the rows are written with.
    fn text_of_document(&self) -> String {
        self.document.text().replace("\r\n", "\n")
    }

    fn parsed(&self, text: &str, seen: &mut Vec<(Probe, String)>) {
        let folder = self.root.join("openapi");
        self.judge(Document::parse(DOCUMENT, text, &Folder::new(&folder)), seen);
    }

    /// What notices a document.
    fn judge(&self, document: Result<Document, Report>, seen: &mut Vec<(Probe, String)>) {
        let generated = document.and_then(|document| {
            generate(&document, &Layout::project()).map(|output| (document, output))
        });
        match generated {
            Err(report) => {
                let first = report.diagnostics.first();
                let message = first.map_or_else(String::new, |found| {
                    format!("{}: {}", found.rule.id(), found.reason)
                });
                seen.push((Probe::Lint, message));
            }
            Ok((document, output)) => {
                note(Probe::Check, &check::check(&self.root, &output), seen);
                self.judge_document(&document, seen);
                note(Probe::Surface, &snapshot::surfaces(&output), seen);
            }
        }
    }

    /// What notices a document beside what it generates.
    fn judge_document(&self, document: &Document, seen: &mut Vec<(Probe, String)>) {
        note(Probe::Served, &contract_loop::served(document), seen);
        note(Probe::Schemas, &contract_loop::schemas(document), seen);
        note(
            Probe::Canonical,
            &snapshot::canonical_document(document),
            seen,
        );
        note(Probe::Wire, &wire::wire(document), seen);
    }

    /// What notices a change of a generated file.
    fn file(
        &self,
        path: &str,
        change: Change,
        thread: usize,
        seen: &mut Vec<(Probe, String)>,
    ) -> Result<(), String> {
        let changed = changed(&self.committed, path, change)?;
        let folder = self.scratch.join(format!("files-{thread}"));
        write_all(&folder, &changed).map_err(|cause| format!("{}: {cause}", folder.display()))?;
        note(Probe::Check, &check::check(&folder, &self.output), seen);
        let found = Output {
            files: changed,
            ..self.output.clone()
        };
        note(Probe::Surface, &snapshot::surfaces(&found), seen);
        if let Some(text) = found.files.get(path).filter(|_| path == EMBEDDED) {
            let documents = embedded(text);
            if documents.is_empty() {
                return Err(format!("{path} holds no document"));
            }
            for document in documents {
                match Document::parse(path, &document, &NoFiles) {
                    Ok(document) => self.judge_document(&document, seen),
                    Err(report) => seen.push((Probe::Lint, report.to_string())),
                }
            }
        }
        Ok(())
    }
}

fn note(probe: Probe, findings: &[Finding], seen: &mut Vec<(Probe, String)>) {
    if let Some(first) = findings.first() {
        seen.push((probe, format!("{}: {}", first.place, first.message)));
    }
}

/// The documents in the text of the service's generated file: its string constants.
fn embedded(text: &str) -> Vec<String> {
    let items = syn::parse_file(text).map(|file| file.items);
    let constants = items.into_iter().flatten().filter_map(|item| match item {
        syn::Item::Const(item) => Some(item.expr),
        _ => None,
    });
    let texts = constants.filter_map(|value| match *value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    });
    texts.collect()
}

/// The files after a change of one of them.
fn changed(
    files: &BTreeMap<String, String>,
    path: &str,
    change: Change,
) -> Result<BTreeMap<String, String>, String> {
    let mut files = files.clone();
    if let Change::Create(text) = change {
        let before = files.insert(path.to_owned(), text.to_owned());
        return match before {
            None => Ok(files),
            Some(_) => Err(format!("{path} is there already")),
        };
    }
    let Some(text) = files.remove(path) else {
        return Err(format!("{path} is not generated any more"));
    };
    let (path, text) = match change {
        Change::Delete | Change::Create(_) => return Ok(files),
        Change::Rename(to) => (to, text),
        Change::Edit(parts) => (path, replaced(path, text, parts)?),
        Change::Empty => (path, String::new()),
        Change::Truncate => {
            let middle = text.lines().count() / 2;
            let half: Vec<&str> = text.lines().take(middle).collect();
            (path, half.join("\n"))
        }
        Change::Conflict => {
            let middle = text.lines().count() / 2;
            let mut lines: Vec<&str> = text.lines().collect();
            let line = lines.get(middle).copied().unwrap_or_default();
            lines.splice(
                middle..=middle,
                ["<<<<<<< HEAD", line, "=======", line, ">>>>>>> theirs"],
            );
            (path, lines.join("\n") + "\n")
        }
        Change::LineEnds => (path, text.replace('\n', "\r\n")),
        Change::ByteOrderMark => (path, format!("\u{feff}{text}")),
    };
    files.insert(path.to_owned(), text);
    Ok(files)
}

/// Replaces the first occurrence of each first part.
pub(super) fn replaced(
    path: &str,
    mut text: String,
    parts: &[(&str, &str)],
) -> Result<String, String> {
    for (from, to) in parts {
        if !text.contains(from) {
            return Err(format!("{path} does not hold {from:?} any more"));
        }
        text = text.replacen(from, to, 1);
    }
    Ok(text)
}

/// Makes a folder hold these files and nothing else. Files that are the same stay as they are.
fn write_all(folder: &Path, files: &BTreeMap<String, String>) -> io::Result<()> {
    let mut open = vec![folder.to_owned()];
    while let Some(folder_below) = open.pop() {
        let entries = match fs::read_dir(&folder_below) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            if path.is_dir() {
                open.push(path);
            } else if !files.contains_key(&parts.join("/")) {
                fs::remove_file(path)?;
            }
        }
    }
    for (path, text) in files {
        put(&folder.join(path), text)?;
    }
    Ok(())
}

/// Writes a file where its text differs.
#[allow(
    clippy::disallowed_methods,
    reason = "a folder of scratch files, which nobody else reads"
)]
pub(super) fn put(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// A file's text with the line ends that generated text has.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.replace("\r\n", "\n")),
        Err(cause) => Err(Error::File {
            path: path.display().to_string(),
            cause,
        }),
    }
}

/// Carries out one step.
///
/// # Errors
///
/// When the value is not as the step expects.
pub fn apply(document: &mut Value, step: Step) -> Result<(), Misfit> {
    let misfit = |place: &str, reason| Misfit {
        place: place.to_owned(),
        reason,
    };
    let parsed = |place: &str, text: &str| {
        serde_json::from_str(text).map_err(|_| misfit(place, "the value is not JSON"))
    };
    match step {
        Step::Set(place, value) => {
            let there = document.pointer_mut(place);
            let there = there.ok_or_else(|| misfit(place, "there is nothing to replace"))?;
            let value = parsed(place, value)?;
            if *there == value {
                return Err(misfit(place, "the value is there already"));
            }
            *there = value;
        }
        Step::Add(place, value) => {
            let value = parsed(place, value)?;
            insert(document, place, value).map_err(|reason| misfit(place, reason))?;
        }
        Step::Remove(place) => {
            remove(document, place).ok_or_else(|| misfit(place, "there is nothing to remove"))?;
        }
        Step::Drop(place, value) => {
            let value: Value = parsed(place, value)?;
            let items = document.pointer_mut(place).and_then(Value::as_array_mut);
            let items = items.ok_or_else(|| misfit(place, "there is no array"))?;
            let at = items.iter().position(|item| *item == value);
            items.remove(at.ok_or_else(|| misfit(place, "the array has no such item"))?);
        }
        Step::Rename(place, name) => {
            rename(document, place, name).map_err(|reason| misfit(place, reason))?
        }
        Step::Move(from, to) => {
            let value =
                remove(document, from).ok_or_else(|| misfit(from, "there is nothing to move"))?;
            insert(document, to, value).map_err(|reason| misfit(to, reason))?;
        }
        Step::Reverse(place) => match document.pointer_mut(place) {
            Some(Value::Array(items)) => items.reverse(),
            Some(Value::Object(members)) => {
                *members = std::mem::take(members).into_iter().rev().collect();
            }
            _ => return Err(misfit(place, "there is nothing that has an order")),
        },
    }
    Ok(())
}

/// The place around a place, and the last segment.
fn split(place: &str) -> Option<(&str, String)> {
    let (parent, last) = place.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn insert(document: &mut Value, place: &str, value: Value) -> Result<(), &'static str> {
    let (parent, last) = split(place).ok_or("the root cannot be added")?;
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) => match members.insert(last, value) {
            None => Ok(()),
            Some(_) => Err("there is something already"),
        },
        Some(Value::Array(items)) if last == "-" => {
            items.push(value);
            Ok(())
        }
        _ => Err("there is nothing to add to"),
    }
}

fn remove(document: &mut Value, place: &str) -> Option<Value> {
    let (parent, last) = split(place)?;
    match document.pointer_mut(parent)? {
        Value::Object(members) => members.shift_remove(&last),
        Value::Array(items) => {
            let at = last.parse().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

fn rename(document: &mut Value, place: &str, name: &str) -> Result<(), &'static str> {
    let (parent, last) = split(place).ok_or("the root has no name")?;
    let Some(Value::Object(members)) = document.pointer_mut(parent) else {
        return Err("there is no object");
    };
    if !members.contains_key(&last) || members.contains_key(name) {
        return Err("there is no such member, or one of the new name");
    }
    *members = std::mem::take(members)
        .into_iter()
        .map(|(key, value)| {
            if key == last {
                (name.to_owned(), value)
            } else {
                (key, value)
            }
        })
        .collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[test]
    fn steps_change_what_they_name() {
        let mut value = json!({ "a/b": { "c": 1, "d": [1, 2] }, "e": {} });
        for step in [
            Step::Set("/a~1b/c", "2"),
            Step::Add("/a~1b/d/-", "3"),
            Step::Drop("/a~1b/d", "2"),
            Step::Rename("/a~1b", "f"),
            Step::Move("/f/c", "/e/c"),
            Step::Reverse("/f/d"),
        ] {
            apply(&mut value, step).unwrap();
        }
        assert_eq!(value.to_string(), r#"{"f":{"d":[3,1]},"e":{"c":2}}"#);
    }

    #[test]
    fn a_step_that_does_not_fit_is_told() {
        let value = json!({ "a": { "b": 1 }, "c": [1] });
        for step in [
            Step::Set("/a/b", "1"),
            Step::Set("/a/c", "1"),
            Step::Add("/a/b", "1"),
            Step::Add("/b/c", "1"),
            Step::Remove("/c/1"),
            Step::Drop("/c", "2"),
            Step::Rename("/a/c", "d"),
            Step::Rename("/a", "c"),
            Step::Move("/a", "/c"),
            Step::Reverse("/a/b"),
            Step::Set("/a/b", "no"),
        ] {
            assert!(apply(&mut value.clone(), step).is_err(), "{step:?}");
        }
    }
}
