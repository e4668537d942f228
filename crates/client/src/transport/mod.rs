//! How a call goes: the one place that all of them pass.
//!
//! [`exchange`] sends one request and reads its answer; [`retry`] judges whether another attempt is
//! safe and how long to wait; [`Transport::call`] puts the two together with credentials, the
//! deadline and what is told to `tracing`.

mod exchange;
mod reconcile;
mod retry;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use functiongraph_signing::SigningTime;
use reqwest::header::HeaderMap;
use reqwest::{Request, StatusCode};
use tracing::Instrument as _;
use tracing::field::Empty;

pub(crate) use exchange::{Received, exchange};
pub use retry::RetryPolicy;
pub(crate) use retry::{Safety, date, retry_after};

use crate::credentials::{Context, Credential, CredentialError, CredentialSource};
use crate::error::{Error, ErrorBody, ErrorKind, TimeoutPhase};
use crate::sign::authenticate;
use crate::time::{Instant, as_milliseconds, milliseconds, sleep, unix_now, unix_of, within};
use exchange::Failure;
use retry::{Outcome, may_repeat};

/// A clock that is off by less than this, in seconds, is not worth a word.
const SKEW: i64 = 60;

/// What a call is, as far as carrying it out goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    /// Its id.
    pub(crate) id: &'static str,
    /// The template of its path: what spans show in place of the path itself.
    pub(crate) template: &'static str,
    /// What may be repeated.
    pub(crate) safety: Safety,
}

impl Operation {
    /// Whether the path of `request` has the segments that the template adds to an endpoint's.
    /// Addresses leave out those that are `.` or `..`, so that the path would name something else.
    pub(crate) fn is_of(&self, request: &Request, endpoint: &str) -> bool {
        let prefix = endpoint
            .split_once("://")
            .map_or(endpoint, |(_, rest)| rest);
        let slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
        slashes(request.url().path()) == slashes(prefix) + slashes(self.template)
    }

    /// The project that the path of `request` names, by its place in the template. That is counted
    /// from the end, since an endpoint can have a path of its own in front.
    fn project(&self, request: &Request) -> Option<String> {
        let mut places = self.template.rsplit('/');
        let place = places.position(|segment| segment == "{project_id}")?;
        let mut segments = request.url().path().rsplit('/');
        segments.nth(place).map(ToOwned::to_owned)
    }
}

/// A success, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What is to be decoded, where that is not the body: of a list, the version that was looked for.
    pub(crate) decoded: Option<Bytes>,
    pub(crate) attempts: u32,
}

impl Answer {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

/// How calls go. Every client of one builder shares it.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    pub(crate) credentials: Option<Arc<dyn CredentialSource>>,
    pub(crate) context: Context,
    pub(crate) retries: RetryPolicy,
    pub(crate) deadline: Duration,
    pub(crate) max_response_bytes: usize,
    /// Whether the HTTP client is the caller's, which may send more than it is asked to.
    pub(crate) is_callers: bool,
}

/// Why an attempt gave no success.
enum Attempt {
    Answered(Received),
    Failed(Failure),
    NoCredentials(CredentialError),
}

impl Attempt {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Answered(received) => exchange::outcome(received),
            Self::Failed(failure) => failure.outcome(),
            Self::NoCredentials(CredentialError::Unavailable {
                is_passing: true, ..
            }) => Outcome::NotSent,
            Self::NoCredentials(_) => Outcome::Final,
        }
    }

    /// How long to wait before the next attempt: what was asked for, else `delay`.
    fn delay(&self, delay: Option<Duration>) -> Duration {
        let delay = delay.unwrap_or_default();
        let asked = match self {
            Self::Answered(answer) => retry_after(&answer.headers),
            Self::Failed(_) => None,
            Self::NoCredentials(error) => error.retry_after(),
        };
        match asked {
            Some(asked) => asked.saturating_add(delay.min(Duration::from_secs(1))),
            None => delay,
        }
    }

    fn into_error(self, skew: Option<i64>) -> Error {
        match self {
            Self::Answered(answer) => Error::of_answer(
                ErrorKind::Service,
                "",
                answer.status,
                &answer.headers,
                &answer.body,
            )
            .with_skew(skew),
            Self::Failed(failure) => failure.into_error(),
            Self::NoCredentials(error) => error.into(),
        }
    }
}

/// What an attempt came to: its answer or failure, the credential that it was made with, when it
/// was sent, and how far the clock is off, where that could be the reason.
struct Made {
    result: Result<Received, Attempt>,
    credential: Option<Credential>,
    sent: Instant,
    skew: Option<i64>,
}

