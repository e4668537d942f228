//! Parameters from text: percent-decoding, and JSON values for the validators.

#![allow(
    dead_code,
    reason = "which of these are needed depends on the document"
)]

use std::borrow::Cow;

use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Number, Value};

/// What a parameter's text stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar {
    String,
    Integer,
    Number,
    Boolean,
}

impl Scalar {
    /// The JSON type, as violations name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }

    /// The JSON value that a text stands for. A text that does not have the wanted form stays a
    /// string, which the validator then finds to be of the wrong type.
    pub(crate) fn value(self, text: &str) -> Value {
        let parsed = match self {
            Self::String => None,
            Self::Integer => integer(text),
            Self::Number => number(text),
            Self::Boolean => match text {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
        };
        parsed.unwrap_or_else(|| Value::String(text.to_owned()))
    }
}

/// Decimal digits as JSON writes them, within the range of an `i64`.
fn integer(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || !digits.starts_with('0');
    let number =
        canonical && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if number {
        text.parse::<i64>().ok().map(Value::from)
    } else {
        None
    }
}

/// A number as JSON writes it.
fn number(text: &str) -> Option<Value> {
    // JSON allows white space around a value; a parameter is nothing but the number.
    let bare = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    if bare {
        serde_json::from_str::<Number>(text).ok().map(Value::Number)
    } else {
        None
    }
}

/// Text that turned out not to be UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotUtf8;

/// Percent-decoded text of a path segment. What is no percent-encoding stays as it is.
pub(crate) fn path_text(raw: &str) -> Result<Cow<'_, str>, NotUtf8> {
    percent_decode_str(raw).decode_utf8().map_err(|_| NotUtf8)
}

/// Percent-decoded text of a query, where `+` is a space.
fn query_text(raw: &str) -> Result<Cow<'_, str>, NotUtf8> {
    if !raw.contains('+') {
        return path_text(raw);
    }
    let spaced = raw.replace('+', " ");
    let decoded = percent_decode_str(&spaced)
        .decode_utf8()
        .map_err(|_| NotUtf8)?;
    Ok(Cow::Owned(decoded.into_owned()))
}

/// The pairs of a query, values still encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Query<'a> {
    /// Splits a query. Names that are not UTF-8 are nobody's, and left out.
    pub(crate) fn parse(raw: Option<&'a str>) -> Self {
        let pairs = raw
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty());
        Self(
            pairs
                .filter_map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    Some((query_text(name).ok()?, value))
                })
                .collect(),
        )
    }

    fn raw<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'a str> + 'q {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| *value)
    }

    /// The first value of a name: a scalar that is repeated counts once.
    pub(crate) fn first(&self, name: &str) -> Option<Result<Cow<'a, str>, NotUtf8>> {
        self.raw(name).next().map(query_text)
    }

    /// All values of a name: of its repetitions, or of the first one split at commas. The commas
    /// are those that are not percent-encoded.
    pub(crate) fn all(
        &self,
        name: &str,
        repeated: bool,
    ) -> Option<Result<Vec<Cow<'a, str>>, NotUtf8>> {
        let mut values = self.raw(name).peekable();
        values.peek()?;
        Some(if repeated {
            values.map(query_text).collect()
        } else {
            values
                .take(1)
                .flat_map(|value| value.split(','))
                .map(query_text)
                .collect()
        })
    }
}

/// The first value of a header.
pub(crate) fn header<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> Option<Result<Cow<'a, str>, NotUtf8>> {
    let value = headers.get(name)?;
    Some(
        std::str::from_utf8(value.as_bytes())
            .map(Cow::Borrowed)
            .map_err(|_| NotUtf8),
    )
}

/// All values of a header, of its repetitions and split at commas.
pub(crate) fn header_list<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> Option<Result<Vec<Cow<'a, str>>, NotUtf8>> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let mut list = Vec::new();
    for value in values {
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
            return Some(Err(NotUtf8));
        };
        list.extend(
            text.split(',')
                .map(|item| Cow::Borrowed(item.trim_matches([' ', '\t']))),
        );
    }
    Some(Ok(list))
}

/// The parameters in a path that has the shape of the template: the name that each segment of it
/// stands for, or none. Values that are not UTF-8 are `None`.
pub(crate) fn captures(
    template: &[Option<&'static str>],
    path: &str,
) -> Vec<(&'static str, Option<String>)> {
    let segments = path.strip_prefix('/').unwrap_or(path).split('/');
    template
        .iter()
        .zip(segments)
        .filter_map(|(name, raw)| Some(((*name)?, path_text(raw).ok().map(Cow::into_owned))))
        .collect()
}
