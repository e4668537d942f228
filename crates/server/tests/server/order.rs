//! In which order a request is judged, every pair of faults.

use axum::body::Body;
use axum::http::{Method, Request};

use crate::support::{App, LIMIT, PROJECT, URN};

/// What can be wrong with a publish request, first judged first.
const FAULTS: &[(&str, u16, &str)] = &[
    ("path", 404, "FSS.0404"),
    ("method", 405, "FSS.0405"),
    ("size", 413, "FSS.0413"),
    ("identity", 401, "FSS.0401"),
    ("project", 403, "FSS.0403"),
    ("urn", 400, "FSS.1309"),
    ("function", 404, "FSS.1051"),
    ("media type", 415, "FSS.0415"),
    ("body", 400, "FSS.1000"),
    ("conflict", 409, "FSS.1062"),
];

/// A publish request with some faults.
fn broken(faults: &[&str]) -> Request<Body> {
    let has = |fault: &str| faults.contains(&fault);
    let project = if has("project") {
        "0000000000000000"
    } else {
        PROJECT
    };
    let urn = if has("urn") {
        "urn:fss::%20"
    } else if has("function") {
        "absent"
    } else {
        URN
    };
    let prefix = if has("path") { "v3" } else { "v2" };
    let method = if has("method") {
        Method::DELETE
    } else {
        Method::POST
    };
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/{prefix}/{project}/fgs/functions/{urn}/versions"));
    if !has("identity") {
        request = request.header("x-auth-token", PROJECT);
    }
    let media_type = if has("media type") {
        "text/plain"
    } else {
        "application/json"
    };
    let version = if has("conflict") { "taken" } else { "free" };
    let description = if has("body") {
        "d".repeat(513)
    } else {
        "d".to_owned()
    };
    let mut body = format!(r#"{{"version": "{version}", "description": "{description}"}}"#);
    if has("size") {
        body.push_str(&" ".repeat(LIMIT));
    }
    request
        .header("content-type", media_type)
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn a_request_without_fault_succeeds() {
    assert_eq!(App::new().send(broken(&[])).await.status, 200);
}

#[tokio::test]
async fn each_fault_has_its_answer() {
    for (fault, status, code) in FAULTS {
        let answer = App::new().send(broken(&[fault])).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (*status, *code),
            "{fault}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some("application/json"),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn of_two_faults_the_first_counts() {
    for (index, (first, status, code)) in FAULTS.iter().enumerate() {
        for (second, ..) in &FAULTS[index + 1..] {
            let answer = App::new().send(broken(&[first, second])).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (*status, *code),
                "{first} and {second}"
            );
        }
    }
}

#[tokio::test]
async fn of_all_faults_the_first_counts() {
    for (index, (_, status, code)) in FAULTS.iter().enumerate() {
        let faults: Vec<&str> = FAULTS[index..].iter().map(|(fault, ..)| *fault).collect();
        let answer = App::new().send(broken(&faults)).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (*status, *code),
            "{faults:?}"
        );
    }
}

#[tokio::test]
async fn authentication_sees_the_request_as_it_arrived() {
    let app = App::new();
    let uri = format!(
        "/v2/{PROJECT}/fgs/functions/{}/versions?marker=%31&x=a+b",
        URN.replace(':', "%3a")
    );
    let request = Request::get(uri.as_str())
        .header("x-auth-token", PROJECT)
        .header("authorization", "SDK-HMAC-SHA256 Access=secret")
        .body(Body::from("not JSON \n"))
        .unwrap();
    assert_eq!(app.send(request).await.status, 200);
    let seen = app.doors.seen.lock().unwrap().concat();
    let path = uri.split('?').next().unwrap();
    assert_eq!(
        seen,
        format!(
            "list_function_versions GET {path} query=Some(\"marker=%31&x=a+b\") body=\"not JSON \\n\" \
             {{\"XAuthToken\", \"AkSk\"}}"
        ),
    );
}

#[tokio::test]
async fn what_is_refused_earlier_never_reaches_the_hooks() {
    for fault in ["path", "method", "size"] {
        let app = App::new();
        app.send(broken(&[fault])).await;
        assert!(app.doors.seen.lock().unwrap().is_empty(), "{fault}");
    }
    for (fault, ..) in &FAULTS[..9] {
        let app = App::new();
        app.send(broken(&[fault])).await;
        assert!(app.memory.published.lock().unwrap().is_empty(), "{fault}");
    }
}
