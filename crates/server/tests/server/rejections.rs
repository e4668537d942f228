//! What the router refuses, and what it says of it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use functiongraph_server::versions::{
    CreateFunctionVersionFailure, CreateFunctionVersionInput, CreateFunctionVersionOutput,
    PartialVersions,
};
use functiongraph_server::{
    Authentication, Failure, Hooks, Limits, Operation, Rejection, RejectionKind, Unimplemented,
    reject, router,
};
use futures::stream;
use serde::{Serialize, Serializer};

use crate::support::{Answer, App, LIMIT, URN, path, request, send_unjudged, version};

fn kind(answer: &Answer) -> RejectionKind {
    let outcome = answer.outcome.as_ref().expect("an outcome");
    RejectionKind::clone(outcome.rejection.as_ref().expect("a rejection"))
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    for uri in [
        "/",
        "/v2",
        "/v2//fgs/functions/x/versions",
        &path("a/b", ""),
        &format!("{}/", path(URN, "")),
    ] {
        let answer = App::new()
            .send(request(Method::GET, uri).body(Body::empty()).unwrap())
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "FSS.0404"),
            "{uri}"
        );
        assert!(matches!(kind(&answer), RejectionKind::NotFound));
        assert_eq!(answer.outcome.unwrap().operation, None);
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    for method in [
        "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW",
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = App::new()
            .send(
                request(method.clone(), &path(URN, ""))
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"), "{method}");
        assert_eq!(answer.code(), "FSS.0405", "{method}");
        assert!(matches!(
            kind(&answer),
            RejectionKind::MethodNotAllowed {
                allow: "GET, HEAD, POST"
            }
        ));
    }
}

#[tokio::test]
async fn bodies_are_bounded_for_every_operation() {
    for method in [Method::GET, Method::POST] {
        for (size, status) in [(LIMIT, 200), (LIMIT + 1, 413)] {
            let request =
                request(method.clone(), &path(URN, "")).header("content-type", "application/json");
            let body = format!("{{}}{}", " ".repeat(size - 2));
            let answer = App::new()
                .send(request.body(Body::from(body)).unwrap())
                .await;
            assert_eq!(answer.status, status, "{method} {size}");
        }
    }
}

#[tokio::test]
async fn an_announced_size_is_refused_unread_and_unallocated() {
    let unread = Body::from_stream(stream::once(async {
        panic!("the body must not be read");
        #[allow(unreachable_code)]
        Ok::<_, Infallible>("")
    }));
    let request =
        request(Method::POST, &path(URN, "")).header("content-length", "18446744073709551615");
    let answer = App::new().send(request.body(unread).unwrap()).await;
    assert_eq!(answer.status, 413);
    assert!(matches!(
        kind(&answer),
        RejectionKind::BodyTooLarge { limit: LIMIT }
    ));
}

#[tokio::test]
async fn a_body_of_unknown_size_is_read_up_to_the_limit() {
    let endless = Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>("0123456789")));
    let answer = App::new().post(endless).await;
    assert_eq!(answer.status, 413);
    let exact = Body::from_stream(stream::iter([Ok::<_, Infallible>("{"), Ok("}")]));
    assert_eq!(App::new().post(exact).await.status, 200);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_unreadable() {
    let broken = Body::from_stream(stream::iter([
        Ok("{"),
        Err(std::io::Error::other("reset by peer")),
    ]));
    let answer = App::new().post(broken).await;
    assert_eq!(answer.status, 400);
    assert!(matches!(kind(&answer), RejectionKind::BodyUnreadable));
    assert!(
        answer.cause().contains("reset by peer"),
        "{}",
        answer.cause()
    );
    assert!(!answer.message().contains("reset"));
}

