//! Nodes to the typed view: every wrong type, unknown key and dangling reference is noted, and
//! reading goes on with what is left.

mod cycles;
mod document;
mod examples;
mod fields;
pub(crate) mod operation;
mod references;
mod schema;
mod security;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::Pointer;
use crate::files::Files;
use crate::model::{
    Header, Info, Operation, Parameter, RequestBody, Response, Schema, SecurityRequirement,
    SecurityScheme, Server, Tag,
};
use crate::node::Node;
use crate::parse::Finding;
use crate::source::Source;

/// What was read, as far as it could be.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) openapi: String,
    pub(crate) info: Info,
    pub(crate) servers: Vec<Server>,
    pub(crate) security: Vec<SecurityRequirement>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) schemas: IndexMap<String, Schema>,
    pub(crate) security_schemes: IndexMap<String, SecurityScheme>,
    pub(crate) components: Components,
}

/// Components beside schemas and security schemes, for the sake of those that are used nowhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Components {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) request_bodies: Vec<RequestBody>,
    pub(crate) responses: Vec<Response>,
    pub(crate) headers: IndexMap<String, Header>,
}

/// The result of reading a document.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) parts: Parts,
    /// The document's file and those of its examples.
    pub(crate) sources: Vec<Arc<Source>>,
    /// Examples whose value came from a file, by their place.
    pub(crate) examples: IndexMap<Pointer, Node>,
    pub(crate) findings: Vec<Finding>,
    /// Places of which something could not be read: what seems to be missing there may be what
    /// could not be read.
    pub(crate) incomplete: Vec<Pointer>,
    /// Whether this is an OpenAPI 3.0 document at all.
    pub(crate) recognised: bool,
}

/// Reads the document.
pub(crate) fn read(root: &Node, source: Arc<Source>, files: &dyn Files) -> Reading {
    let mut reader = Reader {
        root,
        sources: vec![source],
        files,
        findings: Vec::new(),
        incomplete: Vec::new(),
        resolved: 0,
        examples: IndexMap::new(),
        loaded: HashMap::new(),
        loaded_nodes: 0,
    };
    let parts = reader.document();
    Reading {
        recognised: parts.is_some(),
        parts: parts.unwrap_or_default(),
        sources: reader.sources,
        examples: reader.examples,
        findings: reader.findings,
        incomplete: reader.incomplete,
    }
}

/// What reading keeps in mind.
struct Reader<'a> {
    root: &'a Node,
    sources: Vec<Arc<Source>>,
    files: &'a dyn Files,
    findings: Vec<Finding>,
    incomplete: Vec<Pointer>,
    /// What has been read so far, that of components at each use, by the measure of
    /// [`MAX_RESOLVED`](crate::limits::MAX_RESOLVED).
    resolved: usize,
    examples: IndexMap<Pointer, Node>,
    /// Example files by path; `None` for those that could not be read.
    loaded: HashMap<String, Option<Node>>,
    /// How many values the example files have together, each counted at every use.
    loaded_nodes: usize,
}
