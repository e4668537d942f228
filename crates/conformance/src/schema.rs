//! Schemas of OpenAPI 3.0 in the words of JSON Schema, with the `jsonschema` crate as judge, and the
//! ways in which the code knowingly departs from it.

use std::collections::{BTreeMap, BTreeSet};

use functiongraph_contract::Document;
use jsonschema::Validator;
use serde_json::{Map, Number, Value, json};

const PREFIX: &str = "#/components/schemas/";

/// A way in which the code knowingly reads or writes another thing than JSON Schema says. The
/// reviewed list of them, with reasons, is in the tests that hold the parts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coercion {
    /// null of what is not required is its absence.
    NullIsAbsent,
    /// An integer is its digits.
    IntegerForText,
    /// `1.0` is written as `1`.
    WholeNumber,
    /// Integers have the range of their format.
    Range,
    /// Unknown properties of requests are dropped.
    RequestForgets,
    /// An empty path parameter is another path.
    EmptySegment,
}

/// Which coercions made a difference.
pub type Used = BTreeSet<Coercion>;

/// A failure to make a judge: the document has a schema that JSON Schema cannot take.
#[derive(Debug)]
pub struct Unjudgeable(String);

impl std::fmt::Display for Unjudgeable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "jsonschema cannot compile a schema of the document: {}",
            self.0
        )
    }
}

impl std::error::Error for Unjudgeable {}

/// The component schemas of a document.
#[derive(Clone, Debug)]
pub struct Schemas {
    components: Map<String, Value>,
}

