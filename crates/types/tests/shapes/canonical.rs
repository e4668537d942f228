//! Schemas in one form: of the document (OpenAPI 3.0), of utoipa (OpenAPI 3.1) and of schemars
//! (JSON Schema).

#[cfg(feature = "schema")]
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The name at the end of a reference.
fn target(reference: &Value) -> &str {
    reference.as_str().unwrap().rsplit('/').next().unwrap()
}

// ---------------------------------------------------------------------------------------------
// JSON Schema to validate with

/// A JSON Schema (draft 2020-12) of a component, with the coercions that reading makes: `null` for
/// a property that is not required is as good as nothing, and integers have the range of their
/// format.
pub(crate) fn json_schema(components: &Map<String, Value>, name: &str) -> Value {
    let definitions: Map<String, Value> = components
        .iter()
        .map(|(name, schema)| (name.clone(), convert(schema)))
        .collect();
    json!({ "$ref": format!("#/$defs/{name}"), "$defs": definitions })
}

fn convert(schema: &Value) -> Value {
    let mut out = Map::new();
    for (key, value) in schema.as_object().unwrap() {
        let value = match key.as_str() {
            "$ref" => json!(format!("#/$defs/{}", target(value))),
            "items" => convert(value),
            "additionalProperties" if value.is_object() => convert(value),
            "oneOf" | "anyOf" | "allOf" => value.as_array().unwrap().iter().map(convert).collect(),
            "properties" => {
                let required = schema["required"].as_array();
                let properties = value.as_object().unwrap().iter().map(|(name, property)| {
                    let property = convert(property);
                    let is_required =
                        required.is_some_and(|required| required.iter().any(|other| other == name));
                    let property = if is_required {
                        property
                    } else {
                        json!({"anyOf": [property, {"type": "null"}]})
                    };
                    (name.clone(), property)
                });
                Value::Object(properties.collect())
            }
            "nullable" | "example" | "discriminator" | "exclusiveMinimum" | "exclusiveMaximum" => {
                continue;
            }
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if schema[flag] == true
            && let Some(value) = out.remove(bound)
        {
            out.insert(flag.to_owned(), value);
        }
    }
    let range = match schema["format"].as_str() {
        Some("int32") => Some(json!({"minimum": i32::MIN, "maximum": i32::MAX})),
        Some("int64") => Some(json!({"minimum": i64::MIN, "maximum": i64::MAX})),
        Some("float") => Some(json!({"minimum": f32::MIN, "maximum": f32::MAX})),
        _ => None,
    };
    if let Some(range) = range {
        out.insert("allOf".to_owned(), json!([range]));
    }
    if schema["x-also-accepts"].is_array() {
        out.insert("type".to_owned(), json!(["string", "integer"]));
    }
    let out = Value::Object(out);
    if schema["nullable"] == true {
        json!({"anyOf": [out, {"type": "null"}]})
    } else {
        out
    }
}

// ---------------------------------------------------------------------------------------------
// The form in which schemas are compared

/// Where the components and the schemas of Rust types differ, and how.
#[cfg(feature = "schema")]
pub(crate) fn differences(
    components: &Map<String, Value>,
    schemas: &BTreeMap<String, Value>,
) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (name, component) in components {
        let mut left = canonical(component, components);
        // What may be `null` is said where a component is used.
        left.remove("nullable");
        match schemas.get(name) {
            Some(schema) => {
                let mut right = canonical(schema, components);
                right.remove("nullable");
                compare(
                    &format!("/{name}"),
                    &Value::Object(left),
                    &Value::Object(right),
                    &mut out,
                );
            }
            None => {
                out.insert(format!("/{name}"), "no Rust type has it".to_owned());
            }
        }
    }
    for name in schemas
        .keys()
        .filter(|name| !components.contains_key(*name))
    {
        out.insert(
            format!("/{name}"),
            "the document does not have it".to_owned(),
        );
    }
    out
}

#[cfg(feature = "schema")]
fn compare(place: &str, left: &Value, right: &Value, out: &mut BTreeMap<String, String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for name in left.keys().chain(right.keys()) {
                let nothing = Value::Null;
                let (left, right) = (
                    left.get(name).unwrap_or(&nothing),
                    right.get(name).unwrap_or(&nothing),
                );
                compare(&format!("{place}/{name}"), left, right, out);
            }
        }
        _ if left != right => {
            out.insert(
                place.to_owned(),
                format!("the document has {left}, Rust has {right}"),
            );
        }
        _ => {}
    }
}

