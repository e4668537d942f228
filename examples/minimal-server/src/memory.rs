//! Publish and list in memory, for one token.
use axum::http::StatusCode;
use functiongraph_server::versions::*;
use functiongraph_server::{Authentication, ErrorStatus, Failure, Hooks, Rejection};
use functiongraph_types::{Error, FunctionVersion, FunctionVersionPage};
use std::sync::{Mutex, PoisonError};

pub(crate) struct Memory(pub(crate) Mutex<Vec<FunctionVersion>>);

fn failure<S: ErrorStatus>(status: StatusCode, code: &str, message: &str) -> Failure<S, Error> {
    let (error_code, error_msg) = (code.to_owned(), message.to_owned());
    Failure::from_code(status, Error { error_code, error_msg, ..Error::default() })
}

impl Versions<()> for Memory {
    async fn create_function_version(
        &self,
        (): (),
        input: CreateFunctionVersionInput,
    ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
        let mut versions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let body = input.body.unwrap_or_default();
        let name = body.version.map_or_else(|| format!("v{}", versions.len()), String::from);
        if versions.iter().any(|known| known.version == name) {
            return Err(failure(StatusCode::CONFLICT, "FSS.1062", "the version exists already"));
        }
        versions.push(FunctionVersion { version: name, ..FunctionVersion::default() });
        Ok(versions[versions.len() - 1].clone().into())
    }
    async fn list_function_versions(
        &self,
        (): (),
        input: ListFunctionVersionsInput,
    ) -> Result<ListFunctionVersionsOutput, ListFunctionVersionsFailure> {
        let versions = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let from = usize::try_from(input.marker.position().unwrap_or(0)).unwrap_or(usize::MAX);
        let many = input.maxitems.count().filter(|many| (1..=400).contains(many)).unwrap_or(400);
        let versions: Vec<_> = versions.into_iter().skip(from).take(many as usize).collect();
        let next_marker = (from + versions.len()) as i64;
        Ok(FunctionVersionPage { versions, next_marker, ..Default::default() }.into())
    }
}

impl Hooks for Memory {
    type Identity = ();
    type ErrorBody = Error;
    async fn authenticate(
        &self,
        request: Authentication<'_>,
    ) -> Result<(), Failure<StatusCode, Error>> {
        match request.credentials.x_auth_token {
            Some(token) if token == "secret" => Ok(()),
            _ => Err(failure(StatusCode::UNAUTHORIZED, "FSS.0401", "who are you?")),
        }
    }
    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Error> {
        failure(rejection.kind.status(), "FSS.0400", &rejection.to_string())
    }
}
