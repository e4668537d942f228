//! What the emitters read: the document with every name chosen and every inline schema hoisted.
//!
//! Lowering (`crate::lower`) is the only maker of these values. Emitters do no naming and no
//! `$ref` chasing of their own, so that types, client, mock and server agree by construction.

use functiongraph_contract::Pointer;
use functiongraph_contract::model::{
    IntegerSchema, Method, NumberSchema, ParameterLocation, SecurityRequirement,
    SecuritySchemeKind, StatusKey, StringSchema,
};
use indexmap::IndexMap;
use serde_json::Value;

/// The whole API.
#[derive(Clone, Debug)]
pub struct Api {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// `info.description`.
    pub description: Option<String>,
    /// `info` as JSON, for the server's description of itself: licence and contact stand in it.
    pub info: Value,
    /// `tags` as JSON, for the server's description of itself.
    pub declared_tags: Vec<Value>,
    /// `servers` as JSON, for the server's description of itself.
    pub servers: Vec<Value>,
    /// Types: components in document order, each followed by what was hoisted out of it; then
    /// what was hoisted out of operations.
    pub types: Vec<TypeDef>,
    /// Tags in the order of their first operation, with the operations of each.
    pub tags: Vec<Tag>,
    /// Security schemes by their name in the document.
    pub security_schemes: IndexMap<String, SecurityScheme>,
    /// The document's own `security`, empty when it has none.
    pub security: Vec<SecurityRequirement>,
}

impl Api {
    /// The operations of all tags, in order.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.tags.iter().flat_map(|tag| &tag.operations)
    }

    /// The type with this Rust name.
    pub fn type_named(&self, name: &str) -> Option<&TypeDef> {
        self.types.iter().find(|def| def.name == name)
    }
}

/// A security scheme.
#[derive(Clone, Debug)]
pub struct SecurityScheme {
    /// Rust name in upper camel case, `XAuthToken`.
    pub rust_name: String,
    /// Rust name in snake case, `x_auth_token`.
    pub rust_field: String,
    /// What it is.
    pub kind: SecuritySchemeKind,
    /// Description, CommonMark.
    pub description: Option<String>,
}

/// The operations that share their first tag: one server trait.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The tag in the document; `default` where an operation has none.
    pub name: String,
    /// Name of the trait, upper camel case: `Versions`.
    pub trait_name: String,
    /// Name of the module, snake case: `versions`.
    pub module: String,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// In document order.
    pub operations: Vec<Operation>,
}

/// Which way values of a type travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Only in requests: constraints are enforced when a value is built or decoded.
    Input,
    /// In responses only, or not reached by any operation: decoding never rejects a value for a
    /// constraint, and unknown fields are kept.
    Output,
    /// In requests and responses: decodes like [`Direction::Output`]; servers validate requests
    /// before decoding all the same.
    Both,
}

/// A named Rust type.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Rust name, upper camel case, unique.
    pub name: String,
    /// Snake case of the name, unique: the module that holds it (a raw identifier is never needed).
    pub module: String,
    /// Name under `components.schemas`, or for a hoisted type the name it has been given there.
    pub schema: String,
    /// Whether the document itself gives it no name.
    pub hoisted: bool,
    /// Description, CommonMark; never empty (made from the name where the document has none).
    pub docs: String,
    /// Which way it travels.
    pub direction: Direction,
    /// What it is.
    pub shape: Shape,
    /// Whether `null` is one of its values (a component with `nullable: true`). A slot that names
    /// such a type is itself nullable.
    pub nullable: bool,
    /// `default` of the schema.
    pub default: Option<Value>,
    /// `example` of the schema.
    pub example: Option<Value>,
    /// `title` of the schema.
    pub title: Option<String>,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Whether the Rust type can implement `Default`: every field that a value must have is
    /// itself `Default`.
    pub has_default: bool,
    /// Where the schema stands.
    pub at: Pointer,
}

