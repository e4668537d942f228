//! The project of a client that was built without one.

use reqwest::{Method, Request};
use serde::Deserialize;
use tokio::sync::Mutex;

use functiongraph_types::ProjectId;

use crate::credentials::{
    AccessKeys, Asked, Credential, CredentialError, IDENTITY_SERVICE as ORIGIN,
};
use crate::endpoint::iam_endpoint;
use crate::error::{Error, ErrorKind, TimeoutPhase};
use crate::time::Instant;
use crate::transport::{Operation, Received, Safety, Transport};

/// The identity service's operation, as errors and spans name it.
const LIST_PROJECTS: Operation = Operation {
    id: "list_projects",
    template: "/v3/projects",
    safety: Safety::Repeatable,
};

/// Looks the project up once for each access key; the region does not change.
#[derive(Debug, Default)]
pub(crate) struct ProjectLookup {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The project of an access key.
    found: Option<(String, ProjectId)>,
    /// When asking for that of an access key failed last, and why.
    failed: Option<(Instant, String, Error)>,
}

impl Known {
    /// What is known of an access key to a call that asked for it at `came`: who waited while
    /// another failed shares that failure instead of repeating it.
    fn of(&self, access_key: &str, came: Instant) -> Option<Result<ProjectId, Error>> {
        if let Some((key, project)) = &self.found
            && key == access_key
        {
            return Some(Ok(project.clone()));
        }
        let (at, key, error) = self.failed.as_ref()?;
        (*at >= came && key == access_key).then(|| Err(error.clone()))
    }
}

#[derive(Deserialize)]
struct Projects {
    projects: Vec<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: String,
}

impl ProjectLookup {
    /// The project, for a call that `began` some time ago.
    pub(crate) async fn project(
        &self,
        transport: &Transport,
        began: Instant,
    ) -> Result<ProjectId, Error> {
        let credential = transport.credential_for_call(began).await?;
        if let Some(id) = credential.as_ref().and_then(Credential::project_id) {
            return checked(id);
        }
        let Some(Credential::Keys(keys)) = credential else {
            return Err(unknown(
                "no project is known: name one, or the function by a URN that holds it",
            ));
        };
        let came = Instant::now();
        let access_key = keys.access_key();
        // Held while asking, so that many calls at once ask once.
        let mut known = self.known.lock().await;
        if let Some(known) = known.of(access_key, came) {
            return known;
        }
        let asked = ask(transport, &keys, began).await;
        match &asked {
            Ok(project) => known.found = Some((access_key.to_owned(), project.clone())),
            // Whose time is up says nothing about the time of those who wait.
            Err(error) if error.kind() == ErrorKind::Timeout(TimeoutPhase::Call) => {}
            Err(error) => {
                known.failed = Some((Instant::now(), access_key.to_owned(), error.clone()));
            }
        }
        asked
    }
}

/// An error of the lookup. What the identity service answers says nothing about the function that
/// the call is for, so it is one of the credentials.
fn of_lookup(error: Error, endpoint: &str) -> Error {
    let answer = (error.status(), error.headers(), error.body());
    let (ErrorKind::Service, (Some(status), Some(headers), Some(body))) = (error.kind(), answer)
    else {
        return error.within(&format!(
            "looking the project up at the identity service at {endpoint}"
        ));
    };
    let answer = Received {
        status,
        headers: headers.clone(),
        body: body.clone(),
    };
    Error::from(CredentialError::of_answer(ORIGIN, Asked::Project, &answer))
        .with_attempts(error.attempts())
        .with_skew(error.clock_skew())
}

fn unknown(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, what)
}

fn checked(id: &str) -> Result<ProjectId, Error> {
    id.parse()
        .map_err(|violations| unknown(format!("the credentials' project id: {violations}")))
}

async fn ask(transport: &Transport, keys: &AccessKeys, began: Instant) -> Result<ProjectId, Error> {
    let context = &transport.context;
    let Some(region) = context.region() else {
        return Err(unknown(
            "no project is known, and without a region it cannot be looked up: name a project or a region",
        ));
    };
    // Before the region's own address comes what the builder or the keys' source names.
    let named = context
        .iam
        .clone()
        .or_else(|| keys.iam_endpoint().map(ToOwned::to_owned));
    let endpoint = match named {
        Some(endpoint) => iam_endpoint(&endpoint)?,
        None => region.iam_endpoint(),
    };
    let url = format!("{endpoint}/v3/projects?name={region}");
    let url = url.parse().map_err(|_| {
        unknown(format!(
            "`{endpoint}` is no address of the identity service"
        ))
    })?;
    let answer = transport
        .call(Request::new(Method::GET, url), LIST_PROJECTS, began)
        .await
        .map_err(|error| of_lookup(error, &endpoint))?;
    let decoded: Result<Projects, _> = serde_json::from_slice(&answer.body);
    let Ok(Projects { projects }) = decoded else {
        return Err(Error::of_answer(
            ErrorKind::Decode,
            "the identity service's answer is no list of projects",
            answer.status,
            &answer.headers,
            &answer.body,
        )
        .with_attempts(answer.attempts));
    };
    match projects.as_slice() {
        [project] => checked(&project.id),
        other => Err(CredentialError::malformed(
            "the access keys",
            format!(
                "they have {} projects named `{region}`, not one; name the project",
                other.len()
            ),
        )
        .into()),
    }
}
