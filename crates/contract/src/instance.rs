//! Whether a JSON value is what a schema describes.
//!
//! This judges a document's own examples and defaults. It agrees with JSON Schema as OpenAPI 3.0
//! uses it, and goes beyond it in two points: an integer has to fit the `format` of its schema,
//! and a `required` property that is `readOnly` may be missing from a request, one that is
//! `writeOnly` from a response. Other formats are not judged.

use std::cell::Cell;

use serde_json::{Map, Number, Value};

use crate::decimal::is_multiple;
use crate::diagnostic::quote;
use crate::limits::MAX_STEPS;
use crate::model::{
    Additional, ArraySchema, IntegerSchema, NumberSchema, ObjectSchema, Schema, SchemaKind,
    StringSchema,
};
use crate::pattern::Patterns;
use crate::{Document, Pointer};

/// Which way a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// In a request: `readOnly` properties need not be there.
    Request,
    /// In a response: `writeOnly` properties need not be there.
    Response,
    /// Neither or both: `readOnly` and `writeOnly` properties need not be there.
    Either,
}

/// Something in a value that its schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the value.
    pub pointer: Pointer,
    /// What is wrong, in one sentence without a full stop.
    pub reason: String,
}

/// Judges values by the schemas of a document.
#[derive(Debug)]
pub struct Validator<'d> {
    document: &'d Document,
    patterns: Patterns,
    steps: Cell<usize>,
}

impl<'d> Validator<'d> {
    /// A validator for schemas of `document`.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        Self {
            document,
            patterns: Patterns::default(),
            steps: Cell::new(0),
        }
    }

    pub(crate) fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    /// Whether so much has been judged that the rest was let pass: see
    /// [`MAX_STEPS`].
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.steps.get() > MAX_STEPS
    }

    /// Everything in `value` that `schema` does not allow, in the order of the value.
    #[must_use]
    pub fn violations(
        &self,
        schema: &Schema,
        value: &Value,
        direction: Direction,
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        let walk = Walk {
            validator: self,
            direction,
        };
        walk.check(schema, value, &Pointer::root(), &mut found);
        found
    }
}

/// One value being judged.
#[derive(Clone, Copy)]
struct Walk<'v, 'd> {
    validator: &'v Validator<'d>,
    direction: Direction,
}

impl Walk<'_, '_> {
    /// Recursion goes as deep as the value does, times the bounded number of schemas that one
    /// place can be subject to.
    fn check(self, schema: &Schema, value: &Value, at: &Pointer, found: &mut Vec<Violation>) {
        if !self.spend(1) || (value.is_null() && schema.nullable) {
            return;
        }
        match &schema.kind {
            SchemaKind::Any => {}
            SchemaKind::Ref(name) => {
                if let Some(target) = self.validator.document.schemas.get(name) {
                    self.check(target, value, at, found);
                }
            }
            SchemaKind::AllOf(members) => {
                for member in members {
                    self.check(member, value, at, found);
                }
            }
            SchemaKind::OneOf(union) => {
                let matching = self.matching(&union.variants, value, at);
                if matching != 1 {
                    let count = match matching {
                        0 => "none".to_owned(),
                        count => count.to_string(),
                    };
                    add(
                        found,
                        at,
                        format!(
                            "it matches {count} of the {} alternatives of `oneOf`, not exactly one",
                            union.variants.len()
                        ),
                    );
                }
            }
            SchemaKind::AnyOf(union) => {
                if self.matching(&union.variants, value, at) == 0 {
                    add(found, at, "it matches no alternative of `anyOf`");
                }
            }
            SchemaKind::Boolean => {
                if !value.is_boolean() {
                    wrong_type(found, at, "a boolean", value);
                }
            }
            SchemaKind::String(schema) => match value {
                Value::String(text) => self.string(schema, text, at, found),
                _ => wrong_type(found, at, "a string", value),
            },
            SchemaKind::Integer(schema) => match value {
                Value::Number(number) => integer(schema, number, value, at, found),
                _ => wrong_type(found, at, "an integer", value),
            },
            SchemaKind::Number(schema) => match value.as_f64() {
                Some(number) => self::number(schema, number, at, found),
                None => wrong_type(found, at, "a number", value),
            },
            SchemaKind::Array(schema) => match value {
                Value::Array(items) => self.array(schema, items, at, found),
                _ => wrong_type(found, at, "an array", value),
            },
            SchemaKind::Object(schema) => match value {
                Value::Object(members) => self.object(schema, members, at, found),
                _ => wrong_type(found, at, "an object", value),
            },
        }
    }

