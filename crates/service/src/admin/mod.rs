//! What an administrator does, offline on the store: the service may run meanwhile.

mod check;
mod credential;
mod import;
mod migrate;
mod transfer;

pub use check::{Checked, check};
pub use credential::{KeyFailure, KeyRequest, TokenFailure, TokenRequest, add_key, add_token};
pub use import::{ImportFailure, ImportProgress, ImportedFile, Problem, import, import_texts};
pub use migrate::{Migrated, migrate};
pub use transfer::{TransferError, backup, copy, restore};
