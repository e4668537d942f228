//! The generated trait and hooks, on a store.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use functiongraph_server::versions::{
    CreateFunctionVersionFailure, CreateFunctionVersionInput, CreateFunctionVersionOutput,
    ListFunctionVersionsFailure, ListFunctionVersionsInput, ListFunctionVersionsOutput, Versions,
};
use functiongraph_server::{
    Authentication, ErrorStatus, Failure, Hooks, Operation, OperationPath, Rejection,
    RejectionKind, Reply, headers,
};
use functiongraph_types as types;

use super::context::Context;
use super::rate::Callers;
use crate::auth::{Authenticator, Denied, Identified, Once, Role};
use crate::domain::{
    Actor, Clock, Code, DigestClaim, FunctionKey, Origin, PageRange, Publication, Random, Refusal,
    Rules, VersionName,
};
use crate::monitoring::RequestMetrics;
use crate::store::{FunctionId, PublishError, Store, StoreError};

/// What the operations need.
pub(super) struct Api<S> {
    pub(super) store: Arc<S>,
    pub(super) authenticator: Authenticator<S>,
    pub(super) rules: Rules,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// Where there is a limit on how many requests one caller may make.
    pub(super) callers: Option<Callers>,
    pub(super) metrics: RequestMetrics,
}

/// Who calls, and what of the request is known by the time an operation runs.
pub(super) struct Caller {
    context: Arc<Context>,
    project: String,
    actor: Actor,
    /// The function that the path names, once it is found.
    function: Option<FunctionId>,
}

/// Characters of the part of an image name that is drawn.
const IMAGE_TAG: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// How long a caller is told to wait after 429 and 503, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// What a caller without an identity is told to send.
const CHALLENGE: HeaderValue = HeaderValue::from_static(
    "X-Auth-Token realm=\"functiongraph\", SDK-HMAC-SHA256 realm=\"functiongraph\"",
);

/// Why a request is not answered as it wishes, whatever found it out.
enum Problem {
    Denied(Denied),
    Refused(Refusal),
    Store(StoreError),
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Refused(refusal) => Self::Refused(refusal),
            PublishError::Store(error) => Self::Store(error),
        }
    }
}

impl Problem {
    /// The failure of any operation. What a caller may not see of it becomes its cause.
    fn failure<S: ErrorStatus>(self, context: &Context) -> Failure<S, types::Error> {
        match self {
            Self::Denied(denied) => {
                let failure = failure(denied.code(), denied.message(), context);
                match denied.into_cause() {
                    Some(cause) => failure.with_cause(cause),
                    None => failure,
                }
            }
            Self::Refused(refusal) if refusal.code == Code::Internal => Failure::internal(refusal),
            Self::Refused(refusal) => failure(refusal.code, refusal.message, context),
            Self::Store(error) if error.is_temporary() => failure(
                Code::Unavailable,
                "The service cannot take the request at the moment, try again in 1 second",
                context,
            )
            .with_cause(error),
            Self::Store(error) => Failure::internal(error),
        }
    }
}

/// The documented error of a code.
fn failure<S: ErrorStatus>(
    code: Code,
    message: impl Display,
    context: &Context,
) -> Failure<S, types::Error> {
    failure_after(code, message, context, RETRY_AFTER)
}

/// As [`failure`], with what the caller is told to wait, in seconds, where that code has it.
fn failure_after<S: ErrorStatus>(
    code: Code,
    message: impl Display,
    context: &Context,
    retry_after: HeaderValue,
) -> Failure<S, types::Error> {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = types::Error {
        error_code: code.to_string(),
        error_msg: message.to_string(),
        request_id: Some(context.id.to_string()),
        ..types::Error::default()
    };
    let failure = Failure::from_code(status, body);
    match code {
        Code::Unauthorized => failure.with_header(headers::WWW_AUTHENTICATE, CHALLENGE),
        Code::TooManyRequests | Code::Unavailable => {
            failure.with_header(headers::RETRY_AFTER, retry_after)
        }
        _ => failure,
    }
}

impl<S: Store> Api<S> {
    /// What the caller asks to publish.
    fn publication(
        &self,
        caller: &Caller,
        body: Option<types::CreateFunctionVersionRequest>,
    ) -> Result<Publication, Refusal> {
        let body = body.unwrap_or_default();
        let version = body
            .version
            .map(|name| VersionName::parse(name.as_str()))
            .transpose()
            .map_err(|error| {
                Refusal::new(Code::InvalidVersionName, format!("/body/version: {error}"))
            })?;
        let digest = body
            .digest
            .map(|digest| DigestClaim::parse(digest.as_str()))
            .transpose()
            .map_err(|error| Refusal::new(Code::BadRequest, format!("/body/digest: {error}")))?;
        Ok(Publication {
            version,
            description: body.description.map(String::from),
            digest,
            origin: Origin {
                actor: caller.actor.clone(),
                at: self.clock.now(),
                request_id: Some(caller.context.id.to_string()),
            },
            image_tag: self.random.characters(IMAGE_TAG, 5),
            rules: self.rules,
        })
    }

