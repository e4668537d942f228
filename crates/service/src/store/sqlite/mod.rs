//! The embedded store: one SQLite file.
//!
//! Many connections read, one writes. Reads run on the caller's thread: they are a few look-ups in
//! B-trees, mostly in memory, never wait for the writer, and take less time than handing them to
//! another thread would. Writes go through one thread that commits them in groups.

mod administration;
mod audit;
mod connection;
mod credentials;
mod publish;
mod reader;
mod row;
mod sql;
#[cfg(test)]
mod tests;
mod transfer;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use self::connection::{open_reader, open_writer, translate};
use self::publish::publish;
use self::reader::Reader;
use self::row::text;
use self::writer::Writer;
use super::{FunctionId, PoolUse, PublishError, Published, Store, StoreError};
use crate::auth::{Grant, KeyGrant, TokenHash};
use crate::domain::{FunctionKey, Page, PageRange, PageWriter, Publication};

/// How many reading connections are kept open when nobody reads.
const IDLE_READERS: usize = 32;

/// Positions have the lower half of a version's key.
const POSITION_BITS: u32 = 32;

/// The greatest position.
const MAX_POSITION: i64 = (1 << POSITION_BITS) - 1;

/// Settings of the file's connections.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// Whether a file that is missing is made, and one of an earlier release is brought up to date.
    pub migrate: bool,
    /// How long to wait for another process that writes.
    pub busy_timeout: Duration,
    /// The greatest size of the file, in pages of 4096 bytes; without, it grows as far as the disk
    /// lets it.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    /// Migrates; 10 seconds; no limit.
    fn default() -> Self {
        Self {
            migrate: true,
            busy_timeout: Duration::from_secs(10),
            max_pages: None,
        }
    }
}

/// A store in one SQLite file, with its log beside it (`PATH-wal`, `PATH-shm`) while it is open.
/// Other processes may have the same file open.
#[derive(Debug)]
pub struct SqliteStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    options: SqliteOptions,
    /// The format that the file had when it was opened.
    format: i64,
    readers: Mutex<Vec<Reader>>,
    /// How many connections are reading.
    reading: AtomicUsize,
    writer: Writer,
    closed: AtomicBool,
}

impl SqliteStore {
    /// Opens the file; makes it if it is missing, and brings one of an earlier release up to date.
    /// Blocks.
    ///
    /// # Errors
    /// A missing folder, a file that is read-only, damaged, of a later release or of another
    /// application, or on a file system that cannot keep what is acknowledged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// As [`SqliteStore::open`], with settings. Blocks.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let (connection, format) = open_writer(path, &options)?;
        let reader = Reader::open(path, &options)?;
        Ok(Self(Arc::new(Inner {
            writer: Writer::start(path, connection)?,
            path: path.into(),
            format,
            closed: AtomicBool::new(false),
            options,
            readers: Mutex::new(vec![reader]),
            reading: AtomicUsize::new(0),
        })))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The format that the file had when it was opened; 0 for one that was made.
    pub fn format_at_open(&self) -> i64 {
        self.0.format
    }