    /// Counts work; false once there was too much of it.
    fn spend(self, amount: usize) -> bool {
        let steps = self.validator.steps.get().saturating_add(amount);
        self.validator.steps.set(steps);
        steps <= MAX_STEPS
    }

    fn matching(self, variants: &[Schema], value: &Value, at: &Pointer) -> usize {
        variants
            .iter()
            .filter(|variant| {
                let mut found = Vec::new();
                self.check(variant, value, at, &mut found);
                found.is_empty()
            })
            .count()
    }

    fn string(self, schema: &StringSchema, text: &str, at: &Pointer, found: &mut Vec<Violation>) {
        if !self.spend((text.len() + schema.enumeration.len()) / 64) {
            return;
        }
        let length = text.chars().count() as u64;
        if let Some(least) = schema.min_length
            && length < least
        {
            let reason = format!("its length is {length}, and the least is {least}");
            add(found, at, reason);
        }
        if let Some(greatest) = schema.max_length
            && length > greatest
        {
            let reason = format!("its length is {length}, and the greatest is {greatest}");
            add(found, at, reason);
        }
        if let Some(pattern) = &schema.pattern
            && let Ok(regex) = self.validator.patterns.compile(pattern)
            && !regex.is_match(text)
        {
            add(
                found,
                at,
                format!("it does not match the pattern {}", quote(pattern)),
            );
        }
        if !schema.enumeration.is_empty() && !schema.enumeration.iter().any(|value| value == text) {
            add(
                found,
                at,
                format!("{} is not in the enumeration", quote(text)),
            );
        }
    }

    fn array(
        self,
        schema: &ArraySchema,
        items: &[Value],
        at: &Pointer,
        found: &mut Vec<Violation>,
    ) {
        bounds(
            schema.min_items,
            schema.max_items,
            items.len(),
            "items",
            at,
            found,
        );
        if schema.unique_items
            && let Some(index) = self.repeated(items)
        {
            let reason = "this item stands in the list already, and `uniqueItems` forbids that";
            add(found, &at.index(index), reason);
        }
        for (index, item) in items.iter().enumerate() {
            self.check(&schema.items, item, &at.index(index), found);
        }
    }

    /// The first item that equals an earlier one.
    fn repeated(self, items: &[Value]) -> Option<usize> {
        (1..items.len()).find(|index| {
            self.spend(*index)
                && items[..*index]
                    .iter()
                    .any(|item| equal(item, &items[*index]))
        })
    }

    fn object(
        self,
        schema: &ObjectSchema,
        members: &Map<String, Value>,
        at: &Pointer,
        found: &mut Vec<Violation>,
    ) {
        bounds(
            schema.min_properties,
            schema.max_properties,
            members.len(),
            "properties",
            at,
            found,
        );
        if !self.spend((schema.properties.len() + schema.required_elsewhere.len()) / 16) {
            return;
        }
        let missing = |name: &str| format!("the required property {} is missing", quote(name));
        for (name, property) in &schema.properties {
            match members.get(name) {
                Some(value) => self.check(&property.schema, value, &at.join(name), found),
                None if property.required && self.expects(&property.schema) => {
                    add(found, at, missing(name));
                }
                None => {}
            }
        }
        for name in &schema.required_elsewhere {
            if !members.contains_key(name) {
                add(found, at, missing(name));
            }
        }
        let others = members
            .iter()
            .filter(|(name, _)| !schema.properties.contains_key(*name));
        match &schema.additional {
            Additional::Any => {}
            Additional::Forbidden => {
                for (name, _) in others {
                    let reason = format!("{} is not one of the properties", quote(name));
                    add(found, &at.join(name), reason);
                }
            }
            Additional::Schema(schema) => {
                for (name, value) in others {
                    self.check(schema, value, &at.join(name), found);
                }
            }
        }
    }

    /// Whether a required property has to be there in this direction.
    fn expects(self, schema: &Schema) -> bool {
        let resolved = self.validator.document.resolve(schema);
        let read_only = schema.read_only || resolved.read_only;
        let write_only = schema.write_only || resolved.write_only;
        match self.direction {
            Direction::Request => !read_only,
            Direction::Response => !write_only,
            Direction::Either => !read_only && !write_only,
        }
    }
}

fn add(found: &mut Vec<Violation>, at: &Pointer, reason: impl Into<String>) {
    found.push(Violation {
        pointer: at.clone(),
        reason: reason.into(),
    });
}

