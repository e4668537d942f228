//! The typed view of an OpenAPI 3.0 document that linting and generating work on.
//!
//! A [`Document`](crate::Document) exists only for a document that loaded and resolved without an error: every
//! `$ref` to a parameter, header, response, request body or example has been followed, and every
//! `$ref` to a schema names an entry of [`Document::schemas`](crate::Document::schemas). Each item
//! carries its [`Pointer`], from which [`Document::place`](crate::Document::place) finds the place
//! in the source.

use indexmap::IndexMap;
use serde_json::Value;

use crate::Pointer;

/// `info`: what the API is called and which edition of the contract this is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    /// Title of the API.
    pub title: String,
    /// Version of the contract, not of OpenAPI.
    pub version: String,
    /// Description, CommonMark.
    pub description: Option<String>,
}

/// A server URL template with its variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// URL, with variables in braces.
    pub url: String,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Variables of the URL, in document order.
    pub variables: IndexMap<String, ServerVariable>,
    /// Where it stands.
    pub at: Pointer,
}

/// A variable of a server URL.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerVariable {
    /// The value used when none is given.
    pub default: String,
    /// The values allowed; empty when any is.
    pub enumeration: Vec<String>,
    /// Description, CommonMark.
    pub description: Option<String>,
}

/// A tag, which groups operations: one server trait per tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// The tag's name.
    pub name: String,
    /// Description, CommonMark.
    pub description: Option<String>,
}

/// One alternative of `security`: scheme name to scopes. All schemes in it are needed together;
/// an empty requirement means that no credentials are needed.
pub type SecurityRequirement = IndexMap<String, Vec<String>>;

/// A security scheme under `components.securitySchemes`.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityScheme {
    /// What it is.
    pub kind: SecuritySchemeKind,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Where it stands.
    pub at: Pointer,
}

/// The kinds of security scheme of OpenAPI 3.0.
#[derive(Clone, Debug, PartialEq)]
pub enum SecuritySchemeKind {
    /// A key in a header, a query parameter or a cookie.
    ApiKey {
        /// Where the key travels.
        location: ApiKeyLocation,
        /// The header's, query parameter's or cookie's name.
        name: String,
    },
    /// HTTP authentication, `scheme` in lower case (`basic`, `bearer`).
    Http {
        /// The authentication scheme, lower case.
        scheme: String,
    },
    /// OAuth 2; its flows are kept in [`Document::value`](crate::Document::value) only.
    OAuth2,
    /// OpenID Connect.
    OpenIdConnect,
}

/// Where an API key travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyLocation {
    /// A request header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

/// An HTTP method that a path item can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// `GET`
    Get,
    /// `PUT`
    Put,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// `HEAD`
    Head,
    /// `PATCH`
    Patch,
    /// `TRACE`
    Trace,
}

impl Method {
    /// The key of the method in a path item: lower case.
    pub fn key(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::Post => "post",
            Self::Delete => "delete",
            Self::Options => "options",
            Self::Head => "head",
            Self::Patch => "patch",
            Self::Trace => "trace",
        }
    }

    /// All methods, in the order in which OpenAPI lists them.
    pub const ALL: [Self; 8] = [
        Self::Get,
        Self::Put,
        Self::Post,
        Self::Delete,
        Self::Options,
        Self::Head,
        Self::Patch,
        Self::Trace,
    ];
}

/// An operation: a method on a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// Path template, as in the document.
    pub path: String,
    /// HTTP method.
    pub method: Method,
    /// Tags, in document order; the first one decides the server trait.
    pub tags: Vec<String>,
    /// One line.
    pub summary: Option<String>,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Parameters of the path item and of the operation, the latter replacing the former.
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub request_body: Option<RequestBody>,
    /// Responses, in document order.
    pub responses: Vec<Response>,
    /// Alternatives of credentials: the operation's own, or the document's. Empty when none is
    /// needed.
    pub security: Vec<SecurityRequirement>,
    /// Whether callers should stop using it.
    pub deprecated: bool,
    /// Where it stands.
    pub at: Pointer,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterLocation {
    /// In the path; always required.
    Path,
    /// In the query string.
    Query,
    /// In a request header.
    Header,
    /// In a cookie.
    Cookie,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name on the wire.
    pub name: String,
    /// Where it travels.
    pub location: ParameterLocation,
    /// Whether callers must send it.
    pub required: bool,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Schema of the value.
    pub schema: Schema,
    /// `style`, where given.
    pub style: Option<String>,
    /// `explode`, where given.
    pub explode: Option<bool>,
    /// Examples, in document order. A single `example` is named `default`.
    pub examples: IndexMap<String, Example>,
    /// Whether callers should stop using it.
    pub deprecated: bool,
    /// Name under `components.parameters`, where it is one.
    pub component: Option<String>,
    /// Where it stands (the component, where it is one).
    pub at: Pointer,
}

/// A request body.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestBody {
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Whether callers must send one.
    pub required: bool,
    /// Media type to content, in document order.
    pub content: IndexMap<String, MediaType>,
    /// Where it stands.
    pub at: Pointer,
}

/// What a body of one media type holds.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaType {
    /// Schema of the body.
    pub schema: Option<Schema>,
    /// Examples, in document order. A single `example` is named `default`.
    pub examples: IndexMap<String, Example>,
    /// Where it stands.
    pub at: Pointer,
}

/// An example value.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// One line.
    pub summary: Option<String>,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// The value; read from the file named by `externalValue` where the document does so.
    pub value: Value,
    /// Where it stands.
    pub at: Pointer,
}

