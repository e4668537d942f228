//! Random values of schemas, mostly valid, often just not.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

thread_local! {
    /// Texts that fit a schema: finding them takes longer than everything else together.
    static FITTING: RefCell<HashMap<String, Vec<&'static str>>> = RefCell::default();
}

fn fitting(schema: &Value) -> Vec<&'static str> {
    let pattern = schema["pattern"].as_str().map(|pattern| {
        regex::Regex::new(
            &pattern
                .replace("\\d", "[0-9]")
                .replace("\\w", "[A-Za-z0-9_]"),
        )
        .unwrap()
    });
    let fits = |text: &str| {
        let length = text.chars().count() as u64;
        pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text))
            && schema["minLength"]
                .as_u64()
                .is_none_or(|least| length >= least)
            && schema["maxLength"]
                .as_u64()
                .is_none_or(|most| length <= most)
    };
    TEXTS.iter().copied().filter(|text| fits(text)).collect()
}

/// Makes values for the schemas of a document.
pub(crate) struct Instances<'a> {
    components: &'a Map<String, Value>,
    state: u64,
    /// Of 100 places, how many get something unfit.
    unfit: u64,
}

/// Texts of which every pattern of the document fits some.
const TEXTS: &[&str] = &[
    "",
    "a",
    "abc",
    "1",
    "12a",
    "12345abcd",
    "123456",
    "w_1",
    "-5",
    "65534",
    "é",
    "日本語",
    "a b",
    "red",
    "RED",
    "self",
    "round",
    "Square",
    "C#(.NET Core 2.0)",
    "-",
    "\n",
    "٣",
    "aaaaaaaaaaaaaaaa",
    "index.handler",
    "box",
    "x",
    "\"\\'\n",
    "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

const NUMBERS: &[f64] = &[
    0.0,
    1.0,
    2.0,
    -1.0,
    -3.0,
    -4.0,
    0.1,
    0.3,
    0.5,
    0.25,
    0.7,
    1.5,
    8.0,
    10.0,
    12.0,
    1e10,
    1e19,
    1e39,
    -1e300,
    0.30000000000000004,
];

impl<'a> Instances<'a> {
    pub(crate) fn new(components: &'a Map<String, Value>, seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut instances = Self {
            components,
            state,
            unfit: 0,
        };
        // A third of the values has nothing unfit in it, some have much.
        instances.unfit = instances.pick(&[0, 0, 2, 4, 10, 30]);
        instances
    }

    /// A value for the schema of this name.
    pub(crate) fn instance(&mut self, name: &str) -> Value {
        let schema = self.components[name].clone();
        self.value(&schema, 0)
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).unwrap()]
    }

    fn junk(&mut self, depth: u64) -> Value {
        match self.below(if depth > 3 { 8 } else { 10 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(self.pick(&[0_i64, 1, -1, 7, 128, 3_000_000_000, i64::MAX, i64::MIN])),
            3 => json!(u64::MAX),
            4 => json!(self.pick(NUMBERS)),
            5 | 6 => json!(self.pick(TEXTS)),
            7 => json!({}),
            8 => {
                let items: Vec<_> = (0..self.below(3)).map(|_| self.junk(depth + 1)).collect();
                json!(items)
            }
            _ => json!({ self.pick(TEXTS): self.junk(depth + 1) }),
        }
    }

    fn value(&mut self, schema: &Value, depth: u64) -> Value {
        if self.chance(self.unfit) {
            return self.junk(depth);
        }
        if schema["nullable"] == true && self.chance(20) {
            return Value::Null;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            let schema = self.components[name].clone();
            return self.value(&schema, depth + 1);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(alternatives) = schema[key].as_array() {
                // Deep down, the last alternative: the one that does not go deeper.
                let last = alternatives.len() as u64 - 1;
                let index = if depth > 8 {
                    last
                } else {
                    self.below(last + 1)
                };
                let chosen = self.value(&alternatives[usize::try_from(index).unwrap()], depth + 1);
                // Now and then a value that two of them may describe.
                let other = &alternatives[usize::try_from(self.below(last + 1)).unwrap()];
                if let (Value::Object(mut object), true) =
                    (chosen.clone(), depth < 4 && self.chance(10))
                {
                    if let Value::Object(more) = self.value(other, depth + 1) {
                        object.extend(more);
                    }
                    return Value::Object(object);
                }
                return chosen;
            }
        }
        if let Some(members) = schema["allOf"].as_array() {
            let mut merged = Map::new();
            for member in members {
                match self.value(member, depth) {
                    Value::Object(object) => merged.extend(object),
                    other => return other,
                }
            }
            return Value::Object(merged);
        }
        if let Some(values) = schema["enum"].as_array() {
            let index = self.below(values.len() as u64);
            return values[usize::try_from(index).unwrap()].clone();
        }
        match schema["type"].as_str() {
            Some("string") => self.text(schema),
            Some("integer") => self.integer(schema),
            Some("number") => self.number(schema),
            Some("boolean") => json!(self.chance(50)),
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(0);
                let most = schema["maxItems"].as_u64().unwrap_or(least + 2);
                let most = if depth > 4 {
                    least
                } else {
                    self.edge(least, most)
                };
                let items: Vec<_> = (0..most)
                    .map(|_| self.value(&schema["items"], depth + 1))
                    .collect();
                json!(items)
            }
            Some("object") => self.object(schema, depth),
            _ => self.junk(depth),
        }
    }

    fn text(&mut self, schema: &Value) -> Value {
        let (least, most) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
        if self.chance(self.unfit) {
            return json!(self.pick(TEXTS));
        }
        if schema["pattern"].is_null() && (least.is_some() || most.is_some()) {
            let length = self.edge(least.unwrap_or(0), most.unwrap_or(least.unwrap_or(0) + 3));
            return json!(
                self.pick(&["x", "é", "日"])
                    .repeat(usize::try_from(length).unwrap())
            );
        }
        // Where something unfit is due, a text that only has another length.
        let schema = if self.chance(self.unfit) {
            json!({ "pattern": schema["pattern"] })
        } else {
            schema.clone()
        };
        let fitting = FITTING.with_borrow_mut(|known| {
            known
                .entry(schema.to_string())
                .or_insert_with(|| fitting(&schema))
                .clone()
        });
        json!(self.pick(&fitting))
    }

    /// A size from `least` to `most`; where something unfit is due, one just outside.
    fn edge(&mut self, least: u64, most: u64) -> u64 {
        if self.chance(self.unfit) {
            return self.pick(&[least.saturating_sub(1), most + 1]);
        }
        let between = least + self.below(most - least + 1);
        self.pick(&[least, most, between])
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let least = schema["minimum"].as_i64().unwrap_or(-5);
        let most = schema["maximum"]
            .as_i64()
            .unwrap_or(least.saturating_add(10));
        let step = schema["multipleOf"].as_i64().unwrap_or(1);
        let is_unfit = self.chance(self.unfit);
        let integer = if is_unfit {
            self.pick(&[least.saturating_sub(1), most.saturating_add(1), least, most])
        } else {
            let range = u64::try_from(most.saturating_sub(least)).unwrap();
            let between = self.below(range.saturating_add(1));
            let between = least.saturating_add(i64::try_from(between).unwrap());
            self.pick(&[least, most, between]) / step * step
        };
        match self.below(12) {
            // The same number, written with a fraction.
            0 => json!(integer as f64),
            1 if is_unfit => json!(integer as f64 + 0.5),
            _ => json!(integer),
        }
    }

    fn number(&mut self, schema: &Value) -> Value {
        let least = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let most = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        let any = self.chance(self.unfit);
        let fitting: Vec<_> = NUMBERS
            .iter()
            .copied()
            .filter(|number| any || (least..=most).contains(number))
            .collect();
        let number = self.pick(&fitting);
        if number.fract() == 0.0 && number.abs() < 1e15 && self.chance(50) {
            #[allow(clippy::cast_possible_truncation)]
            return json!(number as i64);
        }
        json!(number)
    }

    fn object(&mut self, schema: &Value, depth: u64) -> Value {
        let mut object = Map::new();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let wanted = if required.contains(&name.as_str()) {
                !self.chance(self.unfit)
            } else {
                depth <= 4 && self.chance(if depth > 2 { 15 } else { 40 })
            };
            if wanted {
                let value = self.value(property, depth + 1);
                object.insert(name.clone(), value);
            }
        }
        let additional = &schema["additionalProperties"];
        if *additional == false {
            if self.chance(self.unfit) {
                object.insert("surplus".to_owned(), json!(1));
            }
        } else {
            let size = object.len() as u64;
            let (least, most) = (
                schema["minProperties"].as_u64(),
                schema["maxProperties"].as_u64(),
            );
            let wanted = if least.is_some() || most.is_some() {
                let least = least.unwrap_or(0);
                self.edge(least, most.unwrap_or(least + 2).max(least))
                    .saturating_sub(size)
            } else {
                u64::from(self.chance(if schema["properties"].is_object() {
                    30
                } else {
                    80
                }))
            };
            for name in ["x", "y/z", "名", "", "~", "k"]
                .iter()
                .take(usize::try_from(wanted).unwrap())
            {
                let value = if additional.is_object() {
                    self.value(additional, depth + 1)
                } else {
                    self.junk(depth + 1)
                };
                object.insert((*name).to_owned(), value);
            }
        }
        Value::Object(object)
    }
}

