//! Connections, and what goes wrong with them.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use deadpool_postgres::{Client, Object, Pool, PoolError, TimeoutType};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::row::{Param, Unreadable};
use super::sql;
use crate::store::StoreError;

/// How often a transaction is begun again that stood in another one's way.
const ATTEMPTS: u32 = 8;

/// What a statement can fail with.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database, or the way to it.
    Database(tokio_postgres::Error),
    /// What it answered.
    Unreadable(Unreadable),
    /// The store's own words.
    Store(StoreError),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// Whether the transaction only stood in another one's way, so that it can be begun again.
    pub(super) fn may_be_repeated(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        error.code().is_some_and(|code| {
            [
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::UNIQUE_VIOLATION,
                SqlState::FOREIGN_KEY_VIOLATION,
            ]
            .contains(code)
        })
    }

    /// The store's error.
    pub(super) fn named(self, store: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Unreadable(error) => StoreError::Damaged {
                store: store.into(),
                reason: format!(
                    "{error}: {}",
                    error.source().map(ToString::to_string).unwrap_or_default()
                ),
            },
            Self::Database(error) => translate(store, error),
        }
    }
}

/// Names what the database reports.
pub(super) fn translate(store: &str, error: tokio_postgres::Error) -> StoreError {
    let store = store.to_owned();
    let Some(reported) = error.as_db_error() else {
        // Nothing that the database said: the way to it.
        let reason = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        return StoreError::Unreachable { store, reason };
    };
    let reason = reported.message().to_owned();
    let code = reported.code();
    match code.code() {
        "53100" => StoreError::Full { store },
        "25006" => StoreError::ReadOnly { store },
        "55P03" | "57014" | "40001" | "40P01" | "25P03" => StoreError::Busy { store },
        "42501" | "3D000" | "57P03" if code != &SqlState::CANNOT_CONNECT_NOW => {
            StoreError::Denied { store, reason }
        }
        "XX001" | "XX002" => StoreError::Damaged { store, reason },
        "42P01" | "3F000" | "42703" => StoreError::Damaged { store, reason },
        other => match &other[..2] {
            // Connections, resources, and a server that stops or starts.
            "08" | "53" | "57" => StoreError::Unreachable { store, reason },
            "28" => StoreError::Denied { store, reason },
            _ => StoreError::internal(error),
        },
    }
}

/// A connection in use. It goes back to the pool only when nothing is under way on it any more:
/// when it is dropped in the middle of something, it is closed.
pub(super) struct Lease(Option<Client>);

impl Lease {
    /// Waits for a connection.
    pub(super) async fn take(pool: &Pool, store: &str) -> Result<Self, StoreError> {
        let client = pool.get().await.map_err(|error| match error {
            PoolError::Closed => StoreError::Closed,
            PoolError::Backend(error) => translate(store, error),
            PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy {
                store: store.into(),
            },
            PoolError::Timeout(_) => StoreError::Unreachable {
                store: store.into(),
                reason: "it does not answer in time".into(),
            },
            other => StoreError::internal(other),
        })?;
        Ok(Self(Some(client)))
    }

    /// The connection.
    pub(super) fn client(&self) -> Result<&tokio_postgres::Client, StoreError> {
        match &self.0 {
            Some(client) => Ok(client),
            None => Err(StoreError::Closed),
        }
    }

    /// Runs a statement.
    pub(super) async fn query(
        &self,
        statement: &str,
        parameters: &[Param<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let client = self.client()?;
        Ok(client.query_typed(statement, &borrowed(parameters)).await?)
    }

    /// Runs a statement that answers one row or none.
    pub(super) async fn find(
        &self,
        statement: &str,
        parameters: &[Param<'_>],
    ) -> Result<Option<Row>, Failure> {
        Ok(self.query(statement, parameters).await?.into_iter().next())
    }

    /// Runs a statement that answers how many rows it changed.
    pub(super) async fn change(
        &self,
        statement: &str,
        parameters: &[Param<'_>],
    ) -> Result<u64, Failure> {
        let client = self.client()?;
        Ok(client
            .execute_typed(statement, &borrowed(parameters))
            .await?)
    }

    /// Runs statements without parameters.
    pub(super) async fn run(&self, statements: &str) -> Result<(), Failure> {
        Ok(self.client()?.batch_execute(statements).await?)
    }

    /// Begins a transaction that changes something.
    pub(super) async fn begin(&self) -> Result<(), Failure> {
        self.run(sql::BEGIN).await
    }

    /// Commits, and gives the connection back.
    pub(super) async fn commit(self) -> Result<(), Failure> {
        self.run("COMMIT").await?;
        self.release();
        Ok(())
    }

    /// Leaves everything as it was, and gives the connection back.
    pub(super) async fn roll_back(self) {
        // Where this fails the connection is closed, which does the same.
        if self.run("ROLLBACK").await.is_ok() {
            self.release();
        }
    }

    /// Gives the connection back, on which nothing is under way.
    pub(super) fn release(mut self) {
        drop(self.0.take());
    }
}

/// Parameters as the library takes them.
fn borrowed<'a>(parameters: &'a [Param<'_>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    parameters
        .iter()
        .map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone()))
        .collect()
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            // Out of the pool, and closed.
            drop(Object::take(client));
        }
    }
}

/// Does something within a time.
pub(super) async fn within<T>(
    time: Duration,
    store: &str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(time, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::Store(StoreError::Unreachable {
            store: store.into(),
            reason: "it does not answer in time".into(),
        })),
    }
}

/// Does something, and does it again where it stood in another transaction's way.
pub(super) async fn repeating<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    for number in 1_u32.. {
        match attempt().await {
            Err(failure) if failure.may_be_repeated() && number < ATTEMPTS => {
                // Whoever was in the way gets some time to be done.
                tokio::time::sleep(Duration::from_millis(u64::from(number * number))).await;
            }
            outcome => return outcome,
        }
    }
    Err(Failure::Store(StoreError::Closed))
}
