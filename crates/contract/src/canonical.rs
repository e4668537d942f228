//! One form for all documents that say the same.
//!
//! Two OpenAPI 3.0 documents that describe the same contract can differ in many ways: in the order
//! of keys, in what is a component and what stands inline, in defaults that are written out. Their
//! canonical forms are equal:
//!
//! - keys are sorted, and numbers without a fraction are integers (`1.0` is `1`);
//! - `openapi` is `3.0`, whatever the patch release;
//! - references to parameters, headers, responses, request bodies, examples and links are replaced
//!   by what they name, and those components are gone; references to schemas stay, without what
//!   stands beside them, which OpenAPI 3.0 ignores;
//! - parameters of a path item stand with its operations, and so does the document's `security`;
//! - parameters are sorted by place and name, `required` and `security` by their text;
//! - what says nothing is gone: flags that are false, styles and `explode` that are usual,
//!   `additionalProperties: true`, least counts of 0, lists and maps that are empty, an `allOf` of
//!   nothing but one schema, entries of a discriminator's mapping that map a schema's own name;
//! - blanks around titles, summaries and descriptions are gone, and so are empty ones;
//! - extensions (`x-…`), examples and defaults stay as they are, but for the order of keys.
//!
//! The order of enumerations, tags, servers and alternatives stays: it shows. The form is a fixed
//! point: the canonical form of a canonical form is itself. A document's form has no names of
//! components other than schemas and security schemes, so that a description of the same service
//! by other means (one that a server makes of itself, for example) can be brought to it.

use serde_json::{Map, Number, Value, json};

use crate::limits::MAX_CHAIN;

/// The canonical form of an OpenAPI 3.0 document. What is no part of OpenAPI is kept, with its
/// keys sorted; nothing is refused.
#[must_use]
pub fn canonical(document: &Value) -> Value {
    Canon { document }.document()
}

struct Canon<'d> {
    document: &'d Value,
}

type Object = Map<String, Value>;

