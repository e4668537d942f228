//! Rust text from the intermediate representation.

pub(crate) mod client;
pub(crate) mod document;
pub(crate) mod server;
mod text;
pub(crate) mod types;

pub(crate) use text::{allowances, docs, format, ident, rustdoc_only, template};
