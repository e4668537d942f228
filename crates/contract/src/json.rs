//! JSON text (RFC 8259) to nodes.
//!
//! YAML 1.2 calls itself a superset of JSON, but its parser reads no surrogate pairs and its
//! messages speak of YAML; so JSON has a reader of its own.

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde_json::Number;

use crate::Pointer;
use crate::limits::{MAX_DEPTH, MAX_NODES};
use crate::node::{Kind, Member, Node};
use crate::parse::{Finding, Outcome};
use crate::rule::Rule;
use crate::source::{Source, Span};

/// Reads the text.
pub(crate) fn parse(source: &Source, number: u32) -> Outcome {
    let mut parser = Parser {
        source,
        text: source.text(),
        number,
        at: 0,
        nodes: 0,
        path: Vec::new(),
        findings: Vec::new(),
    };
    match parser.whole() {
        Ok(node) => Outcome {
            node: Some(node),
            findings: parser.findings,
        },
        Err(finding) => {
            parser.findings.push(finding);
            Outcome {
                node: None,
                findings: parser.findings,
            }
        }
    }
}

enum Step {
    Key(String),
    Index(usize),
}

struct Parser<'s> {
    source: &'s Source,
    text: &'s str,
    number: u32,
    at: usize,
    nodes: usize,
    path: Vec<Step>,
    findings: Vec<Finding>,
}

