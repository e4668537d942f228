//! Random values of a schema, right and wrong, the same for the same seed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value, json};

use crate::random::Random;
use functiongraph_conformance::schema::{Schemas, required};

/// What is wrong with a broken value, or would be where the schema forbids it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breakage {
    /// A value of another type.
    Type,
    /// null.
    Null,
    /// A required property is missing.
    Missing,
    /// Too few characters.
    Short,
    /// Too many characters.
    Long,
    /// Below the least, or above the greatest value, by one.
    Range,
    /// Beyond what the format can hold.
    Format,
    /// A fraction where an integer belongs.
    Fraction,
    /// Another text than the pattern takes.
    Pattern,
    /// A value that is not enumerated.
    Enumeration,
    /// Too few or too many items, or the same one twice.
    Items,
    /// A property that is forbidden, or one too many or too few.
    Properties,
}

impl Breakage {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Type,
        Self::Null,
        Self::Missing,
        Self::Short,
        Self::Long,
        Self::Range,
        Self::Format,
        Self::Fraction,
        Self::Pattern,
        Self::Enumeration,
        Self::Items,
        Self::Properties,
    ];
}

/// Makes values for the schemas of a document.
#[derive(Clone, Debug)]
pub struct Instances<'s> {
    schemas: &'s Schemas,
    random: Random,
}

/// Beyond this depth no optional properties are made, and lists are as short as may be.
const DEEPEST: usize = 6;

/// How often a text that has to fit a pattern and a length is tried.
const TRIES: usize = 200;

/// Characters for texts without a pattern: letters, what JSON escapes, what has several bytes or
/// two units of UTF-16, what is invisible.
const CHARACTERS: &[char] = &[
    'a', 'b', 'Z', '0', '9', ' ', '-', '_', '.', ':', '/', '\\', '"', '\'', '%', '&', '+', '?',
    '#', '{', '<', '\n', '\t', '\u{0}', '\u{7f}', 'é', 'ß', '中', '文', '٣', '\u{200b}',
    '\u{2028}', '\u{301}', '🦀', '𝄞',
];

impl<'s> Instances<'s> {
    /// A generator with a seed.
    #[must_use]
    pub fn new(schemas: &'s Schemas, seed: u64) -> Self {
        Self {
            schemas,
            random: Random::new(seed),
        }
    }

    /// The source of randomness.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// A value that the schema allows.
    pub fn valid(&mut self, schema: &Value) -> Value {
        self.value(schema, 0)
    }

    /// A value that the schema allows, but for one thing; and what that is. Some are still allowed:
    /// null where null may be, another type where any may be.
    pub fn broken(&mut self, schema: &Value) -> (Value, Breakage) {
        loop {
            let mut value = self.valid(schema);
            let mut sites = Vec::new();
            places(self.schemas, schema, &value, String::new(), &mut sites);
            // Kinds first: wrong types fit everywhere, and would be nearly all otherwise.
            let mut kinds: Vec<_> = sites.iter().map(|site| site.breakage).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let Some(kind) = self.random.pick(&kinds).copied() else {
                continue;
            };
            sites.retain(|site| site.breakage == kind);
            let Some((pointer, schema)) = self
                .random
                .pick(&sites)
                .map(|site| (site.pointer.clone(), site.schema))
            else {
                continue;
            };
            drop(sites);
            if self.break_at(&mut value, &pointer, schema, kind) {
                return (value, kind);
            }
        }
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        let schemas = self.schemas;
        let schema = schemas.resolve(schema);
        if (nullable || schema.get("nullable") == Some(&Value::Bool(true)))
            && self.random.chance(15)
        {
            return Value::Null;
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(Value::Array(alternatives)) = schema.get(key) {
                return match self.random.pick(alternatives) {
                    Some(chosen) => self.value(chosen, depth + 1),
                    None => Value::Null,
                };
            }
        }
        if let Some(Value::Array(members)) = schema.get("allOf") {
            let mut whole = Map::new();
            for member in members {
                match self.value(member, depth + 1) {
                    Value::Object(part) => whole.extend(part),
                    other => return other,
                }
            }
            return Value::Object(whole);
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let value = self.random.pick(values).cloned().unwrap_or_default();
            return if value.is_i64() {
                self.maybe_float(value)
            } else {
                value
            };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => json!(self.string(schema)),
            Some("integer") => self.integer(schema),
            Some("number") => self.number(schema),
            Some("boolean") => json!(self.random.chance(50)),
            Some("array") => self.array(schema, depth),
            Some("object") => self.object(schema, depth),
            _ => self.anything(depth),
        }
    }

