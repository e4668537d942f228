//! YAML 1.2 text to nodes, by its core schema.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use indexmap::IndexMap;
use indexmap::map::Entry;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};
use serde_json::Number;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::limits::{MAX_DEPTH, MAX_NODES};
use crate::node::{Kind, Member, Node};
use crate::parse::{Finding, Outcome};
use crate::rule::Rule;
use crate::source::{Source, Span};

/// Reads the text. Findings that leave the rest readable (a duplicate key) come with the node.
pub(crate) fn parse(source: &Source, number: u32) -> Outcome {
    // The parser is foreign code that indexes and unwraps; a slip in it must not end the process.
    catch_unwind(AssertUnwindSafe(|| Builder::new(source, number).run())).unwrap_or_else(|_| {
        Outcome::failed(Finding::new(
            Rule::Syntax,
            Span::new(number, 0, 0),
            Pointer::root(),
            "the YAML parser failed on this text",
            "write the document in plainer YAML, or in JSON",
        ))
    })
}

/// Turns the parser's marks, which count characters, into bytes.
struct Offsets {
    /// The byte offset of every 64th character; empty where the text is ASCII.
    checkpoints: Vec<usize>,
}

const STRIDE: usize = 64;

impl Offsets {
    fn new(text: &str) -> Self {
        let checkpoints = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices()
                .step_by(STRIDE)
                .map(|(offset, _)| offset)
                .collect()
        };
        Self { checkpoints }
    }

    fn byte(&self, text: &str, index: usize) -> usize {
        if self.checkpoints.is_empty() {
            return index.min(text.len());
        }
        let Some(start) = self.checkpoints.get(index / STRIDE).copied() else {
            return text.len();
        };
        text[start..]
            .char_indices()
            .nth(index % STRIDE)
            .map_or(text.len(), |(offset, _)| start + offset)
    }
}

/// A collection that has been opened and not yet closed.
enum Frame {
    Array {
        items: Vec<Node>,
        span: Span,
        anchor: usize,
    },
    Object {
        members: IndexMap<String, Member>,
        span: Span,
        anchor: usize,
        key: Option<(String, Span)>,
    },
}

/// What an anchor names, and what an alias to it costs.
struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

