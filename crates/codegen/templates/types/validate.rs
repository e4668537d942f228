//! Checks of JSON values against what the document says of them.
//!
//! The checks of a type are the `check` function that the generator writes for it, made of the
//! functions here. They accept what JSON Schema accepts (draft 2020-12, where `1.0` is an
//! integer and `format` is no rule for strings), but for these:
//!
//! * `null` for a property that is not required counts as its absence;
//! * an integer that does not fit its `format` (`int32`, `int64`; an integer without one is read
//!   as `int64`) is a violation, and so is a number too great for `float`;
//! * a string with `x-also-accepts: [integer]` may be an integer, whose digits are then checked.

use std::cmp::Ordering;
use std::sync::OnceLock;

use serde_json::{Map, Number as JsonNumber, Value};

use super::violations::{Constraint, Limit, Location, Violations};

/// What the document says of the values of a type.
pub trait Validate {
    /// Adds to `out` what is wrong with `value`, which stands at `at`.
    fn check(value: &Value, at: &mut Location, out: &mut Violations);

    /// Checks a JSON value.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    fn validate_json(value: &Value) -> Result<(), Violations> {
        let mut out = Violations::new();
        Self::check(value, &mut Location::root(), &mut out);
        out.into_result()
    }

    /// Checks this value, as it is written to JSON.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    fn validate(&self) -> Result<(), Violations>
    where
        Self: serde::Serialize,
    {
        let mut out = Violations::new();
        match serde_json::to_value(self) {
            Ok(value) => Self::check(&value, &mut Location::root(), &mut out),
            Err(_) => out.push(
                &Location::root(),
                Constraint::Type {
                    expected: "JSON value",
                },
            ),
        }
        out.into_result()
    }
}

/// A check of a value at a place.
pub type Check<'a> = &'a dyn Fn(&Value, &mut Location, &mut Violations);

/// A regular expression of the document, compiled when it is first used.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    rust: &'static str,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl Pattern {
    /// An expression that means the same to ECMA-262 and to the `regex` crate.
    pub const fn new(text: &'static str) -> Self {
        Self::translated(text, text)
    }

    /// An expression, and what the `regex` crate needs to read it as ECMA-262 does.
    pub const fn translated(text: &'static str, rust: &'static str) -> Self {
        Self {
            text,
            rust,
            compiled: OnceLock::new(),
        }
    }

    /// Whether `text` holds a match. An expression that the `regex` crate cannot read has none.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| regex::Regex::new(self.rust).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }
}

/// Rules of a string.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text {
    min_length: Option<u64>,
    max_length: Option<u64>,
    pattern: Option<&'static Pattern>,
    also_integer: bool,
}

impl Text {
    /// Any string.
    pub const fn new() -> Self {
        Self {
            min_length: None,
            max_length: None,
            pattern: None,
            also_integer: false,
        }
    }

    /// At least `least` characters.
    #[must_use]
    pub const fn min_length(self, least: u64) -> Self {
        Self {
            min_length: Some(least),
            ..self
        }
    }

    /// At most `most` characters.
    #[must_use]
    pub const fn max_length(self, most: u64) -> Self {
        Self {
            max_length: Some(most),
            ..self
        }
    }

    /// A match of `pattern` somewhere.
    #[must_use]
    pub const fn pattern(self, pattern: &'static Pattern) -> Self {
        Self {
            pattern: Some(pattern),
            ..self
        }
    }

    /// An integer is taken for its digits.
    #[must_use]
    pub const fn or_integer(self) -> Self {
        Self {
            also_integer: true,
            ..self
        }
    }

    /// Checks a JSON value.
    pub fn check(&self, value: &Value, at: &mut Location, out: &mut Violations) {
        match value {
            Value::String(text) => self.check_text(text, at, out),
            Value::Number(number) if self.also_integer && whole(number).is_some() => {
                let digits = whole(number)
                    .map(|whole| whole.to_string())
                    .unwrap_or_default();
                self.check_text(&digits, at, out);
            }
            _ => out.push(at, Constraint::Type { expected: "string" }),
        }
    }

    /// Checks a text.
    pub fn check_text(&self, text: &str, at: &Location, out: &mut Violations) {
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = text.chars().count() as u64;
            if let Some(least) = self.min_length.filter(|least| length < *least) {
                out.push(at, Constraint::MinLength(least));
            }
            if let Some(most) = self.max_length.filter(|most| length > *most) {
                out.push(at, Constraint::MaxLength(most));
            }
        }
        if let Some(pattern) = self.pattern.filter(|pattern| !pattern.is_match(text)) {
            out.push(at, Constraint::Pattern(pattern.text));
        }
    }
}