    /// `1.0` for `1`, now and then.
    fn maybe_float(&mut self, value: Value) -> Value {
        let exact = value
            .as_i64()
            .filter(|whole| whole.unsigned_abs() < 1 << 53);
        match exact {
            #[allow(clippy::cast_precision_loss, reason = "it is exact in this range")]
            Some(whole) if self.random.chance(5) => json!(whole as f64),
            _ => value,
        }
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let (least, greatest) = bounds(schema);
        let step = schema
            .get("multipleOf")
            .and_then(Value::as_i64)
            .map_or(1, i128::from)
            .max(1);
        let value = match self.random.below(6) {
            0 => least,
            1 => greatest,
            2 => 0.clamp(least, greatest),
            3 => self.random.between(-1000, 1000).clamp(least, greatest),
            _ => self.random.between(least, greatest),
        };
        let value = value - value.rem_euclid(step);
        let value = if value < least { value + step } else { value };
        let value = json!(i64::try_from(value).unwrap_or_default());
        self.maybe_float(value)
    }

    fn number(&mut self, schema: &Value) -> Value {
        let (least, greatest) = bounds(schema);
        #[allow(clippy::cast_precision_loss, reason = "any number will do")]
        let value = self
            .random
            .between(least.max(-1_000_000), greatest.min(1_000_000)) as f64;
        match schema.get("multipleOf") {
            None if self.random.chance(50) && value + 0.5 < 1_000_000.0 => json!(value + 0.5),
            _ => json!(value),
        }
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let least = length(schema, "minItems").unwrap_or(0);
        let most = length(schema, "maxItems")
            .unwrap_or(least + 3)
            .min(least + 3);
        let count = if depth > DEEPEST {
            least
        } else {
            least + self.random.below(most - least + 1)
        };
        let any = json!({});
        let items = schema.get("items").unwrap_or(&any);
        let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut made: Vec<Value> = Vec::new();
        let mut tries = 0;
        while made.len() < count && tries < TRIES {
            tries += 1;
            let item = self.value(items, depth + 1);
            if !unique || !made.contains(&item) {
                made.push(item);
            }
        }
        Value::Array(made)
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut made = Map::new();
        // Of some objects all, of some none, of most some.
        let share = match self.random.below(8) {
            _ if depth > DEEPEST => 0,
            0 => 0,
            1 => 100,
            _ => 10 + self.random.below(60),
        };
        let none = Map::new();
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(&none);
        for (name, property) in properties {
            if required(schema).any(|required| required == name) || self.random.chance(share) {
                made.insert(name.clone(), self.value(property, depth + 1));
            }
        }
        let most = length(schema, "maxProperties").unwrap_or(usize::MAX);
        let least = length(schema, "minProperties").unwrap_or(0);
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            Some(values @ Value::Object(_)) => {
                for index in 0..self.random.below(3).max(least.saturating_sub(made.len())) {
                    if made.len() < most {
                        made.insert(format!("key {index}"), self.value(values, depth + 1));
                    }
                }
            }
            _ => {
                if depth <= DEEPEST && made.len() < most && self.random.chance(15) {
                    made.insert(self.unknown_name(properties), self.anything(depth + 1));
                }
            }
        }
        Value::Object(made)
    }

    /// A name that the schema does not have.
    fn unknown_name(&mut self, properties: &Map<String, Value>) -> String {
        loop {
            let name = match self.random.below(6) {
                0 => "x-new".to_owned(),
                1 => "Brand New".to_owned(),
                2 => "extra".to_owned(),
                3 => "$ref".to_owned(),
                _ => self.text(0, 12),
            };
            if !properties.contains_key(&name) {
                return name;
            }
        }
    }

    /// Any JSON value.
    pub fn anything(&mut self, depth: usize) -> Value {
        match self.random.below(if depth > DEEPEST { 5 } else { 7 }) {
            0 => Value::Null,
            1 => json!(self.random.chance(50)),
            2 => json!(
                self.random
                    .between(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
            ),
            3 => json!(self.random.below(1000) as f64 / 8.0),
            4 => json!(self.text(0, 12)),
            5 => (0..self.random.below(3))
                .map(|_| self.anything(depth + 1))
                .collect(),
            _ => {
                let members =
                    (0..self.random.below(3)).map(|_| (self.text(0, 8), self.anything(depth + 1)));
                Value::Object(members.collect())
            }
        }
    }

    /// A text of any characters.
    fn text(&mut self, least: usize, most: usize) -> String {
        let length = least + self.random.below(most - least + 1);
        (0..length)
            .map(|_| self.random.pick(CHARACTERS).copied().unwrap_or('a'))
            .collect()
    }

    fn string(&mut self, schema: &Value) -> String {
        let least = length(schema, "minLength").unwrap_or(0);
        let most = length(schema, "maxLength");
        match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) => self.matching(pattern, least, most.unwrap_or(usize::MAX)),
            None => {
                // The longest texts take long too.
                let extreme = if most.is_some_and(|most| most > 1000) {
                    100
                } else {
                    8
                };
                let length = match (self.random.below(extreme), most) {
                    (0, _) => least,
                    (1, Some(most)) => most,
                    (_, Some(most)) => least + self.random.below((most - least).min(24) + 1),
                    (_, None) => least + self.random.below(24),
                };
                self.text(length, length)
            }
        }
    }

    /// A text that a pattern takes, of so many characters if that is found.
    fn matching(&mut self, pattern: &str, least: usize, most: usize) -> String {
        let mut text = String::new();
        let Some(hir) = parsed(pattern) else {
            return text;
        };
        for _ in 0..TRIES {
            text.clear();
            // How often what may be repeated without end is repeated.
            let more = match self.random.below(20) {
                0..3 => 0,
                3 => most.min(600),
                _ => 12,
            };
            self.of_expression(&hir, more, &mut text);
            if (least..=most).contains(&text.chars().count()) {
                break;
            }
        }
        text
    }

    fn of_expression(&mut self, hir: &Hir, more: usize, text: &mut String) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(Class::Unicode(class)) => {
                let ranges: Vec<_> = class
                    .ranges()
                    .iter()
                    .map(|range| (u32::from(range.start()), u32::from(range.end())))
                    .collect();
                // A negated class is nearly all of Unicode: one range is as good as another.
                if let Some((start, end)) = self.random.pick(&ranges).copied() {
                    let near = if self.random.chance(80) {
                        end.min(start.saturating_add(90))
                    } else {
                        end
                    };
                    let chosen = self.random.between(i128::from(start), i128::from(near));
                    let chosen = u32::try_from(chosen).ok().and_then(char::from_u32);
                    text.push(chosen.or_else(|| char::from_u32(start)).unwrap_or('a'));
                }
            }
            HirKind::Class(Class::Bytes(class)) => {
                let starts: Vec<_> = class
                    .ranges()
                    .iter()
                    .map(|range| char::from(range.start()))
                    .collect();
                text.extend(self.random.pick(&starts));
            }
            HirKind::Repetition(repetition) => {
                let least = repetition.min as usize;
                let most = repetition
                    .max
                    .map_or(least.max(1) + more, |most| most as usize);
                let count = match self.random.below(6) {
                    0 => least,
                    1 => most,
                    _ => least + self.random.below(most - least + 1),
                };
                for _ in 0..count {
                    self.of_expression(&repetition.sub, more, text);
                }
            }
            HirKind::Capture(capture) => self.of_expression(&capture.sub, more, text),
            HirKind::Concat(parts) => parts
                .iter()
                .for_each(|part| self.of_expression(part, more, text)),
            HirKind::Alternation(parts) => {
                if let Some(part) = self.random.pick(parts) {
                    self.of_expression(part, more, text);
                }
            }
        }
    }

    /// Breaks the value at a place; false where chance found nothing.
    fn break_at(
        &mut self,
        whole: &mut Value,
        pointer: &str,
        schema: &Value,
        kind: Breakage,
    ) -> bool {
        let Some(value) = whole.pointer_mut(pointer) else {
            return false;
        };
        let replacement = match (kind, &*value) {
            (Breakage::Null, _) => Value::Null,
            (Breakage::Type, value) => self.other_type(value),
            (Breakage::Missing, Value::Object(members)) => {
                let required: Vec<_> = required(schema).collect();
                let mut members = members.clone();
                if let Some(name) = self.random.pick(&required) {
                    members.shift_remove(*name);
                }
                Value::Object(members)
            }
            (Breakage::Short, Value::String(text)) => {
                let least = length(schema, "minLength").unwrap_or(0);
                let length = self.random.below(least);
                json!(text.chars().take(length).collect::<String>())
            }
            (Breakage::Long, Value::String(text)) => {
                let most = length(schema, "maxLength").unwrap_or(0);
                let longer = match schema.get("pattern").and_then(Value::as_str) {
                    Some(pattern) => self.matching(pattern, most + 1, most + 64),
                    None => String::new(),
                };
                let filler = longer.chars().chain(text.chars()).next().unwrap_or('a');
                let text = if longer.is_empty() { text } else { &longer };
                let missing = (most + 1).saturating_sub(text.chars().count());
                json!(
                    text.chars()
                        .chain(std::iter::repeat_n(filler, missing))
                        .collect::<String>()
                )
            }
            (Breakage::Range, Value::Number(_)) => {
                let ends = [("minimum", -1), ("maximum", 1)].map(|(key, by)| {
                    schema
                        .get(key)
                        .and_then(Value::as_i64)
                        .map(|bound| bound.saturating_add(by))
                });
                let ends: Vec<_> = ends.into_iter().flatten().collect();
                match self.random.pick(&ends) {
                    Some(beyond) => json!(beyond),
                    None => return false,
                }
            }
            (Breakage::Format, Value::Number(_)) => {
                let beyond = [
                    json!(i64::from(i32::MAX) + 1),
                    json!(i64::from(i32::MIN) - 1),
                    json!(i64::MAX),
                    json!(i64::MIN),
                    json!(u64::MAX),
                    json!(1_u64 << 63),
                    json!(1e19),
                    json!(-1e300),
                    json!(9_223_372_036_854_775_808.0),
                ];
                self.random.pick(&beyond).cloned().unwrap_or_default()
            }
            (Breakage::Fraction, Value::Number(number)) => {
                let fractions = [0.5, 0.001, -0.25];
                let by = self.random.pick(&fractions).copied().unwrap_or(0.5);
                json!(number.as_f64().unwrap_or_default().clamp(-1e6, 1e6) + by)
            }
            (Breakage::Pattern, Value::String(text)) => json!(self.misspelt(text)),
            (Breakage::Enumeration, Value::String(text)) => json!(self.misspelt(text)),
            (Breakage::Enumeration, Value::Number(_)) => {
                json!(self.random.between(-5, 5000) as i64)
            }
            (Breakage::Items, Value::Array(items)) => {
                let mut items = items.clone();
                let first = items.first().cloned().unwrap_or_default();
                match self.random.below(3) {
                    0 => items.clear(),
                    1 => items.push(first),
                    _ => items.extend(std::iter::repeat_n(
                        first,
                        length(schema, "maxItems").unwrap_or(1),
                    )),
                }
                Value::Array(items)
            }
            (Breakage::Properties, Value::Object(members)) => {
                let mut members = members.clone();
                if self.random.chance(50) {
                    members.insert("never heard of".to_owned(), self.anything(2));
                } else {
                    members.clear();
                }
                Value::Object(members)
            }
            _ => return false,
        };
        *value = replacement;
        true
    }

    fn other_type(&mut self, value: &Value) -> Value {
        loop {
            let other = match self.random.below(7) {
                0 => json!(true),
                1 => json!(self.random.between(-70_000, 70_000) as i64),
                2 => json!(0.5),
                3 => json!(self.text(0, 6)),
                4 => json!([]),
                5 => json!({}),
                _ => json!([value]),
            };
            if std::mem::discriminant(&other) != std::mem::discriminant(value) {
                return other;
            }
        }
    }

    /// A text with one character more, less, or another.
    fn misspelt(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let at = self.random.below(characters.len() + 1);
        let with = self.random.pick(CHARACTERS).copied().unwrap_or('a');
        match self.random.below(5) {
            0 => characters.clear(),
            1 if at < characters.len() => characters[at] = with,
            2 if at < characters.len() => drop(characters.remove(at)),
            // The end is where `$` is often mistaken.
            3 => characters.push('\n'),
            _ => characters.insert(at, with),
        }
        characters.into_iter().collect()
    }
}

