//! What the loop cannot close, in one reviewed list with a reason for each entry. It may only
//! shrink: tests fail when an entry is no longer needed, and when there are more than
//! [`MOST_DIFFERENCES`] and [`MOST_COERCIONS`].

use functiongraph_conformance::schema::Coercion;

/// One of the two descriptions that are derived from the Rust side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the server says of itself, by utoipa.
    Served,
    /// What the types say of themselves, by schemars.
    Schemas,
}

/// Something that the document says and a derived description cannot.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Where it is missing.
    pub side: Side,
    /// A JSON pointer into the canonical document.
    pub pointer: &'static str,
    /// Why it cannot be said there.
    pub reason: &'static str,
}

/// Everything that a derived description leaves out or says differently.
pub const DIFFERENCES: &[Difference] = &[];

/// How many entries [`DIFFERENCES`] may have. Lower it when one goes; never raise it.
pub const MOST_DIFFERENCES: usize = 0;

/// A way in which the code knowingly reads or writes another thing than JSON Schema says.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// Which.
    pub coercion: Coercion,
    /// What happens.
    pub what: &'static str,
    /// Why it has to.
    pub reason: &'static str,
}

/// Every way in which the code's behaviour departs from JSON Schema.
pub const COERCIONS: &[Exception] = &[
    Exception {
        coercion: Coercion::NullIsAbsent,
        what: "null for a property that is not required, or for a body that may be left out, counts as its \
               absence, and is not written again",
        reason: "live services send null for what they have not, and the vendor's SDKs do in requests; the \
                 document says so of requests and responses in its description",
    },
    Exception {
        coercion: Coercion::IntegerForText,
        what: "where the document says `x-also-accepts: [integer]`, an integer is read as its digits and written \
               as a string",
        reason: "the sources disagree: a string in the reference page, an integer in the SDKs",
    },
    Exception {
        coercion: Coercion::WholeNumber,
        what: "a number with a zero fraction, `1.0`, is written again as an integer, `1`",
        reason: "JSON Schema calls both the same integer; an `i64` cannot remember how it was written",
    },
    Exception {
        coercion: Coercion::Range,
        what: "an integer beyond the range of its `format` is refused",
        reason: "JSON Schema takes `format` for an annotation; in OpenAPI it is the type that holds the number",
    },
    Exception {
        coercion: Coercion::RequestForgets,
        what: "a request body's properties that the document does not name are ignored, and not written again",
        reason: "the document says so of requests; only what is read of a response has to survive",
    },
    Exception {
        coercion: Coercion::EmptySegment,
        what: "an empty path parameter is answered 404, not 400",
        reason: "a path with an empty segment is another path, which no operation has",
    },
];

/// How many entries [`COERCIONS`] may have. Lower it when one goes; never raise it.
pub const MOST_COERCIONS: usize = 6;

/// Why a schema is written out rather than derived from a Rust type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A newtype around a string or number: the rules are the newtype's own, not its inner type's.
    Scalar,
    /// An enumeration that keeps values it does not know: a derive would describe the variant that
    /// holds them.
    OpenEnumeration,
    /// A field of integers of which only some are allowed, which utoipa's derive has no attribute
    /// for.
    IntegerEnumeration,
}

/// The schemas that are literal. All others derive from the fields and their attributes.
pub const LITERALS: &[(&str, Literal)] = &[
    ("CodeDigest", Literal::Scalar),
    ("CodeType", Literal::OpenEnumeration),
    ("DestinationType", Literal::OpenEnumeration),
    ("FunctionType", Literal::OpenEnumeration),
    ("FunctionUrn", Literal::Scalar),
    ("FunctionVersion/memory_size", Literal::IntegerEnumeration),
    ("LastModified", Literal::Scalar),
    ("Marker", Literal::Scalar),
    ("MaxItems", Literal::Scalar),
    ("MountType", Literal::OpenEnumeration),
    ("ProjectId", Literal::Scalar),
    ("Runtime", Literal::OpenEnumeration),
    ("VersionDescription", Literal::Scalar),
    ("VersionName", Literal::Scalar),
];
