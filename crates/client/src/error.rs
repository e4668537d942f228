//! The one error of this crate.

mod body;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

pub(crate) use body::ErrorBody;

use crate::credentials::CredentialError;
use crate::response::{Response, request_id};
use crate::transport::Answer;

/// Characters of a body that an error shows.
const SHOWN_BODY: usize = 200;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built from what it was given.
    Configuration,
    /// An argument of the call cannot be sent. Nothing was.
    Request,
    /// There are no credentials, or they cannot be used. The call was not sent.
    Credentials,
    /// No connection came to stand: the name is unknown, nobody listens, TLS was refused. The call
    /// was not sent.
    Connect,
    /// The connection broke while the call was on its way or its answer was being read.
    Interrupted,
    /// Something took too long.
    Timeout(TimeoutPhase),
    /// The service answered with an error. [`Error::status`], [`Error::code`] and
    /// [`Error::message`] tell which.
    Service,
    /// The answer is a redirect. This API has none, and following one would hand credentials on.
    Redirect,
    /// The answer says success and is not what the operation answers.
    Decode,
    /// The answer is larger than the client was told to read.
    TooLarge,
    /// The pages of a list do not come to an end.
    Paging,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// Connecting. The call was not sent.
    Connect,
    /// Waiting for the answer, or for its next bytes.
    Read,
    /// The whole call, with all its attempts and the waiting in between.
    Call,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Configuration => "configuration",
            Self::Request => "request",
            Self::Credentials => "credentials",
            Self::Connect => "connect",
            Self::Interrupted => "interrupted",
            Self::Timeout(TimeoutPhase::Connect) => "connect timeout",
            Self::Timeout(TimeoutPhase::Read) => "read timeout",
            Self::Timeout(TimeoutPhase::Call) => "call timeout",
            Self::Service => "service",
            Self::Redirect => "redirect",
            Self::Decode => "decode",
            Self::TooLarge => "too large",
            Self::Paging => "paging",
        })
    }
}

type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a call, or building a client, failed.
///
/// One type for everything: [`Error::kind`] tells what kind of failure it is, and the rest is there
/// where it is known. Its text says what happened and what to do, and never holds a secret.
///
/// ```
/// # async fn example(client: functiongraph_client::Client) -> Result<(), functiongraph_client::Error> {
/// match client.function("test").publish().version("v1").send().await {
///     Ok(version) => println!("published {}", version.version),
///     Err(error) if error.is_version_taken() => println!("v1 is there already"),
///     Err(error) if error.is_not_found() => println!("no such function: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    what: String,
    operation: Option<&'static str>,
    attempts: u32,
    answer: Option<Told>,
    skew: Option<i64>,
    /// Whether it stays as it is, of a kind that often passes.
    is_lasting: bool,
    cause: Option<Cause>,
}

