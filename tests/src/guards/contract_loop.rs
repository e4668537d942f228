//! The loop: the document, what the compiled server says of itself, and what the compiled types
//! say of themselves are one thing.
//!
//! All three are brought to one [canonical form](functiongraph_contract::canonical) and compared
//! exactly. What the derived ones cannot say stands in [`crate::exceptions`].

use std::sync::OnceLock;

use functiongraph_contract::{Difference, Document, canonical, compare, digest, touched};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Finding, Guard};
use crate::exceptions::{self, Side};
use crate::openapi31::to_openapi_30;

/// What generation wrote down of the document that this code was generated from.
const MANIFEST: &str = include_str!("../../../openapi/generated.json");

/// Where the document and what the server serves at `/openapi.json` differ. That is made from the
/// attributes of the generated types and handlers, not from the document.
#[must_use]
pub fn served(document: &Document) -> Vec<Finding> {
    let form = canonical(document.value());
    findings(document, Side::Served, &form, &form, compiled())
}

/// The compiled server's description of itself in canonical form, made once: guards look at many
/// documents. What cannot be written as JSON is null, and differs from every document.
fn compiled() -> &'static Value {
    static COMPILED: OnceLock<Value> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let own = functiongraph_server::openapi().to_json().ok();
        let own = own.and_then(|text| serde_json::from_str(&text).ok());
        described(&own.unwrap_or_default())
    })
}

/// Where the document and a server's description of itself, in OpenAPI 3.1, differ.
#[must_use]
pub fn served_as(document: &Document, own: &Value) -> Vec<Finding> {
    let form = canonical(document.value());
    findings(document, Side::Served, &form, &form, &described(own))
}

/// A server's description of itself in the form that documents are compared in.
#[must_use]
pub fn described(own: &Value) -> Value {
    canonical(&to_openapi_30(own))
}

/// Where the document's component schemas and the JSON Schemas of the Rust types differ.
#[must_use]
pub fn schemas(document: &Document) -> Vec<Finding> {
    let form = canonical(document.value());
    findings(
        document,
        Side::Schemas,
        &form,
        &components_of(&form),
        schemas_of_types(),
    )
}

/// The component schemas of a canonical document alone.
fn components_of(form: &Value) -> Value {
    let schemas = form.pointer("/components/schemas").cloned();
    json!({ "components": { "schemas": schemas.unwrap_or_else(|| json!({})) } })
}

/// The schemas that schemars derives, as a document in canonical form.
#[must_use]
pub fn schemas_of_types() -> &'static Value {
    static DERIVED: OnceLock<Value> = OnceLock::new();
    DERIVED.get_or_init(derive)
}

fn derive() -> Value {
    // Plain JSON Schema of the edition that OpenAPI 3.1 uses, so that one translation serves both
    // descriptions.
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = SchemaGenerator::new(settings);
    functiongraph_types::openapi::define(&mut generator);
    let schemas: Map<String, Value> = generator.take_definitions(true);
    let whole = canonical(&to_openapi_30(
        &json!({ "openapi": "3.1.0", "components": { "schemas": schemas } }),
    ));
    json!({ "components": whole.get("components") })
}

/// `form` is the document's canonical form, `left` what of it is compared.
fn findings(
    document: &Document,
    side: Side,
    form: &Value,
    left: &Value,
    right: &Value,
) -> Vec<Finding> {
    let code = match side {
        Side::Served => "what the server serves at /openapi.json",
        Side::Schemas => "the JSON Schema of the Rust type",
    };
    let differences = compare(left, right);
    if differences.is_empty() {
        return Vec::new();
    }
    let advice = advice(document);
    differences
        .into_iter()
        .filter(|difference| !is_excepted(side, difference))
        .map(
            |Difference {
                 pointer,
                 left: of_document,
                 right: of_code,
             }| {
                let message = format!(
                    "the document ({}) says {}, {code} says {}; touches {}; {advice}",
                    touched::place_in(document, form, &pointer),
                    touched::shown(of_document.as_ref()),
                    touched::shown(of_code.as_ref()),
                    touched::listed(&touched::operations(&[form, right], pointer.as_str())),
                );
                Finding {
                    guard: Guard::Loop,
                    place: pointer.to_string(),
                    message,
                }
            },
        )
        .collect()
}

/// What to do: a document that was edited after the last generation is one thing, code that does
/// not say what it was generated from another.
fn advice(document: &Document) -> &'static str {
    let manifest: Value = serde_json::from_str(MANIFEST).unwrap_or_default();
    let generated_from = manifest.pointer("/document/sha256").and_then(Value::as_str);
    if generated_from == Some(digest(document).as_str()) {
        "the code was generated from this very document, so either a file was edited by hand (`cargo xtask check` \
         shows it, `cargo xtask generate` mends it) or the generator does not carry this: mend it in crates/codegen"
    } else {
        "the document is newer than the code: run `cargo xtask generate`, then `cargo xtask accept`, and commit both"
    }
}

fn is_excepted(side: Side, difference: &Difference) -> bool {
    exceptions::DIFFERENCES
        .iter()
        .any(|exception| exception.side == side && exception.pointer == difference.pointer.as_str())
}

/// The entries of the list of exceptions that no longer match a difference.
#[must_use]
pub fn needless_exceptions(document: &Document) -> Vec<String> {
    let form = canonical(document.value());
    let served = compare(&form, compiled());
    let schemas = compare(&components_of(&form), schemas_of_types());
    exceptions::DIFFERENCES
        .iter()
        .filter(|exception| {
            let differences = match exception.side {
                Side::Served => &served,
                Side::Schemas => &schemas,
            };
            differences.iter().all(|difference| difference.pointer.as_str() != exception.pointer)
        })
        .map(|exception| {
            format!(
                "{:?} {}: there is no such difference any more: remove the entry from tests/src/exceptions.rs and \
                 lower MOST_DIFFERENCES",
                exception.side, exception.pointer
            )
        })
        .collect()
}
