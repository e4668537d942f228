//! The snapshots: what has been accepted of the canonical document and of the generated crates'
//! public surfaces, against what a document gives now.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use functiongraph_codegen::{Output, embedded_document};
use functiongraph_contract::{Document, canonical, compare};
use serde_json::Value;
use sha2::{Digest, Sha256};
use similar::{ChangeTag, TextDiff};

use super::{Finding, Guard};
use crate::surface::{self, CRATES};
use crate::touched;

/// The command that accepts every snapshot as it is now.
pub const ACCEPT: &str = "cargo xtask accept";

/// The name of the snapshot of the canonical document.
pub const CANONICAL_DOCUMENT: &str = "canonical-document";

/// The folder of the snapshots, below the project's.
const FOLDER: &str = "tests/tests/it/snapshots";

/// How many changed lines of a surface a message repeats.
const LINES: usize = 12;

/// The name of the snapshot of a crate's public surface.
#[must_use]
pub fn surface_name(part: &str) -> String {
    format!("surface@{part}")
}

/// A snapshot as it lies in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its text, line ends as everywhere, without those at its end.
    pub text: String,
    /// The mark that was written with it, the [`mark`] of its text.
    pub mark: Option<String>,
}

impl Stored {
    /// Whether the text was changed after it had been accepted. Snapshots without a mark can't
    /// tell.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.mark
            .as_ref()
            .is_some_and(|found| *found != mark(&self.text))
    }
}

/// Why a snapshot can't be compared with.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It can't be read.
    #[error("{path} cannot be read: {cause}; run `{ACCEPT}` if it was never written")]
    Read {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what insta writes.
    #[error("{path} is no snapshot: {reason}; delete it and run `{ACCEPT}`")]
    Malformed {
        /// The file.
        path: String,
        /// Why.
        reason: &'static str,
    },
}

/// What stands beside a snapshot's text and changes with it, so that an edit by hand shows: the
/// start of its SHA-256.
#[must_use]
pub fn mark(text: &str) -> String {
    let digest = Sha256::digest(text.trim_end().as_bytes());
    let start: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256 {start}")
}

/// The path of a snapshot of this crate, below the project's folder.
#[must_use]
pub fn path(name: &str) -> String {
    format!("{FOLDER}/{name}.snap")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of all snapshots of this crate that begin so, sorted.
#[must_use]
pub fn names(beginning: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(FOLDER)).into_iter().flatten();
    let mut names: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".snap").map(str::to_owned))
        .filter(|name| name.starts_with(beginning))
        .collect();
    names.sort();
    names
}

/// Reads a snapshot of this crate.
///
/// # Errors
///
/// No such file, or not one of insta's.
pub fn read(name: &str) -> Result<Stored, SnapshotError> {
    let path = path(name);
    match fs::read_to_string(root().join(&path)) {
        Ok(text) => parse(&path, &text),
        Err(cause) => Err(SnapshotError::Read { path, cause }),
    }
}

/// Takes a file of insta's apart: a head between lines of hyphens, then the text.
fn parse(path: &str, text: &str) -> Result<Stored, SnapshotError> {
    let text = text.replace("\r\n", "\n");
    let malformed = |reason| SnapshotError::Malformed {
        path: path.to_owned(),
        reason,
    };
    if text
        .lines()
        .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
    {
        return Err(malformed("it holds merge conflict markers"));
    }
    let rest = text
        .strip_prefix("---\n")
        .ok_or_else(|| malformed("it has no head"))?;
    let (head, text) = rest
        .split_once("\n---\n")
        .ok_or_else(|| malformed("its head has no end"))?;
    let mark = head
        .lines()
        .find_map(|line| line.strip_prefix("description: "))
        .map(|mark| mark.trim_matches('"').to_owned());
    Ok(Stored {
        text: text.trim_end().to_owned(),
        mark,
    })
}

/// The canonical document as text.
#[must_use]
pub fn canonical_text(document: &Document) -> String {
    format!("{:#}\n", canonical(document.value()))
}

