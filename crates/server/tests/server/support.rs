//! A small service in memory, and requests to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use bytes::Bytes;
use functiongraph_server::versions::{
    CreateFunctionVersionFailure, CreateFunctionVersionInput, CreateFunctionVersionOutput,
    ListFunctionVersionsFailure, ListFunctionVersionsInput, ListFunctionVersionsOutput, Versions,
};
use functiongraph_server::{
    Authentication, ErrorStatus, Failure, Hooks, Limits, OperationPath, Outcome, Rejection,
    RejectionKind, Reply, headers, router,
};
use functiongraph_types::{Error, FunctionVersion, FunctionVersionPage};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
pub(crate) const URN: &str =
    "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test";
pub(crate) const LIMIT: usize = 4096;

/// What the domain knows of failures: no HTTP in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("Not found the function")]
    NoFunction,
    #[error("the version exists already")]
    Taken,
    #[error("you may not")]
    Forbidden,
    #[error("who are you?")]
    Unknown,
}

/// One mapper for the hooks and all operations.
impl<S: ErrorStatus> From<Problem> for Failure<S, Error> {
    fn from(problem: Problem) -> Self {
        let (status, code) = match problem {
            Problem::NoFunction => (StatusCode::NOT_FOUND, "FSS.1051"),
            Problem::Taken => (StatusCode::CONFLICT, "FSS.1062"),
            Problem::Forbidden => (StatusCode::FORBIDDEN, "FSS.0403"),
            Problem::Unknown => (StatusCode::UNAUTHORIZED, "FSS.0401"),
        };
        let failure = Failure::from_code(status, error(code, &problem.to_string()));
        match problem {
            Problem::Unknown => failure.with_header(
                headers::WWW_AUTHENTICATE,
                HeaderValue::from_static("X-Auth-Token"),
            ),
            _ => failure,
        }
        .with_cause(problem)
    }
}

pub(crate) fn error(code: &str, message: &str) -> Error {
    Error {
        error_code: code.to_owned(),
        error_msg: message.to_owned(),
        ..Error::default()
    }
}

/// A version of a name, the rest as in the documented example.
pub(crate) fn version(name: &str) -> FunctionVersion {
    let example = include_str!("../../../../openapi/examples/s1-publish-response.json");
    FunctionVersion {
        version: name.to_owned(),
        ..serde_json::from_str(example).unwrap()
    }
}

/// The header that the document has in every answer, which is a service's to make.
pub(crate) async fn with_request_id(mut response: Response) -> Response {
    let id = HeaderValue::from_static("made-up");
    response
        .headers_mut()
        .entry(headers::X_REQUEST_ID)
        .or_insert(id);
    response
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    pub(crate) project: String,
    pub(crate) function: Option<String>,
}

/// Functions by their name, with their versions.
#[derive(Debug)]
pub(crate) struct Memory {
    functions: Mutex<BTreeMap<String, Vec<String>>>,
    pub(crate) published: Mutex<Vec<CreateFunctionVersionInput>>,
    pub(crate) listed: Mutex<Vec<ListFunctionVersionsInput>>,
    pub(crate) callers: Mutex<Vec<Caller>>,
}

impl Memory {
    pub(crate) fn new() -> Arc<Self> {
        let functions = BTreeMap::from([(
            "test".to_owned(),
            vec!["latest".to_owned(), "taken".to_owned()],
        )]);
        Arc::new(Self {
            functions: Mutex::new(functions),
            published: Mutex::default(),
            listed: Mutex::default(),
            callers: Mutex::default(),
        })
    }
}

/// The name in a full URN or a short form.
fn function_name(urn: &str) -> String {
    let mut parts = urn.split(':');
    match parts.clone().count() {
        7.. => parts.nth(6),
        4 | 3 => parts.nth(2),
        _ => parts.next_back(),
    }
    .unwrap_or_default()
    .to_owned()
}

impl Versions<Caller> for Memory {
    async fn create_function_version(
        &self,
        caller: Caller,
        input: CreateFunctionVersionInput,
    ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
        self.published.lock().unwrap().push(input.clone());
        let body = input.body.unwrap_or_default();
        let name = body.version.map(String::from);
        match name.as_deref() {
            Some("panic") => panic!("secret of the inside"),
            Some("never") => std::future::pending().await,
            Some("internal") => return Err(Failure::internal("the disk is on fire")),
            Some("undocumented") => {
                return Err(Failure::from_code(
                    StatusCode::IM_A_TEAPOT,
                    error("FSS.0418", "short and stout"),
                ));
            }
            _ => {}
        }
        let function = caller.function.ok_or(Problem::NoFunction)?;
        let mut functions = self.functions.lock().unwrap();
        let versions = functions.get_mut(&function).ok_or(Problem::NoFunction)?;
        let name = name.unwrap_or_else(|| format!("v{}", versions.len()));
        if versions.contains(&name) {
            return Err(Problem::Taken.into());
        }
        versions.push(name.clone());
        let version = version(&name);
        Ok(CreateFunctionVersionOutput::Ok(
            Reply::new(version).with_header(headers::X_REQUEST_ID, "made-up".parse().unwrap()),
        ))
    }

