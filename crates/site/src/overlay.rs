//! OpenAPI Overlay 1.0: changes to a document, each to what a JSONPath (RFC 9535) selects.

use functiongraph_contract::{Report, plain};
use serde_json::{Map, Value};
use serde_json_path::JsonPath;
use thiserror::Error;

/// Why a text is no overlay.
#[derive(Debug, Error)]
pub enum OverlayError {
    /// It is neither YAML nor JSON.
    #[error("{0}")]
    Syntax(#[from] Report),
    /// It breaks the Overlay Specification.
    #[error("{name}: {place}: {reason}")]
    Rule {
        /// The overlay's file.
        name: String,
        /// Where, as a JSON pointer.
        place: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// An overlay, read and checked.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// What it is for: `info.title`.
    pub title: String,
    actions: Vec<Action>,
}

#[derive(Clone, Debug)]
struct Action {
    target: JsonPath,
    text: String,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Update(Value),
    Remove,
}

/// What an overlay made of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The document after all actions.
    pub value: Value,
    /// The targets that selected nothing, in the order of the actions.
    pub idle: Vec<String>,
}

impl Overlay {
    /// Reads an overlay from YAML or JSON. `name` is what messages call the file.
    ///
    /// # Errors
    /// What is wrong with its syntax, or the first rule of the Overlay Specification 1.0 that it
    /// breaks.
    pub fn parse(name: &str, text: &str) -> Result<Self, OverlayError> {
        let value = plain(name, text)?;
        let rule = |place: &str, reason: &str| OverlayError::Rule {
            name: name.to_owned(),
            place: place.to_owned(),
            reason: reason.to_owned(),
        };
        let string = |pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found.ok_or_else(|| rule(pointer, "a string has to stand here"))
        };
        if !string("/overlay")?.starts_with("1.0.") {
            return Err(rule(
                "/overlay",
                "another version of the Overlay Specification: write `1.0.0`",
            ));
        }
        string("/info/version")?;
        let title = string("/info/title")?.to_owned();
        let listed = value.pointer("/actions").and_then(Value::as_array);
        let listed = listed.filter(|actions| !actions.is_empty());
        let listed =
            listed.ok_or_else(|| rule("/actions", "a list of at least one action has to be"))?;
        let mut actions = Vec::new();
        for (index, action) in listed.iter().enumerate() {
            let place = |key: &str| format!("/actions/{index}/{key}");
            let text = string(&place("target"))?;
            let target = JsonPath::parse(text)
                .map_err(|error| rule(&place("target"), &format!("no JSONPath: {error}")))?;
            let remove = match action.get("remove") {
                None => false,
                Some(remove) => remove
                    .as_bool()
                    .ok_or_else(|| rule(&place("remove"), "true or false has to stand here"))?,
            };
            // By the specification an update beside `remove: true` has no effect.
            let change = match action.get("update") {
                _ if remove => Change::Remove,
                Some(update) => Change::Update(update.clone()),
                None => {
                    return Err(rule(
                        &format!("/actions/{index}"),
                        "the action changes nothing: give it `update`, or `remove: true`",
                    ));
                }
            };
            actions.push(Action {
                target,
                text: text.to_owned(),
                change,
            });
        }
        Ok(Self { title, actions })
    }

    /// Carries the actions out one after the other, each on what those before it left.
    #[must_use]
    pub fn apply(&self, document: &Value) -> Applied {
        let mut value = document.clone();
        let mut idle = Vec::new();
        for action in &self.actions {
            let located = action.target.query_located(&value);
            let mut pointers: Vec<String> = located
                .locations()
                .map(|location| location.to_json_pointer())
                .collect();
            if pointers.is_empty() {
                idle.push(action.text.clone());
            }
            match &action.change {
                Change::Update(update) => {
                    for pointer in pointers {
                        if let Some(target) = value.pointer_mut(&pointer) {
                            merge(target, update);
                        }
                    }
                }
                Change::Remove => {
                    // From the end, so that places in arrays stay true.
                    pointers.reverse();
                    for pointer in pointers {
                        remove(&mut value, &pointer);
                    }
                }
            }
        }
        Applied { value, idle }
    }
}

/// Merges an update into what was selected: objects member by member, at any depth; to an array it
/// is appended; anything else is replaced.
fn merge(target: &mut Value, update: &Value) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            for (key, update) in update {
                match target.get_mut(key) {
                    Some(target) => merge(target, update),
                    None => {
                        target.insert(key.clone(), update.clone());
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(update)) => target.extend(update.iter().cloned()),
        (Value::Array(target), update) => target.push(update.clone()),
        (target, update) => *target = update.clone(),
    }
}

fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        *value = Value::Object(Map::new());
        return;
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn overlay(actions: &Value) -> Overlay {
        let text = json!({
            "overlay": "1.0.0",
            "info": { "title": "t", "version": "1" },
            "actions": actions,
        });
        Overlay::parse("test.json", &text.to_string()).unwrap()
    }

    #[test]
    fn updates_merge_append_and_replace() {
        let applied = overlay(&json!([
            { "target": "$.info", "update": { "title": "B", "x": { "y": 1 } } },
            { "target": "$.info", "update": { "x": { "z": 2 } } },
            { "target": "$.tags", "update": { "name": "b" } },
            { "target": "$.tags", "update": [{ "name": "c" }] },
            { "target": "$.paths.*.get", "update": { "summary": "s" } },
        ]))
        .apply(&json!({
            "info": { "title": "A", "version": "1" },
            "tags": [{ "name": "a" }],
            "paths": { "/a": { "get": {} }, "/b": { "get": { "summary": "o" }, "put": {} } },
        }));
        assert_eq!(applied.idle, Vec::<String>::new());
        assert_eq!(
            applied.value,
            json!({
                "info": { "title": "B", "version": "1", "x": { "y": 1, "z": 2 } },
                "tags": [{ "name": "a" }, { "name": "b" }, { "name": "c" }],
                "paths": {
                    "/a": { "get": { "summary": "s" } },
                    "/b": { "get": { "summary": "s" }, "put": {} },
                },
            })
        );
    }

    #[test]
    fn removing_takes_members_and_items() {
        let applied = overlay(&json!([
            { "target": "$.tags[?@.name != 'b']", "remove": true, "update": { "name": "z" } },
            { "target": "$['a/b']['c~d']", "remove": true },
            { "target": "$.gone", "remove": true },
        ]))
        .apply(&json!({
            "tags": [{ "name": "a" }, { "name": "b" }, { "name": "c" }],
            "a/b": { "c~d": 1, "e": 2 },
        }));
        assert_eq!(
            applied.value,
            json!({ "tags": [{ "name": "b" }], "a/b": { "e": 2 } })
        );
        assert_eq!(applied.idle, ["$.gone"]);
    }

    #[test]
    fn later_actions_see_what_earlier_ones_did() {
        let applied = overlay(&json!([
            { "target": "$", "update": { "new": { "a": 1 } } },
            { "target": "$.new", "update": { "b": 2 } },
        ]))
        .apply(&json!({}));
        assert_eq!(applied.value, json!({ "new": { "a": 1, "b": 2 } }));
        assert!(applied.idle.is_empty());
    }

    #[test]
    fn what_is_no_overlay_is_told_with_its_place() {
        let head = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n";
        for (text, expected) in [
            ("{".to_owned(), "o.yaml:1"),
            ("a: 1".to_owned(), "o.yaml: /overlay: "),
            ("overlay: 2.0.0".to_owned(), "o.yaml: /overlay: "),
            ("overlay: 1.0.0".to_owned(), "o.yaml: /info/version: "),
            (head.to_owned(), "o.yaml: /actions: "),
            (format!("{head}actions: []"), "o.yaml: /actions: "),
            (
                format!("{head}actions: [{{target: 'x'}}]"),
                "o.yaml: /actions/0/target: no JSONPath",
            ),
            (
                format!("{head}actions: [{{target: '$.a'}}]"),
                "o.yaml: /actions/0: the action changes nothing",
            ),
            (
                format!("{head}actions: [{{target: '$.a', remove: 1}}]"),
                "o.yaml: /actions/0/remove: ",
            ),
        ] {
            let error = Overlay::parse("o.yaml", &text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in ".{0,80}", target in "[$@.\\[\\]'*?a-c0-9: ()]{0,20}") {
            let _ = Overlay::parse("o.yaml", &text);
            let overlay = json!({
                "overlay": "1.0.0",
                "info": { "title": "t", "version": "1" },
                "actions": [{ "target": target, "remove": true }, { "target": target, "update": [1] }],
            });
            if let Ok(overlay) = Overlay::parse("o.yaml", &overlay.to_string()) {
                let _ = overlay.apply(&json!({ "a": [1, { "b": [] }], "b": { "c": "x" } }));
            }
        }
    }
}
