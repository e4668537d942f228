//! A document that loaded without an error.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::Pointer;
use crate::diagnostic::{Diagnostic, Report};
use crate::files::{FileError, Files, Folder, read_text};
use crate::lint;
use crate::model::{
    Info, Operation, Schema, SchemaKind, SecurityRequirement, SecurityScheme, Server, Tag,
};
use crate::node::{Focus, Kind, Member, Node};
use crate::parse;
use crate::read::{self, Components};
use crate::rule::Rule;
use crate::source::{Source, Span};

/// An OpenAPI 3.0 document: its typed view, the JSON that it stands for, and the places of
/// everything in its text.
#[derive(Clone)]
pub struct Document {
    /// `openapi`: `3.0.` and a number.
    pub openapi: String,
    /// What the API is called.
    pub info: Info,
    /// Where it is served.
    pub servers: Vec<Server>,
    /// Credentials for operations that name none of their own.
    pub security: Vec<SecurityRequirement>,
    /// Tags, in document order.
    pub tags: Vec<Tag>,
    /// Operations, in document order.
    pub operations: Vec<Operation>,
    /// `components.schemas`, in document order.
    pub schemas: IndexMap<String, Schema>,
    /// `components.securitySchemes`, in document order.
    pub security_schemes: IndexMap<String, SecurityScheme>,
    components: Components,
    sources: Vec<Arc<Source>>,
    root: Node,
    value: Value,
}

impl Document {
    /// Loads a document from a file. Files that it names by `externalValue` are read from the
    /// file's folder, never from outside it. This is the crate's only file access.
    ///
    /// # Errors
    /// Everything that is wrong with the document: with its syntax, or else what reading it as
    /// OpenAPI 3.0 found together with what [`lint`](crate::lint()) would find.
    pub fn load(path: &Path) -> Result<Self, Report> {
        // Messages name files the same way on every platform.
        let name = path.to_string_lossy().replace('\\', "/");
        let text = read_text(path).map_err(|error| unreadable(&name, &error))?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        Self::parse(&name, &text, &Folder::new(folder))
    }

    /// Reads a document from its text, YAML 1.2 or JSON by content. `name` is what messages call
    /// the file; `files` gives the files that the document names by `externalValue`.
    ///
    /// # Errors
    /// As [`Document::load`].
    pub fn parse(name: &str, text: &str, files: &dyn Files) -> Result<Self, Report> {
        let source = Source::new(name, text);
        let outcome = parse::document(&source, 0);
        let mut findings = outcome.findings;
        let Some(root) = outcome.node else {
            return Err(Report::of(findings, &[source]));
        };
        let reading = read::read(&root, source, files);
        let lintable = reading.recognised
            && !(reading.findings.iter()).any(|found| found.rule == Rule::TooLarge);
        let incomplete = reading.incomplete;
        findings.extend(reading.findings);
        let root = bundle(root, reading.examples);
        let parts = reading.parts;
        let document = Self {
            openapi: parts.openapi,
            info: parts.info,
            servers: parts.servers,
            security: parts.security,
            tags: parts.tags,
            operations: parts.operations,
            schemas: parts.schemas,
            security_schemes: parts.security_schemes,
            components: parts.components,
            sources: reading.sources,
            value: root.to_value(),
            root,
        };
        if findings.is_empty() {
            return Ok(document);
        }
        if lintable {
            // The author should see everything at once. What may only seem wrong because part of
            // the document could not be read is left for the next run.
            let mut doubtful = HashSet::new();
            for place in incomplete {
                let mut place = Some(place);
                while let Some(here) = place {
                    place = here.parent();
                    if !doubtful.insert(here) {
                        break;
                    }
                }
            }
            let found = lint::findings(&document).into_iter();
            findings.extend(found.filter(|finding| !doubtful.contains(&finding.pointer)));
        }
        Err(Report::of(findings, &document.sources))
    }

