//! What a schema is, seen through references and wrappers.

use crate::Document;
use crate::lint::Lint;
use crate::model::{ArraySchema, IntegerSchema, Schema, SchemaKind, StringSchema};

/// What a schema describes, roughly.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'s> {
    /// A string, a number or a boolean.
    Scalar,
    /// A list, and the schema of its items.
    Array(&'s Schema),
    /// An object, maybe put together of several.
    Object,
    /// `oneOf` or `anyOf`.
    Union,
    /// Any value.
    Any,
}

/// What the schema describes. An `allOf` of one member is that member; members that say nothing do
/// not count. References and combinations come to an end, since reading refuses cycles.
pub(super) fn shape<'s>(document: &'s Document, schema: &'s Schema) -> Shape<'s> {
    let mut schema = schema;
    // Enough for the longest chain that reading lets pass, with a wrapper at each step.
    for _ in 0..4 * crate::limits::MAX_CHAIN {
        schema = document.resolve(schema);
        match &schema.kind {
            SchemaKind::String(_)
            | SchemaKind::Integer(_)
            | SchemaKind::Number(_)
            | SchemaKind::Boolean => return Shape::Scalar,
            SchemaKind::Array(array) => return Shape::Array(&array.items),
            SchemaKind::Object(_) => return Shape::Object,
            SchemaKind::OneOf(_) | SchemaKind::AnyOf(_) => return Shape::Union,
            SchemaKind::Any | SchemaKind::Ref(_) => return Shape::Any,
            SchemaKind::AllOf(members) => {
                let mut telling = members
                    .iter()
                    .filter(|member| !matches!(document.resolve(member).kind, SchemaKind::Any));
                match (telling.next(), telling.next()) {
                    (None, _) => return Shape::Any,
                    (Some(only), None) => schema = only,
                    (Some(_), Some(_)) => return Shape::Object,
                }
            }
        }
    }
    Shape::Any
}

/// A text that two schemas share only if they are surely one type: names of components, scalars,
/// and lists and maps of those. `None` where a type of its own would be made.
pub(super) fn signature(schema: &Schema) -> Option<String> {
    let inner = match &schema.kind {
        SchemaKind::Ref(name) => format!("ref {name}"),
        SchemaKind::Any => "any".to_owned(),
        SchemaKind::Boolean => "boolean".to_owned(),
        SchemaKind::String(StringSchema {
            enumeration,
            format,
            ..
        }) if enumeration.is_empty() => format!("string {format:?}"),
        SchemaKind::Integer(IntegerSchema {
            enumeration,
            format,
            ..
        }) if enumeration.is_empty() => format!("integer {format:?}"),
        SchemaKind::Number(number) => format!("number {:?}", number.format),
        SchemaKind::Array(ArraySchema { items, .. }) => format!("array of {}", signature(items)?),
        _ => return None,
    };
    let nullable = if schema.nullable { " or null" } else { "" };
    Some(format!("{inner}{nullable}"))
}

impl Lint<'_> {
    /// Whether `null` is among the values, by the schema itself or by what it references.
    pub(super) fn is_nullable(&self, schema: &Schema) -> bool {
        schema.nullable || self.document.resolve(schema).nullable
    }
}