struct Builder<'s> {
    source: &'s Source,
    number: u32,
    offsets: Offsets,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source, number: u32) -> Self {
        Self {
            source,
            number,
            offsets: Offsets::new(source.text()),
            stack: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            root: None,
            findings: Vec::new(),
        }
    }

    fn run(mut self) -> Outcome {
        let mut parser = Parser::new_from_str(self.source.text());
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let step = match event {
                Ok((Event::DocumentStart(_), span)) => {
                    documents += 1;
                    if documents > 1 {
                        Err(self.finding(
                            Rule::Syntax,
                            self.span(&span),
                            "a second YAML document begins here",
                            "keep one document in a file: remove the `---` and what follows",
                        ))
                    } else {
                        Ok(())
                    }
                }
                Ok((event, span)) => {
                    let span = self.span(&span);
                    self.event(event, span)
                }
                Err(error) => Err(self.scan_error(&error)),
            };
            if let Err(finding) = step {
                self.findings.push(finding);
                return Outcome {
                    node: None,
                    findings: self.findings,
                };
            }
        }
        if self.root.is_none() {
            let finding = self.finding(
                Rule::Syntax,
                Span::new(self.number, 0, 0),
                "the file holds no document",
                "begin with `openapi: 3.0.3`",
            );
            self.findings.push(finding);
        }
        Outcome {
            node: self.root,
            findings: self.findings,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, span)?;
                if let Some(Frame::Object {
                    key: slot @ None, ..
                }) = self.stack.last_mut()
                {
                    if style == ScalarStyle::Plain && text == "<<" {
                        return Err(Finding::new(
                            Rule::NotJson,
                            span,
                            self.pointer(),
                            "merge keys (`<<`) are not supported",
                            "write the members out, or reference a component with `$ref`",
                        ));
                    }
                    if anchor != 0 {
                        let node = Node {
                            span,
                            kind: Kind::String(text.to_string()),
                        };
                        self.anchors.insert(
                            anchor,
                            Anchored {
                                node,
                                size: 1,
                                depth: 0,
                            },
                        );
                    }
                    let text = text.into_owned();
                    *slot = Some((text, span));
                    return Ok(());
                }
                let kind = self.scalar(text, style, tag.as_deref(), span);
                self.add(Node { span, kind }, anchor, 1, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(span, tag.as_deref(), "seq")?;
                self.stack.push(Frame::Array {
                    items: Vec::new(),
                    span,
                    anchor,
                });
                Ok(())
            }
            Event::MappingStart(anchor, tag) => {
                self.open(span, tag.as_deref(), "map")?;
                self.stack.push(Frame::Object {
                    members: IndexMap::new(),
                    span,
                    anchor,
                    key: None,
                });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn open(&mut self, span: Span, tag: Option<&Tag>, expected: &str) -> Result<(), Finding> {
        self.count(1, span)?;
        if let Some(Frame::Object { key: None, .. }) = self.stack.last() {
            return Err(self.finding(
                Rule::NotJson,
                span,
                "a key is a list or a mapping",
                "use a text as key; put quotes around a key that begins with `[`, `{` or `?`",
            ));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == expected)
        {
            let finding = self.unknown_tag(tag, span);
            self.findings.push(finding);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Finding> {
        match self.stack.pop() {
            Some(Frame::Array {
                items,
                span,
                anchor,
            }) => {
                let kind = Kind::Array(items);
                self.add_collection(Node { span, kind }, anchor)
            }
            Some(Frame::Object {
                members,
                span,
                anchor,
                ..
            }) => {
                // An object is shown by its first key: its whole text may fill the screen.
                let span = members.first().map_or(span, |(_, member)| member.key);
                let kind = Kind::Object(members);
                self.add_collection(Node { span, kind }, anchor)
            }
            None => Ok(()),
        }
    }

    fn add_collection(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        // Only what an alias can repeat needs measuring.
        let (size, depth) = if anchor == 0 { (0, 0) } else { measure(&node) };
        self.add(node, anchor, size, depth)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Finding> {
        let Some(Anchored { node, size, depth }) = self.anchors.get(&anchor) else {
            return Err(self.finding(
                Rule::RefCycle,
                span,
                "an alias stands within the value that it repeats",
                "write the value out, or reference a component with `$ref`",
            ));
        };
        let (size, depth) = (*size, *depth);
        if let Some(Frame::Object {
            key: slot @ None, ..
        }) = self.stack.last_mut()
        {
            if let Kind::String(text) = &node.kind {
                *slot = Some((text.clone(), span));
                return self.count(1, span);
            }
            return Err(self.finding(
                Rule::NotJson,
                span,
                "a key is an alias to something that is not a text",
                "write the key out",
            ));
        }
        if self.stack.len() + depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        // Counted before the copy is made: this is what stops an alias bomb.
        self.nodes += size;
        if self.nodes > MAX_NODES {
            return Err(self.too_many(span));
        }
        if let Some(anchored) = self.anchors.get(&anchor) {
            let node = anchored.node.clone();
            self.add(node, 0, size, depth)?;
        }
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, anchor: usize, size: usize, depth: usize) -> Result<(), Finding> {
        if anchor != 0 {
            // The copy counts as well, since anchors within anchors multiply.
            self.count(size, node.span)?;
            self.anchors.insert(
                anchor,
                Anchored {
                    node: node.clone(),
                    size,
                    depth,
                },
            );
        }
        let pointer = self.duplicate();
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Array { items, .. }) => items.push(node),
            Some(Frame::Object { members, key, .. }) => {
                let Some((name, key)) = key.take() else {
                    return Ok(());
                };
                match members.entry(name) {
                    Entry::Vacant(entry) => {
                        entry.insert(Member { key, node });
                    }
                    Entry::Occupied(entry) => {
                        let first = self.source.position(entry.get().key.start as usize).line;
                        let finding = Finding::duplicate(
                            key,
                            pointer.unwrap_or_default(),
                            entry.key(),
                            first,
                        );
                        self.findings.push(finding);
                    }
                }
            }
        }
        Ok(())
    }

    /// The place of a key that its mapping has already.
    fn duplicate(&self) -> Option<Pointer> {
        match self.stack.last() {
            Some(Frame::Object {
                members,
                key: Some((name, _)),
                ..
            }) if members.contains_key(name) => Some(self.pointer()),
            _ => None,
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Kind {
        let resolved = match tag {
            None if style == ScalarStyle::Plain => plain(&text),
            None => return Kind::String(text.into_owned()),
            // `!` alone means: not a plain scalar, whatever it looks like.
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => {
                return Kind::String(text.into_owned());
            }
            Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
                "str" => return Kind::String(text.into_owned()),
                "null" | "bool" | "int" | "float" => plain(&text),
                _ => Resolved::Other("a tag", 0.0),
            },
            Some(_) => Resolved::Other("a tag", 0.0),
        };
        match (resolved, tag) {
            (Resolved::Kind(kind), _) => kind,
            (Resolved::Other(..), Some(tag)) => {
                let finding = self.unknown_tag(tag, span);
                self.findings.push(finding);
                Kind::String(text.into_owned())
            }
            (Resolved::Text, _) => Kind::String(text.into_owned()),
            (Resolved::Other(what, nearest), None) => {
                self.findings.push(Finding::new(
                    Rule::NotJson,
                    span,
                    self.pointer(),
                    format!("{} is {what}, which JSON cannot say", quote(&text)),
                    "write a finite number, or put quotes around a text",
                ));
                Number::from_f64(nearest).map_or(Kind::Null, Kind::Number)
            }
        }
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), Finding> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            return Err(self.too_many(span));
        }
        Ok(())
    }

    fn too_many(&self, span: Span) -> Finding {
        self.finding(
            Rule::TooLarge,
            span,
            format!("the document has more than {MAX_NODES} values once aliases are expanded"),
            "split the document, or use `$ref` in place of YAML aliases",
        )
    }

    fn too_deep(&self, span: Span) -> Finding {
        self.finding(
            Rule::TooLarge,
            span,
            format!("values are nested more than {MAX_DEPTH} deep"),
            "name inner schemas under `components.schemas` and reference them",
        )
    }

    fn unknown_tag(&self, tag: &Tag, span: Span) -> Finding {
        self.finding(
            Rule::NotJson,
            span,
            format!(
                "the YAML tag {} has no meaning here",
                quote(&tag.to_string())
            ),
            "remove the tag",
        )
    }

    fn scan_error(&self, error: &ScanError) -> Finding {
        let at = self.byte(error.marker());
        // The scanner reads ahead of the events, and has a bound of its own.
        if error.info().contains("recursion limit") {
            return self.too_deep(Span::new(self.number, at, at + 1));
        }
        let rest = self.source.text().get(at..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let tabs = self.source.position(at).line;
        let tab = self
            .source
            .lines()
            .nth(tabs.saturating_sub(1))
            .is_some_and(|(_, line)| line[..line.len() - line.trim_start().len()].contains('\t'));
        let remedy = if tab {
            "indent with spaces: YAML does not take tabs for indentation"
        } else {
            "correct the YAML here or shortly before; put quotes around a text with `: `, ` #` or \
             a special first character"
        };
        self.finding(
            Rule::Syntax,
            Span::new(
                self.number,
                at,
                at + line.chars().next().map_or(0, char::len_utf8),
            ),
            format!("not valid YAML: {}", error.info()),
            remedy,
        )
    }

    fn finding(
        &self,
        rule: Rule,
        span: Span,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, span, self.pointer(), reason, remedy)
    }

    /// The place of the value that is being read.
    fn pointer(&self) -> Pointer {
        self.stack
            .iter()
            .fold(Pointer::root(), |pointer, frame| match frame {
                Frame::Array { items, .. } => pointer.index(items.len()),
                Frame::Object {
                    key: Some((name, _)),
                    ..
                } => pointer.join(name),
                Frame::Object { key: None, .. } => pointer,
            })
    }

    fn byte(&self, marker: &Marker) -> usize {
        self.offsets.byte(self.source.text(), marker.index())
    }

    fn span(&self, span: &saphyr_parser::Span) -> Span {
        let start = self.byte(&span.start);
        let end = if span.end.index() <= span.start.index() {
            start
        } else {
            self.byte(&span.end)
        };
        // A plain scalar's end may lie behind the blanks or comments that follow it.
        let text = self.source.text();
        let end = start + text[start..end].trim_end().len();
        Span::new(self.number, start, end)
    }
}