    /// The whole document as JSON, in document order, with the contents of the file in `value`
    /// where the document has `externalValue`.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document's text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        self.sources.first().map_or("", |source| source.text())
    }

    /// Components beside schemas and security schemes, used or not.
    pub(crate) fn components(&self) -> &Components {
        &self.components
    }

    /// What messages call the document's file.
    #[must_use]
    pub fn name(&self) -> &str {
        self.sources.first().map_or("", |source| source.name())
    }

    /// A finding about the value at `at`; where there is none, about its nearest ancestor that
    /// exists. `reason` says what is wrong and `remedy` what to do, each in a sentence without a
    /// full stop.
    #[must_use]
    pub fn diagnostic(
        &self,
        rule: Rule,
        at: &Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Diagnostic {
        let span = self.root.span_of(at, Focus::Value);
        self.finding(rule, span, at, reason, remedy)
    }

    /// As [`Document::diagnostic`], and about the key of a member rather than its value.
    #[must_use]
    pub fn key_diagnostic(
        &self,
        rule: Rule,
        at: &Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Diagnostic {
        let span = self.root.span_of(at, Focus::Key);
        self.finding(rule, span, at, reason, remedy)
    }

    fn finding(
        &self,
        rule: Rule,
        span: Span,
        at: &Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Diagnostic {
        match self.sources.get(span.source as usize) {
            Some(source) => Diagnostic::new(rule, source, span, at.clone(), reason, remedy),
            None => {
                let source = Source::new(self.name(), "");
                Diagnostic::new(rule, &source, Span::default(), at.clone(), reason, remedy)
            }
        }
    }

    /// Where the value or the key at `at` stands.
    pub(crate) fn span_of(&self, at: &Pointer, focus: Focus) -> Span {
        self.root.span_of(at, focus)
    }

    /// The document's file and those of its examples.
    pub(crate) fn sources(&self) -> &[Arc<Source>] {
        &self.sources
    }

    /// Where the value at `at` stands: file, line and column, both from 1.
    #[must_use]
    pub fn place(&self, at: &Pointer) -> (&str, usize, usize) {
        let span = self.root.span_of(at, Focus::Value);
        match self.sources.get(span.source as usize) {
            Some(source) => {
                let position = source.position(span.start as usize);
                (source.name(), position.line, position.column)
            }
            None => (self.name(), 1, 1),
        }
    }

    /// Whether the document has something at `at`.
    #[must_use]
    pub fn has(&self, at: &Pointer) -> bool {
        self.root.find(at).is_some()
    }

    /// The schema that `schema` is: itself, or the component that its references lead to.
    #[must_use]
    pub fn resolve<'s>(&'s self, schema: &'s Schema) -> &'s Schema {
        let mut schema = schema;
        // Cycles are refused when a document is read; the bound keeps this safe on what is left of
        // a document that had one.
        for _ in 0..=self.schemas.len() {
            match &schema.kind {
                SchemaKind::Ref(name) => match self.schemas.get(name) {
                    Some(target) => schema = target,
                    None => break,
                },
                _ => break,
            }
        }
        schema
    }
}

/// The name and what there is: the whole of a document would fill screens.
impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Document")
            .field("name", &self.name())
            .field("operations", &self.operations.len())
            .field("schemas", &self.schemas.len())
            .finish_non_exhaustive()
    }
}

/// The document with the contents of example files in place of their names.
fn bundle(mut root: Node, examples: IndexMap<Pointer, Node>) -> Node {
    for (at, value) in examples {
        let mut node = Some(&mut root);
        for segment in at.segments() {
            node = node.and_then(|node| match &mut node.kind {
                Kind::Object(members) => members.get_mut(&*segment).map(|member| &mut member.node),
                Kind::Array(items) => items.get_mut(segment.parse::<usize>().ok()?),
                _ => None,
            });
        }
        if let Some(Kind::Object(members)) = node.map(|node| &mut node.kind)
            && let Some(index) = members.get_index_of("externalValue")
            && let Some((_, Member { key, .. })) = members.shift_remove_index(index)
        {
            members.shift_insert(index, "value".to_owned(), Member { key, node: value });
        }
    }
    root
}

fn unreadable(name: &str, error: &FileError) -> Report {
    let (rule, remedy) = match error {
        FileError::NotUtf8 => (Rule::Encoding, "save the file as UTF-8"),
        FileError::TooLarge => (Rule::TooLarge, "split the document"),
        FileError::Missing => (Rule::Unreadable, "correct the path"),
        _ => (
            Rule::Unreadable,
            "correct the path, or the file's permissions",
        ),
    };
    let source = Source::new(name, "");
    Report::from(Diagnostic::new(
        rule,
        &source,
        Span::default(),
        Pointer::root(),
        format!("the document cannot be read: {error}"),
        remedy,
    ))
}
