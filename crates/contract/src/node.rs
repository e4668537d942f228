//! A JSON value that knows where each of its parts stands in the source.

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

use crate::Pointer;
use crate::source::Span;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(IndexMap<String, Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    /// Where the key stands.
    pub(crate) key: Span,
    pub(crate) node: Node,
}

/// Whether a finding concerns a member's key or its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Focus {
    Key,
    Value,
}

impl Node {
    /// The JSON type, with its article, as messages name it.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(number) if number.is_f64() => "a number",
            Kind::Number(_) => "an integer",
            Kind::String(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }

    /// The plain JSON value.
    pub(crate) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::String(text) => Value::String(text.clone()),
            Kind::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Kind::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, member)| (key.clone(), member.node.to_value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// How much there is to copy: values, and 64 bytes of text for another one.
    pub(crate) fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::String(text) => text.len() / 64,
            Kind::Array(items) => items.iter().map(Self::size).sum(),
            Kind::Object(members) => members
                .iter()
                .map(|(key, member)| key.len() / 64 + member.node.size())
                .sum(),
            _ => 0,
        }
    }

    /// The members, where this is an object.
    pub(crate) fn members(&self) -> Option<&IndexMap<String, Member>> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member `key`, where this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.members()?.get(key).map(|member| &member.node)
    }

    /// The text, where this is a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The node at `pointer`.
    pub(crate) fn find(&self, pointer: &Pointer) -> Option<&Self> {
        pointer.segments().try_fold(self, |node, segment| {
            node.child(&segment).map(|(_, child)| child)
        })
    }

    /// Where to look for what is at `pointer`: a scalar's value, a container's key (its value may
    /// fill the screen). What does not exist is looked for at its nearest existing ancestor.
    pub(crate) fn span_of(&self, pointer: &Pointer, focus: Focus) -> Span {
        let mut node = self;
        let mut key = None;
        for segment in pointer.segments() {
            match node.child(&segment) {
                Some((at, child)) => (node, key) = (child, at),
                None => return key.unwrap_or(node.span),
            }
        }
        match (focus, &node.kind, key) {
            (Focus::Key, _, Some(key)) | (_, Kind::Object(_) | Kind::Array(_), Some(key)) => key,
            _ => node.span,
        }
    }

    fn child(&self, segment: &str) -> Option<(Option<Span>, &Self)> {
        match &self.kind {
            Kind::Object(members) => members
                .get(segment)
                .map(|member| (Some(member.key), &member.node)),
            Kind::Array(items) => {
                let node = items.get(segment.parse::<usize>().ok()?)?;
                Some((None, node))
            }
            _ => None,
        }
    }
}
