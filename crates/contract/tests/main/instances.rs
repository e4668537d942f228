//! The validator agrees with JSON Schema.

use functiongraph_contract::instance::{Direction, Validator};
use functiongraph_contract::{Document, NoFiles};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A document with these component schemas.
fn document(schemas: &Value) -> Option<Document> {
    let text = json!({
        "openapi": "3.0.3", "info": { "title": "t", "version": "1" }, "paths": {},
        "components": { "schemas": schemas },
    })
    .to_string();
    Document::parse("schemas.json", &text, &NoFiles).ok()
}

/// The JSON Schema that an OpenAPI 3.0 schema stands for.
fn json_schema(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut result = Map::new();
    for (key, value) in members {
        match key.as_str() {
            "$ref" => {
                let name = value.as_str().unwrap().rsplit('/').next().unwrap();
                result.insert(key.clone(), format!("#/$defs/{name}").into());
            }
            "minimum" if members.get("exclusiveMinimum") == Some(&json!(true)) => {
                result.insert("exclusiveMinimum".to_owned(), value.clone());
            }
            "maximum" if members.get("exclusiveMaximum") == Some(&json!(true)) => {
                result.insert("exclusiveMaximum".to_owned(), value.clone());
            }
            "nullable" | "exclusiveMinimum" | "exclusiveMaximum" | "format" => {}
            "allOf" | "oneOf" | "anyOf" => {
                let members = value.as_array().unwrap().iter().map(json_schema);
                result.insert(key.clone(), members.collect());
            }
            "properties" => {
                let properties = value.as_object().unwrap().iter();
                let properties = properties.map(|(name, value)| (name.clone(), json_schema(value)));
                result.insert(key.clone(), Value::Object(properties.collect()));
            }
            "items" | "additionalProperties" => {
                result.insert(key.clone(), json_schema(value));
            }
            _ => {
                result.insert(key.clone(), value.clone());
            }
        }
    }
    if members.get("nullable") == Some(&json!(true)) {
        return json!({ "anyOf": [{ "type": "null" }, result] });
    }
    Value::Object(result)
}

/// What JSON Schema says about a value under the schema `A`.
fn agreed(schemas: &Value, value: &Value) -> bool {
    let defs: Map<_, _> = schemas
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| (name.clone(), json_schema(schema)))
        .collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/A", "$defs": defs,
    });
    jsonschema::validator_for(&schema).unwrap().is_valid(value)
}

#[track_caller]
fn check(schema: Value, valid: &[Value], invalid: &[Value]) {
    let schemas = json!({ "A": schema, "B": { "type": "object", "required": ["b"],
        "properties": { "b": { "type": "string" }, "a": { "$ref": "#/components/schemas/A" } } } });
    let document = document(&schemas).expect("a document that loads");
    let validator = Validator::new(&document);
    for (values, expected) in [(valid, true), (invalid, false)] {
        for value in values {
            let found = validator.violations(&document.schemas["A"], value, Direction::Either);
            assert_eq!(found.is_empty(), expected, "{value}: {found:?}");
            assert_eq!(agreed(&schemas, value), expected, "JSON Schema: {value}");
        }
    }
}

#[test]
fn strings() {
    check(
        json!({ "type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-zé😀]+$" }),
        &[json!("ab"), json!("éé"), json!("ééé")],
        &[
            json!("a"),
            json!("abcd"),
            json!("A1"),
            json!(1),
            json!(null),
            json!(["ab"]),
        ],
    );
    check(
        json!({ "type": "string", "nullable": true, "enum": ["a", "b", null] }),
        &[json!("a"), json!(null)],
        &[json!("c"), json!("")],
    );
}

#[test]
fn integers() {
    check(
        json!({ "type": "integer", "format": "int64", "minimum": -2, "maximum": 6, "multipleOf": 2 }),
        &[json!(-2), json!(0), json!(6), json!(4.0)],
        &[
            json!(-4),
            json!(8),
            json!(3),
            json!(2.5),
            json!("2"),
            json!(true),
        ],
    );
    check(
        json!({ "type": "integer", "format": "int32", "minimum": 0, "exclusiveMinimum": true,
                "maximum": 3, "exclusiveMaximum": true }),
        &[json!(1), json!(2)],
        &[json!(0), json!(3)],
    );
    check(
        json!({ "type": "integer", "format": "int32", "enum": [1, 3] }),
        &[json!(1), json!(3), json!(3.0)],
        &[json!(2), json!("1")],
    );
}

#[test]
fn numbers() {
    check(
        json!({ "type": "number", "minimum": -0.5, "maximum": 1e3, "multipleOf": 0.1 }),
        &[json!(-0.5), json!(0.3), json!(1000), json!(1.1)],
        &[json!(-0.6), json!(1000.1), json!(0.35), json!("0.1")],
    );
}

