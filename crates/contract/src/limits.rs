//! Bounds on what is read. A document beyond any of them is refused with a diagnostic; none of
//! them is near what a contract that people maintain by hand needs.

/// Greatest size of a document, or of a file that it names, in bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Greatest number of collections within one another.
pub const MAX_DEPTH: usize = 64;

/// Greatest number of values in a document, counted after YAML aliases have been expanded and
/// example files read.
pub const MAX_NODES: usize = 500_000;

/// How much a document may amount to once components stand where they are referenced: an object
/// counts 8 and one for each member, an item of a list 1, and so do 64 bytes of text.
pub const MAX_RESOLVED: usize = 2_000_000;

/// Greatest number of schemas that are one another in a row by `$ref`, `allOf`, `oneOf` and `anyOf`,
/// without a property or an item between.
pub const MAX_CHAIN: usize = 32;

/// Greatest number of schemas that one schema combines, without a property or an item between.
pub const MAX_ALTERNATIVES: usize = 10_000;

/// Greatest number of steps, each a value held against a schema, that go into judging a document's
/// examples and defaults.
pub const MAX_STEPS: usize = 2_000_000;

/// Greatest number of different patterns.
pub const MAX_PATTERNS: usize = 1_000;

/// Greatest number of findings in a report; how many more there were is said at its end.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// Greatest number of characters of the document that a message quotes in one place.
pub(crate) const MAX_QUOTED: usize = 80;
