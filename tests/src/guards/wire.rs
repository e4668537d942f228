//! Recorded exchanges: the bytes that the client sends and the service answers, held against a
//! document.
//!
//! A recording says what the document thinks of its request: whether the request fits, or is
//! refused because the document describes no such request, or is refused by a rule that no document
//! can express. So a document that allows more than it did shows as well as one that allows less.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use functiongraph_contract::{Document, canonical};
use serde_json::Value;

use super::snapshot::{self, ACCEPT};
use super::{Finding, Guard};
use crate::touched;
use functiongraph_conformance::Conformance;
use functiongraph_conformance::schema::Schemas;

/// How the names of recordings begin.
pub const PREFIX: &str = "wire@";

/// Documented statuses that the reference service never answers, and why.
pub const UNPRODUCED: &[(u16, &str)] = &[];

/// Query parameters of recordings that no document lists, and why they are there.
const UNLISTED_QUERY: &[(&str, &str)] = &[("maxtems", "the vendor's example misspells maxitems")];

/// Headers that belong to HTTP and are listed by no document.
const HTTP_HEADERS: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
];

/// Headers that come with a signature, as the description of its security scheme has it, and the
/// header that carries one. OpenAPI gives a scheme one header.
const SIGNATURE_HEADERS: &[&str] = &["x-sdk-date", "x-security-token"];
const SIGNATURE: &str = "authorization";

/// What becomes of a recorded request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The document describes it, and it is followed, or refused for want of what it asks for.
    Fits,
    /// The document does not describe it.
    RefusedByDocument,
    /// The document describes it; the service has a rule against it.
    RefusedByService,
    /// The document has nothing at its path, or not its method.
    Elsewhere,
}

impl Request {
    const ALL: [Self; 4] = [
        Self::Fits,
        Self::RefusedByDocument,
        Self::RefusedByService,
        Self::Elsewhere,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Fits => "fits the document",
            Self::RefusedByDocument => "does not fit the document",
            Self::RefusedByService => "fits the document, and a rule of the service refuses it",
            Self::Elsewhere => "is for nothing that the document describes",
        }
    }
}

/// A request or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The request line or the status line.
    pub start: String,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Message {
    /// Takes the bytes of a message apart. What is not UTF-8 is replaced, which then shows in the
    /// recording.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_owned();
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            start,
            headers,
            body: body.to_owned(),
        })
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Puts a fixed text where a header's value differs from run to run.
    pub fn mask(&mut self, name: &str) {
        for (known, value) in &mut self.headers {
            if known == name {
                *value = format!("<{name}>");
            }
        }
    }

    fn header_map(&self) -> HeaderMap {
        let fields = self.headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(name, value);
        }
        map
    }

    /// Writes each line behind a sign. JSON as the generated code writes it, on one line, is
    /// broken into lines, so that a difference shows where it is; the blank line before it says so.
    fn write(&self, sign: char, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{sign} {}", self.start)?;
        for (name, value) in &self.headers {
            writeln!(formatter, "{sign} {name}: {value}")?;
        }
        if self.body.is_empty() {
            return Ok(());
        }
        let body = match indented(&self.body) {
            Some(body) => {
                writeln!(formatter, "{sign}{INDENTED}")?;
                body
            }
            None => {
                writeln!(formatter, "{sign}")?;
                self.body.clone()
            }
        };
        for line in body.split('\n') {
            writeln!(formatter, "{}", format!("{sign} {line}").trim_end())?;
        }
        Ok(())
    }

    /// Reads what [`write`](Self::write) wrote.
    fn read(sign: char, text: &str) -> Option<Self> {
        let lines: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(sign))
            .collect();
        let (start, rest) = lines.split_first()?;
        let end = rest
            .iter()
            .position(|line| line.is_empty() || *line == INDENTED)
            .unwrap_or(rest.len());
        let headers = rest
            .get(..end)?
            .iter()
            .map(|line| {
                let (name, value) = line.trim_start().split_once(':')?;
                Some((name.to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        let body: Vec<_> = rest
            .iter()
            .skip(end + 1)
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let body = body.join("\n");
        let body = match rest.get(end) {
            Some(line) if *line == INDENTED => {
                serde_json::from_str::<Value>(&body).ok()?.to_string()
            }
            _ => body,
        };
        Some(Self {
            start: start.trim_start().to_owned(),
            headers,
            body,
        })
    }
}

/// What stands before a body that was broken into lines.
const INDENTED: &str = " (on one line)";

/// A JSON text on several lines, if it can be brought back to what it was.
fn indented(body: &str) -> Option<String> {
    let value: Value = serde_json::from_str(body).ok()?;
    let line = value.to_string();
    (line == body && (value.is_object() || value.is_array())).then(|| format!("{value:#}"))
}

/// An exchange as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What it shows.
    pub about: String,
    /// What becomes of the request.
    pub fate: Request,
    /// The request.
    pub request: Message,
    /// The answer, where it is the service's; a client's request has none.
    pub answer: Option<Message>,
}

impl fmt::Display for Recording {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.about)?;
        writeln!(formatter, "The request {}.", self.fate.text())?;
        writeln!(formatter)?;
        self.request.write('>', formatter)?;
        if let Some(answer) = &self.answer {
            writeln!(formatter)?;
            answer.write('<', formatter)?;
        }
        Ok(())
    }
}

