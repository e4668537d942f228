//! The client and the typed mock, by progenitor.
//!
//! progenitor gets a projection of the API, not the document: every schema is a name that is
//! replaced by the type of the types crate, every parameter and body refers to such a name or is a
//! plain scalar. What it would stop at (see its `assert!`s and `todo!`s) is refused by the lint;
//! should it panic all the same, that becomes a finding too.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{
    GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl,
};
use quote::quote;
use serde_json::{Map, Value, json};

use functiongraph_contract::model::ParameterLocation;

use super::{builders, document_allowances, mock, runtime, words};
use crate::ir::{Api, Operation, Shape, Slot, Type};

/// How hand-written code attaches to the client.
#[derive(Clone, Debug)]
pub(crate) struct ClientSettings {
    /// Crate of the types, as a Rust path segment.
    pub(crate) types_crate: String,
    /// Crate of the client, as a Rust path segment.
    pub(crate) client_crate: String,
    /// Path of the state that every client holds, for its hooks; none without hooks.
    pub(crate) state: Option<String>,
    /// Path of the module that stands in for `progenitor-client`; none where that itself is used.
    pub(crate) runtime: Option<String>,
}

/// Why progenitor made no client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) String);

/// The client.
pub(crate) fn client(api: &Api, settings: &ClientSettings) -> Result<String, Refused> {
    let tokens = run(api, settings, |generator, document| {
        generator.generate_tokens(document)
    })?;
    let file = rewritten(api, settings, tokens)
        .map_err(|error| Refused(format!("its client cannot be rewritten: {error}")))?;
    let operations = settings.runtime.as_ref().map(|_| runtime::operations(api));
    text(quote!(#file #operations))
}

fn rewritten(
    api: &Api,
    settings: &ClientSettings,
    tokens: TokenStream,
) -> Result<syn::File, syn::Error> {
    let mut file = syn::parse2(tokens)?;
    builders::rewrite(api, settings, &mut file)?;
    if let Some(path) = &settings.runtime {
        runtime::rewrite(&mut file, path)?;
    }
    Ok(file)
}

/// The typed mock of the service for tests of programs that use the client.
pub(crate) fn mock(api: &Api, settings: &ClientSettings) -> Result<String, Refused> {
    let tokens = run(api, settings, |generator, document| {
        generator.httpmock(document, &settings.client_crate)
    })?;
    let rewritten = || {
        let mut file = syn::parse2(tokens)?;
        mock::rewrite(api, &mut file)?;
        Ok(file)
    };
    let file: syn::File = rewritten()
        .map_err(|error: syn::Error| Refused(format!("its mock cannot be rewritten: {error}")))?;
    text(quote! {
        #![allow(
            clippy::unwrap_used,
            reason = "the regular expressions are progenitor's own, and hold values as text"
        )]
        #file
    })
}

fn text(items: TokenStream) -> Result<String, Refused> {
    let allowances = document_allowances();
    let file = quote! {
        #allowances
        #![allow(
            clippy::unnecessary_to_owned,
            reason = "progenitor makes text of every parameter, also of one that is text"
        )]
        #items
    };
    super::format(file).map_err(|error| Refused(error.to_string()))
}

fn run(
    api: &Api,
    settings: &ClientSettings,
    generate: impl FnOnce(&mut Generator, &OpenAPI) -> progenitor_impl::Result<TokenStream>,
) -> Result<TokenStream, Refused> {
    let mut options = GenerationSettings::default();
    options
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_map_type("::std::collections::BTreeMap");
    if let Some(state) = &settings.state {
        let state: TokenStream = state
            .parse()
            .map_err(|error| Refused(format!("the client's state: {error}")))?;
        options
            .with_inner_type(state)
            .with_hooks(HooksMode::Expected);
    }
    let mut projection = Projection::default();
    let document = projection.document(api);
    for name in &projection.named {
        let path = format!("::{}::{name}", settings.types_crate);
        options.with_replacement(name, path, implementations(api, name).into_iter());
    }
    let document: OpenAPI =
        serde_json::from_value(document).map_err(|error| Refused(error.to_string()))?;
    quietly(|| generate(&mut Generator::new(&options), &document))
        .map_err(Refused)?
        .map_err(|error| Refused(error.to_string()))
}

