//! What keeps a document that reads well from being a good contract: contradictions in it, and
//! what neither the generator nor progenitor can take.
//!
//! Progenitor, which writes the client, stops with a panic at what it does not support. Each of
//! its hard stops has a rule here, so that an author gets a place and a reason instead.

mod bodies;
mod bounds;
mod combinations;
mod names;
mod operations;
mod parameters;
mod paths;
mod responses;
mod schemas;
mod security;
mod servers;
mod shapes;
mod tags;
mod values;

use crate::diagnostic::Diagnostic;
use crate::instance::Validator;
use crate::rule::Rule;
use crate::{Document, Pointer, Report};

/// Holds a document to all rules. An empty report means that the document can be generated from.
#[must_use]
pub fn lint(document: &Document) -> Report {
    let mut lint = Lint {
        document,
        validator: Validator::new(document),
        found: Vec::new(),
    };
    lint.servers();
    lint.tags();
    lint.names();
    lint.paths();
    lint.operations();
    lint.security();
    lint.parameters();
    lint.bodies();
    lint.responses();
    lint.schemas();
    lint.values();
    Report::new(lint.found)
}

/// A run of all rules.
struct Lint<'d> {
    document: &'d Document,
    validator: Validator<'d>,
    found: Vec<Diagnostic>,
}

impl Lint<'_> {
    /// Notes a finding about a value.
    fn report(
        &mut self,
        rule: Rule,
        at: &Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let diagnostic = self.document.diagnostic(rule, at, reason, remedy);
        self.found.push(diagnostic);
    }

    /// Notes a finding about a key.
    fn report_key(
        &mut self,
        rule: Rule,
        at: &Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let diagnostic = self.document.key_diagnostic(rule, at, reason, remedy);
        self.found.push(diagnostic);
    }
}