/// The key of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatusKey {
    /// One status code, 100 to 599.
    Code(u16),
    /// A class of codes, 1 to 5: `4XX` is `Range(4)`.
    Range(u8),
    /// Every status that is not listed.
    Default,
}

/// A response of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Which statuses it stands for.
    pub status: StatusKey,
    /// Description, CommonMark.
    pub description: String,
    /// Headers, in document order.
    pub headers: IndexMap<String, Header>,
    /// Media type to content, in document order; empty when there is no body.
    pub content: IndexMap<String, MediaType>,
    /// Where it stands (the component, where it is one).
    pub at: Pointer,
}

/// A response header.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Whether every such response carries it.
    pub required: bool,
    /// Schema of the value.
    pub schema: Schema,
    /// Where it stands.
    pub at: Pointer,
}

/// A schema: what it says about itself, and its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// What values it describes.
    pub kind: SchemaKind,
    /// One line.
    pub title: Option<String>,
    /// Description, CommonMark.
    pub description: Option<String>,
    /// Whether `null` is a value too.
    pub nullable: bool,
    /// The value a reader assumes where none is given.
    pub default: Option<Value>,
    /// An example value.
    pub example: Option<Value>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Only in responses.
    pub read_only: bool,
    /// Only in requests.
    pub write_only: bool,
    /// Specification extensions, `x-…`.
    pub extensions: IndexMap<String, Value>,
    /// Where it stands.
    pub at: Pointer,
}

/// The shapes of schema that are supported.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaKind {
    /// `$ref` to the entry of `components.schemas` with this name.
    Ref(String),
    /// `type: string`.
    String(StringSchema),
    /// `type: integer`.
    Integer(IntegerSchema),
    /// `type: number`.
    Number(NumberSchema),
    /// `type: boolean`.
    Boolean,
    /// `type: array`.
    Array(ArraySchema),
    /// `type: object`.
    Object(ObjectSchema),
    /// `allOf`, with the properties that stand beside it as a last member.
    AllOf(Vec<Schema>),
    /// `oneOf`.
    OneOf(UnionSchema),
    /// `anyOf`.
    AnyOf(UnionSchema),
    /// A schema without a type: any JSON value.
    Any,
}

/// Constraints of a string.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StringSchema {
    /// `format`.
    pub format: Option<String>,
    /// `pattern`: a search, not anchored unless it says so.
    pub pattern: Option<String>,
    /// Least number of characters (Unicode scalar values).
    pub min_length: Option<u64>,
    /// Greatest number of characters (Unicode scalar values).
    pub max_length: Option<u64>,
    /// `enum`, empty when any string is allowed; `null` is left out and shows as `nullable`.
    pub enumeration: Vec<String>,
}

/// Constraints of an integer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntegerSchema {
    /// `format`: `int32`, `int64`.
    pub format: Option<String>,
    /// Least value.
    pub minimum: Option<i64>,
    /// Greatest value.
    pub maximum: Option<i64>,
    /// Whether `minimum` itself is left out.
    pub exclusive_minimum: bool,
    /// Whether `maximum` itself is left out.
    pub exclusive_maximum: bool,
    /// `multipleOf`.
    pub multiple_of: Option<i64>,
    /// `enum`, empty when any is allowed.
    pub enumeration: Vec<i64>,
}

/// Constraints of a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberSchema {
    /// `format`: `float`, `double`.
    pub format: Option<String>,
    /// Least value.
    pub minimum: Option<f64>,
    /// Greatest value.
    pub maximum: Option<f64>,
    /// Whether `minimum` itself is left out.
    pub exclusive_minimum: bool,
    /// Whether `maximum` itself is left out.
    pub exclusive_maximum: bool,
    /// `multipleOf`.
    pub multiple_of: Option<f64>,
}

/// Constraints of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct ArraySchema {
    /// Schema of the items.
    pub items: Box<Schema>,
    /// Least number of items.
    pub min_items: Option<u64>,
    /// Greatest number of items.
    pub max_items: Option<u64>,
    /// Whether no two items may be equal.
    pub unique_items: bool,
}

/// Constraints of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectSchema {
    /// Properties, in document order.
    pub properties: IndexMap<String, Property>,
    /// Names in `required` that are no property of this object: a member of an `allOf` may name
    /// the properties of another member. Empty anywhere else in a document that lints clean.
    pub required_elsewhere: Vec<String>,
    /// What is allowed beside the properties.
    pub additional: Additional,
    /// Least number of properties.
    pub min_properties: Option<u64>,
    /// Greatest number of properties.
    pub max_properties: Option<u64>,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Schema of the value.
    pub schema: Schema,
    /// Whether it stands in `required`.
    pub required: bool,
}

/// `additionalProperties`.
#[derive(Clone, Debug, PartialEq)]
pub enum Additional {
    /// Anything (absent, `true` or `{}`).
    Any,
    /// Nothing (`false`).
    Forbidden,
    /// Values of a schema.
    Schema(Box<Schema>),
}

/// The alternatives of `oneOf` or `anyOf`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnionSchema {
    /// The alternatives, in document order.
    pub variants: Vec<Schema>,
    /// What tells them apart.
    pub discriminator: Option<Discriminator>,
}

/// The property that tells alternatives apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Discriminator {
    /// The property's name.
    pub property: String,
    /// Value of the property to name of the schema, completed: an alternative that the document
    /// does not map stands here under its own schema name.
    pub mapping: IndexMap<String, String>,
}
