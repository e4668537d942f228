//! `runtime/routes.rs`: paths and methods to operations.

use std::collections::HashMap;

use indexmap::IndexMap;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use functiongraph_contract::model::Method;

use super::{Context, has_tag_routers, operation, prose, tag_router};
use crate::emit::ident;
use crate::ir::{Api, Operation, Tag};

/// The parameter that a segment of a path template is; the lint has seen that a parameter is
/// nothing less than a segment.
pub(super) fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// An operation and the tag that its trait belongs to.
type Tagged<'a> = (&'a Tag, &'a Operation);

/// A path with its operations.
struct Route<'a> {
    /// axum's pattern.
    pattern: String,
    operations: Vec<Tagged<'a>>,
}

/// The paths of some operations, in the order of the document.
///
/// axum wants one name for a parameter wherever paths share the way there; documents need not
/// agree. So parameters are named after the first path that passes.
fn routes<'a>(operations: impl Iterator<Item = Tagged<'a>>) -> Vec<Route<'a>> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut routes: IndexMap<String, Route<'a>> = IndexMap::new();
    for (tag, operation) in operations {
        let mut shape = String::new();
        let mut pattern = String::new();
        for segment in operation.path.split('/').skip(1) {
            match parameter(segment) {
                Some(wanted) => {
                    shape.push_str("/{}");
                    let name = names
                        .entry(shape.clone())
                        .or_insert_with(|| parameter_name(wanted, &pattern));
                    pattern.push_str(&format!("/{{{name}}}"));
                }
                None => {
                    shape.push_str(&format!("/{segment}"));
                    pattern.push_str(&format!("/{segment}"));
                }
            }
        }
        let route = routes.entry(shape).or_insert_with(|| Route {
            pattern,
            operations: Vec::new(),
        });
        route.operations.push((tag, operation));
    }
    routes.into_values().collect()
}

/// A name that axum takes, and that the pattern so far does not have.
fn parameter_name(wanted: &str, pattern: &str) -> String {
    let mut name: String = wanted
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    while name.is_empty() || pattern.contains(&format!("{{{name}}}")) {
        name.push('_');
    }
    name
}

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let api = context.api;
    let all = api
        .tags
        .iter()
        .flat_map(|tag| tag.operations.iter().map(move |operation| (tag, operation)));
    let own: Vec<&Tag> = api.tags.iter().collect();
    let combined = router(
        &ident("router"),
        "path",
        &own,
        routes(all),
        &router_docs(api),
    );
    let separate = api.tags.iter().filter(|_| has_tag_routers(api)).map(|tag| {
        let operations = tag.operations.iter().map(move |operation| (tag, operation));
        let text = prose(&format!(
            "The operations tagged `{}` alone, for a service that implements one tag. A path that other tags share \
             answers 405 to their methods.",
            tag.name
        ));
        router(&tag_router(tag), &format!("{}_path", tag.module), &[tag], routes(operations), &text)
    });
    quote! {
        //! Paths and methods to operations.

        use std::sync::Arc;

        use axum::Router;
        use axum::extract::Request;
        use axum::http::Method;
        use axum::response::Response;
        use axum::routing::any;

        use super::{Hooks, Limits, RejectionKind, Server};

        #combined
        #(#separate)*
    }
}

fn router_docs(api: &Api) -> TokenStream {
    let operations = api.operations().count();
    prose(&format!(
        "The router of the API's {operations} operations, with answers to everything else: 404 to other paths, 405 to \
         other methods.\n\n\
         It can be merged into a larger router that has no fallback of its own, or nested under a prefix."
    ))
}

fn router(
    name: &syn::Ident,
    prefix: &str,
    tags: &[&Tag],
    routes: Vec<Route<'_>>,
    text: &TokenStream,
) -> TokenStream {
    let bounds: Vec<TokenStream> = tags
        .iter()
        .map(|tag| {
            let (module, name) = (ident(&tag.module), ident(&tag.trait_name));
            quote!(super::super::#module::#name<H::Identity>)
        })
        .collect();
    let handlers: Vec<_> = (0..routes.len())
        .map(|index| format_ident!("{prefix}_{index}"))
        .collect();
    // A path may begin a segment with a colon, which axum would take for its old syntax.
    let old_syntax = routes
        .iter()
        .any(|route| route.pattern.contains("/:") || route.pattern.contains("/*"))
        .then(|| quote!(.without_v07_checks()));
    let patterns = routes.iter().map(|route| &route.pattern);
    let functions = routes.iter().zip(&handlers).map(|(route, handler)| {
        let needed: Vec<TokenStream> = bounds_of(route, tags, &bounds);
        let body = dispatch(route);
        quote! {
            async fn #handler<S, H>(server: Server<S, H>, request: Request) -> Response
            where
                S: #(#needed)+*,
                H: Hooks,
            {
                #body
            }
        }
    });
    quote! {
        #text
        pub fn #name<S, H>(service: Arc<S>, hooks: Arc<H>, limits: Limits) -> Router
        where
            S: #(#bounds)+*,
            H: Hooks,
        {
            let server = Server::new(service, hooks, limits);
            let other = server.clone();
            Router::new()
                #old_syntax
                #(.route(#patterns, {
                    let server = server.clone();
                    any(move |request: Request| #handlers(server.clone(), request))
                }))*
                .fallback(move |request: Request| std::future::ready(other.stray(request, RejectionKind::NotFound)))
        }
        #(#functions)*
    }
}

/// The traits that a path's operations belong to.
fn bounds_of(route: &Route<'_>, tags: &[&Tag], bounds: &[TokenStream]) -> Vec<TokenStream> {
    let used = |tag: &Tag| {
        route
            .operations
            .iter()
            .any(|(other, _)| other.name == tag.name)
    };
    tags.iter()
        .zip(bounds)
        .filter(|(tag, _)| used(tag))
        .map(|(_, bound)| bound.clone())
        .collect()
}

fn dispatch(route: &Route<'_>) -> TokenStream {
    let methods = methods(&route.operations);
    // axum lets a parameter be empty, but no value of one is.
    let checked = route.pattern.contains('{') && !route.pattern.contains("//");
    let empty = checked.then(|| {
        quote! {
            if request.uri().path().contains("//") {
                return server.stray(request, RejectionKind::NotFound);
            }
        }
    });
    quote!(#empty #methods)
}

/// The choice among a path's operations by method. `HEAD` is `GET` unless documented itself.
fn methods(operations: &[Tagged<'_>]) -> TokenStream {
    let has = |method| {
        operations
            .iter()
            .any(|(_, operation)| operation.method == method)
    };
    let implied_head = has(Method::Get) && !has(Method::Head);
    let mut allowed: Vec<String> = operations
        .iter()
        .map(|(_, operation)| operation.method.key().to_uppercase())
        .collect();
    if implied_head {
        allowed.push("HEAD".to_owned());
    }
    allowed.sort_unstable();
    let allow = allowed.join(", ");
    let arms = operations.iter().map(|(tag, operation)| {
        let module = ident(&tag.module);
        let handler = ident(&operation.method_name);
        let method = operation::method(operation.method);
        let head =
            (implied_head && operation.method == Method::Get).then(|| quote!(| Method::HEAD));
        quote!(#method #head => super::super::#module::#handler(server, request).await,)
    });
    quote! {
        match *request.method() {
            #(#arms)*
            _ => server.stray(request, RejectionKind::MethodNotAllowed { allow: #allow }),
        }
    }
}
