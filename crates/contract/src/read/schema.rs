//! Schemas.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use crate::diagnostic::quote;
use crate::model::{
    Additional, ArraySchema, Discriminator, IntegerSchema, NumberSchema, ObjectSchema, Property,
    Schema, SchemaKind, StringSchema, UnionSchema,
};
use crate::node::Kind;
use crate::read::Reader;
use crate::read::fields::{Cursor, Fields};
use crate::read::references::Section;
use crate::rule::Rule;

/// Keys that constrain values of one type.
const STRING: &[&str] = &["pattern", "minLength", "maxLength"];
const NUMERIC: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];
const ARRAY: &[&str] = &["items", "minItems", "maxItems", "uniqueItems"];
const OBJECT: &[&str] = &[
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
];

/// Keys that constrain values of several types.
const SHARED: &[&str] = &["type", "enum", "format"];

/// Keys that combine schemas.
const COMBINATORS: &[&str] = &["allOf", "oneOf", "anyOf", "not", "discriminator"];

/// Keys that say something about a schema and nothing about its values.
const ANNOTATIONS: &[&str] = &[
    "title",
    "description",
    "nullable",
    "default",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "xml",
];

impl<'a> Reader<'a> {
    /// A schema. What cannot be read is taken for any value, with a finding.
    pub(super) fn schema(&mut self, cursor: &Cursor<'a>) -> Schema {
        let mut schema = Schema {
            kind: SchemaKind::Any,
            title: None,
            description: None,
            nullable: false,
            default: None,
            example: None,
            deprecated: false,
            read_only: false,
            write_only: false,
            extensions: IndexMap::new(),
            at: cursor.at.clone(),
        };
        if cursor.has("$ref") {
            match self.reference(cursor, Section::SCHEMAS) {
                Some(name) => schema.kind = SchemaKind::Ref(name),
                None => self.incomplete(&cursor.at),
            }
            return schema;
        }
        let keys = [
            ANNOTATIONS,
            COMBINATORS,
            SHARED,
            STRING,
            NUMERIC,
            ARRAY,
            OBJECT,
        ]
        .concat();
        let Some(fields) = self.object(cursor, "a schema", &keys) else {
            return schema;
        };
        self.external_docs(&fields);
        schema.title = self.optional_string(&fields, "title");
        schema.description = self.optional_string(&fields, "description");
        schema.nullable = self.flag(&fields, "nullable");
        schema.default = self.value(&fields, "default");
        schema.example = self.value(&fields, "example");
        schema.deprecated = self.flag(&fields, "deprecated");
        schema.read_only = self.flag(&fields, "readOnly");
        schema.write_only = self.flag(&fields, "writeOnly");
        for (key, cursor) in fields.all().filter(|(key, _)| key.starts_with("x-")) {
            if let Some(value) = self.literal(&cursor) {
                schema.extensions.insert(key.to_owned(), value);
            }
        }
        self.combined(&fields, &mut schema);
        schema
    }

    fn value(&mut self, fields: &Fields<'a>, key: &str) -> Option<Value> {
        let cursor = fields.get(key)?;
        self.literal(&cursor)
    }

    /// The shape of a schema that may combine others.
    fn combined(&mut self, fields: &Fields<'a>, schema: &mut Schema) {
        if let Some(not) = fields.get("not") {
            self.report_key(
                Rule::UnsupportedSchema,
                &not,
                "`not` is not supported",
                "say what is allowed, by `enum`, `pattern` or ranges",
            );
        }
        let used: Vec<_> = ["allOf", "oneOf", "anyOf"]
            .into_iter()
            .filter(|key| fields.has(key))
            .collect();
        if let [_, second, ..] = used.as_slice()
            && let Some(cursor) = fields.get(second)
        {
            self.report_key(
                Rule::UnsupportedSchema,
                &cursor,
                format!("`{second}` beside `{}` is not supported", used[0]),
                "name one of the two as a component and reference it from the other",
            );
        }
        if let Some(cursor) = fields.get("discriminator")
            && !fields.has("oneOf")
            && !fields.has("anyOf")
        {
            self.report_key(
                Rule::Discriminator,
                &cursor,
                "`discriminator` is supported beside `oneOf` or `anyOf` only",
                "list the alternatives in a `oneOf` and move `discriminator` there",
            );
        }
        let constraints: Vec<_> = fields
            .all()
            .map(|(key, _)| key)
            .filter(|key| {
                [SHARED, STRING, NUMERIC, ARRAY, OBJECT]
                    .iter()
                    .any(|keys| keys.contains(key))
            })
            .collect();
        schema.kind = match used.first() {
            Some(&"allOf") => {
                let mut members = self.members(fields, "allOf");
                if !constraints.is_empty() {
                    members.push(self.beside(fields, schema));
                }
                SchemaKind::AllOf(members)
            }
            Some(&key) => {
                self.beside_union(fields, key, &constraints);
                let variants = self.members(fields, key);
                let discriminator = self.discriminator(fields, &variants);
                let union = UnionSchema {
                    variants,
                    discriminator,
                };
                if key == "oneOf" {
                    SchemaKind::OneOf(union)
                } else {
                    SchemaKind::AnyOf(union)
                }
            }
            None => {
                let (kind, null) = self.shape(fields, schema.nullable);
                schema.nullable |= null;
                kind
            }
        };
    }

