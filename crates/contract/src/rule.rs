//! The rules that a document is held to.

use std::fmt;

macro_rules! rules {
    ($( $(#[doc = $doc:literal])+ $name:ident = $id:literal, )+) => {
        /// A rule that a document can break. Every finding names one; its id is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Rule {
            /// All rules, those of reading first.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )+ ];

            /// The stable id, in kebab case: `duplicate-operation-id`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $( Self::$name => $id, )+ }
            }

            /// What the rule asks for and why, in CommonMark.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc),+).trim_ascii(), )+ }
            }

            /// The rule with this id.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                match id { $( $id => Some(Self::$name), )+ _ => None }
            }
        }
    };
}

rules! {
    // ---- The file and its syntax ----
    /// The document, or a file that it names, can be read.
    Unreadable = "unreadable",
    /// A file is UTF-8 and holds no control characters, which a YAML parser could take for its end.
    Encoding = "encoding",
    /// No merge conflict is left in the text.
    MergeConflict = "merge-conflict",
    /// The text is YAML 1.2 or JSON, one document in a file.
    Syntax = "syntax",
    /// The document stays within the bounds of this crate's module `limits`.
    TooLarge = "too-large",
    /// A key stands once in a mapping: readers disagree which of two wins.
    DuplicateKey = "duplicate-key",
    /// What JSON cannot say (tags, merge keys, infinite numbers, keys that are not scalars) is not
    /// used.
    NotJson = "not-json",

    // ---- The shape of an OpenAPI document ----
    /// The document says `openapi: 3.0.x`; 2.0 and 3.1 mean other things by the same words.
    OpenapiVersion = "openapi-version",
    /// What OpenAPI requires is there.
    MissingField = "missing-field",
    /// A value has the type that OpenAPI gives it.
    WrongType = "wrong-type",
    /// A key is one that OpenAPI knows in that place, or begins with `x-`: a misspelt key would
    /// silently say nothing.
    UnknownKey = "unknown-key",
    /// A value is one of those that OpenAPI allows there.
    InvalidValue = "invalid-value",
    /// The names of components consist of letters, digits, `.`, `-` and `_`.
    ComponentName = "component-name",
    /// A `$ref` names something that exists.
    DanglingRef = "dangling-ref",
    /// A `$ref` stays within the document.
    ExternalRef = "external-ref",
    /// A `$ref` names a component of the kind that its place needs.
    UnsupportedRef = "unsupported-ref",
    /// A `$ref` stands alone: OpenAPI 3.0 ignores what stands beside it.
    RefSiblings = "ref-siblings",
    /// Following `$ref`s and `allOf`, `oneOf` and `anyOf` comes to an end. A schema may contain
    /// itself through a property, an item or `additionalProperties`, not be itself.
    RefCycle = "ref-cycle",
    /// `externalValue` names a JSON file in the document's folder.
    ExternalValue = "external-value",

    // ---- Schemas ----
    /// A schema that constrains values says which type they have.
    MissingType = "missing-type",
    /// A constraint stands beside a type that it means something for.
    MisplacedKeyword = "misplaced-keyword",
    /// A constraint is a number that it can be: counts are not negative, and bounds of integers fit
    /// into 64 bits.
    ConstraintRange = "constraint-range",
    /// The values of an enumeration are of its type, and each stands once.
    EnumValues = "enum-values",
    /// Enumerations are of strings or integers.
    EnumType = "enum-type",
    /// `nullable: true` and `null` among the values of `enum` go together: either has no effect
    /// without the other.
    EnumNull = "enum-null",
    /// Constraints leave room for a value, and each of them has an effect.
    ContradictoryConstraints = "contradictory-constraints",
    /// A name in `required` is a property.
    RequiredProperty = "required-property",
    /// A pattern is one that ECMA-262, the `regex` crate and Python read alike, which rules out
    /// look-around, references back, `.`, and classes such as `\d`.
    UnsupportedPattern = "unsupported-pattern",
    /// An integer has the format `int32` or `int64`; a number's format, if any, is `float` or
    /// `double`. Integers without a format cannot be compared with what the code says.
    NumericFormat = "numeric-format",
    /// A schema is put together by one of `allOf`, `oneOf` and `anyOf` at a time, and without `not`.
    UnsupportedSchema = "unsupported-schema",
    /// A discriminator stands beside `oneOf` or `anyOf` and maps to their alternatives.
    Discriminator = "discriminator",
    /// The members of an `allOf` are objects whose properties do not contradict one another.
    AllOf = "all-of",
    /// A default is a value that its schema allows.
    InvalidDefault = "invalid-default",
    /// An example is a value that its schema allows.
    InvalidExample = "invalid-example",
    /// `x-also-accepts` is `[integer]`, and stands on a string.
    AlsoAccepts = "also-accepts",
    /// Extensions that steer other generators are not used: progenitor and typify obey them.
    GeneratorExtension = "generator-extension",

    // ---- Servers, tags and names ----
    /// The variables of a server's URL are described, each with a default that its enumeration
    /// has.
    ServerVariable = "server-variable",
    /// A tag is listed once.
    DuplicateTag = "duplicate-tag",
    /// Where the document lists tags, operations use those.
    UndeclaredTag = "undeclared-tag",
    /// Names of schemas, tags and security schemes have a letter or a digit, and differ in more
    /// than case and punctuation.
    NameClash = "name-clash",

    // ---- Paths and operations ----
    /// A path begins with a slash, and its variables are whole segments.
    PathTemplate = "path-template",
    /// Two paths differ in more than the names of their variables.
    DuplicatePath = "duplicate-path",
    /// An operation has an `operationId`.
    MissingOperationId = "missing-operation-id",
    /// An `operationId` can be made into the name of a method.
    OperationId = "operation-id",
    /// An `operationId` is used once, case and punctuation aside.
    DuplicateOperationId = "duplicate-operation-id",
    /// Operations are of a method that client and server have.
    UnsupportedMethod = "unsupported-method",
    /// An operation that takes input documents what it answers to wrong input.
    MissingBadRequest = "missing-bad-request",
    /// An operation that needs credentials documents what it answers to wrong ones.
    MissingUnauthorized = "missing-unauthorized",
    // ---- Parts of operations ----
    /// Parts of OpenAPI that nothing is generated for are not used.
    UnsupportedFeature = "unsupported-feature",
    /// A path item stands under its path.
    PathItemRef = "path-item-ref",
    /// A parameter of one name and place is listed once.
    DuplicateParameter = "duplicate-parameter",
    /// Parameters are written in the styles that client and server agree on.
    ParameterStyle = "parameter-style",
    /// The value of a parameter or header is described by `schema`.
    ParameterContent = "parameter-content",
    /// A parameter travels in the path, the query or a header.
    CookieParameter = "cookie-parameter",
    /// A parameter is a scalar, or in a query a list of scalars.
    ParameterSchema = "parameter-schema",
    /// The parameters of an operation have names of their own in code, wherever they travel.
    ParameterNameClash = "parameter-name-clash",
    /// A path parameter is a variable of the path.
    PathParameterNotInPath = "path-parameter-not-in-path",
    /// A variable of the path has a parameter.
    PathVariableWithoutParameter = "path-variable-without-parameter",
    /// A path parameter is required.
    PathParameterRequired = "path-parameter-required",
    /// The name of a header is one that HTTP allows.
    HeaderName = "header-name",
    /// Headers that OpenAPI ignores, because it says the same elsewhere, are not described.
    IgnoredHeader = "ignored-header",

    // ---- Bodies and responses ----
    /// Bodies are `application/json`.
    MediaType = "media-type",
    /// A body has one media type.
    SeveralMediaTypes = "several-media-types",
    /// A body is described by a schema.
    MissingSchema = "missing-schema",
    /// A request of a method without a body has none.
    UnexpectedBody = "unexpected-body",
    /// A response whose status leaves no room for a body has none.
    BodyWithoutRoom = "body-without-room",
    /// A status is a registered success or error, a class of errors, or `default`.
    UnsupportedStatus = "unsupported-status",
    /// An operation documents a success.
    MissingSuccess = "missing-success",
    /// The successes of an operation have the same body, or none has one.
    SuccessBodies = "success-bodies",
    /// The errors of an operation have the same body, or none has one.
    ErrorBodies = "error-bodies",
    /// `default`, which also stands for successes, has the body of the success.
    DefaultResponse = "default-response",
    /// A response header is a scalar.
    HeaderSchema = "header-schema",
    /// A response header is not marked as required, which the served document could not say.
    RequiredResponseHeader = "required-response-header",

    // ---- Security ----
    /// A security requirement names a scheme that exists.
    UnknownSecurityScheme = "unknown-security-scheme",
    /// Only requirements of OAuth 2 and OpenID Connect have scopes.
    SecurityScopes = "security-scopes",
    /// Credentials travel in a header or a query parameter.
    UnsupportedSecurityScheme = "unsupported-security-scheme",
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}