#[test]
fn arrays_and_objects() {
    check(
        json!({ "type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": true,
                "items": { "type": "number" } }),
        &[json!([1]), json!([1, 2, 3])],
        &[
            json!([]),
            json!([1, 2, 3, 4]),
            json!([1, 1.0]),
            json!(["a"]),
            json!({}),
        ],
    );
    check(
        json!({ "type": "object", "required": ["a"], "minProperties": 1, "maxProperties": 2,
                "additionalProperties": { "type": "boolean" },
                "properties": { "a": { "type": "string" }, "b": { "nullable": true, "type": "string" } } }),
        &[
            json!({"a": ""}),
            json!({"a": "", "b": null}),
            json!({"a": "", "c": true}),
        ],
        &[
            json!({}),
            json!({"b": ""}),
            json!({"a": null}),
            json!({"a": "", "c": 1}),
            json!({"a": "", "b": "", "c": true}),
            json!([]),
        ],
    );
    check(
        json!({ "type": "object", "additionalProperties": false, "properties": { "a": {} } }),
        &[json!({}), json!({"a": null})],
        &[json!({"b": 1})],
    );
}

#[test]
fn combinations_and_recursion() {
    check(
        json!({ "allOf": [{ "$ref": "#/components/schemas/B" },
                          { "type": "object", "required": ["b", "c"], "properties": { "c": { "type": "boolean" } } }] }),
        &[
            json!({"b": "", "c": true}),
            json!({"b": "", "c": true, "a": {"b": "", "c": false}}),
        ],
        &[
            json!({"b": ""}),
            json!({"c": true}),
            json!({"b": "", "c": true, "a": {}}),
        ],
    );
    check(
        json!({ "nullable": true, "oneOf": [{ "type": "string" }, { "$ref": "#/components/schemas/B" }, { "type": "string", "maxLength": 2 }] }),
        &[json!("abc"), json!({"b": ""}), json!(null)],
        &[json!("ab"), json!({}), json!(1)],
    );
    check(
        json!({ "anyOf": [{ "type": "string", "minLength": 2 }, { "type": "string", "maxLength": 3 }] }),
        &[json!("ab"), json!("a"), json!("abcd")],
        &[json!(1)],
    );
}

#[test]
fn violations_say_where_and_what() {
    let schemas = json!({ "A": {
        "type": "object", "required": ["a", "z"], "additionalProperties": false,
        "properties": {
            "a": { "type": "array", "items": { "type": "integer", "format": "int32", "maximum": 5 } },
            "z": { "type": "string" },
        },
    } });
    let document = document(&schemas).unwrap();
    let value = json!({ "a": [1, 9, "x", 3000000000_i64], "q/r": 1 });
    let found: Vec<_> = Validator::new(&document)
        .violations(&document.schemas["A"], &value, Direction::Either)
        .into_iter()
        .map(|violation| format!("{}: {}", violation.pointer, violation.reason))
        .collect();
    assert_eq!(
        found,
        [
            "/a/1: 9 is above the greatest value, 5",
            "/a/2: it must be an integer, and is a string",
            "/a/3: 3000000000 does not fit into int32",
            "/a/3: 3000000000 is above the greatest value, 5",
            ": the required property `z` is missing",
            "/q~1r: `q/r` is not one of the properties",
        ]
    );
}

#[test]
fn the_direction_decides_which_properties_are_needed() {
    let schemas = json!({ "A": {
        "type": "object", "required": ["r", "w", "n"],
        "properties": {
            "r": { "type": "string", "readOnly": true },
            "w": { "type": "string", "writeOnly": true },
            "n": { "type": "string" },
        },
    } });
    let document = document(&schemas).unwrap();
    let validator = Validator::new(&document);
    for (direction, missing) in [
        (Direction::Request, vec!["w", "n"]),
        (Direction::Response, vec!["r", "n"]),
        (Direction::Either, vec!["n"]),
    ] {
        let found = validator.violations(&document.schemas["A"], &json!({}), direction);
        let expected: Vec<_> = missing
            .into_iter()
            .map(|name| format!("the required property `{name}` is missing"))
            .collect();
        let found: Vec<_> = found
            .into_iter()
            .map(|violation| violation.reason)
            .collect();
        assert_eq!(found, expected);
    }
}

