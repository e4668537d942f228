//! Reads, lints, canonicalises and compares OpenAPI 3.0 documents.
//!
//! A document is loaded with the place of everything in it, so that every finding names file, line
//! and column, shows the line, and says what is wrong and what to do:
//!
//! ```
//! use functiongraph_contract::{Document, NoFiles};
//!
//! let text = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\npahts: {}\n";
//! let report = Document::parse("pets.yaml", text, &NoFiles).unwrap_err();
//! assert_eq!(
//!     report.diagnostics[1].render(false),
//!     "error[unknown-key]: `pahts` is not a key of an OpenAPI document in OpenAPI 3.0
//!  --> pets.yaml:3:1
//!   |
//! 3 | pahts: {}
//!   | ^^^^^
//!   |
//!   = help: did you mean `paths`?",
//! );
//! ```
//!
//! What is read is a [`Document`]: a typed view ([`model`]), the JSON value, and the places. It
//! exists only for a document that could be read without a finding. [`lint()`] holds it to the
//! [rules](Rule) that a contract has to keep to be generated from. [`canonical()`] brings documents
//! that say the same to one form, [`compare()`] tells what differs between two, and [`digest()`] names
//! a document by what it says.
//!
//! The crate knows nothing of Rust code, makes no network access, and reads no file but the
//! document and the example files beside it that it names. No input makes it panic or work without
//! [bounds](limits).

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod canonical;
mod compare;
mod decimal;
mod diagnostic;
mod digest;
mod document;
mod files;
pub mod instance;
mod json;
pub mod limits;
mod lint;
pub mod model;
mod node;
mod parse;
mod pattern;
mod plain;
mod pointer;
mod read;
mod rule;
mod source;
mod suggest;
pub mod touched;
mod yaml;

pub use canonical::canonical;
pub use compare::{Difference, compare};
pub use diagnostic::{Diagnostic, Report};
pub use digest::digest;
pub use document::Document;
pub use files::{FileError, Files, Folder, NoFiles};
pub use lint::lint;
pub use plain::plain;
pub use pointer::Pointer;
pub use rule::Rule;
