//! The whole content, out and in.

use std::pin::pin;

use futures::TryStreamExt as _;
use tokio::sync::mpsc;
use tokio_postgres::Row;

use super::administration::{put_code, put_working_copy};
use super::audit::record;
use super::row::{Param, Unreadable, array, bytes, count, get, int, optional_array, text};
use super::session::{Failure, Lease};
use super::{audit, credentials, sql};
use crate::auth::{SecretKey, TokenHash};
use crate::domain::{CodeDigests, Fingerprint, FunctionKey, Origin};
use crate::store::{CodePiece, Contents, FunctionPiece, Piece, StoreError, VersionPiece, deeds};

/// Triggers that keep what was published.
const TRIGGERS: [&str; 11] = [
    "audit_is_written_once",
    "audit_stays",
    "code_is_written_once",
    "deleted_version_is_written_once",
    "deleted_version_stays",
    "function_stays",
    "position_only_grows",
    "version_is_new",
    "version_is_written_once",
    "version_leaves_its_position",
    "version_stays",
];

/// Sends everything; ends early where nobody takes it any more, which is no error of this store.
pub(super) async fn export(lease: &Lease, sink: &mpsc::Sender<Piece>) -> Result<(), Failure> {
    let going = each(lease, sink, sql::ALL_CODE, |row| {
        Ok(Piece::Code(CodePiece {
            digests: CodeDigests {
                sha512: array(row, 0)?,
                md5: array(row, 1)?,
            },
            bytes: get(row, 2)?,
        }))
    })
    .await?
        && export_functions(lease, sink).await?
        && each(lease, sink, sql::ALL_TOKENS, |row| {
            Ok(Piece::Token {
                hash: TokenHash(array(row, 6)?),
                record: credentials::token_of(row)?,
            })
        })
        .await?
        && each(lease, sink, sql::ALL_KEYS, |row| {
            Ok(Piece::Key {
                secret: get::<Option<String>>(row, 6)?.map(SecretKey::new),
                record: credentials::key_of(row)?,
            })
        })
        .await?
        && each(lease, sink, sql::ALL_SIGNATURES, |row| {
            Ok(Piece::Signature {
                hash: array(row, 0)?,
                until: get(row, 1)?,
            })
        })
        .await?
        && each(lease, sink, sql::ALL_AUDIT, |row| {
            Ok(Piece::Audit(audit::of_row(row)?))
        })
        .await?;
    if going {
        drop(sink.send(Piece::End).await);
    }
    Ok(())
}

