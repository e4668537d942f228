//! Named arrays, maps and other names: type aliases.

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{marker_name, slot_tokens};
use super::schema::{self, About};
use super::{check, ident, type_docs};
use crate::ir::{Api, Slot, Type, TypeDef};

pub(super) fn emit(api: &Api, def: &TypeDef, slot: &Slot) -> TokenStream {
    let name = ident(&def.name);
    let marker_name = marker_name(api, def);
    let marker = ident(&marker_name);
    let docs = type_docs(def);
    // `null` belongs to the name: whoever uses it holds an `Option`.
    let target = slot_tokens(
        &Slot {
            nullable: false,
            ..slot.clone()
        },
        &quote!(super),
    );
    let nullable = def.nullable || slot.nullable;
    let about = About::of_type(def);
    let schemas = (
        schema::schemars_expression(api, &slot.ty, &about, &quote!(super)),
        schema::utoipa_expression(api, &slot.ty, &about, &quote!(super)),
    );
    let mut uses = Vec::new();
    names(slot, &mut uses);
    let refers = !uses.is_empty();
    uses.retain(|used| !super::structure::reaches(api, used, &def.name));
    let implementations = schema::implementations(api, def, &marker_name, schemas, &uses, refers);
    let check = check::checker(
        api,
        &Slot {
            nullable,
            ..slot.clone()
        },
        &quote!(super),
    );
    let marker_docs = format!(
        " What the document says of [`{}`], which is a name for another type: its checks, and with the feature `schema` its JSON Schemas.",
        def.name
    );
    quote! {
        use super::validate::{Check, Validate};
        use super::violations::{Location, Violations};

        #docs
        pub type #name = #target;

        #[doc = #marker_docs]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct #marker;

        impl Validate for #marker {
            fn check(value: &serde_json::Value, at: &mut Location, out: &mut Violations) {
                let check: Check<'_> = #check;
                check(value, at, out);
            }
        }

        #implementations
    }
}

/// The named types that a slot refers to.
pub(super) fn names<'a>(slot: &'a Slot, out: &mut Vec<&'a str>) {
    match &slot.ty {
        Type::Named { name, .. } => {
            if !out.contains(&name.as_str()) {
                out.push(name);
            }
        }
        Type::Array { items, .. } => names(items, out),
        Type::Map { values, .. } => names(values, out),
        Type::String(_) | Type::Integer(_) | Type::Number(_) | Type::Boolean | Type::Any => {}
    }
}