/// What an answer told.
#[derive(Clone)]
struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    parsed: ErrorBody,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            operation: None,
            attempts: 0,
            answer: None,
            skew: None,
            is_lasting: false,
            cause: None,
        }))
    }

    pub(crate) fn caused(kind: ErrorKind, cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(kind, cause.to_string()).with_cause(cause)
    }

    pub(crate) fn with_cause(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// Says what the call was at when it failed.
    pub(crate) fn within(mut self, doing: &str) -> Self {
        self.0.what = format!("{doing}: {}", self.0.what);
        self
    }

    pub(crate) fn lasting(mut self) -> Self {
        self.0.is_lasting = true;
        self
    }

    pub(crate) fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_skew(mut self, seconds: Option<i64>) -> Self {
        self.0.skew = seconds;
        self
    }

    /// An answer that is no success, or not the one that was expected.
    pub(crate) fn of_answer(
        kind: ErrorKind,
        what: impl Into<String>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Self {
        let mut error = Self::new(kind, what);
        error.0.answer = Some(Told {
            status,
            headers: headers.clone(),
            body: body.clone(),
            parsed: ErrorBody::read(status, headers, body),
        });
        error
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, by its id in the API's document; none while building a client, and
    /// for an argument that a generated operation's builder does not take.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// How often the call was sent, or was to be. None of it while building a client.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The HTTP status, where there was an answer: the service's, else the one that a source of
    /// credentials had, such as the identity service.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        let own = self.own_status();
        own.or_else(|| self.credential_error()?.status())
    }

    /// The status that the call itself was answered with.
    fn own_status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|told| told.status)
    }

    /// The headers of the answer.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.answer.as_ref().map(|told| &told.headers)
    }

    /// The body of the answer as it was sent: all of it, where it came to its end and is not
    /// larger than [`max_response_bytes`](crate::ClientBuilder::max_response_bytes).
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.answer.as_ref().map(|told| &told.body)
    }

    /// The error code that the service, or a gateway in front of it, answered: `FSS.1051`,
    /// `APIGW.0301`. The HTTP status where the body names none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        let own = self.0.answer.as_ref().map(|told| told.parsed.code.as_str());
        own.or_else(|| self.credential_error()?.code())
    }

    /// The message that the service answered; the body itself where it is no JSON.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .map(|told| told.parsed.message.as_str())
    }

    /// The id under which the service knows the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.own_request_id()
            .or_else(|| self.credential_error()?.request_id())
    }

    fn own_request_id(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .and_then(|told| told.parsed.request_id.as_deref())
    }

    /// Why access was denied, in a form that only the identity service decodes.
    #[must_use]
    pub fn encoded_authorization_message(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .and_then(|told| told.parsed.encoded_authorization_message.as_deref())
    }

    /// How long the service asks to wait, where the answer said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let own = self.headers().and_then(crate::transport::retry_after);
        own.or_else(|| self.credential_error()?.retry_after())
    }

    /// How far the local clock is ahead of the server's, in seconds and negative where it is
    /// behind: known for refused credentials, where a clock that is off is a likely reason.
    #[must_use]
    pub fn clock_skew(&self) -> Option<i64> {
        self.0.skew
    }

    /// What the last attempt came to that had come to anything when the call's time was up: known
    /// for [`TimeoutPhase::Call`] after a retry.
    #[must_use]
    pub fn last_attempt(&self) -> Option<&Error> {
        self.0.cause.as_ref()?.downcast_ref()
    }

    /// Why there were no credentials.
    #[must_use]
    pub fn credential_error(&self) -> Option<&CredentialError> {
        self.0.cause.as_ref()?.downcast_ref()
    }

    /// What the identity service answers to a login says nothing about the function.
    fn has_status(&self, status: u16) -> bool {
        self.own_status().is_some_and(|own| own.as_u16() == status)
    }

    fn has_code(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    /// 400: the service found something wrong with the request.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.has_status(400)
    }

    /// 401: credentials are missing, wrong or expired.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(401)
    }

    /// 403: the caller may not do this, or a limit is reached.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.has_status(403)
    }

    /// 404: what was named is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.has_status(404)
    }

    /// 409: what was to be made is there already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.has_status(409)
    }

    /// 429: too many requests, also where the identity service says so.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.status().is_some_and(|status| status.as_u16() == 429)
    }

    /// A status from 500 on: something is wrong at the other end.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        self.status().is_some_and(|status| status.is_server_error())
    }

    /// `FSS.1051`: there is no such function.
    #[must_use]
    pub fn is_function_not_found(&self) -> bool {
        self.has_code("FSS.1051")
    }

    /// `FSS.1052`: there is no such version.
    #[must_use]
    pub fn is_version_not_found(&self) -> bool {
        self.has_code("FSS.1052")
    }

    /// `FSS.1053`: there is no such alias.
    #[must_use]
    pub fn is_alias_not_found(&self) -> bool {
        self.has_code("FSS.1053")
    }

    /// `FSS.1062`: the version's name is taken.
    #[must_use]
    pub fn is_version_taken(&self) -> bool {
        self.has_code("FSS.1062")
    }

    /// `FSS.1016`: nothing has changed since the last publication.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.has_code("FSS.1016")
    }

    /// Something took too long: connecting, the answer or the whole call.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// No connection came to stand, so that the call was not sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Connect | ErrorKind::Timeout(TimeoutPhase::Connect)
        )
    }

    /// Whether the same call can fare better later with nothing changed: connections that did not
    /// come to stand or broke, time-outs, 429, and a service or a source of credentials that is
    /// unwell. Refused TLS is none of it. It does not say that the call had no effect.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect => !self.0.is_lasting,
            ErrorKind::Interrupted | ErrorKind::Timeout(_) => true,
            ErrorKind::Service => self.is_throttled() || self.is_server_error(),
            ErrorKind::Credentials => matches!(
                self.credential_error(),
                Some(CredentialError::Unavailable {
                    is_passing: true,
                    ..
                })
            ),
            _ => false,
        }
    }

    /// There were no credentials that could be sent. Credentials that the service refused are
    /// [`Error::is_unauthorized`].
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        self.0.kind == ErrorKind::Credentials
    }
}