/// How many values a node consists of, and how many collections it has within one another.
fn measure(node: &Node) -> (usize, usize) {
    let add = |(size, depth): (usize, usize), child: &Node| {
        let (more, deeper) = measure(child);
        (size + more, depth.max(deeper))
    };
    let (size, depth) = match &node.kind {
        Kind::Array(items) => items.iter().fold((0, 0), add),
        Kind::Object(members) => members
            .values()
            .map(|member| &member.node)
            .fold((0, 0), add),
        _ => return (1, 0),
    };
    (size + 1, depth + 1)
}

enum Resolved {
    Kind(Kind),
    Text,
    /// Something that JSON does not have, and the number that comes nearest to it, which keeps
    /// further findings away.
    Other(&'static str, f64),
}

/// A plain scalar by the core schema of YAML 1.2 (section 10.3.2): `yes`, `on` and `1_000` are
/// texts, and so are dates.
fn plain(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Kind(Kind::Null),
        "true" | "True" | "TRUE" => return Resolved::Kind(Kind::Bool(true)),
        "false" | "False" | "FALSE" => return Resolved::Kind(Kind::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Other("not a number", 0.0),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        let greatest = if text.starts_with('-') {
            f64::MIN
        } else {
            f64::MAX
        };
        return Resolved::Other("an infinite number", greatest);
    }
    let based = |digits: &str, radix: u32| {
        let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        valid.then(|| match u64::from_str_radix(digits, radix) {
            Ok(value) => Resolved::Kind(Kind::Number(value.into())),
            Err(_) => Resolved::Other("a number beyond 64 bits", 0.0),
        })
    };
    if let Some(resolved) = text
        .strip_prefix("0o")
        .and_then(|digits| based(digits, 8))
        .or_else(|| text.strip_prefix("0x").and_then(|digits| based(digits, 16)))
    {
        return resolved;
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        if let Ok(value) = text.parse::<i64>() {
            return Resolved::Kind(Kind::Number(value.into()));
        }
        if let Ok(value) = text.parse::<u64>() {
            return Resolved::Kind(Kind::Number(value.into()));
        }
    }
    if !is_float(unsigned) {
        return Resolved::Text;
    }
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Resolved::Kind(Kind::Number(number)),
        None => Resolved::Other("a number too large for 64 bits", 0.0),
    }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole == 0 && fraction == 0 {
        return false;
    }
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let after = after.strip_prefix(['-', '+']).unwrap_or(after);
        return !after.is_empty() && digits(after) == after.len();
    }
    rest.is_empty()
}
