//! What a place in a document means to its readers: where it stands in the file, and which
//! operations have to do with it.

use std::collections::BTreeSet;

use crate::{Document, Pointer, canonical};
use serde_json::Value;

/// The longest text of a value in a message, in characters.
const LONGEST: usize = 160;

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Where the value at a pointer into the document's canonical form stands in its own text:
/// `openapi/functiongraph.yaml:12:5`. What the document does not have is placed at what would hold
/// it.
#[must_use]
pub fn place(document: &Document, pointer: &Pointer) -> String {
    place_in(document, &canonical(document.value()), pointer)
}

/// As [`place`], where the canonical form is at hand.
#[must_use]
pub fn place_in(document: &Document, form: &Value, pointer: &Pointer) -> String {
    let (file, line, column) = document.place(&source(document, form, pointer));
    format!("{file}:{line}:{column}")
}

/// The pointer into the document as it is written, for a pointer into its canonical form: there,
/// references to anything but schemas are resolved, and parameters are sorted.
fn source(document: &Document, form: &Value, pointer: &Pointer) -> Pointer {
    let root = document.value();
    let mut at = Pointer::root();
    let mut canonical_at = Pointer::root();
    for segment in pointer.segments() {
        let here = follow(root, &at);
        let list = canonical_at.last().is_some_and(|last| last == "parameters");
        let next = match (
            list,
            here.find(root),
            canonical_at.join(&segment).find(form),
        ) {
            (true, Some(Value::Array(own)), Some(wanted)) => {
                let same = |other: &Value| {
                    let other = resolved(root, other);
                    ["in", "name"]
                        .iter()
                        .all(|key| other.get(key) == wanted.get(key))
                };
                own.iter().position(same).map(|index| here.index(index))
            }
            _ => Some(here.join(&segment)),
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
        canonical_at = canonical_at.join(&segment);
    }
    at
}

/// What a reference to anything but a schema leads to.
fn follow(root: &Value, at: &Pointer) -> Pointer {
    let mut here = at.clone();
    for _ in 0..8 {
        let target = here
            .find(root)
            .and_then(|value| value.get("$ref"))
            .and_then(Value::as_str);
        let target = target.filter(|target| !target.starts_with("#/components/schemas/"));
        match target.and_then(|target| Pointer::parse(target.strip_prefix('#')?)) {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}

fn resolved<'v>(root: &'v Value, value: &'v Value) -> &'v Value {
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.strip_prefix('#'));
    target
        .and_then(|target| root.pointer(target))
        .unwrap_or(value)
}

/// The operations that a place in any of the canonical documents has to do with, by id and sorted.
/// A schema touches all operations from which references lead to it; the document's title, servers
/// and the like touch all operations.
#[must_use]
pub fn operations(documents: &[&Value], pointer: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for document in documents {
        for (path, method, operation) in all(document) {
            let id = operation.get("operationId").and_then(Value::as_str);
            let id = id.map_or_else(
                || format!("{} {path}", method.to_uppercase()),
                str::to_owned,
            );
            if touches(document, path, method, operation, pointer) {
                found.insert(id);
            }
        }
    }
    found.into_iter().collect()
}

fn all(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path, method, operation))
    })
}

fn touches(document: &Value, path: &str, method: &str, operation: &Value, pointer: &str) -> bool {
    let Some(parsed) = Pointer::parse(pointer) else {
        return false;
    };
    let segments: Vec<_> = parsed.segments().collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match segments.as_slice() {
        ["paths", at, rest @ ..] => {
            *at == path
                && rest
                    .first()
                    .is_none_or(|first| *first == method || !METHODS.contains(first))
        }
        ["components", "schemas", name, ..] => reachable(document, operation).contains(*name),
        ["components", "securitySchemes", name, ..] => {
            let security = operation.get("security").and_then(Value::as_array);
            security
                .into_iter()
                .flatten()
                .any(|requirement| requirement.get(name).is_some())
        }
        ["tags", index, ..] => {
            let tag = document.pointer(&format!("/tags/{index}/name"));
            let tags = operation.get("tags").and_then(Value::as_array);
            tags.into_iter().flatten().any(|own| Some(own) == tag)
        }
        _ => true,
    }
}

/// The schemas to which references lead from here.
fn reachable<'v>(document: &'v Value, from: &'v Value) -> BTreeSet<&'v str> {
    let mut found = BTreeSet::new();
    let mut left = vec![from];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(members) => {
                let name = members.get("$ref").and_then(Value::as_str);
                if let Some(name) = name.and_then(|name| name.strip_prefix("#/components/schemas/"))
                    && found.insert(name)
                {
                    left.extend(
                        document
                            .pointer("/components/schemas")
                            .and_then(|schemas| schemas.get(name)),
                    );
                }
                left.extend(members.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    found
}

/// `a`, `a and b`, `no operation`.
#[must_use]
pub fn listed(operations: &[String]) -> String {
    match operations {
        [] => "no operation".to_owned(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// A value in a message: short, and `nothing` where there is none.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::NoFiles;

    use super::*;

    const DOCUMENT: &str = "\
openapi: 3.0.3
info: { title: t, version: '1' }
tags: [{ name: a }, { name: b }]
paths:
  /x/{id}:
    get:
      operationId: read
      tags: [a]
      parameters:
        - $ref: '#/components/parameters/Size'
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Outer' } } } }
        '400': { description: no }
    put:
      operationId: write
      tags: [b]
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        '204': { description: ok }
        '400': { description: no }
components:
  parameters:
    Size: { name: size, in: query, schema: { type: string, maxLength: 3 } }
  schemas:
    Outer: { type: object, properties: { inner: { $ref: '#/components/schemas/Inner' } } }
    Inner: { type: object, properties: { a: { type: string } } }
";

    #[test]
    fn a_place_leads_to_the_text_and_to_operations() {
        let document = Document::parse("d.yaml", DOCUMENT, &NoFiles).unwrap();
        let form = canonical(document.value());
        for (pointer, line, touched) in [
            (
                "/paths/~1x~1{id}/get/parameters/1/schema/maxLength",
                25,
                &["read"][..],
            ),
            ("/paths/~1x~1{id}/get/parameters/0/schema", 11, &["read"]),
            ("/components/schemas/Inner/properties/a/type", 28, &["read"]),
            ("/components/schemas/Inner/properties/nix", 28, &["read"]),
            ("/tags/1/name", 3, &["write"]),
            ("/info/title", 2, &["read", "write"]),
            ("/paths/~1x~1{id}", 5, &["read", "write"]),
        ] {
            let place = place(&document, &Pointer::parse(pointer).unwrap());
            assert!(
                place.starts_with(&format!("d.yaml:{line}:")),
                "{pointer}: {place}"
            );
            assert_eq!(operations(&[&form], pointer), touched, "{pointer}");
        }
    }
}
