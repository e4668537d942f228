//! What a client holds beside its HTTP client, and how the generated calls go through it.

use std::fmt;
use std::sync::Arc;

use functiongraph_types::ProjectId;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;

use crate::Client;
use crate::error::{Error, ErrorKind};
use crate::generated::OPERATIONS;
use crate::prepared::Catch;
use crate::project::ProjectLookup;
use crate::runtime::OperationInfo;
use crate::time::{Instant, within};
use crate::transport::{Answer, Operation, Safety, Transport};

/// A header that progenitor adds to every request and that the API does not know.
const API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// The operation that publishes, which may be repeated where it names the version.
pub(crate) const PUBLISH: &str = "create_function_version";

/// The operation that lists.
pub(crate) const LIST: &str = "list_function_versions";

/// The state that every [`Client`] holds: how it identifies itself, retries and finds its project.
/// Made by [`Client::builder`]; clients that are cloned share it.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    /// Where requests go in place of the service, for looking at them.
    catch: Option<Catch>,
    /// When the call began that the client was cloned for.
    began: Option<Instant>,
}

struct Shared {
    transport: Transport,
    project: Option<ProjectId>,
    lookup: ProjectLookup,
}

impl Session {
    pub(crate) fn new(transport: Transport, project: Option<ProjectId>) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport,
                project,
                lookup: ProjectLookup::default(),
            }),
            catch: None,
            began: None,
        }
    }

    /// The same session for a call that began before its request is there.
    pub(crate) fn since(&self, began: Instant) -> Self {
        Self {
            began: Some(began),
            ..self.clone()
        }
    }

    /// The same session for a client whose requests are caught.
    pub(crate) fn caught_by(&self, catch: &Catch) -> Self {
        Self {
            catch: Some(catch.clone()),
            ..self.clone()
        }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.shared.transport
    }

    /// The project of calls that name none: the one that the client was built with, else the one
    /// of its credentials, else the region's, which the identity service knows.
    /// Looking it up takes from the time of the call that it is for, which `began` before.
    pub(crate) async fn project(
        &self,
        operation: &'static str,
        began: Instant,
    ) -> Result<ProjectId, Error> {
        if let Some(project) = &self.shared.project {
            return Ok(project.clone());
        }
        let transport = &self.shared.transport;
        let named = |error: Error| error.with_operation(operation);
        let left = transport.left(began);
        match within(left, self.shared.lookup.project(transport, began)).await {
            Some(Ok(project)) => Ok(project),
            Some(Err(error)) => Err(named(error)),
            None => Err(named(transport.too_long(1, None))),
        }
    }

    /// The project that the client was built with.
    pub(crate) fn own_project(&self) -> Option<&ProjectId> {
        self.shared.project.as_ref()
    }
}

/// Says where credentials come from, never what they are.
impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("credentials", &self.shared.transport.credentials)
            .field("project", &self.shared.project)
            .field("retries", &self.shared.transport.retries)
            .finish_non_exhaustive()
    }
}

/// The hooks of generated calls, by the names that they call.
impl Client {
    pub(crate) async fn pre(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error> {
        let headers = request.headers_mut();
        headers.remove(API_VERSION);
        // S1 lists it as mandatory, and every SDK of the vendor's sends it, also without a body.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(())
    }

    pub(crate) async fn exec(
        &self,
        request: Request,
        info: &OperationInfo,
    ) -> Result<Answer, Error> {
        let known = OPERATIONS.iter().find(|(id, ..)| *id == info.operation_id);
        let (id, template) = match known {
            Some((id, _, template)) => (*id, *template),
            None => return Err(Error::new(ErrorKind::Request, "the operation is not known")),
        };
        let operation = Operation {
            id,
            template,
            safety: safety(id, &request),
        };
        if !operation.is_of(&request, &self.baseurl) {
            let what = "an argument cannot stand in a path: it is `.` or `..`";
            return Err(Error::new(ErrorKind::Request, what).with_operation(id));
        }
        let began = self.inner.began.unwrap_or_else(Instant::now);
        if let Some(catch) = &self.inner.catch {
            let transport = self.inner.transport();
            catch.put(transport.prepare(request, operation, began).await?);
            return Err(Error::new(ErrorKind::Request, "the request was not sent"));
        }
        self.inner.transport().call(request, operation, began).await
    }

    pub(crate) async fn post(
        &self,
        _: &Result<Answer, Error>,
        _: &OperationInfo,
    ) -> Result<(), Error> {
        Ok(())
    }
}

fn safety(operation: &str, request: &Request) -> Safety {
    if *request.method() == Method::GET {
        return Safety::Repeatable;
    }
    let names_version = || {
        let body = request.body()?.as_bytes()?;
        let body: Value = serde_json::from_slice(body).ok()?;
        body.get("version")
            .filter(|name| name.is_string())
            .map(drop)
    };
    if operation == PUBLISH && names_version().is_some() {
        Safety::Named
    } else {
        Safety::Once
    }
}