/// One form for all dialects.
#[cfg(feature = "schema")]
fn canonical(schema: &Value, components: &Map<String, Value>) -> Map<String, Value> {
    let Some(object) = schema.as_object() else {
        // `true` is the schema of any value.
        return Map::new();
    };
    let nested = |schema: &Value| Value::Object(canonical(schema, components));
    let mut out = Map::new();
    let mut nullable = object.get("nullable") == Some(&json!(true));
    for (key, value) in object {
        let value = match key.as_str() {
            "$ref" => {
                let name = target(value);
                nullable |= components
                    .get(name)
                    .is_some_and(|component| component["nullable"] == true);
                json!(name)
            }
            "type" => match value.as_array() {
                Some(types) => {
                    nullable |= types.iter().any(|name| name == "null");
                    types.iter().find(|name| *name != "null").cloned().unwrap()
                }
                None => value.clone(),
            },
            "oneOf" | "anyOf" => {
                let alternatives = value.as_array().unwrap();
                let rest: Vec<Value> = alternatives
                    .iter()
                    .filter(|other| **other != json!({"type": "null"}))
                    .map(nested)
                    .collect();
                let had_null = rest.len() < alternatives.len();
                nullable |= had_null;
                match rest.as_slice() {
                    [Value::Object(only)] if had_null => {
                        out.extend(only.clone());
                        continue;
                    }
                    _ => json!(rest),
                }
            }
            "allOf" => {
                let members = value.as_array().unwrap();
                for member in members {
                    let mut member = canonical(member, components);
                    if members.len() > 1
                        && let Some(name) = member.get("$ref")
                    {
                        member = canonical(&components[name.as_str().unwrap()], components);
                        member.remove("description");
                    }
                    for (key, value) in member {
                        match (key.as_str(), out.get_mut(&key), &value) {
                            ("properties", Some(Value::Object(all)), Value::Object(more)) => {
                                all.extend(more.clone())
                            }
                            ("required", Some(Value::Array(all)), Value::Array(more)) => {
                                all.extend(more.clone())
                            }
                            _ => {
                                out.insert(key, value);
                            }
                        }
                    }
                }
                continue;
            }
            "properties" => {
                let properties = value.as_object().unwrap();
                Value::Object(
                    properties
                        .iter()
                        .map(|(name, property)| (name.clone(), nested(property)))
                        .collect(),
                )
            }
            "items" => nested(value),
            "additionalProperties" if *value == false => json!(false),
            "additionalProperties" => match nested(value) {
                anything if anything == json!({}) => continue,
                other => other,
            },
            "propertyNames" if *value == json!({"type": "string"}) => continue,
            "required" if *value == json!([]) => continue,
            "nullable" => continue,
            "examples" => {
                out.insert("example".to_owned(), value[0].clone());
                continue;
            }
            "description" => json!(value.as_str().unwrap().trim()),
            "enum" => value
                .as_array()
                .unwrap()
                .iter()
                .filter(|value| !value.is_null())
                .cloned()
                .collect(),
            "discriminator" => {
                let mut value = value.clone();
                for tag in value["mapping"]
                    .as_object_mut()
                    .into_iter()
                    .flat_map(Map::values_mut)
                {
                    *tag = json!(target(tag));
                }
                value
            }
            extension if extension.starts_with("x-") => continue,
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        match out.get(flag) {
            Some(Value::Bool(true)) => {
                let value = out.remove(bound).unwrap();
                out.insert(flag.to_owned(), value);
            }
            Some(Value::Bool(false)) => {
                out.remove(flag);
            }
            _ => {}
        }
    }
    if let Some(Value::Array(required)) = out.get_mut("required") {
        required.sort_by_key(ToString::to_string);
    }
    // A schema without a type takes `null` anyway.
    if nullable
        && ["type", "$ref", "oneOf", "anyOf"]
            .iter()
            .any(|key| out.contains_key(*key))
    {
        out.insert("nullable".to_owned(), json!(true));
    }
    let Value::Object(out) = plain_numbers(Value::Object(out)) else {
        return Map::new();
    };
    out
}

/// `1.0` and `1` are the same number.
#[cfg(feature = "schema")]
fn plain_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[allow(clippy::cast_possible_truncation)]
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => json!(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(plain_numbers).collect(),
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(name, value)| (name, plain_numbers(value)))
                .collect(),
        ),
        other => other,
    }
}
