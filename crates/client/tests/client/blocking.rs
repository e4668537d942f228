//! The blocking client.

use functiongraph_client::{ErrorKind, blocking};
use serde_json::json;

use crate::server::{Server, URN, answer};

#[test]
fn a_program_without_a_runtime_publishes_and_lists() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let page = |names: &[&str], next| {
        let versions: Vec<_> = names
            .iter()
            .map(|name| json!({ "version": name }))
            .collect();
        answer(200, json!({ "versions": versions, "next_marker": next }))
    };
    let server = runtime.block_on(Server::doing([
        answer(200, json!({ "version": "v1" })),
        page(&["latest"], 1),
        page(&["v1"], 2),
        page(&[], 2),
        answer(404, "{}"),
    ]));
    let client = blocking::Client::new(server.client()).unwrap();
    let function = client.function(URN);
    let version = function.publish(|publish| publish.version("v1")).unwrap();
    assert_eq!(version.version, "v1");
    let names: Result<Vec<_>, _> = function
        .versions()
        .map(|version| version.map(|version| version.version))
        .collect();
    assert_eq!(names.unwrap(), ["latest", "v1"]);
    let mut pages = function.pages(|versions| versions.page_size(1));
    assert!(pages.next().unwrap().unwrap_err().is_not_found());
    assert!(pages.next().is_none());
    let error = client
        .run(async |client| client.list_function_versions().send().await)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
}

#[tokio::test]
async fn asynchronous_code_is_told_instead_of_a_panic() {
    let server = Server::doing([answer(200, "{}")]).await;
    let client = blocking::Client::new(server.client()).unwrap();
    let function = client.function(URN);
    let error = function.publish(|publish| publish).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let mut versions = function.versions();
    assert!(versions.next().unwrap().is_err());
    assert!(versions.next().is_none());
    assert_eq!(server.count(), 0);
}