/// Every place of a value, with what can be broken there.
fn places<'a>(
    schemas: &'a Schemas,
    schema: &'a Value,
    value: &Value,
    pointer: String,
    sites: &mut Vec<Site<'a>>,
) {
    let schema = schemas.resolve(schema);
    let mut add = |breakage| {
        sites.push(Site {
            pointer: pointer.clone(),
            schema,
            breakage,
        })
    };
    add(Breakage::Type);
    add(Breakage::Null);
    let has = |key: &str| schema.get(key).is_some();
    match value {
        Value::String(_) => {
            let adds = [
                (has("minLength"), Breakage::Short),
                (has("maxLength"), Breakage::Long),
                (has("pattern"), Breakage::Pattern),
                (has("enum"), Breakage::Enumeration),
            ];
            adds.into_iter()
                .filter(|(has, _)| *has)
                .for_each(|(_, breakage)| add(breakage));
        }
        Value::Number(_) => {
            if schema.get("type") == Some(&json!("integer")) {
                add(Breakage::Format);
                add(Breakage::Fraction);
            }
            if has("minimum") || has("maximum") {
                add(Breakage::Range);
            }
            if has("enum") {
                add(Breakage::Enumeration);
            }
        }
        Value::Array(items) => {
            if has("minItems") || has("maxItems") || has("uniqueItems") {
                add(Breakage::Items);
            }
            if let Some(inner) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    places(schemas, inner, item, format!("{pointer}/{index}"), sites);
                }
            }
        }
        Value::Object(members) => {
            if has("required") {
                add(Breakage::Missing);
            }
            if has("additionalProperties") || has("minProperties") || has("maxProperties") {
                add(Breakage::Properties);
            }
            for (name, member) in members {
                if let Some(property) = schema
                    .get("properties")
                    .and_then(|properties| properties.get(name))
                {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    places(
                        schemas,
                        property,
                        member,
                        format!("{pointer}/{name}"),
                        sites,
                    );
                }
            }
        }
        _ => {}
    }
}