impl Recording {
    /// Reads a recording; `None` for a text that is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let about = lines.next()?.to_owned();
        let fate = lines
            .next()?
            .strip_prefix("The request ")?
            .strip_suffix('.')?;
        let fate = Request::ALL
            .into_iter()
            .find(|known| known.text() == fate)?;
        let answer = text.lines().any(|line| line.starts_with('<'));
        Some(Self {
            about,
            fate,
            request: Message::read('>', text)?,
            answer: match answer {
                true => Some(Message::read('<', text)?),
                false => None,
            },
        })
    }

    fn method_and_target(&self) -> Option<(Method, &str)> {
        let mut words = self.request.start.split(' ');
        let method = Method::from_bytes(words.next()?.as_bytes()).ok()?;
        Some((method, words.next()?))
    }

    fn status(&self) -> Option<StatusCode> {
        let answer = self.answer.as_ref()?;
        StatusCode::from_bytes(answer.start.split(' ').nth(1)?.as_bytes()).ok()
    }
}

/// Where the recorded exchanges do not fit a document, or do not cover it.
#[must_use]
pub fn wire(document: &Document) -> Vec<Finding> {
    let judge = match Judge::new(document) {
        Ok(judge) => judge,
        Err(error) => return vec![finding("the document".to_owned(), error)],
    };
    let mut found = Vec::new();
    let mut covered = Covered::default();
    for name in snapshot::names(PREFIX) {
        let path = snapshot::path(&name);
        let stored = match snapshot::read(&name) {
            Ok(stored) => stored,
            Err(error) => {
                found.push(finding(path, error.to_string()));
                continue;
            }
        };
        let edited = if stored.is_edited() {
            " (and it was edited by hand)"
        } else {
            ""
        };
        match Recording::parse(&stored.text) {
            Some(recording) => {
                let problems = judge.problems(&name, &recording, &mut covered);
                found.extend(
                    problems
                        .into_iter()
                        .map(|problem| finding(path.clone(), problem + edited)),
                );
            }
            None => found.push(finding(
                path,
                format!("it is no recording{edited}: delete it and run `{ACCEPT}`"),
            )),
        }
    }
    found.extend(judge.missing(&covered));
    found
}

/// What the recordings show.
#[derive(Default)]
struct Covered {
    sent: BTreeSet<String>,
    answered: BTreeMap<String, BTreeSet<u16>>,
}

/// A document, ready to judge recordings.
struct Judge {
    form: Value,
    conformance: Conformance,
    schemas: Schemas,
}

