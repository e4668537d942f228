//! `#[utoipa::path]`: what the server says of an operation, in attributes of its handler.

use indexmap::IndexMap;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::Ident;

use functiongraph_contract::model::{
    IntegerSchema, NumberSchema, ParameterLocation, SecurityRequirement, StatusKey, StringSchema,
};

use super::{Context, values};
use crate::emit::types::{schema_path, type_tokens};
use crate::ir::{Body, Example, Header, Operation, Parameter, Slot, Type};

/// The attribute of an operation's handler.
pub(super) fn path(context: &Context<'_>, operation: &Operation) -> TokenStream {
    let names = context.examples.get(&operation.id);
    let method = format_ident!("{}", operation.method.key());
    let (path, id) = (&operation.path, &operation.id);
    let summary = operation
        .summary
        .as_ref()
        .map(|text| quote!(summary = #text,));
    let description = operation
        .description
        .as_ref()
        .map(|text| quote!(description = #text,));
    let tags = &operation.tags;
    let tags = (!tags.is_empty()).then(|| quote!(tags = [#(#tags),*],));
    let parameters = operation
        .parameters
        .iter()
        .map(|parameter| self::parameter(context, parameter));
    let parameters = (!operation.parameters.is_empty()).then(|| quote!(params(#(#parameters),*),));
    let body = operation.body.as_ref().map(|body| {
        let names = names.map_or(&[][..], |names| &names.request);
        request_body(context, body, names)
    });
    let mut responses = Vec::new();
    let no_names = Vec::new();
    for (index, success) in operation.successes.iter().enumerate() {
        let names = names
            .and_then(|names| names.responses.get(index))
            .unwrap_or(&no_names);
        let code = Literal::u16_unsuffixed(success.status);
        responses.push(response(
            context,
            &quote!(#code),
            &success.description,
            success.body.as_ref(),
            &success.headers,
            &success.examples,
            names,
        ));
    }
    for (index, error) in operation.errors.iter().enumerate() {
        let index = operation.successes.len() + index;
        let names = names
            .and_then(|names| names.responses.get(index))
            .unwrap_or(&no_names);
        let status = match error.status {
            StatusKey::Code(code) => {
                let code = Literal::u16_unsuffixed(code);
                quote!(#code)
            }
            StatusKey::Range(class) => {
                let range = format!("{class}XX");
                quote!(#range)
            }
            StatusKey::Default => quote!("default"),
        };
        responses.push(response(
            context,
            &status,
            &error.description,
            operation.error_body.as_ref(),
            &error.headers,
            &error.examples,
            names,
        ));
    }
    // What holds for the whole document is said there, once.
    let security = (operation.security != context.api.security).then(|| {
        let alternatives = security(&operation.security);
        quote!(security(#alternatives),)
    });
    quote! {
        #[utoipa::path(
            #method,
            path = #path,
            operation_id = #id,
            #tags
            #summary
            #description
            #parameters
            #body
            responses(#(#responses),*),
            #security
        )]
    }
}

/// Alternatives of credentials, comma-separated.
pub(super) fn security(alternatives: &[SecurityRequirement]) -> TokenStream {
    let alternatives = alternatives.iter().map(|alternative| {
        let names = alternative.keys();
        let scopes = alternative.values();
        quote!((#(#names = [#(#scopes),*]),*))
    });
    quote!(#(#alternatives),*)
}

/// The type whose schema describes a slot: by reference to its component where it has one, in
/// place where the document has it in place too.
fn schema(context: &Context<'_>, slot: &Slot) -> TokenStream {
    let types = &context.types;
    match &slot.ty {
        Type::Named { name, .. } => {
            let path = schema_path(context.api, name, &quote!(#types));
            match context.api.type_named(name) {
                Some(def) if def.hoisted => quote!(inline(#path)),
                _ => path,
            }
        }
        ty => in_place(context, ty),
    }
}

/// The type of a schema that stands in place.
fn in_place(context: &Context<'_>, ty: &Type) -> TokenStream {
    let types = &context.types;
    let slot = |slot: &Slot| {
        let ty = in_place(context, &slot.ty);
        let component_says_it = match &slot.ty {
            Type::Named { name, .. } => {
                context.api.type_named(name).is_some_and(|def| def.nullable)
            }
            _ => false,
        };
        if slot.nullable && !component_says_it {
            quote!(Option<#ty>)
        } else {
            ty
        }
    };
    match ty {
        Type::Named { name, .. } => schema_path(context.api, name, &quote!(#types)),
        Type::Array { items, .. } => {
            let items = slot(items);
            quote!(Vec<#items>)
        }
        Type::Map { values, .. } => {
            let values = slot(values);
            quote!(std::collections::BTreeMap<String, #values>)
        }
        _ => type_tokens(ty, &quote!(#types)),
    }
}

fn parameter(context: &Context<'_>, parameter: &Parameter) -> TokenStream {
    let name = &parameter.wire;
    let location = match parameter.location {
        ParameterLocation::Path => quote!(Path),
        ParameterLocation::Query => quote!(Query),
        ParameterLocation::Header => quote!(Header),
        ParameterLocation::Cookie => quote!(Cookie),
    };
    let types = &context.types;
    // utoipa takes `required` from the type alone, and `inline` only around the whole of it.
    let ty = match &parameter.slot.ty {
        Type::Named { name, .. } => {
            let path = schema_path(context.api, name, &quote!(#types));
            let path = if parameter.required {
                path
            } else {
                quote!(Option<#path>)
            };
            match context.api.type_named(name) {
                Some(def) if def.hoisted => quote!(inline(#path)),
                _ => path,
            }
        }
        ty => {
            let ty = in_place(context, ty);
            if parameter.required {
                ty
            } else {
                quote!(Option<#ty>)
            }
        }
    };
    // What may be left out is not thereby null.
    let nullable =
        (!parameter.required && !parameter.slot.nullable).then(|| quote!(nullable = false,));
    let description = parameter
        .description
        .as_ref()
        .map(|text| quote!(description = #text,));
    let deprecated = parameter.deprecated.then(|| quote!(deprecated,));
    let explode = (is_list(context, &parameter.slot)
        && parameter.explode != (parameter.location == ParameterLocation::Query))
        .then(|| {
            let explode = parameter.explode;
            quote!(explode = #explode,)
        });
    // utoipa knows one example of a parameter, without a name; such a one is called so when read.
    let example = match (parameter.examples.get("default"), parameter.examples.len()) {
        (Some(value), 1) => scalar(value).map(|value| quote!(example = #value,)),
        _ => None,
    };
    let rules = rules(&parameter.slot.ty);
    quote!((#name = #ty, #location, #description #deprecated #explode #example #nullable #rules))
}

fn is_list(context: &Context<'_>, slot: &Slot) -> bool {
    match &slot.ty {
        Type::Array { .. } => true,
        Type::Named { name, .. } => match context.api.type_named(name).map(|def| &def.shape) {
            Some(crate::ir::Shape::Alias(slot)) => is_list(context, slot),
            _ => false,
        },
        _ => false,
    }
}

/// A scalar as a literal of an attribute; `None` for other values.
fn scalar(value: &Value) -> Option<TokenStream> {
    match value {
        Value::String(text) => Some(quote!(#text)),
        Value::Bool(value) => Some(quote!(json!(#value))),
        Value::Number(_) | Value::Array(_) => {
            let value = values::json(value);
            Some(quote!(json!(#value)))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// The constraints of a schema that stands in place.
fn rules(ty: &Type) -> TokenStream {
    match ty {
        Type::String(string) => text_rules(string),
        Type::Integer(integer) => integer_rules(integer),
        Type::Number(number) => number_rules(number),
        Type::Array {
            items,
            min_items,
            max_items,
            ..
        } => {
            let own = [("min_items", min_items), ("max_items", max_items)]
                .into_iter()
                .filter_map(|(name, value)| {
                    let (name, value) =
                        (format_ident!("{name}"), Literal::u64_unsuffixed((*value)?));
                    Some(quote!(#name = #value,))
                });
            let items = rules(&items.ty);
            quote!(#(#own)* #items)
        }
        Type::Named { .. } | Type::Boolean | Type::Map { .. } | Type::Any => TokenStream::new(),
    }
}

fn text_rules(string: &StringSchema) -> TokenStream {
    let format = string
        .format
        .as_ref()
        .map(|format| quote!(format = #format,));
    let least = string
        .min_length
        .map(Literal::u64_unsuffixed)
        .map(|least| quote!(min_length = #least,));
    let most = string
        .max_length
        .map(Literal::u64_unsuffixed)
        .map(|most| quote!(max_length = #most,));
    let pattern = string
        .pattern
        .as_ref()
        .map(|pattern| quote!(pattern = #pattern,));
    quote!(#format #least #most #pattern)
}

fn integer_rules(integer: &IntegerSchema) -> TokenStream {
    let least = if integer.exclusive_minimum {
        "exclusive_minimum"
    } else {
        "minimum"
    };
    let most = if integer.exclusive_maximum {
        "exclusive_maximum"
    } else {
        "maximum"
    };
    let rules = [
        (least, integer.minimum),
        (most, integer.maximum),
        ("multiple_of", integer.multiple_of),
    ];
    let rules = rules.into_iter().filter_map(|(name, value)| {
        let (name, value) = (format_ident!("{name}"), value?);
        let digits = Literal::u64_unsuffixed(value.unsigned_abs());
        let sign = (value < 0).then(|| quote!(-));
        Some(quote!(#name = #sign #digits,))
    });
    quote!(#(#rules)*)
}

fn number_rules(number: &NumberSchema) -> TokenStream {
    let least = if number.exclusive_minimum {
        "exclusive_minimum"
    } else {
        "minimum"
    };
    let most = if number.exclusive_maximum {
        "exclusive_maximum"
    } else {
        "maximum"
    };
    let rules = [
        (least, number.minimum),
        (most, number.maximum),
        ("multiple_of", number.multiple_of),
    ];
    let rules = rules.into_iter().filter_map(|(name, value)| {
        let (name, value) = (
            format_ident!("{name}"),
            value.filter(|value| value.is_finite())?,
        );
        let digits = Literal::f64_unsuffixed(value.abs());
        let sign = (value < 0.0).then(|| quote!(-));
        Some(quote!(#name = #sign #digits,))
    });
    quote!(#(#rules)*)
}

fn request_body(context: &Context<'_>, body: &Body, names: &[Ident]) -> TokenStream {
    let types = &context.types;
    let media_type = &body.media_type;
    let content = match &body.slot.ty {
        // A type that may be absent would be described as one that may be null.
        Type::Named { name, .. } if !body.required && !is_hoisted(context, name) => {
            let path = schema_path(context.api, name, &quote!(#types));
            quote!(ref(runtime::reference::<#path>()))
        }
        _ if body.required => schema(context, &body.slot),
        Type::Named { name, .. } => {
            let path = schema_path(context.api, name, &quote!(#types));
            quote!(inline(Option<#path>))
        }
        ty => {
            let ty = in_place(context, ty);
            quote!(Option<#ty>)
        }
    };
    let description = body
        .description
        .as_ref()
        .map(|text| quote!(description = #text,));
    let examples = examples(&body.examples, names);
    quote!(request_body(content = #content, content_type = #media_type, #description #examples),)
}

fn is_hoisted(context: &Context<'_>, name: &str) -> bool {
    context.api.type_named(name).is_some_and(|def| def.hoisted)
}

fn response(
    context: &Context<'_>,
    status: &TokenStream,
    description: &str,
    body: Option<&Slot>,
    headers: &[Header],
    examples: &IndexMap<String, Example>,
    names: &[Ident],
) -> TokenStream {
    let body = body.map(|slot| {
        let schema = schema(context, slot);
        let examples = self::examples(examples, names);
        quote!(body = #schema, content_type = "application/json", #examples)
    });
    let headers = (!headers.is_empty()).then(|| {
        let headers = headers.iter().map(|header| {
            let name = &header.wire;
            let ty = schema(context, &header.slot);
            let description = header
                .description
                .as_ref()
                .map(|text| quote!(, description = #text));
            quote!((#name = #ty #description))
        });
        quote!(headers(#(#headers),*),)
    });
    // utoipa takes examples as the last of all only.
    quote!((status = #status, description = #description, #headers #body))
}

fn examples(examples: &IndexMap<String, Example>, names: &[Ident]) -> TokenStream {
    // A lone example without a name of its own is called so when it is read.
    if let (Some(example), 1, [function]) = (examples.get("default"), examples.len(), names)
        && example.summary.is_none()
        && example.description.is_none()
    {
        return quote!(example = json!(runtime::examples::#function()),);
    }
    if examples.is_empty() {
        return TokenStream::new();
    }
    let examples = examples
        .iter()
        .zip(names)
        .map(|((name, example), function)| {
            let summary = example
                .summary
                .as_ref()
                .map(|text| quote!(summary = #text,));
            let description = example
                .description
                .as_ref()
                .map(|text| quote!(description = #text,));
            quote!((#name = (#summary #description value = json!(runtime::examples::#function()))))
        });
    quote!(examples(#(#examples),*),)
}
