//! The reader's tools: objects whose keys are known, and values of a given type.

use indexmap::IndexMap;
use serde_json::Value;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::limits::{MAX_DIAGNOSTICS, MAX_RESOLVED};
use crate::node::{Focus, Kind, Member, Node};
use crate::parse::Finding;
use crate::read::Reader;
use crate::rule::Rule;
use crate::source::Span;
use crate::suggest::nearest;

/// A node and where it is.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) node: &'a Node,
    pub(super) at: Pointer,
    /// The key's place, where this is a member of an object.
    pub(super) key: Option<Span>,
}

impl<'a> Cursor<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            node,
            at: Pointer::root(),
            key: None,
        }
    }

    /// The member `key`, if this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.node.members()?.get(key).map(|member| Self {
            node: &member.node,
            at: self.at.join(key),
            key: Some(member.key),
        })
    }

    /// Whether this is an object that has the key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.node
            .members()
            .is_some_and(|members| members.contains_key(key))
    }

    /// Where to look: see [`Node::span_of`].
    fn span(&self, focus: Focus) -> Span {
        match (focus, &self.node.kind, self.key) {
            (Focus::Key, _, Some(key)) | (_, Kind::Array(_) | Kind::Object(_), Some(key)) => key,
            _ => self.node.span,
        }
    }
}

/// An object's members, its keys checked.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    members: &'a IndexMap<String, Member>,
    pub(super) cursor: Cursor<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn at(&self) -> &Pointer {
        &self.cursor.at
    }

    pub(super) fn get(&self, key: &str) -> Option<Cursor<'a>> {
        self.cursor.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// All members, in document order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, Cursor<'a>)> {
        let at = self.cursor.at.clone();
        self.members.iter().map(move |(key, member)| {
            let cursor = Cursor {
                node: &member.node,
                at: at.join(key),
                key: Some(member.key),
            };
            (key.as_str(), cursor)
        })
    }
}

impl<'a> Reader<'a> {
    /// Notes a finding about a value.
    pub(super) fn report(
        &mut self,
        rule: Rule,
        cursor: &Cursor<'_>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.report_at(rule, cursor, Focus::Value, reason, remedy);
    }

    /// Notes a finding about a key.
    pub(super) fn report_key(
        &mut self,
        rule: Rule,
        cursor: &Cursor<'_>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.report_at(rule, cursor, Focus::Key, reason, remedy);
    }

    fn report_at(
        &mut self,
        rule: Rule,
        cursor: &Cursor<'_>,
        focus: Focus,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let span = cursor.span(focus);
        self.findings
            .push(Finding::new(rule, span, cursor.at.clone(), reason, remedy));
    }

    /// Whether guesses at what was meant are worth their time: there may be very many findings.
    pub(super) fn guesses(&self) -> bool {
        self.findings.len() < MAX_DIAGNOSTICS
    }

    /// Notes that something here could not be read, so that its absence is not found fault with.
    pub(super) fn incomplete(&mut self, at: &Pointer) {
        self.incomplete.push(at.clone());
    }

