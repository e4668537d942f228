//! The server: a trait per tag, a router that decodes and validates, hooks, and the server's
//! description of itself by utoipa.
//!
//! What is the same for every document is Rust text already (`templates/server/`), emitted as
//! files of the `runtime` folder, so that the generated crate depends on no crate of this project.
//! What the document shapes is made here.

mod attributes;
mod credentials;
mod description;
mod operation;
mod routes;
mod tag;
#[cfg(test)]
mod tests;
mod values;

use std::collections::HashMap;
use std::fmt;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::{docs, document_allowances, ident, template};
use crate::ir::{Api, Operation, Tag};

/// Why no server was made: a fault of the emitter, or nothing to serve.
#[derive(Debug)]
pub(crate) enum Error {
    /// The document has no operation.
    NoOperation,
    /// The text of a file is not Rust.
    NotRust(String, syn::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOperation => f.write_str("the document has no operation to serve"),
            Self::NotRust(file, error) => write!(f, "{file}: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// The parts of the runtime that no document changes: file name and text.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "runtime/decode.rs",
        include_str!("../../../templates/server/decode.rs"),
    ),
    (
        "runtime/failure.rs",
        include_str!("../../../templates/server/failure.rs"),
    ),
    (
        "runtime/hooks.rs",
        include_str!("../../../templates/server/hooks.rs"),
    ),
    (
        "runtime/rejection.rs",
        include_str!("../../../templates/server/rejection.rs"),
    ),
    (
        "runtime/reply.rs",
        include_str!("../../../templates/server/reply.rs"),
    ),
    (
        "runtime/serve.rs",
        include_str!("../../../templates/server/serve.rs"),
    ),
    (
        "runtime/text.rs",
        include_str!("../../../templates/server/text.rs"),
    ),
    (
        "runtime/unimplemented.rs",
        include_str!("../../../templates/server/unimplemented.rs"),
    ),
];

/// The files of the server, by name under `src/generated/`.
///
/// # Errors
///
/// When there is no operation, or a fault of the emitter.
pub(crate) fn emit(api: &Api, types_crate: &str) -> Result<Vec<(String, String)>, Error> {
    if api.operations().next().is_none() {
        return Err(Error::NoOperation);
    }
    let context = Context {
        api,
        types: ident(types_crate),
        examples: values::example_names(api),
    };
    let mut files = vec![
        ("mod.rs".to_owned(), root(&context)),
        ("runtime/mod.rs".to_owned(), runtime(&context)),
        ("runtime/operation.rs".to_owned(), operation::emit(&context)),
        (
            "runtime/credentials.rs".to_owned(),
            credentials::emit(&context),
        ),
        ("runtime/routes.rs".to_owned(), routes::emit(&context)),
        (
            "runtime/description.rs".to_owned(),
            description::emit(&context),
        ),
        (
            "runtime/examples.rs".to_owned(),
            values::examples_file(&context),
        ),
        ("runtime/headers.rs".to_owned(), values::headers_file(api)),
    ];
    for tag in &api.tags {
        files.push((format!("{}.rs", tag.module), tag::emit(&context, tag)));
    }
    let mut texts = Vec::new();
    for (name, tokens) in files {
        let text = text(tokens).map_err(|error| Error::NotRust(name.clone(), error))?;
        texts.push((name, text));
    }
    texts.extend(
        TEMPLATES
            .iter()
            .map(|(name, text)| ((*name).to_owned(), template(text))),
    );
    Ok(texts)
}

/// Names that no tag's trait may have: those of the prelude, which an implementation needs beside
/// it, generic parameters, and the types made for operations.
pub(crate) fn names_beside_traits<'a>(
    operations: impl Iterator<Item = &'a Operation>,
) -> Vec<String> {
    const PRELUDE: &[&str] = &[
        "AsMut",
        "AsRef",
        "Box",
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "DoubleEndedIterator",
        "Drop",
        "Eq",
        "Err",
        "ExactSizeIterator",
        "Extend",
        "Fn",
        "FnMut",
        "FnOnce",
        "From",
        "FromIterator",
        "Future",
        "H",
        "Hash",
        "I",
        "Into",
        "IntoFuture",
        "IntoIterator",
        "Iterator",
        "None",
        "Ok",
        "Option",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Result",
        "S",
        "Self",
        "Send",
        "Sized",
        "Some",
        "String",
        "Sync",
        "T",
        "ToOwned",
        "ToString",
        "TryFrom",
        "TryInto",
        "Unpin",
        "Vec",
    ];
    let made = operations.flat_map(|operation| {
        ["Path", "Input", "Output", "Status", "Failure"]
            .map(|suffix| format!("{}{suffix}", operation.type_prefix))
    });
    PRELUDE
        .iter()
        .map(|name| (*name).to_owned())
        .chain(made)
        .collect()
}

