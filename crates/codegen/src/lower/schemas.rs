//! Schemas to type definitions and slots.

use functiongraph_contract::Pointer;
use functiongraph_contract::model::{
    Additional, IntegerSchema, NumberSchema, ObjectSchema, Schema, SchemaKind, StringSchema,
    UnionSchema,
};
use indexmap::IndexMap;

use super::Lowering;
use crate::ir::{
    AdditionalFields, Direction, Enum, EnumVariant, Field, Shape, Slot, Struct, Type, TypeDef,
    Union, UnionVariant,
};
use crate::names::{Names, snake, upper_camel};

/// Field names that structs use for themselves.
const RESERVED_FIELDS: &[&str] = &["extra"];

/// Variant names that enumerations and unions use for themselves.
const RESERVED_VARIANTS: &[&str] = &["Unknown", "Self"];

impl Lowering<'_> {
    /// Lowers every component schema, in document order.
    pub(super) fn components(&mut self) {
        for (name, schema) in &self.document.schemas {
            let rust = self.rust_names.get(name).cloned().unwrap_or_default();
            let direction = self
                .directions
                .get(name)
                .copied()
                .unwrap_or(Direction::Output);
            self.define(rust, name.clone(), false, schema, direction);
        }
    }

    /// Makes the type of a schema that has a name, and whatever is hoisted out of it.
    fn define(
        &mut self,
        name: String,
        schema_name: String,
        hoisted: bool,
        schema: &Schema,
        direction: Direction,
    ) {
        let module = self.module_names.unique(&snake(&name, "schema"), "");
        // The place among the types is taken before anything is hoisted out of it.
        let place = self.types.len();
        self.types.push(TypeDef {
            name: name.clone(),
            module,
            docs: docs(schema).unwrap_or_else(|| format!("The schema `{schema_name}`.")),
            schema: schema_name,
            hoisted,
            direction,
            shape: Shape::Enum(Enum {
                variants: Vec::new(),
            }),
            nullable: schema.nullable,
            default: schema.default.clone(),
            example: schema.example.clone(),
            title: schema.title.clone(),
            deprecated: schema.deprecated,
            has_default: false,
            at: schema.at.clone(),
        });
        let shape = self.shape(&name, schema, direction);
        if let Some(def) = self.types.get_mut(place) {
            def.shape = shape;
        }
    }

    fn shape(&mut self, name: &str, schema: &Schema, direction: Direction) -> Shape {
        match &schema.kind {
            SchemaKind::String(string) if !string.enumeration.is_empty() => {
                Shape::Enum(enumeration(string))
            }
            SchemaKind::String(string) => Shape::Newtype(Type::String(string.clone())),
            SchemaKind::Integer(integer) => Shape::Newtype(Type::Integer(integer.clone())),
            SchemaKind::Number(number) => Shape::Newtype(Type::Number(number.clone())),
            SchemaKind::Boolean => Shape::Newtype(Type::Boolean),
            SchemaKind::Object(object) if is_struct(object) => {
                Shape::Struct(self.structure(name, object, direction))
            }
            SchemaKind::AllOf(members) => match members.as_slice() {
                [only] => match &only.kind {
                    SchemaKind::Ref(_) => Shape::Alias(self.slot(name, schema, direction)),
                    _ => self.shape(name, only, direction),
                },
                _ => Shape::Struct(self.merged(name, schema, direction)),
            },
            SchemaKind::OneOf(union) => Shape::Union(self.union(name, union, false, direction)),
            SchemaKind::AnyOf(union) => Shape::Union(self.union(name, union, true, direction)),
            SchemaKind::Ref(_) | SchemaKind::Array(_) | SchemaKind::Object(_) | SchemaKind::Any => {
                Shape::Alias(self.slot(name, schema, direction))
            }
        }
    }

    /// The slot of a schema. `hint` names what has to be hoisted out of it.
    pub(super) fn slot(&mut self, hint: &str, schema: &Schema, direction: Direction) -> Slot {
        let (ty, inherited_null) = self.type_of(hint, schema, direction);
        Slot {
            ty,
            nullable: schema.nullable || inherited_null,
            docs: docs(schema).unwrap_or_default(),
            default: schema.default.clone(),
            example: schema.example.clone(),
            deprecated: schema.deprecated,
            read_only: schema.read_only,
            write_only: schema.write_only,
            also_accepts: also_accepts(schema),
            at: schema.at.clone(),
        }
    }

    /// The type of a schema, and whether the schema it names is itself nullable.
    fn type_of(&mut self, hint: &str, schema: &Schema, direction: Direction) -> (Type, bool) {
        let ty = match &schema.kind {
            SchemaKind::Ref(name) => return self.named(name, &schema.at),
            SchemaKind::AllOf(members) => {
                if let [only] = members.as_slice() {
                    return self.type_of(hint, only, direction);
                }
                self.hoist(hint, schema, direction)
            }
            SchemaKind::String(string) => {
                if !string.enumeration.is_empty()
                    || (direction == Direction::Input && constrained_string(string))
                {
                    self.hoist(hint, schema, direction)
                } else {
                    Type::String(string.clone())
                }
            }
            SchemaKind::Integer(integer) => {
                if direction == Direction::Input && constrained_integer(integer) {
                    self.hoist(hint, schema, direction)
                } else {
                    Type::Integer(integer.clone())
                }
            }
            SchemaKind::Number(number) => {
                if direction == Direction::Input && constrained_number(number) {
                    self.hoist(hint, schema, direction)
                } else {
                    Type::Number(number.clone())
                }
            }
            SchemaKind::Boolean => Type::Boolean,
            SchemaKind::Any => Type::Any,
            SchemaKind::Array(array) => Type::Array {
                items: Box::new(self.slot(&format!("{hint}Item"), &array.items, direction)),
                min_items: array.min_items,
                max_items: array.max_items,
                unique_items: array.unique_items,
            },
            SchemaKind::Object(object) if is_struct(object) => self.hoist(hint, schema, direction),
            SchemaKind::Object(object) => Type::Map {
                values: Box::new(match &object.additional {
                    Additional::Schema(values) => {
                        self.slot(&format!("{hint}Value"), values, direction)
                    }
                    Additional::Any | Additional::Forbidden => anything(&schema.at),
                }),
                min_properties: object.min_properties,
                max_properties: object.max_properties,
            },
            SchemaKind::OneOf(_) | SchemaKind::AnyOf(_) => self.hoist(hint, schema, direction),
        };
        (ty, false)
    }

    fn named(&mut self, name: &str, at: &Pointer) -> (Type, bool) {
        let Some(rust) = self.rust_names.get(name).cloned() else {
            self.unsupported(
                at,
                format!("there is no schema `{name}`"),
                "add it under `components/schemas`, or mend the reference",
            );
            return (Type::Any, false);
        };
        let nullable = self
            .document
            .schemas
            .get(name)
            .is_some_and(|schema| self.resolved(schema).nullable || schema.nullable);
        (
            Type::Named {
                name: rust,
                boxed: false,
            },
            nullable,
        )
    }

    /// Gives an inline schema a name and a type of its own.
    fn hoist(&mut self, hint: &str, schema: &Schema, direction: Direction) -> Type {
        let name = self.type_names.unique(&upper_camel(hint, "Schema"), "");
        self.define(name.clone(), name.clone(), true, schema, direction);
        Type::Named { name, boxed: false }
    }

    fn structure(&mut self, name: &str, object: &ObjectSchema, direction: Direction) -> Struct {
        let mut names = Names::with(RESERVED_FIELDS);
        let fields = object
            .properties
            .iter()
            .map(|(wire, property)| Field {
                name: names.unique(&snake(wire, "field"), "_"),
                required: property.required,
                slot: self.slot(
                    &format!("{name}{}", upper_camel(wire, "Field")),
                    &property.schema,
                    direction,
                ),
                wire: wire.clone(),
            })
            .collect();
        Struct {
            fields,
            additional: match &object.additional {
                Additional::Any => AdditionalFields::Any,
                Additional::Forbidden => AdditionalFields::Forbidden,
                Additional::Schema(values) => AdditionalFields::Typed(Box::new(self.slot(
                    &format!("{name}Value"),
                    values,
                    direction,
                ))),
            },
            min_properties: object.min_properties,
            max_properties: object.max_properties,
        }
    }

    /// The members of an `allOf` as one object.
    fn merged(&mut self, name: &str, schema: &Schema, direction: Direction) -> Struct {
        let mut merged = ObjectSchema {
            properties: IndexMap::new(),
            required_elsewhere: Vec::new(),
            additional: Additional::Any,
            min_properties: None,
            max_properties: None,
        };
        self.merge(schema, &mut merged, 0);
        for name in std::mem::take(&mut merged.required_elsewhere) {
            if let Some(property) = merged.properties.get_mut(&name) {
                property.required = true;
            }
        }
        self.structure(name, &merged, direction)
    }

    fn merge(&mut self, schema: &Schema, into: &mut ObjectSchema, depth: usize) {
        let resolved = self.resolved(schema).clone();
        match &resolved.kind {
            SchemaKind::AllOf(members) if depth <= self.document.schemas.len() => {
                for member in members {
                    self.merge(member, into, depth + 1);
                }
            }
            SchemaKind::Object(object) => {
                into.required_elsewhere
                    .extend(object.required_elsewhere.iter().cloned());
                for (wire, property) in &object.properties {
                    match into.properties.get_mut(wire) {
                        None => {
                            into.properties.insert(wire.clone(), property.clone());
                        }
                        Some(earlier) if same(&earlier.schema, &property.schema) => {
                            earlier.required |= property.required;
                        }
                        Some(_) => self.unsupported(
                            &property.schema.at,
                            format!(
                                "two members of `allOf` describe the property `{wire}` differently"
                            ),
                            "describe the property once, in the member where it belongs",
                        ),
                    }
                }
                match (&into.additional, &object.additional) {
                    (_, Additional::Any) => {}
                    (Additional::Any, Additional::Schema(values)) => {
                        into.additional = Additional::Schema(values.clone());
                    }
                    _ => self.unsupported(
                        &resolved.at,
                        "`additionalProperties` of an `allOf` member would refuse the properties of the others",
                        "leave `additionalProperties` out of the members of `allOf`",
                    ),
                }
                into.min_properties = into.min_properties.max(object.min_properties);
                into.max_properties = match (into.max_properties, object.max_properties) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            _ => self.unsupported(
                &schema.at,
                "a member of `allOf` is not an object",
                "combine objects only; for one schema with another description use a single member",
            ),
        }
    }

    fn union(
        &mut self,
        name: &str,
        union: &UnionSchema,
        any_of: bool,
        direction: Direction,
    ) -> Union {
        let mut names = Names::with(RESERVED_VARIANTS);
        let variants = union
            .variants
            .iter()
            .enumerate()
            .map(|(index, variant)| {
                let (label, tags) = match &variant.kind {
                    SchemaKind::Ref(target) => {
                        let tags = union
                            .discriminator
                            .iter()
                            .flat_map(|discriminator| &discriminator.mapping)
                            .filter(|(_, schema)| *schema == target)
                            .map(|(tag, _)| tag.clone())
                            .collect();
                        (target.clone(), tags)
                    }
                    other => (format!("{}{}", kind_name(other), index + 1), Vec::new()),
                };
                let variant_name = names.unique(&upper_camel(&label, "Variant"), "");
                let slot = self.slot(&format!("{name}{variant_name}"), variant, direction);
                UnionVariant {
                    name: variant_name,
                    tags,
                    slot,
                }
            })
            .collect();
        Union {
            variants,
            discriminator: union
                .discriminator
                .as_ref()
                .map(|discriminator| discriminator.property.clone()),
            any_of,
        }
    }
}