    /// The members of an object of OpenAPI, `what` with its article; keys other than `keys` and
    /// extensions are findings.
    pub(super) fn object(
        &mut self,
        cursor: &Cursor<'a>,
        what: &str,
        keys: &[&str],
    ) -> Option<Fields<'a>> {
        let fields = self.map(cursor, what)?;
        for key in fields.members.keys() {
            if keys.contains(&key.as_str()) || key.starts_with("x-") {
                continue;
            }
            let Some(member) = fields.get(key) else {
                continue;
            };
            let guess = if self.guesses() {
                nearest(key, keys.iter().copied())
            } else {
                None
            };
            let remedy = match (guess, newer(key)) {
                (_, Some(remedy)) => remedy.to_owned(),
                (Some(name), None) => format!("did you mean `{name}`?"),
                (None, None) => {
                    "remove it, or begin its name with `x-` if it is an extension".to_owned()
                }
            };
            let reason = format!("{} is not a key of {what} in OpenAPI 3.0", quote(key));
            self.report_key(Rule::UnknownKey, &member, reason, remedy);
        }
        Some(fields)
    }

    /// The members of an object whose keys are names.
    pub(super) fn map(&mut self, cursor: &Cursor<'a>, what: &str) -> Option<Fields<'a>> {
        let Some(members) = cursor.node.members() else {
            self.wrong_type(cursor, &format!("{what} must be an object"));
            return None;
        };
        // A pointer is kept for each object, and they can be long.
        if !self.spend(cursor, 8 + members.len() + cursor.at.as_str().len() / 64) {
            return None;
        }
        Some(Fields {
            members,
            cursor: cursor.clone(),
        })
    }

    /// Counts what is being read; false once the bound is reached.
    pub(super) fn spend(&mut self, cursor: &Cursor<'a>, amount: usize) -> bool {
        let before = self.resolved;
        self.resolved = before.saturating_add(amount);
        if self.resolved <= MAX_RESOLVED {
            return true;
        }
        if before <= MAX_RESOLVED {
            self.report_key(
                Rule::TooLarge,
                cursor,
                "the document is too large once its components are put where they are referenced",
                "make the components that are referenced most smaller, or split the document",
            );
        }
        self.incomplete(&Pointer::root());
        false
    }

    /// A value that is kept as it is.
    pub(super) fn literal(&mut self, cursor: &Cursor<'a>) -> Option<Value> {
        let size = cursor.node.size();
        self.spend(cursor, size).then(|| cursor.node.to_value())
    }

    /// A member that must be there.
    pub(super) fn required(&mut self, fields: &Fields<'a>, key: &str) -> Option<Cursor<'a>> {
        let found = fields.get(key);
        if found.is_none() {
            self.missing(fields, key);
        }
        found
    }

    /// Notes that a member is missing.
    pub(super) fn missing(&mut self, fields: &Fields<'a>, key: &str) {
        self.incomplete(fields.at());
        self.report_key(
            Rule::MissingField,
            &fields.cursor,
            format!("`{key}` is missing"),
            format!("add `{key}`"),
        );
    }

    /// A text that must be there.
    pub(super) fn required_string(&mut self, fields: &Fields<'a>, key: &str) -> Option<String> {
        let cursor = self.required(fields, key)?;
        self.string(&cursor)
    }

    /// A text that may be there.
    pub(super) fn optional_string(&mut self, fields: &Fields<'a>, key: &str) -> Option<String> {
        let cursor = fields.get(key)?;
        self.string(&cursor)
    }

    /// A boolean that may be there.
    pub(super) fn optional_bool(&mut self, fields: &Fields<'a>, key: &str) -> Option<bool> {
        let cursor = fields.get(key)?;
        match &cursor.node.kind {
            Kind::Bool(value) => Some(*value),
            Kind::String(text)
                if ["yes", "no", "on", "off"].contains(&text.to_lowercase().as_str()) =>
            {
                self.incomplete(&cursor.at);
                let reason = format!("{} is a text, and `{key}` must be a boolean", quote(text));
                self.report(
                    Rule::WrongType,
                    &cursor,
                    reason,
                    "write `true` or `false`: YAML 1.2 knows no other booleans",
                );
                None
            }
            _ => {
                self.wrong_type(&cursor, &format!("`{key}` must be `true` or `false`"));
                None
            }
        }
    }

    /// A flag that is false where it is not given.
    pub(super) fn flag(&mut self, fields: &Fields<'a>, key: &str) -> bool {
        self.optional_bool(fields, key).unwrap_or(false)
    }

    /// The value as a text.
    pub(super) fn string(&mut self, cursor: &Cursor<'a>) -> Option<String> {
        match cursor.node.as_str() {
            Some(text) => self
                .spend(cursor, 1 + text.len() / 64)
                .then(|| text.to_owned()),
            None => {
                let what = match cursor.at.last() {
                    Some(key) if cursor.key.is_some() => {
                        format!("{} must be a string", quote(&key))
                    }
                    _ => "this must be a string".to_owned(),
                };
                self.wrong_type(cursor, &what);
                None
            }
        }
    }

    /// The items of an array that may be there.
    pub(super) fn optional_array(&mut self, fields: &Fields<'a>, key: &str) -> Vec<Cursor<'a>> {
        fields
            .get(key)
            .map(|cursor| self.array(&cursor))
            .unwrap_or_default()
    }

    /// The items of an array.
    pub(super) fn array(&mut self, cursor: &Cursor<'a>) -> Vec<Cursor<'a>> {
        match &cursor.node.kind {
            Kind::Array(items) => {
                let size = items.len() * (1 + cursor.at.as_str().len() / 64);
                if !self.spend(cursor, size) {
                    return Vec::new();
                }
                items
                    .iter()
                    .enumerate()
                    .map(|(index, node)| Cursor {
                        node,
                        at: cursor.at.index(index),
                        key: None,
                    })
                    .collect()
            }
            _ => {
                let key = cursor.at.last().unwrap_or_default().into_owned();
                self.wrong_type(cursor, &format!("{} must be an array", quote(&key)));
                Vec::new()
            }
        }
    }

    /// The members of a map that may be there; extensions are left out.
    pub(super) fn optional_map(
        &mut self,
        fields: &Fields<'a>,
        key: &str,
    ) -> Vec<(&'a str, Cursor<'a>)> {
        let Some(cursor) = fields.get(key) else {
            return Vec::new();
        };
        let what = format!("`{key}`");
        self.map(&cursor, &what)
            .map(|members| members.all().collect::<Vec<_>>())
            .unwrap_or_default()
    }

    /// The texts of an array that may be there.
    pub(super) fn optional_strings(&mut self, fields: &Fields<'a>, key: &str) -> Vec<String> {
        let items = self.optional_array(fields, key);
        items.iter().filter_map(|item| self.string(item)).collect()
    }

    /// Notes that a value has the wrong type.
    pub(super) fn wrong_type(&mut self, cursor: &Cursor<'_>, expected: &str) {
        self.incomplete(&cursor.at);
        let found = cursor.node.describe();
        let remedy = match (&cursor.node.kind, expected.ends_with("a string")) {
            (Kind::Number(_) | Kind::Bool(_), true) => "put quotes around it",
            (Kind::Null, _) => "give it a value, or remove the key",
            _ => "correct the value; mind its indentation",
        };
        let reason = format!("{expected}, and is {found}");
        self.report(Rule::WrongType, cursor, reason, remedy);
    }
}

/// What to write in place of words that OpenAPI 3.1 or JSON Schema have and 3.0 does not.
fn newer(key: &str) -> Option<&'static str> {
    Some(match key {
        "const" => "use `enum` with one value",
        "$defs" | "definitions" => "put the schemas under `components.schemas`",
        "prefixItems" | "contains" | "unevaluatedItems" | "minContains" | "maxContains" => {
            "describe the items with one `items` schema; this keyword came with OpenAPI 3.1"
        }
        "patternProperties" | "propertyNames" | "unevaluatedProperties" => {
            "use `properties` and `additionalProperties`; this keyword came with OpenAPI 3.1"
        }
        "if" | "then" | "else" | "dependentRequired" | "dependentSchemas" | "dependencies" => {
            "use `oneOf`, or describe the condition in words; OpenAPI 3.0 does not have this keyword"
        }
        "contentEncoding" | "contentMediaType" => {
            "use `format: byte` or `format: binary`; this keyword came with OpenAPI 3.1"
        }
        "webhooks" | "jsonSchemaDialect" | "pathItems" => "this came with OpenAPI 3.1; remove it",
        "host" | "basePath" | "schemes" => "this is OpenAPI 2.0; use `servers`",
        _ => return None,
    })
}
