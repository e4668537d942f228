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
    /// The store is not there, and is not to be made.
    #[error("there is no store {store}; `functiongraphd store migrate` makes it")]
    Missing {
        /// The store.
        store: String,
    },
    /// It is something else.
    #[error(
        "{store} is not a functiongraphd store: {reason}; name another one, or move this one away"
    )]
    NotAStore {
        /// The store.
        store: String,
        /// How that shows.
        reason: String,
    },
    /// It was written by a later release.
    #[error(
        "the store {store} was written by a later release (its format is {found}, this release reads up to {supported}); run that release or a later one"
    )]
    Newer {
        /// The store.
        store: String,
        /// Its format.
        found: i64,
        /// The latest format that this release knows.
        supported: i64,
    },
    /// It was written by an earlier release, and is not to be changed.
    #[error(
        "the store {store} was written by an earlier release (its format is {found}, this release needs {needed}); bring it up to date with `functiongraphd store migrate`"
    )]
    Older {
        /// The store.
        store: String,
        /// Its format.
        found: i64,
        /// The format that this release needs.
        needed: i64,
    },
    /// It cannot be written to.
    #[error(
        "the store {store} is read-only; give the user of this process write access, for a file to its folder too"
    )]
    ReadOnly {
        /// The store.
        store: String,
    },
    /// The database does not promise what was asked of it.
    #[error(
        "the store {store} cannot keep what it acknowledges: {setting} is {found:?} instead of {wanted:?}; for a file, use a local disk"
    )]
    NotDurable {
        /// The store.
        store: String,
        /// Which setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// The database cannot be reached, or is stopping or starting.
    #[error("the store {store} cannot be reached: {reason}; see whether it runs, and try again")]
    Unreachable {
        /// The store.
        store: String,
        /// What the way to it reports.
        reason: String,
    },
    /// The database does not let this process in.
    #[error(
        "the store {store} cannot be used: {reason}; see the user, its password and its rights"
    )]
    Denied {
        /// The store.
        store: String,
        /// What the database reports.
        reason: String,
    },
    /// Another process has held a lock for too long.
    #[error("the store {store} is busy: another process has been writing for too long; try again")]
    Busy {
        /// The store.
        store: String,
    },
    /// There is no room.
    #[error("the store {store} is full; make room on its disk")]
    Full {
        /// The store.
        store: String,
    },
    /// What is stored cannot be true.
    #[error("the store {store} is damaged ({reason}); restore it from a backup")]
    Damaged {
        /// The store.
        store: String,
        /// How that shows.
        reason: String,
    },
    /// It is to be filled, and has something in it already.
    #[error("the store {store} is not empty; name a new one, so that nothing is overwritten")]
    NotEmpty {
        /// The store.
        store: String,
    },
    /// What it is to be filled with ended early or does not fit together.
    #[error("what the store {store} was to be filled with is not whole: {reason}")]
    Incomplete {
        /// The store.
        store: String,
        /// How that shows.
        reason: &'static str,
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
            Self::Unreachable { .. }
                | Self::Busy { .. }
                | Self::Full { .. }
                | Self::ReadOnly { .. }
                | Self::Closed
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