impl Canon<'_> {
    fn document(&self) -> Value {
        let Value::Object(members) = self.document else {
            return plain(self.document);
        };
        let security = members.get("security");
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = match key.as_str() {
                "openapi" => version(value),
                // Stands with each operation.
                "security" => continue,
                "paths" => map_but_extensions(value, |item| self.path_item(item, security)),
                "components" => self.components(value),
                "servers" => list(value, |server| self.annotated(server)),
                "tags" => list(value, |tag| self.annotated(tag)),
                "info" => self.annotated(value),
                _ => plain(value),
            };
            // A document without servers is served where it was found.
            let usual = key == "servers" && value == json!([{ "url": "/" }]);
            if key == "paths" {
                result.insert(key.clone(), value);
            } else if !usual {
                insert(&mut result, key, value);
            }
        }
        Value::Object(result)
    }

    fn components(&self, components: &Value) -> Value {
        let Value::Object(members) = components else {
            return plain(components);
        };
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = match key.as_str() {
                "schemas" => map(value, |schema| self.schema(schema)),
                "securitySchemes" => map(value, |scheme| {
                    self.annotated(self.resolve(scheme, "securitySchemes"))
                }),
                // Stand where they were referenced.
                "parameters" | "headers" | "responses" | "requestBodies" | "examples" | "links" => {
                    continue;
                }
                _ => plain(value),
            };
            insert(&mut result, key, value);
        }
        Value::Object(result)
    }

    fn path_item(&self, item: &Value, security: Option<&Value>) -> Value {
        let Value::Object(members) = item else {
            return plain(item);
        };
        let shared = members.get("parameters").and_then(Value::as_array);
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = match key.as_str() {
                "parameters" if shared.is_some() => continue,
                "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace" => {
                    self.operation(value, shared.map_or(&[], Vec::as_slice), security)
                }
                "servers" => list(value, |server| self.annotated(server)),
                "summary" | "description" => trimmed(value),
                _ => plain(value),
            };
            insert(&mut result, key, value);
        }
        Value::Object(result)
    }

    fn operation(&self, operation: &Value, shared: &[Value], security: Option<&Value>) -> Value {
        let Value::Object(members) = operation else {
            return plain(operation);
        };
        let mut result = Object::new();
        let own = members.get("parameters");
        let own_list = own.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let parameters = self.parameters(own_list, shared);
        let keys = members.keys().map(String::as_str);
        let mut keys: Vec<_> = keys.chain(["parameters", "security"]).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let value = match (key, members.get(key)) {
                ("parameters", Some(value)) if !value.is_array() => plain(value),
                ("parameters", _) => Value::Array(parameters.clone()),
                ("security", own) => match own.or(security) {
                    Some(security) => requirements(security),
                    None => continue,
                },
                ("requestBody", Some(value)) => self.request_body(value),
                ("responses", Some(value)) => {
                    map_but_extensions(value, |response| self.response(response))
                }
                ("servers", Some(value)) => list(value, |server| self.annotated(server)),
                ("summary" | "description", Some(value)) => trimmed(value),
                (_, Some(value)) => plain(value),
                (_, None) => continue,
            };
            if !is_false(key, "deprecated", &value) {
                insert(&mut result, key, value);
            }
        }
        Value::Object(result)
    }

    /// The operation's parameters and those of its path item that they do not replace, sorted.
    fn parameters(&self, own: &[Value], shared: &[Value]) -> Vec<Value> {
        let identity = |parameter: &Value| {
            let text = |key| {
                let text = parameter.get(key).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            (text("in"), text("name"))
        };
        let own: Vec<_> = own
            .iter()
            .map(|parameter| self.parameter(parameter))
            .collect();
        let replaced: Vec<_> = own.iter().map(identity).collect();
        let mut all: Vec<_> = shared
            .iter()
            .map(|parameter| self.parameter(parameter))
            .filter(|parameter| !replaced.contains(&identity(parameter)))
            .collect();
        all.extend(own);
        all.sort_by_cached_key(identity);
        all
    }

    fn parameter(&self, parameter: &Value) -> Value {
        let parameter = self.resolve(parameter, "parameters");
        let place = parameter.get("in").and_then(Value::as_str);
        let usual = match place {
            Some("query" | "cookie") => "form",
            _ => "simple",
        };
        self.value_holder(parameter, usual)
    }

    fn header(&self, header: &Value) -> Value {
        self.value_holder(self.resolve(header, "headers"), "simple")
    }

    /// A parameter or a header.
    fn value_holder(&self, holder: &Value, usual_style: &str) -> Value {
        let Value::Object(members) = holder else {
            return plain(holder);
        };
        let style = members
            .get("style")
            .and_then(Value::as_str)
            .unwrap_or(usual_style);
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let usual = match key.as_str() {
                "required" | "deprecated" | "allowEmptyValue" | "allowReserved" => {
                    *value == Value::Bool(false)
                }
                "style" => value.as_str() == Some(usual_style),
                "explode" => value.as_bool() == Some(style == "form"),
                _ => false,
            };
            let value = self.described(key, value);
            if !usual {
                insert(&mut result, key, value);
            }
        }
        Value::Object(result)
    }

    fn request_body(&self, body: &Value) -> Value {
        let body = self.resolve(body, "requestBodies");
        let Value::Object(members) = body else {
            return plain(body);
        };
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = self.described(key, value);
            if !is_false(key, "required", &value) {
                insert(&mut result, key, value);
            }
        }
        Value::Object(result)
    }

    fn response(&self, response: &Value) -> Value {
        let response = self.resolve(response, "responses");
        let Value::Object(members) = response else {
            return plain(response);
        };
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = match key.as_str() {
                "headers" => map(value, |header| self.header(header)),
                "links" => map(value, |link| self.annotated(self.resolve(link, "links"))),
                _ => self.described(key, value),
            };
            insert(&mut result, key, value);
        }
        Value::Object(result)
    }

    /// A member that several kinds of object have.
    fn described(&self, key: &str, value: &Value) -> Value {
        match key {
            "schema" => self.schema(value),
            "content" => map(value, |media_type| self.media_type(media_type)),
            "examples" => map(value, |example| {
                self.annotated(self.resolve(example, "examples"))
            }),
            "description" | "summary" | "title" => trimmed(value),
            _ => plain(value),
        }
    }

    fn media_type(&self, media_type: &Value) -> Value {
        let Value::Object(members) = media_type else {
            return plain(media_type);
        };
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = self.described(key, value);
            insert(&mut result, key, value);
        }
        Value::Object(result)
    }

    /// An object with texts for people, and otherwise nothing that needs care: an example's value
    /// is kept even where it is empty.
    fn annotated(&self, object: &Value) -> Value {
        let Value::Object(members) = object else {
            return plain(object);
        };
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = match key.as_str() {
                "description" | "summary" | "title" => trimmed(value),
                "variables" => map(value, |variable| self.annotated(variable)),
                _ => plain(value),
            };
            insert(&mut result, key, value);
        }
        Value::Object(result)
    }

    fn schema(&self, schema: &Value) -> Value {
        let Value::Object(members) = schema else {
            return plain(schema);
        };
        if let Some(target @ Value::String(_)) = members.get("$ref") {
            return Value::Object(Object::from_iter([("$ref".to_owned(), target.clone())]));
        }
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let (value, says_nothing) = match key.as_str() {
                "nullable" | "deprecated" | "readOnly" | "writeOnly" | "uniqueItems"
                | "exclusiveMinimum" | "exclusiveMaximum" => {
                    (plain(value), *value == Value::Bool(false))
                }
                "minLength" | "minItems" | "minProperties" => {
                    (plain(value), value.as_f64() == Some(0.0))
                }
                "additionalProperties" => {
                    let value = self.schema(value);
                    let any = value == Value::Bool(true) || value == json!({});
                    (value, any)
                }
                "properties" => {
                    let value = map(value, |property| self.schema(property));
                    let empty = is_empty(&value);
                    (value, empty)
                }
                "items" | "not" => (self.schema(value), false),
                "allOf" | "oneOf" | "anyOf" => {
                    let value = list(value, |member| self.schema(member));
                    let empty = is_empty(&value);
                    (value, empty)
                }
                "required" => {
                    let value = set(value);
                    let empty = is_empty(&value);
                    (value, empty)
                }
                "discriminator" => (self.discriminator(value), false),
                "title" | "description" => {
                    let value = trimmed(value);
                    let empty = is_empty(&value);
                    (value, empty)
                }
                _ => (plain(value), false),
            };
            if !says_nothing {
                result.insert(key.clone(), value);
            }
        }
        if result.len() == 1
            && let Some(Value::Array(members)) = result.get_mut("allOf")
            && members.len() == 1
            && let Some(only) = members.pop()
        {
            return only;
        }
        Value::Object(result)
    }

    /// A discriminator without the entries that say what is so anyhow.
    fn discriminator(&self, value: &Value) -> Value {
        const PREFIX: &str = "#/components/schemas/";
        let Value::Object(members) = value else {
            return plain(value);
        };
        let schemas = self
            .document
            .get("components")
            .and_then(|components| components.get("schemas"));
        let mut result = Object::new();
        for (key, value) in sorted(members) {
            let value = match (key.as_str(), value) {
                ("mapping", Value::Object(mapping)) => {
                    let entries = sorted(mapping).into_iter().filter_map(|(name, target)| {
                        let Some(text) = target.as_str() else {
                            return Some((name.clone(), plain(target)));
                        };
                        let known = schemas.is_some_and(|schemas| schemas.get(text).is_some());
                        let full = if known {
                            format!("{PREFIX}{text}")
                        } else {
                            text.to_owned()
                        };
                        let implied = full.strip_prefix(PREFIX) == Some(name);
                        (!implied).then(|| (name.clone(), Value::String(full)))
                    });
                    Value::Object(entries.collect())
                }
                _ => plain(value),
            };
            insert(&mut result, key, value);
        }
        Value::Object(result)
    }

    /// What a reference to a component leads to; the reference itself where that is nowhere.
    fn resolve<'v>(&'v self, value: &'v Value, section: &str) -> &'v Value {
        let mut here = value;
        for _ in 0..MAX_CHAIN {
            let Some(target) = here.get("$ref").and_then(Value::as_str) else {
                return here;
            };
            let found = target
                .strip_prefix("#/components/")
                .and_then(|rest| rest.strip_prefix(section))
                .and_then(|rest| rest.strip_prefix('/'))
                .and_then(|name| self.document.get("components")?.get(section)?.get(name));
            match found {
                Some(found) => here = found,
                None => return value,
            }
        }
        value
    }
}

