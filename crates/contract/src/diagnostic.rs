//! Findings: what is wrong, where, and what to do about it.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::Pointer;
use crate::limits::{MAX_DIAGNOSTICS, MAX_QUOTED};
use crate::parse::Finding;
use crate::rule::Rule;
use crate::source::{Source, Span};

/// One finding.
///
/// Equality and order go by place: file, line, column, then rule.
#[derive(Clone)]
pub struct Diagnostic {
    /// Which rule was broken.
    pub rule: Rule,
    /// The file, as it was named when the document was loaded; for example files, the document's
    /// folder and the file's path in it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The place in the document, which for something that is missing is where it should be or the
    /// object that lacks it.
    pub pointer: Pointer,
    /// What is wrong, in one sentence without a full stop.
    pub reason: String,
    /// What to do, in one sentence without a full stop.
    pub remedy: String,
    source: Arc<Source>,
    span: Span,
}

impl Diagnostic {
    pub(crate) fn new(
        rule: Rule,
        source: &Arc<Source>,
        span: Span,
        pointer: Pointer,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let position = source.position(span.start as usize);
        Self {
            rule,
            file: source.name().to_owned(),
            line: position.line,
            column: position.column,
            pointer,
            reason: printable(&reason.into()),
            remedy: printable(&remedy.into()),
            source: Arc::clone(source),
            span,
        }
    }

    /// The finding with the line that it is about, the way compilers print theirs. `color` adds
    /// ANSI escapes. Ends without a line break.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let title = Level::ERROR
            .primary_title(self.reason.as_str())
            .id(self.rule.id());
        let remedy = Level::HELP.message(self.remedy.as_str());
        let group = if self.source.text().is_empty() {
            // A file that could not be read has no line to show.
            title
                .element(Origin::path(self.file.as_str()))
                .element(remedy)
        } else {
            let (start, end) = (self.span.start as usize, self.span.end as usize);
            let window = self.source.window(start);
            let limit = window.text.len();
            let from = start.saturating_sub(window.start).min(limit);
            // What spans several lines is marked on its first.
            let to = end.saturating_sub(window.start).clamp(from, limit);
            let snippet = Snippet::source(window.text)
                .line_start(self.line)
                .annotation(AnnotationKind::Primary.span(from..to));
            let title = if window.whole {
                title.element(snippet.path(self.file.as_str()))
            } else {
                // The column cannot be counted in a part of the line.
                title
                    .element(
                        Origin::path(self.file.as_str())
                            .line(self.line)
                            .char_column(self.column),
                    )
                    .element(snippet)
            };
            title.element(remedy)
        };
        renderer.render(&[group])
    }

    fn place(&self) -> (u32, u32, Rule, &str, &str) {
        (
            self.span.source,
            self.span.start,
            self.rule,
            self.pointer.as_str(),
            &self.reason,
        )
    }
}

impl PartialEq for Diagnostic {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.place() == other.place()
    }
}

impl Eq for Diagnostic {}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

/// One line: `file:line:column: error[rule]: reason; remedy`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}:{}: error[{}]: {}; help: {}",
            self.file, self.line, self.column, self.rule, self.reason, self.remedy
        )
    }
}

/// All findings of one run, sorted by place.
///
/// An empty report means that nothing was found. As an error its text is one line for each finding
/// ([`Diagnostic`]'s `Display`); [`Report::render`] shows the source lines too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings: the document's before those of the files that it names, each file's from top
    /// to bottom; at most [`MAX_DIAGNOSTICS`].
    pub diagnostics: Vec<Diagnostic>,
    omitted: usize,
}

impl Report {
    /// A report of these findings: sorted, each once, and no more than the bound.
    #[must_use]
    pub fn new(mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by(|a, b| a.place().cmp(&b.place()));
        diagnostics.dedup();
        let omitted = diagnostics.len().saturating_sub(MAX_DIAGNOSTICS);
        diagnostics.truncate(MAX_DIAGNOSTICS);
        Self {
            diagnostics,
            omitted,
        }
    }

    /// A report of these findings about files of a document. Only those that are kept are turned
    /// into diagnostics: a column is counted along its line, and lines can be long.
    pub(crate) fn of(mut findings: Vec<Finding>, sources: &[Arc<Source>]) -> Self {
        findings.sort_by(|a, b| a.place().cmp(&b.place()));
        findings.dedup_by(|a, b| a.place() == b.place());
        let omitted = findings.len().saturating_sub(MAX_DIAGNOSTICS);
        findings.truncate(MAX_DIAGNOSTICS);
        let diagnostics = findings
            .into_iter()
            .filter_map(|finding| {
                let source = sources.get(finding.span.source as usize)?;
                Some(finding.into_diagnostic(source))
            })
            .collect();
        Self {
            diagnostics,
            omitted,
        }
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// How many findings there were beyond those in `diagnostics`.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Nothing, or this report as the error.
    ///
    /// # Errors
    /// The report itself, where it has findings.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The findings of both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let omitted = self.omitted + other.omitted;
        let mut merged = Self::new(
            self.diagnostics
                .into_iter()
                .chain(other.diagnostics)
                .collect(),
        );
        merged.omitted += omitted;
        merged
    }

    /// All findings with their source lines, a blank line between two, and a last line that counts
    /// them. Empty where there are none. `color` adds ANSI escapes.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            text.push_str(&diagnostic.render(color));
            text.push_str("\n\n");
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    fn summary(&self) -> String {
        let count = self.diagnostics.len() + self.omitted;
        let plural = if count == 1 { "" } else { "s" };
        if self.omitted == 0 {
            format!("{count} error{plural}")
        } else {
            format!(
                "{count} error{plural}, of which {} are not shown",
                self.omitted
            )
        }
    }
}

impl From<Vec<Diagnostic>> for Report {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::new(diagnostics)
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(vec![diagnostic])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(formatter, "{diagnostic}")?;
        }
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for Report {}

/// The text with control characters escaped, so that a document cannot steer the terminal that
/// shows a message about it, and with its line breaks turned to spaces.
fn printable(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => result.push(' '),
            other if other.is_control() || is_bidirectional(other) => {
                result.extend(other.escape_unicode());
            }
            other => result.push(other),
        }
    }
    result
}

/// Marks that reorder the text around them on the screen.
fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text of the document, quoted for a message: in backticks and no longer than is readable.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