    /// Runs `work` on a reading connection, of which there are as many as threads that read.
    fn read<T>(
        &self,
        work: impl FnOnce(&mut Reader) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        let idle = self.readers().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.0.path, &self.0.options)?,
        };
        // After an error the connection is given up: it may be in the middle of a transaction.
        self.0.reading.fetch_add(1, Ordering::Relaxed);
        let value = work(&mut reader).map_err(|error| translate(&self.0.path, error));
        self.0.reading.fetch_sub(1, Ordering::Relaxed);
        let value = value?;
        let mut readers = self.readers();
        if readers.len() < IDLE_READERS && !self.0.closed.load(Ordering::Acquire) {
            readers.push(reader);
        }
        Ok(value)
    }

    /// Runs long `work` on a connection and a thread of its own, all of it in one transaction.
    async fn read_apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let connection = open_reader(&inner.path, &inner.options)?;
            let failed = |error| translate(&inner.path, error);
            run(&connection, "BEGIN").map_err(failed)?;
            let value = work(&connection).map_err(failed)?;
            run(&connection, "COMMIT").map_err(failed)?;
            Ok(value)
        })
        .await
        .map_err(StoreError::internal)?
    }

    /// The same store once more.
    pub(crate) fn handle(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Copies a file that nobody has opened as a store, whatever its format, to a new file. Blocks.
    ///
    /// # Errors
    /// A file that is missing or not a store.
    pub(crate) fn copy_foreign_file(from: &Path, to: &Path) -> Result<(), StoreError> {
        transfer::copy_file(&connection::open_foreign(from)?, to)
    }

    /// Writes a copy of the file as it is at this moment to a new file, which is synced, while
    /// others write. Blocks.
    ///
    /// # Errors
    /// A file that is there already, a folder that cannot be written to, a full disk.
    pub(crate) fn copy_file(&self, to: &Path) -> Result<(), StoreError> {
        let source = open_reader(&self.0.path, &self.0.options)?;
        transfer::copy_file(&source, to)
    }

    /// Runs `work` in a transaction, and answers once that is on disk.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        self.0
            .writer
            .run(move |connection| work(connection).map_err(|error| translate(&inner.path, error)))
            .await
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.0
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    async fn grant(&self, token: TokenHash, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        self.read(|reader| reader.grant(token, now))
    }

    async fn key(&self, access: &str, now: Timestamp) -> Result<Option<KeyGrant>, StoreError> {
        self.read(|connection| credentials::key(connection, access, now))
    }

    async fn note_signature(
        &self,
        signature: [u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| credentials::note_signature(connection, signature, until, now))
            .await
    }

    async fn function(&self, key: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        self.read(|reader| reader.function(key))
    }

    async fn has_version(&self, function: FunctionId, name: &str) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(sql::HAS_VERSION)?
                .exists((function.0, name))
        })
    }

    async fn page(
        &self,
        function: FunctionId,
        range: PageRange,
    ) -> Result<Option<Page>, StoreError> {
        self.read(|reader| reader.page(function, range))
    }

    async fn publish(
        &self,
        function: FunctionId,
        publication: Publication,
    ) -> Result<Published, PublishError> {
        let inner = Arc::clone(&self.0);
        self.0
            .writer
            .run(move |connection| publish(connection, &inner.path, function, &publication))
            .await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(sql::READY)?
                .query_row((), |_| Ok(()))
        })
    }

    fn pool(&self) -> PoolUse {
        PoolUse {
            idle: self.readers().len(),
            busy: self.0.reading.load(Ordering::Relaxed),
        }
    }

    async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.readers().clear();
        let inner = Arc::clone(&self.0);
        // The thread that writes finishes what it was given first. Only a runtime that is itself
        // going down cannot wait for it.
        drop(tokio::task::spawn_blocking(move || inner.writer.close()).await);
    }
}

/// Runs a statement that answers nothing.
fn run(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute(()).map(drop)
}

fn function(connection: &Connection, key: &FunctionKey) -> rusqlite::Result<Option<FunctionId>> {
    connection
        .prepare_cached(sql::FUNCTION)?
        .query_row((&key.project, &key.package, &key.name), |row| {
            Ok(FunctionId(row.get(0)?))
        })
        .optional()
}

fn read_page(
    connection: &Connection,
    function: FunctionId,
    range: PageRange,
) -> rusqlite::Result<Option<Page>> {
    let count: Option<u32> = connection
        .prepare_cached(sql::COUNT)?
        .query_row((function.0,), |row| row.get(0))
        .optional()?;
    let Some(count) = count else {
        return Ok(None);
    };
    let mut page = PageWriter::new(range);
    let mut room = range.limit;
    if range.marker == 0 {
        connection
            .prepare_cached(sql::LATEST)?
            .query_row((function.0,), |row| {
                page.push(0, text(row, 0)?);
                Ok(())
            })?;
        room -= 1;
    }
    let marker = i64::try_from(range.marker).unwrap_or(i64::MAX).max(1);
    if room > 0 && marker <= MAX_POSITION {
        let mut statement = connection.prepare_cached(sql::PAGE)?;
        let mut rows = statement.query((
            version_key(function, marker),
            version_key(function, MAX_POSITION),
            room,
        ))?;
        while let Some(row) = rows.next()? {
            page.push(row.get::<_, u32>(0)?.into(), text(row, 1)?);
        }
    }
    Ok(Some(page.finish(count.into())))
}

/// The key of the version at a position.
fn version_key(function: FunctionId, position: i64) -> i64 {
    (function.0 << POSITION_BITS) | position
}