/// An operation of the canonical document.
struct Operation<'d> {
    pointer: String,
    value: &'d Value,
}

impl Judge {
    fn new(document: &Document) -> Result<Self, String> {
        let conformance = Conformance::new(document).map_err(|error| error.to_string())?;
        Ok(Self {
            form: canonical(document.value()),
            conformance,
            schemas: Schemas::of(document),
        })
    }

    /// The operation with an id.
    fn operation(&self, id: &str) -> Option<Operation<'_>> {
        let paths = self.form.get("paths")?.as_object()?;
        paths.iter().find_map(|(path, item)| {
            item.as_object()?.iter().find_map(|(method, value)| {
                (value.get("operationId")?.as_str()? == id).then(|| Operation {
                    pointer: format!(
                        "/paths/{}/{method}",
                        path.replace('~', "~0").replace('/', "~1")
                    ),
                    value,
                })
            })
        })
    }

    fn ids(&self) -> BTreeSet<String> {
        touched::operations(&[&self.form], "").into_iter().collect()
    }

    /// Everything about one recording that the document does not describe.
    fn problems(&self, name: &str, recording: &Recording, covered: &mut Covered) -> Vec<String> {
        let Some((method, target)) = recording.method_and_target() else {
            return vec![format!("`{}` is no request line", recording.request.start)];
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let Some(id) = self.conformance.operation(&method, path) else {
            return match recording.fate {
                Request::Elsewhere => self.error_body(recording),
                _ => vec![remedied(&format!(
                    "/paths: the recorded request is {method} {path}, and the document has no operation for it"
                ))],
            };
        };
        let with_id = |problem: &String| remedied(&format!("{problem}; touches {id}"));
        if recording.fate == Request::Elsewhere {
            let problem = format!(
                "/paths: {method} {path} was refused because there was no such operation, and now there is one"
            );
            return vec![with_id(&problem)];
        }
        let mut problems = Vec::new();
        let recorded = name.strip_prefix(PREFIX).unwrap_or(name);
        let recorded = recorded.strip_prefix("client.").unwrap_or(recorded);
        if !recorded.starts_with(&format!("{id}.")) {
            let recorded = recorded.split('.').next().unwrap_or_default();
            problems.push(format!("the exchange was recorded for {recorded}, and the document calls the operation {id}"));
        }
        let wrong = self.request_problems(id, recording, &method, path, query);
        match recording.fate {
            Request::RefusedByDocument if wrong.is_empty() => problems.push(format!(
                "the request was refused with {}, and the document now allows it: a constraint, a required part, a media type or a credential is gone",
                recording.answer.as_ref().map_or("an error", |answer| answer.start.as_str()),
            )),
            Request::RefusedByDocument => {}
            _ => problems.extend(wrong.into_iter().map(|problem| format!("the request: {problem}"))),
        }
        match (&recording.answer, recording.status()) {
            (None, _) => {
                covered.sent.insert(id.to_owned());
            }
            (Some(answer), Some(status)) => {
                covered
                    .answered
                    .entry(id.to_owned())
                    .or_default()
                    .insert(status.as_u16());
                problems.extend(self.answer_problems(id, status, answer));
            }
            (Some(answer), None) => problems.push(format!("`{}` is no status line", answer.start)),
        }
        problems.iter().map(with_id).collect()
    }

    fn request_problems(
        &self,
        id: &str,
        recording: &Recording,
        method: &Method,
        path: &str,
        query: Option<&str>,
    ) -> Vec<String> {
        let query = query.map(|query| {
            let listed = query.split('&').filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                !UNLISTED_QUERY.iter().any(|(known, _)| *known == name)
            });
            listed.collect::<Vec<_>>().join("&")
        });
        let request = &recording.request;
        let mut found = self.conformance.check_request(
            method,
            path,
            query.as_deref(),
            &request.header_map(),
            request.body.as_bytes(),
        );
        let Some(operation) = self.operation(id) else {
            return found;
        };
        let known = self.request_headers(operation.value);
        for (name, _) in &request.headers {
            let of_a_signature =
                SIGNATURE_HEADERS.contains(&name.as_str()) && known.contains(SIGNATURE);
            let of_http = HTTP_HEADERS.contains(&name.as_str());
            if !of_http && !of_a_signature && !known.contains(name) {
                found.push(format!(
                    "{}: the header {name} is neither a parameter nor a credential",
                    operation.pointer
                ));
            }
        }
        if let Ok(body) = serde_json::from_str(&request.body) {
            let content = operation.value.pointer("/requestBody/content");
            found.extend(self.undescribed(content, request, &body));
        }
        found
    }

    /// The headers that a request may have by the document.
    fn request_headers(&self, operation: &Value) -> BTreeSet<String> {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let parameters = parameters.into_iter().flatten();
        let mut names: BTreeSet<_> = parameters
            .filter(|parameter| parameter.get("in").is_some_and(|place| place == "header"))
            .filter_map(|parameter| Some(parameter.get("name")?.as_str()?.to_ascii_lowercase()))
            .collect();
        let schemes = self
            .form
            .pointer("/components/securitySchemes")
            .and_then(Value::as_object);
        let required = operation.get("security").and_then(Value::as_array);
        let required: BTreeSet<_> = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(|requirement| requirement.keys())
            .collect();
        for (name, scheme) in schemes.into_iter().flatten() {
            if required.contains(name) {
                let header = scheme
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or("authorization");
                names.insert(header.to_ascii_lowercase());
            }
        }
        names
    }

    fn answer_problems(&self, id: &str, status: StatusCode, answer: &Message) -> Vec<String> {
        let at = self
            .operation(id)
            .map(|operation| operation.pointer)
            .unwrap_or_default();
        let at = format!("{at}/responses/{}", status.as_u16());
        let body = answer.body.as_bytes();
        let found = self
            .conformance
            .check_response(id, status, &answer.header_map(), body);
        let mut found: Vec<_> = found
            .into_iter()
            .map(|problem| format!("{at}: {problem}"))
            .collect();
        if let Ok(body) = serde_json::from_str(&answer.body) {
            let content = self.form.pointer(&format!("{at}/content"));
            let problems = self.undescribed(content, answer, &body);
            found.extend(
                problems
                    .into_iter()
                    .map(|problem| format!("{at}: {problem}")),
            );
        }
        found
    }

    /// Properties of a body that the document does not name.
    fn undescribed(&self, content: Option<&Value>, message: &Message, body: &Value) -> Vec<String> {
        let stated = message.header("content-type").unwrap_or_default();
        let stated = stated.split(';').next().unwrap_or_default().trim();
        let mut found = Vec::new();
        let schema = content.and_then(|content| content.get(stated)?.get("schema"));
        if let Some(schema) = schema {
            self.properties(schema, body, "/body", &mut found);
        }
        found
    }

    fn properties(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let schema = self.schemas.resolve(schema);
        match value {
            Value::Object(members) => {
                // Alternatives and combinations name properties in other places.
                let Some(known) = schema.get("properties").and_then(Value::as_object) else {
                    return;
                };
                let any = ["allOf", "anyOf", "oneOf"]
                    .iter()
                    .any(|key| schema.get(key).is_some());
                for (name, value) in members {
                    let at = format!("{at}/{name}");
                    match known.get(name) {
                        Some(schema) => self.properties(schema, value, &at, found),
                        None if any => {}
                        None => {
                            found.push(format!("{at}: the document does not name this property"))
                        }
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.properties(schema, item, &format!("{at}/{index}"), found);
                    }
                }
            }
            _ => {}
        }
    }

    /// What is wrong with the body of an error that no operation answers: it is like all others.
    fn error_body(&self, recording: &Recording) -> Vec<String> {
        let Some(answer) = &recording.answer else {
            return Vec::new();
        };
        let Some(schema) = self.form.pointer("/components/schemas/Error") else {
            return vec![remedied(
                "/components/schemas/Error: the document has no such schema",
            )];
        };
        let (Ok(judge), Ok(body)) = (
            self.schemas.judge(schema),
            serde_json::from_str(&answer.body),
        ) else {
            return vec![remedied(
                "/components/schemas/Error: the recorded body is not JSON",
            )];
        };
        let problems = judge.iter_errors(&body).map(|error| error.to_string());
        let mut problems: Vec<_> = problems.collect();
        self.properties(schema, &body, "/body", &mut problems);
        let problems = problems.iter();
        problems
            .map(|problem| remedied(&format!("/components/schemas/Error: {problem}")))
            .collect()
    }

    /// What the document has and no recording shows.
    fn missing(&self, covered: &Covered) -> Vec<Finding> {
        let mut found = Vec::new();
        for id in self.ids() {
            let at = self
                .operation(&id)
                .map(|operation| operation.pointer)
                .unwrap_or_default();
            if !covered.sent.contains(&id) {
                found.push(finding(
                    at.clone(),
                    recorded(&format!("no recording shows what a client sends for {id}")),
                ));
            }
            let answered = covered.answered.get(&id).cloned().unwrap_or_default();
            for status in self.conformance.statuses(&id) {
                let unproduced = UNPRODUCED.iter().any(|(known, _)| *known == status);
                if unproduced == answered.contains(&status) {
                    let reason = match unproduced {
                        true => format!(
                            "{id} is recorded with {status}: take it off the list UNPRODUCED"
                        ),
                        false => {
                            recorded(&format!("no recording shows {id} answered with {status}"))
                        }
                    };
                    found.push(finding(format!("{at}/responses/{status}"), reason));
                }
            }
        }
        found
    }
}