impl Schemas {
    /// Of this document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let components = document
            .value()
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        Self {
            components: components.cloned().unwrap_or_default(),
        }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.components.keys().map(String::as_str)
    }

    /// The schema itself, or what its references lead to; an empty one where that is nowhere.
    #[must_use]
    pub fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        static NOTHING: Value = Value::Null;
        let mut here = schema;
        for _ in 0..=self.components.len() {
            match here
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|target| target.strip_prefix(PREFIX))
            {
                Some(name) => here = self.components.get(name).unwrap_or(&NOTHING),
                None => break,
            }
        }
        here
    }

    /// The schema of a component, as a reference to it.
    #[must_use]
    pub fn reference(name: &str) -> Value {
        json!({ "$ref": format!("{PREFIX}{name}") })
    }

    /// A judge of a schema that may refer to the components.
    ///
    /// # Errors
    /// What `jsonschema` cannot take.
    pub fn judge(&self, schema: &Value) -> Result<Validator, Unjudgeable> {
        self.judge_with(schema, true)
    }

    /// A judge that takes integers of any size.
    ///
    /// # Errors
    /// What `jsonschema` cannot take.
    pub fn judge_without_ranges(&self, schema: &Value) -> Result<Validator, Unjudgeable> {
        self.judge_with(schema, false)
    }

    fn judge_with(&self, schema: &Value, ranges: bool) -> Result<Validator, Unjudgeable> {
        let components: Map<String, Value> = self
            .components
            .iter()
            .map(|(name, schema)| (name.clone(), to_json_schema(schema, ranges)))
            .collect();
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [to_json_schema(schema, ranges)],
            "components": { "schemas": components },
        });
        jsonschema::draft202012::new(&whole).map_err(|error| Unjudgeable(error.to_string()))
    }

    /// What the code makes of a value before judging it.
    #[must_use]
    pub fn coerced(&self, schema: &Value, value: &Value, used: &mut Used) -> Value {
        let schema = self.resolve(schema);
        match value {
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, value) in members {
                    let property = schema
                        .get("properties")
                        .and_then(|properties| properties.get(name));
                    let Some(property) = property else {
                        kept.insert(name.clone(), value.clone());
                        continue;
                    };
                    if value.is_null() && !is_required(schema, name) {
                        used.insert(Coercion::NullIsAbsent);
                    } else {
                        kept.insert(name.clone(), self.coerced(property, value, used));
                    }
                }
                Value::Object(kept)
            }
            Value::Array(items) => match schema.get("items") {
                Some(schema) => items
                    .iter()
                    .map(|item| self.coerced(schema, item, used))
                    .collect(),
                None => value.clone(),
            },
            Value::Number(number) if schema.get("x-also-accepts") == Some(&json!(["integer"])) => {
                match whole(number).or_else(|| number.as_u64().map(i128::from)) {
                    Some(whole) => {
                        used.insert(Coercion::IntegerForText);
                        Value::String(whole.to_string())
                    }
                    None => value.clone(),
                }
            }
            _ => value.clone(),
        }
    }

    /// What a value that was read and is written again looks like, apart from [`Schemas::coerced`].
    #[must_use]
    pub fn rewritten(
        &self,
        schema: &Value,
        value: &Value,
        forgets: bool,
        used: &mut Used,
    ) -> Value {
        let schema = self.resolve(schema);
        match value {
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, value) in members {
                    let property = schema
                        .get("properties")
                        .and_then(|properties| properties.get(name));
                    match property {
                        Some(property) => {
                            kept.insert(
                                name.clone(),
                                self.rewritten(property, value, forgets, used),
                            );
                        }
                        None if forgets => {
                            used.insert(Coercion::RequestForgets);
                        }
                        None => {
                            kept.insert(name.clone(), value.clone());
                        }
                    }
                }
                Value::Object(kept)
            }
            Value::Array(items) => match schema.get("items") {
                Some(schema) => items
                    .iter()
                    .map(|item| self.rewritten(schema, item, forgets, used))
                    .collect(),
                None => value.clone(),
            },
            Value::Number(number)
                if number.is_f64() && schema.get("type") == Some(&json!("integer")) =>
            {
                match whole(number).and_then(|whole| i64::try_from(whole).ok()) {
                    Some(whole) => {
                        used.insert(Coercion::WholeNumber);
                        json!(whole)
                    }
                    None => value.clone(),
                }
            }
            _ => value.clone(),
        }
    }

    /// What a reader makes of a response that is anything but complete: what is promised and
    /// missing, or null, is its type's default; everything unknown stays.
    #[must_use]
    pub fn read_leniently(&self, schema: &Value, value: &Value) -> Value {
        let schema = self.resolve(schema);
        match value {
            Value::Object(members) => {
                let mut read = Map::new();
                for (name, value) in members {
                    let property = schema
                        .get("properties")
                        .and_then(|properties| properties.get(name));
                    match property {
                        Some(property) if value.is_null() => {
                            if is_required(schema, name) {
                                read.insert(name.clone(), self.default_of(property));
                            }
                        }
                        Some(property) => {
                            read.insert(name.clone(), self.read_leniently(property, value));
                        }
                        None => {
                            read.insert(name.clone(), value.clone());
                        }
                    }
                }
                for name in required(schema) {
                    if !read.contains_key(name) {
                        let property = schema
                            .get("properties")
                            .and_then(|properties| properties.get(name));
                        read.insert(
                            name.to_owned(),
                            property.map_or(Value::Null, |property| self.default_of(property)),
                        );
                    }
                }
                Value::Object(read)
            }
            Value::Array(items) => match schema.get("items") {
                Some(schema) => items
                    .iter()
                    .map(|item| self.read_leniently(schema, item))
                    .collect(),
                None => value.clone(),
            },
            _ => value.clone(),
        }
    }

    fn default_of(&self, schema: &Value) -> Value {
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        let schema = self.resolve(schema);
        if nullable || schema.get("nullable") == Some(&Value::Bool(true)) {
            return Value::Null;
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => json!(""),
            Some("integer") => json!(0),
            Some("number") => json!(0.0),
            Some("boolean") => json!(false),
            Some("array") => json!([]),
            Some("object") => self.read_leniently(schema, &json!({})),
            _ => Value::Null,
        }
    }
}

/// The names of the properties that a schema requires.
pub fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Whether a schema requires a property.
#[must_use]
pub fn is_required(schema: &Value, name: &str) -> bool {
    required(schema).any(|required| required == name)
}

