//! What can go wrong in a store.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::Refusal;

/// The store failed. It says what happened, where, and what to do; callers of the service see none
/// of it.
///
/// Cloning is cheap: one failed commit is the answer to everyone who waited for it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder of the file is missing.
    #[error("cannot open the store {path}: the folder {folder} does not exist; make it first")]
    FolderMissing {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The file cannot be opened or made.
    #[error("cannot open the store {path}: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file is something else.
    #[error(
        "{path} is not a functiongraphd store: {reason}; name another file, or move this one away"
    )]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// How that shows.
        reason: String,
    },
    /// The file was written by a later release.
    #[error(
        "the store {path} was written by a later release (its format is {found}, this release reads up to {supported}); run that release or a later one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that this release knows.
        supported: i64,
    },
    /// The file or its folder cannot be written to.
    #[error(
        "the store {path} is read-only; give the user of this process write access to the file and its folder"
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The database does not promise what was asked of it.
    #[error(
        "the store {path} cannot keep what it acknowledges: {setting} is {found:?} instead of {wanted:?}; use a file on a local disk"
    )]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// Which setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// Another process has held the write lock for too long.
    #[error("the store {path} is busy: another process has been writing for too long; try again")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// There is no room.
    #[error("the store {path} is full; make room on its disk")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// What is stored cannot be true.
    #[error("the store {path} is damaged ({reason}); restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that shows.
        reason: String,
    },
    /// The store was closed.
    #[error("the store is closed, since the service is shutting down")]
    Closed,
    /// Anything else.
    #[error("the store failed")]
    Internal(#[source] Arc<dyn Error + Send + Sync>),
}

impl StoreError {
    /// An error that has no variant of its own.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(cause.into()))
    }

    /// Whether the same call may succeed later, without anything being repaired in the service.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Full { .. } | Self::ReadOnly { .. } | Self::Closed
        )
    }
}

/// Why nothing was published.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PublishError {
    /// A rule turned it down.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was imported.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ImportError {
    /// Functions are there already and differ.
    #[error("{} of the functions are there already and differ", .0.len())]
    Differ(
        /// Index of the copy, and the metadata that is stored.
        Vec<(usize, String)>,
    ),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