fn remedied(problem: &str) -> String {
    format!(
        "{problem}; correct the document, or run `cargo xtask generate` and then `{ACCEPT}` to record anew"
    )
}

fn recorded(problem: &str) -> String {
    format!("{problem}; add one to tests/tests/it/wire.rs and run `{ACCEPT}`")
}

fn finding(place: String, message: String) -> Finding {
    Finding {
        guard: Guard::Wire,
        place,
        message,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        for body in [
            "",
            "{ \"a\" : 1 }",
            "{\"a\":[1,{\"b\":null}]}",
            "two\nlines\n\nand more",
            "[]",
            "1",
        ] {
            let request = Message {
                start: "POST /x?y=z HTTP/1.1".to_owned(),
                headers: vec![
                    ("host".to_owned(), "test".to_owned()),
                    ("x-empty".to_owned(), String::new()),
                ],
                body: body.to_owned(),
            };
            let answer = Message {
                start: "HTTP/1.1 200 OK".to_owned(),
                headers: vec![("date".to_owned(), "<date>".to_owned())],
                body: body.to_owned(),
            };
            for answer in [None, Some(answer)] {
                for fate in Request::ALL {
                    let recording = Recording {
                        about: "Something.".to_owned(),
                        fate,
                        request: request.clone(),
                        answer: answer.clone(),
                    };
                    let text = recording.to_string();
                    assert_eq!(Recording::parse(&text), Some(recording.clone()), "{text}");
                    assert_eq!(Recording::parse(text.trim_end()), Some(recording), "{text}");
                }
            }
        }
    }

    #[test]
    fn bytes_are_taken_apart() {
        let message =
            Message::of_bytes(b"HTTP/1.1 204 No Content\r\nDate: x\r\nX-A:b\r\n\r\n").unwrap();
        assert_eq!(message.header("x-a"), Some("b"));
        assert_eq!(message.body, "");
        assert_eq!(Message::of_bytes(b"HTTP/1.1 204"), None);
    }
}
