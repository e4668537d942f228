//! Rust types of slots.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::ident;
use crate::ir::{Api, Shape, Slot, Type, TypeDef};

/// The Rust type of a value, without `Option`. `root` is the path of the generated types, such as
/// `super` in their own modules.
pub(crate) fn type_tokens(ty: &Type, root: &TokenStream) -> TokenStream {
    expression(ty, root, &|name| {
        let name = ident(name);
        quote!(#root::#name)
    })
}

/// The Rust type of a slot: an `Option` where `null` is a value.
pub(super) fn slot_tokens(slot: &Slot, root: &TokenStream) -> TokenStream {
    let ty = type_tokens(&slot.ty, root);
    if slot.nullable {
        quote!(Option<#ty>)
    } else {
        ty
    }
}

/// As [`type_tokens`], with names of aliases replaced by the types that carry their schemas.
pub(super) fn schema_type(api: &Api, ty: &Type, root: &TokenStream) -> TokenStream {
    expression_with(api, ty, root)
}

/// As [`schema_type`]; an `Option` only where the schema itself has to say that `null` is a value.
pub(super) fn schema_slot(api: &Api, slot: &Slot, root: &TokenStream) -> TokenStream {
    let ty = schema_type(api, &slot.ty, root);
    if says_null(slot) {
        quote!(Option<#ty>)
    } else {
        ty
    }
}

/// Whether a slot's schema has to say that `null` is a value; that of any value says so by itself.
pub(super) fn says_null(slot: &Slot) -> bool {
    slot.nullable && !matches!(slot.ty, Type::Any)
}

fn expression_with(api: &Api, ty: &Type, root: &TokenStream) -> TokenStream {
    match ty {
        Type::Named { name, boxed } => {
            let path = schema_path(api, name, root);
            if *boxed { quote!(Box<#path>) } else { path }
        }
        Type::Array { items, .. } => {
            let items = schema_slot(api, items, root);
            quote!(Vec<#items>)
        }
        Type::Map { values, .. } => {
            let values = schema_slot(api, values, root);
            quote!(std::collections::BTreeMap<String, #values>)
        }
        _ => type_tokens(ty, root),
    }
}

fn expression(ty: &Type, root: &TokenStream, named: &dyn Fn(&str) -> TokenStream) -> TokenStream {
    match ty {
        Type::Named { name, boxed } => {
            let path = named(name);
            if *boxed { quote!(Box<#path>) } else { path }
        }
        Type::String(_) => quote!(String),
        Type::Integer(integer) if integer.format.as_deref() == Some("int32") => quote!(i32),
        Type::Integer(_) => quote!(i64),
        Type::Number(number) if number.format.as_deref() == Some("float") => quote!(f32),
        Type::Number(_) => quote!(f64),
        Type::Boolean => quote!(bool),
        Type::Array { items, .. } => {
            let items = slot_tokens(items, root);
            quote!(Vec<#items>)
        }
        Type::Map { values, .. } => {
            let values = slot_tokens(values, root);
            quote!(std::collections::BTreeMap<String, #values>)
        }
        Type::Any => quote!(serde_json::Value),
    }
}

/// The name of the type that stands for an alias where a type of its own is needed: an alias has no
/// checks and no schema, its target has many owners.
pub(super) fn marker_name(api: &Api, def: &TypeDef) -> String {
    let mut name = format!("{}Schema", def.name);
    while api.type_named(&name).is_some() {
        name.push('_');
    }
    name
}

/// The path of the type that implements `Validate` for a named type.
pub(super) fn validated_path(api: &Api, name: &str, root: &TokenStream) -> TokenStream {
    let name: Ident = match api.type_named(name) {
        Some(def) if matches!(def.shape, Shape::Alias(_)) => ident(&marker_name(api, def)),
        _ => ident(name),
    };
    quote!(#root::#name)
}

/// The path of the type that implements `ToSchema` and `JsonSchema` for a named type.
pub(crate) fn schema_path(api: &Api, name: &str, root: &TokenStream) -> TokenStream {
    validated_path(api, name, root)
}

/// Whether the Rust type of a slot is `Default`.
pub(super) fn has_default(api: &Api, slot: &Slot) -> bool {
    slot.nullable
        || match &slot.ty {
            Type::Named { name, .. } => api.type_named(name).is_some_and(|def| def.has_default),
            _ => true,
        }
}

/// The way to read a field of what servers send, where an array may have items that are null and
/// should not be: the path of a `Read` of the `lenient` module, or nothing where serde does.
pub(super) fn reader_of_answer(slot: &Slot) -> Option<TokenStream> {
    match &slot.ty {
        Type::Array { items, .. } if !items.nullable => {
            let item = reader_of_answer(items).unwrap_or_else(|| quote!(super::lenient::Plain));
            Some(quote!(super::lenient::EachPresent<#item>))
        }
        _ => reader(slot),
    }
}

/// The way to read a type that serde alone would not read: the path of a `Read` of the `lenient`
/// module, or nothing where serde does.
pub(super) fn reader(slot: &Slot) -> Option<TokenStream> {
    let inner = match &slot.ty {
        Type::Integer(_) => quote!(super::lenient::Whole),
        Type::String(_) if accepts_integer(slot) => quote!(super::lenient::TextOrInteger),
        Type::Array { items, .. } => each(items)?,
        Type::Map { values, .. } => each(values)?,
        _ => return None,
    };
    Some(inner)
}

fn each(slot: &Slot) -> Option<TokenStream> {
    let inner = reader(slot)?;
    let inner = if slot.nullable {
        quote!(super::lenient::OrNull<#inner>)
    } else {
        inner
    };
    Some(quote!(super::lenient::Each<#inner>))
}

/// Whether a string is also read from an integer.
pub(super) fn accepts_integer(slot: &Slot) -> bool {
    slot.also_accepts.iter().any(|name| name == "integer")
}