/// Where the canonical form of a document differs from the accepted one.
#[must_use]
pub fn canonical_document(document: &Document) -> Vec<Finding> {
    let stored = match read(CANONICAL_DOCUMENT) {
        Ok(stored) => stored,
        Err(error) => return vec![finding(path(CANONICAL_DOCUMENT), error.to_string())],
    };
    let text = canonical_text(document);
    if stored.text == text.trim_end() {
        return Vec::new();
    }
    if stored.is_edited() {
        return vec![finding(
            path(CANONICAL_DOCUMENT),
            edited(&stored.text, &text),
        )];
    }
    let Ok(accepted) = serde_json::from_str::<Value>(&stored.text) else {
        let reason = format!("it is not JSON: run `{ACCEPT}`");
        return vec![finding(path(CANONICAL_DOCUMENT), reason)];
    };
    let now = canonical(document.value());
    let found: Vec<_> = compare(&accepted, &now)
        .into_iter()
        .map(|difference| {
            let pointer = difference.pointer.to_string();
            let touches = touched::operations(&[&accepted, &now], &pointer);
            let message = format!(
                "was {}, is {} ({}); touches {}; if this is meant, run `cargo xtask generate` and then `{ACCEPT}`",
                touched::shown(difference.left.as_ref()),
                touched::shown(difference.right.as_ref()),
                touched::place(document, &difference.pointer),
                touched::listed(&touches),
            );
            finding(pointer, message)
        })
        .collect();
    if found.is_empty() {
        let reason = format!("it is not in the form that is written: run `{ACCEPT}`");
        return vec![finding(path(CANONICAL_DOCUMENT), reason)];
    }
    found
}

/// Where the public surfaces of generated crates differ from the accepted ones; one finding for
/// each file.
#[must_use]
pub fn surfaces(output: &Output) -> Vec<Finding> {
    let mut found = Vec::new();
    let documents = LazyCell::new(|| Documents::of(output));
    for name in CRATES {
        let snapshot = surface_name(name);
        let now = match surface::of_crate(&output.files, name) {
            Ok(now) => now,
            Err(error) => {
                found.push(finding(error.path.clone(), error.to_string()));
                continue;
            }
        };
        let stored = match read(&snapshot) {
            Ok(stored) => stored,
            Err(error) => {
                found.push(finding(path(&snapshot), error.to_string()));
                continue;
            }
        };
        let text = surface::text(&now);
        if stored.text == text.trim_end() {
            continue;
        }
        if stored.is_edited() {
            found.push(finding(path(&snapshot), edited(&stored.text, &text)));
            continue;
        }
        let accepted = surface::parts(&stored.text);
        // As it is read back, so that both have the same ends of lines.
        let now = surface::parts(&text);
        let files: BTreeSet<_> = accepted.keys().chain(now.keys()).collect();
        let nothing = String::new();
        for file in files {
            let (was, is) = (
                accepted.get(file).unwrap_or(&nothing),
                now.get(file).unwrap_or(&nothing),
            );
            if was != is {
                let place = format!("crates/{name}/src/generated/{file}");
                let lines = changed(was, is);
                let touches = documents.touched(name, was, is, &lines);
                let message = format!(
                    "the public surface changed: {}; touches {}; if this is meant, run `cargo xtask generate` and then `{ACCEPT}`",
                    lines.join(" | "),
                    touched::listed(&touches),
                );
                found.push(finding(place, message));
            }
        }
    }
    found
}

/// What to say of a snapshot whose mark does not fit.
fn edited(stored: &str, text: &str) -> String {
    format!(
        "the snapshot was edited by hand: {}; `{ACCEPT}` writes it again",
        changed(stored, text.trim_end()).join(" | ")
    )
}

/// The lines that differ, with `-` and `+` in front.
fn changed(was: &str, is: &str) -> Vec<String> {
    let mut lines: Vec<_> = TextDiff::from_lines(was, is)
        .iter_all_changes()
        .filter_map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => return None,
            };
            let line = change.value().trim();
            (!line.is_empty()).then(|| format!("{sign} {line}"))
        })
        .collect();
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("and {more} lines more"));
    }
    lines
}

fn finding(place: String, message: String) -> Finding {
    Finding {
        guard: Guard::Snapshot,
        place,
        message,
    }
}

/// The canonical documents before and after a change.
struct Documents(Vec<Value>);

impl Documents {
    fn of(output: &Output) -> Self {
        let accepted = read(CANONICAL_DOCUMENT).ok();
        let accepted = accepted.and_then(|stored| serde_json::from_str(&stored.text).ok());
        Self(accepted.into_iter().chain(embedded(output)).collect())
    }

    /// The operations that a changed file has to do with.
    fn touched(&self, part: &str, was: &str, is: &str, lines: &[String]) -> Vec<String> {
        let documents: Vec<_> = self.0.iter().collect();
        let all = touched::operations(&documents, "");
        if part == "types" {
            let types = was.lines().chain(is.lines()).filter_map(type_name);
            let schemas: BTreeSet<_> = types.filter_map(|name| self.schema(name)).collect();
            let touched: BTreeSet<_> = schemas
                .iter()
                .flat_map(|name| {
                    touched::operations(&documents, &format!("/components/schemas/{name}"))
                })
                .collect();
            return touched.into_iter().collect();
        }
        let named: Vec<_> = all
            .iter()
            .filter(|id| {
                let type_name: String = id.split('_').map(capitalised).collect();
                lines
                    .iter()
                    .any(|line| line.contains(*id) || line.contains(&type_name))
            })
            .cloned()
            .collect();
        if named.is_empty() { all } else { named }
    }

