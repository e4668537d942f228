//! What follows from how types refer to each other: which way they travel, where a `Box` is
//! needed, which have a default.

use std::collections::{HashMap, HashSet};

use functiongraph_contract::model::{Additional, Schema, SchemaKind};
use functiongraph_contract::{Diagnostic, Document, Rule};

use crate::ir::{AdditionalFields, Direction, Shape, Slot, Type, TypeDef};

/// For every component schema: whether requests, responses or both reach it.
pub(super) fn directions(document: &Document) -> HashMap<String, Direction> {
    let mut inputs = HashSet::new();
    let mut outputs = HashSet::new();
    for operation in &document.operations {
        for parameter in &operation.parameters {
            reach(document, &parameter.schema, &mut inputs);
        }
        for media in operation
            .request_body
            .iter()
            .flat_map(|body| body.content.values())
        {
            if let Some(schema) = &media.schema {
                reach(document, schema, &mut inputs);
            }
        }
        for response in &operation.responses {
            for schema in response
                .content
                .values()
                .filter_map(|media| media.schema.as_ref())
            {
                reach(document, schema, &mut outputs);
            }
            for header in response.headers.values() {
                reach(document, &header.schema, &mut outputs);
            }
        }
    }
    document
        .schemas
        .keys()
        .map(|name| {
            let direction = match (inputs.contains(name), outputs.contains(name)) {
                (true, true) => Direction::Both,
                (true, false) => Direction::Input,
                (false, _) => Direction::Output,
            };
            (name.clone(), direction)
        })
        .collect()
}

/// Adds every component that `schema` reaches to `reached`, with a work list instead of recursion
/// over references.
fn reach(document: &Document, schema: &Schema, reached: &mut HashSet<String>) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        match &schema.kind {
            SchemaKind::Ref(name) => {
                if reached.insert(name.clone()) {
                    open.extend(document.schemas.get(name));
                }
            }
            SchemaKind::Array(array) => open.push(&array.items),
            SchemaKind::Object(object) => {
                open.extend(object.properties.values().map(|property| &property.schema));
                if let Additional::Schema(values) = &object.additional {
                    open.push(values);
                }
            }
            SchemaKind::AllOf(members) => open.extend(members),
            SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => {
                open.extend(&union.variants);
                open.extend(
                    union
                        .discriminator
                        .iter()
                        .flat_map(|discriminator| discriminator.mapping.values())
                        .filter_map(|name| document.schemas.get(name)),
                );
            }
            SchemaKind::String(_)
            | SchemaKind::Integer(_)
            | SchemaKind::Number(_)
            | SchemaKind::Boolean
            | SchemaKind::Any => {}
        }
    }
}

/// Boxes recursion and finds out which types have a default.
pub(super) fn finish(document: &Document, types: &mut [TypeDef], findings: &mut Vec<Diagnostic>) {
    let edges: HashMap<String, Vec<String>> = types
        .iter()
        .map(|def| (def.name.clone(), held_inline(&def.shape)))
        .collect();
    let reachable: HashMap<String, HashSet<String>> = edges
        .keys()
        .map(|name| (name.clone(), closure(&edges, name)))
        .collect();
    let recursive = |from: &str, to: &str| {
        from == to
            || reachable
                .get(to)
                .is_some_and(|targets| targets.contains(from))
    };
    for def in types.iter_mut() {
        let name = def.name.clone();
        for_each_inline(&mut def.shape, &mut |slot| {
            if let Type::Named {
                name: target,
                boxed,
            } = &mut slot.ty
            {
                *boxed = recursive(&name, target);
            }
        });
    }
    aliases_end(document, types, findings);
    defaults(types);
}

/// The names that a value of the shape holds without an allocation of their own.
fn held_inline(shape: &Shape) -> Vec<String> {
    let mut names = Vec::new();
    let mut shape = shape.clone();
    for_each_inline(&mut shape, &mut |slot| {
        if let Type::Named { name, .. } = &slot.ty {
            names.push(name.clone());
        }
    });
    names
}

