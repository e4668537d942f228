//! Checks: what the document says of values, as calls of the support module `validate`.

use functiongraph_contract::model::{IntegerSchema, NumberSchema, StringSchema};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::pattern;
use super::rust::{accepts_integer, validated_path};
use crate::ir::{Api, Slot, Type};

/// A check of a slot: an expression that borrows as `validate::Check`.
///
/// `root` is the path of the generated types (`super` in their own modules, the types crate
/// elsewhere), under which the module `validate` stands too.
pub(crate) fn checker(api: &Api, slot: &Slot, root: &TokenStream) -> TokenStream {
    let check = type_checker(api, slot, root);
    if slot.nullable {
        quote!(&|value: &serde_json::Value, at: &mut #root::Location, out: &mut #root::Violations| #root::validate::nullable(value, at, out, #check))
    } else {
        check
    }
}

/// As [`checker`], for values that are not `null`.
pub(super) fn type_checker(api: &Api, slot: &Slot, root: &TokenStream) -> TokenStream {
    let closure = |body: TokenStream| quote!(&|value: &serde_json::Value, at: &mut #root::Location, out: &mut #root::Violations| { #body });
    match &slot.ty {
        Type::Named { name, .. } => {
            let path = validated_path(api, name, root);
            quote!(&<#path as #root::Validate>::check)
        }
        Type::Any => quote!(&#root::validate::anything),
        Type::Boolean => quote!(&#root::validate::boolean),
        Type::String(string) => {
            let rules = text_rules(string, accepts_integer(slot), root);
            closure(quote!(#rules RULES.check(value, at, out)))
        }
        Type::Integer(integer) => {
            let rules = integer_rules(integer, root);
            closure(quote!(#rules RULES.check(value, at, out)))
        }
        Type::Number(number) => {
            let rules = number_rules(number, root);
            closure(quote!(#rules RULES.check(value, at, out)))
        }
        Type::Array {
            items,
            min_items,
            max_items,
            unique_items,
        } => {
            let items = checker(api, items, root);
            let least = min_items.map(|least| call("min", Literal::u64_unsuffixed(least)));
            let most = max_items.map(|most| call("max", Literal::u64_unsuffixed(most)));
            let unique = unique_items.then(|| quote!(.unique()));
            closure(quote! {
                const RULES: #root::validate::Items = #root::validate::Items::new() #least #most #unique;
                #root::validate::array(value, at, out, RULES, #items)
            })
        }
        Type::Map {
            values,
            min_properties,
            max_properties,
        } => {
            let values = checker(api, values, root);
            let rules = property_rules(*min_properties, *max_properties, root);
            closure(quote! {
                #rules
                #root::validate::map(value, at, out, RULES, #values)
            })
        }
    }
}

/// `const RULES` of an object's size.
pub(super) fn property_rules(
    least: Option<u64>,
    most: Option<u64>,
    root: &TokenStream,
) -> TokenStream {
    let least = least.map(|least| call("min", Literal::u64_unsuffixed(least)));
    let most = most.map(|most| call("max", Literal::u64_unsuffixed(most)));
    quote!(const RULES: #root::validate::Properties = #root::validate::Properties::new() #least #most;)
}

/// `static RULES` of a string, and the pattern that it needs.
pub(super) fn text_rules(
    string: &StringSchema,
    or_integer: bool,
    root: &TokenStream,
) -> TokenStream {
    let least = string
        .min_length
        .map(|least| call("min_length", Literal::u64_unsuffixed(least)));
    let most = string
        .max_length
        .map(|most| call("max_length", Literal::u64_unsuffixed(most)));
    let or_integer = or_integer.then(|| quote!(.or_integer()));
    let pattern = string.pattern.as_ref().map(|text| {
        let rust = pattern::translate(text);
        let expression = if rust == *text {
            quote!(#root::validate::Pattern::new(#text))
        } else {
            quote!(#root::validate::Pattern::translated(#text, #rust))
        };
        quote!(static PATTERN: #root::validate::Pattern = #expression;)
    });
    let with_pattern = pattern.is_some().then(|| quote!(.pattern(&PATTERN)));
    quote! {
        #pattern
        static RULES: #root::validate::Text = #root::validate::Text::new() #least #most #with_pattern #or_integer;
    }
}

/// `static RULES` of an integer.
pub(super) fn integer_rules(integer: &IntegerSchema, root: &TokenStream) -> TokenStream {
    let start = if integer.format.as_deref() == Some("int32") {
        quote!(int32())
    } else {
        quote!(int64())
    };
    let mut calls = TokenStream::new();
    if let Some(bound) = integer.minimum {
        calls.extend(call(
            if integer.exclusive_minimum {
                "above"
            } else {
                "minimum"
            },
            Literal::i64_unsuffixed(bound),
        ));
    }
    if let Some(bound) = integer.maximum {
        calls.extend(call(
            if integer.exclusive_maximum {
                "below"
            } else {
                "maximum"
            },
            Literal::i64_unsuffixed(bound),
        ));
    }
    if let Some(step) = integer.multiple_of {
        calls.extend(call("multiple_of", Literal::i64_unsuffixed(step)));
    }
    if !integer.enumeration.is_empty() {
        let values = integer
            .enumeration
            .iter()
            .map(|value| Literal::i64_unsuffixed(*value));
        calls.extend(quote!(.one_of(&[#(#values),*])));
    }
    quote!(static RULES: #root::validate::Integer = #root::validate::Integer::#start #calls;)
}

/// `static RULES` of a number.
pub(super) fn number_rules(number: &NumberSchema, root: &TokenStream) -> TokenStream {
    let start = if number.format.as_deref() == Some("float") {
        quote!(single())
    } else {
        quote!(double())
    };
    let mut calls = TokenStream::new();
    let mut add = |name: &str, value: Option<f64>| {
        // A bound that is not finite cannot come from JSON; leaving it out keeps this total.
        if let Some(value) = value.filter(|value| value.is_finite()) {
            calls.extend(call(name, Literal::f64_unsuffixed(value)));
        }
    };
    add(
        if number.exclusive_minimum {
            "above"
        } else {
            "minimum"
        },
        number.minimum,
    );
    add(
        if number.exclusive_maximum {
            "below"
        } else {
            "maximum"
        },
        number.maximum,
    );
    add("multiple_of", number.multiple_of);
    quote!(static RULES: #root::validate::Number = #root::validate::Number::#start #calls;)
}

fn call(name: &str, argument: Literal) -> TokenStream {
    let name = super::ident(name);
    quote!(.#name(#argument))
}