    /// The schema that a type comes from: the one of its name, or the longest that begins it,
    /// where the type was made for a schema inside another.
    fn schema(&self, name: &str) -> Option<&str> {
        let schemas = self
            .0
            .iter()
            .filter_map(|document| document.pointer("/components/schemas")?.as_object());
        schemas
            .flat_map(|schemas| schemas.keys())
            .filter(|schema| name.starts_with(schema.as_str()))
            .max_by_key(|schema| schema.len())
            .map(String::as_str)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// The type that a line of a surface declares.
fn type_name(line: &str) -> Option<&str> {
    let rest = ["pub struct ", "pub enum ", "pub type "]
        .iter()
        .find_map(|start| line.strip_prefix(start))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

/// The canonical document that was generated from: the service embeds it.
fn embedded(output: &Output) -> Option<Value> {
    let text = output.files.get("crates/service/src/generated/mod.rs")?;
    Some(canonical(&embedded_document(text)?))
}

/// All snapshots that have a mark and were changed after they had been accepted.
#[must_use]
pub fn edited_by_hand() -> Vec<Finding> {
    let mut found = Vec::new();
    for name in names("") {
        match read(&name) {
            Ok(stored) if stored.is_edited() => {
                let reason = format!("the snapshot was edited by hand; `{ACCEPT}` writes it again");
                found.push(finding(path(&name), reason));
            }
            Ok(_) => {}
            Err(error) => found.push(finding(path(&name), error.to_string())),
        }
    }
    found
}

/// Files by path.
type Files = BTreeMap<String, String>;

/// Takes apart what was generated from several documents: first the text of each file that most
/// of them have, where at least two have it; then, for each document, the files that are its own.
#[must_use]
pub fn apart(outputs: &BTreeMap<String, Files>) -> (Files, BTreeMap<String, Files>) {
    let mut counts: BTreeMap<&String, BTreeMap<&String, usize>> = BTreeMap::new();
    for (path, text) in outputs.values().flatten() {
        *counts.entry(path).or_default().entry(text).or_default() += 1;
    }
    let common: Files = counts
        .into_iter()
        .filter_map(|(path, texts)| {
            let (text, count) = texts.into_iter().max_by_key(|(_, count)| *count)?;
            (count > 1).then(|| (path.clone(), text.clone()))
        })
        .collect();
    let own = outputs
        .iter()
        .map(|(name, files)| {
            let own = files
                .iter()
                .filter(|(path, text)| common.get(*path) != Some(text));
            (
                name.clone(),
                own.map(|(path, text)| (path.clone(), text.clone()))
                    .collect(),
            )
        })
        .collect();
    (common, own)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_snapshot_is_taken_apart_and_an_edit_shows() {
        let mark = mark("one\ntwo");
        let file = format!("---\nsource: tests/a.rs\ndescription: {mark}\n---\none\ntwo\n");
        let stored = parse("a.snap", &file).unwrap();
        assert_eq!(stored.text, "one\ntwo");
        assert!(!stored.is_edited());
        assert_eq!(
            parse("a.snap", &file.replace('\n', "\r\n")).unwrap(),
            stored
        );
        assert!(
            parse("a.snap", &file.replace("two", "2"))
                .unwrap()
                .is_edited()
        );
        assert!(parse("a.snap", "one").is_err());
        let conflict = parse("a.snap", &format!("{file}<<<<<<< ours\n")).unwrap_err();
        assert!(
            conflict.to_string().contains("merge conflict markers"),
            "{conflict}"
        );
    }

    #[test]
    fn what_all_have_is_told_from_what_one_has() {
        let files = |own: &str| {
            BTreeMap::from([
                ("same".to_owned(), "x".to_owned()),
                ("own".to_owned(), own.to_owned()),
            ])
        };
        let outputs = [("a", "1"), ("b", "2"), ("c", "3")];
        let outputs = outputs
            .map(|(name, own)| (name.to_owned(), files(own)))
            .into();
        let (common, own) = apart(&outputs);
        assert_eq!(common.keys().collect::<Vec<_>>(), ["same"]);
        assert_eq!(own["b"]["own"], "2");
        assert_eq!(own["b"].len(), 1);
        let outputs = [("a", "1"), ("b", "2"), ("c", "2")];
        let outputs = outputs
            .map(|(name, own)| (name.to_owned(), files(own)))
            .into();
        let (common, own) = apart(&outputs);
        assert_eq!(common["own"], "2");
        assert_eq!(own["a"].len(), 1);
        assert!(own["c"].is_empty());
    }
}
