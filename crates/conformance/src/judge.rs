//! The judge of single messages and of exchanges.

use std::collections::{BTreeSet, HashMap};

use axum::http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use functiongraph_contract::{Document, canonical};
use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::schema::{Schemas, Unjudgeable};

/// Headers that belong to HTTP rather than to an API: no document lists them.
const TRANSPORT: &[HeaderName] = &[
    ALLOW,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    DATE,
    TRANSFER_ENCODING,
];

/// What a server says of a connection rather than of an operation: no operation lists it. 408 and 431
/// end a request that did not arrive as a whole, and so does 413 where the operation has no body.
const OF_THE_CONNECTION: &[StatusCode] = &[
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
];

/// The document, ready to judge messages.
#[derive(Debug)]
pub struct Conformance {
    operations: Vec<Operation>,
}

#[derive(Debug)]
struct Operation {
    id: String,
    method: Method,
    /// The segments of the path: a literal, or the name of a parameter.
    segments: Vec<Segment>,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    /// Sets of headers, one of which has to be there.
    security: Vec<Vec<HeaderName>>,
    responses: HashMap<u16, Described>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
}

#[derive(Debug)]
struct Parameter {
    place: String,
    name: String,
    required: bool,
    schema: Typed,
}

#[derive(Debug)]
struct RequestBody {
    required: bool,
    content: HashMap<String, Validator>,
}

#[derive(Debug)]
struct Described {
    headers: Vec<Header>,
    content: HashMap<String, Validator>,
}

#[derive(Debug)]
struct Header {
    name: HeaderName,
    schema: Typed,
}

/// A schema for values that travel as text.
#[derive(Debug)]
struct Typed {
    kind: Option<String>,
    validator: Validator,
}

impl Typed {
    fn new(schemas: &Schemas, schema: &Value) -> Result<Self, Unjudgeable> {
        let kind = schemas.resolve(schema).get("type").and_then(Value::as_str);
        Ok(Self {
            kind: kind.map(str::to_owned),
            validator: schemas.judge(schema)?,
        })
    }

    fn problems(&self, text: &str) -> Vec<String> {
        let as_text = || Value::String(text.to_owned());
        let value = match self.kind.as_deref() {
            Some("integer" | "number") => text.parse().map_or_else(|_| as_text(), Value::Number),
            Some("boolean") => text.parse().map_or_else(|_| as_text(), Value::Bool),
            _ => as_text(),
        };
        problems(&self.validator, &value)
    }
}

fn problems(validator: &Validator, value: &Value) -> Vec<String> {
    validator
        .iter_errors(value)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect()
}

/// The media type of a message, without parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let stated = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(
        stated
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase(),
    )
}

