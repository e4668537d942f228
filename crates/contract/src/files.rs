//! The files that a document names by `externalValue`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::limits::MAX_BYTES;

/// Why a file that a document names cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is not there.
    #[error("there is no such file")]
    Missing,
    /// It lies outside the document's folder, by a link or by `..`.
    #[error("it lies outside the document's folder")]
    Outside,
    /// It is larger than [`MAX_BYTES`].
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Reading it failed.
    #[error("reading it failed: {0}")]
    Io(#[source] io::Error),
}

/// Where the files come from that a document names.
///
/// [`crate::Document::load`] takes them from the document's folder; tests and tools that keep
/// documents elsewhere give their own.
pub trait Files {
    /// The text of the file at `path`: relative to the document's folder, with `/` between its
    /// parts and without `.` or `..` among them.
    ///
    /// # Errors
    /// Why the file cannot be had.
    fn read(&self, path: &str) -> Result<String, FileError>;
}

/// No files: every `externalValue` is a finding.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<String, FileError> {
        Err(FileError::Missing)
    }
}

/// Files in memory, path to text.
impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str) -> Result<String, FileError> {
        self.get(path).cloned().ok_or(FileError::Missing)
    }
}

/// The files within a folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<String, FileError> {
        let relative = Path::new(path);
        if !relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(FileError::Outside);
        }
        let base = self.path.canonicalize().map_err(classify)?;
        // Canonical, so that a link cannot lead out of the folder.
        let file = base.join(relative).canonicalize().map_err(classify)?;
        if !file.starts_with(&base) {
            return Err(FileError::Outside);
        }
        read_text(&file)
    }
}

/// The text of a file of at most [`MAX_BYTES`] bytes.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    let file = File::open(path).map_err(classify)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too long, however long it claims to be.
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(classify)?;
    if bytes.len() > MAX_BYTES {
        return Err(FileError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| FileError::NotUtf8)
}

fn classify(error: io::Error) -> FileError {
    if error.kind() == io::ErrorKind::NotFound {
        FileError::Missing
    } else {
        FileError::Io(error)
    }
}
