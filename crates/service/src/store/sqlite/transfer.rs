//! The whole content, out and in.

use std::fs::File;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Row};
use tokio::sync::mpsc;

use super::audit::record;
use super::connection::{make_new, translate};
use super::row::{digests, named, optional_time, time};
use super::{POSITION_BITS, audit, sql, version_key};
use crate::auth::{CredentialId, SecretKey, TokenHash};
use crate::domain::{Fingerprint, FunctionKey, Origin};
use crate::store::{
    CodePiece, Contents, FunctionId, FunctionPiece, KeyRecord, Piece, StoreError, TokenRecord,
    VersionPiece, deeds,
};

/// Sends everything; ends early where nobody takes it any more, which is no error of this store.
pub(super) fn export(connection: &Connection, sink: &mpsc::Sender<Piece>) -> rusqlite::Result<()> {
    let send = |piece| sink.blocking_send(piece).is_ok();
    let going = each(connection, sql::ALL_CODE, |row| {
        let digests = digests(row, 0, 1)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let bytes = row.get(2)?;
        Ok(send(Piece::Code(CodePiece { digests, bytes })))
    })? && each(connection, sql::ALL_FUNCTIONS, |row| {
        let id = FunctionId(row.get(0)?);
        let function = FunctionPiece {
            key: FunctionKey {
                project: row.get(1)?,
                package: row.get(2)?,
                name: row.get(3)?,
            },
            versions: row.get::<_, u32>(4)?.into(),
            next_position: row.get::<_, u32>(5)?.into(),
            last_generated: row.get(6)?,
            published: row.get::<_, Option<[u8; 32]>>(7)?.map(Fingerprint),
            fingerprint: Fingerprint(row.get(8)?),
            code: row.get(9)?,
            metadata: row.get(10)?,
        };
        Ok(send(Piece::Function(Box::new(function))) && export_versions(connection, id, sink)?)
    })? && each(connection, sql::ALL_TOKENS, |row| {
        Ok(send(Piece::Token {
            hash: TokenHash(row.get(0)?),
            record: TokenRecord {
                id: CredentialId::new(row.get::<_, String>(1)?),
                project: row.get(2)?,
                role: named(row, 3)?,
                created: optional_time(row, 4)?,
                expires: optional_time(row, 5)?,
                revoked: optional_time(row, 6)?,
            },
        }))
    })? && each(connection, sql::ALL_KEYS, |row| {
        Ok(send(Piece::Key {
            secret: row.get::<_, Option<String>>(0)?.map(SecretKey::new),
            record: KeyRecord {
                access: row.get(1)?,
                project: row.get(2)?,
                role: named(row, 3)?,
                created: time(row, 4)?,
                expires: optional_time(row, 5)?,
                revoked: optional_time(row, 6)?,
            },
        }))
    })? && each(connection, sql::ALL_SIGNATURES, |row| {
        Ok(send(Piece::Signature {
            hash: row.get(0)?,
            until: row.get(1)?,
        }))
    })? && each(connection, sql::ALL_AUDIT, |row| {
        Ok(send(Piece::Audit(audit::of_row(row)?)))
    })?;
    if going {
        send(Piece::End);
    }
    Ok(())
}

