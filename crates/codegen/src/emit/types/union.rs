//! `oneOf` and `anyOf`: enums of alternatives.

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::slot_tokens;
use super::schema::{self, About};
use super::{alias, check, ident, type_docs};
use crate::emit::{docs, rustdoc_only};
use crate::ir::{Api, Direction, Type, TypeDef, Union};

pub(super) fn emit(api: &Api, def: &TypeDef, union: &Union) -> TokenStream {
    let name = ident(&def.name);
    let rust_name = &def.name;
    let type_docs = type_docs(def);
    let root = quote!(super);
    let is_read = def.direction != Direction::Input;

    let idents: Vec<_> = union
        .variants
        .iter()
        .map(|variant| ident(&variant.name))
        .collect();
    let types: Vec<_> = union
        .variants
        .iter()
        .map(|variant| slot_tokens(&variant.slot, &root))
        .collect();
    let variant_docs = union.variants.iter().map(|variant| {
        if variant.slot.docs.trim().is_empty() {
            rustdoc_only(&format!("Alternative {}.", variant.name))
        } else {
            docs(&variant.slot.docs)
        }
    });
    let checks: Vec<_> = union
        .variants
        .iter()
        .map(|variant| check::checker(api, &variant.slot, &root))
        .collect();
    let indices = 0..union.variants.len();

    let unknown_variant = is_read.then(|| {
        quote! {
            #[cfg_attr(doc, doc = " A value that none of the alternatives describes, kept as it is.")]
            Unknown(serde_json::Value),
        }
    });
    let unknown_serialize =
        is_read.then(|| quote!(Self::Unknown(value) => value.serialize(serializer),));
    let default = (is_read && def.has_default).then(|| {
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::Unknown(serde_json::Value::Null)
                }
            }
        }
    });
    let otherwise = if is_read {
        quote!(_ => Ok(Self::Unknown(value)),)
    } else {
        quote!(_ => Err(super::lenient::no_alternative(#rust_name)),)
    };
    let reads: Vec<_> = union
        .variants
        .iter()
        .zip(&idents)
        .zip(&types)
        .map(|((variant, ident), ty)| {
            let read = match super::rust::reader(&variant.slot) {
                Some(reader) if variant.slot.nullable => {
                    quote!(<super::lenient::OrNull<#reader> as super::lenient::Read<#ty>>::read(&value))
                }
                Some(reader) => quote!(<#reader as super::lenient::Read<#ty>>::read(&value)),
                None => quote!(<#ty>::deserialize(&value)),
            };
            quote!(#read.map(Self::#ident).map_err(serde::de::Error::custom))
        })
        .collect();

    // The discriminator decides where it names an alternative; a request must also match it.
    let by_tag = union.discriminator.as_ref().map(|property| {
        let arms = union.variants.iter().enumerate().filter(|(_, variant)| !variant.tags.is_empty()).map(|(index, variant)| {
            let tags = &variant.tags;
            quote!(Some(#(#tags)|*) => Some(#index),)
        });
        let arms: TokenStream = arms.collect();
        let agrees = (!is_read).then(|| {
            quote!(.filter(|tagged| ALTERNATIVES.get(*tagged).is_some_and(|check| validate::first_match(&value, &[*check]).is_some())))
        });
        quote! {
            let tagged: Option<usize> = match value.get(#property).and_then(serde_json::Value::as_str) {
                #arms
                _ => None,
            };
            let chosen = tagged #agrees .or_else(|| validate::first_match(&value, ALTERNATIVES));
        }
    });
    let choose =
        by_tag.unwrap_or_else(|| quote!(let chosen = validate::first_match(&value, ALTERNATIVES);));

    let about = About::of_type(def);
    let slots: Vec<_> = union.variants.iter().map(|variant| &variant.slot).collect();
    let discriminator = union.discriminator.as_deref().map(|property| {
        let mapping = union.variants.iter().flat_map(|variant| {
            let target = match &variant.slot.ty {
                Type::Named { name, .. } => name.as_str(),
                _ => "",
            };
            variant.tags.iter().map(move |tag| (tag.as_str(), target))
        });
        (
            property,
            mapping
                .filter(|(_, target)| !target.is_empty())
                .collect::<Vec<_>>(),
        )
    });
    let schemas = schema::union_expressions(api, &slots, union.any_of, discriminator, &about);
    let mut uses = Vec::new();
    for slot in &slots {
        alias::names(slot, &mut uses);
    }
    let refers = !uses.is_empty();
    // A type that leads back here would never stop collecting.
    uses.retain(|used| !super::structure::reaches(api, used, rust_name));
    let implementations = schema::implementations(api, def, rust_name, schemas, &uses, refers);

    let null = def.nullable.then(|| {
        quote! {
            if value.is_null() {
                return;
            }
        }
    });
    let judge = if union.any_of {
        quote!(any_of)
    } else {
        quote!(one_of)
    };
    let conversions = conversions(union, &idents, &types, &name);
    quote! {
        use serde::{Deserialize, Serialize};

        use super::validate::{self, Check, Validate};
        use super::violations::{Location, Violations};

        /// The checks of the alternatives, in their order.
        const ALTERNATIVES: &[Check<'static>] = &[#(#checks),*];

        #type_docs
        #[derive(Clone, Debug, PartialEq)]
        pub enum #name {
            #(#variant_docs #idents(#types),)*
            #unknown_variant
        }

        #default

        impl Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    #(Self::#idents(value) => value.serialize(serializer),)*
                    #unknown_serialize
                }
            }
        }

        impl<'de> Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = serde_json::Value::deserialize(deserializer)?;
                #choose
                match chosen {
                    #(Some(#indices) => #reads,)*
                    #otherwise
                }
            }
        }

        impl Validate for #name {
            fn check(value: &serde_json::Value, at: &mut Location, out: &mut Violations) {
                #null
                validate::#judge(value, at, out, ALTERNATIVES);
            }
        }

        #conversions

        #implementations
    }
}

/// `From` of each alternative whose type no other alternative shares.
fn conversions(
    union: &Union,
    idents: &[proc_macro2::Ident],
    types: &[TokenStream],
    name: &proc_macro2::Ident,
) -> TokenStream {
    let texts: Vec<String> = types.iter().map(ToString::to_string).collect();
    let mut out = TokenStream::new();
    for ((variant, ident), (ty, text)) in union
        .variants
        .iter()
        .zip(idents)
        .zip(types.iter().zip(&texts))
    {
        let is_struct = matches!(variant.slot.ty, Type::Named { .. }) && !variant.slot.nullable;
        if is_struct && texts.iter().filter(|other| *other == text).count() == 1 {
            out.extend(quote! {
                impl From<#ty> for #name {
                    fn from(value: #ty) -> Self {
                        Self::#ident(value)
                    }
                }
            });
        }
    }
    out
}