/// Visits the slots that a value of the shape holds inline (not behind a `Vec` or a map).
fn for_each_inline(shape: &mut Shape, visit: &mut dyn FnMut(&mut Slot)) {
    match shape {
        Shape::Struct(fields) => fields
            .fields
            .iter_mut()
            .for_each(|field| visit(&mut field.slot)),
        Shape::Union(union) => union
            .variants
            .iter_mut()
            .for_each(|variant| visit(&mut variant.slot)),
        Shape::Alias(slot) => visit(slot),
        Shape::Enum(_) | Shape::Newtype(_) => {}
    }
}

/// Everything reachable from `start` in one step or more.
fn closure(edges: &HashMap<String, Vec<String>>, start: &str) -> HashSet<String> {
    let mut reached = HashSet::new();
    let mut open: Vec<&str> = edges
        .get(start)
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    while let Some(name) = open.pop() {
        if reached.insert(name.to_owned()) {
            open.extend(edges.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}

/// Refuses named arrays and maps that contain themselves with no object between: a type alias
/// can't be recursive.
fn aliases_end(document: &Document, types: &[TypeDef], findings: &mut Vec<Diagnostic>) {
    let aliases: HashMap<String, Vec<String>> = types
        .iter()
        .filter_map(|def| match &def.shape {
            Shape::Alias(slot) => Some((def.name.clone(), named_in(slot))),
            _ => None,
        })
        .collect();
    let edges: HashMap<String, Vec<String>> = aliases
        .iter()
        .map(|(name, targets)| {
            let targets = targets
                .iter()
                .filter(|target| aliases.contains_key(*target));
            (name.clone(), targets.cloned().collect())
        })
        .collect();
    for def in types
        .iter()
        .filter(|def| closure(&edges, &def.name).contains(&def.name))
    {
        findings.push(document.diagnostic(
            Rule::UnsupportedSchema,
            &def.at,
            format!(
                "the schema `{}` contains itself with no object in between",
                def.schema
            ),
            "put an object with a property between the schema and itself",
        ));
    }
}

/// All names in a slot, at any depth.
fn named_in(slot: &Slot) -> Vec<String> {
    match &slot.ty {
        Type::Named { name, .. } => vec![name.clone()],
        Type::Array { items, .. } => named_in(items),
        Type::Map { values, .. } => named_in(values),
        Type::String(_) | Type::Integer(_) | Type::Number(_) | Type::Boolean | Type::Any => {
            Vec::new()
        }
    }
}

/// Finds the least set of types that have a default; a type that needs itself to exist has none.
fn defaults(types: &mut [TypeDef]) {
    let mut known: HashSet<String> = HashSet::new();
    loop {
        let more: Vec<String> = types
            .iter()
            .filter(|def| !known.contains(&def.name) && has_default(def, &known))
            .map(|def| def.name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        known.extend(more);
    }
    for def in types {
        def.has_default = known.contains(&def.name);
    }
}

fn has_default(def: &TypeDef, known: &HashSet<String>) -> bool {
    match &def.shape {
        Shape::Struct(shape) => {
            let extra = match &shape.additional {
                // A map is empty by default, whatever its values are.
                AdditionalFields::Any
                | AdditionalFields::Forbidden
                | AdditionalFields::Typed(_) => true,
            };
            extra
                && shape
                    .fields
                    .iter()
                    .filter(|field| field.required)
                    .all(|field| slot_has_default(&field.slot, known))
        }
        Shape::Enum(_) => true,
        Shape::Newtype(_) => def.direction != Direction::Input,
        Shape::Alias(slot) => slot_has_default(slot, known),
        Shape::Union(_) => def.direction != Direction::Input,
    }
}

fn slot_has_default(slot: &Slot, known: &HashSet<String>) -> bool {
    slot.nullable
        || match &slot.ty {
            Type::Named { name, .. } => known.contains(name),
            _ => true,
        }
}
