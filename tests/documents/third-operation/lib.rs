//! What a maintainer writes after adding an operation to the document: its method, and nothing
//! else. Published versions live in memory.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use third_server::versions::{
    CreateFunctionVersionFailure, CreateFunctionVersionInput, CreateFunctionVersionOutput,
    ListFunctionVersionsFailure, ListFunctionVersionsInput, ListFunctionVersionsOutput,
    ShowFunctionVersionFailure, ShowFunctionVersionInput, ShowFunctionVersionOutput,
    ShowFunctionVersionStatus, Versions,
};
use third_server::{Authentication, Failure, Hooks, Limits, Rejection, router};
use third_types::{Error, FunctionVersion, FunctionVersionPage};

/// Versions in memory.
#[derive(Default)]
pub struct Memory {
    versions: Mutex<Vec<FunctionVersion>>,
}

impl Memory {
    fn all(&self) -> Vec<FunctionVersion> {
        self.versions.lock().map(|versions| versions.clone()).unwrap_or_default()
    }
}

impl Versions<()> for Memory {
    async fn create_function_version(
        &self,
        _: (),
        input: CreateFunctionVersionInput,
    ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
        let name = input.body.and_then(|body| body.version);
        let version = FunctionVersion {
            func_urn: input.function_urn.to_string(),
            version: name.map(String::from).unwrap_or_default(),
            ..FunctionVersion::default()
        };
        if let Ok(mut versions) = self.versions.lock() {
            versions.push(version.clone());
        }
        Ok(version.into())
    }

    async fn list_function_versions(
        &self,
        _: (),
        _: ListFunctionVersionsInput,
    ) -> Result<ListFunctionVersionsOutput, ListFunctionVersionsFailure> {
        let versions = self.all();
        Ok(FunctionVersionPage { next_marker: versions.len() as i64, versions, ..FunctionVersionPage::default() }.into())
    }

    async fn show_function_version(
        &self,
        _: (),
        input: ShowFunctionVersionInput,
    ) -> Result<ShowFunctionVersionOutput, ShowFunctionVersionFailure> {
        let name = input.version_name.as_str();
        match self.all().into_iter().find(|version| version.version == name) {
            Some(version) => Ok(version.into()),
            None => Err(Failure::new(ShowFunctionVersionStatus::NotFound, error("Not found the version"))),
        }
    }
}

/// Everybody may do everything.
pub struct Open;

impl Hooks for Open {
    type Identity = ();
    type ErrorBody = Error;

    async fn authenticate(&self, _: Authentication<'_>) -> Result<(), Failure<StatusCode, Error>> {
        Ok(())
    }

    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Error> {
        Failure::new(rejection.kind.status(), error(&rejection.to_string()))
    }
}

fn error(message: &str) -> Error {
    Error { error_code: "FSS.1052".to_owned(), error_msg: message.to_owned(), ..Error::default() }
}

/// The service.
pub fn app() -> Router {
    router(Arc::new(Memory::default()), Arc::new(Open), Limits::default())
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_third_operation_is_served() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, super::app()).await });

        let client = third_client::Client::new(&format!("http://{address}")).unwrap();
        let project = "7aad83af3e8d42e99ac194e8419e2c9b";
        let body = third_types::CreateFunctionVersionRequest {
            version: Some("v1".parse().unwrap()),
            ..Default::default()
        };
        client.create_function_version().project_id(project).function_urn("test").body(body).send().await.unwrap();

        let shown =
            client.show_function_version().project_id(project).function_urn("test").version_name("v1").send().await.unwrap();
        assert_eq!(shown.version, "v1");

        let missing =
            client.show_function_version().project_id(project).function_urn("test").version_name("v2").send().await;
        assert_eq!(missing.unwrap_err().status().map(|status| status.as_u16()), Some(404));
    }
}
