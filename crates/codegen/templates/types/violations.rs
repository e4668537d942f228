//! What is wrong with a value, and where.

use std::fmt;

/// The place of a value inside the value that is checked, as a JSON pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    pointer: String,
}

/// Longest part of a property's name that a pointer repeats: names that come with a value are the
/// sender's, and may be of any length.
const LONGEST_SEGMENT: usize = 128;

impl Location {
    /// The whole value: the empty pointer.
    pub fn root() -> Self {
        Self::default()
    }

    /// The pointer.
    pub fn as_str(&self) -> &str {
        &self.pointer
    }

    /// Runs `check` at the property `name` of the value here.
    pub fn property<T>(&mut self, name: &str, check: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.pointer.len();
        self.pointer.push('/');
        // Most names stand in a pointer as they are.
        if name.len() <= LONGEST_SEGMENT && !name.contains(['~', '/']) {
            self.pointer.push_str(name);
        } else {
            self.push_escaped(name);
        }
        let result = check(self);
        self.pointer.truncate(mark);
        result
    }

    fn push_escaped(&mut self, name: &str) {
        for (count, character) in name.chars().enumerate() {
            match character {
                _ if count == LONGEST_SEGMENT => {
                    self.pointer.push('…');
                    break;
                }
                '~' => self.pointer.push_str("~0"),
                '/' => self.pointer.push_str("~1"),
                other => self.pointer.push(other),
            }
        }
    }

    /// Runs `check` at the item `index` of the array here.
    pub fn item<T>(&mut self, index: usize, check: impl FnOnce(&mut Self) -> T) -> T {
        self.property(&index.to_string(), check)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pointer)
    }
}

/// A bound of a number.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// Bound of an integer.
    Integer(i64),
    /// Bound of a number that may have a fraction.
    Number(f64),
}

impl Limit {
    fn key(self) -> (f64, i64) {
        match self {
            // The cast only orders; the exact value stands behind it.
            #[allow(clippy::cast_precision_loss)]
            Self::Integer(integer) => (integer as f64, integer),
            Self::Number(number) => (number, 0),
        }
    }
}

impl PartialEq for Limit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Limit {}

impl PartialOrd for Limit {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Limit {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (left, right) = (self.key(), other.key());
        left.0.total_cmp(&right.0).then(left.1.cmp(&right.1))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => integer.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// A rule of the document that a value breaks. It holds the rule, never the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Constraint {
    /// `type`: another JSON type is expected.
    Type {
        /// The JSON type.
        expected: &'static str,
    },
    /// `required`: the property is missing.
    Required,
    /// `enum`: the value is none of these strings.
    Enum(&'static [&'static str]),
    /// `enum`: the value is none of these integers.
    IntegerEnum(&'static [i64]),
    /// `minLength`, in characters (Unicode scalar values).
    MinLength(u64),
    /// `maxLength`, in characters (Unicode scalar values).
    MaxLength(u64),
    /// `pattern`.
    Pattern(&'static str),
    /// `format`: the number does not fit it.
    Format(&'static str),
    /// `minimum`
    Minimum(Limit),
    /// `maximum`
    Maximum(Limit),
    /// `minimum` with `exclusiveMinimum`.
    ExclusiveMinimum(Limit),
    /// `maximum` with `exclusiveMaximum`.
    ExclusiveMaximum(Limit),
    /// `multipleOf`
    MultipleOf(Limit),
    /// `minItems`
    MinItems(u64),
    /// `maxItems`
    MaxItems(u64),
    /// `uniqueItems`
    UniqueItems,
    /// `minProperties`
    MinProperties(u64),
    /// `maxProperties`
    MaxProperties(u64),
    /// `additionalProperties: false`: the property is none that the document knows.
    AdditionalProperty,
    /// `oneOf`: the value is described by none of the alternatives, or by more than one.
    OneOf {
        /// How many alternatives describe the value.
        matched: usize,
    },
    /// `anyOf`: the value is described by none of the alternatives.
    AnyOf,
    /// The alternatives of `oneOf` or `anyOf` nest too deeply to be told apart in reasonable time.
    TooComplex,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { expected } => write!(f, "must be {} {expected}", article(expected)),
            Self::Required => f.write_str("is required"),
            Self::Enum(values) => {
                f.write_str("must be one of ")?;
                list(f, values.iter().map(|value| format!("`{value}`")))
            }
            Self::IntegerEnum(values) => {
                f.write_str("must be one of ")?;
                list(f, values.iter().map(i64::to_string))
            }
            Self::MinLength(1) => f.write_str("must not be empty"),
            Self::MinLength(least) => write!(f, "must have at least {least} characters"),
            Self::MaxLength(most) => write!(f, "must have at most {most} characters"),
            Self::Pattern(pattern) => write!(f, "must match the pattern `{pattern}`"),
            Self::Format(format) => write!(f, "must fit the format {format}"),
            Self::Minimum(least) => write!(f, "must be at least {least}"),
            Self::Maximum(most) => write!(f, "must be at most {most}"),
            Self::ExclusiveMinimum(bound) => write!(f, "must be greater than {bound}"),
            Self::ExclusiveMaximum(bound) => write!(f, "must be less than {bound}"),
            Self::MultipleOf(step) => write!(f, "must be a multiple of {step}"),
            Self::MinItems(least) => write!(f, "must have at least {least} items"),
            Self::MaxItems(most) => write!(f, "must have at most {most} items"),
            Self::UniqueItems => f.write_str("must not hold the same item twice"),
            Self::MinProperties(least) => write!(f, "must have at least {least} properties"),
            Self::MaxProperties(most) => write!(f, "must have at most {most} properties"),
            Self::AdditionalProperty => f.write_str("is not a property that is known here"),
            Self::OneOf { matched: 0 } => f.write_str("matches none of the alternatives"),
            Self::OneOf { matched } => {
                write!(
                    f,
                    "must match one of the alternatives, but matches {matched}"
                )
            }
            Self::AnyOf => f.write_str("matches none of the alternatives"),
            Self::TooComplex => f.write_str("nests its alternatives too deeply"),
        }
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn list(f: &mut fmt::Formatter<'_>, values: impl Iterator<Item = String>) -> fmt::Result {
    for (index, value) in values.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        f.write_str(&value)?;
    }
    Ok(())
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the value; of a missing property, to where it should be.
    pub pointer: String,
    /// The rule that is broken.
    pub constraint: Constraint,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            write!(f, "the value {}", self.constraint)
        } else {
            write!(f, "{} {}", self.pointer, self.constraint)
        }
    }
}

