//! Finds the schemas that are written out in generated source rather than derived.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

/// What is literal in a source file: the names of types whose schema is implemented, and
/// `Type/field` for fields whose schema is made by a function.
///
/// # Errors
/// A source that is not Rust.
pub fn literals(source: &str) -> Result<BTreeSet<String>, syn::Error> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder::default();
    finder.visit_file(&file);
    Ok(finder.found)
}

#[derive(Default)]
struct Finder {
    found: BTreeSet<String>,
}

/// The traits that say what a type's schema is.
const TRAITS: &[&str] = &["JsonSchema", "PartialSchema", "ComposeSchema"];

/// The arguments of `schemars(…)` and `schema(…)` that put something else in a derived schema's
/// place.
const ARGUMENTS: &[&str] = &["schema_with", "value_type"];

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let name = |path: &syn::Path| {
            path.segments
                .last()
                .map(|segment| segment.ident.to_string())
        };
        let implemented = item.trait_.as_ref().and_then(|(path, _)| name(path));
        if implemented.is_some_and(|implemented| TRAITS.contains(&implemented.as_str()))
            && let syn::Type::Path(of) = &*item.self_ty
        {
            self.found.extend(name(&of.path));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        for field in &item.fields {
            let attributes = field
                .attrs
                .iter()
                .filter_map(|attribute| match &attribute.meta {
                    syn::Meta::List(list) => Some(list.tokens.to_string()),
                    _ => None,
                });
            let literal = attributes.into_iter().any(|tokens| {
                tokens
                    .split(|character: char| !character.is_alphanumeric() && character != '_')
                    .any(|word| ARGUMENTS.contains(&word))
            });
            if literal && let Some(field) = &field.ident {
                self.found.insert(format!("{}/{field}", item.ident));
            }
        }
        visit::visit_item_struct(self, item);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn implementations_and_functions_are_found_and_derives_are_not() {
        let found = literals(
            r#"
            #[cfg(feature = "schema")]
            impl schemars::JsonSchema for A { fn json_schema() {} }
            impl utoipa::PartialSchema for super::B {}
            impl Clone for C {}
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, utoipa::ToSchema))]
            struct D {
                #[cfg_attr(feature = "schema", schemars(!default), schema(required = true, schema_with = schemas::x))]
                x: i32,
                #[cfg_attr(feature = "schema", schemars(with = "String"))]
                /// schema_with in a comment
                y: String,
            }
            mod inner { impl JsonSchema for E {} }
            "#,
        );
        assert_eq!(
            found.unwrap().into_iter().collect::<Vec<_>>(),
            ["A", "B", "D/x", "E"]
        );
    }
}
