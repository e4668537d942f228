//! Requests and answers as bytes on a socket: nothing between the test and the service tidies them.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use functiongraph_conformance::of_project;
use functiongraph_signing::{Signer, SigningTime};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request, sent on a connection of its own unless it says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn get(target: impl Into<String>) -> Request {
    Request::new("GET", target)
}

pub(crate) fn post(target: impl Into<String>) -> Request {
    Request::new("POST", target)
}

impl Request {
    pub(crate) fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("X-Auth-Token", token)
    }

    /// A body, without saying of which type.
    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn json(self, body: impl ToString) -> Self {
        self.header("Content-Type", "application/json")
            .bytes(body.to_string())
    }

    /// Its signature by a key, over all that it has so far.
    pub(crate) fn signed(mut self, signer: &Signer, time: SigningTime) -> Self {
        let headers: Vec<(&str, &[u8])> = std::iter::once(("Host", b"test".as_slice()))
            .chain(
                self.headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_bytes())),
            )
            .collect();
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target.as_str(), None),
        };
        let request = functiongraph_signing::Request {
            method: &self.method,
            path,
            query,
            headers: &headers,
            body: self.body.as_deref().unwrap_or_default(),
        };
        let signed = signer.sign(&request, time).unwrap();
        for (name, value) in signed.iter() {
            self.headers
                .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            self.headers.push((name.into(), value.into()));
        }
        self
    }

    /// Takes a header away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// The value of a header that it has.
    pub(crate) fn value(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(other, _)| other == name).unwrap();
        value
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: test\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("Connection: close\r\n\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    pub(crate) async fn send(&self, to: SocketAddr) -> Answer {
        exchange(to, &self.to_bytes()).await
    }
}

/// Sends bytes on a new connection and reads until the other side closes it. What comes back
/// has to be what the document describes.
pub(crate) async fn exchange(to: SocketAddr, bytes: &[u8]) -> Answer {
    let received = exchange_raw(to, bytes).await;
    let answer = Answer::parse(&received)
        .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&received)));
    answer.judge(bytes);
    answer
}

/// As [`exchange`], for what may not be answered with HTTP at all.
pub(crate) async fn exchange_raw(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let bytes = bytes.to_vec();
    // The service may answer and close before it has read everything.
    let writing = tokio::spawn(async move {
        drop(write.write_all(&bytes).await);
        write
    });
    let mut received = Vec::new();
    drop(read.read_to_end(&mut received).await);
    writing.abort();
    received
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?;
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(": ")?;
                Some((name.to_ascii_lowercase(), value.to_owned()))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            status: status.get(..3)?.parse().ok()?,
            headers,
            body: bytes[end + 4..].to_vec(),
        })
    }

    /// Fails where this, as the answer to a request of these bytes, is not what the document
    /// describes. Of bytes that are no request of HTTP it says nothing.
    pub(crate) fn judge(&self, request: &[u8]) {
        let problems = self.problems(request).unwrap_or_default();
        assert!(
            problems.is_empty(),
            "{}\n{problems:#?}",
            String::from_utf8_lossy(request)
        );
    }

    fn problems(&self, request: &[u8]) -> Option<Vec<String>> {
        let line = request.split(|byte| *byte == b'\r').next()?;
        let mut line = std::str::from_utf8(line).ok()?.split(' ');
        let method = Method::from_bytes(line.next()?.as_bytes()).ok()?;
        let target: Uri = line.next()?.parse().ok()?;
        let headers: HeaderMap = self
            .headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect();
        let status = StatusCode::from_u16(self.status).unwrap();
        let judge = of_project().unwrap();
        Some(judge.check_answer(&method, target.path(), status, &headers, &self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(known, _)| known == name);
        let first = all.next().map(|(_, value)| value.as_str());
        assert!(all.next().is_none(), "{name} twice");
        first
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Checks all that is promised of every answer, and that this one is a success.
    #[track_caller]
    pub(crate) fn success(&self) -> Value {
        self.check();
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// Checks all that is promised of every error, and that this is the one; answers its message.
    #[track_caller]
    pub(crate) fn error(&self, status: u16, code: &str) -> String {
        self.check();
        let body = self.json();
        assert_eq!(
            (self.status, &body["error_code"]),
            (status, &code.into()),
            "{body}"
        );
        let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["error_code", "error_msg", "request_id"]);
        assert_eq!(body["request_id"], self.header("x-request-id").unwrap());
        assert_eq!(
            self.header("retry-after").is_some(),
            [429, 503].contains(&status)
        );
        assert_eq!(self.header("www-authenticate").is_some(), status == 401);
        assert_eq!(self.header("allow").is_some(), status == 405);
        let message = body["error_msg"].as_str().unwrap();
        assert!(!message.is_empty());
        message.to_owned()
    }

    #[track_caller]
    fn check(&self) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        let length = self.body.len().to_string();
        assert_eq!(self.header("content-length"), Some(length.as_str()));
        let id = self.header("x-request-id").unwrap();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!((1..=64).contains(&id.len()) && id.bytes().all(fits), "{id}");
    }
}
