//! The audit.

use tokio_postgres::Row;

use super::row::{Unreadable, count, get, int, named, text, time};
use super::session::{Failure, Lease};
use super::sql;
use crate::domain::{Actor, AuditRecord, Deed, Origin};

/// Records what was done; the transaction that it happens in is the one of the deed.
pub(super) async fn record(lease: &Lease, origin: &Origin, deed: &Deed) -> Result<(), Failure> {
    let parameters = &[
        int(origin.at.as_microsecond()),
        text(origin.actor.kind.as_str()),
        text(&origin.actor.id),
        text(deed.action.as_str()),
        text(&deed.project),
        text(&deed.subject),
        text(&origin.request_id),
        text(&deed.detail),
    ];
    lease.change(sql::RECORD, parameters).await.map(drop)
}

/// Puts a record there as it was.
pub(super) async fn put(lease: &Lease, record: &AuditRecord) -> Result<(), Failure> {
    let id = i64::try_from(record.id).unwrap_or(i64::MAX);
    let (origin, deed) = (&record.origin, &record.deed);
    let parameters = &[
        int(id),
        int(origin.at.as_microsecond()),
        text(origin.actor.kind.as_str()),
        text(&origin.actor.id),
        text(deed.action.as_str()),
        text(&deed.project),
        text(&deed.subject),
        text(&origin.request_id),
        text(&deed.detail),
    ];
    lease.change(sql::PUT_RECORD, parameters).await.map(drop)
}

/// Records after a number, of a project or all.
pub(super) async fn read(
    lease: &Lease,
    after: u64,
    limit: u32,
    project: Option<&str>,
) -> Result<Vec<AuditRecord>, Failure> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = match project {
        None => lease.query(sql::AUDIT, &[int(after), int(limit)]).await?,
        Some(project) => {
            let parameters = &[int(after), int(limit), text(project)];
            lease.query(sql::AUDIT_OF_PROJECT, parameters).await?
        }
    };
    Ok(rows.iter().map(of_row).collect::<Result<_, _>>()?)
}

pub(super) fn of_row(row: &Row) -> Result<AuditRecord, Unreadable> {
    Ok(AuditRecord {
        id: count(row, 0)?,
        origin: Origin {
            at: time(row, 1)?,
            actor: Actor {
                kind: named(row, 2)?,
                id: get(row, 3)?,
            },
            request_id: get(row, 7)?,
        },
        deed: Deed {
            action: named(row, 4)?,
            project: get(row, 5)?,
            subject: get(row, 6)?,
            detail: get(row, 8)?,
        },
    })
}
