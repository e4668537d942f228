//! Examples and defaults, held against their schemas.

use indexmap::IndexMap;
use serde_json::Value;

use crate::Pointer;
use crate::instance::Direction;
use crate::limits::MAX_STEPS;
use crate::lint::Lint;
use crate::lint::schemas::all;
use crate::model::{Example, MediaType, Schema};
use crate::rule::Rule;

/// How many violations of one value are reported: a wrong value can be wrong all over.
const MAX_SHOWN: usize = 20;

impl Lint<'_> {
    pub(super) fn values(&mut self) {
        let document = self.document;
        let before = self.found.len();
        for schema in all(document) {
            for (key, rule, value) in [
                ("default", Rule::InvalidDefault, &schema.default),
                ("example", Rule::InvalidExample, &schema.example),
            ] {
                if let Some(value) = value {
                    let at = schema.at.join(key);
                    self.value(rule, schema, value, &at, Direction::Either);
                }
            }
        }
        let components = document.components();
        let operations = || document.operations.iter();
        for parameter in operations()
            .flat_map(|operation| &operation.parameters)
            .chain(&components.parameters)
        {
            self.examples(&parameter.schema, &parameter.examples, Direction::Request);
        }
        for body in operations()
            .filter_map(|operation| operation.request_body.as_ref())
            .chain(&components.request_bodies)
        {
            self.content_examples(&body.content, Direction::Request);
        }
        for response in operations()
            .flat_map(|operation| &operation.responses)
            .chain(&components.responses)
        {
            self.content_examples(&response.content, Direction::Response);
        }
        if self.validator.is_exhausted() {
            // What was found may be wrong, since judging broke off in the middle.
            self.found.truncate(before);
            self.report_key(
                Rule::TooLarge,
                &Pointer::root().join("openapi"),
                format!(
                    "judging the examples and defaults takes more than {MAX_STEPS} steps, so they \
                     were not judged"
                ),
                "use smaller examples, or fewer alternatives in `oneOf` and `anyOf`",
            );
        }
    }

    fn content_examples(&mut self, content: &IndexMap<String, MediaType>, direction: Direction) {
        for media_type in content.values() {
            if let Some(schema) = &media_type.schema {
                self.examples(schema, &media_type.examples, direction);
            }
        }
    }

    fn examples(
        &mut self,
        schema: &Schema,
        examples: &IndexMap<String, Example>,
        direction: Direction,
    ) {
        for example in examples.values() {
            let within = example.at.join("value");
            let at = if within.find(self.document.value()) == Some(&example.value) {
                within
            } else {
                example.at.clone()
            };
            self.value(Rule::InvalidExample, schema, &example.value, &at, direction);
        }
    }

    fn value(
        &mut self,
        rule: Rule,
        schema: &Schema,
        value: &Value,
        at: &Pointer,
        direction: Direction,
    ) {
        let violations = self.validator.violations(schema, value, direction);
        let what = match rule {
            Rule::InvalidDefault => "default",
            _ => "example",
        };
        for violation in violations.into_iter().take(MAX_SHOWN) {
            let place = violation
                .pointer
                .segments()
                .fold(at.clone(), |place, segment| place.join(&segment));
            self.report(
                rule,
                &place,
                format!("this {what} breaks its schema: {}", violation.reason),
                format!("correct the {what}, or the schema"),
            );
        }
    }
}
