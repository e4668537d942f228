//! What an administrator does.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};
use tokio::sync::mpsc;

use super::audit::record;
use super::connection::translate;
use super::row::{digests, text};
use super::{SqliteStore, audit, credentials, sql, transfer};
use crate::auth::CredentialId;
use crate::domain::{
    AuditRecord, CodeDigests, Fingerprint, FunctionKey, ImportAction, Origin, StoredCode,
    WorkingCopy,
};
use crate::store::{
    Added, Administration, CodeSummary, CodeUpdate, Contents, FunctionDetail, FunctionFilter,
    FunctionId, FunctionSummary, ImportError, ImportMode, Imported, KeyRecord, NewKey, NewToken,
    Piece, Revocation, StoreError, TokenRecord, VersionDeletion, deeds,
};

impl Administration for SqliteStore {
    async fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
        origin: Origin,
    ) -> Result<Vec<Imported>, ImportError> {
        let inner = Arc::clone(&self.0);
        self.0
            .writer
            .run(move |connection| {
                import(connection, &copies, mode, &origin).map_err(|error| match error {
                    ImportStop::Differ(differ) => ImportError::Differ(differ),
                    ImportStop::Failed(error) => translate(&inner.path, error).into(),
                })
            })
            .await
    }

    async fn update_code(
        &self,
        key: &FunctionKey,
        code: StoredCode,
        origin: Origin,
    ) -> Result<CodeUpdate, StoreError> {
        let key = key.clone();
        self.write(move |connection| update_code(connection, &key, &code, &origin))
            .await
    }

    async fn delete_version(
        &self,
        key: &FunctionKey,
        name: &str,
        origin: Origin,
    ) -> Result<VersionDeletion, StoreError> {
        let key = key.clone();
        let name = name.to_owned();
        self.write(move |connection| delete_version(connection, &key, &name, &origin))
            .await
    }

    async fn functions(
        &self,
        filter: FunctionFilter,
        after: Option<&FunctionKey>,
        limit: u32,
    ) -> Result<Vec<FunctionSummary>, StoreError> {
        self.read(|connection| functions(connection, &filter, after, limit))
    }

    async fn function_detail(
        &self,
        key: &FunctionKey,
    ) -> Result<Option<FunctionDetail>, StoreError> {
        self.read(|connection| function_detail(connection, key))
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

    async fn add_token(
        &self,
        token: NewToken,
        origin: Origin,
    ) -> Result<Added<TokenRecord>, StoreError> {
        self.write(move |connection| credentials::add_token(connection, &token, &origin))
            .await
    }

    async fn tokens(&self, project: Option<&str>) -> Result<Vec<TokenRecord>, StoreError> {
        self.read(|connection| credentials::tokens(connection, project))
    }

    async fn revoke_token(
        &self,
        id: &CredentialId,
        origin: Origin,
    ) -> Result<Revocation<TokenRecord>, StoreError> {
        let id = id.clone();
        self.write(move |connection| credentials::revoke_token(connection, &id, &origin))
            .await
    }

    async fn add_key(&self, key: NewKey, origin: Origin) -> Result<Added<KeyRecord>, StoreError> {
        self.write(move |connection| credentials::add_key(connection, &key, &origin))
            .await
    }

    async fn keys(&self, project: Option<&str>) -> Result<Vec<KeyRecord>, StoreError> {
        self.read(|connection| credentials::keys(connection, project))
    }

    async fn revoke_key(
        &self,
        access: &str,
        origin: Origin,
    ) -> Result<Revocation<KeyRecord>, StoreError> {
        let access = access.to_owned();
        self.write(move |connection| credentials::revoke_key(connection, &access, &origin))
            .await
    }

    async fn audit(
        &self,
        after: u64,
        limit: u32,
        project: Option<&str>,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.read(|connection| audit::read(connection, after, limit, project))
    }

    async fn export(&self, sink: mpsc::Sender<Piece>) -> Result<(), StoreError> {
        self.read_apart(move |connection| transfer::export(connection, &sink))
            .await
    }

    async fn fill(
        &self,
        source: mpsc::Receiver<Piece>,
        origin: Option<Origin>,
    ) -> Result<Contents, StoreError> {
        let inner = Arc::clone(&self.0);
        self.0
            .writer
            .run(move |connection| {
                transfer::fill(connection, source, origin.as_ref())
                    .map_err(|stop| stop.named(&inner.path))
            })
            .await
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.read_apart(transfer::integrity).await
    }

    async fn format(&self) -> Result<i64, StoreError> {
        self.read(|connection| {
            connection.pragma_query_value(None, "user_version", |row| row.get(0))
        })
    }
}