    async fn list_function_versions(
        &self,
        caller: Caller,
        input: ListFunctionVersionsInput,
    ) -> Result<ListFunctionVersionsOutput, ListFunctionVersionsFailure> {
        self.listed.lock().unwrap().push(input.clone());
        self.callers.lock().unwrap().push(caller.clone());
        if input.marker.as_str() == "999" {
            // Ready bytes, with white space that no encoder of ours would write.
            return Ok(Reply::json(&b"{\"versions\": [ ],\n \"next_marker\" : 999 }"[..]).into());
        }
        let function = caller.function.ok_or(Problem::NoFunction)?;
        let functions = self.functions.lock().unwrap();
        let versions: Vec<FunctionVersion> = functions
            .get(&function)
            .ok_or(Problem::NoFunction)?
            .iter()
            .map(|name| version(name))
            .collect();
        let next_marker = i64::try_from(versions.len()).unwrap();
        Ok(FunctionVersionPage {
            versions,
            next_marker,
            ..FunctionVersionPage::default()
        }
        .into())
    }
}

/// Tokens are names of projects; a function has to exist before anything else about the request
/// counts.
#[derive(Debug)]
pub(crate) struct Doors {
    memory: Arc<Memory>,
    /// What authentication saw, in words.
    pub(crate) seen: Mutex<Vec<String>>,
}

impl Doors {
    pub(crate) fn new(memory: &Arc<Memory>) -> Arc<Self> {
        Arc::new(Self {
            memory: Arc::clone(memory),
            seen: Mutex::default(),
        })
    }
}

impl Hooks for Doors {
    type Identity = Caller;
    type ErrorBody = Error;

    async fn authenticate(
        &self,
        request: Authentication<'_>,
    ) -> Result<Caller, Failure<StatusCode, Error>> {
        self.seen.lock().unwrap().push(format!(
            "{} {} {} query={:?} body={:?} {:?}",
            request.operation,
            request.method,
            request.raw_path(),
            request.raw_query(),
            String::from_utf8_lossy(request.body),
            request.credentials,
        ));
        let token = request.credentials.x_auth_token.ok_or(Problem::Unknown)?;
        let project = token.to_str().map_err(|_| Problem::Unknown)?;
        if request.path_parameter("project_id") != Some(project) {
            return Err(Problem::Forbidden.into());
        }
        Ok(Caller {
            project: project.to_owned(),
            function: None,
        })
    }

    async fn admit(
        &self,
        caller: Caller,
        path: OperationPath<'_>,
    ) -> Result<Caller, Failure<StatusCode, Error>> {
        let urn = match path {
            OperationPath::CreateFunctionVersion(path) => &path.function_urn,
            OperationPath::ListFunctionVersions(path) => &path.function_urn,
        };
        let function = function_name(urn.as_str());
        if !self
            .memory
            .functions
            .lock()
            .unwrap()
            .contains_key(&function)
        {
            return Err(Problem::NoFunction.into());
        }
        Ok(Caller {
            function: Some(function),
            ..caller
        })
    }

    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Error> {
        let code = match rejection.kind {
            RejectionKind::NotFound => "FSS.0404",
            RejectionKind::PathInvalid(_) => "FSS.1309",
            RejectionKind::Invalid {
                malformed: None, ..
            } => "FSS.1000",
            RejectionKind::Internal => "FSS.0500",
            other => &format!("FSS.0{}", other.status().as_u16()),
        };
        Failure::new(rejection.kind.status(), error(code, &rejection.to_string()))
    }
}

/// The service, its hooks and its router.
pub(crate) struct App {
    pub(crate) memory: Arc<Memory>,
    pub(crate) doors: Arc<Doors>,
    pub(crate) router: Router,
}

impl App {
    pub(crate) fn new() -> Self {
        let memory = Memory::new();
        let doors = Doors::new(&memory);
        let limits = Limits::default().with_body_bytes(LIMIT);
        let router = router(Arc::clone(&memory), Arc::clone(&doors), limits)
            .layer(map_response(with_request_id));
        Self {
            memory,
            doors,
            router,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    pub(crate) async fn get(&self, query: &str) -> Answer {
        self.send(
            request(Method::GET, &path(URN, query))
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        let request = request(Method::POST, &path(URN, ""));
        self.send(
            request
                .header("content-type", "application/json")
                .body(body.into())
                .unwrap(),
        )
        .await
    }
}

/// Answers a request. The answer has to be what the document describes.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = send_unjudged(router, request).await;
    let status = StatusCode::from_u16(answer.status).unwrap();
    let judge = functiongraph_conformance::of_project().unwrap();
    let problems = judge.check_answer(&method, &path, status, &answer.headers, &answer.body);
    assert!(
        problems.is_empty(),
        "{method} {path} {status}: {problems:#?}"
    );
    answer
}

/// As [`send`], for answers that the document knowingly does not describe.
pub(crate) async fn send_unjudged(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        outcome: parts.extensions.get::<Outcome>().cloned(),
        headers: parts.headers,
        body,
    }
}

/// A request with the credentials of the project.
pub(crate) fn request(method: Method, uri: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(uri)
        .header("x-auth-token", PROJECT)
}

pub(crate) fn path(urn: &str, query: &str) -> String {
    format!("/v2/{PROJECT}/fgs/functions/{urn}/versions{query}")
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) outcome: Option<Outcome>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error_code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["error_msg"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn cause(&self) -> String {
        let cause = self
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.cause.as_ref());
        cause.map(ToString::to_string).unwrap_or_default()
    }
}