/// What generated code calls, by names that it chooses.
impl Error {
    /// An argument of a generated builder that is missing or could not be converted.
    pub(crate) fn invalid_request(message: String) -> Self {
        Self::new(ErrorKind::Request, message)
    }

    /// A documented error. The transport has made it an error already; this is for the form.
    pub(crate) fn error_response(response: Response<functiongraph_types::Error>) -> Self {
        Self::of_answer(
            ErrorKind::Service,
            "",
            response.status(),
            response.headers(),
            response.raw_body(),
        )
        .with_attempts(response.attempts())
    }

    /// A success that the operation does not document.
    pub(crate) fn unexpected_response(answer: Answer) -> Self {
        Self::of_answer(
            ErrorKind::Decode,
            "the operation does not answer this status",
            answer.status,
            &answer.headers,
            &answer.body,
        )
        .with_operation(answer.operation)
        .with_attempts(answer.attempts)
    }
}

/// A request that could not be put together.
impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::caused(ErrorKind::Request, error.without_url())
    }
}

impl From<CredentialError> for Error {
    fn from(error: CredentialError) -> Self {
        Self::caused(ErrorKind::Credentials, error)
    }
}

impl From<crate::EndpointError> for Error {
    fn from(error: crate::EndpointError) -> Self {
        Self::caused(ErrorKind::Configuration, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            what,
            operation,
            attempts,
            answer,
            skew,
            ..
        } = &*self.0;
        if let Some(operation) = operation {
            write!(formatter, "{operation}: ")?;
        }
        match (kind, answer) {
            (ErrorKind::Service, Some(told)) => {
                write!(formatter, "{}", told.status)?;
                if told.parsed.is_documented {
                    write!(formatter, ", {}", told.parsed.code)?;
                }
                if !told.parsed.message.is_empty() {
                    write!(formatter, ": {}", shortened(&told.parsed.message))?;
                }
            }
            (ErrorKind::Decode, Some(told)) => {
                write!(formatter, "{}: {what}", told.status)?;
                if told.body.is_empty() {
                    write!(formatter, "; the body is empty")?;
                } else {
                    let text = String::from_utf8_lossy(&told.body);
                    write!(formatter, "; the body begins with `{}`", shortened(&text))?;
                }
            }
            (_, Some(told)) => write!(formatter, "{}: {what}", told.status)?,
            (_, None) => write!(formatter, "{what}")?,
        }
        if let Some(seconds) = skew {
            let side = if *seconds < 0 { "behind" } else { "ahead of" };
            write!(
                formatter,
                "; the local clock is {} {side} the server's, set it right",
                span(seconds.unsigned_abs())
            )?;
        }
        // The text of a credential error holds its own.
        match (self.own_request_id(), *attempts) {
            (Some(id), 2..) => write!(formatter, " (request id {id}, {attempts} attempts)"),
            (Some(id), _) => write!(formatter, " (request id {id})"),
            (None, 2..) => write!(formatter, " ({attempts} attempts)"),
            (None, _) => Ok(()),
        }
    }
}

/// A text on one line, cut where it is long. What a server says is never shown in another way.
pub(crate) fn shortened(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(SHOWN_BODY + 1)
        .collect();
    match line.char_indices().nth(SHOWN_BODY) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A span in the largest unit that says enough.
fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation)
            .field("status", &self.status().map(|status| status.as_u16()))
            .field("code", &self.code())
            .field("request_id", &self.request_id())
            .field("attempts", &self.0.attempts)
            .field("text", &self.to_string())
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.0.cause.as_ref()?;
        // Where the text is the cause's own, the chain goes on beneath it.
        if cause.to_string() == self.0.what {
            cause.source()
        } else {
            Some(&**cause)
        }
    }
}

/// The id of a request: in a header, else in the body.
fn id_of(headers: &HeaderMap, body: Option<String>) -> Option<String> {
    request_id(headers).map(shortened).or(body)
}
