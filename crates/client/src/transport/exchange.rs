//! One request, one answer: nothing is repeated here.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, LOCATION};
use reqwest::{Client, Request, Response, StatusCode};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::retry::{Outcome, retry_after};
use crate::endpoint::shown;
use crate::error::{Error, ErrorKind, TimeoutPhase};
use crate::response::request_id;
use crate::time::{Instant, milliseconds, within};

/// The largest answer that credentials are read from, in bytes.
const CREDENTIALS_LIMIT: usize = 1024 * 1024;

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer that could be read.
#[derive(Debug)]
#[cfg_attr(target_arch = "wasm32", allow(dead_code))] // Browsers do not tell these apart.
pub(crate) enum Failure {
    /// The request was not sent.
    Connect(reqwest::Error),
    /// TLS was refused, which another attempt does not change.
    Tls(reqwest::Error),
    /// Connecting, or the answer, took too long.
    Timeout(TimeoutPhase),
    /// The connection broke. What had come of the answer is kept.
    Interrupted(reqwest::Error, Option<Box<Received>>),
    /// The answer leads elsewhere. An HTTP client of the caller's may not hand it on.
    Redirect(Option<Box<Received>>),
    /// The answer is larger than may be read.
    TooLarge(Box<Received>, usize),
    /// The request cannot be sent at all.
    Request(reqwest::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(formatter, "no connection: {}", Chain(error)),
            Self::Tls(error) => write!(formatter, "no secure connection: {}", Chain(error)),
            Self::Timeout(TimeoutPhase::Connect) => {
                write!(formatter, "connecting took too long")
            }
            Self::Timeout(TimeoutPhase::Read) => {
                write!(formatter, "the answer did not come in time")
            }
            Self::Timeout(TimeoutPhase::Call) => write!(formatter, "the call took too long"),
            Self::Interrupted(error, None) => {
                write!(formatter, "the connection broke: {}", Chain(error))
            }
            Self::Interrupted(error, Some(part)) => write!(
                formatter,
                "the connection broke after {} bytes of the answer: {}",
                part.body.len(),
                Chain(error)
            ),
            Self::Redirect(answer) => match answer.as_ref().and_then(|a| location(&a.headers)) {
                Some(to) => write!(
                    formatter,
                    "the answer leads to {to}, which is not followed; is the endpoint right?"
                ),
                None => write!(
                    formatter,
                    "the answer leads elsewhere; is the endpoint right?"
                ),
            },
            Self::TooLarge(_, limit) => {
                write!(formatter, "the answer is larger than {limit} bytes")
            }
            Self::Request(error) => write!(formatter, "it cannot be sent: {}", Chain(error)),
        }
    }
}

impl Failure {
    /// Whether another attempt can fare better.
    pub(crate) fn is_passing(&self) -> bool {
        self.outcome() != Outcome::Final
    }

    /// What it means for repeating the request.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Connect(_) | Self::Timeout(TimeoutPhase::Connect) => Outcome::NotSent,
            Self::Timeout(TimeoutPhase::Read) | Self::Interrupted(..) => Outcome::Unknown,
            Self::Timeout(TimeoutPhase::Call)
            | Self::Tls(_)
            | Self::Redirect(_)
            | Self::TooLarge(..)
            | Self::Request(_) => Outcome::Final,
        }
    }

    pub(super) fn into_error(self) -> Error {
        let text = self.to_string();
        let of_answer = |kind, answer: &Received, text: String| {
            Error::of_answer(kind, text, answer.status, &answer.headers, &answer.body)
        };
        match self {
            Self::Connect(error) => Error::new(ErrorKind::Connect, text).with_cause(error),
            Self::Tls(error) => Error::new(ErrorKind::Connect, text)
                .with_cause(error)
                .lasting(),
            Self::Timeout(phase) => Error::new(ErrorKind::Timeout(phase), text),
            Self::Interrupted(error, None) => {
                Error::new(ErrorKind::Interrupted, text).with_cause(error)
            }
            Self::Interrupted(error, Some(part)) => {
                of_answer(ErrorKind::Interrupted, &part, text).with_cause(error)
            }
            Self::Redirect(Some(answer)) => of_answer(ErrorKind::Redirect, &answer, text),
            Self::Redirect(None) => Error::new(ErrorKind::Redirect, text),
            Self::TooLarge(answer, _) => {
                let advice = "ask for smaller pages, or allow larger answers";
                of_answer(ErrorKind::TooLarge, &answer, format!("{text}; {advice}"))
            }
            Self::Request(error) => Error::new(ErrorKind::Request, text).with_cause(error),
        }
    }
}

/// The text of an error and of those beneath it, each once.
struct Chain<'a>(&'a reqwest::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        write!(formatter, "{last}")?;
        let mut error = self.0.source();
        while let Some(cause) = error {
            let text = cause.to_string();
            if !last.contains(&text) {
                write!(formatter, ": {text}")?;
                last = text;
            }
            error = cause.source();
        }
        Ok(())
    }
}

