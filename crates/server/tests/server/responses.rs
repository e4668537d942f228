//! What the router answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::HeaderValue;
use axum::http::{Method, Request, StatusCode};
use axum::routing::get;
use functiongraph_server::versions::{
    CreateFunctionVersionStatus, ListFunctionVersionsFailure, ListFunctionVersionsStatus,
};
use functiongraph_server::{
    ErrorStatus, Failure, Limits, Operation, Outcome, Scheme, headers, router,
};
use tower::ServiceExt;

use crate::support::{
    App, Caller, Doors, Memory, PROJECT, Problem, URN, error, path, request, send,
};

#[tokio::test]
async fn a_success_has_its_body_and_headers() {
    let answer = App::new().post(r#"{"version": "v1"}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-request-id"), Some("made-up"));
    assert_eq!(answer.json()["version"], "v1");
    assert_eq!(answer.json()["func_name"], "test");
    let outcome = answer.outcome.unwrap();
    assert_eq!(outcome.operation, Some(Operation::CreateFunctionVersion));
    assert!(outcome.rejection.is_none() && outcome.cause.is_none());
}

#[tokio::test]
async fn ready_json_is_sent_byte_for_byte() {
    let answer = App::new().get("?marker=999").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.body.as_ref(),
        b"{\"versions\": [ ],\n \"next_marker\" : 999 }"
    );
}

#[tokio::test]
async fn a_failure_carries_its_cause_to_the_log_alone() {
    let answer = App::new().post(r#"{"version": "taken"}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "FSS.1062"));
    let outcome = answer.outcome.unwrap();
    assert!(outcome.rejection.is_none());
    let cause = outcome.cause.unwrap();
    assert!(matches!(
        cause.downcast_ref::<Problem>(),
        Some(Problem::Taken)
    ));
    assert!(cause.get().is::<Problem>());
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = App::new();
    let got = app.get("").await;
    let head = app
        .send(
            request(Method::HEAD, &path(URN, ""))
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    assert_eq!(
        head.header("content-length"),
        Some(got.body.len().to_string().as_str())
    );
    assert_eq!(head.header("content-type"), got.header("content-type"));
    assert!(app.doors.seen.lock().unwrap()[1].starts_with("list_function_versions HEAD "));
    let refused = app
        .send(
            request(Method::HEAD, &path("%20", ""))
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.is_empty());
    assert!(
        refused
            .header("content-length")
            .is_some_and(|length| length != "0")
    );
}

#[tokio::test]
async fn a_request_may_be_dropped_half_way() {
    let app = App::new();
    let pending = app.post(r#"{"version": "never"}"#);
    assert!(
        tokio::time::timeout(Duration::from_millis(20), pending)
            .await
            .is_err()
    );
    assert_eq!(
        app.memory.published.lock().unwrap().len(),
        1,
        "the method has begun"
    );
    assert_eq!(app.post("{}").await.status, 200);
}

#[test]
fn failures_are_built_in_the_open() {
    let failure: ListFunctionVersionsFailure = Failure::new(
        ListFunctionVersionsStatus::TooManyRequests,
        error("FSS.0429", "slower"),
    )
    .with_header(headers::RETRY_AFTER, HeaderValue::from(7))
    .with_cause("bucket empty");
    assert_eq!(
        failure.status(),
        Some(&ListFunctionVersionsStatus::TooManyRequests)
    );
    assert_eq!(
        failure.body().map(|body| body.error_code.as_str()),
        Some("FSS.0429")
    );
    assert_eq!(failure.headers()[headers::RETRY_AFTER], "7");
    assert_eq!(
        failure.cause().map(ToString::to_string).as_deref(),
        Some("bucket empty")
    );
    let converted: Failure<CreateFunctionVersionStatus, String> =
        failure.convert(|body| body.error_msg);
    assert_eq!(
        converted.status(),
        Some(&CreateFunctionVersionStatus::TooManyRequests)
    );
    assert_eq!(converted.body().map(String::as_str), Some("slower"));
    assert_eq!(converted.headers().len(), 1);
    let lost: Failure<ListFunctionVersionsStatus, String> =
        Failure::new(CreateFunctionVersionStatus::Conflict, ()).convert(|()| String::new());
    assert_eq!(lost.status(), None);
    assert_eq!(
        lost.cause().map(ToString::to_string).as_deref(),
        Some("the operation documents no status 409")
    );
}

#[test]
fn statuses_know_their_codes() {
    for status in CreateFunctionVersionStatus::ALL {
        assert_eq!(
            CreateFunctionVersionStatus::from_code(status.code()),
            Some(*status)
        );
    }
    assert_eq!(CreateFunctionVersionStatus::ALL.len(), 10);
    assert_eq!(
        ListFunctionVersionsStatus::from_code(StatusCode::CONFLICT),
        None
    );
    assert_eq!(ListFunctionVersionsStatus::from_code(StatusCode::OK), None);
    assert_eq!(
        StatusCode::from_code(StatusCode::GONE),
        Some(StatusCode::GONE)
    );
}

#[test]
fn operations_describe_themselves() {
    let ids: Vec<&str> = Operation::ALL
        .iter()
        .map(|operation| operation.id())
        .collect();
    assert_eq!(ids, ["create_function_version", "list_function_versions"]);
    let schemes: Vec<Vec<Scheme>> = Operation::ListFunctionVersions
        .security()
        .iter()
        .map(|alternative| {
            alternative
                .iter()
                .map(|requirement| requirement.scheme)
                .collect()
        })
        .collect();
    assert_eq!(schemes, [[Scheme::XAuthToken], [Scheme::AkSk]]);
    assert_eq!(Scheme::AkSk.name(), "AkSk");
}

#[tokio::test]
async fn the_router_may_be_nested_and_merged() {
    let memory = Memory::new();
    let doors = Doors::new(&memory);
    let api = router(memory, Arc::clone(&doors), Limits::default());
    let app = axum::Router::new()
        .nest("/prefix", api.clone())
        .route("/healthz", get(|| async { "fine" }));
    let nested = request(Method::GET, &format!("/prefix{}", path(URN, "")))
        .body(Body::empty())
        .unwrap();
    assert_eq!(send(&app, nested).await.status, 200);
    let seen = doors.seen.lock().unwrap().concat();
    assert!(
        seen.contains(" /prefix/v2/"),
        "signatures cover the path that the client sent: {seen}"
    );
    let merged = api.route("/healthz", get(|| async { "fine" }));
    let healthy = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(send(&merged, healthy).await.status, 200);
}

#[tokio::test]
async fn a_layer_sees_what_became_of_a_request() {
    let app = App::new();
    let logged = app.router.clone().layer(axum::middleware::map_response(
        |mut response: axum::response::Response| async move {
            let operation = response
                .extensions()
                .get::<Outcome>()
                .and_then(|outcome| outcome.operation);
            let text = operation.map_or("none", Operation::id);
            response
                .headers_mut()
                .insert("x-operation", HeaderValue::from_static(text));
            response
        },
    ));
    let response = logged
        .oneshot(
            request(Method::GET, &path(URN, ""))
                .body(Body::empty())
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(response.headers()["x-operation"], "list_function_versions");
}

#[tokio::test]
async fn the_identity_reaches_the_method_as_admitted() {
    let app = App::new();
    assert_eq!(app.get("").await.status, 200);
    let caller = Caller {
        project: PROJECT.to_owned(),
        function: Some("test".to_owned()),
    };
    assert_eq!(*app.memory.callers.lock().unwrap(), [caller]);
}