    /// What stands beside an `allOf`, as one more member of it.
    fn beside(&mut self, fields: &Fields<'a>, schema: &Schema) -> Schema {
        let (kind, null) = self.shape(fields, schema.nullable);
        Schema {
            kind,
            title: None,
            description: None,
            // `nullable` belongs to the schema as a whole.
            nullable: null,
            default: None,
            example: None,
            deprecated: false,
            read_only: false,
            write_only: false,
            extensions: IndexMap::new(),
            at: schema.at.clone(),
        }
    }

    /// Constraints beside alternatives: none but the type that all of them have.
    fn beside_union(&mut self, fields: &Fields<'a>, union: &str, constraints: &[&str]) {
        for key in constraints {
            let Some(cursor) = fields.get(key) else {
                continue;
            };
            let redundant = *key == "type"
                && fields.get(union).is_some_and(|variants| {
                    let Kind::Array(items) = &variants.node.kind else {
                        return false;
                    };
                    items
                        .iter()
                        .all(|item| self.plain_type(item) == cursor.node.as_str())
                });
            if !redundant {
                self.report_key(
                    Rule::UnsupportedSchema,
                    &cursor,
                    format!("`{key}` beside `{union}` is not supported"),
                    "move it into each of the alternatives",
                );
            }
        }
    }