/// What progenitor may expect of a replaced type.
fn implementations(api: &Api, name: &str) -> Vec<TypeImpl> {
    match api.type_named(name).map(|def| &def.shape) {
        Some(Shape::Enum(_) | Shape::Newtype(_)) => vec![TypeImpl::Display, TypeImpl::FromStr],
        _ => Vec::new(),
    }
}

/// The document that progenitor reads.
#[derive(Default)]
struct Projection {
    /// Rust names of the types that it refers to.
    named: BTreeSet<String>,
}

impl Projection {
    fn document(&mut self, api: &Api) -> Value {
        let mut paths = Map::new();
        for operation in api.operations() {
            let item = self.operation(operation);
            let path = paths
                .entry(operation.path.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(path) = path {
                path.insert(operation.method.key().to_owned(), item);
            }
        }
        let schemas: Map<String, Value> = self
            .named
            .iter()
            .map(|name| (name.clone(), json!({ "type": "object" })))
            .collect();
        json!({
            "openapi": "3.0.3",
            "info": { "title": api.title, "version": api.version, "description": api.description },
            "paths": paths,
            "components": { "schemas": schemas },
        })
    }

    fn operation(&mut self, operation: &Operation) -> Value {
        let parameters: Vec<Value> = operation
            .parameters
            .iter()
            .map(|parameter| {
                json!({
                    "name": parameter.wire,
                    "in": match parameter.location {
                        ParameterLocation::Path => "path",
                        ParameterLocation::Query => "query",
                        ParameterLocation::Header => "header",
                        ParameterLocation::Cookie => "cookie",
                    },
                    "required": parameter.required,
                    "description": parameter.slot.docs,
                    "schema": self.schema(&parameter.slot),
                })
            })
            .collect();
        let mut responses = Map::new();
        for success in &operation.successes {
            let response = self.response(&success.description, success.body.as_ref());
            responses.insert(success.status.to_string(), response);
        }
        for error in &operation.errors {
            let response = self.response(&error.description, operation.error_body.as_ref());
            responses.insert(words::status(error.status), response);
        }
        let mut item = json!({
            "operationId": operation.id,
            "tags": [],
            "summary": operation.summary,
            "description": operation.description,
            "parameters": parameters,
            "responses": responses,
        });
        if let (Some(body), Value::Object(item)) = (&operation.body, &mut item) {
            let schema = self.schema(&body.slot);
            item.insert(
                "requestBody".to_owned(),
                json!({
                    "required": body.required,
                    "description": body.description,
                    "content": { "application/json": { "schema": schema } },
                }),
            );
        }
        item
    }

    fn response(&mut self, description: &str, body: Option<&Slot>) -> Value {
        match body {
            Some(slot) => json!({
                "description": description,
                "content": { "application/json": { "schema": self.schema(slot) } },
            }),
            None => json!({ "description": description }),
        }
    }

    /// A slot without its constraints: those are for servers and for the types themselves.
    fn schema(&mut self, slot: &Slot) -> Value {
        match &slot.ty {
            Type::Named { name, .. } => {
                self.named.insert(name.clone());
                json!({ "$ref": format!("#/components/schemas/{name}") })
            }
            Type::String(_) => json!({ "type": "string" }),
            Type::Integer(integer) => json!({ "type": "integer", "format": integer.format }),
            Type::Number(number) => json!({ "type": "number", "format": number.format }),
            Type::Boolean => json!({ "type": "boolean" }),
            Type::Array { items, .. } => json!({ "type": "array", "items": self.schema(items) }),
            Type::Map { values, .. } => {
                json!({ "type": "object", "additionalProperties": self.schema(values) })
            }
            Type::Any => json!({}),
        }
    }
}

thread_local! {
    /// Whether a panic on this thread is about to become a finding and should not be printed.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic in it becomes its message, and is not printed.
fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                earlier(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    result.map_err(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied());
        message.unwrap_or("it stopped without a message").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::quietly;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_becomes_its_message() {
        assert_eq!(quietly(|| 3), Ok(3));
        assert_eq!(
            quietly(|| -> () { panic!("no {}", 1) }),
            Err("no 1".to_owned())
        );
    }
}
