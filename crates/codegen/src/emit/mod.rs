//! Rust text from the intermediate representation.

mod builders;
pub(crate) mod client;
pub(crate) mod document;
mod example;
mod items;
mod mock;
mod runtime;
pub(crate) mod server;
mod text;
pub(crate) mod types;
pub(crate) mod words;

#[cfg(test)]
pub(crate) use text::HEADER;
pub(crate) use text::{
    allowances, docs, document_allowances, format, ident, rustdoc_only, template,
};