    /// The `type` of a schema or of the component that it references.
    fn plain_type(&self, node: &'a crate::node::Node) -> Option<&'a str> {
        let node = match node.get("$ref").and_then(crate::node::Node::as_str) {
            Some(target) => {
                let name = target.strip_prefix("#/components/schemas/")?;
                self.root.get("components")?.get("schemas")?.get(name)?
            }
            None => node,
        };
        node.get("type")?.as_str()
    }

    fn members(&mut self, fields: &Fields<'a>, key: &str) -> Vec<Schema> {
        let items = self.optional_array(fields, key);
        if items.is_empty()
            && let Some(cursor) = fields.get(key)
            && matches!(cursor.node.kind, Kind::Array(_))
        {
            self.report_key(
                Rule::InvalidValue,
                &cursor,
                format!("`{key}` is empty"),
                "list at least one schema, or remove it",
            );
        }
        items.iter().map(|item| self.schema(item)).collect()
    }

    fn discriminator(&mut self, fields: &Fields<'a>, variants: &[Schema]) -> Option<Discriminator> {
        let cursor = fields.get("discriminator")?;
        let members = self.object(&cursor, "a discriminator", &["propertyName", "mapping"])?;
        let names: HashSet<_> = variants
            .iter()
            .filter_map(|variant| match &variant.kind {
                SchemaKind::Ref(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let mut mapping = IndexMap::new();
        let mut mapped = HashSet::new();
        for (value, target) in self.optional_map(&members, "mapping") {
            let Some(text) = self.string(&target) else {
                continue;
            };
            let name = text
                .strip_prefix("#/components/schemas/")
                .unwrap_or(&text)
                .to_owned();
            if names.contains(name.as_str()) {
                mapped.insert(name.clone());
                mapping.insert(value.to_owned(), name);
            } else {
                self.report(
                    Rule::Discriminator,
                    &target,
                    format!("{} is not one of the alternatives", quote(&text)),
                    "add it to the alternatives, or correct the mapping",
                );
            }
        }
        for variant in variants {
            if let SchemaKind::Ref(name) = &variant.kind
                && !mapped.contains(name)
            {
                mapping.insert(name.clone(), name.clone());
            }
        }
        Some(Discriminator {
            property: self.required_string(&members, "propertyName")?,
            mapping,
        })
    }

    /// The shape that `type` and its constraints give, and whether an `enum` has `null`.
    fn shape(&mut self, fields: &Fields<'a>, nullable: bool) -> (SchemaKind, bool) {
        let Some(kind) = self.schema_type(fields) else {
            return (SchemaKind::Any, false);
        };
        self.misplaced(fields, kind);
        let values = self.enumeration(fields, kind, nullable);
        let null = values.null;
        let kind = match kind {
            "string" => SchemaKind::String(StringSchema {
                format: self.optional_string(fields, "format"),
                pattern: self.optional_string(fields, "pattern"),
                min_length: self.count(fields, "minLength"),
                max_length: self.count(fields, "maxLength"),
                enumeration: values.strings,
            }),
            "integer" => SchemaKind::Integer(IntegerSchema {
                format: self.optional_string(fields, "format"),
                minimum: self.whole(fields, "minimum"),
                maximum: self.whole(fields, "maximum"),
                exclusive_minimum: self.exclusive(fields, "exclusiveMinimum"),
                exclusive_maximum: self.exclusive(fields, "exclusiveMaximum"),
                multiple_of: self.whole(fields, "multipleOf"),
                enumeration: values.integers,
            }),
            "number" => SchemaKind::Number(NumberSchema {
                format: self.optional_string(fields, "format"),
                minimum: self.number(fields, "minimum"),
                maximum: self.number(fields, "maximum"),
                exclusive_minimum: self.exclusive(fields, "exclusiveMinimum"),
                exclusive_maximum: self.exclusive(fields, "exclusiveMaximum"),
                multiple_of: self.number(fields, "multipleOf"),
            }),
            "boolean" => SchemaKind::Boolean,
            "array" => SchemaKind::Array(self.array_schema(fields)),
            "object" => SchemaKind::Object(self.object_schema(fields)),
            _ => SchemaKind::Any,
        };
        (kind, null)
    }

    /// The type that is given, or the one that the values of `enum` have; `None` for any value.
    fn schema_type(&mut self, fields: &Fields<'a>) -> Option<&'static str> {
        const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
        if let Some(cursor) = fields.get("type") {
            let Some(text) = cursor.node.as_str() else {
                self.incomplete(fields.at());
                self.report(
                    Rule::WrongType,
                    &cursor,
                    format!("`type` must be a string, and is {}", cursor.node.describe()),
                    "name one type; for `null` beside it, write `nullable: true`; for several \
                     types, use `oneOf`",
                );
                return None;
            };
            let known = TYPES.into_iter().find(|known| *known == text);
            if known.is_none() {
                let remedy = match crate::suggest::nearest(text, TYPES) {
                    _ if text == "null" => {
                        "write `nullable: true` beside the other type".to_owned()
                    }
                    _ if text == "file" => "use `type: string` with `format: binary`".to_owned(),
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("use one of `{}`", TYPES.join("`, `")),
                };
                self.incomplete(fields.at());
                self.report(
                    Rule::InvalidValue,
                    &cursor,
                    format!("{} is not a type", quote(text)),
                    remedy,
                );
            }
            return known;
        }
        let implied = [
            (STRING, "string"),
            (NUMERIC, "number"),
            (ARRAY, "array"),
            (OBJECT, "object"),
        ];
        let found = implied.into_iter().find_map(|(keys, kind)| {
            let key = keys.iter().find(|key| fields.has(key))?;
            Some((*key, kind))
        });
        if let Some((key, kind)) = found {
            self.report_key(
                Rule::MissingType,
                &fields.cursor,
                format!("`{key}` stands without a `type`"),
                format!("add `type: {kind}`"),
            );
            return Some(kind);
        }
        let key = ["enum", "format"].into_iter().find(|key| fields.has(key))?;
        let kind = match fields.get("enum").map(|cursor| &cursor.node.kind) {
            Some(Kind::Array(items)) => items.iter().find_map(|item| match &item.kind {
                Kind::String(_) => Some("string"),
                Kind::Number(_) => Some("integer"),
                _ => None,
            }),
            _ => None,
        };
        let kind = kind.unwrap_or("string");
        self.report_key(
            Rule::MissingType,
            &fields.cursor,
            format!("`{key}` stands without a `type`"),
            format!("add `type: {kind}`"),
        );
        Some(kind)
    }

    /// Notes constraints that say nothing about values of the type.
    fn misplaced(&mut self, fields: &Fields<'a>, kind: &str) {
        for (keys, kinds) in [
            (STRING, &["string"][..]),
            (NUMERIC, &["integer", "number"]),
            (ARRAY, &["array"]),
            (OBJECT, &["object"]),
            (&["format"], &["string", "integer", "number"]),
        ] {
            if kinds.contains(&kind) {
                continue;
            }
            for key in keys {
                let Some(cursor) = fields.get(key) else {
                    continue;
                };
                let remedy = if *key == "required" {
                    "list the property's name in the `required` of the object that has it"
                } else {
                    "remove it, or correct `type`"
                };
                self.report_key(
                    Rule::MisplacedKeyword,
                    &cursor,
                    format!("`{key}` says nothing about values of type `{kind}`"),
                    remedy,
                );
            }
        }
    }

    fn enumeration(&mut self, fields: &Fields<'a>, kind: &str, nullable: bool) -> Enumeration {
        let mut values = Enumeration::default();
        let Some(cursor) = fields.get("enum") else {
            return values;
        };
        let items = self.array(&cursor);
        if items.is_empty() && matches!(cursor.node.kind, Kind::Array(_)) {
            self.report_key(
                Rule::EnumValues,
                &cursor,
                "`enum` is empty, so that no value is allowed",
                "list the values, or remove it",
            );
            return values;
        }
        if !matches!(kind, "string" | "integer") {
            self.report_key(
                Rule::EnumType,
                &cursor,
                format!("`enum` on type `{kind}` is not supported"),
                "use an enumeration of strings or integers, or a range",
            );
            return values;
        }
        let mut strings = HashSet::new();
        let mut integers = HashSet::new();
        for item in items {
            let number = match &item.node.kind {
                Kind::Number(number) => whole(number),
                _ => None,
            };
            let twice = match (&item.node.kind, number, kind) {
                (Kind::Null, ..) => std::mem::replace(&mut values.null, true),
                (Kind::String(text), _, "string") => {
                    values.strings.extend(self.string(&item));
                    !strings.insert(text.as_str())
                }
                (_, Some(number), "integer") => {
                    values.integers.push(number);
                    !integers.insert(number)
                }
                _ => {
                    let remedy = match (&item.node.kind, kind) {
                        (Kind::Number(_) | Kind::Bool(_), "string") => "put quotes around it",
                        _ => "correct the value, or `type`",
                    };
                    self.report(
                        Rule::EnumValues,
                        &item,
                        format!(
                            "this value is {}, and the type is `{kind}`",
                            item.node.describe()
                        ),
                        remedy,
                    );
                    false
                }
            };
            if twice {
                self.report(
                    Rule::EnumValues,
                    &item,
                    "this value stands in the enumeration already",
                    "remove one of the two",
                );
            }
        }
        if values.null != nullable {
            let (reason, remedy) = if nullable {
                (
                    "`nullable: true` has no effect: `enum` does not list `null`",
                    "add `null` to `enum`, or remove `nullable`",
                )
            } else {
                (
                    "`null` in `enum` has no effect without `nullable: true`",
                    "add `nullable: true`, or remove `null`",
                )
            };
            self.report_key(Rule::EnumNull, &cursor, reason, remedy);
        }
        values
    }

    fn array_schema(&mut self, fields: &Fields<'a>) -> ArraySchema {
        let items = match self.required(fields, "items") {
            Some(cursor) => self.schema(&cursor),
            None => self.beside_nothing(fields),
        };
        ArraySchema {
            items: Box::new(items),
            min_items: self.count(fields, "minItems"),
            max_items: self.count(fields, "maxItems"),
            unique_items: self.flag(fields, "uniqueItems"),
        }
    }

    /// A schema for any value, in place of one that is missing.
    fn beside_nothing(&self, fields: &Fields<'a>) -> Schema {
        Schema {
            kind: SchemaKind::Any,
            title: None,
            description: None,
            nullable: false,
            default: None,
            example: None,
            deprecated: false,
            read_only: false,
            write_only: false,
            extensions: IndexMap::new(),
            at: fields.at().clone(),
        }
    }

    fn object_schema(&mut self, fields: &Fields<'a>) -> ObjectSchema {
        let mut names = IndexSet::new();
        for item in self.optional_array(fields, "required") {
            let Some(name) = self.string(&item) else {
                continue;
            };
            if names.contains(&name) {
                self.report(
                    Rule::InvalidValue,
                    &item,
                    format!("{} is listed twice", quote(&name)),
                    "remove one of the two",
                );
            } else {
                names.insert(name);
            }
        }
        let mut properties = IndexMap::new();
        for (name, cursor) in self.optional_map(fields, "properties") {
            let property = Property {
                schema: self.schema(&cursor),
                required: names.contains(name),
            };
            properties.insert(name.to_owned(), property);
        }
        let names = names
            .into_iter()
            .filter(|name| !properties.contains_key(name))
            .collect();
        let additional = match fields.get("additionalProperties") {
            None => Additional::Any,
            Some(cursor) => match &cursor.node.kind {
                Kind::Bool(true) => Additional::Any,
                Kind::Bool(false) => Additional::Forbidden,
                Kind::Object(members) if members.is_empty() => Additional::Any,
                Kind::Object(_) => Additional::Schema(Box::new(self.schema(&cursor))),
                _ => {
                    self.wrong_type(
                        &cursor,
                        "`additionalProperties` must be a schema, `true` or `false`",
                    );
                    Additional::Any
                }
            },
        };
        ObjectSchema {
            properties,
            required_elsewhere: names,
            additional,
            min_properties: self.count(fields, "minProperties"),
            max_properties: self.count(fields, "maxProperties"),
        }
    }

    /// A constraint that counts something.
    fn count(&mut self, fields: &Fields<'a>, key: &str) -> Option<u64> {
        let cursor = fields.get(key)?;
        let whole = self.whole(fields, key)?;
        let count = u64::try_from(whole).ok();
        if count.is_none() {
            self.report(
                Rule::ConstraintRange,
                &cursor,
                format!("`{key}` cannot be negative"),
                "give a whole number, 0 or more",
            );
        }
        count
    }

    /// A constraint that is a whole number, also where it is written as `1.0`.
    fn whole(&mut self, fields: &Fields<'a>, key: &str) -> Option<i64> {
        let cursor = fields.get(key)?;
        let Kind::Number(number) = &cursor.node.kind else {
            self.wrong_type(&cursor, &format!("`{key}` must be a whole number"));
            return None;
        };
        if let Some(whole) = whole(number) {
            return Some(whole);
        }
        let (reason, remedy) = if number.as_f64().is_some_and(|number| number.fract() != 0.0) {
            (
                format!("`{key}` must be a whole number here"),
                "round it, or use `type: number`",
            )
        } else {
            (
                format!("`{key}` lies beyond 64 bits"),
                "give a whole number from -9223372036854775808 to 9223372036854775807",
            )
        };
        self.report(Rule::ConstraintRange, &cursor, reason, remedy);
        None
    }

    fn number(&mut self, fields: &Fields<'a>, key: &str) -> Option<f64> {
        let cursor = fields.get(key)?;
        let Kind::Number(number) = &cursor.node.kind else {
            self.wrong_type(&cursor, &format!("`{key}` must be a number"));
            return None;
        };
        number.as_f64()
    }

    fn exclusive(&mut self, fields: &Fields<'a>, key: &str) -> bool {
        if let Some(cursor) = fields.get(key)
            && matches!(cursor.node.kind, Kind::Number(_))
        {
            let plain = if key == "exclusiveMinimum" {
                "minimum"
            } else {
                "maximum"
            };
            self.report(
                Rule::WrongType,
                &cursor,
                format!("`{key}` must be `true` or `false` in OpenAPI 3.0"),
                format!("write the number as `{plain}`, and `{key}: true` beside it"),
            );
            return false;
        }
        self.flag(fields, key)
    }

    /// Notes schemas that are themselves by way of `$ref` and combinators alone.
    pub(super) fn schema_cycles(&mut self, schemas: &mut IndexMap<String, Schema>) {
        crate::read::cycles::check(self, schemas);
    }
}

#[derive(Default)]
struct Enumeration {
    strings: Vec<String>,
    integers: Vec<i64>,
    null: bool,
}

/// The number as an `i64`, where it is one.
fn whole(number: &serde_json::Number) -> Option<i64> {
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let float = number.as_f64()?;
    // The bounds are powers of two, so that the comparison is exact.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
    #[allow(clippy::cast_possible_truncation)]
    (number.is_f64() && fits && float.fract() == 0.0).then_some(float as i64)
}
