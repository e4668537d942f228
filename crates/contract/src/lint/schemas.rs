//! The walk over all schemas of a document, and the rules for a schema as such.

use std::collections::HashSet;

use crate::diagnostic::quote;
use crate::limits::MAX_PATTERNS;
use crate::lint::Lint;
use crate::model::{Additional, ObjectSchema, Schema, SchemaKind};
use crate::pattern;
use crate::rule::Rule;
use crate::suggest::nearest;
use crate::{Document, Pointer};

/// The extension by which a string also reads other JSON types.
const ALSO_ACCEPTS: &str = "x-also-accepts";

/// What a schema is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// A member of an `allOf`, whose other members may have what it lacks.
    Member,
}

impl Lint<'_> {
    pub(super) fn schemas(&mut self) {
        let mut todo = roots(self.document)
            .map(|schema| (schema, Part::Whole))
            .collect::<Vec<_>>();
        while let Some((schema, part)) = todo.pop() {
            self.schema(schema, part);
            let inner = if matches!(schema.kind, SchemaKind::AllOf(_)) {
                Part::Member
            } else {
                Part::Whole
            };
            todo.extend(children(schema).into_iter().map(|child| (child, inner)));
        }
    }

    fn schema(&mut self, schema: &Schema, part: Part) {
        self.bounds(schema);
        self.enumeration(schema);
        self.extensions(schema);
        if schema.read_only && schema.write_only {
            self.report_key(
                Rule::ContradictoryConstraints,
                &schema.at.join("writeOnly"),
                "`readOnly` and `writeOnly` exclude each other",
                "remove one of the two",
            );
        }
        match &schema.kind {
            SchemaKind::String(string) => {
                if let Some(pattern) = &string.pattern {
                    self.pattern(pattern, &schema.at.join("pattern"));
                }
            }
            SchemaKind::Integer(integer) => {
                let (reason, at) = match integer.format.as_deref() {
                    Some("int32" | "int64") => return,
                    Some(format) => (
                        format!("{} is no format of integers", quote(format)),
                        schema.at.join("format"),
                    ),
                    None => (
                        "this integer has no `format`: its range in code is left open".to_owned(),
                        schema.at.join("type"),
                    ),
                };
                self.report(
                    Rule::NumericFormat,
                    &at,
                    reason,
                    "write `format: int32` or `format: int64`",
                );
            }
            SchemaKind::Number(number) => {
                if let Some(format) = number.format.as_deref()
                    && !matches!(format, "float" | "double")
                {
                    self.report(
                        Rule::NumericFormat,
                        &schema.at.join("format"),
                        format!("{} is no format of numbers", quote(format)),
                        "write `format: double` or `format: float`",
                    );
                }
            }
            SchemaKind::Object(object) if part == Part::Whole => {
                self.required(schema, object, &HashSet::new());
            }
            SchemaKind::AllOf(members) => self.all_of(schema, members),
            SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => self.union(schema, union),
            _ => {}
        }
    }

    /// Whether each name in `required` is among `properties`.
    pub(super) fn required(
        &mut self,
        schema: &Schema,
        object: &ObjectSchema,
        properties: &HashSet<&str>,
    ) {
        if object.required_elsewhere.is_empty() {
            return;
        }
        let at = schema.at.join("required");
        let listed = at
            .find(self.document.value())
            .and_then(|list| list.as_array());
        for (index, name) in listed.into_iter().flatten().enumerate() {
            let Some(name) = name.as_str() else {
                continue;
            };
            if properties.contains(name) || object.properties.contains_key(name) {
                continue;
            }
            let place = at.index(index);
            let near = if self.guesses() {
                // In document order, so that the same name is suggested each time.
                let own = object.properties.keys().map(String::as_str);
                let mut others: Vec<_> = properties.iter().copied().collect();
                others.sort_unstable();
                nearest(name, own.chain(others))
            } else {
                None
            };
            let remedy = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "describe it under `properties`, or remove it from `required`".to_owned(),
            };
            self.report(
                Rule::RequiredProperty,
                &place,
                format!("{} is required, and is not a property", quote(name)),
                remedy,
            );
        }
    }

    fn pattern(&mut self, text: &str, at: &Pointer) {
        if self.validator.patterns().count() == MAX_PATTERNS
            && !self.validator.patterns().knows(text)
        {
            self.report(
                Rule::TooLarge,
                at,
                format!("the document has more than {MAX_PATTERNS} different patterns"),
                "share schemas under `components.schemas`",
            );
            return;
        }
        let refusal = match self.validator.patterns().compile(text) {
            Err(refusal) => match pattern::portable(text) {
                // What all dialects read alike compiles, so this is a slip in the syntax; what
                // they do not has the better explanation.
                Err(better) => better,
                Ok(()) => refusal,
            },
            Ok(_) => match pattern::portable(text) {
                Err(refusal) => refusal,
                Ok(()) => return,
            },
        };
        self.report(Rule::UnsupportedPattern, at, refusal.reason, refusal.remedy);
    }

    fn extensions(&mut self, schema: &Schema) {
        for (name, value) in &schema.extensions {
            let at = schema.at.join(name);
            if name == ALSO_ACCEPTS {
                let plain = matches!(&schema.kind, SchemaKind::String(string) if string.enumeration.is_empty());
                let integer = value
                    .as_array()
                    .is_some_and(|types| types.len() == 1 && types[0] == "integer");
                if !plain || !integer {
                    self.report_key(
                        Rule::AlsoAccepts,
                        &at,
                        format!(
                            "`{ALSO_ACCEPTS}` is `[integer]`, on a string without an enumeration"
                        ),
                        format!("write `{ALSO_ACCEPTS}: [integer]` on a string, or remove it"),
                    );
                }
            } else if nearest(name, [ALSO_ACCEPTS]).is_some() {
                self.report_key(
                    Rule::AlsoAccepts,
                    &at,
                    format!("{} is not an extension that is known here", quote(name)),
                    format!("did you mean `{ALSO_ACCEPTS}`?"),
                );
            } else if name == "x-rust-type" {
                self.report_key(
                    Rule::GeneratorExtension,
                    &at,
                    "`x-rust-type` would change the generated client",
                    "remove it",
                );
            }
        }
    }
}