/// Rules of an enumeration of strings.
#[derive(Clone, Copy, Debug)]
pub struct OneOfTexts(
    /// The strings.
    pub &'static [&'static str],
);

impl OneOfTexts {
    /// Checks a JSON value.
    pub fn check(&self, value: &Value, at: &mut Location, out: &mut Violations) {
        match value {
            Value::String(text) if self.0.contains(&text.as_str()) => {}
            Value::String(_) => out.push(at, Constraint::Enum(self.0)),
            _ => out.push(at, Constraint::Type { expected: "string" }),
        }
    }
}

/// Rules of an integer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Integer {
    is_32: bool,
    minimum: Option<i64>,
    maximum: Option<i64>,
    above: Option<i64>,
    below: Option<i64>,
    multiple_of: Option<i64>,
    one_of: Option<&'static [i64]>,
}

impl Integer {
    /// Any integer of 64 bits.
    pub const fn int64() -> Self {
        Self {
            is_32: false,
            minimum: None,
            maximum: None,
            above: None,
            below: None,
            multiple_of: None,
            one_of: None,
        }
    }

    /// Any integer of 32 bits.
    pub const fn int32() -> Self {
        Self {
            is_32: true,
            ..Self::int64()
        }
    }

    /// At least `least`.
    #[must_use]
    pub const fn minimum(self, least: i64) -> Self {
        Self {
            minimum: Some(least),
            ..self
        }
    }

    /// At most `most`.
    #[must_use]
    pub const fn maximum(self, most: i64) -> Self {
        Self {
            maximum: Some(most),
            ..self
        }
    }

    /// More than `bound`.
    #[must_use]
    pub const fn above(self, bound: i64) -> Self {
        Self {
            above: Some(bound),
            ..self
        }
    }

    /// Less than `bound`.
    #[must_use]
    pub const fn below(self, bound: i64) -> Self {
        Self {
            below: Some(bound),
            ..self
        }
    }

    /// A multiple of `step`.
    #[must_use]
    pub const fn multiple_of(self, step: i64) -> Self {
        Self {
            multiple_of: Some(step),
            ..self
        }
    }

    /// One of `values`.
    #[must_use]
    pub const fn one_of(self, values: &'static [i64]) -> Self {
        Self {
            one_of: Some(values),
            ..self
        }
    }

    /// Checks a JSON value.
    pub fn check(&self, value: &Value, at: &mut Location, out: &mut Violations) {
        let Value::Number(number) = value else {
            out.push(
                at,
                Constraint::Type {
                    expected: "integer",
                },
            );
            return;
        };
        match whole(number) {
            Some(integer) => match i64::try_from(integer) {
                Ok(integer) => self.check_integer(integer, at, out),
                Err(_) => out.push(at, self.misfit()),
            },
            None if is_whole(number) => out.push(at, self.misfit()),
            None => out.push(
                at,
                Constraint::Type {
                    expected: "integer",
                },
            ),
        }
    }

    fn misfit(&self) -> Constraint {
        Constraint::Format(if self.is_32 { "int32" } else { "int64" })
    }

    /// Checks an integer.
    pub fn check_integer(&self, integer: i64, at: &Location, out: &mut Violations) {
        if self.is_32 && i32::try_from(integer).is_err() {
            out.push(at, self.misfit());
        }
        if let Some(values) = self.one_of.filter(|values| !values.contains(&integer)) {
            out.push(at, Constraint::IntegerEnum(values));
        }
        if let Some(bound) = self.minimum.filter(|bound| integer < *bound) {
            out.push(at, Constraint::Minimum(Limit::Integer(bound)));
        }
        if let Some(bound) = self.maximum.filter(|bound| integer > *bound) {
            out.push(at, Constraint::Maximum(Limit::Integer(bound)));
        }
        if let Some(bound) = self.above.filter(|bound| integer <= *bound) {
            out.push(at, Constraint::ExclusiveMinimum(Limit::Integer(bound)));
        }
        if let Some(bound) = self.below.filter(|bound| integer >= *bound) {
            out.push(at, Constraint::ExclusiveMaximum(Limit::Integer(bound)));
        }
        if let Some(step) = self
            .multiple_of
            .filter(|step| integer.checked_rem(*step) != Some(0))
        {
            out.push(at, Constraint::MultipleOf(Limit::Integer(step)));
        }
    }
}