/// Why an import came to nothing.
#[derive(Debug)]
pub(super) enum ImportStop {
    Differ(Vec<(usize, String)>),
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for ImportStop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

pub(super) fn import(
    connection: &Connection,
    copies: &[WorkingCopy],
    mode: ImportMode,
    origin: &Origin,
) -> Result<Vec<Imported>, ImportStop> {
    let mut outcomes = Vec::with_capacity(copies.len());
    let mut differ = Vec::new();
    for (index, copy) in copies.iter().enumerate() {
        let there = read_imported(connection, &copy.key)?;
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
                let code = put(connection, there.id, copy, kept)?;
                release(connection, there.code)?;
                record(
                    connection,
                    origin,
                    &deeds::function_updated(&copy.key, code.as_ref()),
                )?;
                Imported::Updated
            }
            (ImportAction::Keep, Some(_)) => Imported::Unchanged,
            (_, _) => {
                let id = add_function(connection, &copy.key)?;
                let code = put(connection, id, copy, None)?;
                record(
                    connection,
                    origin,
                    &deeds::function_created(&copy.key, code.as_ref()),
                )?;
                Imported::Created
            }
        };
        outcomes.push(outcome);
    }
    if differ.is_empty() {
        Ok(outcomes)
    } else {
        Err(ImportStop::Differ(differ))
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

/// Writes a working copy, with its own code or that which is kept. Answers the code's digests.
fn put(
    connection: &Connection,
    function: FunctionId,
    copy: &WorkingCopy,
    kept: Option<(i64, CodeDigests)>,
) -> rusqlite::Result<Option<CodeDigests>> {
    let (code, digests) = match (&copy.code, kept) {
        (Some(code), _) => (Some(put_code(connection, code)?), Some(code.digests)),
        (None, Some((code, digests))) => (Some(code), Some(digests)),
        (None, None) => (None, None),
    };
    put_working_copy(connection, function, code, digests.as_ref(), &copy.metadata)?;
    Ok(digests)
}

fn put_working_copy(
    connection: &Connection,
    function: FunctionId,
    code: Option<i64>,
    digests: Option<&CodeDigests>,
    metadata: &str,
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::PUT_WORKING_COPY)?.execute((
        function.0,
        code,
        Fingerprint::of(metadata, digests).0,
        metadata,
    ))?;
    Ok(())
}

/// Writes code, unless the same is there.
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

/// Deletes code that was given up, unless something else has it.
fn release(connection: &Connection, code: Option<i64>) -> rusqlite::Result<()> {
    if let Some(code) = code {
        connection
            .prepare_cached(sql::RELEASE_CODE)?
            .execute((code,))?;
    }
    Ok(())
}

fn update_code(
    connection: &Connection,
    key: &FunctionKey,
    code: &StoredCode,
    origin: &Origin,
) -> rusqlite::Result<CodeUpdate> {
    let Some(there) = read_imported(connection, key)? else {
        return Ok(CodeUpdate::NoSuchFunction);
    };
    if there.digests == Some(code.digests) {
        return Ok(CodeUpdate::Unchanged);
    }
    let metadata = code
        .described_in(&there.metadata, origin.at)
        .map_err(|error| super::row::unreadable(1, error))?;
    let id = put_code(connection, code)?;
    put_working_copy(
        connection,
        there.id,
        Some(id),
        Some(&code.digests),
        &metadata,
    )?;
    release(connection, there.code)?;
    record(connection, origin, &deeds::code_updated(key, &code.digests))?;
    Ok(CodeUpdate::Updated)
}

fn delete_version(
    connection: &Connection,
    key: &FunctionKey,
    name: &str,
    origin: &Origin,
) -> rusqlite::Result<VersionDeletion> {
    let Some(function) = super::function(connection, key)? else {
        return Ok(VersionDeletion::NoSuchFunction);
    };
    let position: Option<u32> = connection
        .prepare_cached(sql::NOTE_DELETION)?
        .query_row((function.0, name), |row| row.get(0))
        .optional()?;
    let Some(position) = position else {
        let deleted = connection
            .prepare_cached(sql::WAS_DELETED)?
            .exists((function.0, name))?;
        return Ok(if deleted {
            VersionDeletion::AlreadyDeleted
        } else {
            VersionDeletion::NoSuchVersion
        });
    };
    let code: Option<i64> = connection
        .prepare_cached(sql::DELETE_VERSION)?
        .query_row((function.0, name), |row| row.get(0))?;
    release(connection, code)?;
    let deed = deeds::version_deleted(key, name, position.into());
    record(connection, origin, &deed)?;
    Ok(VersionDeletion::Deleted)
}

fn functions(
    connection: &Connection,
    filter: &FunctionFilter,
    after: Option<&FunctionKey>,
    limit: u32,
) -> rusqlite::Result<Vec<FunctionSummary>> {
    let part = |part: fn(&FunctionKey) -> &str| after.map_or("", part);
    let package = part(|key| &key.package);
    let name = part(|key| &key.name);
    match &filter.project {
        // A key of another project is before or after all of this one's.
        Some(project) if after.is_some_and(|after| after.project > *project) => Ok(Vec::new()),
        Some(project) => {
            let (package, name) = match after {
                Some(after) if after.project == *project => (package, name),
                _ => ("", ""),
            };
            connection
                .prepare_cached(sql::FUNCTIONS_OF_PROJECT)?
                .query_map((project, package, name, &filter.prefix, limit), summary_of)?
                .collect()
        }
        None => connection
            .prepare_cached(sql::FUNCTIONS)?
            .query_map(
                (
                    part(|key| &key.project),
                    package,
                    name,
                    &filter.prefix,
                    limit,
                ),
                summary_of,
            )?
            .collect(),
    }
}

fn summary_of(row: &Row<'_>) -> rusqlite::Result<FunctionSummary> {
    Ok(FunctionSummary {
        id: FunctionId(row.get(0)?),
        key: FunctionKey {
            project: row.get(1)?,
            package: row.get(2)?,
            name: row.get(3)?,
        },
        versions: row.get::<_, u32>(4)?.into(),
        next_position: row.get::<_, u32>(5)?.into(),
    })
}

fn function_detail(
    connection: &Connection,
    key: &FunctionKey,
) -> rusqlite::Result<Option<FunctionDetail>> {
    connection
        .prepare_cached(sql::FUNCTION_DETAIL)?
        .query_row((&key.project, &key.package, &key.name), |row| {
            let size: Option<i64> = row.get(9)?;
            Ok(FunctionDetail {
                summary: summary_of(row)?,
                metadata: text(row, 6)?.to_owned(),
                code: digests(row, 7, 8)?
                    .zip(size)
                    .map(|(digests, size)| CodeSummary {
                        digests,
                        size: size.unsigned_abs(),
                    }),
            })
        })
        .optional()
}
