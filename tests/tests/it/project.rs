//! The project's own files.

use std::path::{Path, PathBuf};

use functiongraph_contract::Document;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The contract.
pub(crate) fn document() -> Document {
    Document::load(&root().join("openapi/functiongraph.yaml"))
        .unwrap_or_else(|report| panic!("{report}"))
}