/// Rules of a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Number {
    is_single: bool,
    minimum: Option<f64>,
    maximum: Option<f64>,
    above: Option<f64>,
    below: Option<f64>,
    multiple_of: Option<f64>,
}

impl Number {
    /// Any number of double precision.
    pub const fn double() -> Self {
        Self {
            is_single: false,
            minimum: None,
            maximum: None,
            above: None,
            below: None,
            multiple_of: None,
        }
    }

    /// Any number in the range of single precision.
    pub const fn single() -> Self {
        Self {
            is_single: true,
            ..Self::double()
        }
    }

    /// At least `least`.
    #[must_use]
    pub const fn minimum(self, least: f64) -> Self {
        Self {
            minimum: Some(least),
            ..self
        }
    }

    /// At most `most`.
    #[must_use]
    pub const fn maximum(self, most: f64) -> Self {
        Self {
            maximum: Some(most),
            ..self
        }
    }

    /// More than `bound`.
    #[must_use]
    pub const fn above(self, bound: f64) -> Self {
        Self {
            above: Some(bound),
            ..self
        }
    }

    /// Less than `bound`.
    #[must_use]
    pub const fn below(self, bound: f64) -> Self {
        Self {
            below: Some(bound),
            ..self
        }
    }

    /// A multiple of `step`, as decimal fractions: `0.3` is one of `0.1`.
    #[must_use]
    pub const fn multiple_of(self, step: f64) -> Self {
        Self {
            multiple_of: Some(step),
            ..self
        }
    }

    /// Checks a JSON value.
    pub fn check(&self, value: &Value, at: &mut Location, out: &mut Violations) {
        let Value::Number(number) = value else {
            out.push(at, Constraint::Type { expected: "number" });
            return;
        };
        let order = |bound: f64| compare(number, bound);
        // Single precision ends a little above `f32::MAX`; what rounds to infinity is too great.
        #[allow(clippy::cast_possible_truncation)]
        if self.is_single
            && number
                .as_f64()
                .is_some_and(|number| (number as f32).is_infinite())
        {
            out.push(at, Constraint::Format("float"));
        }
        if let Some(bound) = self.minimum.filter(|bound| order(*bound) == Ordering::Less) {
            out.push(at, Constraint::Minimum(Limit::Number(bound)));
        }
        if let Some(bound) = self
            .maximum
            .filter(|bound| order(*bound) == Ordering::Greater)
        {
            out.push(at, Constraint::Maximum(Limit::Number(bound)));
        }
        if let Some(bound) = self
            .above
            .filter(|bound| order(*bound) != Ordering::Greater)
        {
            out.push(at, Constraint::ExclusiveMinimum(Limit::Number(bound)));
        }
        if let Some(bound) = self.below.filter(|bound| order(*bound) != Ordering::Less) {
            out.push(at, Constraint::ExclusiveMaximum(Limit::Number(bound)));
        }
        if let Some(step) = self.multiple_of.filter(|step| !is_multiple(number, *step)) {
            out.push(at, Constraint::MultipleOf(Limit::Number(step)));
        }
    }
}

/// A JSON number without a fraction, where it fits 128 bits.
fn whole(number: &JsonNumber) -> Option<i128> {
    if let Some(integer) = number.as_i64() {
        return Some(i128::from(integer));
    }
    if let Some(integer) = number.as_u64() {
        return Some(i128::from(integer));
    }
    let float = number.as_f64()?;
    // Both bounds are powers of two, which doubles hold exactly.
    let fits = (-(2_f64.powi(126))..=2_f64.powi(126)).contains(&float);
    #[allow(clippy::cast_possible_truncation)]
    (fits && float.fract() == 0.0).then_some(float as i128)
}

fn is_whole(number: &JsonNumber) -> bool {
    number.as_f64().is_some_and(|float| float.fract() == 0.0)
}

/// Compares exactly: integers beyond 2^53 are not rounded to doubles first.
fn compare(number: &JsonNumber, bound: f64) -> Ordering {
    let Some(integer) = number
        .as_i64()
        .map(i128::from)
        .or(number.as_u64().map(i128::from))
    else {
        let float = number.as_f64().unwrap_or_default();
        return float.partial_cmp(&bound).unwrap_or(Ordering::Equal);
    };
    if bound >= 2_f64.powi(100) {
        return Ordering::Less;
    }
    if bound <= -(2_f64.powi(100)) {
        return Ordering::Greater;
    }
    let floor = bound.floor();
    #[allow(clippy::cast_possible_truncation)]
    let order = integer.cmp(&(floor as i128));
    if order == Ordering::Equal && bound > floor {
        Ordering::Less
    } else {
        order
    }
}

