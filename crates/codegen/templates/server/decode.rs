//! Typed input out of a request: every violation is found before the first value is built.

#![allow(
    dead_code,
    reason = "which of these are needed depends on the document"
)]

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::rejection::Refusal;
use super::serve::Incoming;
use super::text::{self, NotUtf8, Query, Scalar};
use super::types::validate::Check;
use super::types::{Constraint, Location, Violations};
use super::{Cause, MalformedJson, RejectionKind};

/// What an absent value means.
#[derive(Clone, Copy)]
pub(crate) enum Absent {
    /// That there is none.
    Nothing,
    /// A violation.
    Missing,
    /// The document's default.
    Default(fn() -> Value),
}

/// How an array stands in a query.
#[derive(Clone, Copy, Debug)]
pub(crate) enum List {
    /// The name repeated.
    Repeated,
    /// One value, with commas.
    Commas,
}

/// Values that passed their checks and yet could not be built.
#[derive(Debug, thiserror::Error)]
#[error("a valid value could not be decoded: checks and types disagree")]
struct Disagreement(#[source] serde_json::Error);

/// A value that has to be there is not, and no violation says so.
#[derive(Debug, thiserror::Error)]
#[error("a required value is missing without a violation")]
struct Unnoticed;

/// Collects the values of a request and what is wrong with them.
pub(crate) struct Decoder<'a> {
    incoming: &'a Incoming,
    query: Query<'a>,
    violations: Violations,
    malformed: Option<MalformedJson>,
}

impl<'a> Decoder<'a> {
    /// For the path alone.
    pub(crate) fn of_path(incoming: &'a Incoming) -> Self {
        Self {
            incoming,
            query: Query::default(),
            violations: Violations::default(),
            malformed: None,
        }
    }

    /// For what stands beside the path.
    pub(crate) fn new(incoming: &'a Incoming) -> Self {
        Self {
            query: Query::parse(incoming.request.uri.query()),
            ..Self::of_path(incoming)
        }
    }

    /// A path parameter.
    pub(crate) fn path(
        &mut self,
        name: &'static str,
        scalar: Scalar,
        check: Check<'_>,
    ) -> Option<Value> {
        let text = self.incoming.path.iter().find(|(known, _)| *known == name);
        let text = text.map(|(_, text)| text.as_deref().map(Cow::Borrowed).ok_or(NotUtf8));
        self.one(["path", name], text, scalar, Absent::Missing, check)
    }

    /// A query parameter.
    pub(crate) fn query(
        &mut self,
        name: &'static str,
        scalar: Scalar,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        let text = self.query.first(name);
        self.one(["query", name], text, scalar, absent, check)
    }

    /// A query parameter that is an array.
    pub(crate) fn query_list(
        &mut self,
        name: &'static str,
        list: List,
        items: Scalar,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        let texts = self.query.all(name, matches!(list, List::Repeated));
        self.many(["query", name], texts, items, absent, check)
    }

    /// A header parameter.
    pub(crate) fn header(
        &mut self,
        name: &'static str,
        scalar: Scalar,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        let text = text::header(&self.incoming.request.headers, name);
        self.one(["header", name], text, scalar, absent, check)
    }

    /// A header parameter that is an array.
    pub(crate) fn header_list(
        &mut self,
        name: &'static str,
        items: Scalar,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        let texts = text::header_list(&self.incoming.request.headers, name);
        self.many(["header", name], texts, items, absent, check)
    }

    /// The body. An empty one is none, and so is `null` where the body is optional; the media type
    /// is judged only where there is something of that type.
    pub(crate) fn body(
        &mut self,
        media_type: &'static str,
        required: bool,
        check: Check<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let bytes = self.incoming.body()?;
        if bytes.is_empty() {
            if required {
                self.broken(&["body"], Constraint::Required);
            }
            return Ok(None);
        }
        if !is_of_type(&self.incoming.request.headers, media_type) {
            return Err(Refusal::new(RejectionKind::UnsupportedMediaType {
                expected: media_type,
            }));
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(Value::Null) if !required => Ok(None),
            Ok(value) => {
                self.check(&["body"], &value, check);
                Ok(Some(value))
            }
            Err(error) => {
                self.malformed = Some(MalformedJson {
                    line: error.line(),
                    column: error.column(),
                    incomplete: error.classify() == Category::Eof,
                });
                Ok(None)
            }
        }
    }