/// What a named type is.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a document has some dozens of types, and a `Box` would be in the way of every match"
)]
pub enum Shape {
    /// An object with known properties: a struct.
    Struct(Struct),
    /// A string out of a list: an open enumeration, which keeps values that it does not know.
    Enum(Enum),
    /// A scalar with a name of its own: a newtype. Never an array, an object or another name.
    Newtype(Type),
    /// An array, a map, any value, or another name: a type alias.
    Alias(Slot),
    /// `oneOf` or `anyOf`.
    Union(Union),
}

/// An object.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Fields in document order; those of an `allOf` merged.
    pub fields: Vec<Field>,
    /// What is allowed beside the fields.
    pub additional: AdditionalFields,
    /// Least number of properties on the wire.
    pub min_properties: Option<u64>,
    /// Greatest number of properties on the wire.
    pub max_properties: Option<u64>,
}

/// What an object may hold beside its fields.
#[derive(Clone, Debug)]
pub enum AdditionalFields {
    /// Anything. Kept in `extra` by types that are read from responses, ignored in requests.
    Any,
    /// Nothing: an unknown field is a violation in a request.
    Forbidden,
    /// Values of one schema, kept in `extra`.
    Typed(Box<Slot>),
}

/// A property.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name on the wire.
    pub wire: String,
    /// Rust name, snake case, with a trailing underscore where it would be a keyword (`type_`) or
    /// `extra`; unique in the struct.
    pub name: String,
    /// Whether it stands in `required`.
    pub required: bool,
    /// Its value.
    pub slot: Slot,
}

/// A place that holds a value: a field, an item, a parameter, a body.
#[derive(Clone, Debug)]
pub struct Slot {
    /// What the value is.
    pub ty: Type,
    /// Whether `null` is a value too.
    pub nullable: bool,
    /// Description, CommonMark; may be empty.
    pub docs: String,
    /// What a reader assumes where there is no value.
    pub default: Option<Value>,
    /// An example.
    pub example: Option<Value>,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// `readOnly`.
    pub read_only: bool,
    /// `writeOnly`.
    pub write_only: bool,
    /// JSON types beside its own that a reader takes and converts, from `x-also-accepts`:
    /// at present only `integer` on a string.
    pub also_accepts: Vec<String>,
    /// Where its schema stands.
    pub at: Pointer,
}

/// A type expression.
#[derive(Clone, Debug)]
pub enum Type {
    /// A [`TypeDef`] by its Rust name; `boxed` where the value would contain itself.
    Named {
        /// Rust name.
        name: String,
        /// Whether to put it in a `Box`.
        boxed: bool,
    },
    /// `String`. Never an enumeration: those are hoisted.
    String(StringSchema),
    /// `i32` for format int32, else `i64`.
    Integer(IntegerSchema),
    /// `f32` for format float, else `f64`.
    Number(NumberSchema),
    /// `bool`
    Boolean,
    /// `Vec<…>`
    Array {
        /// The items.
        items: Box<Slot>,
        /// Least number of items.
        min_items: Option<u64>,
        /// Greatest number of items.
        max_items: Option<u64>,
        /// Whether no two items may be equal.
        unique_items: bool,
    },
    /// `BTreeMap<String, …>`
    Map {
        /// The values.
        values: Box<Slot>,
        /// Least number of properties.
        min_properties: Option<u64>,
        /// Greatest number of properties.
        max_properties: Option<u64>,
    },
    /// `serde_json::Value`
    Any,
}

/// An open enumeration of strings.
#[derive(Clone, Debug)]
pub struct Enum {
    /// The known values in document order.
    pub variants: Vec<EnumVariant>,
}

/// A known value of an enumeration.
#[derive(Clone, Debug)]
pub struct EnumVariant {
    /// Value on the wire.
    pub wire: String,
    /// Rust name, upper camel case, unique in the enumeration and never `Unknown`.
    pub name: String,
}

/// Alternatives.
#[derive(Clone, Debug)]
pub struct Union {
    /// In document order.
    pub variants: Vec<UnionVariant>,
    /// The property that tells them apart, if the document names one.
    pub discriminator: Option<String>,
    /// Whether more than one may match (`anyOf`).
    pub any_of: bool,
}