/// Whether `number` is a multiple of `step`, in the decimal notation of both.
fn is_multiple(number: &JsonNumber, step: f64) -> bool {
    let float = number.as_f64().unwrap_or_default();
    let value = match whole(number) {
        Some(integer) => Some((integer, 0)),
        None => decimal(float),
    };
    let exact = || {
        let (value, step) = (value?, decimal(step)?);
        let least = value.1.min(step.1);
        let scale = |(digits, exponent): (i128, i32)| {
            digits.checked_mul(10_i128.checked_pow(u32::try_from(exponent - least).ok()?)?)
        };
        scale(value)?
            .checked_rem(scale(step)?)
            .map(|rest| rest == 0)
    };
    exact().unwrap_or_else(|| float % step == 0.0)
}

/// A double as digits and a power of ten, as it is written.
fn decimal(float: f64) -> Option<(i128, i32)> {
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let digits: i128 = format!("{before}{after}").parse().ok()?;
    Some((digits, exponent - i32::try_from(after.len()).ok()?))
}

/// Checks nothing: any JSON value will do.
pub fn anything(_: &Value, _: &mut Location, _: &mut Violations) {}

/// Checks that a value is a boolean.
pub fn boolean(value: &Value, at: &mut Location, out: &mut Violations) {
    if !value.is_boolean() {
        out.push(
            at,
            Constraint::Type {
                expected: "boolean",
            },
        );
    }
}

/// Checks a value that may be `null`.
pub fn nullable(value: &Value, at: &mut Location, out: &mut Violations, check: Check<'_>) {
    if !value.is_null() {
        check(value, at, out);
    }
}

/// The object that `value` is; otherwise a violation and nothing.
pub fn object<'a>(
    value: &'a Value,
    at: &Location,
    out: &mut Violations,
) -> Option<&'a Map<String, Value>> {
    if out.is_settled() {
        return None;
    }
    let object = value.as_object();
    if object.is_none() {
        out.push(at, Constraint::Type { expected: "object" });
    }
    object
}

/// Checks a property that must be there.
pub fn required(
    object: &Map<String, Value>,
    name: &str,
    at: &mut Location,
    out: &mut Violations,
    check: Check<'_>,
) {
    if out.is_settled() {
        return;
    }
    at.property(name, |at| match object.get(name) {
        Some(value) => check(value, at, out),
        None => out.push(at, Constraint::Required),
    });
}

/// Checks a property that may be missing; `null` counts as missing.
pub fn optional(
    object: &Map<String, Value>,
    name: &str,
    at: &mut Location,
    out: &mut Violations,
    check: Check<'_>,
) {
    if out.is_settled() {
        return;
    }
    if let Some(value) = object.get(name).filter(|value| !value.is_null()) {
        at.property(name, |at| check(value, at, out));
    }
}

/// Checks the properties whose names are not in `known`.
pub fn others(
    object: &Map<String, Value>,
    known: &[&str],
    at: &mut Location,
    out: &mut Violations,
    check: Check<'_>,
) {
    for (name, value) in object {
        if out.is_settled() {
            return;
        }
        if !known.contains(&name.as_str()) {
            at.property(name, |at| check(value, at, out));
        }
    }
}

/// The check of a property that must not be there.
pub fn unknown(_: &Value, at: &mut Location, out: &mut Violations) {
    out.push(at, Constraint::AdditionalProperty);
}

/// Rules of an object's size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Properties {
    min: Option<u64>,
    max: Option<u64>,
}

impl Properties {
    /// Any number of properties.
    pub const fn new() -> Self {
        Self {
            min: None,
            max: None,
        }
    }

    /// At least `least`.
    #[must_use]
    pub const fn min(self, least: u64) -> Self {
        Self {
            min: Some(least),
            ..self
        }
    }

    /// At most `most`.
    #[must_use]
    pub const fn max(self, most: u64) -> Self {
        Self {
            max: Some(most),
            ..self
        }
    }

    /// Checks an object.
    pub fn check(&self, object: &Map<String, Value>, at: &Location, out: &mut Violations) {
        let count = object.len() as u64;
        if let Some(least) = self.min.filter(|least| count < *least) {
            out.push(at, Constraint::MinProperties(least));
        }
        if let Some(most) = self.max.filter(|most| count > *most) {
            out.push(at, Constraint::MaxProperties(most));
        }
    }
}

