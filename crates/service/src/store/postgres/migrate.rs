//! Bringing the database to the present format.

use std::time::Duration;

use deadpool_postgres::Pool;
use tokio_postgres::error::SqlState;

use super::row::get;
use super::session::{Failure, Lease};
use super::sql;
use crate::store::StoreError;

/// Migrations by format: the first makes format 1 of an empty schema.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001.sql")];

/// The format that this release writes.
#[allow(clippy::cast_possible_wrap)]
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// How often a migration is begun again that another process got in the way of.
const ATTEMPTS: u32 = 20;

/// Where the format stands. Many may do this at once: whoever comes later finds it done.
const FOUNDATION: &str = "CREATE SCHEMA IF NOT EXISTS functiongraphd;
 CREATE TABLE IF NOT EXISTS functiongraphd.format (
     id BIGINT PRIMARY KEY CHECK (id = 1),
     format BIGINT NOT NULL CHECK (format >= 0)
 );
 INSERT INTO functiongraphd.format (id, format) VALUES (1, 0) ON CONFLICT DO NOTHING";

/// The format that the database has; 0 where there is nothing yet.
pub(super) async fn format(lease: &Lease) -> Result<i64, Failure> {
    let there = lease
        .find(
            "SELECT 1 FROM information_schema.tables
             WHERE table_schema = 'functiongraphd' AND table_name = 'format'",
            &[],
        )
        .await?;
    if there.is_none() {
        return Ok(0);
    }
    match lease.find(sql::READY, &[]).await? {
        Some(row) => Ok(get(&row, 0)?),
        None => Ok(0),
    }
}

/// Brings the database to the present format, all or nothing. Safe where many processes do it at
/// once.
pub(super) async fn migrate(pool: &Pool, store: &str) -> Result<(), Failure> {
    for number in 1_u32.. {
        let lease = Lease::take(pool, store).await?;
        match migrate_once(lease, store).await {
            Err(Failure::Database(error)) if number < ATTEMPTS && another_was_faster(&error) => {
                tokio::time::sleep(Duration::from_millis(u64::from(10 * number))).await;
            }
            outcome => return outcome,
        }
    }
    Ok(())
}

async fn migrate_once(lease: Lease, store: &str) -> Result<(), Failure> {
    lease.begin().await?;
    lease.run(FOUNDATION).await?;
    // A lock of the transaction, since one of the session would outlive it behind a pooler.
    let found = match lease.find(sql::LOCK_FORMAT, &[]).await? {
        Some(row) => get::<i64>(&row, 0)?,
        None => 0,
    };
    if found > FORMAT {
        lease.roll_back().await;
        return Err(Failure::Store(StoreError::Newer {
            store: store.into(),
            found,
            supported: FORMAT,
        }));
    }
    for (format, migration) in (1_i64..).zip(MIGRATIONS) {
        if format > found {
            lease.run(migration).await?;
            tracing::info!(store, format, "the store was brought to a new format");
        }
    }
    lease
        .run(&format!(
            "UPDATE functiongraphd.format SET format = {FORMAT}"
        ))
        .await?;
    lease.commit().await
}

/// Whether another process made the same at the same moment.
fn another_was_faster(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_SCHEMA,
            SqlState::DUPLICATE_TABLE,
            SqlState::LOCK_NOT_AVAILABLE,
            // A row of the catalogue that another transaction changed.
            SqlState::INTERNAL_ERROR,
        ]
        .contains(code)
    })
}
