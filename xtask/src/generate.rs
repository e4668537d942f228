//! `generate`, `check` and `lint`: one path from document to text, which is then either written
//! or compared.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use functiongraph_codegen::{Layout, Output, embedded_document, manifest};
use functiongraph_contract::{Document, Report, canonical, compare, touched};
use thiserror::Error;

use crate::outcome::Outcome;
use crate::root;
use crate::site;
use crate::tree::{self, Cause, Change, Entry};

/// How many changes of the document are told one by one.
const CHANGES: usize = 20;

/// What to generate from, and where to.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// This project.
    Project,
    /// Any document, into a workspace of its own.
    Document {
        /// The document.
        document: PathBuf,
        /// The workspace's folder.
        out: PathBuf,
        /// What its crates are called; taken from the document's file name where it is missing.
        prefix: Option<String>,
    },
}

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// The document has findings.
    #[error("{0}")]
    Document(#[from] Report),
    /// A file or folder could not be read or written.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// The pages that the service serves could not be made.
    #[error(transparent)]
    Site(#[from] site::Error),
    /// The project could not be found.
    #[error(
        "no `{}` here or above: run this inside the project's folder",
        root::DOCUMENT
    )]
    NoProject,
    /// The name of the crates is none.
    #[error(
        "`{0}` cannot be the name of a crate: use letters, digits, `-` and `_`, a letter first (--name)"
    )]
    Prefix(String),
}

impl Error {
    /// Prints the error, findings with their excerpts.
    pub(crate) fn print(&self) {
        match self {
            Self::Document(report) => {
                anstream::eprintln!("{}", report.render(stderr().is_terminal()))
            }
            other => anstream::eprintln!("error: {other}"),
        }
    }
}

/// A source made ready: what the document says and where it goes.
struct Job {
    document: PathBuf,
    out: PathBuf,
    layout: Layout,
    /// The command that brings the tree up to date.
    remedy: String,
}

impl Job {
    fn new(source: &Source) -> Result<Self, Error> {
        match source {
            Source::Project => {
                let out = root::find().ok_or(Error::NoProject)?;
                Ok(Self {
                    document: out.join(root::DOCUMENT),
                    out,
                    layout: Layout::project(),
                    remedy: "cargo xtask generate".to_owned(),
                })
            }
            Source::Document {
                document,
                out,
                prefix,
            } => Ok(Self {
                document: document.clone(),
                out: out.clone(),
                layout: Layout::workspace(crate_prefix(document, prefix.as_deref())?),
                remedy: format!(
                    "cargo xtask generate --document {} --out {}{}",
                    document.display(),
                    out.display(),
                    prefix
                        .as_ref()
                        .map(|name| format!(" --name {name}"))
                        .unwrap_or_default()
                ),
            }),
        }
    }

    /// Reads the document and makes all text: the one path that all commands take.
    fn output(&self) -> Result<(Document, Output), Error> {
        let document = Document::load(&self.document)?;
        if self.layout.embedded_document.is_none() {
            let output = functiongraph_codegen::generate(&document, &self.layout)?;
            return Ok((document, output));
        }
        // Pages are made of a document without findings only, and beside the code: either takes
        // long.
        functiongraph_contract::lint(&document).into_result()?;
        let (output, pages) = rayon::join(
            || functiongraph_codegen::generate_linted(&document, &self.layout),
            || site::embedded(&self.out, &document),
        );
        let mut output = output?;
        output.files.extend(pages?);
        output.folders.push(site::EMBEDDED.to_owned());
        manifest::record(&document, &mut output, &self.layout.manifest);
        Ok((document, output))
    }

    /// How the document differs from the one that was generated from, which the file that embeds
    /// it still holds: where, both values, and which operations have to do with it.
    fn changes(&self, document: &Document, entries: &[Entry]) -> Vec<String> {
        let before = entries
            .iter()
            .filter(|entry| Some(&entry.path) == self.layout.embedded_document.as_ref())
            .find_map(|entry| match (&entry.change, entry.cause) {
                (Change::Stale { .. }, Cause::Edited) => None,
                (Change::Stale { found }, _) => embedded_document(found),
                _ => None,
            });
        let Some(before) = before.map(|before| canonical(&before)) else {
            return Vec::new();
        };
        let now = canonical(document.value());
        let differences = compare(&before, &now).into_iter();
        let lines = differences.map(|difference| {
            let pointer = difference.pointer.to_string();
            let operations = touched::operations(&[&before, &now], &pointer);
            format!(
                "{pointer}\n    was {}\n    is  {}\n    at  {}; touches {}",
                touched::shown(difference.left.as_ref()),
                touched::shown(difference.right.as_ref()),
                touched::place(document, &difference.pointer),
                touched::listed(&operations),
            )
        });
        lines.collect()
    }
}