/// Checks a map from names to values.
pub fn map(
    value: &Value,
    at: &mut Location,
    out: &mut Violations,
    rules: Properties,
    check: Check<'_>,
) {
    if let Some(object) = object(value, at, out) {
        rules.check(object, at, out);
        others(object, &[], at, out, check);
    }
}

/// Rules of an array.
#[derive(Clone, Copy, Debug, Default)]
pub struct Items {
    min: Option<u64>,
    max: Option<u64>,
    unique: bool,
}

impl Items {
    /// Any number of items.
    pub const fn new() -> Self {
        Self {
            min: None,
            max: None,
            unique: false,
        }
    }

    /// At least `least`.
    #[must_use]
    pub const fn min(self, least: u64) -> Self {
        Self {
            min: Some(least),
            ..self
        }
    }

    /// At most `most`.
    #[must_use]
    pub const fn max(self, most: u64) -> Self {
        Self {
            max: Some(most),
            ..self
        }
    }

    /// No two equal.
    #[must_use]
    pub const fn unique(self) -> Self {
        Self {
            unique: true,
            ..self
        }
    }
}

/// Checks an array and each of its items.
pub fn array(
    value: &Value,
    at: &mut Location,
    out: &mut Violations,
    rules: Items,
    check: Check<'_>,
) {
    if out.is_settled() {
        return;
    }
    let Value::Array(items) = value else {
        out.push(at, Constraint::Type { expected: "array" });
        return;
    };
    let count = items.len() as u64;
    if let Some(least) = rules.min.filter(|least| count < *least) {
        out.push(at, Constraint::MinItems(least));
    }
    if let Some(most) = rules.max.filter(|most| count > *most) {
        out.push(at, Constraint::MaxItems(most));
    }
    if rules.unique && !are_unique(items) {
        out.push(at, Constraint::UniqueItems);
    }
    for (index, item) in items.iter().enumerate() {
        if out.is_settled() {
            return;
        }
        at.item(index, |at| check(item, at, out));
    }
}

/// Sorting texts instead of comparing each item with each keeps long arrays cheap.
fn are_unique(items: &[Value]) -> bool {
    let mut texts: Vec<String> = items
        .iter()
        .map(|item| {
            let mut text = String::new();
            write_comparable(item, &mut text);
            text
        })
        .collect();
    texts.sort_unstable();
    texts.windows(2).all(|pair| pair.first() != pair.last())
}

/// Writes a value so that equal values, and only those, have equal texts: properties are sorted,
/// and `1.0` is `1`.
fn write_comparable(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => match whole(number) {
            Some(integer) => out.push_str(&integer.to_string()),
            None => out.push_str(&number.to_string()),
        },
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_comparable(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in entries {
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write_comparable(value, out);
                out.push(',');
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Checks a value that exactly one alternative describes.
pub fn one_of(value: &Value, at: &mut Location, out: &mut Violations, alternatives: &[Check<'_>]) {
    let matched = matches(value, at, out, alternatives, usize::MAX);
    if matched != 1 {
        fail(at, out, Constraint::OneOf { matched });
    }
}

/// Checks a value that at least one alternative describes.
pub fn any_of(value: &Value, at: &mut Location, out: &mut Violations, alternatives: &[Check<'_>]) {
    if matches(value, at, out, alternatives, 1) == 0 {
        fail(at, out, Constraint::AnyOf);
    }
}

fn fail(at: &Location, out: &mut Violations, constraint: Constraint) {
    let constraint = if out.is_exhausted() {
        Constraint::TooComplex
    } else {
        constraint
    };
    out.push(at, constraint);
}

/// Counts the alternatives that describe `value`, up to `most`.
fn matches(
    value: &Value,
    at: &mut Location,
    out: &mut Violations,
    alternatives: &[Check<'_>],
    most: usize,
) -> usize {
    let mut matched = 0;
    for alternative in alternatives {
        if matched < most && out.passes(|out| alternative(value, at, out)) && !out.is_exhausted() {
            matched += 1;
        }
    }
    matched
}

/// The first alternative that describes `value`, and otherwise none.
pub fn first_match(value: &Value, alternatives: &[Check<'_>]) -> Option<usize> {
    let mut out = Violations::new();
    let mut at = Location::root();
    alternatives.iter().position(|alternative| {
        out.passes(|out| alternative(value, &mut at, out)) && !out.is_exhausted()
    })
}
