//! OpenAPI 3.1, as the server describes itself, said in the words of 3.0.
//!
//! Only what both editions can say is translated; everything else is left as it is, and then shows
//! as a difference.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const SCHEMAS: &str = "#/components/schemas/";

/// The same description in the words of OpenAPI 3.0.
///
/// - `type: [T, "null"]` becomes `type: T` with `nullable: true`;
/// - numbers in `exclusiveMinimum` and `exclusiveMaximum` become limits with a flag;
/// - `examples` of a schema with one value becomes `example`, `const` an `enum` of one;
/// - a reference that may also be null becomes a reference, and the component nullable, provided
///   that every reference to the component may be null: 3.0 can say it in no other place.
#[must_use]
pub fn to_openapi_30(document: &Value) -> Value {
    let mut references = References::default();
    references.collect(document, false);
    let nullable: BTreeSet<String> = references
        .nullable
        .difference(&references.plain)
        .cloned()
        .collect();
    let mut lowered = Lowering {
        nullable: &nullable,
    }
    .value(document);
    if let Some(members) = lowered.as_object_mut() {
        members.insert("openapi".to_owned(), json!("3.0.3"));
    }
    for name in &nullable {
        let component = lowered
            .pointer_mut(&format!("/components/schemas/{name}"))
            .and_then(Value::as_object_mut);
        if let Some(component) = component {
            component.insert("nullable".to_owned(), json!(true));
        }
    }
    lowered
}

/// Which components are referred to, with and without an alternative of null.
#[derive(Default)]
struct References {
    plain: BTreeSet<String>,
    nullable: BTreeSet<String>,
}

impl References {
    fn collect(&mut self, value: &Value, nullable: bool) {
        if let Some(name) = reference(value) {
            let names = if nullable {
                &mut self.nullable
            } else {
                &mut self.plain
            };
            names.insert(name.to_owned());
            return;
        }
        match value {
            Value::Object(members) => {
                if let Some(only) = or_null(members) {
                    self.collect(only, true);
                    return;
                }
                members
                    .values()
                    .for_each(|value| self.collect(value, false));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, false)),
            _ => {}
        }
    }
}

/// The component that a reference names.
fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)
}

/// The alternative beside null, in a `oneOf` or `anyOf` of exactly these two.
fn or_null(members: &Map<String, Value>) -> Option<&Value> {
    let alternatives = members
        .get("oneOf")
        .or_else(|| members.get("anyOf"))?
        .as_array()?;
    match alternatives.as_slice() {
        [only, null] | [null, only] if *null == json!({ "type": "null" }) => Some(only),
        _ => None,
    }
}

struct Lowering<'a> {
    nullable: &'a BTreeSet<String>,
}

impl Lowering<'_> {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item)).collect())
            }
            Value::Object(members) => self.object(members),
            other => other.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>) -> Value {
        if let Some(only) = or_null(members) {
            match reference(only) {
                Some(name) if self.nullable.contains(name) => return only.clone(),
                _ => {}
            }
        }
        let mut lowered = Map::new();
        for (key, value) in members {
            match (key.as_str(), value) {
                // Not schemas: their content is the API's own.
                ("example" | "default" | "value", value) => {
                    lowered.insert(key.clone(), value.clone());
                }
                ("type", Value::Array(types)) => match types.as_slice() {
                    [one, null] | [null, one] if null == "null" => {
                        lowered.insert(key.clone(), one.clone());
                        lowered.insert("nullable".to_owned(), json!(true));
                    }
                    _ => {
                        lowered.insert(key.clone(), value.clone());
                    }
                },
                ("exclusiveMinimum", Value::Number(_)) => {
                    limit(&mut lowered, "minimum", key, value)
                }
                ("exclusiveMaximum", Value::Number(_)) => {
                    limit(&mut lowered, "maximum", key, value)
                }
                ("examples", Value::Array(values)) => match values.as_slice() {
                    [one] => {
                        lowered.insert("example".to_owned(), one.clone());
                    }
                    _ => {
                        lowered.insert(key.clone(), value.clone());
                    }
                },
                ("const", value) => {
                    lowered.insert("enum".to_owned(), json!([value]));
                }
                (_, value) => {
                    lowered.insert(key.clone(), self.value(value));
                }
            }
        }
        Value::Object(lowered)
    }
}

fn limit(lowered: &mut Map<String, Value>, inclusive: &str, exclusive: &str, value: &Value) {
    lowered.insert(inclusive.to_owned(), value.clone());
    lowered.insert(exclusive.to_owned(), json!(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_editions_say_is_translated() {
        let newer = json!({
            "openapi": "3.1.0",
            "components": { "schemas": {
                "A": { "type": ["string", "null"], "examples": ["x"] },
                "B": { "type": "integer", "exclusiveMinimum": 0, "const": 3 },
                "C": { "type": "object", "properties": {
                    "b": { "oneOf": [{ "$ref": "#/components/schemas/B" }, { "type": "null" }] },
                    "d": { "anyOf": [{ "$ref": "#/components/schemas/D" }, { "type": "null" }] },
                    "e": { "$ref": "#/components/schemas/D" },
                } },
                "D": { "type": "object", "default": { "type": ["string", "null"] } },
            } },
        });
        let older = json!({
            "openapi": "3.0.3",
            "components": { "schemas": {
                "A": { "type": "string", "nullable": true, "example": "x" },
                "B": { "type": "integer", "minimum": 0, "exclusiveMinimum": true, "enum": [3], "nullable": true },
                "C": { "type": "object", "properties": {
                    "b": { "$ref": "#/components/schemas/B" },
                    // Not every reference to D may be null, which 3.0 cannot say.
                    "d": { "anyOf": [{ "$ref": "#/components/schemas/D" }, { "type": "null" }] },
                    "e": { "$ref": "#/components/schemas/D" },
                } },
                "D": { "type": "object", "default": { "type": ["string", "null"] } },
            } },
        });
        assert_eq!(to_openapi_30(&newer), older);
    }
}