    /// Refuses a request whose path broke a constraint.
    pub(crate) fn finish_path(self) -> Result<(), Refusal> {
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(Refusal::new(RejectionKind::PathInvalid(self.violations)))
        }
    }

    /// Refuses a request that broke a constraint anywhere else.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let Self {
            violations,
            malformed,
            ..
        } = self;
        if violations.is_empty() && malformed.is_none() {
            Ok(())
        } else {
            Err(Refusal::new(RejectionKind::Invalid {
                violations,
                malformed,
            }))
        }
    }

    /// Judges the value of a place. Each place has violations of its own at first: what bounds the
    /// work on one of them must not keep another from being looked at.
    fn check(&mut self, place: &[&str], value: &Value, check: Check<'_>) {
        let mut violations = Violations::default();
        at(place, &mut Location::default(), &mut |location| {
            check(value, location, &mut violations)
        });
        self.violations.extend(violations);
    }

    fn broken(&mut self, place: &[&str], constraint: Constraint) {
        at(place, &mut Location::default(), &mut |location| {
            self.violations.push(location, constraint.clone())
        });
    }

    fn one(
        &mut self,
        place: [&str; 2],
        text: Option<Result<Cow<'_, str>, NotUtf8>>,
        scalar: Scalar,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        let value = text.map(|text| text.map(|text| scalar.value(&text)));
        self.judged(place, value, scalar.name(), absent, check)
    }

    fn many(
        &mut self,
        place: [&str; 2],
        texts: Option<Result<Vec<Cow<'_, str>>, NotUtf8>>,
        items: Scalar,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        let array = |texts: Vec<Cow<'_, str>>| texts.iter().map(|text| items.value(text)).collect();
        let value = texts.map(|texts| texts.map(array));
        self.judged(place, value, "array", absent, check)
    }

    fn judged(
        &mut self,
        place: [&str; 2],
        value: Option<Result<Value, NotUtf8>>,
        expected: &'static str,
        absent: Absent,
        check: Check<'_>,
    ) -> Option<Value> {
        match value {
            Some(Ok(value)) => {
                self.check(&place, &value, check);
                Some(value)
            }
            Some(Err(NotUtf8)) => {
                self.broken(&place, Constraint::Type { expected });
                None
            }
            None => match absent {
                Absent::Nothing => None,
                Absent::Missing => {
                    self.broken(&place, Constraint::Required);
                    None
                }
                Absent::Default(value) => Some(value()),
            },
        }
    }
}

/// Runs `work` at a place of the request.
fn at(place: &[&str], location: &mut Location, work: &mut dyn FnMut(&mut Location)) {
    match place {
        [] => work(location),
        [first, rest @ ..] => location.property(first, |location| at(rest, location, work)),
    }
}

/// The typed value of a place that always has one.
pub(crate) fn required<T: DeserializeOwned>(value: Option<Value>) -> Result<T, Refusal> {
    let internal = |cause| Refusal::because(RejectionKind::Internal, cause);
    let mut value = value.ok_or_else(|| internal(Cause::new(Unnoticed)))?;
    if let Ok(typed) = T::deserialize(&value) {
        return Ok(typed);
    }
    whole_numbers(&mut value);
    T::deserialize(value).map_err(|error| internal(Cause::new(Disagreement(error))))
}

/// Writes numbers without a fraction as integers: `1.0` is one in JSON Schema, but not to serde.
/// The types read it by themselves; plain arrays and maps of integers do not.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            // 2^63 is a double, and the first beyond the range.
            let limit = 2_f64.powi(63);
            let whole = number
                .as_f64()
                .filter(|float| float.fract() == 0.0 && (-limit..limit).contains(float));
            if let (true, Some(whole)) = (number.is_f64(), whole) {
                #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
                {
                    *value = Value::from(whole as i64);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The typed value of a place that may be empty.
pub(crate) fn optional<T: DeserializeOwned>(value: Option<Value>) -> Result<Option<T>, Refusal> {
    value.map(|value| required(Some(value))).transpose()
}

/// Whether the body is of a media type, in UTF-8 and without content coding.
fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    let coded = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(stated), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(stated) = stated.to_str() else {
        return false;
    };
    let mut parts = stated.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            let value = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || value.eq_ignore_ascii_case("utf-8")
                || value.eq_ignore_ascii_case("utf8")
        });
    !coded && utf8 && essence.eq_ignore_ascii_case(media_type)
}
