//! Backup, restore and copy: all that a store holds, versions, positions, credentials and audit,
//! byte for byte.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::Origin;
use crate::folder::Folder;
use crate::store::sqlite::{SqliteOptions, SqliteStore};
use crate::store::{AnyStore, Contents, Store, StoreError, transfer};

/// Why nothing was transferred.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The file of the backup is there already.
    #[error("{} exists already; name a new file, so that nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// A file or folder cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransferError {
    fn file(path: &Path, cause: io::Error) -> Self {
        Self::File {
            path: path.into(),
            cause,
        }
    }
}

/// Writes all that a store holds at this moment to a new file, while the service runs: an SQLite
/// file, which [`restore`] takes, and which can be served too. The file is for its owner alone, is
/// on disk when this answers, and is there as a whole or not at all.
///
/// # Errors
/// A file that is there already, a folder that cannot be written to, and what the store reports.
pub async fn backup(store: &AnyStore, to: &Path) -> Result<(), TransferError> {
    if to.exists() {
        return Err(TransferError::Exists(to.into()));
    }
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |cause| TransferError::file(to, cause);
    let folder = Folder::within(parent).map_err(failed)?;
    let made = folder.path().join("backup.db");
    match store {
        AnyStore::Sqlite(store) => copy_file(store, &made).await?,
        store @ AnyStore::Postgres(_) => {
            let filled = open_file(folder.path().join("filled.db")).await?;
            let outcome = transfer(store, &filled, None).await;
            if outcome.is_ok() {
                copy_file(&filled, &made).await?;
            }
            filled.close().await;
            outcome?;
        }
    }
    // Unlike a rename, a link never takes the place of a file that somebody made meanwhile.
    fs::hard_link(&made, to).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => TransferError::Exists(to.into()),
        _ => failed(cause),
    })?;
    if cfg!(unix) {
        File::open(parent)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(())
}

/// Fills an empty store from a backup, of this release or an earlier one. The backup stays as it is.
///
/// # Errors
/// A backup that is none or is damaged, a store that is not empty, and what either reports.
pub async fn restore(
    from: &Path,
    to: &AnyStore,
    origin: Origin,
) -> Result<Contents, TransferError> {
    // A backup of an earlier release is brought up to date in a copy, and a log that lies beside it
    // is read with it.
    let folder = Folder::new().map_err(|cause| TransferError::file(from, cause))?;
    let copied = folder.path().join("copied.db");
    {
        let (from, copied) = (from.to_owned(), copied.clone());
        tokio::task::spawn_blocking(move || SqliteStore::copy_foreign_file(&from, &copied))
            .await
            .map_err(StoreError::internal)??;
    }
    let source = open_file(copied).await?;
    let outcome = transfer(&source, to, Some(origin)).await;
    source.close().await;
    Ok(outcome?)
}

/// Fills an empty store with all that another one holds at this moment.
///
/// # Errors
/// A destination that is not empty, and what either store reports.
pub async fn copy(
    from: &AnyStore,
    to: &AnyStore,
    origin: Origin,
) -> Result<Contents, TransferError> {
    Ok(transfer(from, to, Some(origin)).await?)
}

async fn copy_file(store: &SqliteStore, to: &Path) -> Result<(), StoreError> {
    let (store, to) = (store.handle(), to.to_owned());
    tokio::task::spawn_blocking(move || store.copy_file(&to))
        .await
        .map_err(StoreError::internal)?
}

async fn open_file(path: PathBuf) -> Result<SqliteStore, StoreError> {
    tokio::task::spawn_blocking(move || SqliteStore::open_with(&path, SqliteOptions::default()))
        .await
        .map_err(StoreError::internal)?
}
