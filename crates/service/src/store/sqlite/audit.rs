//! The audit.

use rusqlite::{Connection, Row};

use super::row::{named, time};
use super::sql;
use crate::domain::{Actor, AuditRecord, Deed, Origin};

/// Records what was done; the transaction that it happens in is the one of the deed.
pub(super) fn record(
    connection: &Connection,
    origin: &Origin,
    deed: &Deed,
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::RECORD)?.execute((
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

/// Records after a number, of a project or all.
pub(super) fn read(
    connection: &Connection,
    after: i64,
    limit: u32,
    project: Option<&str>,
) -> rusqlite::Result<Vec<AuditRecord>> {
    match project {
        None => connection
            .prepare_cached(sql::AUDIT)?
            .query_map((after, limit), of_row)?
            .collect(),
        Some(project) => connection
            .prepare_cached(sql::AUDIT_OF_PROJECT)?
            .query_map((after, limit, project), of_row)?
            .collect(),
    }
}

pub(super) fn of_row(row: &Row<'_>) -> rusqlite::Result<AuditRecord> {
    Ok(AuditRecord {
        id: row.get::<_, i64>(0)?.unsigned_abs(),
        origin: Origin {
            at: time(row, 1)?,
            actor: Actor {
                kind: named(row, 2)?,
                id: row.get(3)?,
            },
            request_id: row.get(7)?,
        },
        deed: Deed {
            action: named(row, 4)?,
            project: row.get(5)?,
            subject: row.get(6)?,
            detail: row.get(8)?,
        },
    })
}