/// A place where something can be broken.
struct Site<'a> {
    pointer: String,
    schema: &'a Value,
    breakage: Breakage,
}

thread_local! {
    /// Patterns are parsed once: that takes longer than everything else together.
    static PARSED: RefCell<HashMap<String, Option<Rc<Hir>>>> = RefCell::default();
}

fn parsed(pattern: &str) -> Option<Rc<Hir>> {
    PARSED.with_borrow_mut(|parsed| {
        if let Some(known) = parsed.get(pattern) {
            return known.clone();
        }
        let hir = regex_syntax::parse(pattern).ok().map(Rc::new);
        parsed.insert(pattern.to_owned(), hir.clone());
        hir
    })
}

fn length(schema: &Value, key: &str) -> Option<usize> {
    schema
        .get(key)
        .and_then(Value::as_u64)
        .and_then(|length| usize::try_from(length).ok())
}

/// The least and greatest integer that a schema allows.
fn bounds(schema: &Value) -> (i128, i128) {
    let (least, greatest) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    let bound = |key: &str, flag: &str, inward: i128| {
        let bound = schema.get(key).and_then(Value::as_i64).map(i128::from)?;
        Some(if schema.get(flag) == Some(&Value::Bool(true)) {
            bound + inward
        } else {
            bound
        })
    };
    (
        bound("minimum", "exclusiveMinimum", 1).unwrap_or(least),
        bound("maximum", "exclusiveMaximum", -1).unwrap_or(greatest),
    )
}