#[tokio::test]
async fn violations_come_all_at_once_and_sorted() {
    let long = "d".repeat(513);
    let body = serde_json::json!({"version": "-no-", "description": long, "digest": 7});
    let answer = App::new().post(body.to_string()).await;
    assert_eq!(answer.status, 400);
    let pointers: Vec<String> = kind(&answer)
        .violations()
        .unwrap()
        .iter()
        .map(|violation| violation.pointer.clone())
        .collect();
    assert_eq!(
        pointers,
        ["/body/description", "/body/digest", "/body/version"]
    );
}

#[tokio::test]
async fn what_was_sent_is_never_repeated() {
    let secret = "hunter2!";
    let bodies = [
        format!(r#"{{"version": "{secret}", "digest": "{secret}", "description": ["{secret}"]}}"#),
        format!(r#"["{secret}"]"#),
        format!(r#"{{"version": {secret}"#),
        format!(r#""{secret}""#),
    ];
    for body in bodies {
        let answer = App::new().post(body).await;
        assert_eq!(answer.status, 400);
        assert!(!String::from_utf8_lossy(&answer.body).contains("hunter"));
    }
    let answer = App::new()
        .get(&format!("?marker={secret}&maxitems={secret}"))
        .await;
    assert!(!String::from_utf8_lossy(&answer.body).contains("hunter"));
}

#[tokio::test]
async fn text_that_is_not_json_has_a_place() {
    for (body, line, column, incomplete) in [
        ("{\"a\": 1,\n \"b\": x}", 2, 7, false),
        ("{\"version\": \"v", 1, 14, true),
        ("{} {}", 1, 4, false),
        ("\u{feff}{}", 1, 1, false),
        ("[1", 1, 2, true),
        (" ", 1, 1, true),
    ] {
        let answer = App::new().post(body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "FSS.0400"),
            "{body}"
        );
        let RejectionKind::Invalid {
            violations,
            malformed: Some(found),
        } = kind(&answer)
        else {
            panic!("{body}: {answer:?}");
        };
        assert!(violations.is_empty());
        assert_eq!(
            (found.line, found.column, found.incomplete),
            (line, column, incomplete),
            "{body}"
        );
        assert!(
            answer
                .message()
                .contains(&format!("line {line}, column {column}"))
        );
    }
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let body = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let answer = App::new().post(body).await;
    assert!(matches!(
        kind(&answer),
        RejectionKind::Invalid {
            malformed: Some(_),
            ..
        }
    ));
}

#[tokio::test]
async fn bodies_of_another_shape_are_refused() {
    for body in ["[]", "1", "true", "\"text\""] {
        let answer = App::new().post(body).await;
        assert_eq!(
            (answer.status, answer.message().as_str()),
            (400, "/body must be an object"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_panic_ends_the_request_and_nothing_else() {
    let app = App::new();
    let answer = app.post(r#"{"version": "panic"}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "FSS.0500"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    assert_eq!(answer.cause(), "panicked: secret of the inside");
    assert_eq!(
        answer.outcome.unwrap().operation,
        Some(Operation::CreateFunctionVersion)
    );
    assert_eq!(app.post("{}").await.status, 200);
}

#[tokio::test]
async fn unforeseen_failures_go_through_the_hook() {
    let answer = App::new().post(r#"{"version": "internal"}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "FSS.0500"));
    assert_eq!(answer.cause(), "the disk is on fire");
    assert!(!answer.message().contains("fire"));
    let answer = App::new().post(r#"{"version": "undocumented"}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "FSS.0500"));
    assert_eq!(answer.cause(), "the operation documents no status 418");
}

struct Lacking;

impl PartialVersions<()> for Lacking {
    async fn create_function_version(
        &self,
        (): (),
        _: CreateFunctionVersionInput,
    ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
        Ok(version("v1").into())
    }
}

/// Hooks that let everybody in, and write errors in a form of their own, which the document does not
/// have.
struct Open;

impl Hooks for Open {
    type Identity = ();
    type ErrorBody = String;

    async fn authenticate(
        &self,
        request: Authentication<'_>,
    ) -> Result<(), Failure<StatusCode, String>> {
        assert!(!request.headers.contains_key("x-panic"), "told to");
        Ok(())
    }

    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, String> {
        assert!(!rejection.headers.contains_key("x-panic-twice"), "told to");
        Failure::new(
            rejection.kind.status(),
            format!("{:?}: {rejection}", rejection.operation),
        )
    }
}

#[tokio::test]
async fn an_implementation_may_lack_operations() {
    let router = router(
        Arc::new(Unimplemented(Lacking)),
        Arc::new(Open),
        Limits::default(),
    );
    let answer = send_unjudged(
        &router,
        Request::post(path(URN, "")).body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(answer.status, 200);
    let answer = send_unjudged(
        &router,
        Request::get(path(URN, "")).body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(answer.status, 501);
    assert!(matches!(kind(&answer), RejectionKind::NotImplemented));
    assert_eq!(
        answer.json(),
        "Some(ListFunctionVersions): this operation is not implemented"
    );
}

#[tokio::test]
async fn hooks_may_panic_too() {
    let router = router(
        Arc::new(Unimplemented(Lacking)),
        Arc::new(Open),
        Limits::default(),
    );
    let request = Request::get(path(URN, ""))
        .header("x-panic", "1")
        .body(Body::empty())
        .unwrap();
    assert_eq!(send_unjudged(&router, request).await.status, 500);
    let request = Request::get(path(URN, ""))
        .header("x-panic-twice", "1")
        .body(Body::empty())
        .unwrap();
    let answer = send_unjudged(&router, request).await;
    assert_eq!((answer.status, answer.body.as_ref()), (501, &b""[..]));
}

/// An error body that cannot be written.
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

struct Mute;

impl Hooks for Mute {
    type Identity = ();
    type ErrorBody = Unwritable;

    async fn authenticate(
        &self,
        _: Authentication<'_>,
    ) -> Result<(), Failure<StatusCode, Unwritable>> {
        Err(Failure::new(StatusCode::UNAUTHORIZED, Unwritable))
    }

    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Unwritable> {
        Failure::new(rejection.kind.status(), Unwritable)
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_written_is_an_internal_failure() {
    let router = router(
        Arc::new(Unimplemented(Lacking)),
        Arc::new(Mute),
        Limits::default(),
    );
    let answer = send_unjudged(
        &router,
        Request::get(path(URN, "")).body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!((answer.status, answer.body.as_ref()), (500, &b""[..]));
    assert!(answer.cause().contains("cannot be written as JSON"));
    assert!(matches!(kind(&answer), RejectionKind::Internal));
}

#[tokio::test]
async fn layers_around_the_router_share_its_rejections() {
    let app = App::new();
    let (parts, ()) = Request::get(path(URN, "")).body(()).unwrap().into_parts();
    for (kind, status) in [
        (RejectionKind::HeadersTooLarge, 431),
        (RejectionKind::Timeout, 408),
        (RejectionKind::TooManyRequests, 429),
        (RejectionKind::Unavailable, 503),
    ] {
        let response: Response = reject(&*app.doors, kind, &parts);
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}

#[test]
fn rejections_speak_of_rules_alone() {
    let texts: Vec<String> = [
        RejectionKind::NotFound,
        RejectionKind::MethodNotAllowed { allow: "GET" },
        RejectionKind::BodyTooLarge { limit: 5 },
        RejectionKind::BodyUnreadable,
        RejectionKind::UnsupportedMediaType {
            expected: "application/json",
        },
        RejectionKind::NotImplemented,
        RejectionKind::Internal,
        RejectionKind::HeadersTooLarge,
        RejectionKind::Timeout,
        RejectionKind::TooManyRequests,
        RejectionKind::Unavailable,
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert!(
        texts
            .iter()
            .all(|text| !text.is_empty() && !text.contains('\n'))
    );
}
