//! Reads, lints, canonicalises and compares OpenAPI 3.0 documents.
//!
//! ```
//! use functiongraph_contract::{Document, NoFiles};
//!
//! let text = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\npahts: {}\n";
//! let report = Document::parse("pets.yaml", text, &NoFiles).unwrap_err();
//! let first = &report.diagnostics[1];
//! assert_eq!(first.rule.id(), "unknown-key");
//! assert_eq!((first.line, first.column), (3, 1));
//! ```

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
mod pointer;
mod read;
mod rule;
mod source;
mod suggest;
mod yaml;

pub use canonical::canonical;
pub use compare::{Difference, compare};
pub use diagnostic::{Diagnostic, Report};
pub use digest::digest;
pub use document::Document;
pub use files::{FileError, Files, Folder, NoFiles};
pub use lint::lint;
pub use pointer::Pointer;
pub use rule::Rule;
