//! Whether requests and responses are what the document describes.
//!
//! [`Conformance`] judges single messages; [`Watch`] stands between a client and a service, passes
//! everything on as it is, and judges all of it. `jsonschema` judges bodies, parameters and header
//! values; none of the coercions that readers make are made here.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use functiongraph_contract::{Document, canonical};
use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

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
        let Some(known) = self.operations.iter().find(|known| known.id == operation) else {
            return vec![format!("the document has no operation {operation}")];
        };
        let Some(described) = known.responses.get(&status.as_u16()) else {
            return vec![format!("{operation} has no status {}", status.as_u16())];
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

/// An HTTP client that goes straight where it is told to.
///
/// # Errors
/// What the operating system refuses.
pub fn http() -> Result<reqwest::Client, reqwest::Error> {
    // The client's TLS asks for one provider of cryptography for the whole process; that there is
    // one already is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// Stands between a client and a service, on a port of its own: everything that passes is judged.
pub struct Watch {
    address: SocketAddr,
    seen: Arc<Seen>,
    running: JoinHandle<io::Result<()>>,
}

struct Seen {
    conformance: Conformance,
    service: String,
    http: reqwest::Client,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    problems: Vec<String>,
    exchanges: Vec<(String, u16)>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Watch")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The largest body that is passed on.
const LARGEST: usize = 16 << 20;

impl Watch {
    /// Starts to pass on what arrives to the service at a URL.
    ///
    /// # Errors
    /// A port that cannot be had, a document that cannot be judged by.
    pub async fn start(document: &Document, service: &str) -> io::Result<Self> {
        let seen = Arc::new(Seen {
            conformance: Conformance::new(document).map_err(io::Error::other)?,
            service: service.trim_end_matches('/').to_owned(),
            http: http().map_err(io::Error::other)?,
            log: Mutex::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let routes = Router::new().fallback(pass).with_state(Arc::clone(&seen));
        let running = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self {
            address,
            seen,
            running,
        })
    }

    /// Where clients are to call.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that the document does not describe, of all messages so far. A request that the
    /// service answered with an error of the 4xx counts as meant to be wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.log().problems.clone()
    }

    /// The operations that were called, each with the status of the answer.
    #[must_use]
    pub fn exchanges(&self) -> Vec<(String, u16)> {
        self.log().exchanges.clone()
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.seen.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Passes a request on and its response back.
async fn pass(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return (
            StatusCode::BAD_GATEWAY,
            "the watch takes no body of this size",
        )
            .into_response();
    };
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    head.headers.remove(HOST);
    let sent = seen
        .http
        .request(head.method.clone(), format!("{}{target}", seen.service))
        .headers(head.headers.clone())
        .body(body.clone())
        .send()
        .await;
    let response = match sent {
        Ok(response) => response,
        Err(error) => {
            return (
                StatusCode::BAD_GATEWAY,
                format!("the service does not answer: {error}"),
            )
                .into_response();
        }
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let answer = response.bytes().await.unwrap_or_default();
    seen.judge(
        &head.method,
        &head.uri,
        &head.headers,
        &body,
        status,
        &headers,
        &answer,
    );
    let mut passed = (status, Body::from(answer)).into_response();
    *passed.headers_mut() = headers;
    passed.headers_mut().remove(TRANSFER_ENCODING);
    passed
}

impl Seen {
    #[allow(clippy::too_many_arguments, reason = "a whole exchange")]
    fn judge(
        &self,
        method: &Method,
        uri: &axum::http::Uri,
        headers: &HeaderMap,
        body: &Bytes,
        status: StatusCode,
        answer_headers: &HeaderMap,
        answer: &Bytes,
    ) {
        let conformance = &self.conformance;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if !status.is_client_error() {
            let problems =
                conformance.check_request(method, uri.path(), uri.query(), headers, body);
            log.problems.extend(
                problems
                    .into_iter()
                    .map(|problem| format!("{method} {uri}: {problem}")),
            );
        }
        if let Some(operation) = conformance.operation(method, uri.path()) {
            let problems = conformance.check_response(operation, status, answer_headers, answer);
            log.problems.extend(
                problems
                    .into_iter()
                    .map(|problem| format!("the answer to {method} {uri}: {problem}")),
            );
            log.exchanges.push((operation.to_owned(), status.as_u16()));
        }
    }
}
