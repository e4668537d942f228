//! A client on a runtime of its own crate instead of `progenitor-client`.
//!
//! progenitor's runtime has one error type for each body and forgets the status of a body that it
//! cannot decode. A crate that wants better writes a module with the same items and names it in
//! `Layout::client_runtime`; this rewrites what progenitor made to use that module:
//!
//! * paths into `progenitor_client` lead into the module;
//! * `Error<Body>` becomes `Error`, and its variants become functions: `Error::ErrorResponse` is
//!   `Error::error_response`;
//! * a request body that may be left out need not be given: it starts as its type's default.

use std::collections::BTreeSet;

use heck::ToSnakeCase as _;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{FieldValue, ItemImpl, Member, Path, PathArguments, Token, Type, UsePath, UseTree};

use crate::ir::{Api, Shape, Type as IrType};

/// The crate that progenitor's clients run on.
const PROGENITOR: &str = "progenitor_client";

/// Rewrites a client to the runtime module at `runtime`, a path such as `crate::runtime`.
pub(super) fn rewrite(
    api: &Api,
    tokens: TokenStream,
    runtime: &str,
) -> Result<TokenStream, syn::Error> {
    let mut file: syn::File = syn::parse2(tokens)?;
    let mut rewriter = Rewriter {
        runtime: syn::parse_str(runtime)?,
        optional_bodies: optional_bodies(api),
        in_optional: false,
    };
    rewriter.visit_file_mut(&mut file);
    let operations = operations(api);
    let file = file.into_token_stream();
    Ok(quote!(#file #operations))
}

/// What hand-written code knows of the operations, since progenitor tells its hooks a name alone.
fn operations(api: &Api) -> TokenStream {
    let rows = api.operations().map(|operation| {
        let (id, path) = (&operation.id, &operation.path);
        let method = operation.method.key().to_ascii_uppercase();
        quote!((#id, #method, #path))
    });
    quote! {
        /// Every operation: its id, its method and the template of its path.
        pub const OPERATIONS: &[(&str, &str, &str)] = &[#(#rows),*];
    }
}

/// Builders of operations whose body may be left out, where the body's type has a default.
fn optional_bodies(api: &Api) -> BTreeSet<String> {
    api.operations()
        .filter(|operation| {
            operation.body.as_ref().is_some_and(|body| {
                let IrType::Named { name, .. } = &body.slot.ty else {
                    return false;
                };
                let def = api.type_named(name);
                !body.required
                    && def
                        .is_some_and(|def| def.has_default && matches!(def.shape, Shape::Struct(_)))
            })
        })
        .map(|operation| operation.type_prefix.clone())
        .collect()
}

struct Rewriter {
    runtime: Path,
    optional_bodies: BTreeSet<String>,
    /// Whether the builder of an operation with an optional body is being read.
    in_optional: bool,
}

impl VisitMut for Rewriter {
    fn visit_use_tree_mut(&mut self, tree: &mut UseTree) {
        if let UseTree::Path(path) = tree
            && path.ident == PROGENITOR
        {
            let mut rest = (*path.tree).clone();
            for segment in self.runtime.segments.iter().rev() {
                rest = UseTree::Path(UsePath {
                    ident: segment.ident.clone(),
                    colon2_token: <Token![::]>::default(),
                    tree: Box::new(rest),
                });
            }
            *tree = rest;
        }
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if path
            .segments
            .first()
            .is_some_and(|first| first.ident == PROGENITOR)
        {
            let rest = path.segments.iter().skip(1).cloned();
            path.segments = self.runtime.segments.iter().cloned().chain(rest).collect();
        }
        let Some(first) = path.segments.first_mut() else {
            return;
        };
        if first.ident == "Error" {
            first.arguments = PathArguments::None;
            if let Some(variant) = path.segments.get_mut(1) {
                let name = variant.ident.to_string().to_snake_case();
                variant.ident = Ident::new(&name, Span::call_site());
            }
        }
    }

    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        let builder = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        self.in_optional = builder.is_some_and(|name| self.optional_bodies.contains(&name));
        visit_mut::visit_item_impl_mut(self, item);
        self.in_optional = false;
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        visit_mut::visit_field_value_mut(self, field);
        let is_body = matches!(&field.member, Member::Named(name) if name == "body");
        if is_body && self.in_optional && field.colon_token.is_some() {
            field.expr = syn::parse_quote!(Ok(::std::default::Default::default()));
        }
    }
}
