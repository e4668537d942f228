//! Text to nodes: what YAML and JSON have in common.

use std::sync::Arc;

use crate::Pointer;
use crate::diagnostic::{Diagnostic, quote};
use crate::limits::MAX_BYTES;
use crate::node::Node;
use crate::rule::Rule;
use crate::source::{Source, Span};
use crate::{json, yaml};

/// Something wrong with a text, before it is known which document it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) span: Span,
    pub(crate) pointer: Pointer,
    pub(crate) reason: String,
    pub(crate) remedy: String,
}

impl Finding {
    pub(crate) fn new(
        rule: Rule,
        span: Span,
        pointer: Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            span,
            pointer,
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }

    /// A key that its mapping has already, since line `first`.
    pub(crate) fn duplicate(key: Span, pointer: Pointer, name: &str, first: usize) -> Self {
        Self::new(
            Rule::DuplicateKey,
            key,
            pointer,
            format!(
                "the key {} stands here already, on line {first}",
                quote(name)
            ),
            "remove one of the two, or merge what they hold",
        )
    }

    /// What findings are sorted by, and told apart by.
    pub(crate) fn place(&self) -> (u32, u32, Rule, &str, &str) {
        (
            self.span.source,
            self.span.start,
            self.rule,
            self.pointer.as_str(),
            &self.reason,
        )
    }

    pub(crate) fn into_diagnostic(self, source: &Arc<Source>) -> Diagnostic {
        Diagnostic::new(
            self.rule,
            source,
            self.span,
            self.pointer,
            self.reason,
            self.remedy,
        )
    }
}

/// What parsing gave: a node where the text could be read as a whole, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) node: Option<Node>,
    pub(crate) findings: Vec<Finding>,
}

impl Outcome {
    pub(crate) fn failed(finding: Finding) -> Self {
        Self {
            node: None,
            findings: vec![finding],
        }
    }
}

/// Reads a text as JSON where it looks like JSON and as YAML otherwise. `number` is the place of
/// the source among the document's files.
pub(crate) fn document(source: &Source, number: u32) -> Outcome {
    let findings = unreadable(source, number);
    if !findings.is_empty() {
        return Outcome {
            node: None,
            findings,
        };
    }
    if !source.text().trim_start().starts_with(['{', '[']) {
        return yaml::parse(source, number);
    }
    // A YAML flow mapping begins like JSON. Where a text is neither, the reading that got further
    // has the better explanation.
    let as_json = json::parse(source, number);
    if as_json.node.is_some() {
        return as_json;
    }
    let as_yaml = yaml::parse(source, number);
    let reach = |outcome: &Outcome| outcome.findings.iter().map(|found| found.span.start).max();
    if as_yaml.node.is_some() || reach(&as_yaml) > reach(&as_json) {
        as_yaml
    } else {
        as_json
    }
}

/// Reads a text as JSON only.
pub(crate) fn json(source: &Source, number: u32) -> Outcome {
    let findings = unreadable(source, number);
    if findings.is_empty() {
        json::parse(source, number)
    } else {
        Outcome {
            node: None,
            findings,
        }
    }
}

/// What keeps a text from being read at all, found before a parser stumbles over it.
fn unreadable(source: &Source, number: u32) -> Vec<Finding> {
    if source.text().len() > MAX_BYTES {
        return vec![Finding::new(
            Rule::TooLarge,
            Span::new(number, 0, 0),
            Pointer::root(),
            format!("the file has more than {MAX_BYTES} bytes"),
            "split the document",
        )];
    }
    if let Some((offset, character)) = source
        .text()
        .char_indices()
        .find(|(_, character)| !is_printable(*character))
    {
        return vec![Finding::new(
            Rule::Encoding,
            Span::new(number, offset, offset + character.len_utf8()),
            Pointer::root(),
            format!(
                "the character U+{:04X} is not allowed in a document",
                u32::from(character)
            ),
            "remove it, or write it as an escape in a quoted text",
        )];
    }
    conflicts(source, number)
}

/// `c-printable` of YAML 1.2, section 5.1. JSON allows a few more; a document needs none of them.
fn is_printable(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        other => !other.is_control(),
    }
}

/// The marks that version control leaves where two edits met. They can only stand at the beginning
/// of a line, where neither YAML nor JSON allows such a text.
fn conflicts(source: &Source, number: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    let lines: Vec<_> = source.lines().collect();
    let mut report = |start: usize, text: &str, last: Option<usize>| {
        let reason = match last {
            Some(line) => format!("a merge conflict is unresolved; it ends on line {line}"),
            None => "a mark of an unresolved merge conflict".to_owned(),
        };
        findings.push(Finding::new(
            Rule::MergeConflict,
            Span::new(number, start, start + text.len()),
            Pointer::root(),
            reason,
            "keep one of the two sides, or both in order, and remove the lines with the marks",
        ));
    };
    for (index, (start, text)) in lines.iter().enumerate() {
        let is = |mark: &str| {
            text.strip_prefix(mark)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        if is("<<<<<<<") {
            if let Some((start, text)) = open.replace((*start, text)) {
                report(start, text, None);
            }
        } else if is(">>>>>>>") {
            match open.take() {
                Some((start, text)) => report(start, text, Some(index + 1)),
                None => report(*start, text, None),
            }
        } else if open.is_none() && (text.trim_end() == "=======" || is("|||||||")) {
            report(*start, text, None);
        }
    }
    if let Some((start, text)) = open {
        report(start, text, None);
    }
    findings
}
