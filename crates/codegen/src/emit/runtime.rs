//! A client on a runtime of its own crate instead of `progenitor-client`.
//!
//! progenitor's runtime has one error type for each body and forgets the status of a body that it
//! cannot decode. A crate that wants better writes a module with the same items and names it in
//! `Layout::client_runtime`; this rewrites what progenitor made to use that module:
//!
//! * paths into `progenitor_client` lead into the module;
//! * `Error<Body>` becomes `Error`, and its variants become functions: `Error::ErrorResponse` is
//!   `Error::error_response`.

use heck::ToSnakeCase as _;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{File, Path, PathArguments, Token, UsePath, UseTree};

use crate::ir::Api;

/// The crate that progenitor's clients run on.
const PROGENITOR: &str = "progenitor_client";

/// Rewrites a client to the runtime module at `runtime`, a path such as `crate::runtime`.
pub(super) fn rewrite(file: &mut File, runtime: &str) -> Result<(), syn::Error> {
    let mut rewriter = Rewriter {
        runtime: syn::parse_str(runtime)?,
    };
    rewriter.visit_file_mut(file);
    Ok(())
}

/// What hand-written code knows of the operations, since progenitor tells its hooks a name alone.
pub(super) fn operations(api: &Api) -> TokenStream {
    let rows = api.operations().map(|operation| {
        let (id, path) = (&operation.id, &operation.path);
        let method = operation.method.key().to_ascii_uppercase();
        quote!((#id, #method, #path))
    });
    quote! {
        /// Every operation: its id, its method and the template of its path.
        pub(crate) const OPERATIONS: &[(&str, &str, &str)] = &[#(#rows),*];
    }
}

struct Rewriter {
    runtime: Path,
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
}