    async fn publish(
        &self,
        caller: &Caller,
        body: Option<types::CreateFunctionVersionRequest>,
    ) -> Result<String, Problem> {
        let publication = self.publication(caller, body)?;
        let function = caller.function.ok_or_else(Refusal::function_not_found)?;
        Ok(self.store.publish(function, publication).await?.json)
    }

    async fn list(
        &self,
        caller: &Caller,
        input: &ListFunctionVersionsInput,
    ) -> Result<bytes::Bytes, Problem> {
        let function = caller.function.ok_or_else(Refusal::function_not_found)?;
        // Both are digits by now: the router has checked them.
        let malformed = || Refusal::new(Code::InvalidPage, "marker and maxitems are whole numbers");
        let marker = input.marker.position().ok_or_else(malformed)?;
        let maxitems = input.maxitems.count().ok_or_else(malformed)?;
        let page = self
            .store
            .page(function, PageRange::new(marker, maxitems))
            .await?;
        Ok(page.ok_or_else(Refusal::function_not_found)?.json)
    }

    /// Finds out who calls, and whether they may.
    async fn identify(
        &self,
        request: &Authentication<'_>,
        context: &Arc<Context>,
    ) -> Result<(Caller, Option<Once>), Problem> {
        let Identified { grant, actor, once } = self
            .authenticator
            .authenticate(request, self.clock.now())
            .await?;
        // Set once: there is one caller of a request.
        drop(context.project.set(grant.project.clone()));
        drop(context.credential.set(grant.id.clone()));
        if request.path_parameter("project_id") != Some(&*grant.project) {
            return Err(
                Refusal::new(Code::Forbidden, "The credentials are not for this project").into(),
            );
        }
        if !may(grant.role, request.operation) {
            return Err(Refusal::new(
                Code::Forbidden,
                "The role of the credentials does not allow this operation",
            )
            .into());
        }
        let caller = Caller {
            context: Arc::clone(context),
            project: grant.project,
            actor,
            function: None,
        };
        Ok((caller, once))
    }

    /// Counts the request of a caller, who is a credential or, without one, an address; where it is
    /// one too many, answers after which time another would not be.
    fn allow(&self, context: &Context) -> Result<(), Duration> {
        match (&self.callers, context.credential.get(), context.peer) {
            (Some(callers), Some(credential), _) => callers.credential(credential),
            (Some(callers), None, Some(peer)) => callers.address(peer),
            (None, _, _) | (_, None, None) => Ok(()),
        }
    }

    fn too_many(&self, wait: Duration, context: &Context) -> Failure<StatusCode, types::Error> {
        self.metrics.rate_limited();
        // Whole seconds, and never one too few.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = seconds.max(1);
        let plural = if seconds == 1 { "" } else { "s" };
        let message = format!("Too many requests, try again in {seconds} second{plural}");
        failure_after(Code::TooManyRequests, message, context, seconds.into())
    }

    /// Finds the function that a path names.
    async fn find(&self, caller: &Caller, path: OperationPath<'_>) -> Result<FunctionId, Problem> {
        let (urn, publishing) = match path {
            OperationPath::CreateFunctionVersion(path) => (&path.function_urn, true),
            OperationPath::ListFunctionVersions(path) => (&path.function_urn, false),
        };
        let parts = urn.parts().map_err(|error| {
            Refusal::new(Code::InvalidUrn, format!("/path/function_urn: {error}"))
        })?;
        if publishing && !parts.is_latest() {
            return Err(Refusal::new(
                Code::InvalidUrn,
                "A version can only be published from the function itself or from its working copy latest",
            )
            .into());
        }
        let key = FunctionKey::from(parts.identity(&caller.project));
        // The same answer, whether another tenant has such a function or nobody does.
        let function = if key.project == caller.project {
            self.store.function(&key).await?
        } else {
            None
        };
        let function = function.ok_or_else(Refusal::function_not_found)?;
        if parts.alias().is_some() {
            // There is no way to make one.
            return Err(Refusal::alias_not_found().into());
        }
        if let (false, Some(name)) = (parts.is_latest(), parts.version())
            && !self.store.has_version(function, name).await?
        {
            return Err(Refusal::version_not_found().into());
        }
        Ok(function)
    }
}

/// Whether a role allows an operation.
fn may(role: Role, operation: Operation) -> bool {
    match operation {
        Operation::CreateFunctionVersion => role.may_publish(),
        Operation::ListFunctionVersions => true,
    }
}