fn wrong_type(found: &mut Vec<Violation>, at: &Pointer, expected: &str, value: &Value) {
    let actual = match value {
        Value::Null => "null, which the schema does not allow",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    add(found, at, format!("it must be {expected}, and is {actual}"));
}

fn bounds(
    least: Option<u64>,
    greatest: Option<u64>,
    count: usize,
    what: &str,
    at: &Pointer,
    found: &mut Vec<Violation>,
) {
    let count = count as u64;
    if let Some(least) = least
        && count < least
    {
        let reason = format!("it has {count} {what}, and the least is {least}");
        add(found, at, reason);
    }
    if let Some(greatest) = greatest
        && count > greatest
    {
        let reason = format!("it has {count} {what}, and the most is {greatest}");
        add(found, at, reason);
    }
}

fn integer(
    schema: &IntegerSchema,
    number: &Number,
    value: &Value,
    at: &Pointer,
    found: &mut Vec<Violation>,
) {
    // 1.0 is an integer in JSON Schema. What lies beyond 128 bits lies beyond every bound too, and
    // the conversion keeps its sign.
    let whole = match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(whole), _, _) => i128::from(whole),
        (_, Some(whole), _) => i128::from(whole),
        #[allow(clippy::cast_possible_truncation)]
        (_, _, Some(float)) if float.fract() == 0.0 => float as i128,
        _ => return wrong_type(found, at, "an integer", value),
    };
    let fits = match schema.format.as_deref() {
        Some("int32") => i32::try_from(whole).is_ok(),
        _ => i64::try_from(whole).is_ok(),
    };
    if !fits {
        let format = schema.format.as_deref().unwrap_or("int64");
        add(found, at, format!("{number} does not fit into {format}"));
    }
    if let Some(least) = schema.minimum {
        let least = i128::from(least);
        let above = if schema.exclusive_minimum {
            whole > least
        } else {
            whole >= least
        };
        if !above {
            add(
                found,
                at,
                too_small(number, least, schema.exclusive_minimum),
            );
        }
    }
    if let Some(greatest) = schema.maximum {
        let greatest = i128::from(greatest);
        let below = if schema.exclusive_maximum {
            whole < greatest
        } else {
            whole <= greatest
        };
        if !below {
            add(
                found,
                at,
                too_great(number, greatest, schema.exclusive_maximum),
            );
        }
    }
    if let Some(factor) = schema.multiple_of
        && whole
            .checked_rem(i128::from(factor))
            .is_some_and(|rest| rest != 0)
    {
        add(found, at, format!("{number} is not a multiple of {factor}"));
    }
    let listed = |known: &i64| i128::from(*known) == whole;
    if !schema.enumeration.is_empty() && !schema.enumeration.iter().any(listed) {
        add(found, at, format!("{number} is not in the enumeration"));
    }
}

fn number(schema: &NumberSchema, number: f64, at: &Pointer, found: &mut Vec<Violation>) {
    if let Some(least) = schema.minimum {
        let above = if schema.exclusive_minimum {
            number > least
        } else {
            number >= least
        };
        if !above {
            add(
                found,
                at,
                too_small(number, least, schema.exclusive_minimum),
            );
        }
    }
    if let Some(greatest) = schema.maximum {
        let below = if schema.exclusive_maximum {
            number < greatest
        } else {
            number <= greatest
        };
        if !below {
            add(
                found,
                at,
                too_great(number, greatest, schema.exclusive_maximum),
            );
        }
    }
    if let Some(factor) = schema.multiple_of
        && factor > 0.0
        && !is_multiple(number, factor)
    {
        add(found, at, format!("{number} is not a multiple of {factor}"));
    }
}

fn too_small<N: std::fmt::Display, B: std::fmt::Display>(
    number: N,
    least: B,
    exclusive: bool,
) -> String {
    if exclusive {
        format!("{number} is not above {least}")
    } else {
        format!("{number} is below the least value, {least}")
    }
}

fn too_great<N: std::fmt::Display, B: std::fmt::Display>(
    number: N,
    greatest: B,
    exclusive: bool,
) -> String {
    if exclusive {
        format!("{number} is not below {greatest}")
    } else {
        format!("{number} is above the greatest value, {greatest}")
    }
}

/// Equality of JSON values, by which 1 and 1.0 are the same.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.as_f64() == right.as_f64() && (left.is_f64() || right.is_f64()))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}
