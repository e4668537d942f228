//! Whether requests and responses are what the document describes: for tests of everything that
//! sends or answers them.
//!
//! [`Conformance`] judges messages; [`Watch`] stands between a client and a service, passes
//! everything on as it is, and judges all of it; [`of_project`] is the judge of this project's
//! document. `jsonschema` judges bodies, parameters and header values ([`schema`]); none of the
//! coercions that readers make are made here.

mod judge;
pub mod schema;
mod watch;

use std::path::Path;
use std::sync::OnceLock;

use functiongraph_contract::Document;

pub use judge::Conformance;
pub use watch::{Watch, http};

/// The document of the project.
///
/// # Errors
/// A report of what is wrong with it.
pub fn document() -> Result<Document, functiongraph_contract::Report> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/functiongraph.yaml");
    Document::load(&file)
}

/// The judge of the project's document, made once in a process.
///
/// # Errors
/// What is wrong with the document, as text: tests show it.
pub fn of_project() -> Result<&'static Conformance, String> {
    static JUDGE: OnceLock<Result<Conformance, String>> = OnceLock::new();
    JUDGE
        .get_or_init(|| {
            let document = document().map_err(|report| report.to_string())?;
            Conformance::new(&document).map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(Clone::clone)
}