/// All schemas that no other schema holds: those of components, parameters, headers and bodies.
/// Some come more than once; findings about them are reported once.
fn roots(document: &Document) -> impl Iterator<Item = &Schema> {
    let components = document.components();
    let parameters = document
        .operations
        .iter()
        .flat_map(|operation| &operation.parameters)
        // What is a component is walked once, as such.
        .filter(|parameter| parameter.component.is_none())
        .chain(&components.parameters)
        .map(|parameter| &parameter.schema);
    let bodies = document
        .operations
        .iter()
        .filter_map(|operation| operation.request_body.as_ref())
        .filter(|body| is_inline(&body.at))
        .chain(&components.request_bodies)
        .flat_map(|body| body.content.values());
    let responses = || {
        document
            .operations
            .iter()
            .flat_map(|operation| &operation.responses)
            .filter(|response| is_inline(&response.at))
            .chain(&components.responses)
    };
    let bodies = bodies
        .chain(responses().flat_map(|response| response.content.values()))
        .filter_map(|media_type| media_type.schema.as_ref());
    let headers = responses()
        .flat_map(|response| response.headers.values())
        .filter(|header| is_inline(&header.at))
        .chain(components.headers.values())
        .map(|header| &header.schema);
    document
        .schemas
        .values()
        .chain(parameters)
        .chain(bodies)
        .chain(headers)
}

/// Whether something stands where it is used, not among the components.
fn is_inline(at: &Pointer) -> bool {
    !at.as_str().starts_with("/components/")
        || at.as_str().starts_with("/components/responses/") && at.segments().count() > 3
}

/// The schemas that a schema holds.
pub(super) fn children(schema: &Schema) -> Vec<&Schema> {
    match &schema.kind {
        SchemaKind::Array(array) => vec![&array.items],
        SchemaKind::Object(object) => {
            let additional = match &object.additional {
                Additional::Schema(schema) => Some(&**schema),
                _ => None,
            };
            object
                .properties
                .values()
                .map(|property| &property.schema)
                .chain(additional)
                .collect()
        }
        SchemaKind::AllOf(members) => members.iter().collect(),
        SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => union.variants.iter().collect(),
        _ => Vec::new(),
    }
}

/// All schemas of a document, each with those that it holds.
pub(super) fn all(document: &Document) -> Vec<&Schema> {
    let mut found = Vec::new();
    let mut todo: Vec<_> = roots(document).collect();
    while let Some(schema) = todo.pop() {
        todo.extend(children(schema));
        found.push(schema);
    }
    found
}
