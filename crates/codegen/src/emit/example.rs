//! The example of an operation in the client's documentation: a call with every argument, which
//! compiles.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::client::ClientSettings;
use super::ident;
use super::types::type_tokens;
use crate::ir::{Api, Operation, Parameter, Shape, Type};

/// Documentation with the example of an operation.
pub(super) fn of(operation: &Operation, api: &Api, settings: &ClientSettings) -> TokenStream {
    let (mut variables, mut calls) = (String::new(), String::new());
    let mut argue = |name: &str, value: Option<String>, ty: &Type| {
        let value = value.unwrap_or_else(|| {
            // The first variable is the client itself.
            let variable = if name == "client" { "client_" } else { name };
            variables.push_str(&format!(", {variable}: {}", written(ty, settings)));
            variable.to_owned()
        });
        calls.push_str(&format!("    .{name}({value})\n"));
    };
    for parameter in &operation.parameters {
        argue(&parameter.name, value(parameter, api), &parameter.slot.ty);
    }
    if let Some(body) = &operation.body {
        argue("body", None, &body.slot.ty);
    }
    let (client, method) = (&settings.client_crate, &operation.method_name);
    let code = format!(
        "```no_run\n\
         # async fn example(client: {client}::Client{variables}) -> Result<(), Box<dyn std::error::Error>> {{\n\
         let response = client\n    .{method}()\n{calls}    .send()\n    .await?;\n\
         # Ok(())\n\
         # }}\n\
         ```"
    );
    // Not by `docs`, which takes code for the document's and keeps it from being tested.
    let lines = code.lines().map(|line| format!(" {line}"));
    quote!(#(#[doc = #lines])*)
}

/// What the document gives as an example of a parameter, as Rust; none where it gives none, or
/// where Rust has no literal for it. Then the example has a variable.
fn value(parameter: &Parameter, api: &Api) -> Option<String> {
    let slot = &parameter.slot;
    let own = parameter.examples.values().next().or(slot.example.as_ref());
    let of_type = || match &slot.ty {
        Type::Named { name, .. } => api.type_named(name)?.example.as_ref(),
        _ => None,
    };
    literal(own.or_else(of_type)?, &slot.ty, api)
}

fn literal(value: &Value, ty: &Type, api: &Api) -> Option<String> {
    let text = || value.as_str().map(|text| format!("{text:?}"));
    match ty {
        Type::Named { name, .. } => match &api.type_named(name)?.shape {
            Shape::Newtype(inner) => literal(value, inner, api),
            Shape::Enum(_) => text(),
            _ => None,
        },
        Type::String(_) => text(),
        Type::Integer(_) => {
            let number = value.as_i64()?;
            Some(format!("{number}_{}", type_tokens(ty, &quote!())))
        }
        Type::Boolean => value.as_bool().map(|value| value.to_string()),
        _ => None,
    }
}

/// A type as one writes it.
fn written(ty: &Type, settings: &ClientSettings) -> String {
    let types = ident(&settings.types_crate);
    type_tokens(ty, &quote!(#types))
        .to_string()
        .replace(' ', "")
}