/// Whether an object becomes a struct; without properties of its own it is a map, unless it
/// forbids them all.
fn is_struct(object: &ObjectSchema) -> bool {
    !object.properties.is_empty() || matches!(object.additional, Additional::Forbidden)
}

fn anything(at: &Pointer) -> Slot {
    Slot {
        ty: Type::Any,
        nullable: false,
        docs: String::new(),
        default: None,
        example: None,
        deprecated: false,
        read_only: false,
        write_only: false,
        also_accepts: Vec::new(),
        at: at.clone(),
    }
}

fn enumeration(string: &StringSchema) -> Enum {
    let mut names = Names::with(RESERVED_VARIANTS);
    Enum {
        variants: string
            .enumeration
            .iter()
            .map(|wire| EnumVariant {
                name: names.unique(
                    &upper_camel(wire, if wire.is_empty() { "Empty" } else { "Value" }),
                    "",
                ),
                wire: wire.clone(),
            })
            .collect(),
    }
}

/// Title and description of a schema, as its documentation.
fn docs(schema: &Schema) -> Option<String> {
    match (&schema.title, &schema.description) {
        (_, Some(description)) => Some(description.trim_end().to_owned()),
        (Some(title), None) => Some(title.clone()),
        (None, None) => None,
    }
}

/// `x-also-accepts`, which the lint has checked to be a list of names of JSON types.
fn also_accepts(schema: &Schema) -> Vec<String> {
    schema
        .extensions
        .get("x-also-accepts")
        .and_then(|value| value.as_array())
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

fn kind_name(kind: &SchemaKind) -> &'static str {
    match kind {
        SchemaKind::String(_) => "String",
        SchemaKind::Integer(_) => "Integer",
        SchemaKind::Number(_) => "Number",
        SchemaKind::Boolean => "Boolean",
        SchemaKind::Array(_) => "Array",
        SchemaKind::Object(_) => "Object",
        SchemaKind::Ref(_)
        | SchemaKind::AllOf(_)
        | SchemaKind::OneOf(_)
        | SchemaKind::AnyOf(_)
        | SchemaKind::Any => "Variant",
    }
}