/// The integer that a number is, as JSON Schema sees it.
#[must_use]
pub fn whole(number: &Number) -> Option<i128> {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(whole), _, _) => Some(i128::from(whole)),
        (_, Some(whole), _) => Some(i128::from(whole)),
        #[allow(clippy::cast_possible_truncation)]
        (_, _, Some(float)) if float.fract() == 0.0 && float.abs() <= 2_f64.powi(126) => {
            Some(float as i128)
        }
        _ => None,
    }
}

/// A schema of OpenAPI 3.0 as one of JSON Schema, draft 2020-12: `nullable` is a type, the
/// exclusive limits are numbers, the formats of integers are ranges, unless told otherwise. What
/// says nothing about values is gone.
#[must_use]
pub fn to_json_schema(schema: &Value, ranges: bool) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    if let Some(target) = members.get("$ref") {
        // Here, what stands beside a reference counts; in OpenAPI 3.0 it does not.
        return json!({ "$ref": target });
    }
    let inner = |value: &Value| to_json_schema(value, ranges);
    let mut result = Map::new();
    for (key, value) in members {
        let value = match key.as_str() {
            "items" | "not" | "additionalProperties" => inner(value),
            "allOf" | "oneOf" | "anyOf" => match value {
                Value::Array(items) => items.iter().map(inner).collect(),
                other => other.clone(),
            },
            "properties" => match value {
                Value::Object(properties) => Value::Object(
                    properties
                        .iter()
                        .map(|(name, property)| (name.clone(), inner(property)))
                        .collect(),
                ),
                other => other.clone(),
            },
            "type" | "enum" | "minimum" | "maximum" | "multipleOf" | "minLength" | "maxLength"
            | "pattern" | "minItems" | "maxItems" | "uniqueItems" | "minProperties"
            | "maxProperties" | "required" => value.clone(),
            _ => continue,
        };
        result.insert(key.clone(), value);
    }
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if members.get(flag) == Some(&Value::Bool(true))
            && let Some(bound) = result.remove(bound)
        {
            result.insert(flag.to_owned(), bound);
        }
    }
    if ranges && members.get("type") == Some(&json!("integer")) {
        let range = match members.get("format").and_then(Value::as_str) {
            Some("int32") => json!({ "minimum": i32::MIN, "maximum": i32::MAX }),
            _ => json!({ "minimum": i64::MIN, "maximum": i64::MAX }),
        };
        let mut all = vec![range];
        if let Some(Value::Array(own)) = result.remove("allOf") {
            all.extend(own);
        }
        result.insert("allOf".to_owned(), Value::Array(all));
    }
    if members.get("nullable") == Some(&Value::Bool(true)) {
        json!({ "anyOf": [Value::Object(result), { "type": "null" }] })
    } else {
        Value::Object(result)
    }
}

/// A judge for each component schema, by name.
///
/// # Errors
/// What `jsonschema` cannot take.
pub fn judges(schemas: &Schemas) -> Result<BTreeMap<String, Validator>, Unjudgeable> {
    schemas
        .names()
        .map(|name| Ok((name.to_owned(), schemas.judge(&Schemas::reference(name))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_limits_and_types() {
        assert_eq!(
            to_json_schema(
                &json!({ "type": "number", "minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": false, "nullable": true, "example": 3 }),
                true
            ),
            json!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 1, "maximum": 2 }, { "type": "null" }] })
        );
        assert_eq!(
            to_json_schema(
                &json!({ "type": "object", "properties": { "nullable": { "type": "integer", "format": "int32" } } }),
                true
            ),
            json!({ "type": "object", "properties": { "nullable": {
                "type": "integer", "allOf": [{ "minimum": i32::MIN, "maximum": i32::MAX }] } } })
        );
        assert_eq!(
            to_json_schema(&json!({ "$ref": "#/x", "nullable": true }), true),
            json!({ "$ref": "#/x" })
        );
    }
}