/// The published and the deleted versions of a function, in the order of their positions.
fn export_versions(
    connection: &Connection,
    function: FunctionId,
    sink: &mpsc::Sender<Piece>,
) -> rusqlite::Result<bool> {
    let mut deleted = connection
        .prepare_cached(sql::DELETED_OF_FUNCTION)?
        .query_map((function.0,), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(u32, String)>>>()?
        .into_iter()
        .peekable();
    let send_deleted = |(position, name): (u32, String)| {
        let position = u64::from(position);
        sink.blocking_send(Piece::Deleted { position, name })
            .is_ok()
    };
    let mut statement = connection.prepare_cached(sql::VERSIONS_OF_FUNCTION)?;
    let mut rows = statement.query((
        version_key(function, 0),
        version_key(function, (1 << POSITION_BITS) - 1),
    ))?;
    while let Some(row) = rows.next()? {
        let position: u32 = row.get(0)?;
        while let Some(deleted) = deleted.next_if(|(before, _)| *before < position) {
            if !send_deleted(deleted) {
                return Ok(false);
            }
        }
        let version = VersionPiece {
            position: position.into(),
            name: row.get(1)?,
            code: row.get(2)?,
            metadata: row.get(3)?,
        };
        if sink.blocking_send(Piece::Version(version)).is_err() {
            return Ok(false);
        }
    }
    Ok(deleted.all(send_deleted))
}

/// Calls `work` for each row until it answers false; whether it never did.
fn each(
    connection: &Connection,
    statement: &str,
    mut work: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(statement)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        if !work(row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Why a store was not filled.
#[derive(Debug)]
pub(super) enum Stop {
    NotEmpty,
    Incomplete(&'static str),
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl Stop {
    /// The store's error.
    pub(super) fn named(self, path: &Path) -> StoreError {
        let store = path.display().to_string();
        match self {
            Self::NotEmpty => StoreError::NotEmpty { store },
            Self::Incomplete(reason) => StoreError::Incomplete { store, reason },
            Self::Failed(error) => translate(path, error),
        }
    }
}

pub(super) fn fill(
    connection: &Connection,
    mut source: mpsc::Receiver<Piece>,
    origin: Option<&Origin>,
) -> Result<Contents, Stop> {
    let empty: bool = connection.query_row(sql::IS_EMPTY, (), |row| row.get(0))?;
    if !empty {
        return Err(Stop::NotEmpty);
    }
    let mut contents = Contents::default();
    let mut open: Option<(FunctionId, FunctionPiece)> = None;
    let no_function = || Stop::Incomplete("a version comes before its function");
    while let Some(piece) = source.blocking_recv() {
        contents.count(&piece);
        if !matches!(piece, Piece::Version(_) | Piece::Deleted { .. }) {
            finish(connection, open.take())?;
        }
        match piece {
            Piece::Code(code) => put_code(connection, &code)?,
            Piece::Function(function) => {
                let id = put_function(connection, &function)?;
                open = Some((id, *function));
            }
            Piece::Version(version) => {
                let (function, _) = open.as_ref().ok_or_else(no_function)?;
                put_version(connection, *function, &version)?;
            }
            Piece::Deleted { position, name } => {
                let (function, _) = open.as_ref().ok_or_else(no_function)?;
                put_deleted(connection, *function, position, &name)?;
            }
            Piece::Token { hash, record } => put_token(connection, hash, &record)?,
            Piece::Key { secret, record } => put_key(connection, secret.as_ref(), &record)?,
            Piece::Signature { hash, until } => {
                connection
                    .prepare_cached(sql::NOTE_SIGNATURE)?
                    .execute((hash, until))?;
            }
            Piece::Audit(record) => put_record(connection, &record)?,
            Piece::End => {
                if let Some(origin) = origin {
                    record(connection, origin, &deeds::filled(&contents))?;
                }
                return Ok(contents);
            }
        }
    }
    Err(Stop::Incomplete("it has no end"))
}

fn put_code(connection: &Connection, code: &CodePiece) -> rusqlite::Result<()> {
    connection
        .prepare_cached(sql::ADD_CODE)?
        .query_row((code.digests.sha512, code.digests.md5, &code.bytes), |_| {
            Ok(())
        })
}

fn code_id(connection: &Connection, sha512: Option<[u8; 64]>) -> Result<Option<i64>, Stop> {
    let Some(sha512) = sha512 else {
        return Ok(None);
    };
    connection
        .prepare_cached(sql::FIND_CODE)?
        .query_row((sha512,), |row| row.get(0))
        .map(Some)
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Stop::Incomplete("code is missing"),
            error => Stop::Failed(error),
        })
}

fn put_function(connection: &Connection, function: &FunctionPiece) -> Result<FunctionId, Stop> {
    let key = &function.key;
    let id: i64 = connection
        .prepare_cached(sql::ADD_FUNCTION)?
        .query_row((&key.project, &key.package, &key.name), |row| row.get(0))?;
    connection.prepare_cached(sql::PUT_WORKING_COPY)?.execute((
        id,
        code_id(connection, function.code)?,
        function.fingerprint.0,
        &function.metadata,
    ))?;
    Ok(FunctionId(id))
}

fn put_version(
    connection: &Connection,
    function: FunctionId,
    version: &VersionPiece,
) -> Result<(), Stop> {
    let position = i64::try_from(version.position)
        .map_err(|_| Stop::Incomplete("a position is out of range"))?;
    connection.prepare_cached(sql::ADD_VERSION)?.execute((
        version_key(function, position),
        function.0,
        code_id(connection, version.code)?,
        &version.name,
        &version.metadata,
    ))?;
    Ok(())
}

fn put_deleted(
    connection: &Connection,
    function: FunctionId,
    position: u64,
    name: &str,
) -> Result<(), Stop> {
    let position =
        i64::try_from(position).map_err(|_| Stop::Incomplete("a position is out of range"))?;
    connection
        .prepare_cached(sql::PUT_DELETED)?
        .execute((function.0, name, position))?;
    connection
        .prepare_cached(sql::SKIP_POSITION)?
        .execute((function.0, position + 1))?;
    Ok(())
}

/// Once all versions of a function are there: what is left to note, and whether they are all.
fn finish(
    connection: &Connection,
    function: Option<(FunctionId, FunctionPiece)>,
) -> Result<(), Stop> {
    let Some((id, function)) = function else {
        return Ok(());
    };
    connection.prepare_cached(sql::NOTE_HISTORY)?.execute((
        id.0,
        function.published.map(|fingerprint| fingerprint.0),
        function.last_generated,
    ))?;
    let (versions, next_position): (u32, u32) = connection
        .prepare_cached(sql::COUNTS)?
        .query_row((id.0,), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if (versions.into(), next_position.into()) == (function.versions, function.next_position) {
        Ok(())
    } else {
        Err(Stop::Incomplete("versions of a function are missing"))
    }
}

fn put_token(
    connection: &Connection,
    hash: TokenHash,
    token: &TokenRecord,
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::PUT_TOKEN)?.execute((
        hash.0,
        token.id.as_str(),
        &token.project,
        token.role.as_str(),
        token.created.map(|time| time.as_microsecond()),
        token.expires.map(|time| time.as_microsecond()),
        token.revoked.map(|time| time.as_microsecond()),
    ))?;
    Ok(())
}

fn put_key(
    connection: &Connection,
    secret: Option<&SecretKey>,
    key: &KeyRecord,
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::PUT_KEY)?.execute((
        &key.access,
        secret.map(SecretKey::reveal),
        &key.project,
        key.role.as_str(),
        key.created.as_microsecond(),
        key.expires.map(|time| time.as_microsecond()),
        key.revoked.map(|time| time.as_microsecond()),
    ))?;
    Ok(())
}

fn put_record(connection: &Connection, record: &crate::domain::AuditRecord) -> Result<(), Stop> {
    let id = i64::try_from(record.id)
        .map_err(|_| Stop::Incomplete("a record's number is out of range"))?;
    let (origin, deed) = (&record.origin, &record.deed);
    connection.prepare_cached(sql::PUT_RECORD)?.execute((
        id,
        origin.at.as_microsecond(),
        origin.actor.kind.as_str(),
        &origin.actor.id,
        deed.action.as_str(),
        &deed.project,
        &deed.subject,
        &origin.request_id,
        &deed.detail,
    ))?;
    Ok(())
}

pub(super) fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut problems: Vec<String> = connection
        .prepare("PRAGMA integrity_check")?
        .query_map((), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    problems.retain(|problem| problem != "ok");
    let orphans = connection
        .prepare("PRAGMA foreign_key_check")?
        .query_map((), |row| {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            Ok(format!(
                "a row of {table} refers to a row of {parent} that is missing"
            ))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    problems.extend(orphans);
    Ok(problems)
}

/// Copies a file through SQLite, so that what is in the log is in the copy too.
pub(super) fn copy_file(source: &Connection, to: &Path) -> Result<(), StoreError> {
    let failed = |error| translate(to, error);
    make_new(to)?;
    let mut copy = Connection::open_with_flags(
        to,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    {
        let backup = Backup::new(source, &mut copy).map_err(failed)?;
        // All pages in one step: it is one read transaction, which others may write beside.
        match backup.step(-1).map_err(failed)? {
            StepResult::Done => {}
            _ => {
                return Err(StoreError::Busy {
                    store: to.display().to_string(),
                });
            }
        }
    }
    // A copy is one file, without a log.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
        .map_err(failed)?;
    copy.close().map_err(|(_, error)| failed(error))?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(StoreError::internal)
}
