//! Proof by mutation: changes to the document and to generated files, each with the guards that
//! have to notice it.
//!
//! The rows are data ([`documents`], [`files`]); [`run`] carries them out in memory and in
//! temporary folders, holds every guard against each, and [`report`] shows what it saw.

pub mod documents;
pub mod files;
pub mod fixture;
pub mod report;
pub mod run;

use std::fmt;

use crate::guards::Guard;

/// A change, and who has to notice it.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name, unique in the table.
    pub id: &'static str,
    /// What it changes.
    pub kind: Kind,
    /// How.
    pub edit: Edit,
    /// The probes that notice it beside [`Probe::Check`], in the order of [`Probe`]: all of them,
    /// so that one which goes blind does not hide behind the others.
    pub seen_by: &'static [Probe],
}

/// What a mutant changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words of the table say it")]
pub enum Kind {
    Field,
    Type,
    Required,
    Enumeration,
    Range,
    Pattern,
    Length,
    Default,
    Nullable,
    Format,
    Parameter,
    Status,
    Header,
    Security,
    Path,
    Method,
    OperationId,
    Example,
    Server,
    Tag,
    Text,
    RequestBody,
    ErrorBody,
    Reference,
    Additional,
    Extension,
    Info,
    Conflict,
    TypesFile,
    ClientFile,
    MockFile,
    ServerFile,
    ServiceFile,
    Manifest,
    FileState,
    SerdeAttribute,
    SchemaAttribute,
    Validator,
    /// Says the same in another form: only `check` may notice it, since the service hands the
    /// document out as it is written.
    Form,
    /// Changes nothing that counts: no guard may notice it.
    Control,
}

impl Kind {
    /// Whether such a row changes what is said: what does not is there to show that guards do not
    /// cry wolf.
    #[must_use]
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Form | Self::Control)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Field => "field",
            Self::Type => "type",
            Self::Required => "required",
            Self::Enumeration => "enumeration",
            Self::Range => "range",
            Self::Pattern => "pattern",
            Self::Length => "length",
            Self::Default => "default",
            Self::Nullable => "nullable",
            Self::Format => "format",
            Self::Parameter => "parameter",
            Self::Status => "status",
            Self::Header => "header",
            Self::Security => "security",
            Self::Path => "path",
            Self::Method => "method",
            Self::OperationId => "operationId",
            Self::Example => "example",
            Self::Server => "server",
            Self::Tag => "tag",
            Self::Text => "description",
            Self::RequestBody => "request body",
            Self::ErrorBody => "error body",
            Self::Reference => "reference",
            Self::Additional => "additional",
            Self::Extension => "extension",
            Self::Info => "info",
            Self::Conflict => "conflict",
            Self::TypesFile => "types file",
            Self::ClientFile => "client file",
            Self::MockFile => "mock file",
            Self::ServerFile => "server file",
            Self::ServiceFile => "service file",
            Self::Manifest => "manifest",
            Self::FileState => "file state",
            Self::SerdeAttribute => "serde",
            Self::SchemaAttribute => "schema",
            Self::Validator => "validator",
            Self::Form => "form",
            Self::Control => "control",
        })
    }
}

/// How a mutant is made.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Steps on the document's JSON, one after the other.
    Document(&'static [Step]),
    /// Replacements in the document's text, in which each first part has to stand exactly once.
    Text(&'static [(&'static str, &'static str)]),
    /// The document's text with the line ends of another system.
    TextLineEnds,
    /// A change of one generated file.
    File(&'static str, Change),
    /// Replacements in the file of a generated type, which is then compiled and used.
    Compiled {
        /// The type, as it is called in Rust and in the document.
        name: &'static str,
        /// The file below `crates/types/src/generated/`, without its ending.
        module: &'static str,
        /// Replacements, of which each first part is replaced where it stands first.
        parts: &'static [(&'static str, &'static str)],
    },
}

/// A step on JSON. Places are JSON pointers, values JSON. A step whose place is not as it expects
/// is an error: the row has to follow the document.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Puts a value in the place of another.
    Set(&'static str, &'static str),
    /// Puts a value where there is none; `-` is the end of an array.
    Add(&'static str, &'static str),
    /// Takes a member or an item away.
    Remove(&'static str),
    /// Takes the item that equals the value out of the array.
    Drop(&'static str, &'static str),
    /// Gives a member another name; it keeps its place.
    Rename(&'static str, &'static str),
    /// Puts what is at one place to another, where there is nothing.
    Move(&'static str, &'static str),
    /// Turns the order of an object's members or of an array's items round.
    Reverse(&'static str),
}

/// A change of a file.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Replaces the first occurrence of each first part.
    Edit(&'static [(&'static str, &'static str)]),
    /// Takes the file away.
    Delete,
    /// Gives it another path.
    Rename(&'static str),
    /// Makes the file, which there is not.
    Create(&'static str),
    /// Empties it.
    Empty,
    /// Ends it in the middle.
    Truncate,
    /// Leaves the two sides of a merge in it.
    Conflict,
    /// Gives it the line ends of another system.
    LineEnds,
    /// Puts a byte order mark before it.
    ByteOrderMark,
}

/// What can notice a mutant: a part of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// Reading and linting the document.
    Lint,
    /// Comparing the generated files.
    Check,
    /// Comparing the document with what the compiled server says of itself.
    Served,
    /// Comparing the document with the schemas of the compiled types.
    Schemas,
    /// The snapshot of the canonical document.
    Canonical,
    /// The snapshots of the public surface of the generated crates.
    Surface,
    /// Recorded exchanges, and reading and writing what they carry.
    Wire,
}

impl Probe {
    /// All of them, in the order in which they come to see a change.
    pub const ALL: &'static [Self] = &[
        Self::Lint,
        Self::Check,
        Self::Served,
        Self::Schemas,
        Self::Canonical,
        Self::Surface,
        Self::Wire,
    ];

    /// The guard that it is part of.
    #[must_use]
    pub const fn guard(self) -> Guard {
        match self {
            Self::Lint => Guard::Lint,
            Self::Check => Guard::Check,
            Self::Served | Self::Schemas => Guard::Loop,
            Self::Canonical | Self::Surface => Guard::Snapshot,
            Self::Wire => Guard::Wire,
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Lint => "lint",
            Self::Check => "check",
            Self::Served => "loop: served",
            Self::Schemas => "loop: types",
            Self::Canonical => "snapshot: document",
            Self::Surface => "snapshot: surface",
            Self::Wire => "wire",
        })
    }
}

/// All rows.
pub fn table() -> impl Iterator<Item = &'static Mutant> {
    documents::ROWS.iter().chain(files::ROWS)
}
