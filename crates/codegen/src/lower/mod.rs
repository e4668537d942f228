//! From the document to the intermediate representation: names are chosen, inline schemas are
//! hoisted, `allOf` is merged, recursion is boxed. All of it happens here and only here.

mod graph;
mod operations;
mod schemas;

use std::collections::HashMap;

use functiongraph_contract::model::{Schema, SchemaKind};
use functiongraph_contract::{Diagnostic, Document, Pointer, Rule};
use serde_json::Value;

use crate::ir::{Api, Direction, SecurityScheme, TypeDef};
use crate::names::{Names, snake, upper_camel};

/// Lowers a document that loaded and linted without a finding.
///
/// # Errors
///
/// What the generator has no Rust for, each with its place. Linting names most of it first; what
/// only shows once schemas are merged and named is found here.
pub(crate) fn lower(document: &Document) -> Result<Api, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(document);
    lowering.components();
    let tags = lowering.tags();
    let mut types = lowering.types;
    graph::finish(document, &mut types, &mut lowering.findings);
    if !lowering.findings.is_empty() {
        return Err(lowering.findings);
    }
    let mut field_names = Names::default();
    Ok(Api {
        title: document.info.title.clone(),
        version: document.info.version.clone(),
        description: document.info.description.clone(),
        info: document.value().get("info").cloned().unwrap_or(Value::Null),
        declared_tags: match document.value().get("tags") {
            Some(Value::Array(tags)) => tags.clone(),
            _ => Vec::new(),
        },
        servers: match document.value().get("servers") {
            Some(Value::Array(servers)) => servers.clone(),
            _ => Vec::new(),
        },
        types,
        tags,
        security_schemes: document
            .security_schemes
            .iter()
            .map(|(name, scheme)| {
                let field = field_names.unique(&snake(name, "scheme"), "");
                let lowered = SecurityScheme {
                    rust_name: upper_camel(&field, "Scheme"),
                    rust_field: field,
                    kind: scheme.kind.clone(),
                    description: scheme.description.clone(),
                };
                (name.clone(), lowered)
            })
            .collect(),
        security: document.security.clone(),
    })
}

/// The state of one lowering.
struct Lowering<'a> {
    document: &'a Document,
    /// Component name to Rust name.
    rust_names: HashMap<String, String>,
    /// Component name to the way its values travel.
    directions: HashMap<String, Direction>,
    type_names: Names,
    module_names: Names,
    types: Vec<TypeDef>,
    findings: Vec<Diagnostic>,
}

impl<'a> Lowering<'a> {
    fn new(document: &'a Document) -> Self {
        let mut type_names = Names::types();
        let rust_names = document
            .schemas
            .keys()
            .map(|name| {
                let rust = type_names.unique(&upper_camel(name, "Schema"), "Type");
                (name.clone(), rust)
            })
            .collect();
        Self {
            document,
            rust_names,
            directions: graph::directions(document),
            type_names,
            module_names: Names::type_modules(),
            types: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Notes that there is no Rust for what stands at `at`.
    fn unsupported(&mut self, at: &Pointer, reason: impl Into<String>, remedy: impl Into<String>) {
        let finding = self
            .document
            .diagnostic(Rule::UnsupportedSchema, at, reason, remedy);
        self.findings.push(finding);
    }

    /// The schema behind any number of references.
    fn resolved<'s>(&'s self, schema: &'s Schema) -> &'s Schema {
        let mut schema = schema;
        // The loader refuses reference cycles, so a chain is no longer than there are schemas.
        for _ in 0..=self.document.schemas.len() {
            match &schema.kind {
                SchemaKind::Ref(name) => match self.document.schemas.get(name) {
                    Some(target) => schema = target,
                    None => return schema,
                },
                _ => return schema,
            }
        }
        schema
    }
}
