//! The types crate: a Rust type for every schema, with its checks and the schemas that derive from
//! it.

mod alias;
mod check;
mod enumeration;
mod newtype;
mod pattern;
mod rust;
mod schema;
mod structure;
mod union;

use proc_macro2::TokenStream;
use quote::quote;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{allowances, format, ident, rustdoc_only, template};
use crate::ir::{Api, Shape, TypeDef};

pub(crate) use check::checker;
pub(crate) use rust::{schema_path, type_tokens};

/// Support files that are the same for every document.
const SUPPORT: &[(&str, &str)] = &[
    (
        "lenient",
        include_str!("../../../templates/types/lenient.rs"),
    ),
    (
        "validate",
        include_str!("../../../templates/types/validate.rs"),
    ),
    (
        "violations",
        include_str!("../../../templates/types/violations.rs"),
    ),
];

/// A generated file that is no Rust: a fault of the emitter.
#[derive(Debug)]
pub(crate) struct Fault {
    file: String,
    source: syn::Error,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.file, self.source)
    }
}

impl std::error::Error for Fault {}

/// The generated files of the types crate: name under `src/generated` and text.
///
/// # Errors
///
/// When a file is no Rust, which is a fault of the emitter.
pub(crate) fn emit(api: &Api) -> Result<Vec<(String, String)>, Fault> {
    let text = |name: String, tokens: TokenStream| match format(tokens) {
        Ok(text) => Ok((name, text)),
        Err(source) => Err(Fault { file: name, source }),
    };
    let mut files = vec![
        text("mod.rs".to_owned(), index(api))?,
        text("openapi.rs".to_owned(), schemas(api))?,
    ];
    let definitions: Vec<_> = api
        .types
        .par_iter()
        .map(|def| text(format!("{}.rs", def.module), definition(api, def)))
        .collect::<Result<_, _>>()?;
    files.extend(definitions);
    for (name, text) in SUPPORT {
        files.push((format!("{name}.rs"), template(text)));
    }
    Ok(files)
}

/// `mod.rs`: declares the modules and exports the types.
fn index(api: &Api) -> TokenStream {
    let allowances = allowances();
    let mut modules: Vec<(&str, TokenStream)> = vec![
        ("lenient", quote!(mod)),
        ("openapi", quote!(#[cfg(feature = "schema")] pub mod)),
        ("validate", quote!(pub mod)),
        ("violations", quote!(mod)),
    ];
    modules.extend(
        api.types
            .iter()
            .map(|def| (def.module.as_str(), quote!(mod))),
    );
    modules.sort_by_key(|(name, _)| *name);
    let modules = modules.into_iter().map(|(name, keyword)| {
        let name = ident(name);
        quote!(#[rustfmt::skip] #keyword #name;)
    });
    let mut exports: Vec<(&str, String)> = api
        .types
        .iter()
        .map(|def| (def.module.as_str(), def.name.clone()))
        .collect();
    exports.extend(
        api.types
            .iter()
            .filter(|def| is_alias(def))
            .map(|def| (def.module.as_str(), rust::marker_name(api, def))),
    );
    exports.push(("validate", "Validate".to_owned()));
    for name in ["Constraint", "Limit", "Location", "Violation", "Violations"] {
        exports.push(("violations", name.to_owned()));
    }
    exports.sort();
    let exports = exports.into_iter().map(|(module, name)| {
        let (module, name) = (ident(module), ident(&name));
        quote!(pub use self::#module::#name;)
    });
    quote! {
        #allowances
        #(#modules)*
        #(#exports)*
    }
}

/// `openapi.rs`: the schemas of all types that have a name in the document.
fn schemas(api: &Api) -> TokenStream {
    let root = quote!(super);
    let paths: Vec<_> = api
        .types
        .iter()
        .filter(|def| !def.hoisted)
        .map(|def| schema_path(api, &def.name, &root))
        .collect();
    quote! {
        //! The schemas of all types: what the Rust types say of themselves, to compare with the
        //! document and to describe a server with.

        use schemars::{JsonSchema, SchemaGenerator};
        use utoipa::openapi::RefOr;
        use utoipa::openapi::schema::Schema;
        use utoipa::{PartialSchema, ToSchema};

        /// The schema of every named type by its name in the document, by utoipa.
        pub fn schemas() -> Vec<(String, RefOr<Schema>)> {
            fn schema<T: PartialSchema + ToSchema>() -> (String, RefOr<Schema>) {
                (T::name().into_owned(), T::schema())
            }
            vec![#(schema::<#paths>()),*]
        }

        /// Makes a generator of schemars define every named type.
        pub fn define(generator: &mut SchemaGenerator) {
            fn define<T: JsonSchema>(generator: &mut SchemaGenerator) {
                let _ = generator.subschema_for::<T>();
            }
            #(define::<#paths>(generator);)*
        }
    }
}

fn is_alias(def: &TypeDef) -> bool {
    matches!(def.shape, Shape::Alias(_))
}

/// The file of one type.
fn definition(api: &Api, def: &TypeDef) -> TokenStream {
    match &def.shape {
        Shape::Struct(structure) => structure::emit(api, def, structure),
        Shape::Enum(enumeration) => enumeration::emit(api, def, enumeration),
        Shape::Newtype(ty) => newtype::emit(api, def, ty),
        Shape::Alias(slot) => alias::emit(api, def, slot),
        Shape::Union(union) => union::emit(api, def, union),
    }
}

/// The description that the document gives a type; lowering makes one up where there is none.
fn description(def: &TypeDef) -> Option<&str> {
    let made_up = def.docs == format!("The schema `{}`.", def.schema);
    let is_title = def.title.as_deref().is_some_and(|title| title == def.docs);
    (!made_up && !is_title && !def.docs.trim().is_empty()).then(|| def.docs.trim())
}

/// Doc attributes and `#[deprecated]` of a type.
fn type_docs(def: &TypeDef) -> TokenStream {
    let docs = match description(def) {
        Some(text) => super::docs(text),
        None => rustdoc_only(&def.docs),
    };
    let deprecated = def.deprecated.then(|| quote!(#[deprecated]));
    quote!(#docs #deprecated)
}

#[cfg(test)]
mod tests;
