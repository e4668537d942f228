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

use std::cell::Cell;

use crate::instance::Validator;
use crate::limits::{MAX_DIAGNOSTICS, MAX_STEPS};
use crate::node::Focus;
use crate::parse::Finding;
use crate::rule::Rule;
use crate::{Document, Pointer, Report};

/// Holds a document to all rules. An empty report means that the document can be generated from.
#[must_use]
pub fn lint(document: &Document) -> Report {
    Report::of(findings(document), document.sources())
}

/// What [`lint()`] reports.
pub(crate) fn findings(document: &Document) -> Vec<Finding> {
    let mut lint = Lint {
        document,
        validator: Validator::new(document),
        found: Vec::new(),
        steps: Cell::new(0),
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
    lint.combinations();
    lint.values();
    lint.found
}

/// A run of all rules.
struct Lint<'d> {
    document: &'d Document,
    validator: Validator<'d>,
    found: Vec<Finding>,
    /// Work done on combinations of schemas, by the measure of [`MAX_STEPS`].
    steps: Cell<usize>,
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
        let span = self.document.span_of(at, Focus::Value);
        self.found
            .push(Finding::new(rule, span, at.clone(), reason, remedy));
    }

    /// Notes a finding about a key.
    fn report_key(
        &mut self,
        rule: Rule,
        at: &Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let span = self.document.span_of(at, Focus::Key);
        self.found
            .push(Finding::new(rule, span, at.clone(), reason, remedy));
    }

    /// Whether guesses at what was meant are worth their time: there may be very many findings.
    fn guesses(&self) -> bool {
        self.found.len() < MAX_DIAGNOSTICS
    }

    /// Counts work; false once there was too much of it.
    fn spend(&self, amount: usize) -> bool {
        let steps = self.steps.get().saturating_add(amount);
        self.steps.set(steps);
        steps <= MAX_STEPS
    }
}
