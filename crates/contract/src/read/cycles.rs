//! What a schema is by way of `$ref`, `allOf`, `oneOf` and `anyOf` alone, without a property, an
//! item or an additional property between, must come to an end, and soon: everything that looks
//! into schemas follows these ways to their ends.

use indexmap::IndexMap;

use crate::diagnostic::quote;
use crate::limits::{MAX_ALTERNATIVES, MAX_CHAIN};
use crate::model::{Schema, SchemaKind};
use crate::read::Reader;
use crate::read::fields::Cursor;
use crate::rule::Rule;

/// What is known of a schema.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// On the path that is being followed.
    Open,
    Done(Extent),
}

/// How far a schema reaches without a property between.
#[derive(Clone, Copy, PartialEq)]
struct Extent {
    /// References from one to the next.
    depth: usize,
    /// Schemas altogether, each counted as often as it is reached.
    size: usize,
}

/// Notes cycles, chains that are too long, and combinations that are too large, and takes the
/// schemas at fault for any value, so that what is left can be followed to its ends.
pub(super) fn check(reader: &mut Reader<'_>, schemas: &mut IndexMap<String, Schema>) {
    for index in faults(reader, schemas) {
        if let Some((_, schema)) = schemas.get_index_mut(index) {
            reader.incomplete(&schema.at);
            schema.kind = SchemaKind::Any;
        }
    }
}

fn faults(reader: &mut Reader<'_>, schemas: &IndexMap<String, Schema>) -> Vec<usize> {
    let mut faults = Vec::new();
    let edges: Vec<(usize, Vec<usize>)> = schemas
        .values()
        .map(|schema| {
            let mut names = Vec::new();
            let size = targets(schema, &mut names);
            let names = names
                .into_iter()
                .filter_map(|name| schemas.get_index_of(name))
                .collect();
            (size, names)
        })
        .collect();
    let mut states = vec![State::New; edges.len()];
    for start in 0..edges.len() {
        // The way from `start`: a schema, and which of its edges comes next. Not recursion, since
        // a document can hold a chain as long as it likes.
        let mut path = vec![(start, 0)];
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        while let Some((here, next)) = path.last().copied() {
            if let Some(target) = edges[here].1.get(next).copied() {
                if let Some(last) = path.last_mut() {
                    last.1 += 1;
                }
                match states[target] {
                    State::New => {
                        states[target] = State::Open;
                        path.push((target, 0));
                    }
                    State::Open => {
                        let from = path.iter().position(|(index, _)| *index == target);
                        report_cycle(reader, schemas, &path[from.unwrap_or(0)..]);
                        faults.push(target);
                    }
                    State::Done(_) => {}
                }
                continue;
            }
            let mut extent = Extent {
                depth: 0,
                size: edges[here].0,
            };
            for target in &edges[here].1 {
                if let State::Done(inner) = states[*target] {
                    extent.depth = extent.depth.max(inner.depth + 1);
                    extent.size = extent.size.saturating_add(inner.size);
                }
            }
            states[here] = State::Done(if report_extent(reader, schemas, here, extent) {
                faults.push(here);
                // What references it is measured as it will be.
                Extent { depth: 0, size: 1 }
            } else {
                extent
            });
            path.pop();
        }
    }
    faults
}

/// The components that a schema is without a property between, and how many schemas it consists of
/// itself.
fn targets<'s>(schema: &'s Schema, names: &mut Vec<&'s str>) -> usize {
    match &schema.kind {
        SchemaKind::Ref(name) => {
            names.push(name);
            1
        }
        SchemaKind::AllOf(members) => 1 + members.iter().map(|m| targets(m, names)).sum::<usize>(),
        SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => {
            1 + union
                .variants
                .iter()
                .map(|variant| targets(variant, names))
                .sum::<usize>()
        }
        _ => 1,
    }
}

fn report_cycle(
    reader: &mut Reader<'_>,
    schemas: &IndexMap<String, Schema>,
    cycle: &[(usize, usize)],
) {
    const SHOWN: usize = 8;
    let name = |index: usize| {
        schemas
            .get_index(index)
            .map(|(name, _)| quote(name))
            .unwrap_or_default()
    };
    let Some((first, _)) = cycle.first() else {
        return;
    };
    let mut way: Vec<_> = cycle
        .iter()
        .take(SHOWN)
        .map(|(index, _)| name(*index))
        .collect();
    if cycle.len() > SHOWN {
        way.push("…".to_owned());
    }
    way.push(name(*first));
    report(
        reader,
        schemas,
        *first,
        Rule::RefCycle,
        format!("this schema is itself: {}", way.join(" is ")),
        "let a property or an item stand between, or write one of the schemas out",
    );
}

/// Reports what is too large; whether it was.
fn report_extent(
    reader: &mut Reader<'_>,
    schemas: &IndexMap<String, Schema>,
    index: usize,
    extent: Extent,
) -> bool {
    if extent.depth > MAX_CHAIN {
        report(
            reader,
            schemas,
            index,
            Rule::TooLarge,
            format!("more than {MAX_CHAIN} schemas are one another in a row"),
            "reference the last of them directly",
        );
    } else if extent.size > MAX_ALTERNATIVES {
        report(
            reader,
            schemas,
            index,
            Rule::TooLarge,
            format!("this schema combines more than {MAX_ALTERNATIVES} schemas"),
            "combine fewer, or put some of them in properties of their own",
        );
    } else {
        return false;
    }
    true
}

fn report(
    reader: &mut Reader<'_>,
    schemas: &IndexMap<String, Schema>,
    index: usize,
    rule: Rule,
    reason: String,
    remedy: &str,
) {
    let Some((name, _)) = schemas.get_index(index) else {
        return;
    };
    let cursor = Cursor::root(reader.root)
        .get("components")
        .and_then(|cursor| cursor.get("schemas"))
        .and_then(|cursor| cursor.get(name));
    if let Some(cursor) = cursor {
        reader.report_key(rule, &cursor, reason, remedy);
    }
}