/// Where an answer leads, without what can be a secret.
fn location(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(LOCATION)?.to_str().ok()?;
    Some(shown(text).chars().take(200).collect())
}

/// Sends a request for credentials and reads its answer. `path` is what its span shows.
pub(crate) async fn exchange(
    http: &Client,
    request: Request,
    path: &'static str,
    limit: Duration,
) -> Result<Received, Failure> {
    let span = tracing::debug_span!(
        "functiongraph.credentials",
        method = %request.method(),
        path,
        status = Empty,
        request_id = Empty,
        failure = Empty,
        milliseconds = Empty,
    );
    let sent = async {
        within(limit, send(http, request, CREDENTIALS_LIMIT))
            .await
            .unwrap_or(Err(Failure::Timeout(TimeoutPhase::Read)))
    };
    watched(&span, sent).await
}

/// Does `sent` within its span, which is told what comes of it.
pub(super) async fn watched(
    span: &Span,
    sent: impl Future<Output = Result<Received, Failure>>,
) -> Result<Received, Failure> {
    let began = Instant::now();
    let result = sent.instrument(span.clone()).await;
    match &result {
        Ok(answer) => tell(span, answer),
        Err(failure) => {
            span.record("failure", tracing::field::display(failure));
        }
    }
    span.record("milliseconds", milliseconds(began));
    result
}

/// Tells a span of an answer.
pub(super) fn tell(span: &Span, answer: &Received) {
    span.record("status", answer.status.as_u16());
    span.record("request_id", request_id(&answer.headers));
}

/// Sends a request and reads its answer, of at most `limit` bytes.
pub(super) async fn send(
    http: &Client,
    request: Request,
    limit: usize,
) -> Result<Received, Failure> {
    let asked = request.url().clone();
    let response = http
        .execute(request)
        .await
        .map_err(|error| failure(error.without_url(), None))?;
    // An HTTP client of the caller's may have followed a redirect.
    let moved = response.status().is_redirection() || *response.url() != asked;
    let received = read(response, limit).await?;
    if moved {
        return Err(Failure::Redirect(Some(Box::new(received))));
    }
    Ok(received)
}

async fn read(response: Response, limit: usize) -> Result<Received, Failure> {
    let mut received = Received {
        status: response.status(),
        headers: response.headers().clone(),
        body: Bytes::new(),
    };
    let stated = received
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    // Of an error, the status tells more than a body that is not all there.
    let is_error = !received.status.is_success();
    if !is_error
        && stated.is_some_and(|length| usize::try_from(length).map_or(true, |len| len > limit))
    {
        return Err(Failure::TooLarge(Box::new(received), limit));
    }
    let mut body = BytesMut::new();
    let mut chunks = pin!(response.bytes_stream());
    while let Some(chunk) = next(chunks.as_mut()).await {
        match chunk {
            Ok(chunk) if body.len().saturating_add(chunk.len()) <= limit => {
                body.extend_from_slice(&chunk);
            }
            _ if is_error => break,
            Ok(_) => {
                received.body = body.freeze();
                return Err(Failure::TooLarge(Box::new(received), limit));
            }
            Err(error) => {
                received.body = body.freeze();
                return Err(failure(error.without_url(), Some(received)));
            }
        }
    }
    received.body = body.freeze();
    Ok(received)
}

async fn next<S: Stream>(mut stream: Pin<&mut S>) -> Option<S::Item> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

fn failure(error: reqwest::Error, part: Option<Received>) -> Failure {
    if error.is_builder() {
        return Failure::Request(error);
    }
    // What an HTTP client of the caller's makes of one that it does not follow.
    #[cfg(not(target_arch = "wasm32"))]
    if error.is_redirect() {
        return Failure::Redirect(None);
    }
    #[cfg(not(target_arch = "wasm32"))]
    if error.is_connect() {
        return if error.is_timeout() {
            Failure::Timeout(TimeoutPhase::Connect)
        } else if is_tls(&error) {
            Failure::Tls(error)
        } else {
            Failure::Connect(error)
        };
    }
    if error.is_timeout() {
        return Failure::Timeout(TimeoutPhase::Read);
    }
    Failure::Interrupted(error, part.map(Box::new))
}

/// Whether a connection stood and TLS did not come about on it.
#[cfg(not(target_arch = "wasm32"))]
fn is_tls(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref().is_some_and(is_invalid) {
            return true;
        }
        source = cause.source();
    }
    false
}

/// TLS libraries report certificates and versions as invalid data, which others may wrap: an error
/// of input and output passes over what it wraps when it is asked for its source.
#[cfg(not(target_arch = "wasm32"))]
fn is_invalid(error: &std::io::Error) -> bool {
    let wrapped = || error.get_ref()?.downcast_ref();
    error.kind() == std::io::ErrorKind::InvalidData || wrapped().is_some_and(is_invalid)
}

/// What an answer means for repeating its request.
pub(super) fn outcome(answer: &Received) -> Outcome {
    Outcome::Answered {
        status: answer.status,
        retry_after: retry_after(&answer.headers),
    }
}
