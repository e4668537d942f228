//! What the service keeps: functions, their versions, and tokens.
//!
//! [`Store`] is what the rest of the service knows of storage. Every implementation applies the rules
//! of [`crate::domain`] inside a transaction of its own, and passes the suite of the crate's
//! integration tests.

mod error;
pub mod sqlite;
mod url;

use std::future::Future;

pub use error::{ImportError, PublishError, StoreError};
pub use url::{InvalidStoreUrl, StoreUrl};

use crate::auth::{Grant, TokenHash};
use crate::domain::{FunctionKey, Page, PageRange, Publication, VersionName, WorkingCopy};
use sqlite::SqliteStore;

/// A function in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FunctionId(i64);

/// A version that was published and is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its name.
    pub name: VersionName,
    /// Its offset among the function's versions, from 1.
    pub position: u64,
    /// The version as JSON text, byte for byte what the list shows from now on.
    pub json: String,
}

/// What an import did with one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It is new.
    Created,
    /// It was there already, the same.
    Unchanged,
    /// Its working copy was replaced.
    Updated,
}

/// How an import goes about functions that are there and differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// They are an error.
    CreateOnly,
    /// Their working copies are replaced.
    Update,
}

/// What became of a token that was to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddedToken {
    /// It is new.
    Added,
    /// It was there already, for the same project and role.
    Unchanged,
    /// It is there for another project or role, and was left so.
    Differs(Grant),
}

/// Storage of functions, versions and tokens.
///
/// Everything a method changes is durable when it answers: on disk, not in a cache that a loss of
/// power empties. Methods that read see what every earlier answer acknowledged, from this process
/// or another.
pub trait Store: Send + Sync + 'static {
    /// What a token grants; `None` for an unknown one.
    fn grant(
        &self,
        token: TokenHash,
    ) -> impl Future<Output = Result<Option<Grant>, StoreError>> + Send;

    /// Adds a token.
    fn add_token(
        &self,
        token: TokenHash,
        grant: Grant,
    ) -> impl Future<Output = Result<AddedToken, StoreError>> + Send;

    /// The function with this key.
    fn function(
        &self,
        key: &FunctionKey,
    ) -> impl Future<Output = Result<Option<FunctionId>, StoreError>> + Send;

    /// Whether a function has a published version of this name.
    fn has_version(
        &self,
        function: FunctionId,
        name: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A page of a function's versions, all read at one moment; `None` where there is no such
    /// function.
    fn page(
        &self,
        function: FunctionId,
        range: PageRange,
    ) -> impl Future<Output = Result<Option<Page>, StoreError>> + Send;

    /// Publishes the working copy.
    ///
    /// A future that is dropped before it answers may or may not have published.
    fn publish(
        &self,
        function: FunctionId,
        publication: Publication,
    ) -> impl Future<Output = Result<Published, PublishError>> + Send;

    /// Imports working copies, all or none; one outcome for each, in order. Published versions are
    /// never touched.
    fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
    ) -> impl Future<Output = Result<Vec<Imported>, ImportError>> + Send;

    /// Deletes a published version; its position stays empty and its name stays used. Answers
    /// whether there was one.
    fn delete_version(
        &self,
        function: FunctionId,
        name: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The code of a published version, or with no name that of the working copy; `None` where
    /// there is no such version, or no code was imported.
    fn code(
        &self,
        function: FunctionId,
        version: Option<&str>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Whether the store can be read at present.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Finishes what was begun and lets go of the store. Later calls may answer
    /// [`StoreError::Closed`].
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A store of any kind, by its URL.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyStore {
    /// One file.
    Sqlite(SqliteStore),
}

impl AnyStore {
    /// Opens the store that a URL names. A SQLite file that is missing is made; one of an earlier
    /// release is brought up to date.
    ///
    /// # Errors
    /// A store that cannot be reached, is not one, is damaged, read-only or of a later release.
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                let path = path.clone();
                tokio::task::spawn_blocking(move || SqliteStore::open(&path))
                    .await
                    .map_err(StoreError::internal)?
                    .map(Self::Sqlite)
            }
        }
    }
}

/// Calls the method of whichever store it is.
macro_rules! dispatch {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Sqlite($store) => $call,
        }
    };
}

impl Store for AnyStore {
    async fn grant(&self, token: TokenHash) -> Result<Option<Grant>, StoreError> {
        dispatch!(self, store => store.grant(token).await)
    }

    async fn add_token(&self, token: TokenHash, grant: Grant) -> Result<AddedToken, StoreError> {
        dispatch!(self, store => store.add_token(token, grant).await)
    }

    async fn function(&self, key: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        dispatch!(self, store => store.function(key).await)
    }

    async fn has_version(&self, function: FunctionId, name: &str) -> Result<bool, StoreError> {
        dispatch!(self, store => store.has_version(function, name).await)
    }

    async fn page(
        &self,
        function: FunctionId,
        range: PageRange,
    ) -> Result<Option<Page>, StoreError> {
        dispatch!(self, store => store.page(function, range).await)
    }

    async fn publish(
        &self,
        function: FunctionId,
        publication: Publication,
    ) -> Result<Published, PublishError> {
        dispatch!(self, store => store.publish(function, publication).await)
    }

    async fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
    ) -> Result<Vec<Imported>, ImportError> {
        dispatch!(self, store => store.import(copies, mode).await)
    }

    async fn delete_version(&self, function: FunctionId, name: &str) -> Result<bool, StoreError> {
        dispatch!(self, store => store.delete_version(function, name).await)
    }

    async fn code(
        &self,
        function: FunctionId,
        version: Option<&str>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        dispatch!(self, store => store.code(function, version).await)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        dispatch!(self, store => store.ready().await)
    }

    async fn close(&self) {
        dispatch!(self, store => store.close().await);
    }
}