/// `cargo xtask generate`
pub(crate) fn generate(source: &Source) -> Result<Outcome, Error> {
    let job = Job::new(source)?;
    let (_, output) = job.output()?;
    let entries = tree::compare(&job.out, output, &job.layout.manifest)?;
    tree::apply(&job.out, &entries)?;
    let mut lines = String::new();
    for entry in &entries {
        let verb = match &entry.change {
            Change::None => "unchanged",
            Change::Stale { .. } | Change::Missing => "updated",
            Change::Orphan => "removed",
        };
        lines.push_str(&line(verb, entry));
    }
    let changed = entries
        .iter()
        .filter(|entry| entry.change != Change::None)
        .count();
    anstream::println!("{lines}{} files, {changed} changed", entries.len());
    Ok(Outcome::Clean)
}

/// `cargo xtask check`
pub(crate) fn check(source: &Source, verbose: bool) -> Result<Outcome, Error> {
    let job = Job::new(source)?;
    let (document, output) = job.output()?;
    let entries = tree::compare(&job.out, output, &job.layout.manifest)?;
    let mut lines = String::new();
    for entry in &entries {
        let state = match &entry.change {
            Change::None => "unchanged",
            Change::Stale { .. } => "stale",
            Change::Missing => "missing",
            Change::Orphan => "orphaned",
        };
        lines.push_str(&line(state, entry));
        if verbose {
            lines.push_str(&entry.diff());
        }
    }
    let stale = entries
        .iter()
        .filter(|entry| entry.change != Change::None)
        .count();
    if stale == 0 {
        anstream::println!("{lines}{} files, all up to date", entries.len());
        return Ok(Outcome::Clean);
    }
    anstream::println!("{lines}{} files, {stale} not up to date", entries.len());
    let changes = job.changes(&document, &entries);
    if !changes.is_empty() {
        anstream::println!("\nthe document has changed since:");
        for change in changes.iter().take(CHANGES) {
            anstream::println!("  {change}");
        }
        if changes.len() > CHANGES {
            anstream::println!("  and in {} places more", changes.len() - CHANGES);
        }
        anstream::println!();
    }
    anstream::eprintln!(
        "error: generated files do not match {}\nhelp: run `{}`{}",
        job.document.display(),
        job.remedy,
        if verbose {
            ""
        } else {
            " (`check -v` shows the differences)"
        }
    );
    Ok(Outcome::Stale)
}

/// The files that `generate` would change.
pub(crate) fn stale(source: &Source) -> Result<Vec<String>, Error> {
    let job = Job::new(source)?;
    let entries = tree::compare(&job.out, job.output()?.1, &job.layout.manifest)?;
    let stale = entries
        .into_iter()
        .filter(|entry| entry.change != Change::None);
    Ok(stale.map(|entry| entry.path).collect())
}

/// `cargo xtask lint`
pub(crate) fn lint(document: Option<PathBuf>) -> Result<Outcome, Error> {
    let path = match document {
        Some(path) => path,
        None => root::find().ok_or(Error::NoProject)?.join(root::DOCUMENT),
    };
    let document = Document::load(&path)?;
    let report = functiongraph_contract::lint(&document);
    if report.is_empty() {
        anstream::println!("{}: no findings", path.display());
        return Ok(Outcome::Clean);
    }
    Err(report.into())
}

/// What is said of a file. All lines are printed at once: a call of the system for each would take
/// longer than comparing the files.
fn line(state: &str, entry: &Entry) -> String {
    let note = entry
        .note()
        .map(|note| format!("  ({note})"))
        .unwrap_or_default();
    format!("{state:<9}  {}{note}\n", entry.path)
}

/// What the crates of a workspace are called: as asked for, or after the document's file.
fn crate_prefix(document: &Path, asked: Option<&str>) -> Result<String, Error> {
    let name = match asked {
        Some(name) => name.to_owned(),
        None => document
            .file_stem()
            .map(|stem| stem.to_string_lossy().to_lowercase())
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect(),
    };
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if valid {
        Ok(name)
    } else {
        Err(Error::Prefix(name))
    }
}
