//! A store of any kind.

use std::future::Future;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::postgres::{PostgresOptions, PostgresStore};
use super::sqlite::{SqliteOptions, SqliteStore};
use super::{
    Added, Administration, CodeUpdate, Contents, FunctionDetail, FunctionFilter, FunctionId,
    FunctionSummary, ImportError, ImportMode, Imported, KeyRecord, NewKey, NewToken, Piece,
    PoolUse, PublishError, Published, Revocation, Store, StoreError, StoreUrl, TokenRecord,
    VersionDeletion,
};
use crate::auth::{CredentialId, Grant, KeyGrant, TokenHash};
use crate::domain::{
    AuditRecord, FunctionKey, Origin, Page, PageRange, Publication, StoredCode, WorkingCopy,
};

/// How a store is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Whether a store that is missing is made, and one of an earlier release is brought up to date;
    /// either is an error otherwise.
    pub migrate: bool,
    /// The settings of an SQLite file.
    pub sqlite: SqliteOptions,
    /// The settings of connections to PostgreSQL.
    pub postgres: PostgresOptions,
}

impl Default for OpenOptions {
    /// Migrates; the defaults of each kind of store.
    fn default() -> Self {
        Self {
            migrate: true,
            sqlite: SqliteOptions::default(),
            postgres: PostgresOptions::default(),
        }
    }
}

/// A store of any kind, by its URL. How long each operation of serving takes is recorded in the
/// histogram `functiongraphd_store_seconds`, with the operation as its label.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyStore {
    /// One file.
    Sqlite(SqliteStore),
    /// A PostgreSQL database.
    Postgres(PostgresStore),
}

impl AnyStore {
    /// Opens the store that a URL names. A SQLite file or a schema that is missing is made; one of an
    /// earlier release is brought up to date.
    ///
    /// # Errors
    /// A store that cannot be reached, is not one, is damaged, read-only or of a later release.
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        Self::open_with(url, OpenOptions::default()).await
    }

    /// As [`AnyStore::open`], with settings.
    ///
    /// # Errors
    /// As [`AnyStore::open`], and a store that is missing or of an earlier release where it is not to
    /// be made or brought up to date.
    pub async fn open_with(url: &StoreUrl, options: OpenOptions) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                let path = path.clone();
                let sqlite = SqliteOptions {
                    migrate: options.migrate && options.sqlite.migrate,
                    ..options.sqlite
                };
                tokio::task::spawn_blocking(move || SqliteStore::open_with(&path, sqlite))
                    .await
                    .map_err(StoreError::internal)?
                    .map(Self::Sqlite)
            }
            StoreUrl::Postgres(url) => {
                let postgres = PostgresOptions {
                    migrate: options.migrate && options.postgres.migrate,
                    ..options.postgres
                };
                PostgresStore::open(url, postgres).await.map(Self::Postgres)
            }
        }
    }

    /// The format that the store had when it was opened, before it was brought up to date; 0 for one
    /// that was made.
    pub fn format_at_open(&self) -> i64 {
        match self {
            Self::Sqlite(store) => store.format_at_open(),
            Self::Postgres(store) => store.format_at_open(),
        }
    }
}

/// Calls the method of whichever store it is.
macro_rules! dispatch {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Sqlite($store) => $call,
            Self::Postgres($store) => $call,
        }
    };
}

/// Records how long an operation took, whatever came of it.
async fn timed<T>(operation: &'static str, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let outcome = work.await;
    metrics::histogram!("functiongraphd_store_seconds", "operation" => operation)
        .record(start.elapsed().as_secs_f64());
    outcome
}

impl Store for AnyStore {
    async fn grant(&self, token: TokenHash, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        timed("grant", async {
            dispatch!(self, store => store.grant(token, now).await)
        })
        .await
    }

    async fn key(&self, access: &str, now: Timestamp) -> Result<Option<KeyGrant>, StoreError> {
        timed("key", async {
            dispatch!(self, store => store.key(access, now).await)
        })
        .await
    }