/// Everything that is wrong with a value, sorted by place, then by rule.
///
/// At most [`Violations::MOST`] are kept; the others are counted.
#[derive(Clone)]
pub struct Violations {
    list: Vec<Violation>,
    omitted: usize,
    /// Whether this only finds out if a value matches an alternative.
    trial: bool,
    /// Values that trials may still look at.
    fuel: u32,
}

/// Values that all trials of one check may look at together: alternatives inside alternatives
/// multiply, and a short value must not keep a processor busy.
const FUEL: u32 = 1_000_000;

impl Default for Violations {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            omitted: 0,
            trial: false,
            fuel: FUEL,
        }
    }
}

impl Violations {
    /// How many violations are kept.
    pub const MOST: usize = 100;

    /// No violation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a violation at `at`.
    pub fn push(&mut self, at: &Location, constraint: Constraint) {
        self.insert(Violation {
            pointer: at.as_str().to_owned(),
            constraint,
        });
    }

    fn insert(&mut self, violation: Violation) {
        let index = self.list.partition_point(|other| *other <= violation);
        if index == Self::MOST {
            self.omitted += 1;
            return;
        }
        self.list.insert(index, violation);
        if self.list.len() > Self::MOST {
            self.list.pop();
            self.omitted += 1;
        }
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        for violation in others.list {
            self.insert(violation);
        }
        self.omitted += others.omitted;
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many violations are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How many more there were.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// The violations, sorted by place, then by rule.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.list.iter()
    }

    /// An error unless nothing is wrong.
    ///
    /// # Errors
    ///
    /// The violations, if there is one.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Whether a value passes `check`. What is wrong with it is not kept.
    pub(super) fn passes(&mut self, check: impl FnOnce(&mut Self)) -> bool {
        let mut inner = Self {
            trial: true,
            fuel: self.fuel,
            ..Self::default()
        };
        check(&mut inner);
        self.fuel = inner.fuel;
        inner.list.is_empty()
    }

    /// Whether nothing more needs to be looked at: a trial ends with its first violation, and
    /// everything ends when the fuel of the trials is spent.
    pub(super) fn is_settled(&mut self) -> bool {
        if self.trial {
            self.fuel = self.fuel.saturating_sub(1);
        }
        self.fuel == 0 || (self.trial && !self.list.is_empty())
    }

    /// Whether the trials were given up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.fuel == 0
    }
}

impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Violations")
            .field("list", &self.list)
            .field("omitted", &self.omitted)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Violations {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list && self.omitted == other.omitted
    }
}

impl Eq for Violations {}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list.is_empty() {
            return f.write_str("nothing is wrong");
        }
        for (index, violation) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        if self.omitted > 0 {
            write!(f, "; and {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