/// What every part of the emitter reads.
pub(crate) struct Context<'a> {
    api: &'a Api,
    /// The crate of the types.
    types: syn::Ident,
    /// Functions that give the examples of each operation, by its id.
    examples: HashMap<String, values::ExampleNames>,
}

/// The text of a file: items as prettyplease writes them, with blank lines between them.
fn text(tokens: TokenStream) -> Result<String, syn::Error> {
    let mut file: syn::File = syn::parse2(tokens)?;
    let items = std::mem::take(&mut file.items);
    let mut text = prettyplease::unparse(&file);
    let mut previous = None;
    for item in items {
        let kind = match &item {
            syn::Item::Use(item) => Some(matches!(item.vis, syn::Visibility::Inherited)),
            _ => None,
        };
        if !text.is_empty() && (kind.is_none() || kind != previous) {
            text.push('\n');
        }
        previous = kind;
        text.push_str(&prettyplease::unparse(&syn::File {
            items: vec![item],
            ..file_without_items()
        }));
    }
    Ok(template(&text))
}

fn file_without_items() -> syn::File {
    syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: Vec::new(),
    }
}

/// Doc attributes for text of ours, which may hold links and is broken into lines here.
fn prose(text: &str) -> TokenStream {
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let mut width = 0;
        for word in paragraph.split_whitespace() {
            if width > 0 && width + word.len() > 90 {
                out.push('\n');
                width = 0;
            } else if width > 0 {
                out.push(' ');
            }
            out.push_str(word);
            width += word.len() + 1;
        }
    }
    docs(&out)
}

/// Doc attributes for the top of a module.
fn inner_docs(text: &str) -> TokenStream {
    let lines = text.trim().lines().map(|line| {
        let line = line.trim_end();
        let line = if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        };
        quote!(#![doc = #line])
    });
    quote!(#(#lines)*)
}

/// Whether each tag gets a router of its own beside the one for all.
fn has_tag_routers(api: &Api) -> bool {
    api.tags.len() > 1
}

/// Name of the router of one tag.
fn tag_router(tag: &Tag) -> syn::Ident {
    ident(&format!("{}_router", tag.module))
}

fn root(context: &Context<'_>) -> TokenStream {
    let modules = context.api.tags.iter().map(|tag| {
        let module = ident(&tag.module);
        quote! {
            #[rustfmt::skip]
            pub mod #module;
        }
    });
    let routers = context
        .api
        .tags
        .iter()
        .filter(|_| has_tag_routers(context.api))
        .map(tag_router);
    let allowances = document_allowances();
    quote! {
        #allowances

        #[rustfmt::skip]
        mod runtime;
        #(#modules)*

        pub use runtime::headers;
        pub use runtime::{
            Authentication, Cause, Credentials, Empty, ErrorStatus, Failure, Hooks, Limits,
            MalformedJson, Operation, OperationPath, Outcome, Rejection, RejectionKind, Reply,
            Requirement, Scheme, Unimplemented, openapi, reject, router #(, #routers)*
        };
    }
}

fn runtime(context: &Context<'_>) -> TokenStream {
    let types = &context.types;
    let routers = context
        .api
        .tags
        .iter()
        .filter(|_| has_tag_routers(context.api))
        .map(tag_router);
    quote! {
        //! What the operations' modules stand on.

        #[rustfmt::skip]
        mod credentials;
        #[rustfmt::skip]
        pub(crate) mod decode;
        #[rustfmt::skip]
        mod description;
        #[rustfmt::skip]
        pub(crate) mod examples;
        #[rustfmt::skip]
        mod failure;
        #[rustfmt::skip]
        pub mod headers;
        #[rustfmt::skip]
        mod hooks;
        #[rustfmt::skip]
        mod operation;
        #[rustfmt::skip]
        mod rejection;
        #[rustfmt::skip]
        mod reply;
        #[rustfmt::skip]
        mod routes;
        #[rustfmt::skip]
        pub(crate) mod serve;
        #[rustfmt::skip]
        pub(crate) mod text;
        #[rustfmt::skip]
        mod unimplemented;

        use #types as types;

        pub use credentials::{Credentials, Scheme};
        pub use description::openapi;
        pub use failure::{Cause, ErrorStatus, Failure};
        pub use hooks::{Authentication, Hooks, Requirement};
        pub use operation::{Operation, OperationPath};
        pub use rejection::{MalformedJson, Rejection, RejectionKind};
        pub use reply::{Empty, Reply};
        pub use routes::{router #(, #routers)*};
        pub use serve::{Limits, Outcome, reject};
        pub use unimplemented::Unimplemented;

        #[allow(unused_imports, reason = "which of these are needed depends on the document")]
        pub(crate) use {description::reference, rejection::Refusal, serve::Incoming};
        pub(crate) use serve::Server;
    }
}
