//! `allOf`, `oneOf` and `anyOf`.

use std::collections::{HashMap, HashSet};

use crate::Pointer;
use crate::diagnostic::quote;
use crate::limits::MAX_STEPS;
use crate::lint::Lint;
use crate::model::{
    Additional, Discriminator, ObjectSchema, Property, Schema, SchemaKind, UnionSchema,
};
use crate::rule::Rule;

impl<'d> Lint<'d> {
    /// An `allOf` is one schema with more said about it, or several objects that can be merged.
    pub(super) fn all_of(&mut self, schema: &Schema, members: &[Schema]) {
        let telling: Vec<_> = members
            .iter()
            .filter(|member| !self.says_nothing(member))
            .collect();
        let mut objects = Vec::new();
        let mut mergeable = true;
        for member in &telling {
            let object = self.objects(member, &mut objects);
            if self.is_exhausted() {
                return;
            }
            if !object {
                mergeable = false;
                if telling.len() > 1 {
                    self.report_key(
                        Rule::AllOf,
                        &member.at,
                        "a member of this `allOf` is not an object",
                        "put objects together by `allOf`; for a choice, use `oneOf` in a property",
                    );
                }
            }
        }
        if !mergeable {
            return;
        }
        let properties: HashSet<_> = objects
            .iter()
            .flat_map(|(_, object)| object.properties.keys().map(String::as_str))
            .collect();
        for member in members {
            // Members by reference are held to the rule where they stand.
            if let SchemaKind::Object(object) = &member.kind {
                self.required(member, object, &properties);
            }
        }
        if objects.len() < 2 {
            return;
        }
        for (at, object) in &objects {
            if object.additional != Additional::Any {
                self.report_key(
                    Rule::AllOf,
                    &schema.at.join("allOf"),
                    format!(
                        "the member {} restricts `additionalProperties`, and so forbids properties \
                         of the others",
                        quote(at.as_str())
                    ),
                    "write one object with all properties, or remove the restriction",
                );
            }
        }
        let members = objects.iter().map(|(_, object)| object.properties.len());
        if !self.spend(members.sum()) {
            return;
        }
        let mut seen: HashMap<&str, &Property> = HashMap::new();
        for (name, property) in objects.iter().flat_map(|(_, object)| &object.properties) {
            match seen.get(name.as_str()) {
                Some(other) if !self.alike(&other.schema, &property.schema) => self.report_key(
                    Rule::AllOf,
                    &schema.at.join("allOf"),
                    format!(
                        "two members describe the property {} differently",
                        quote(name)
                    ),
                    "describe it once",
                ),
                Some(_) => {}
                None => {
                    seen.insert(name, property);
                }
            }
        }
    }

    fn alike(&self, left: &Schema, right: &Schema) -> bool {
        left.at == right.at
            || left.at.find(self.document.value()) == right.at.find(self.document.value())
    }

    /// The objects that a schema is put together of, through references and `allOf`; false where
    /// something else is among them.
    fn objects<'s>(
        &self,
        schema: &'s Schema,
        found: &mut Vec<(&'s Pointer, &'s ObjectSchema)>,
    ) -> bool
    where
        'd: 's,
    {
        let schema = self.document.resolve(schema);
        match &schema.kind {
            SchemaKind::Object(object) => {
                let going_on = self.spend(1 + object.properties.len());
                if going_on {
                    found.push((&schema.at, object));
                }
                going_on
            }
            SchemaKind::AllOf(members) => members
                .iter()
                .filter(|member| !self.says_nothing(member))
                .all(|member| self.objects(member, found)),
            _ => false,
        }
    }

    fn is_exhausted(&self) -> bool {
        self.steps.get() > MAX_STEPS
    }

    /// Notes it where combinations were too many to judge them all.
    pub(super) fn combinations(&mut self) {
        if self.is_exhausted() {
            self.report_key(
                Rule::TooLarge,
                &Pointer::root().join("components"),
                format!("judging the combinations of schemas takes more than {MAX_STEPS} steps"),
                "combine fewer schemas by `allOf`, or give them fewer properties",
            );
        }
    }

    /// Whether every value is one of the schema's.
    fn says_nothing(&self, schema: &Schema) -> bool {
        matches!(self.document.resolve(schema).kind, SchemaKind::Any)
    }

    pub(super) fn union(&mut self, schema: &Schema, union: &UnionSchema) {
        let mut names = HashSet::new();
        for variant in &union.variants {
            if let SchemaKind::Ref(name) = &variant.kind
                && !names.insert(name)
            {
                self.report(
                    Rule::ContradictoryConstraints,
                    &variant.at.join("$ref"),
                    format!("the alternative {} is listed twice", quote(name)),
                    "remove one of the two",
                );
            }
        }
        if let Some(discriminator) = &union.discriminator {
            for variant in &union.variants {
                self.discriminated(schema, variant, discriminator);
            }
        }
    }

    fn discriminated(&mut self, schema: &Schema, variant: &Schema, discriminator: &Discriminator) {
        let property = discriminator.property.as_str();
        if !matches!(variant.kind, SchemaKind::Ref(_)) {
            self.report_key(
                Rule::Discriminator,
                &variant.at,
                "an alternative beside a discriminator has no name to be told by",
                "name it under `components.schemas` and reference it",
            );
            return;
        }
        let mut objects = Vec::new();
        let object = self.objects(variant, &mut objects);
        if self.is_exhausted() {
            return;
        }
        if !object {
            self.report(
                Rule::Discriminator,
                &variant.at.join("$ref"),
                "an alternative beside a discriminator is not an object",
                "use objects, or remove the discriminator",
            );
            return;
        }
        let described = objects
            .iter()
            .find_map(|(_, object)| object.properties.get(property));
        let required = objects.iter().any(|(_, object)| {
            object
                .required_elsewhere
                .iter()
                .any(|name| name == property)
                || object
                    .properties
                    .get(property)
                    .is_some_and(|property| property.required)
        });
        let string = described.is_some_and(|property| {
            matches!(
                self.document.resolve(&property.schema).kind,
                SchemaKind::String(_)
            )
        });
        let lacks = match (described.is_some(), required, string) {
            (false, _, _) => "does not have",
            (_, false, _) => "does not require",
            (_, _, false) => "does not describe as a string",
            _ => return,
        };
        self.report(
            Rule::Discriminator,
            &schema.at.join("discriminator").join("propertyName"),
            format!(
                "the alternative {} {lacks} the property {}",
                quote(&match &variant.kind {
                    SchemaKind::Ref(name) => name.clone(),
                    _ => String::new(),
                }),
                quote(property)
            ),
            "add it there as a required string",
        );
    }
}