    async fn note_signature(
        &self,
        signature: [u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        timed("note_signature", async {
            dispatch!(self, store => store.note_signature(signature, until, now).await)
        })
        .await
    }

    async fn function(&self, key: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        timed("function", async {
            dispatch!(self, store => store.function(key).await)
        })
        .await
    }

    async fn has_version(&self, function: FunctionId, name: &str) -> Result<bool, StoreError> {
        timed("has_version", async {
            dispatch!(self, store => store.has_version(function, name).await)
        })
        .await
    }

    async fn page(
        &self,
        function: FunctionId,
        range: PageRange,
    ) -> Result<Option<Page>, StoreError> {
        timed("page", async {
            dispatch!(self, store => store.page(function, range).await)
        })
        .await
    }

    async fn publish(
        &self,
        function: FunctionId,
        publication: Publication,
    ) -> Result<Published, PublishError> {
        timed("publish", async {
            dispatch!(self, store => store.publish(function, publication).await)
        })
        .await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        dispatch!(self, store => store.ready().await)
    }

    fn pool(&self) -> PoolUse {
        dispatch!(self, store => store.pool())
    }

    async fn close(&self) {
        dispatch!(self, store => store.close().await);
    }
}

impl Administration for AnyStore {
    async fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
        origin: Origin,
    ) -> Result<Vec<Imported>, ImportError> {
        dispatch!(self, store => store.import(copies, mode, origin).await)
    }

    async fn update_code(
        &self,
        key: &FunctionKey,
        code: StoredCode,
        origin: Origin,
    ) -> Result<CodeUpdate, StoreError> {
        dispatch!(self, store => store.update_code(key, code, origin).await)
    }

    async fn delete_version(
        &self,
        key: &FunctionKey,
        name: &str,
        origin: Origin,
    ) -> Result<VersionDeletion, StoreError> {
        dispatch!(self, store => store.delete_version(key, name, origin).await)
    }

    async fn functions(
        &self,
        filter: FunctionFilter,
        after: Option<&FunctionKey>,
        limit: u32,
    ) -> Result<Vec<FunctionSummary>, StoreError> {
        dispatch!(self, store => store.functions(filter, after, limit).await)
    }

    async fn function_detail(
        &self,
        key: &FunctionKey,
    ) -> Result<Option<FunctionDetail>, StoreError> {
        dispatch!(self, store => store.function_detail(key).await)
    }

    async fn code(
        &self,
        function: FunctionId,
        version: Option<&str>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        dispatch!(self, store => store.code(function, version).await)
    }

    async fn add_token(
        &self,
        token: NewToken,
        origin: Origin,
    ) -> Result<Added<TokenRecord>, StoreError> {
        dispatch!(self, store => store.add_token(token, origin).await)
    }

    async fn tokens(&self, project: Option<&str>) -> Result<Vec<TokenRecord>, StoreError> {
        dispatch!(self, store => store.tokens(project).await)
    }

    async fn revoke_token(
        &self,
        id: &CredentialId,
        origin: Origin,
    ) -> Result<Revocation<TokenRecord>, StoreError> {
        dispatch!(self, store => store.revoke_token(id, origin).await)
    }

    async fn add_key(&self, key: NewKey, origin: Origin) -> Result<Added<KeyRecord>, StoreError> {
        dispatch!(self, store => store.add_key(key, origin).await)
    }

    async fn keys(&self, project: Option<&str>) -> Result<Vec<KeyRecord>, StoreError> {
        dispatch!(self, store => store.keys(project).await)
    }

    async fn revoke_key(
        &self,
        access: &str,
        origin: Origin,
    ) -> Result<Revocation<KeyRecord>, StoreError> {
        dispatch!(self, store => store.revoke_key(access, origin).await)
    }

    async fn audit(
        &self,
        after: u64,
        limit: u32,
        project: Option<&str>,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        dispatch!(self, store => store.audit(after, limit, project).await)
    }

    async fn export(&self, sink: mpsc::Sender<Piece>) -> Result<(), StoreError> {
        dispatch!(self, store => store.export(sink).await)
    }

    async fn fill(
        &self,
        source: mpsc::Receiver<Piece>,
        origin: Option<Origin>,
    ) -> Result<Contents, StoreError> {
        dispatch!(self, store => store.fill(source, origin).await)
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        dispatch!(self, store => store.integrity().await)
    }

    async fn format(&self) -> Result<i64, StoreError> {
        dispatch!(self, store => store.format().await)
    }
}
