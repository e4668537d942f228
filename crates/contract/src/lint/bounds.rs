//! Constraints that no value can meet, or that every value meets.

use serde_json::Value;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::instance::Direction;
use crate::lint::Lint;
use crate::model::{Additional, IntegerSchema, NumberSchema, ObjectSchema, Schema, SchemaKind};
use crate::rule::Rule;

impl Lint<'_> {
    pub(super) fn bounds(&mut self, schema: &Schema) {
        let at = &schema.at;
        match &schema.kind {
            SchemaKind::String(string) => {
                self.ordered(
                    at,
                    ("minLength", string.min_length),
                    ("maxLength", string.max_length),
                );
            }
            SchemaKind::Array(array) => {
                self.ordered(
                    at,
                    ("minItems", array.min_items),
                    ("maxItems", array.max_items),
                );
            }
            SchemaKind::Object(object) => self.object_bounds(at, object),
            SchemaKind::Integer(integer) => self.integer_bounds(at, integer),
            SchemaKind::Number(number) => self.number_bounds(at, number),
            _ => {}
        }
    }

    fn ordered(
        &mut self,
        at: &Pointer,
        (least_key, least): (&str, Option<u64>),
        (greatest_key, greatest): (&str, Option<u64>),
    ) {
        if let (Some(least), Some(greatest)) = (least, greatest)
            && least > greatest
        {
            self.contradiction(
                &at.join(least_key),
                format!("`{least_key}` ({least}) is above `{greatest_key}` ({greatest})"),
            );
        }
    }

    fn object_bounds(&mut self, at: &Pointer, object: &ObjectSchema) {
        self.ordered(
            at,
            ("minProperties", object.min_properties),
            ("maxProperties", object.max_properties),
        );
        let required = object
            .properties
            .values()
            .filter(|property| property.required)
            .count()
            + object.required_elsewhere.len();
        if let Some(greatest) = object.max_properties
            && required as u64 > greatest
        {
            self.contradiction(
                &at.join("maxProperties"),
                format!("more properties are required ({required}) than `maxProperties` allows"),
            );
        }
        if let Some(least) = object.min_properties
            && object.additional == Additional::Forbidden
            && least > object.properties.len() as u64
        {
            self.contradiction(
                &at.join("minProperties"),
                "fewer properties are allowed than `minProperties` asks for",
            );
        }
    }

    fn integer_bounds(&mut self, at: &Pointer, integer: &IntegerSchema) {
        self.exclusive(
            at,
            integer.minimum.is_some(),
            integer.maximum.is_some(),
            integer.exclusive_minimum,
            integer.exclusive_maximum,
        );
        if let Some(factor) = integer.multiple_of
            && factor <= 0
        {
            self.factor(at);
        }
        let least = integer
            .minimum
            .map(|least| i128::from(least) + i128::from(integer.exclusive_minimum));
        let greatest = integer
            .maximum
            .map(|greatest| i128::from(greatest) - i128::from(integer.exclusive_maximum));
        if let (Some(least), Some(greatest)) = (least, greatest)
            && least > greatest
        {
            self.contradiction(
                &at.join("minimum"),
                format!("no integer is at least {least} and at most {greatest}"),
            );
        }
        if integer.format.as_deref() == Some("int32") {
            for (key, bound) in [("minimum", integer.minimum), ("maximum", integer.maximum)] {
                if let Some(bound) = bound
                    && i32::try_from(bound).is_err()
                {
                    self.report(
                        Rule::ConstraintRange,
                        &at.join(key),
                        format!("`{key}` does not fit into `int32`"),
                        "use `format: int64`, or another bound",
                    );
                }
            }
        }
    }

    fn number_bounds(&mut self, at: &Pointer, number: &NumberSchema) {
        self.exclusive(
            at,
            number.minimum.is_some(),
            number.maximum.is_some(),
            number.exclusive_minimum,
            number.exclusive_maximum,
        );
        if let Some(factor) = number.multiple_of
            && factor <= 0.0
        {
            self.factor(at);
        }
        if let (Some(least), Some(greatest)) = (number.minimum, number.maximum) {
            let exclusive = number.exclusive_minimum || number.exclusive_maximum;
            if least > greatest || (exclusive && least >= greatest) {
                self.contradiction(
                    &at.join("minimum"),
                    format!("no number lies between {least} and {greatest}"),
                );
            }
        }
    }

    /// A flag that leaves a bound out needs the bound; progenitor stops where it is missing.
    fn exclusive(
        &mut self,
        at: &Pointer,
        minimum: bool,
        maximum: bool,
        exclusive_minimum: bool,
        exclusive_maximum: bool,
    ) {
        for (key, bound, given, exclusive) in [
            ("exclusiveMinimum", "minimum", minimum, exclusive_minimum),
            ("exclusiveMaximum", "maximum", maximum, exclusive_maximum),
        ] {
            if exclusive && !given {
                self.report_key(
                    Rule::ContradictoryConstraints,
                    &at.join(key),
                    format!("`{key}` stands without `{bound}`"),
                    format!("add `{bound}`, or remove it"),
                );
            }
        }
    }

    fn factor(&mut self, at: &Pointer) {
        self.report(
            Rule::ConstraintRange,
            &at.join("multipleOf"),
            "`multipleOf` must be above zero",
            "give a number above zero, or remove it",
        );
    }

    fn contradiction(&mut self, at: &Pointer, reason: impl Into<String>) {
        self.report(
            Rule::ContradictoryConstraints,
            at,
            reason,
            "correct one of the two, so that a value can meet both",
        );
    }

    /// Whether the values of an enumeration meet the constraints beside it.
    pub(super) fn enumeration(&mut self, schema: &Schema) {
        let mut constraints = schema.clone();
        match &mut constraints.kind {
            SchemaKind::String(string) if !string.enumeration.is_empty() => {
                string.enumeration.clear();
            }
            SchemaKind::Integer(integer) if !integer.enumeration.is_empty() => {
                integer.enumeration.clear();
            }
            _ => return,
        }
        let at = schema.at.join("enum");
        let listed = at.find(self.document.value()).and_then(Value::as_array);
        let strings = matches!(constraints.kind, SchemaKind::String(_));
        for (index, value) in listed.into_iter().flatten().enumerate() {
            // Values of another type are a finding of their own.
            if strings != value.is_string() || value.is_null() {
                continue;
            }
            let violations = self
                .validator
                .violations(&constraints, value, Direction::Either);
            let Some(violation) = violations.first() else {
                continue;
            };
            self.report(
                Rule::ContradictoryConstraints,
                &at.index(index),
                format!(
                    "the value {} breaks the schema that lists it: {}",
                    quote(&value.to_string()),
                    violation.reason
                ),
                "remove the value, or correct the constraint",
            );
        }
    }
}
