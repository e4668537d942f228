//! Typed input out of requests.

use axum::body::Body;
use axum::http::{Method, Request};

use crate::support::{App, PROJECT, URN, path, request};

async fn list(uri: &str) -> (App, u16) {
    let app = App::new();
    let answer = app
        .send(request(Method::GET, uri).body(Body::empty()).unwrap())
        .await;
    let status = answer.status;
    (app, status)
}

#[tokio::test]
async fn defaults_of_the_document_fill_in() {
    let (app, status) = list(&path(URN, "")).await;
    assert_eq!(status, 200);
    let listed = app.memory.listed.lock().unwrap();
    assert_eq!(listed[0].marker.as_str(), "0");
    assert_eq!(listed[0].maxitems.as_str(), "400");
}

#[tokio::test]
async fn the_request_line_of_the_list_example_works_as_it_stands() {
    let example = include_str!("../../../../openapi/examples/s2-list-request.http");
    let target = example.split(' ').nth(1).unwrap();
    assert!(target.contains("maxtems=10") && target.contains("urn:fss:xxxxxxxxxx:"));
    let (app, status) = list(target).await;
    assert_eq!(status, 200);
    let listed = app.memory.listed.lock().unwrap();
    assert_eq!(listed[0].marker.as_str(), "1");
    assert_eq!(
        listed[0].maxitems.as_str(),
        "400",
        "the misspelt parameter is ignored"
    );
    assert!(listed[0].function_urn.as_str().ends_with(":test:latest"));
}

#[tokio::test]
async fn colons_may_be_encoded() {
    for urn in [
        URN.to_owned(),
        URN.replace(':', "%3A"),
        URN.replace(':', "%3a"),
        URN.replace("test", "%74est"),
    ] {
        let (app, status) = list(&path(&urn, "")).await;
        assert_eq!(status, 200, "{urn}");
        assert_eq!(
            app.memory.listed.lock().unwrap()[0].function_urn.as_str(),
            URN
        );
    }
}

#[tokio::test]
async fn an_encoded_slash_does_not_end_a_segment() {
    let (_, status) = list(&path("a%2Fb", "")).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn queries_are_percent_decoded_and_the_first_value_counts() {
    for query in [
        "?marker=%31%32",
        "?mark%65r=12",
        "?marker=12&marker=x",
        "?&marker=12&",
        "?x=1&marker=12&y",
    ] {
        let (app, status) = list(&path(URN, query)).await;
        assert_eq!(status, 200, "{query}");
        assert_eq!(
            app.memory.listed.lock().unwrap()[0].marker.as_str(),
            "12",
            "{query}"
        );
    }
}

#[tokio::test]
async fn parameters_that_break_their_schemas_are_all_named() {
    let answer = App::new().get("?marker=+1&maxitems=").await;
    assert_eq!(answer.status, 400);
    let text = answer.message();
    assert!(
        text.contains("/query/marker ") && text.contains("/query/maxitems "),
        "{text}"
    );
    assert!(
        !text.contains(" 1;"),
        "a plus sign is a space, and is not repeated: {text}"
    );
}

#[tokio::test]
async fn what_is_not_utf_8_is_a_violation() {
    let answer = App::new().get("?marker=%ff").await;
    assert_eq!(
        (answer.status, answer.message().as_str()),
        (400, "/query/marker must be a string")
    );
    let request = request(Method::GET, &path("%ff%fe", ""))
        .body(Body::empty())
        .unwrap();
    let answer = App::new().send(request).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "FSS.1309"));
    assert_eq!(answer.message(), "/path/function_urn must be a string");
}

#[tokio::test]
async fn an_empty_body_is_none_whatever_its_type() {
    for media_type in [
        None,
        Some("text/plain"),
        Some("application/json"),
        Some("?"),
    ] {
        let app = App::new();
        let mut request = request(Method::POST, &path(URN, ""));
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        assert_eq!(
            app.send(request.body(Body::empty()).unwrap()).await.status,
            200
        );
        assert_eq!(app.memory.published.lock().unwrap()[0].body, None);
    }
}

#[tokio::test]
async fn null_bodies_and_null_properties_count_as_absent() {
    let app = App::new();
    assert_eq!(app.post("null").await.status, 200);
    assert_eq!(app.post("{}").await.status, 200);
    assert_eq!(
        app.post(r#"{"version": null, "digest": null, "unknown": [1]}"#)
            .await
            .status,
        200
    );
    let published = app.memory.published.lock().unwrap();
    assert_eq!(published[0].body, None);
    assert_eq!(published[1].body, Some(Default::default()));
    assert_eq!(published[2].body, Some(Default::default()));
}

#[tokio::test]
async fn media_types_are_compared_without_case_and_parameters() {
    for (media_type, status) in [
        ("application/json", 200),
        ("Application/JSON", 200),
        ("application/json;charset=utf-8", 200),
        ("application/json; charset=\"UTF-8\"", 200),
        ("application/json; charset=UTF8; x=y", 200),
        ("application/json ; profile=x", 200),
        ("application/json; charset=latin1", 415),
        ("application/problem+json", 415),
        ("application/jsonp", 415),
        ("text/json", 415),
        ("", 415),
    ] {
        let request = request(Method::POST, &path(URN, "")).header("content-type", media_type);
        let answer = App::new()
            .send(request.body(Body::from("{}")).unwrap())
            .await;
        assert_eq!(answer.status, status, "{media_type}");
    }
    let untyped = request(Method::POST, &path(URN, ""))
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(App::new().send(untyped).await.status, 415);
    let twice = request(Method::POST, &path(URN, ""))
        .header("content-type", "application/json")
        .header("content-type", "text/plain");
    assert_eq!(
        App::new()
            .send(twice.body(Body::from("{}")).unwrap())
            .await
            .status,
        415
    );
    let zipped = request(Method::POST, &path(URN, ""))
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    assert_eq!(
        App::new()
            .send(zipped.body(Body::from("{}")).unwrap())
            .await
            .status,
        415
    );
}

#[tokio::test]
async fn the_body_of_a_get_is_ignored() {
    let request = request(Method::GET, &path(URN, "")).header("content-type", "text/plain");
    assert_eq!(
        App::new()
            .send(request.body(Body::from("\u{0}whatever")).unwrap())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn of_repeated_properties_the_last_counts() {
    let app = App::new();
    assert_eq!(
        app.post(r#"{"version": "a", "version": "b"}"#).await.status,
        200
    );
    let published = app.memory.published.lock().unwrap();
    assert_eq!(
        published[0]
            .body
            .as_ref()
            .unwrap()
            .version
            .as_ref()
            .unwrap()
            .as_str(),
        "b"
    );
}

#[tokio::test]
async fn the_path_is_told_before_the_body_is_read() {
    let uri = format!("/v2/{PROJECT}/fgs/functions/{}/versions", "x".repeat(513));
    let body = Body::from(r#"{"version": 1}"#);
    let request = Request::post(uri)
        .header("x-auth-token", PROJECT)
        .body(body)
        .unwrap();
    let answer = App::new().send(request).await;
    assert_eq!(
        answer.message(),
        "/path/function_urn must have at most 512 characters"
    );
}