/// `3.0` of `3.0.3`: the patch release changes no meaning.
fn version(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.starts_with("3.0.") => "3.0".into(),
        _ => plain(value),
    }
}

/// Alternatives of credentials: a set of sets.
fn requirements(value: &Value) -> Value {
    let requirements = set(&list(value, |requirement| map(requirement, set)));
    // To need nothing is the same as to have no requirement.
    match &requirements {
        Value::Array(items) if items.iter().all(is_empty) => Value::Array(Vec::new()),
        _ => requirements,
    }
}

/// The value with its keys sorted and its numbers normalised.
pub(crate) fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        Value::Object(members) => Value::Object(
            sorted(members)
                .into_iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
        ),
        Value::Number(number) => Value::Number(normal(number)),
        other => other.clone(),
    }
}

/// An integer, where the number is one that binary fractions hold exactly.
fn normal(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
            // Exact, by the bound.
            #[allow(clippy::cast_possible_truncation)]
            let whole = float as i64;
            whole.into()
        }
        _ => number.clone(),
    }
}

fn sorted(members: &Object) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(key, _)| key.as_str());
    members
}

/// Puts a member where it belongs, unless it is empty and so says nothing.
fn insert(members: &mut Object, key: &str, value: Value) {
    let telling = matches!(key, "example" | "default" | "value" | "schema") || is_extension(key);
    if telling || !is_empty(&value) {
        members.insert(key.to_owned(), value);
    }
}

fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// A map whose keys are names, or extensions of the map itself, which are kept as they are.
fn map_but_extensions(value: &Value, each: impl Fn(&Value) -> Value) -> Value {
    let Value::Object(members) = value else {
        return plain(value);
    };
    let members = sorted(members).into_iter().map(|(key, value)| {
        let value = if is_extension(key) {
            plain(value)
        } else {
            each(value)
        };
        (key.clone(), value)
    });
    Value::Object(members.collect())
}

/// A map whose keys are names.
fn map(value: &Value, each: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            sorted(members)
                .into_iter()
                .map(|(key, value)| (key.clone(), each(value)))
                .collect(),
        ),
        other => plain(other),
    }
}

fn list(value: &Value, each: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(each).collect()),
        other => plain(other),
    }
}

/// A list whose order says nothing, and in which nothing need stand twice.
fn set(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(plain).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            Value::Array(items)
        }
        other => plain(other),
    }
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.trim().to_owned()),
        other => plain(other),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn is_false(key: &str, flag: &str, value: &Value) -> bool {
    key == flag && *value == Value::Bool(false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// Both say the same.
    #[track_caller]
    fn same(left: Value, right: Value) {
        let (left, right) = (canonical(&left), canonical(&right));
        assert_eq!(left.to_string(), right.to_string());
        assert_eq!(canonical(&left), left, "not a fixed point");
    }

    fn with_schema(schema: Value) -> Value {
        json!({ "openapi": "3.0.3", "components": { "schemas": { "A": schema } } })
    }

    fn with_operation(operation: Value) -> Value {
        json!({ "openapi": "3.0.3", "paths": { "/a": { "get": operation } } })
    }

    #[test]
    fn keys_are_sorted_and_numbers_normal() {
        let text = canonical(&with_schema(json!({
            "type": "number", "minimum": 1.0, "maximum": 2.5, "default": { "b": 1, "a": -0.0 }
        })))
        .to_string();
        assert_eq!(
            text,
            r#"{"components":{"schemas":{"A":{"default":{"a":0,"b":1},"maximum":2.5,"minimum":1,"type":"number"}}},"openapi":"3.0"}"#
        );
    }

    #[test]
    fn defaults_of_schemas_say_nothing() {
        same(
            with_schema(json!({
                "type": "object", "nullable": false, "deprecated": false, "readOnly": false,
                "writeOnly": false, "required": [], "additionalProperties": true,
                "minProperties": 0, "description": " text\n", "title": "",
                "properties": {
                    "a": { "type": "array", "uniqueItems": false, "minItems": 0, "items": {} },
                    "b": { "type": "object", "additionalProperties": {}, "properties": {} },
                    "c": { "type": "string", "minLength": 0 },
                    "d": { "type": "object", "additionalProperties": { "nullable": false } },
                    "e": { "allOf": [{ "$ref": "#/components/schemas/B" }] },
                }
            })),
            with_schema(json!({
                "type": "object", "description": "text",
                "properties": {
                    "a": { "type": "array", "items": {} }, "b": { "type": "object" },
                    "c": { "type": "string" }, "d": { "type": "object" },
                    "e": { "$ref": "#/components/schemas/B" },
                }
            })),
        );
    }

    #[test]
    fn the_order_of_required_names_says_nothing_and_that_of_an_enumeration_does() {
        same(
            with_schema(json!({ "required": ["b", "a", "b"] })),
            with_schema(json!({ "required": ["a", "b"] })),
        );
        assert_ne!(
            canonical(&with_schema(json!({ "enum": ["b", "a"] }))),
            canonical(&with_schema(json!({ "enum": ["a", "b"] }))),
        );
    }

    #[test]
    fn names_of_properties_are_no_keywords() {
        let schema = json!({ "type": "object", "properties": {
            "nullable": { "type": "boolean" }, "required": { "type": "string" }, "x-y": {}
        }});
        let form = canonical(&with_schema(schema.clone()));
        assert_eq!(form["components"]["schemas"]["A"], schema);
    }

    #[test]
    fn empty_examples_and_defaults_stay() {
        let schema = json!({ "default": [], "example": "", "x-a": {} });
        let form = canonical(&with_schema(schema.clone()));
        assert_eq!(form["components"]["schemas"]["A"], schema);
    }

    #[test]
    fn components_stand_where_they_are_used() {
        let body =
            json!({ "application/json": { "schema": { "$ref": "#/components/schemas/A" } } });
        same(
            json!({
                "openapi": "3.0.0",
                "paths": { "/a": { "post": {
                    "parameters": [{ "$ref": "#/components/parameters/P" }],
                    "requestBody": { "$ref": "#/components/requestBodies/B" },
                    "responses": { "200": { "$ref": "#/components/responses/R" } },
                } } },
                "components": {
                    "parameters": {
                        "P": { "$ref": "#/components/parameters/Q" },
                        "Q": { "name": "q", "in": "query", "required": false, "style": "form",
                               "explode": true, "schema": {} },
                    },
                    "requestBodies": { "B": { "required": false, "content": body.clone() } },
                    "headers": { "H": { "style": "simple", "explode": false, "schema": {} } },
                    "examples": { "E": { "value": {} } },
                    "responses": { "R": {
                        "description": "r",
                        "headers": { "X-H": { "$ref": "#/components/headers/H" } },
                        "content": { "application/json": {
                            "examples": { "e": { "$ref": "#/components/examples/E" } }
                        } },
                    } },
                },
            }),
            json!({
                "openapi": "3.0.3",
                "paths": { "/a": { "post": {
                    "parameters": [{ "in": "query", "name": "q", "schema": {} }],
                    "requestBody": { "content": body },
                    "responses": { "200": {
                        "description": "r",
                        "headers": { "X-H": { "schema": {} } },
                        "content": { "application/json": { "examples": { "e": { "value": {} } } } },
                    } },
                } } },
            }),
        );
    }

    #[test]
    fn a_path_items_parameters_stand_with_its_operations() {
        let parameter = |name: &str, text: &str| json!({ "name": name, "in": "query", "description": text, "schema": {} });
        same(
            json!({ "paths": { "/a": {
                "parameters": [parameter("b", "shared"), parameter("a", "shared")],
                "get": { "parameters": [parameter("b", "own")] },
                "put": {},
            } } }),
            json!({ "paths": { "/a": {
                "get": { "parameters": [parameter("a", "shared"), parameter("b", "own")] },
                "put": { "parameters": [parameter("a", "shared"), parameter("b", "shared")] },
            } } }),
        );
    }

    #[test]
    fn security_stands_with_the_operations() {
        same(
            json!({
                "security": [{ "b": [] }, { "a": ["y", "x"] }],
                "paths": { "/a": { "get": {}, "put": { "security": [] },
                                   "post": { "security": [{}] } } },
            }),
            json!({
                "paths": { "/a": { "get": { "security": [{ "a": ["x", "y"] }, { "b": [] }] },
                                   "put": {}, "post": {} } },
            }),
        );
    }

    #[test]
    fn servers_that_say_nothing_are_gone() {
        same(
            json!({ "servers": [{ "url": "/" }] }),
            json!({ "servers": [] }),
        );
        assert_ne!(
            canonical(&json!({ "servers": [{ "url": "/v1" }] })),
            canonical(&json!({})),
        );
    }

    #[test]
    fn a_mapping_that_says_what_is_so_anyhow_is_gone() {
        let with = |mapping: Value| {
            json!({ "components": { "schemas": {
                "A": {}, "B": {},
                "U": { "oneOf": [], "discriminator": { "propertyName": "p", "mapping": mapping } },
            } } })
        };
        same(
            with(json!({ "A": "#/components/schemas/A", "B": "B" })),
            with(json!({})),
        );
        same(
            with(json!({ "a": "A" })),
            with(json!({ "a": "#/components/schemas/A" })),
        );
    }

    #[test]
    fn flags_of_operations_and_extensions() {
        same(
            with_operation(json!({ "deprecated": false, "tags": [], "summary": " a " })),
            with_operation(json!({ "summary": "a" })),
        );
        let kept = with_operation(json!({ "x-a": [], "responses": { "x-b": {}, "200": {} } }));
        assert_eq!(canonical(&kept)["paths"], kept["paths"]);
    }

    #[test]
    fn what_leads_nowhere_stays() {
        let cycle = json!({ "components": { "parameters": {
            "A": { "$ref": "#/components/parameters/A" } } },
            "paths": { "/a": { "get": { "parameters": [
                { "$ref": "#/components/parameters/A" }, { "$ref": "other.yaml" } ] } } } });
        let form = canonical(&cycle);
        assert_eq!(
            form["paths"]["/a"]["get"]["parameters"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(canonical(&form), form);
        assert_eq!(canonical(&json!([1.0, null])), json!([1, null]));
    }
}
