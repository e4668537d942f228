//! Bringing a store up to date.

use crate::store::{Administration as _, AnyStore, OpenOptions, Store as _, StoreError, StoreUrl};

/// What became of a store that was to be brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Its format before; 0 for one that was made.
    pub from: i64,
    /// Its format now.
    pub to: i64,
}

/// Makes a store that is missing, and brings one of an earlier release up to date.
///
/// # Errors
/// What the store reports, a format of a later release among it.
pub async fn migrate(url: &StoreUrl) -> Result<Migrated, StoreError> {
    let store = AnyStore::open_with(url, OpenOptions::default()).await?;
    let to = store.format().await;
    let from = store.format_at_open();
    store.close().await;
    Ok(Migrated { from, to: to? })
}
