//! The store on PostgreSQL, for many replicas of the service on one database.
//!
//! A connection pooler may sit in between, in transaction mode: every statement is sent unnamed and
//! with its types, nothing is left in a session, locks are those of a transaction, and names are
//! qualified. What is used beside plain SQL: identity columns, `ON CONFLICT`, `RETURNING`,
//! `FOR UPDATE`, `SKIP LOCKED`, partial indexes, `SET LOCAL`, and triggers in PL/pgSQL, which keep
//! what was published.

mod administration;
mod audit;
mod connect;
mod credentials;
mod migrate;
mod publish;
mod row;
mod session;
mod sql;
mod transfer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::Timestamp;

pub(crate) use self::connect::is_local;
use self::row::{count, get, int, text};
use self::session::{Failure, Lease, repeating, within};
use super::url::PostgresUrl;
use super::{FunctionId, PoolUse, PublishError, Published, Store, StoreError};
use crate::auth::{Grant, KeyGrant, TokenHash};
use crate::domain::{FunctionKey, Page, PageRange, PageWriter, Publication};

/// Settings of the connections to a database.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Whether a database without the service's schema gets it, and one of an earlier release is
    /// brought up to date.
    pub migrate: bool,
    /// The greatest number of connections.
    pub connections: usize,
    /// How long to wait for a connection to be made.
    pub connect_timeout: Duration,
    /// How long to wait for one that is free.
    pub wait_timeout: Duration,
    /// How long an operation of serving may take.
    pub timeout: Duration,
}

impl Default for PostgresOptions {
    /// Migrates; 16 connections; 5 seconds to connect and to wait, 10 for an operation.
    fn default() -> Self {
        Self {
            migrate: true,
            connections: 16,
            connect_timeout: Duration::from_secs(5),
            wait_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
        }
    }
}

/// A store in the schema `functiongraphd` of a PostgreSQL database. Other processes may use the same
/// one at the same time.
#[derive(Clone, Debug)]
pub struct PostgresStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Pool,
    /// The URL without its password: what errors call the store.
    name: String,
    options: PostgresOptions,
    format: i64,
}

impl PostgresStore {
    /// Connects, and brings the database up to date.
    ///
    /// # Errors
    /// A database that cannot be reached or does not let the user in, that acknowledges before it
    /// syncs, or that a later release has written.
    pub async fn open(url: &PostgresUrl, options: PostgresOptions) -> Result<Self, StoreError> {
        let name = url.to_string();
        let pool = connect::pool(url, &options)?;
        let format = Self::prepare(&pool, &name, options.migrate)
            .await
            .map_err(|failure| failure.named(&name))?;
        Ok(Self(Arc::new(Inner {
            pool,
            name,
            options,
            format,
        })))
    }

    async fn prepare(pool: &Pool, name: &str, migrate: bool) -> Result<i64, Failure> {
        let lease = Lease::take(pool, name).await?;
        connect::check_settings(&lease, name).await?;
        let found = migrate::format(&lease).await?;
        lease.release();
        let supported = migrate::FORMAT;
        if found > supported {
            return Err(Failure::Store(StoreError::Newer {
                store: name.into(),
                found,
                supported,
            }));
        }
        if found < supported {
            if !migrate {
                let store = name.to_owned();
                return Err(Failure::Store(match found {
                    0 => StoreError::Missing { store },
                    _ => StoreError::Older {
                        store,
                        found,
                        needed: supported,
                    },
                }));
            }
            migrate::migrate(pool, name).await?;
        }
        Ok(found)
    }

    /// The format that the database had when it was opened; 0 for one without the service's schema.
    pub fn format_at_open(&self) -> i64 {
        self.0.format
    }

    /// A connection.
    async fn lease(&self) -> Result<Lease, Failure> {
        Ok(Lease::take(&self.0.pool, &self.0.name).await?)
    }

    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        within(self.0.options.timeout, &self.0.name, work)
            .await
            .map_err(|failure| failure.named(&self.0.name))
    }
}

impl Store for PostgresStore {
    async fn grant(&self, token: TokenHash, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            let grant = credentials::grant(&lease, token, now).await?;
            lease.release();
            Ok(grant)
        })
        .await
    }

    async fn key(&self, access: &str, now: Timestamp) -> Result<Option<KeyGrant>, StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            let key = credentials::key(&lease, access, now).await?;
            lease.release();
            Ok(key)
        })
        .await
    }

    async fn note_signature(
        &self,
        signature: [u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            let first = credentials::note_signature(&lease, signature, until, now).await?;
            lease.release();
            Ok(first)
        })
        .await
    }

    async fn function(&self, key: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            let asked = [text(&key.project), text(&key.package), text(&key.name)];
            let row = lease.find(sql::FUNCTION, &asked).await?;
            lease.release();
            let id = row.map(|row| get(&row, 0)).transpose()?;
            Ok(id.map(FunctionId))
        })
        .await
    }

    async fn has_version(&self, function: FunctionId, name: &str) -> Result<bool, StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            let asked = [int(function.0), text(name)];
            let row = lease.find(sql::HAS_VERSION, &asked).await?;
            lease.release();
            Ok(row.is_some())
        })
        .await
    }

    async fn page(
        &self,
        function: FunctionId,
        range: PageRange,
    ) -> Result<Option<Page>, StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            let page = read_page(&lease, function, range).await?;
            lease.release();
            Ok(page)
        })
        .await
    }

    async fn publish(
        &self,
        function: FunctionId,
        publication: Publication,
    ) -> Result<Published, PublishError> {
        let store = self.clone();
        // A task of its own, so that a caller who leaves does not cost a connection.
        let task = tokio::spawn(async move {
            let work = repeating(|| publish::publish(&store, function, &publication));
            let outcome = within(store.0.options.timeout, &store.0.name, work).await;
            publish::answer(outcome, &store.0.name)
        });
        task.await.map_err(StoreError::internal)?
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.within(async {
            let lease = self.lease().await?;
            lease.find(sql::READY, &[]).await?;
            lease.release();
            Ok(())
        })
        .await
    }

    fn pool(&self) -> PoolUse {
        let status = self.0.pool.status();
        PoolUse {
            idle: status.available,
            busy: status.size.saturating_sub(status.available),
        }
    }

    async fn close(&self) {
        self.0.pool.close();
    }
}

async fn read_page(
    lease: &Lease,
    function: FunctionId,
    range: PageRange,
) -> Result<Option<Page>, Failure> {
    // No position is greater than what an offset may be.
    let marker = i64::try_from(range.marker).unwrap_or(i64::MAX);
    let room = match range.marker {
        0 => i64::from(range.limit) - 1,
        _ => i64::from(range.limit),
    };
    let asked = [int(function.0), int(marker), int(room)];
    let rows = lease.query(sql::PAGE, &asked).await?;
    let Some((first, versions)) = rows.split_first() else {
        return Ok(None);
    };
    let mut page = PageWriter::new(range);
    if let Some(latest) = get::<Option<&str>>(first, 2)? {
        page.push(0, latest);
    }
    for row in versions {
        page.push(count(row, 0)?, get(row, 2)?);
    }
    Ok(Some(page.finish(count(first, 1)?)))
}