impl<S: Store> Versions<Caller> for Api<S> {
    async fn create_function_version(
        &self,
        caller: Caller,
        input: CreateFunctionVersionInput,
    ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
        match self.publish(&caller, input.body).await {
            Ok(json) => Ok(Reply::json(json).into()),
            Err(problem) => Err(problem.failure(&caller.context)),
        }
    }

    async fn list_function_versions(
        &self,
        caller: Caller,
        input: ListFunctionVersionsInput,
    ) -> Result<ListFunctionVersionsOutput, ListFunctionVersionsFailure> {
        match self.list(&caller, &input).await {
            Ok(json) => Ok(Reply::json(json).into()),
            Err(problem) => Err(problem.failure(&caller.context)),
        }
    }
}

impl<S: Store> Hooks for Api<S> {
    type Identity = Caller;
    type ErrorBody = types::Error;

    async fn authenticate(
        &self,
        request: Authentication<'_>,
    ) -> Result<Caller, Failure<StatusCode, types::Error>> {
        let context = Context::of(request.extensions, request.headers, &*self.random);
        let identified = self.identify(&request, &context).await;
        self.allow(&context)
            .map_err(|wait| self.too_many(wait, &context))?;
        let (caller, once) = identified.map_err(|problem| problem.failure(&context))?;
        // Last: a signature that is refused for something else may come again.
        if let Some(once) = once {
            let noted = self.authenticator.note(&once, self.clock.now()).await;
            noted.map_err(|denied| Problem::from(denied).failure(&context))?;
        }
        Ok(caller)
    }

    async fn admit(
        &self,
        mut caller: Caller,
        path: OperationPath<'_>,
    ) -> Result<Caller, Failure<StatusCode, types::Error>> {
        match self.find(&caller, path).await {
            Ok(function) => {
                caller.function = Some(function);
                Ok(caller)
            }
            Err(problem) => Err(problem.failure(&caller.context)),
        }
    }

    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, types::Error> {
        let context = Context::of(rejection.extensions, rejection.headers, &*self.random);
        let (code, message) = judge(rejection.kind);
        failure(code, message, &context)
    }
}

/// The code of what the router refuses, and a message that repeats nothing of the request.
fn judge(kind: &RejectionKind) -> (Code, String) {
    let (code, message) = match kind {
        RejectionKind::NotFound => (Code::NotFound, "There is nothing at this path"),
        RejectionKind::MethodNotAllowed { allow } => {
            return (
                Code::MethodNotAllowed,
                format!("This path takes the methods {allow}"),
            );
        }
        RejectionKind::BodyTooLarge { limit } => {
            return (
                Code::BodyTooLarge,
                format!("The request body is larger than {limit} bytes"),
            );
        }
        RejectionKind::PathInvalid(violations) => {
            return (code_of(violations, false), violations.to_string());
        }
        RejectionKind::Invalid {
            violations,
            malformed,
        } => {
            return (code_of(violations, malformed.is_some()), kind.to_string());
        }
        RejectionKind::UnsupportedMediaType { .. } => (
            Code::UnsupportedMediaType,
            "The request body has to be application/json",
        ),
        RejectionKind::HeadersTooLarge => {
            (Code::HeadersTooLarge, "The request's headers are too large")
        }
        RejectionKind::Timeout => (Code::RequestTimeout, "The request did not arrive in time"),
        RejectionKind::TooManyRequests => (
            Code::TooManyRequests,
            "Too many requests, try again in 1 second",
        ),
        RejectionKind::Unavailable => (
            Code::Unavailable,
            "The service is stopping or overloaded, try again in 1 second",
        ),
        RejectionKind::BodyUnreadable => (
            Code::BadRequest,
            "The request body could not be read to its end",
        ),
        RejectionKind::NotImplemented => (
            Code::NotImplemented,
            "This service does not have the operation",
        ),
        _ => (
            Code::Internal,
            "An unforeseen error happened; the request id leads to the log",
        ),
    };
    (code, message.to_owned())
}

/// The code of violations: that of their place, where all have the same.
fn code_of(violations: &types::Violations, malformed: bool) -> Code {
    let mut codes = violations.iter().map(|violation| place(&violation.pointer));
    match codes.next() {
        Some(first) if !malformed && codes.all(|code| code == first) => first,
        _ => Code::BadRequest,
    }
}

/// The code of a place in a request.
fn place(pointer: &str) -> Code {
    let under = |place: &str| {
        pointer
            .strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if under("/body/version") {
        Code::InvalidVersionName
    } else if under("/body/description") {
        Code::InvalidDescription
    } else if under("/query/marker") || under("/query/maxitems") {
        Code::InvalidPage
    } else if under("/path/function_urn") {
        Code::InvalidUrn
    } else {
        Code::BadRequest
    }
}