fn constrained_string(string: &StringSchema) -> bool {
    string.pattern.is_some() || string.min_length.is_some() || string.max_length.is_some()
}

fn constrained_integer(integer: &IntegerSchema) -> bool {
    integer.minimum.is_some()
        || integer.maximum.is_some()
        || integer.multiple_of.is_some()
        || !integer.enumeration.is_empty()
}

fn constrained_number(number: &NumberSchema) -> bool {
    number.minimum.is_some() || number.maximum.is_some() || number.multiple_of.is_some()
}

/// Whether two schemas say the same, wherever they stand.
fn same(left: &Schema, right: &Schema) -> bool {
    fn without_places(schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        schema.at = Pointer::root();
        match &mut schema.kind {
            SchemaKind::Array(array) => *array.items = without_places(&array.items),
            SchemaKind::Object(object) => {
                for property in object.properties.values_mut() {
                    property.schema = without_places(&property.schema);
                }
                if let Additional::Schema(values) = &mut object.additional {
                    **values = without_places(values);
                }
            }
            SchemaKind::AllOf(members) => {
                for member in members {
                    *member = without_places(member);
                }
            }
            SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => {
                for variant in &mut union.variants {
                    *variant = without_places(variant);
                }
            }
            SchemaKind::Ref(_)
            | SchemaKind::String(_)
            | SchemaKind::Integer(_)
            | SchemaKind::Number(_)
            | SchemaKind::Boolean
            | SchemaKind::Any => {}
        }
        schema
    }
    without_places(left) == without_places(right)
}