fn member<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Conformance {
    /// Gets a document ready.
    ///
    /// # Errors
    /// A schema that `jsonschema` cannot take.
    pub fn new(document: &Document) -> Result<Self, Unjudgeable> {
        let form = canonical(document.value());
        let schemas = Schemas::of(document);
        let mut operations = Vec::new();
        for (path, item) in form
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) else {
                    continue;
                };
                if operation.get("responses").is_some() {
                    operations.push(Operation::new(&form, &schemas, path, method, operation)?);
                }
            }
        }
        Ok(Self { operations })
    }

    /// The id of the operation that a request is for.
    #[must_use]
    pub fn operation(&self, method: &Method, path: &str) -> Option<&str> {
        self.find(method, path)
            .map(|(operation, _)| operation.id.as_str())
    }

    /// The statuses that the document has for an operation, in order.
    #[must_use]
    pub fn statuses(&self, operation: &str) -> Vec<u16> {
        let found = self.operations.iter().find(|known| known.id == operation);
        let mut statuses: Vec<_> = found
            .into_iter()
            .flat_map(|found| found.responses.keys().copied())
            .collect();
        statuses.sort_unstable();
        statuses
    }

    fn find(&self, method: &Method, path: &str) -> Option<(&Operation, Vec<(&str, String)>)> {
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.operations
            .iter()
            .filter(|operation| operation.method == *method)
            .find_map(|operation| Some((operation, operation.matches(path)?)))
    }

    /// Everything about the answer to a request that the document does not describe; nothing where
    /// the request is for no operation, or where it did not arrive as a whole (408, 431). An answer
    /// to HEAD is that to GET without the body.
    #[must_use]
    pub fn check_answer(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<String> {
        let Some((known, _)) = self.find(method, path) else {
            return Vec::new();
        };
        if OF_THE_CONNECTION.contains(&status)
            || status == StatusCode::PAYLOAD_TOO_LARGE && known.body.is_none()
        {
            return Vec::new();
        }
        if *method != Method::HEAD {
            return known.check(status, headers, Some(body));
        }
        let mut found = known.check(status, headers, None);
        if !body.is_empty() {
            found.push("an answer to HEAD has a body".to_owned());
        }
        found
    }

    /// Everything about a request that the document does not describe. `path` and `query` are as
    /// they travel, percent-encoded.
    #[must_use]
    pub fn check_request(
        &self,
        method: &Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<String> {
        let Some((operation, in_path)) = self.find(method, path) else {
            return vec![format!("the document has no operation {method} {path}")];
        };
        let mut found = Vec::new();
        let mut in_query = Vec::new();
        for pair in query
            .into_iter()
            .flat_map(|query| query.split('&'))
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| {
                let text = text.replace('+', " ");
                percent_decode_str(&text).decode_utf8_lossy().into_owned()
            };
            in_query.push((decoded(name), decoded(value)));
        }
        for (name, _) in &in_query {
            if !operation
                .parameters
                .iter()
                .any(|known| known.place == "query" && known.name == *name)
            {
                found.push(format!(
                    "/query/{name}: the operation has no such parameter"
                ));
            }
        }
        for parameter in &operation.parameters {
            let texts: Vec<String> = match parameter.place.as_str() {
                "path" => in_path
                    .iter()
                    .filter(|(name, _)| *name == parameter.name)
                    .map(|(_, text)| text.clone())
                    .collect(),
                "query" => in_query
                    .iter()
                    .filter(|(name, _)| *name == parameter.name)
                    .map(|(_, text)| text.clone())
                    .collect(),
                "header" => {
                    let values = headers.get_all(&parameter.name).iter();
                    values
                        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                        .collect()
                }
                _ => continue,
            };
            let at = format!("/{}/{}", parameter.place, parameter.name);
            if texts.is_empty() && parameter.required {
                found.push(format!("{at}: it is required"));
            }
            if texts.len() > 1 {
                found.push(format!("{at}: it is there {} times", texts.len()));
            }
            for text in texts {
                found.extend(
                    parameter
                        .schema
                        .problems(&text)
                        .into_iter()
                        .map(|problem| format!("{at}: {problem}")),
                );
            }
        }
        if !operation.security.is_empty() {
            let satisfied = operation
                .security
                .iter()
                .any(|set| set.iter().all(|name| headers.contains_key(name)));
            if !satisfied {
                found.push(
                    "it carries none of the credentials that the operation asks for".to_owned(),
                );
            }
        }
        match &operation.body {
            None if body.is_empty() => {}
            None => found.push("it has a body, and the operation has none".to_owned()),
            Some(expected) if body.is_empty() => {
                if expected.required {
                    found.push("it has no body".to_owned());
                }
            }
            Some(expected) => found.extend(content(&expected.content, headers, body)),
        }
        found
    }

    /// Everything about a response that the document does not describe. A header that the document
    /// lists for the status has to be there: what is listed is what callers rely on.
    #[must_use]
    pub fn check_response(
        &self,
        operation: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<String> {
        match self.operations.iter().find(|known| known.id == operation) {
            Some(known) => known.check(status, headers, Some(body)),
            None => vec![format!("the document has no operation {operation}")],
        }
    }
}

impl Operation {
    /// Everything about an answer that the document does not describe; without a body, of its head
    /// alone.
    fn check(&self, status: StatusCode, headers: &HeaderMap, body: Option<&[u8]>) -> Vec<String> {
        let Some(described) = self.responses.get(&status.as_u16()) else {
            return vec![format!("{} has no status {}", self.id, status.as_u16())];
        };
        let mut found = Vec::new();
        for header in &described.headers {
            let at = format!("/header/{}", header.name);
            let mut values = headers.get_all(&header.name).iter().peekable();
            if values.peek().is_none() {
                found.push(format!(
                    "{at}: the document lists it for {}, and it is not there",
                    status.as_u16()
                ));
            }
            for value in values {
                let text = String::from_utf8_lossy(value.as_bytes());
                found.extend(
                    header
                        .schema
                        .problems(&text)
                        .into_iter()
                        .map(|problem| format!("{at}: {problem}")),
                );
            }
        }
        for name in headers.keys() {
            if !TRANSPORT.contains(name)
                && !described.headers.iter().any(|known| known.name == *name)
            {
                found.push(format!(
                    "/header/{name}: the document does not list it for {}",
                    status.as_u16()
                ));
            }
        }
        let Some(body) = body else {
            return found;
        };
        if described.content.is_empty() {
            if !body.is_empty() {
                found.push(format!(
                    "{} has a body, and the document lists none",
                    status.as_u16()
                ));
            }
        } else {
            found.extend(content(&described.content, headers, body));
        }
        found
    }
}

/// What is wrong with a body.
fn content(expected: &HashMap<String, Validator>, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let stated = media_type(headers);
    let Some(validator) = stated.as_ref().and_then(|stated| expected.get(stated)) else {
        let known: BTreeSet<_> = expected.keys().collect();
        return vec![format!(
            "/header/content-type: it is {stated:?}, and the document lists {known:?}"
        )];
    };
    match serde_json::from_slice(body) {
        Ok(value) => problems(validator, &value)
            .into_iter()
            .map(|problem| format!("/body{problem}"))
            .collect(),
        Err(error) => vec![format!("/body: it is not JSON: {error}")],
    }
}

impl Operation {
    fn new(
        form: &Value,
        schemas: &Schemas,
        path: &str,
        method: Method,
        operation: &Value,
    ) -> Result<Self, Unjudgeable> {
        let any = json!({});
        let schema_of = |value: &Value| Typed::new(schemas, value.get("schema").unwrap_or(&any));
        let contents = |value: Option<&Value>| {
            let types = value
                .and_then(|value| value.get("content"))
                .and_then(Value::as_object);
            types
                .into_iter()
                .flatten()
                .map(|(name, media)| {
                    Ok((
                        name.to_ascii_lowercase(),
                        schemas.judge(media.get("schema").unwrap_or(&any))?,
                    ))
                })
                .collect::<Result<HashMap<_, _>, Unjudgeable>>()
        };
        let mut parameters = Vec::new();
        for parameter in operation
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            parameters.push(Parameter {
                place: member(parameter, "in").to_owned(),
                name: member(parameter, "name").to_owned(),
                required: parameter.get("required") == Some(&Value::Bool(true)),
                schema: schema_of(parameter)?,
            });
        }
        let mut responses = HashMap::new();
        for (status, response) in operation
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let Ok(status) = status.parse() else { continue };
            let mut headers = Vec::new();
            for (name, header) in response
                .get("headers")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                    headers.push(Header {
                        name,
                        schema: schema_of(header)?,
                    });
                }
            }
            responses.insert(
                status,
                Described {
                    headers,
                    content: contents(Some(response))?,
                },
            );
        }
        let body = match operation.get("requestBody") {
            Some(body) => Some(RequestBody {
                required: body.get("required") == Some(&Value::Bool(true)),
                content: contents(Some(body))?,
            }),
            None => None,
        };
        let segments = path.split('/').map(|segment| {
            match segment
                .strip_prefix('{')
                .and_then(|segment| segment.strip_suffix('}'))
            {
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Literal(segment.to_owned()),
            }
        });
        Ok(Self {
            id: member(operation, "operationId").to_owned(),
            method,
            segments: segments.collect(),
            parameters,
            body,
            security: security(form, operation),
            responses,
        })
    }

    /// The path parameters, decoded, of a path that is this operation's.
    fn matches(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut texts = path.split('/');
        let mut found = Vec::new();
        for segment in &self.segments {
            let text = percent_decode_str(texts.next()?)
                .decode_utf8_lossy()
                .into_owned();
            match segment {
                Segment::Literal(literal) if *literal == text => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(_) if text.is_empty() => return None,
                Segment::Parameter(name) => found.push((name.as_str(), text)),
            }
        }
        texts.next().is_none().then_some(found)
    }
}