/// Where `again`, which a type wrote after it read `value`, has lost or changed something; nothing
/// where only the listed coercions show: `null` for a property reads as its absence, numbers are the
/// same number written differently, and an integer in place of a string becomes its digits.
pub(crate) fn lost(value: &Value, again: &Value, keeps_unknown: bool) -> Option<String> {
    match (value, again) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                match right.get(name) {
                    Some(again) => {
                        if let Some(place) = lost(value, again, keeps_unknown) {
                            return Some(format!("/{name}{place}"));
                        }
                    }
                    None if value.is_null() || !keeps_unknown => {}
                    None => return Some(format!("/{name} is gone")),
                }
            }
            right
                .keys()
                .find(|name| !left.contains_key(*name))
                .map(|name| format!("/{name} is new"))
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (left, right))| {
                lost(left, right, keeps_unknown).map(|place| format!("/{index}{place}"))
            }),
        (Value::Number(left), Value::Number(right)) => {
            #[allow(clippy::cast_possible_truncation, clippy::float_cmp)]
            let same = left.as_f64().map(|number| number as f32)
                == right.as_f64().map(|number| number as f32);
            (!same).then(|| " is another number".to_owned())
        }
        (Value::Number(left), Value::String(right)) => {
            let same = left.as_f64() == right.parse().ok();
            (!same).then(|| " is another number".to_owned())
        }
        (left, right) => (left != right).then(|| " is another value".to_owned()),
    }
}
