//! The embedded store: one SQLite file.
//!
//! Many connections read, one writes. Reads run on the caller's thread: they are a few look-ups in
//! B-trees, mostly in memory, never wait for the writer, and take less time than handing them to
//! another thread would. Writes go through one thread that commits them in groups.

mod connection;
mod sql;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};

use self::connection::{open_reader, open_writer, translate};
use self::writer::Writer;
use super::{
    AddedToken, FunctionId, ImportError, ImportMode, Imported, PublishError, Published, Store,
    StoreError,
};
use crate::auth::{Grant, Role, TokenHash};
use crate::domain::{
    CodeDigests, Fingerprint, FunctionKey, FunctionState, GeneratedName, ImportAction, NewVersion,
    Page, PageRange, PageWriter, Publication, Refusal, StoredCode, WorkingCopy,
};

/// How many reading connections are kept open when nobody reads.
const IDLE_READERS: usize = 32;

/// Positions have the lower half of a version's key.
const POSITION_BITS: u32 = 32;

/// The greatest position.
const MAX_POSITION: i64 = (1 << POSITION_BITS) - 1;

/// Settings of the file's connections.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// How long to wait for another process that writes.
    pub busy_timeout: Duration,
    /// The greatest size of the file, in pages of 4096 bytes; without, it grows as far as the disk
    /// lets it.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    /// 10 seconds; no limit.
    fn default() -> Self {
        Self {
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
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
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
        let connection = open_writer(path, &options)?;
        let reader = open_reader(path, &options)?;
        Ok(Self(Arc::new(Inner {
            writer: Writer::start(path, connection)?,
            path: path.into(),
            options,
            readers: Mutex::new(vec![reader]),
        })))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs `work` on a reading connection, of which there are as many as threads that read.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self.readers().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.0.path, &self.0.options)?,
        };
        // After an error the connection is given up: it may be in the middle of a transaction.
        let value = work(&connection).map_err(|error| translate(&self.0.path, error))?;
        let mut readers = self.readers();
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        Ok(value)
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    async fn grant(&self, token: TokenHash) -> Result<Option<Grant>, StoreError> {
        self.read(|connection| read_grant(connection, token))
    }

    async fn add_token(&self, token: TokenHash, grant: Grant) -> Result<AddedToken, StoreError> {
        let inner = Arc::clone(&self.0);
        self.0
            .writer
            .run(move |connection| {
                add_token(connection, token, &grant).map_err(|error| translate(&inner.path, error))
            })
            .await
    }

    async fn function(&self, key: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(sql::FUNCTION)?
                .query_row((&key.project, &key.package, &key.name), |row| {
                    Ok(FunctionId(row.get(0)?))
                })
                .optional()
        })
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
        self.read(|connection| {
            // One transaction, so that the count is that of the moment of the items.
            run(connection, "BEGIN")?;
            let page = read_page(connection, function, range)?;
            run(connection, "COMMIT")?;
            Ok(page)
        })
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

    async fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
    ) -> Result<Vec<Imported>, ImportError> {
        let inner = Arc::clone(&self.0);
        self.0
            .writer
            .run(move |connection| import(connection, &inner.path, &copies, mode))
            .await
    }

    async fn delete_version(&self, function: FunctionId, name: &str) -> Result<bool, StoreError> {
        let inner = Arc::clone(&self.0);
        let name = name.to_owned();
        self.0
            .writer
            .run(move |connection| {
                delete(connection, function, &name).map_err(|error| translate(&inner.path, error))
            })
            .await
    }

    async fn code(
        &self,
        function: FunctionId,
        version: Option<&str>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|connection| match version {
            None => connection
                .prepare_cached(sql::CODE_OF_LATEST)?
                .query_row((function.0,), |row| row.get(0))
                .optional(),
            Some(name) => connection
                .prepare_cached(sql::CODE_OF_VERSION)?
                .query_row((function.0, name), |row| row.get(0))
                .optional(),
        })
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(sql::READY)?
                .query_row((), |_| Ok(()))
        })
    }

    async fn close(&self) {
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

fn read_grant(connection: &Connection, token: TokenHash) -> rusqlite::Result<Option<Grant>> {
    connection
        .prepare_cached(sql::GRANT)?
        .query_row((token.0,), |row| {
            Ok(Grant {
                project: row.get(0)?,
                role: text(row, 1)?
                    .parse::<Role>()
                    .map_err(|error| unreadable(1, error))?,
            })
        })
        .optional()
}

fn add_token(
    connection: &Connection,
    token: TokenHash,
    grant: &Grant,
) -> rusqlite::Result<AddedToken> {
    Ok(match read_grant(connection, token)? {
        Some(there) if there == *grant => AddedToken::Unchanged,
        Some(there) => AddedToken::Differs(there),
        None => {
            connection.prepare_cached(sql::ADD_TOKEN)?.execute((
                token.0,
                &grant.project,
                grant.role.as_str(),
            ))?;
            AddedToken::Added
        }
    })
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

fn publish(
    connection: &Connection,
    path: &Path,
    function: FunctionId,
    publication: &Publication,
) -> Result<Published, PublishError> {
    let failed = |error| PublishError::Store(translate(path, error));
    let stored = read_state(connection, function)
        .map_err(failed)?
        .ok_or_else(Refusal::function_not_found)?;
    let state = &stored.state;
    let mut draft = publication.draft(state)?;
    while name_is_used(connection, function, draft.name().as_str()).map_err(failed)? {
        draft = draft.taken()?;
    }
    let version = draft.finish(publication, state)?;
    add_version(connection, function, &stored, &version).map_err(failed)?;
    Ok(Published {
        name: version.name,
        position: u64::try_from(stored.next_position).unwrap_or_default(),
        json: version.json,
    })
}

/// What a publication needs to know, and where its version goes.
struct Stored {
    state: FunctionState,
    code: Option<i64>,
    next_position: i64,
}

fn read_state(connection: &Connection, function: FunctionId) -> rusqlite::Result<Option<Stored>> {
    connection
        .prepare_cached(sql::STATE)?
        .query_row((function.0,), |row| {
            Ok(Stored {
                code: row.get(1)?,
                next_position: row.get(6)?,
                state: FunctionState {
                    latest: serde_json::from_str(text(row, 0)?)
                        .map_err(|error| unreadable(0, error))?,
                    code: digests(row, 3, 4)?,
                    fingerprint: Fingerprint(row.get(2)?),
                    versions: row.get::<_, u32>(5)?.into(),
                    last_generated: row
                        .get::<_, Option<i64>>(7)?
                        .map(GeneratedName::from_second),
                    published: row.get::<_, Option<[u8; 32]>>(8)?.map(Fingerprint),
                },
            })
        })
        .optional()
}

fn name_is_used(
    connection: &Connection,
    function: FunctionId,
    name: &str,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(sql::NAME_IS_USED)?
        .query_row((function.0, name), |row| row.get(0))
}

fn add_version(
    connection: &Connection,
    function: FunctionId,
    stored: &Stored,
    version: &NewVersion,
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::ADD_VERSION)?.execute((
        version_key(function, stored.next_position),
        function.0,
        stored.code,
        version.name.as_str(),
        &version.json,
    ))?;
    connection.prepare_cached(sql::NOTE_PUBLICATION)?.execute((
        function.0,
        stored.state.fingerprint.0,
        version.generated.map(GeneratedName::as_second),
    ))?;
    Ok(())
}

fn import(
    connection: &Connection,
    path: &Path,
    copies: &[WorkingCopy],
    mode: ImportMode,
) -> Result<Vec<Imported>, ImportError> {
    let failed = |error| ImportError::Store(translate(path, error));
    let mut outcomes = Vec::with_capacity(copies.len());
    let mut differ = Vec::new();
    for (index, copy) in copies.iter().enumerate() {
        let there = read_imported(connection, &copy.key).map_err(failed)?;
        let action = ImportAction::decide(
            copy,
            there
                .as_ref()
                .map(|there| (there.metadata.as_str(), there.digests.as_ref())),
        );
        let outcome = match (action, there) {
            (ImportAction::Replace { .. }, Some(there)) if mode == ImportMode::CreateOnly => {
                differ.push((index, there.metadata));
                Imported::Unchanged
            }
            (ImportAction::Replace { keep_code }, Some(there)) => {
                let kept = there.code.zip(there.digests).filter(|_| keep_code);
                put(connection, there.id, copy, kept).map_err(failed)?;
                Imported::Updated
            }
            (ImportAction::Keep, Some(_)) => Imported::Unchanged,
            (_, _) => {
                let id = add_function(connection, &copy.key).map_err(failed)?;
                put(connection, id, copy, None).map_err(failed)?;
                Imported::Created
            }
        };
        outcomes.push(outcome);
    }
    if differ.is_empty() {
        Ok(outcomes)
    } else {
        Err(ImportError::Differ(differ))
    }
}

/// What is there of a function that is imported.
struct There {
    id: FunctionId,
    metadata: String,
    code: Option<i64>,
    digests: Option<CodeDigests>,
}

fn read_imported(connection: &Connection, key: &FunctionKey) -> rusqlite::Result<Option<There>> {
    connection
        .prepare_cached(sql::IMPORTED)?
        .query_row((&key.project, &key.package, &key.name), |row| {
            Ok(There {
                id: FunctionId(row.get(0)?),
                metadata: row.get(1)?,
                code: row.get(2)?,
                digests: digests(row, 3, 4)?,
            })
        })
        .optional()
}

fn add_function(connection: &Connection, key: &FunctionKey) -> rusqlite::Result<FunctionId> {
    connection
        .prepare_cached(sql::ADD_FUNCTION)?
        .query_row((&key.project, &key.package, &key.name), |row| {
            Ok(FunctionId(row.get(0)?))
        })
}

/// Writes a working copy, with its own code or that which is kept.
fn put(
    connection: &Connection,
    function: FunctionId,
    copy: &WorkingCopy,
    kept: Option<(i64, CodeDigests)>,
) -> rusqlite::Result<()> {
    let (code, fingerprint) = match (&copy.code, kept) {
        (Some(code), _) => (Some(put_code(connection, code)?), copy.fingerprint()),
        (None, Some((code, digests))) => {
            (Some(code), Fingerprint::of(&copy.metadata, Some(&digests)))
        }
        (None, None) => (None, copy.fingerprint()),
    };
    connection.prepare_cached(sql::PUT_WORKING_COPY)?.execute((
        function.0,
        code,
        fingerprint.0,
        &copy.metadata,
    ))?;
    Ok(())
}

/// Writes code, unless the same is there. Code that nothing refers to any more stays.
fn put_code(connection: &Connection, code: &StoredCode) -> rusqlite::Result<i64> {
    let there = connection
        .prepare_cached(sql::FIND_CODE)?
        .query_row((code.digests.sha512,), |row| row.get(0))
        .optional()?;
    match there {
        Some(id) => Ok(id),
        None => connection.prepare_cached(sql::ADD_CODE)?.query_row(
            (code.digests.sha512, code.digests.md5, &code.bytes),
            |row| row.get(0),
        ),
    }
}

fn delete(connection: &Connection, function: FunctionId, name: &str) -> rusqlite::Result<bool> {
    let noted = connection
        .prepare_cached(sql::NOTE_DELETION)?
        .execute((function.0, name))?;
    if noted == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached(sql::DELETE_VERSION)?
        .execute((function.0, name))?;
    Ok(true)
}

/// A text column, without copying it.
fn text<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<&'row str> {
    Ok(row.get_ref(column)?.as_str()?)
}

/// The digests of code that is joined, if any is.
fn digests(row: &Row<'_>, md5: usize, sha512: usize) -> rusqlite::Result<Option<CodeDigests>> {
    Ok(match (row.get(md5)?, row.get(sha512)?) {
        (Some(md5), Some(sha512)) => Some(CodeDigests { md5, sha512 }),
        _ => None,
    })
}

/// A column that does not hold what this module puts there.
fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
