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

/// Lists pages with a client of its own, more of them than a task may do at once.
fn pages(client: functiongraph_client::Client) -> usize {
    let client = blocking::Client::new(client).unwrap();
    let versions = client
        .function(URN)
        .versions_with(|versions| versions.page_limit(300));
    versions.filter(Result::is_ok).count()
}

/// A server with so many pages of one version.
async fn paged(count: usize) -> Server {
    Server::with(move |seen, _| {
        let version = json!({ "version": format!("v{seen}") });
        let versions = if seen < count { vec![version] } else { vec![] };
        answer(
            200,
            json!({ "versions": versions, "next_marker": seen + 1 }),
        )
        .into()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_may_block_calls_from_within_a_runtime() {
    let server = paged(200).await;
    let client = server.client();
    let count = tokio::task::spawn_blocking(move || pages(client)).await;
    assert_eq!(count.unwrap(), 200);
}

/// It is no good idea, and does what it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asynchronous_code_is_blocked_instead_of_a_panic() {
    let server = paged(200).await;
    let client = server.client();
    let count = tokio::spawn(async move { pages(client) }).await;
    assert_eq!(count.unwrap(), 200);
}
