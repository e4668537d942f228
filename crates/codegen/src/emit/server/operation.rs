//! `runtime/operation.rs`: the operations as values.

use indexmap::IndexMap;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use functiongraph_contract::model::Method;

use super::Context;
use super::routes::parameter;
use crate::emit::{docs, ident};
use crate::ir::{Api, Operation};

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let api = context.api;
    let variants: Vec<_> = api
        .operations()
        .map(|operation| ident(&operation.type_prefix))
        .collect();
    let variant_docs = api.operations().map(|operation| {
        let summary = operation.summary.as_deref().map(docs);
        let line = docs(&format!(
            "`{} {}`",
            operation.method.key().to_uppercase(),
            operation.path
        ));
        let apart = summary.as_ref().map(|_| quote!(#[doc = ""]));
        quote!(#summary #apart #line)
    });
    let ids = api.operations().map(|operation| &operation.id);
    let methods = arms(api, |operation| method(operation.method));
    let paths = arms(api, |operation| {
        let path = &operation.path;
        quote!(#path)
    });
    let security = arms(api, |operation| security(api, operation));
    let templates = arms(api, template);
    let modules = api
        .tags
        .iter()
        .flat_map(|tag| tag.operations.iter().map(|_| ident(&tag.module)));
    let path_types = api
        .operations()
        .map(|operation| format_ident!("{}Path", operation.type_prefix));
    let path_docs = api
        .operations()
        .map(|operation| docs(&format!("Of [`Operation::{}`].", operation.type_prefix)));
    quote! {
        //! The operations as values.


        use std::fmt;

        use axum::http::Method;

        use super::Requirement;
        #[allow(unused_imports, reason = "not every document has security")]
        use super::Scheme;

        /// An operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            #(#variant_docs #variants,)*
        }

        impl Operation {
            /// Every operation, in the order of the document.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The document's name for it: its `operationId`.
            pub fn id(self) -> &'static str {
                match self { #(Self::#variants => #ids,)* }
            }

            /// The HTTP method.
            pub fn method(self) -> Method {
                match self { #methods }
            }

            /// The path template, as in the document.
            pub fn path(self) -> &'static str {
                match self { #paths }
            }

            /// The alternatives of credentials that it asks for: everything in one alternative is
            /// needed together. Empty where it asks for none; an empty alternative means that
            /// callers without credentials are welcome too.
            pub fn security(self) -> &'static [&'static [Requirement]] {
                match self { #security }
            }

            /// The segments of the path: the parameter that one is, or none.
            pub(super) fn segments(self) -> &'static [Option<&'static str>] {
                match self { #templates }
            }
        }

        impl fmt::Display for Operation {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.id())
            }
        }

        /// The valid path parameters of a request, as [`Hooks::admit`](super::Hooks::admit) gets
        /// them.
        #[derive(Clone, Copy, Debug)]
        pub enum OperationPath<'a> {
            #(
                #path_docs
                #variants(&'a super::super::#modules::#path_types),
            )*
        }

        impl OperationPath<'_> {
            /// The operation that is called.
            pub fn operation(&self) -> Operation {
                match self { #(Self::#variants(_) => Operation::#variants,)* }
            }
        }
    }
}

/// The arms of a `match` on the operation; those with the same value share one.
fn arms(api: &Api, value: impl Fn(&Operation) -> TokenStream) -> TokenStream {
    let mut groups: IndexMap<String, (TokenStream, Vec<syn::Ident>)> = IndexMap::new();
    for operation in api.operations() {
        let value = value(operation);
        let group = groups
            .entry(value.to_string())
            .or_insert_with(|| (value, Vec::new()));
        group.1.push(ident(&operation.type_prefix));
    }
    let arms = groups
        .values()
        .map(|(value, variants)| quote!(#(Self::#variants)|* => #value,));
    quote!(#(#arms)*)
}

/// The constant of `http::Method`.
pub(super) fn method(method: Method) -> TokenStream {
    let name = format_ident!("{}", method.key().to_uppercase());
    quote!(Method::#name)
}

/// The alternatives of an operation's security.
fn security(api: &Api, operation: &Operation) -> TokenStream {
    let alternatives = operation.security.iter().map(|alternative| {
        let requirements = alternative.iter().filter_map(|(name, scopes)| {
            // The lint has seen that every scheme exists.
            let scheme = ident(&api.security_schemes.get(name)?.rust_name);
            Some(quote!(Requirement { scheme: Scheme::#scheme, scopes: &[#(#scopes),*] }))
        });
        quote!(&[#(#requirements),*])
    });
    quote!(&[#(#alternatives),*])
}

/// The segments of an operation's path.
fn template(operation: &Operation) -> TokenStream {
    let segments = operation
        .path
        .split('/')
        .skip(1)
        .map(|segment| match parameter(segment) {
            Some(name) => quote!(Some(#name)),
            None => quote!(None),
        });
    quote!(&[#(#segments),*])
}
