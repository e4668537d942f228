//! What the service keeps: functions, their versions, credentials, and who changed what.
//!
//! [`Store`] is what serving needs of storage, [`Administration`] what the administrator's commands
//! need beside it. Every implementation applies the rules of [`crate::domain`] inside a transaction
//! of its own, and passes the suite of the crate's integration tests. No store asks for the time: it
//! comes in with what is asked.

mod any;
mod deeds;
mod error;
pub mod postgres;
mod record;
pub mod sqlite;
mod transfer;
mod url;

use std::future::Future;

pub use any::{AnyStore, OpenOptions};
pub use error::{ImportError, PublishError, StoreError};
use jiff::Timestamp;
pub use record::{
    Added, CodeSummary, CodeUpdate, FunctionDetail, FunctionFilter, FunctionId, FunctionSummary,
    ImportMode, Imported, KeyRecord, NewKey, NewToken, PoolUse, Published, Revocation, TokenRecord,
    VersionDeletion,
};
use tokio::sync::mpsc;
pub(crate) use transfer::transfer;
pub use transfer::{CodePiece, Contents, FunctionPiece, Piece, VersionPiece};
pub use url::{InvalidStoreUrl, PostgresUrl, StoreUrl};

use crate::auth::{CredentialId, Grant, KeyGrant, TokenHash};
use crate::domain::{
    AuditRecord, FunctionKey, Origin, Page, PageRange, Publication, StoredCode, WorkingCopy,
};

/// Storage as serving needs it.
///
/// Everything a method changes is durable when it answers: on disk, not in a cache that a loss of
/// power empties. Methods that read see what every earlier answer acknowledged, from this process
/// or another.
pub trait Store: Send + Sync + 'static {
    /// What a token grants at `now`; `None` for one that is unknown, expired or revoked.
    fn grant(
        &self,
        token: TokenHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Grant>, StoreError>> + Send;

    /// What an access key grants at `now`, with its secret; `None` for one that is unknown, expired
    /// or revoked.
    fn key(
        &self,
        access: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<KeyGrant>, StoreError>> + Send;

    /// Notes that a signature was seen, and answers whether that was the first time. It is
    /// remembered until `until` at least, after which it is pruned.
    fn note_signature(
        &self,
        signature: [u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

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

    /// Publishes the working copy, and records it in the audit in the same transaction.
    ///
    /// A future that is dropped before it answers may or may not have published.
    fn publish(
        &self,
        function: FunctionId,
        publication: Publication,
    ) -> impl Future<Output = Result<Published, PublishError>> + Send;

    /// Whether the store can be read at present.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What its connections to the database are doing.
    fn pool(&self) -> PoolUse {
        PoolUse::default()
    }

    /// Finishes what was begun and lets go of the store. Later calls answer
    /// [`StoreError::Closed`].
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// Storage as an administrator needs it, while the service runs or not.
///
/// Every change is recorded in the audit, in the transaction that makes it; what changes nothing is
/// not.
pub trait Administration: Store {
    /// Imports working copies, all or none; one outcome for each, in order. Published versions are
    /// never touched.
    fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
        origin: Origin,
    ) -> impl Future<Output = Result<Vec<Imported>, ImportError>> + Send;

    /// Gives a working copy other code: its `digest`, `code_size` and `last_modified` follow.
    fn update_code(
        &self,
        key: &FunctionKey,
        code: StoredCode,
        origin: Origin,
    ) -> impl Future<Output = Result<CodeUpdate, StoreError>> + Send;

    /// Deletes a published version; its position stays empty and its name stays used.
    fn delete_version(
        &self,
        key: &FunctionKey,
        name: &str,
        origin: Origin,
    ) -> impl Future<Output = Result<VersionDeletion, StoreError>> + Send;

    /// At most `limit` functions after `after`, in the order of their keys.
    fn functions(
        &self,
        filter: FunctionFilter,
        after: Option<&FunctionKey>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<FunctionSummary>, StoreError>> + Send;

    /// A function with its working copy.
    fn function_detail(
        &self,
        key: &FunctionKey,
    ) -> impl Future<Output = Result<Option<FunctionDetail>, StoreError>> + Send;

    /// The code of a published version, or with no name that of the working copy; `None` where
    /// there is no such version, or no code was imported.
    fn code(
        &self,
        function: FunctionId,
        version: Option<&str>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Adds a token.
    fn add_token(
        &self,
        token: NewToken,
        origin: Origin,
    ) -> impl Future<Output = Result<Added<TokenRecord>, StoreError>> + Send;

    /// The tokens of a project, or all: expired and revoked ones too, in the order of their
    /// identifiers.
    fn tokens(
        &self,
        project: Option<&str>,
    ) -> impl Future<Output = Result<Vec<TokenRecord>, StoreError>> + Send;

    /// Revokes a token, from the next request on.
    fn revoke_token(
        &self,
        id: &CredentialId,
        origin: Origin,
    ) -> impl Future<Output = Result<Revocation<TokenRecord>, StoreError>> + Send;

    /// Adds an access key.
    fn add_key(
        &self,
        key: NewKey,
        origin: Origin,
    ) -> impl Future<Output = Result<Added<KeyRecord>, StoreError>> + Send;

    /// The access keys of a project, or all: expired and revoked ones too, in their order.
    fn keys(
        &self,
        project: Option<&str>,
    ) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send;

    /// Revokes an access key, from the next request on, and forgets its secret.
    fn revoke_key(
        &self,
        access: &str,
        origin: Origin,
    ) -> impl Future<Output = Result<Revocation<KeyRecord>, StoreError>> + Send;

    /// At most `limit` records of the audit after the one numbered `after`, of a project or all, in
    /// their order; 0 begins at the first.
    fn audit(
        &self,
        after: u64,
        limit: u32,
        project: Option<&str>,
    ) -> impl Future<Output = Result<Vec<AuditRecord>, StoreError>> + Send;

    /// Sends everything that the store holds, all as it is at one moment, while others write.
    fn export(
        &self,
        sink: mpsc::Sender<Piece>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes everything that another store held, all or nothing, and with an origin records that.
    ///
    /// Fails with [`StoreError::NotEmpty`] where the store has anything in it, and with
    /// [`StoreError::Incomplete`] where what comes does not fit together or has no end.
    fn fill(
        &self,
        source: mpsc::Receiver<Piece>,
        origin: Option<Origin>,
    ) -> impl Future<Output = Result<Contents, StoreError>> + Send;

    /// What the database finds wrong with its own structures; nothing where all is well.
    fn integrity(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// The format of the store.
    fn format(&self) -> impl Future<Output = Result<i64, StoreError>> + Send;
}