impl Transport {
    /// Credentials that are good now; none where the client sends none.
    pub(crate) async fn credential(&self) -> Result<Option<Credential>, CredentialError> {
        match &self.credentials {
            Some(source) => source.credential(&self.context).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same for a call that is not sent yet, with the retries and the deadline that it has.
    pub(crate) async fn credential_for_call(
        &self,
        began: Instant,
    ) -> Result<Option<Credential>, Error> {
        let mut delays = self.retries.delays();
        let mut attempts = 0;
        let mut last = None;
        loop {
            attempts += 1;
            let Some(found) = within(self.left(began), self.credential()).await else {
                return Err(self.too_long(attempts, last));
            };
            let what = match found {
                Ok(credential) => return Ok(credential),
                Err(error) => Attempt::NoCredentials(error),
            };
            let may = attempts < self.retries.attempts()
                && may_repeat(Safety::Repeatable, what.outcome());
            let delay = what.delay(delays.next());
            let error = what.into_error(None).with_attempts(attempts);
            if !may || !self.fits(began, delay) {
                return Err(error);
            }
            last = Some(error);
            sleep(delay).await;
        }
    }

    /// A request with the credentials that it would be sent with.
    pub(crate) async fn prepare(
        &self,
        mut request: Request,
        operation: Operation,
        began: Instant,
    ) -> Result<Request, Error> {
        let credential = self
            .credential_for_call(began)
            .await
            .map_err(|error| error.with_operation(operation.id))?;
        if let Some(credential) = credential {
            let project = operation.project(&request);
            authenticate(&mut request, &credential, project.as_deref(), unix_now())
                .map_err(|error| Error::from(error).with_operation(operation.id))?;
        }
        Ok(request)
    }

    /// Carries out a call: attempts until one succeeds, none may follow, or time is up. What it took
    /// to get ready since it `began` counts.
    pub(crate) async fn call(
        &self,
        request: Request,
        operation: Operation,
        began: Instant,
    ) -> Result<Answer, Error> {
        let span = tracing::info_span!(
            "functiongraph.call",
            operation = operation.id,
            method = %request.method(),
            path = operation.template,
            attempts = Empty,
            status = Empty,
            request_id = Empty,
            error = Empty,
            milliseconds = Empty,
        );
        let result = self
            .attempts(&request, operation, began)
            .instrument(span.clone())
            .await
            .map_err(|error| error.with_operation(operation.id));
        span.record("milliseconds", milliseconds(began));
        match &result {
            Ok(answer) => {
                span.record("attempts", answer.attempts);
                span.record("status", answer.status.as_u16());
                span.record("request_id", crate::response::request_id(&answer.headers));
            }
            Err(error) => {
                span.record("attempts", error.attempts());
                span.record("status", error.status().map(|status| status.as_u16()));
                span.record("request_id", error.request_id());
                span.record("error", tracing::field::display(error.kind()));
            }
        }
        result
    }

    async fn attempts(
        &self,
        request: &Request,
        operation: Operation,
        began: Instant,
    ) -> Result<Answer, Error> {
        let mut delays = self.retries.delays();
        let mut may_log_in_again = true;
        // Counts what the policy counts; a second login is not among it.
        let mut counted = 0;
        // When the first attempt was sent that may have been carried out.
        let mut maybe_done: Option<Instant> = None;
        let mut attempts = 0;
        let mut last = None;
        loop {
            attempts += 1;
            counted += 1;
            let span = tracing::debug_span!(
                "functiongraph.attempt",
                attempt = attempts,
                status = Empty,
                request_id = Empty,
                failure = Empty,
                milliseconds = Empty,
            );
            let attempt = self.attempt(request, operation).instrument(span.clone());
            let started = Instant::now();
            let made = within(self.left(began), attempt).await;
            span.record("milliseconds", milliseconds(started));
            let Some(Made {
                result,
                credential,
                sent,
                skew,
            }) = made
            else {
                return Err(self.too_long(attempts, last));
            };
            tell(&span, &result);
            let what = match result {
                Ok(answer) => return Ok(answer.into_answer(operation, attempts)),
                Err(what) => what,
            };
            // The source is told in any case, so that the next call has a better one.
            let has_better = self.refused(&what, credential.as_ref());
            if has_better && may_log_in_again && self.retries.attempts() > 1 {
                may_log_in_again = false;
                counted -= 1;
                last = Some(what.into_error(skew).with_attempts(attempts));
                continue;
            }
            if let Some(first) = maybe_done
                && operation.safety == Safety::Named
                && let Attempt::Answered(refusal) = &what
                && reconcile::may_be_of_earlier(refusal.status)
                && let Some(answer) = self
                    .reconcile(request, operation, refusal, (began, first), attempts)
                    .await
            {
                return Ok(answer);
            }
            let outcome = self.outcome(&what);
            if outcome.may_be_done() {
                maybe_done.get_or_insert(sent);
            }
            let may = counted < self.retries.attempts() && may_repeat(operation.safety, outcome);
            let delay = what.delay(delays.next());
            let error = what.into_error(skew).with_attempts(attempts);
            if !may || !self.fits(began, delay) {
                return Err(error);
            }
            last = Some(error);
            tracing::debug!(delay_ms = as_milliseconds(delay), "another attempt follows");
            sleep(delay).await;
        }
    }

    /// One attempt: credentials put onto the final bytes, sent, answered.
    async fn attempt(&self, request: &Request, operation: Operation) -> Made {
        let failed = |what| Made {
            result: Err(what),
            credential: None,
            sent: Instant::now(),
            skew: None,
        };
        let credential = match self.credential().await {
            Ok(credential) => credential,
            Err(error) => return failed(Attempt::NoCredentials(error)),
        };
        // Bodies are bytes here, which can always be copied.
        let Some(mut request) = request.try_clone() else {
            let error = CredentialError::malformed("the request", "its body is a stream");
            return failed(Attempt::NoCredentials(error));
        };
        let signed_at = unix_now();
        if let Some(credential) = &credential {
            let project = operation.project(&request);
            let signed = authenticate(&mut request, credential, project.as_deref(), signed_at);
            if let Err(error) = signed {
                return failed(Attempt::NoCredentials(error));
            }
        }
        let sent = Instant::now();
        let answer = exchange::send(&self.context.http, request, self.max_response_bytes).await;
        let skew = match (&answer, &credential) {
            (Ok(answer), Some(Credential::Keys(_))) if is_refusal(answer) => {
                skew(answer, signed_at)
            }
            _ => None,
        };
        Made {
            result: match answer {
                Ok(answer) if answer.status.is_success() => Ok(answer),
                Ok(answer) => Err(Attempt::Answered(answer)),
                Err(failure) => Err(Attempt::Failed(failure)),
            },
            credential,
            sent,
            skew,
        }
    }

    /// What an attempt means for repeating it.
    fn outcome(&self, what: &Attempt) -> Outcome {
        match what.outcome() {
            // It may have followed a redirect, and found nobody where that leads.
            Outcome::NotSent if self.is_callers && matches!(what, Attempt::Failed(_)) => {
                Outcome::Unknown
            }
            outcome => outcome,
        }
    }

    /// Whether the service refused a credential that the source can better.
    fn refused(&self, what: &Attempt, credential: Option<&Credential>) -> bool {
        match (what, credential, &self.credentials) {
            (Attempt::Answered(answer), Some(credential), Some(source)) => {
                answer.status == StatusCode::UNAUTHORIZED && source.refused(credential)
            }
            _ => false,
        }
    }

    /// What is left of the time of a call; nothing once it is up.
    pub(crate) fn left(&self, began: Instant) -> Duration {
        self.deadline.saturating_sub(began.elapsed())
    }

    /// Whether a call has time left after a wait.
    fn fits(&self, began: Instant, delay: Duration) -> bool {
        began.elapsed().saturating_add(delay) < self.deadline
    }

    /// The error of a call whose time was up during its attempt number `attempts`, with what the
    /// one before came to.
    pub(crate) fn too_long(&self, attempts: u32, last: Option<Error>) -> Error {
        let limit = self.deadline.as_secs_f64();
        let kind = ErrorKind::Timeout(TimeoutPhase::Call);
        let mut what = format!("the call took longer than {limit} s");
        let error = match last {
            Some(last) => {
                what.push_str(&format!("; the attempt before failed: {last}"));
                Error::new(kind, what).with_cause(last)
            }
            None => Error::new(kind, what),
        };
        error.with_attempts(attempts)
    }
}

impl Received {
    fn into_answer(self, operation: Operation, attempts: u32) -> Answer {
        Answer {
            operation: operation.id,
            status: self.status,
            headers: self.headers,
            body: self.body,
            decoded: None,
            attempts,
        }
    }
}

/// Tells the span of an attempt what came of it.
fn tell(span: &tracing::Span, result: &Result<Received, Attempt>) {
    match result {
        Ok(answer) | Err(Attempt::Answered(answer)) => exchange::tell(span, answer),
        Err(Attempt::Failed(failure)) => {
            span.record("failure", tracing::field::display(failure));
        }
        Err(Attempt::NoCredentials(error)) => {
            span.record("failure", tracing::field::display(error));
        }
    }
}

fn is_refusal(answer: &Received) -> bool {
    matches!(answer.status.as_u16(), 401 | 403)
}

/// How far the local clock, which said `signed_at`, is ahead of the server's, in seconds, where it
/// is off at all. The server tells its time in `Date`, which proxies may drop or set, or in the
/// message that refuses the signature's; there it may stand beside the one that it refuses.
fn skew(answer: &Received, signed_at: i64) -> Option<i64> {
    let off = |server: i64| {
        let skew = signed_at.saturating_sub(server);
        (skew.abs() > SKEW).then_some(skew)
    };
    let told = || {
        let body = ErrorBody::read(answer.status, &answer.headers, &answer.body);
        let mut times = SigningTime::find_all(&body.message);
        times.find_map(|time| off(time.unix()))
    };
    date(&answer.headers)
        .and_then(|date| off(unix_of(date)))
        .or_else(told)
}
