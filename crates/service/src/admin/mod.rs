//! What an administrator does, offline on the store: the service may run meanwhile.

mod credential;
mod import;

pub use credential::{KeyFailure, KeyRequest, TokenFailure, TokenRequest, add_key, add_token};
pub use import::{ImportFailure, ImportProgress, ImportedFile, Problem, import, import_texts};