/// One alternative. Beside these, a union that is read from responses has an `Unknown` variant,
/// which keeps the JSON value.
#[derive(Clone, Debug)]
pub struct UnionVariant {
    /// Rust name, upper camel case, unique in the union and never `Unknown`.
    pub name: String,
    /// The values of the discriminator that select it; empty without one.
    pub tags: Vec<String>,
    /// What it holds; with a discriminator always a [`Type::Named`] of a struct.
    pub slot: Slot,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// All its tags; the first one decides the trait.
    pub tags: Vec<String>,
    /// Rust method name, snake case.
    pub method_name: String,
    /// Prefix of the types made for it, upper camel case.
    pub type_prefix: String,
    /// HTTP method.
    pub method: Method,
    /// Path template, as in the document.
    pub path: String,
    /// One line.
    pub summary: Option<String>,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Parameters in document order: of the path, the query and headers.
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub body: Option<Body>,
    /// 2xx responses by status, at least one.
    pub successes: Vec<Success>,
    /// Other responses by status. All have the same body type, or none.
    pub errors: Vec<ErrorResponse>,
    /// The body of every error response; `None` when errors have no body.
    pub error_body: Option<Slot>,
    /// Alternatives of credentials; empty when none is needed.
    pub security: Vec<SecurityRequirement>,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Where it stands.
    pub at: Pointer,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name on the wire; header names in the document's case.
    pub wire: String,
    /// Rust name, unique in the operation, never `body`.
    pub name: String,
    /// Where it travels; never a cookie.
    pub location: ParameterLocation,
    /// Whether callers must send it.
    pub required: bool,
    /// The parameter's own description, CommonMark, as the document has it; `slot.docs` falls back
    /// on the schema's.
    pub description: Option<String>,
    /// Its value: a scalar, a named scalar or enumeration, or in queries and headers an array of
    /// those. `default` is the parameter schema's own, found through its name too.
    pub slot: Slot,
    /// Whether an array repeats the name (`true`, the default of queries) or is joined by commas.
    pub explode: bool,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Examples by name, in document order.
    pub examples: IndexMap<String, Value>,
}

/// A request body: always `application/json`.
#[derive(Clone, Debug)]
pub struct Body {
    /// Whether callers must send one.
    pub required: bool,
    /// The media type.
    pub media_type: String,
    /// Its value.
    pub slot: Slot,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Examples in document order.
    pub examples: IndexMap<String, Example>,
}

/// An example of a body.
#[derive(Clone, Debug)]
pub struct Example {
    /// One line.
    pub summary: Option<String>,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// The value.
    pub value: Value,
}

/// A 2xx response.
#[derive(Clone, Debug)]
pub struct Success {
    /// Status code, 200 to 299.
    pub status: u16,
    /// Rust name of the variant: `Ok`, `Created`, `NoContent`, `Status299`.
    pub variant: String,
    /// Description, CommonMark.
    pub description: String,
    /// The body and its media type; `None` when there is none.
    pub body: Option<Slot>,
    /// Headers in document order.
    pub headers: Vec<Header>,
    /// Examples in document order.
    pub examples: IndexMap<String, Example>,
}

/// A response that is not 2xx.
#[derive(Clone, Debug)]
pub struct ErrorResponse {
    /// Which statuses it stands for.
    pub status: StatusKey,
    /// Rust name of the variant: `BadRequest`, `NotFound`, `Range4xx`, `Default`.
    pub variant: String,
    /// Description, CommonMark.
    pub description: String,
    /// Headers in document order.
    pub headers: Vec<Header>,
    /// Examples in document order.
    pub examples: IndexMap<String, Example>,
}

/// A response header.
#[derive(Clone, Debug)]
pub struct Header {
    /// Name on the wire, in the document's case.
    pub wire: String,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Its value: a scalar.
    pub slot: Slot,
}