/// Sends a piece for each row, which come as they are taken; whether all were.
async fn each(
    lease: &Lease,
    sink: &mpsc::Sender<Piece>,
    statement: &str,
    piece: impl Fn(&Row) -> Result<Piece, Unreadable>,
) -> Result<bool, Failure> {
    let none: [Param<'_>; 0] = [];
    let rows = lease.client()?.query_typed_raw(statement, none).await?;
    let mut rows = pin!(rows);
    while let Some(row) = rows.try_next().await? {
        if sink.send(piece(&row)?).await.is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Sends the functions, some at a time, each followed by its versions.
async fn export_functions(lease: &Lease, sink: &mpsc::Sender<Piece>) -> Result<bool, Failure> {
    let mut after = 0;
    loop {
        let functions = lease.query(sql::SOME_FUNCTIONS, &[int(after)]).await?;
        let (Some(first), Some(last)) = (functions.first(), functions.last()) else {
            return Ok(true);
        };
        let range: (i64, i64) = (get(first, 0)?, get(last, 0)?);
        after = range.1;
        let asked = [int(range.0), int(range.1)];
        let deleted = lease.query(sql::THEIR_DELETED, &asked).await?;
        let versions = lease
            .client()?
            .query_typed_raw(sql::THEIR_VERSIONS, asked)
            .await?;
        let mut versions = pin!(versions);
        let mut next = versions.try_next().await?;
        let mut deleted = deleted.iter().peekable();
        for row in &functions {
            let id: i64 = get(row, 0)?;
            if sink.send(function_of(row)?).await.is_err() {
                return Ok(false);
            }
            loop {
                let position_of = |row: &Row| -> Result<Option<u64>, Unreadable> {
                    Ok((get::<i64>(row, 0)? == id).then_some(count(row, 1)?))
                };
                let published = next.as_ref().map(position_of).transpose()?.flatten();
                let gone = deleted
                    .peek()
                    .map(|row| position_of(row))
                    .transpose()?
                    .flatten();
                let piece = match (published, gone) {
                    (None, None) => break,
                    (Some(published), gone) if gone.is_none_or(|gone| published < gone) => {
                        let piece = next.as_ref().map(version_of).transpose()?;
                        next = versions.try_next().await?;
                        piece
                    }
                    (_, gone) => deleted
                        .next()
                        .map(|row| {
                            Ok::<_, Unreadable>(Piece::Deleted {
                                position: gone.unwrap_or_default(),
                                name: get(row, 2)?,
                            })
                        })
                        .transpose()?,
                };
                if let Some(piece) = piece
                    && sink.send(piece).await.is_err()
                {
                    return Ok(false);
                }
            }
        }
    }
}

fn function_of(row: &Row) -> Result<Piece, Unreadable> {
    Ok(Piece::Function(Box::new(FunctionPiece {
        key: FunctionKey {
            project: get(row, 1)?,
            package: get(row, 2)?,
            name: get(row, 3)?,
        },
        versions: count(row, 4)?,
        next_position: count(row, 5)?,
        last_generated: get(row, 6)?,
        published: optional_array(row, 7)?.map(Fingerprint),
        fingerprint: Fingerprint(array(row, 8)?),
        code: optional_array(row, 9)?,
        metadata: get(row, 10)?,
    })))
}

fn version_of(row: &Row) -> Result<Piece, Unreadable> {
    Ok(Piece::Version(VersionPiece {
        position: count(row, 1)?,
        name: get(row, 2)?,
        code: optional_array(row, 3)?,
        metadata: get(row, 4)?,
    }))
}

/// A function whose versions come.
struct Open {
    id: i64,
    versions: u64,
    next_position: u64,
    counted: u64,
    position: u64,
}

pub(super) async fn fill(
    lease: &Lease,
    store: &str,
    mut source: mpsc::Receiver<Piece>,
    origin: Option<&Origin>,
) -> Result<Contents, Failure> {
    let incomplete = |reason| {
        Failure::Store(StoreError::Incomplete {
            store: store.into(),
            reason,
        })
    };
    lease.find(sql::LOCK_FORMAT, &[]).await?;
    let empty = match lease.find(sql::IS_EMPTY, &[]).await? {
        Some(row) => get(&row, 0)?,
        None => false,
    };
    if !empty {
        return Err(Failure::Store(StoreError::NotEmpty {
            store: store.into(),
        }));
    }
    let mut contents = Contents::default();
    let mut open: Option<Open> = None;
    while let Some(piece) = source.recv().await {
        contents.count(&piece);
        if !matches!(piece, Piece::Version(_) | Piece::Deleted { .. })
            && let Some(open) = open.take()
            && (open.counted, open.position + 1) != (open.versions, open.next_position)
        {
            return Err(incomplete("versions of a function are missing"));
        }
        match piece {
            Piece::Code(code) => put_code(lease, &code.digests, &code.bytes).await?,
            Piece::Function(function) => {
                let id = i64::try_from(contents.functions).unwrap_or(i64::MAX);
                put_function(lease, id, &function).await?;
                open = Some(Open {
                    id,
                    versions: function.versions,
                    next_position: function.next_position,
                    counted: 1,
                    position: 0,
                });
            }
            Piece::Version(version) => {
                let open = open
                    .as_mut()
                    .ok_or_else(|| incomplete("a version comes before its function"))?;
                if version.position != open.position + 1 {
                    return Err(incomplete("versions of a function are missing"));
                }
                open.position = version.position;
                open.counted += 1;
                put_version(lease, open.id, &version).await?;
            }
            Piece::Deleted { position, name } => {
                let open = open
                    .as_mut()
                    .ok_or_else(|| incomplete("a version comes before its function"))?;
                if position != open.position + 1 {
                    return Err(incomplete("versions of a function are missing"));
                }
                open.position = position;
                put_deleted(lease, open.id, position, &name).await?;
            }
            Piece::Token { hash, record } => credentials::put_token(lease, hash, &record).await?,
            Piece::Key { secret, record } => {
                credentials::put_key(lease, secret.as_ref(), &record).await?;
            }
            Piece::Signature { hash, until } => {
                let parameters = [bytes(hash.as_slice()), int(until)];
                // Not a parameter of `NOTE_SIGNATURE`'s rules: it is a new table.
                lease.change(sql::NOTE_SIGNATURE, &parameters).await?;
            }
            Piece::Audit(record) => audit::put(lease, &record).await?,
            Piece::End => {
                lease.query(sql::NUMBER_ON, &[]).await?;
                if let Some(origin) = origin {
                    record(lease, origin, &deeds::filled(&contents)).await?;
                }
                return Ok(contents);
            }
        }
    }
    Err(incomplete("it has no end"))
}

async fn put_function(lease: &Lease, id: i64, function: &FunctionPiece) -> Result<(), Failure> {
    let published = function.published.as_ref().map(|print| print.0.as_slice());
    let parameters = [
        int(id),
        text(&function.key.project),
        text(&function.key.package),
        text(&function.key.name),
        bytes(published),
        int(function.last_generated),
    ];
    lease.change(sql::PUT_FUNCTION, &parameters).await?;
    put_working_copy(
        lease,
        id,
        function.code,
        function.fingerprint,
        &function.metadata,
    )
    .await
}

async fn put_version(lease: &Lease, function: i64, version: &VersionPiece) -> Result<(), Failure> {
    let position = i64::try_from(version.position).unwrap_or(i64::MAX);
    let code = version.code.as_ref().map(<[u8; 64]>::as_slice);
    let parameters = [
        int(function),
        int(position),
        text(&version.name),
        bytes(code),
        text(&version.metadata),
    ];
    let next = position.saturating_add(1);
    let counted = [int(function), int(1_i64), int(next)];
    // Sent together, carried out one after the other.
    let (added, counted) = tokio::join!(
        biased;
        lease.change(sql::ADD_VERSION, &parameters),
        lease.change(sql::NEXT_POSITION, &counted),
    );
    added?;
    counted.map(drop)
}

async fn put_deleted(
    lease: &Lease,
    function: i64,
    position: u64,
    name: &str,
) -> Result<(), Failure> {
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    let parameters = [int(function), text(name), int(position)];
    let next = position.saturating_add(1);
    let counted = [int(function), int(0_i64), int(next)];
    let (added, counted) = tokio::join!(
        biased;
        lease.change(sql::PUT_DELETED, &parameters),
        lease.change(sql::NEXT_POSITION, &counted),
    );
    added?;
    counted.map(drop)
}

/// The database checks its own structures; what is looked at here is whether the triggers are in
/// force that keep what was published.
pub(super) async fn integrity(lease: &Lease) -> Result<Vec<String>, Failure> {
    let rows = lease.query(sql::TRIGGERS, &[]).await?;
    let there: Vec<String> = rows
        .iter()
        .map(|row| get(row, 0))
        .collect::<Result<_, _>>()?;
    Ok(TRIGGERS
        .iter()
        .filter(|name| !there.iter().any(|there| there == *name))
        .map(|name| format!("the trigger {name} is missing or disabled"))
        .collect())
}