type Parsed<T> = Result<T, Finding>;

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<Node> {
        let node = self.value(0)?;
        self.blanks();
        if self.at < self.text.len() {
            return Err(self.unexpected("the end of the file"));
        }
        Ok(node)
    }

    /// Recursive, and bounded by [`MAX_DEPTH`].
    fn value(&mut self, depth: usize) -> Parsed<Node> {
        self.blanks();
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.finding(
                Rule::TooLarge,
                self.at,
                self.at + 1,
                format!("the document has more than {MAX_NODES} values"),
                "split the document",
            ));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                return Err(self.finding(
                    Rule::TooLarge,
                    start,
                    start + 1,
                    format!("values are nested more than {MAX_DEPTH} deep"),
                    "name inner schemas under `components.schemas` and reference them",
                ));
            }
            Some(b'{') => {
                let members = self.object(depth)?;
                // An object is shown by its first key: its whole text may fill the screen.
                let span = members
                    .first()
                    .map_or_else(|| self.span(start, self.at), |(_, member)| member.key);
                let kind = Kind::Object(members);
                return Ok(Node { span, kind });
            }
            Some(b'[') => {
                let items = self.array(depth)?;
                let span = self.span(start, start + 1);
                let kind = Kind::Array(items);
                return Ok(Node { span, kind });
            }
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.word("null") => Kind::Null,
            _ if self.word("true") => Kind::Bool(true),
            _ if self.word("false") => Kind::Bool(false),
            _ => return Err(self.unexpected("a value")),
        };
        let span = self.span(start, self.at);
        Ok(Node { span, kind })
    }

    fn object(&mut self, depth: usize) -> Parsed<IndexMap<String, Member>> {
        let mut members = IndexMap::new();
        self.at += 1;
        self.blanks();
        if self.take(b'}') {
            return Ok(members);
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(match self.peek() {
                    Some(b'}') => self.comma("}"),
                    _ => self.unexpected("a key in double quotes"),
                });
            }
            let start = self.at;
            let name = self.string()?;
            let key = self.span(start, self.at);
            self.blanks();
            if !self.take(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.path.push(Step::Key(name));
            let node = self.value(depth + 1)?;
            let pointer = self.pointer();
            let Some(Step::Key(name)) = self.path.pop() else {
                return Err(self.unexpected("a key"));
            };
            match members.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(Member { key, node });
                }
                Entry::Occupied(entry) => {
                    let first = self.source.position(entry.get().key.start as usize).line;
                    let finding = Finding::duplicate(key, pointer, entry.key(), first);
                    self.findings.push(finding);
                }
            }
            self.blanks();
            if self.take(b'}') {
                return Ok(members);
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Parsed<Vec<Node>> {
        let mut items = Vec::new();
        self.at += 1;
        self.blanks();
        if self.take(b']') {
            return Ok(items);
        }
        loop {
            self.blanks();
            if self.peek() == Some(b']') {
                return Err(self.comma("]"));
            }
            self.path.push(Step::Index(items.len()));
            items.push(self.value(depth + 1)?);
            self.path.pop();
            self.blanks();
            if self.take(b']') {
                return Ok(items);
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn string(&mut self) -> Parsed<String> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .find(|character: char| matches!(character, '"' | '\\') || character < ' ')
                .unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => {
                    return Err(self.finding(
                        Rule::Syntax,
                        open,
                        open + 1,
                        "not valid JSON: this text has no closing quote on its line",
                        "close it with `\"`; write a line break in a text as `\\n`",
                    ));
                }
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        self.at += 1;
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let high = self.hex(start)?;
                let code = if (0xd800..0xdc00).contains(&high) && self.word("\\u") {
                    let low = self.hex(start)?;
                    // Outside the low surrogates this wraps to what `from_u32` refuses or is
                    // caught by the range below.
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.bad_escape(start));
                    }
                    0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                return char::from_u32(code).ok_or_else(|| self.bad_escape(start));
            }
            _ => return Err(self.bad_escape(start)),
        };
        self.at += 1;
        Ok(character)
    }

    fn hex(&mut self, start: usize) -> Parsed<u32> {
        let code = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.bad_escape(start))?;
        self.at += 4;
        Ok(code)
    }

    fn bad_escape(&self, start: usize) -> Finding {
        self.finding(
            Rule::Syntax,
            start,
            self.at.max(start + 2),
            "not valid JSON: this escape does not stand for a character",
            "use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX, the last in pairs above U+FFFF",
        )
    }

    fn number(&mut self) -> Parsed<Kind> {
        let start = self.at;
        self.take(b'-');
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes()[self.at - whole] == b'0';
        let mut integral = true;
        let mut valid = whole > 0 && !leading_zero;
        if self.take(b'.') {
            integral = false;
            valid &= self.digits() > 0;
        }
        if self.take(b'e') || self.take(b'E') {
            integral = false;
            let _ = self.take(b'+') || self.take(b'-');
            valid &= self.digits() > 0;
        }
        let text = &self.text[start..self.at];
        if !valid {
            return Err(self.finding(
                Rule::Syntax,
                start,
                self.at,
                "not valid JSON: this is not a number",
                "write numbers as `-12`, `0.5` or `1e3`, without leading zeros or `+`",
            ));
        }
        if integral {
            if let Ok(value) = text.parse::<i64>() {
                return Ok(Kind::Number(value.into()));
            }
            if let Ok(value) = text.parse::<u64>() {
                return Ok(Kind::Number(value.into()));
            }
        }
        match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Ok(Kind::Number(number)),
            None => Err(self.finding(
                Rule::NotJson,
                start,
                self.at,
                "this number is too large for 64 bits",
                "write a smaller number, or a text",
            )),
        }
    }

    fn digits(&mut self) -> usize {
        let count = self.text.as_bytes()[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.at += count;
        count
    }

    fn blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
            .count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// A closing bracket where the comma before it promised more.
    fn comma(&self, bracket: &str) -> Finding {
        self.finding(
            Rule::Syntax,
            self.at,
            self.at + 1,
            format!("not valid JSON: a comma stands before this `{bracket}`"),
            "remove the comma",
        )
    }

    fn unexpected(&self, expected: &str) -> Finding {
        let rest = &self.text[self.at..];
        let (width, found) = match rest.chars().next() {
            Some(character) => (character.len_utf8(), format!("`{character}`")),
            None => (0, "the end of the file".to_owned()),
        };
        self.finding(
            Rule::Syntax,
            self.at,
            self.at + width,
            format!("not valid JSON: found {found} in place of {expected}"),
            format!("write {expected} here"),
        )
    }

    fn finding(
        &self,
        rule: Rule,
        start: usize,
        end: usize,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let span = self.span(start, end.min(self.text.len()));
        Finding::new(rule, span, self.pointer(), reason, remedy)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.number, start, end)
    }

    fn pointer(&self) -> Pointer {
        self.path
            .iter()
            .fold(Pointer::root(), |pointer, step| match step {
                Step::Key(name) => pointer.join(name),
                Step::Index(index) => pointer.index(*index),
            })
    }
}