fn with(mut members: Vec<(&'static str, Value)>, nullable: bool) -> Value {
    if nullable {
        members.push(("nullable", json!(true)));
    }
    members
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect::<Map<_, _>>()
        .into()
}

fn any_schema() -> impl Strategy<Value = Value> {
    let bound = || prop::option::of(0..4_i64);
    let scalar = prop_oneof![
        Just(json!({})),
        any::<bool>().prop_map(|nullable| with(vec![("type", json!("boolean"))], nullable)),
        (
            bound(),
            bound(),
            prop::option::of(prop::sample::select(vec!["^a", "b$", "^[ab]+$", "1"])),
            any::<bool>()
        )
            .prop_map(|(least, most, pattern, nullable)| {
                let mut members = vec![("type", json!("string"))];
                members.extend(least.map(|least| ("minLength", json!(least))));
                members.extend(most.map(|most| ("maxLength", json!(most + least.unwrap_or(0)))));
                members.extend(pattern.map(|pattern| ("pattern", json!(pattern))));
                with(members, nullable)
            }),
        (prop::sample::subsequence(vec!["a", "b", "ab"], 1..3))
            .prop_map(|values| json!({"type": "string", "enum": values})),
        (
            bound(),
            bound(),
            any::<bool>(),
            any::<bool>(),
            prop::option::of(1..3_i64),
            any::<bool>()
        )
            .prop_map(|(least, span, integer, exclusive, factor, nullable)| {
                let kind = if integer { "integer" } else { "number" };
                let mut members = vec![("type", json!(kind))];
                if integer {
                    members.push(("format", json!("int32")));
                }
                if let Some(least) = least {
                    members.extend([
                        ("minimum", json!(least - 2)),
                        ("exclusiveMinimum", json!(exclusive)),
                    ]);
                }
                if let Some(span) = span {
                    members.extend([
                        ("maximum", json!(least.unwrap_or(0) + span + 1)),
                        ("exclusiveMaximum", json!(exclusive)),
                    ]);
                }
                let scale = if integer { 1.0 } else { 0.5 };
                members.extend(factor.map(|factor| ("multipleOf", json!(factor as f64 * scale))));
                with(members, nullable)
            }),
        Just(json!({ "$ref": "#/components/schemas/A" })),
        Just(json!({ "$ref": "#/components/schemas/B" })),
    ];
    scalar.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            (
                inner.clone(),
                bound(),
                bound(),
                any::<bool>(),
                any::<bool>()
            )
                .prop_map(|(items, least, span, unique, nullable)| {
                    let mut members = vec![
                        ("type", json!("array")),
                        ("items", items),
                        ("uniqueItems", json!(unique)),
                    ];
                    members.extend(least.map(|least| ("minItems", json!(least))));
                    members.extend(span.map(|span| ("maxItems", json!(least.unwrap_or(0) + span))));
                    with(members, nullable)
                }),
            (
                prop::collection::btree_map(
                    prop::sample::select(vec!["a", "b", "c"]),
                    inner.clone(),
                    0..3
                ),
                any::<prop::sample::Index>(),
                prop_oneof![
                    Just(None),
                    any::<bool>().prop_map(|any| Some(json!(any))),
                    inner.clone().prop_map(Some)
                ],
                bound(),
                any::<bool>(),
            )
                .prop_map(|(properties, required, additional, most, nullable)| {
                    let names: Vec<_> = properties.keys().copied().collect();
                    let mut members = vec![("type", json!("object"))];
                    if !names.is_empty() {
                        members.push(("required", json!([names[required.index(names.len())]])));
                    }
                    members.push(("properties", json!(properties)));
                    members
                        .extend(additional.map(|additional| ("additionalProperties", additional)));
                    members.extend(most.map(|most| ("maxProperties", json!(most + 1))));
                    with(members, nullable)
                }),
            (
                prop::sample::select(vec!["allOf", "oneOf", "anyOf"]),
                prop::collection::vec(inner, 1..4),
                any::<bool>()
            )
                .prop_map(|(key, members, nullable)| with(vec![(key, json!(members))], nullable)),
        ]
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3..7_i64).prop_map(Value::from),
        (-6..12_i64).prop_map(|halves| json!(halves as f64 / 2.0)),
        "[ab1]{0,4}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn the_validator_agrees_with_json_schema(
        a in any_schema(), b in any_schema(), values in prop::collection::vec(any_value(), 1..20)
    ) {
        let schemas = json!({ "A": a, "B": b });
        let Some(document) = document(&schemas) else {
            // Cycles, mostly; they are refused, and rightly.
            return Err(TestCaseError::reject("refused"));
        };
        let validator = Validator::new(&document);
        for value in values {
            let found = validator.violations(&document.schemas["A"], &value, Direction::Either);
            prop_assert_eq!(found.is_empty(), agreed(&schemas, &value), "{}: {:?}", value, found);
        }
    }
}
