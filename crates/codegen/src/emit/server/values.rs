//! JSON values, status codes and header names as Rust.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::Ident;

use functiongraph_contract::model::StatusKey;

use super::Context;
use crate::emit::docs;
use crate::ir::{Api, Example, Operation};
use crate::names::{Names, snake};

/// An expression of a JSON value.
pub(super) fn json(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(serde_json::Value::Null),
        Value::Bool(value) => quote!(serde_json::Value::from(#value)),
        Value::String(text) => quote!(serde_json::Value::from(#text)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => {
                let integer = signed(integer);
                quote!(serde_json::Value::from(#integer))
            }
            (None, Some(integer)) => {
                let integer = Literal::u64_suffixed(integer);
                quote!(serde_json::Value::from(#integer))
            }
            (None, None) => {
                let float = float(number.as_f64().unwrap_or_default());
                quote!(serde_json::Value::from(#float))
            }
        },
        Value::Array(items) => {
            let items = items.iter().map(json);
            quote!(serde_json::Value::Array(vec![#(#items),*]))
        }
        Value::Object(members) => {
            let names = members.keys();
            let values = members.values().map(json);
            quote!([#((#names, #values)),*].into_iter().collect::<serde_json::Value>())
        }
    }
}

/// An integer. Literals are never negative themselves.
fn signed(integer: i64) -> TokenStream {
    match integer.checked_abs() {
        // The digits of the least one do not fit without their sign.
        None => quote!(i64::MIN),
        Some(digits) => {
            let literal = Literal::i64_suffixed(digits);
            if integer < 0 {
                quote!(-#literal)
            } else {
                quote!(#literal)
            }
        }
    }
}

fn float(float: f64) -> TokenStream {
    // JSON has no infinities and no NaN.
    let literal = Literal::f64_suffixed(if float.is_finite() { float.abs() } else { 0.0 });
    if float < 0.0 {
        quote!(-#literal)
    } else {
        quote!(#literal)
    }
}

/// An expression of a status code.
pub(super) fn status(code: u16) -> TokenStream {
    let name = match code {
        100 => "CONTINUE",
        101 => "SWITCHING_PROTOCOLS",
        102 => "PROCESSING",
        200 => "OK",
        201 => "CREATED",
        202 => "ACCEPTED",
        203 => "NON_AUTHORITATIVE_INFORMATION",
        204 => "NO_CONTENT",
        205 => "RESET_CONTENT",
        206 => "PARTIAL_CONTENT",
        207 => "MULTI_STATUS",
        208 => "ALREADY_REPORTED",
        226 => "IM_USED",
        300 => "MULTIPLE_CHOICES",
        301 => "MOVED_PERMANENTLY",
        302 => "FOUND",
        303 => "SEE_OTHER",
        304 => "NOT_MODIFIED",
        305 => "USE_PROXY",
        307 => "TEMPORARY_REDIRECT",
        308 => "PERMANENT_REDIRECT",
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        402 => "PAYMENT_REQUIRED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        406 => "NOT_ACCEPTABLE",
        407 => "PROXY_AUTHENTICATION_REQUIRED",
        408 => "REQUEST_TIMEOUT",
        409 => "CONFLICT",
        410 => "GONE",
        411 => "LENGTH_REQUIRED",
        412 => "PRECONDITION_FAILED",
        413 => "PAYLOAD_TOO_LARGE",
        414 => "URI_TOO_LONG",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        416 => "RANGE_NOT_SATISFIABLE",
        417 => "EXPECTATION_FAILED",
        418 => "IM_A_TEAPOT",
        421 => "MISDIRECTED_REQUEST",
        422 => "UNPROCESSABLE_ENTITY",
        423 => "LOCKED",
        424 => "FAILED_DEPENDENCY",
        425 => "TOO_EARLY",
        426 => "UPGRADE_REQUIRED",
        428 => "PRECONDITION_REQUIRED",
        429 => "TOO_MANY_REQUESTS",
        431 => "REQUEST_HEADER_FIELDS_TOO_LARGE",
        451 => "UNAVAILABLE_FOR_LEGAL_REASONS",
        500 => "INTERNAL_SERVER_ERROR",
        501 => "NOT_IMPLEMENTED",
        502 => "BAD_GATEWAY",
        503 => "SERVICE_UNAVAILABLE",
        504 => "GATEWAY_TIMEOUT",
        505 => "HTTP_VERSION_NOT_SUPPORTED",
        506 => "VARIANT_ALSO_NEGOTIATES",
        507 => "INSUFFICIENT_STORAGE",
        508 => "LOOP_DETECTED",
        510 => "NOT_EXTENDED",
        511 => "NETWORK_AUTHENTICATION_REQUIRED",
        _ => {
            // A code without a name has no constant either.
            let code = Literal::u16_unsuffixed(code);
            return quote! {
                axum::http::StatusCode::from_u16(#code).unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
            };
        }
    };
    let name = format_ident!("{name}");
    quote!(axum::http::StatusCode::#name)
}

/// The functions of `runtime/examples.rs` that give an operation's examples.
pub(super) struct ExampleNames {
    /// Of the request body, in its order.
    pub(super) request: Vec<Ident>,
    /// Of the responses, in the order of successes and then errors.
    pub(super) responses: Vec<Vec<Ident>>,
}

/// Names the examples of every operation.
pub(super) fn example_names(api: &Api) -> HashMap<String, ExampleNames> {
    let mut names = Names::default();
    let mut of = |operation: &Operation| ExampleNames {
        request: operation
            .body
            .iter()
            .flat_map(|body| {
                name_each(
                    &mut names,
                    &operation.method_name,
                    "request",
                    &body.examples,
                )
            })
            .collect(),
        responses: responses(operation)
            .map(|(status, examples)| {
                name_each(&mut names, &operation.method_name, &status, examples)
            })
            .collect(),
    };
    api.operations()
        .map(|operation| (operation.id.clone(), of(operation)))
        .collect()
}

fn name_each(
    names: &mut Names,
    method: &str,
    place: &str,
    examples: &IndexMap<String, Example>,
) -> Vec<Ident> {
    examples
        .keys()
        .map(|name| {
            format_ident!(
                "{}",
                names.unique(&snake(&format!("{method}_{place}_{name}"), "example"), "_")
            )
        })
        .collect()
}

/// The examples of an operation's responses.
fn responses(operation: &Operation) -> impl Iterator<Item = (String, &IndexMap<String, Example>)> {
    let successes = operation
        .successes
        .iter()
        .map(|success| (success.status.to_string(), &success.examples));
    let errors = operation.errors.iter().map(|error| {
        let status = match error.status {
            StatusKey::Code(code) => code.to_string(),
            StatusKey::Range(class) => format!("{class}xx"),
            StatusKey::Default => "default".to_owned(),
        };
        (status, &error.examples)
    });
    successes.chain(errors)
}

/// `runtime/examples.rs`: the examples' values, as JSON text. A literal of Rust would be as long,
/// and long ones exceed the depth to which macros expand.
pub(super) fn examples_file(context: &Context<'_>) -> TokenStream {
    let mut functions = Vec::new();
    for operation in context.api.operations() {
        let Some(names) = context.examples.get(&operation.id) else {
            continue;
        };
        let of_body = operation
            .body
            .iter()
            .flat_map(|body| body.examples.values())
            .zip(&names.request);
        let of_responses = responses(operation)
            .zip(&names.responses)
            .flat_map(|((_, examples), names)| examples.values().zip(names));
        functions.extend(of_body.chain(of_responses).map(|(example, name)| {
            let text =
                raw_string(&serde_json::to_string_pretty(&example.value).unwrap_or_default());
            quote!(pub(crate) fn #name() -> Value { json(#text) })
        }));
    }
    if functions.is_empty() {
        return quote! {
            //! The document has no examples of bodies.
        };
    }
    quote! {
        //! The document's examples of bodies.

        use serde_json::Value;

        fn json(text: &str) -> Value {
            serde_json::from_str(text).unwrap_or_default()
        }
        #(#functions)*
    }
}

/// A raw string literal, which keeps JSON readable.
fn raw_string(text: &str) -> TokenStream {
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    // A carriage return cannot stand in one, but JSON text has none.
    format!("r{hashes}\"{text}\"{hashes}")
        .parse()
        .unwrap_or_else(|_| quote!(#text))
}

/// `runtime/headers.rs`: a constant for every response header that the document names.
pub(super) fn headers_file(api: &Api) -> TokenStream {
    let mut names = Names::default();
    let mut found: BTreeMap<String, (&str, Option<&str>)> = BTreeMap::new();
    for operation in api.operations() {
        let of_successes = operation
            .successes
            .iter()
            .flat_map(|success| &success.headers);
        let of_errors = operation.errors.iter().flat_map(|error| &error.headers);
        for header in of_successes
            .chain(of_errors)
            .filter(|header| is_header_name(&header.wire))
        {
            let entry = found
                .entry(header.wire.to_ascii_lowercase())
                .or_insert((&header.wire, None));
            entry.1 = entry.1.or(header.description.as_deref());
        }
    }
    let constants: Vec<TokenStream> = found
        .iter()
        .map(|(lower, (wire, description))| {
            let constant = format_ident!(
                "{}",
                names.unique(&snake(lower, "header").to_uppercase(), "_")
            );
            let text = match description {
                Some(description) => format!("`{wire}`: {description}"),
                None => format!("`{wire}`"),
            };
            let text = docs(&text);
            quote! {
                #text
                pub const #constant: HeaderName = HeaderName::from_static(#lower);
            }
        })
        .collect();
    let import = (!constants.is_empty()).then(|| {
        quote!(
            use axum::http::HeaderName;
        )
    });
    quote! {
        //! The response headers that the document names.

        #import
        #(#constants)*
    }
}

/// Whether HTTP allows the name of a header.
fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
