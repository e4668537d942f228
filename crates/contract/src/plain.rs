//! Files that go along with a document and are no OpenAPI documents themselves.

use serde_json::Value;

use crate::diagnostic::Report;
use crate::parse;
use crate::source::Source;

/// Reads any YAML 1.2 or JSON text as JSON: overlays, configuration of tools. The same reader, with
/// the same limits, as for documents.
///
/// # Errors
/// What is wrong with the syntax, each with its place in the file that messages call `name`.
///
/// ```
/// let value = functiongraph_contract::plain("colours.yaml", "red: [0xff, 0, 0]")?;
/// assert_eq!(value["red"][0], 255);
/// # Ok::<(), functiongraph_contract::Report>(())
/// ```
pub fn plain(name: &str, text: &str) -> Result<Value, Report> {
    let source = Source::new(name, text);
    let outcome = parse::document(&source, 0);
    match outcome.node {
        Some(node) if outcome.findings.is_empty() => Ok(node.to_value()),
        _ => Err(Report::of(outcome.findings, &[source])),
    }
}