/// For each alternative of credentials the headers that carry them.
fn security(form: &Value, operation: &Value) -> Vec<Vec<HeaderName>> {
    let schemes = form.pointer("/components/securitySchemes");
    let header = |name: &String| {
        let scheme = schemes?.get(name)?;
        match member(scheme, "type") {
            "apiKey" if member(scheme, "in") == "header" => {
                HeaderName::from_bytes(member(scheme, "name").as_bytes()).ok()
            }
            "apiKey" => None,
            _ => Some(axum::http::header::AUTHORIZATION),
        }
    };
    let requirements = operation.get("security").and_then(Value::as_array);
    let alternatives = requirements
        .into_iter()
        .flatten()
        .filter_map(Value::as_object);
    alternatives
        .map(|alternative| alternative.keys().filter_map(header).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::of_project;

    const PATH: &str = "/v2/7aad83af3e8d42e99ac194e8419e2c9b/fgs/functions/f/versions";

    fn answer(method: &Method, status: u16, headers: &[(&str, &str)], body: &str) -> Vec<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        of_project()
            .unwrap()
            .check_answer(method, PATH, status, &headers, body.as_bytes())
    }

    const HEADERS: &[(&str, &str)] = &[("content-type", "application/json"), ("x-request-id", "a")];
    const PAGE: &str = r#"{"versions":[],"next_marker":0,"count":0}"#;

    #[test]
    fn a_described_answer_passes() {
        assert_eq!(answer(&Method::GET, 200, HEADERS, PAGE), [""; 0]);
        assert_eq!(answer(&Method::HEAD, 200, HEADERS, ""), [""; 0]);
        assert_eq!(answer(&Method::GET, 431, &[], "anything"), [""; 0]);
        assert_eq!(answer(&Method::DELETE, 405, &[], "anything"), [""; 0]);
    }

    #[test]
    fn any_other_does_not() {
        let get = |status, headers, body| answer(&Method::GET, status, headers, body).len();
        assert_eq!(get(200, HEADERS, r#"{"versions":[],"next_marker":"0"}"#), 1);
        assert_eq!(get(200, HEADERS, "no JSON"), 1);
        assert_eq!(get(200, &HEADERS[..1], PAGE), 1);
        assert_eq!(get(200, &HEADERS[1..], PAGE), 1);
        let more = [HEADERS, &[("x-more", "1")]].concat();
        assert_eq!(get(200, &more, PAGE), 1);
        assert_eq!(get(418, HEADERS, PAGE), 1);
        assert_eq!(answer(&Method::HEAD, 200, HEADERS, PAGE).len(), 1);
    }
}
