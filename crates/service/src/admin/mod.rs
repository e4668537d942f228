//! What an administrator does, offline on the store: the service may run meanwhile.

mod import;
mod token;

pub use import::{ImportFailure, ImportedFile, Problem, import, import_texts};
pub use token::{TokenFailure, add_token};
