//! Lists of versions, page by page.

use functiongraph_client::ErrorKind;
use serde_json::{Value, json};

use crate::server::{PROJECT, Server, URN, answer};

fn page(names: &[&str], next_marker: Value) -> Value {
    let versions: Vec<_> = names
        .iter()
        .map(|name| json!({ "version": name }))
        .collect();
    json!({ "versions": versions, "next_marker": next_marker })
}

async fn names(server: &Server) -> Vec<String> {
    let all: Vec<_> = server
        .client()
        .function(URN)
        .versions()
        .try_collect()
        .await
        .unwrap();
    all.into_iter().map(|version| version.version).collect()
}

#[tokio::test]
async fn pages_follow_their_markers() {
    let pages = [
        page(&["latest", "v1"], json!(2)),
        page(&["v2"], json!(7)),
        page(&[], json!(7)),
    ];
    let server = Server::doing(pages.map(|page| answer(200, page))).await;
    let all: Vec<_> = server
        .client()
        .function(URN)
        .versions()
        .page_size(2)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 3);
    let path = format!("/v2/{PROJECT}/fgs/functions/{URN}/versions");
    let targets: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(
        targets,
        [
            format!("{path}?maxitems=2"),
            format!("{path}?marker=2&maxitems=2"),
            format!("{path}?marker=7&maxitems=2"),
        ]
    );
}

#[tokio::test]
async fn a_list_ends_without_a_marker_that_leads_on() {
    for (last, requests) in [
        (page(&["v2"], json!(0)), 2),
        (page(&["v2"], json!(null)), 2),
        (json!({ "versions": [{ "version": "v2" }] }), 2),
        // No progress, and a step back.
        (page(&["v2"], json!(1)), 2),
        (page(&["v2"], json!(-5)), 2),
        // An empty page ends it, whatever its marker says.
        (page(&[], json!(9)), 2),
    ] {
        let first = page(&["latest"], json!(1));
        let server = Server::doing([answer(200, first), answer(200, &last)]).await;
        let names = names(&server).await;
        assert_eq!(names[0], "latest", "{last}");
        assert_eq!(server.count(), requests, "{last}");
    }
    // S2's own page: a function without published versions.
    let s2 = include_str!("../../../../openapi/examples/s2-list-response.json");
    let server = Server::doing([answer(200, s2), answer(200, page(&[], json!(1)))]).await;
    assert_eq!(names(&server).await, ["latest"]);
}

#[tokio::test]
async fn versions_come_as_they_are_asked_for() {
    let server = Server::with(|count, _| {
        let next = i64::try_from(count).unwrap() + 1;
        answer(200, page(&["v"], json!(next))).into()
    })
    .await;
    let mut versions = server.client().function(URN).versions();
    for asked in 1..=3 {
        versions.next().await.unwrap().unwrap();
        assert_eq!(server.count(), asked);
    }
    let mut versions = server.client().function(URN).versions().starting_at(40);
    versions.next().await.unwrap().unwrap();
    assert!(server.requests()[3].target.ends_with("?marker=40"));
}

#[tokio::test]
async fn an_error_ends_the_list() {
    let first = page(&["latest"], json!(1));
    let server = Server::doing([answer(200, first), answer(404, "{}")]).await;
    let mut versions = server.client().function(URN).versions();
    assert!(versions.next().await.unwrap().is_ok());
    assert!(versions.next().await.unwrap().unwrap_err().is_not_found());
    assert!(versions.next().await.is_none());
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_list_without_end_is_an_error() {
    let server = Server::with(|count, _| answer(200, page(&["v"], json!(count + 1))).into()).await;
    let mut pages = server
        .client()
        .function(URN)
        .versions()
        .page_limit(25)
        .pages();
    let error = loop {
        match pages.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert!(error.to_string().contains("25 pages"), "{error}");
    // One more, to see whether the end comes.
    assert_eq!(server.count(), 26);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn a_list_without_end_ends_by_itself() {
    let server = Server::with(|count, _| answer(200, page(&["v"], json!(count + 1))).into()).await;
    let versions = server.client().function(URN).versions();
    let error = versions.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert_eq!(server.count(), 201);
}

#[tokio::test]
async fn a_list_that_is_too_large_to_keep_is_an_error() {
    let long = "x".repeat(900);
    let server = Server::with(move |count, _| {
        let version = json!({ "version": "v", "version_description": long });
        answer(
            200,
            json!({ "versions": [version], "next_marker": count + 1 }),
        )
        .into()
    })
    .await;
    let client = server.builder().max_response_bytes(1000).build().unwrap();
    let versions = client.function(URN).versions();
    let error = versions.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(error.to_string().contains("16000 bytes"), "{error}");
    // Sixteen thousand bytes are there with the seventeenth page.
    assert_eq!(server.count(), 17);
    // One by one they may be any number.
    let mut versions = client.function(URN).versions();
    for _ in 0..40 {
        versions.next().await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_before_anything_is_sent() {
    let server = Server::doing([answer(200, "{}")]).await;
    let list = || server.client().function(URN).versions();
    for (versions, text) in [
        (list().starting_at(-1), "the marker: "),
        (list().starting_at("soon"), "the marker: "),
        (list().page_size("some"), "the page size: "),
    ] {
        let error = versions.pages().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_list_that_ends_with_its_last_page_is_whole() {
    let server = Server::doing([
        answer(200, page(&["latest", "v1"], json!(2))),
        answer(200, page(&[], json!(2))),
    ])
    .await;
    let versions = server.client().function(URN).versions().page_limit(1);
    let all: Vec<_> = versions.try_collect().await.unwrap();
    assert_eq!(all.len(), 2);
}

/// Small pages are many, and no sign that there is no end.
#[tokio::test]
async fn a_list_in_small_pages_may_have_many() {
    let server = Server::with(|count, _| {
        let versions: &[&str] = if count < 300 { &["v"] } else { &[] };
        answer(200, page(versions, json!(count + 1))).into()
    })
    .await;
    let versions = server.client().function(URN).versions().page_size(1);
    let all: Vec<_> = versions.try_collect().await.unwrap();
    assert_eq!(all.len(), 300);
}

#[tokio::test]
async fn pages_keep_how_they_came() {
    let body = json!({ "versions": [], "next_marker": 0, "brand_new": [1] });
    let server = Server::doing([answer(200, &body).header("x-request-id", "the-page")]).await;
    let page = server
        .client()
        .function(URN)
        .versions()
        .pages()
        .next()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.request_id(), Some("the-page"));
    assert_eq!(page.headers()["content-type"], "application/json");
    assert_eq!(page.raw_body().as_ref(), body.to_string().as_bytes());
    assert_eq!(page.extra["brand_new"], json!([1]));
}
