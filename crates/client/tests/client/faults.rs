//! What the client does when things go wrong, by the number of requests that a server sees.

use std::time::Duration;

use functiongraph_client::types::UrnParts;
use functiongraph_client::{Client, Error, ErrorKind, RetryPolicy, TimeoutPhase};
use serde_json::{Value, json};

use crate::server::{Act, PROJECT, Server, URN, answer, builder, nobody};

const S2: &str = include_str!("../../../../openapi/examples/s2-list-response.json");

/// A call, by what may be repeated of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    List,
    Named,
    Unnamed,
}

const CALLS: [Call; 3] = [Call::List, Call::Named, Call::Unnamed];

impl Call {
    async fn send(self, client: &Client) -> Result<u32, Error> {
        let function = client.function(URN);
        match self {
            Self::List => {
                let page = function.versions().pages().next().await.unwrap()?;
                Ok(page.attempts())
            }
            Self::Named => {
                let publish = function.publish().version("v1").description("ours");
                Ok(publish.send().await?.attempts())
            }
            Self::Unnamed => Ok(function.publish().send().await?.attempts()),
        }
    }

    fn success(self) -> Act {
        let body = match self {
            Self::List => json!({ "versions": [], "next_marker": 0 }),
            Self::Named | Self::Unnamed => json!({ "version": "v1" }),
        };
        answer(200, body).into()
    }
}

fn error(status: u16) -> crate::server::Answer {
    let body = json!({ "error_code": "FSS.0001", "error_msg": "no" });
    answer(status, body).header("x-request-id", "the-request")
}

/// Everything that can go wrong once, and which calls are tried again after it.
#[tokio::test]
async fn each_fault_is_retried_where_that_is_safe() {
    let not_unnamed = [Call::List, Call::Named].as_slice();
    let truncated =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"vers";
    let large = "HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n{";
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(200_000));
    let cases: [(&str, Act, &[Call]); 24] = [
        ("429", error(429).into(), &CALLS),
        (
            "429 with Retry-After",
            error(429).header("retry-after", "0").into(),
            &CALLS,
        ),
        ("503", error(503).into(), not_unnamed),
        (
            "503 with Retry-After",
            error(503).header("retry-after", "0").into(),
            &CALLS,
        ),
        (
            "503 with a date in the past",
            error(503)
                .header("retry-after", "Sat, 21 Nov 2020 12:00:00 GMT")
                .into(),
            &CALLS,
        ),
        (
            "503 with nonsense",
            error(503).header("retry-after", "soon").into(),
            not_unnamed,
        ),
        ("502", error(502).into(), not_unnamed),
        ("504", error(504).into(), not_unnamed),
        ("reset", Act::Reset, not_unnamed),
        ("close", Act::Close, not_unnamed),
        ("truncated", Act::Bytes(truncated.to_owned()), not_unnamed),
        (
            "no HTTP",
            Act::Bytes("SSH-2.0-x\r\n".to_owned()),
            not_unnamed,
        ),
        ("stall", Act::Stall, not_unnamed),
        ("500", error(500).into(), &[]),
        ("400", error(400).into(), &[]),
        ("403", error(403).into(), &[]),
        ("404", error(404).into(), &[]),
        ("409", error(409).into(), &[]),
        (
            "redirect",
            answer(307, "").header("location", "/").into(),
            &[],
        ),
        ("204", answer(204, "").into(), &[]),
        ("empty", answer(200, "").into(), &[]),
        ("HTML", answer(200, "<html>sign in</html>").into(), &[]),
        ("too large", Act::Bytes(large.to_owned()), &[]),
        ("too large in the end", Act::Bytes(endless), &[]),
    ];
    for (name, fault, retried) in cases {
        for call in CALLS {
            let server = Server::doing([fault.clone(), call.success()]).await;
            let client = server
                .builder()
                .read_timeout(Duration::from_millis(200))
                .max_response_bytes(100_000)
                .build()
                .unwrap();
            let result = call.send(&client).await;
            if retried.contains(&call) {
                assert_eq!(result.unwrap(), 2, "{name} {call:?}");
                assert_eq!(server.count(), 2, "{name} {call:?}");
            } else {
                let error = result.unwrap_err();
                assert_eq!(error.attempts(), 1, "{name} {call:?}");
                assert_eq!(server.count(), 1, "{name} {call:?}");
            }
        }
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_can_be_switched_off() {
    for (policy, count) in [
        (RetryPolicy::new(), 4),
        (RetryPolicy::new().max_attempts(2), 2),
        (RetryPolicy::off(), 1),
    ] {
        let server = Server::doing([error(429)]).await;
        let policy = policy.first_delay(Duration::from_millis(1));
        let client = server.builder().retries(policy).build().unwrap();
        for call in CALLS {
            let before = server.count();
            let error = call.send(&client).await.unwrap_err();
            assert!(error.is_throttled());
            assert_eq!(error.code(), Some("FSS.0001"));
            assert_eq!(error.request_id(), Some("the-request"));
            assert_eq!(error.attempts(), count);
            assert_eq!(server.count() - before, count as usize);
        }
    }
}

#[tokio::test]
async fn nobody_who_listens_is_tried_again() {
    let client = builder(&nobody().await).build().unwrap();
    for call in CALLS {
        let error = call.send(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(error.is_connect() && !error.is_timeout());
        assert_eq!(error.attempts(), 4);
    }
}

#[tokio::test]
async fn each_kind_of_failure_has_its_name() {
    let html = answer(200, "<html><body>sign in</body></html>")
        .header("content-type", "text/html")
        .header("x-request-id", "the-request");
    let huge = "HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n{";
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(200_000));
    for (act, kind, text) in [
        (Act::Reset, ErrorKind::Interrupted, "connection broke"),
        (Act::Close, ErrorKind::Interrupted, "connection broke"),
        (
            Act::Stall,
            ErrorKind::Timeout(TimeoutPhase::Read),
            "in time",
        ),
        (html.into(), ErrorKind::Decode, "<html><body>sign in"),
        (answer(200, "").into(), ErrorKind::Decode, "body is empty"),
        (
            answer(200, "[]").into(),
            ErrorKind::Decode,
            "cannot be decoded",
        ),
        (
            answer(204, "").into(),
            ErrorKind::Decode,
            "does not answer this status",
        ),
        (
            Act::Bytes(huge.to_owned()),
            ErrorKind::TooLarge,
            "larger than 100000 bytes",
        ),
        (
            Act::Bytes(endless),
            ErrorKind::TooLarge,
            "larger than 100000 bytes",
        ),
        (
            answer(302, "")
                .header("location", "https://elsewhere/login?secret=1")
                .into(),
            ErrorKind::Redirect,
            "leads to https://elsewhere/login,",
        ),
        (
            answer(307, "").header("location", "/").into(),
            ErrorKind::Redirect,
            "leads to /,",
        ),
        (
            answer(502, "<html>Bad Gateway</html>").into(),
            ErrorKind::Service,
            "502 Bad Gateway: <html>Bad Gateway</html>",
        ),
        (answer(404, "").into(), ErrorKind::Service, "404 Not Found"),
        (
            error(404).into(),
            ErrorKind::Service,
            "list_function_versions: 404 Not Found, FSS.0001: no (request id the-request)",
        ),
    ] {
        let server = Server::doing([act.clone()]).await;
        let client = server
            .builder()
            .without_retries()
            .read_timeout(Duration::from_millis(200))
            .max_response_bytes(100_000)
            .build()
            .unwrap();
        let error = Call::List.send(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert_eq!(error.operation(), Some("list_function_versions"));
        assert_eq!(server.count(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn what_does_not_decode_keeps_how_it_came() {
    let body = format!("<html>{}</html>", "x".repeat(100_000));
    for status in [200, 500] {
        let answer = answer(status, &body).header("x-request-id", "the-request");
        let server = Server::doing([answer]).await;
        let error = Call::List.send(&server.client()).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.request_id(), Some("the-request"));
        assert_eq!(error.headers().unwrap()["x-request-id"], "the-request");
        assert_eq!(error.body().unwrap().as_ref(), body.as_bytes());
        // What is kept is not all printed.
        assert!(error.to_string().len() < 1000, "{error}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_call_ends_by_its_deadline() {
    let drip =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n{";
    for act in [Act::Stall, Act::Drip(drip.to_owned())] {
        let server = Server::doing([act]).await;
        let client = server
            .builder()
            .timeout(Duration::from_millis(300))
            .build()
            .unwrap();
        let error = Call::List.send(&client).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Timeout(TimeoutPhase::Call),
            "{error}"
        );
        assert!(error.is_timeout() && !error.is_connect());
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn all_attempts_share_the_deadline() {
    let server = Server::doing([Act::Stall]).await;
    let client = server
        .builder()
        .read_timeout(Duration::from_millis(300))
        .timeout(Duration::from_millis(800))
        .build()
        .unwrap();
    let error = Call::List.send(&client).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Timeout(TimeoutPhase::Call),
        "{error}"
    );
    assert!((2..=3).contains(&error.attempts()), "{error}");
}

#[tokio::test]
async fn a_call_whose_time_is_up_tells_what_came_before() {
    let server = Server::doing([error(503).into(), Act::Stall]).await;
    let client = server.builder().timeout(Duration::from_secs(3));
    let error = Call::List.send(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Call));
    assert_eq!(error.attempts(), 2);
    let last = error.last_attempt().unwrap();
    assert_eq!(last.status().unwrap(), 503);
    assert_eq!(last.request_id(), Some("the-request"));
    assert_eq!(last.attempts(), 1);
    let text = error.to_string();
    assert!(
        text.contains("longer than 3 s; the attempt before failed: 503"),
        "{text}"
    );
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), last.to_string());
    // Where there was none, there is none.
    let server = Server::doing([Act::Stall]).await;
    let client = server.builder().timeout(Duration::from_millis(100));
    let error = Call::List.send(&client.build().unwrap()).await.unwrap_err();
    assert!(error.last_attempt().is_none(), "{error}");
}

#[tokio::test]
async fn a_wait_that_outlasts_the_deadline_is_not_begun() {
    for asked in [
        "3600",
        "Fri, 31 Dec 2100 12:00:00 GMT",
        "99999999999999999999",
    ] {
        let server = Server::doing([error(503).header("retry-after", asked)]).await;
        let client = server.client();
        for call in CALLS {
            let error = call.send(&client).await.unwrap_err();
            assert_eq!(error.status().unwrap(), 503, "{asked}");
            assert!(error.retry_after().unwrap() > Duration::from_secs(3599));
            assert_eq!(error.attempts(), 1);
        }
        assert_eq!(server.count(), 3);
    }
}

#[tokio::test]
async fn a_service_that_asks_to_wait_is_waited_for() {
    let server = Server::doing([
        error(429).header("retry-after", "1").into(),
        Call::List.success(),
    ])
    .await;
    let began = std::time::Instant::now();
    assert_eq!(Call::List.send(&server.client()).await.unwrap(), 2);
    assert!(began.elapsed() >= Duration::from_secs(1));
}

// A name that is taken after a repetition.

/// A refusal with the time that it is.
fn refusal(status: u16, code: &str) -> crate::server::Answer {
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    answer(status, json!({ "error_code": code, "error_msg": "no" })).header("date", &now)
}

/// Answers what a service would whose first answer got lost: the name is taken, and the list has
/// what `version` says.
async fn taken(version: Value) -> Server {
    refusing(refusal(409, "FSS.1062"), version).await
}

/// The same with another refusal of the second attempt.
async fn refusing(refusal: crate::server::Answer, version: Value) -> Server {
    Server::with(move |count, request| {
        if request.method == "GET" {
            let latest = json!({ "version": "latest", "digest": "a".repeat(128) });
            let page = json!({ "versions": [latest, version], "next_marker": 2 });
            return answer(200, page).header("x-request-id", "the-list").into();
        }
        match count {
            0 => Act::Reset,
            _ => refusal.clone().into(),
        }
    })
    .await
}

/// A service may look at other things than the name first: whether anything has changed, whether
/// there is room. What the first attempt did is why there is not.
#[tokio::test]
async fn whatever_the_repetition_is_refused_for_the_version_may_be_ours() {
    let at = "2100-01-01T00:00:00Z";
    for (status, code, looked_up) in [
        (400, "FSS.1016", true),
        (403, "FSS.0403", true),
        (409, "FSS.1062", true),
        (401, "FSS.0401", false),
    ] {
        let server = refusing(refusal(status, code), listed("ours", 'a', at)).await;
        let result = Call::Named.send(&server.client()).await;
        if looked_up {
            assert_eq!(result.unwrap(), 2, "{code}");
        } else {
            assert_eq!(result.unwrap_err().code(), Some(code));
        }
        // Somebody else's, or none: the refusal stands.
        for version in [listed("theirs", 'a', at), json!({ "version": "v2" })] {
            let server = refusing(refusal(status, code), version).await;
            let error = Call::Named.send(&server.client()).await.unwrap_err();
            assert_eq!(error.code(), Some(code));
        }
    }
}

/// Without the server's own time, nothing shows when its version was made.
#[tokio::test]
async fn without_a_date_a_name_that_is_taken_stays_taken() {
    let refusal = answer(409, json!({ "error_code": "FSS.1062" }));
    let server = refusing(refusal, listed("ours", 'a', "2100-01-01T00:00:00Z")).await;
    let error = Call::Named.send(&server.client()).await.unwrap_err();
    assert!(error.is_version_taken(), "{error}");
    assert_eq!(server.count(), 2);
}

fn listed(description: &str, digest: char, at: &str) -> Value {
    json!({
        "version": "v1",
        "version_description": description,
        "digest": digest.to_string().repeat(128),
        "last_modified": at,
        "brand_new": { "kept": true },
    })
}

#[tokio::test]
async fn a_name_that_an_earlier_attempt_took_is_a_success() {
    let server = taken(listed("ours", 'a', "2100-01-01T00:00:00Z")).await;
    let function = server.client().function(URN);
    let publish = function.publish().version("v1").description("ours");
    let version = publish.send().await.unwrap();
    assert_eq!(version.version, "v1");
    assert_eq!(version.extra["brand_new"]["kept"], true);
    assert_eq!(version.attempts(), 2);
    assert_eq!(version.request_id(), Some("the-list"));
    // The answer that it was read from, as it was sent.
    let raw: Value = serde_json::from_slice(version.raw_body()).unwrap();
    assert_eq!(raw["versions"][0]["version"], "latest");
    let methods: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(methods, ["POST", "POST", "GET"]);
}

#[tokio::test]
async fn a_name_that_somebody_else_took_is_a_conflict() {
    for version in [
        listed("theirs", 'a', "2100-01-01T00:00:00Z"),
        listed("ours", 'b', "2100-01-01T00:00:00Z"),
        listed("ours", 'a', "2020-01-01T00:00:00Z"),
        listed("ours", 'a', "2100-01-01 00:00:00"),
        json!({ "version": "v2" }),
    ] {
        let server = taken(version).await;
        let error = Call::Named.send(&server.client()).await.unwrap_err();
        assert!(error.is_version_taken(), "{error}");
        assert_eq!(error.attempts(), 2);
        // The page that ends the search of a name that is not there is a request more.
        assert!((3..=4).contains(&server.count()), "{}", server.count());
    }
}

#[tokio::test]
async fn a_conflict_after_refusals_alone_is_a_conflict() {
    let taken = answer(409, json!({ "error_code": "FSS.1062" }));
    let server = Server::doing([error(429), taken]).await;
    let error = Call::Named.send(&server.client()).await.unwrap_err();
    assert!(error.is_version_taken(), "{error}");
    // Nothing was carried out, so that nothing is looked up.
    assert_eq!((error.attempts(), server.count()), (2, 2));
}

#[tokio::test]
async fn a_busy_service_is_asked_once_more_whose_the_name_is() {
    for (busy, asked, is_ours) in [(1, None, true), (2, None, false), (1, Some("3600"), false)] {
        let server = Server::with(
            move |count, request| match (request.method.as_str(), count) {
                ("POST", 0) => Act::Reset,
                ("POST", _) => refusal(409, "FSS.1062").into(),
                (_, count) if count < 2 + busy => match asked {
                    Some(asked) => error(503).header("retry-after", asked).into(),
                    None => error(503).into(),
                },
                _ => {
                    let latest = json!({ "version": "latest", "digest": "a".repeat(128) });
                    let ours = listed("ours", 'a', "2100-01-01T00:00:00Z");
                    answer(200, json!({ "versions": [latest, ours], "next_marker": 2 })).into()
                }
            },
        )
        .await;
        let result = Call::Named.send(&server.client()).await;
        assert_eq!(result.is_ok(), is_ours);
        assert!(is_ours || result.unwrap_err().is_version_taken());
        assert_eq!(server.count(), if asked.is_some() { 3 } else { 4 });
    }
}

#[tokio::test]
async fn a_first_conflict_is_a_conflict() {
    let server = Server::doing([answer(409, json!({ "error_code": "FSS.1062" }))]).await;
    let error = Call::Named.send(&server.client()).await.unwrap_err();
    assert!(error.is_version_taken() && error.is_conflict());
    assert_eq!(server.count(), 1);
}

// What is wrong before anything is sent.

#[tokio::test]
async fn arguments_are_checked_before_anything_is_sent() {
    let server = Server::doing([answer(200, S2)]).await;
    let client = server.client();
    let function = client.function(URN);
    let errors = [
        client.function("a::b").publish().send().await.unwrap_err(),
        client
            .function("urn:fss:r:p:function")
            .publish()
            .send()
            .await
            .unwrap_err(),
        client.function("").publish().send().await.unwrap_err(),
        function.publish().version("-").send().await.unwrap_err(),
        function
            .publish()
            .description("x".repeat(513))
            .send()
            .await
            .unwrap_err(),
        function.publish().digest("xyz").send().await.unwrap_err(),
        function
            .versions()
            .page_size(-1)
            .next()
            .await
            .unwrap()
            .unwrap_err(),
        client
            .function("x")
            .project_id("a/b")
            .publish()
            .send()
            .await
            .unwrap_err(),
        client.list_function_versions().send().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
        assert_eq!(error.attempts(), 0);
    }
    let error = client.function("a::b").publish().send().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("package in the function URN is empty"),
        "{error}"
    );
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn generated_calls_say_what_is_wrong_with_which_argument() {
    let server = Server::doing([answer(200, S2)]).await;
    let client = server.client();
    let listing = || client.list_function_versions();
    let complete = || listing().project_id(PROJECT).function_urn("test");
    for (error, told) in [
        (
            listing().function_urn("test").send().await.unwrap_err(),
            "project_id is missing: call project_id(..)",
        ),
        (
            listing().project_id(PROJECT).send().await.unwrap_err(),
            "function_urn is missing: call function_urn(..)",
        ),
        (
            complete().function_urn("a::b").send().await.unwrap_err(),
            "function_urn: the value must match",
        ),
        (
            complete()
                .function_urn(UrnParts::named("a b"))
                .send()
                .await
                .unwrap_err(),
            "function_urn: the function name in the function URN may hold",
        ),
        (
            complete().marker("two").send().await.unwrap_err(),
            "marker: the value must match",
        ),
        (
            client
                .create_function_version()
                .project_id("a/b")
                .function_urn("test")
                .send()
                .await
                .unwrap_err(),
            "project_id: the value must match",
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_client_of_the_callers_does_not_follow_redirects_unseen() {
    let elsewhere = Server::doing([answer(200, S2)]).await;
    let server = Server::doing([answer(302, "").header("location", &elsewhere.url())]).await;
    // The test's process has a provider of cryptography once a client was built.
    drop(server.client());
    let http = reqwest::Client::builder().build().unwrap();
    let client = Client::builder()
        .endpoint(server.url())
        .project_id(PROJECT)
        .token("t0ken")
        .http(http)
        .build()
        .unwrap();
    let error = Call::List.send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
}

/// A client of the caller's for the server.
fn with_http(server: &Server, http: reqwest::ClientBuilder) -> Client {
    let http = http.no_proxy().build().unwrap();
    server.builder().http(http).build().unwrap()
}

/// Redirects that it refuses, or follows in circles, are no broken connections.
#[tokio::test]
async fn what_a_client_of_the_callers_makes_of_redirects_is_final() {
    for policy in [
        reqwest::redirect::Policy::custom(|attempt| attempt.error("none here")),
        reqwest::redirect::Policy::limited(3),
    ] {
        // The test's process has a provider of cryptography once a client was built.
        let server = Server::doing([answer(307, "").header("location", "/around")]).await;
        drop(server.client());
        let server = server.of_anything();
        let client = with_http(&server, reqwest::Client::builder().redirect(policy));
        let error = Call::Named.send(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
        assert_eq!(error.attempts(), 1);
        assert!(server.count() <= 4, "{}", server.count());
    }
}

/// It may have followed a redirect of a call that was carried out, so that the connection which
/// did not come to stand was another.
#[tokio::test]
async fn behind_a_client_of_the_callers_a_connection_is_no_proof() {
    let dead = nobody().await;
    let server = Server::doing([answer(303, "").header("location", &dead)]).await;
    drop(server.client());
    for (call, count) in [(Call::Unnamed, 1), (Call::Named, 4), (Call::List, 4)] {
        let before = server.count();
        let client = with_http(&server, reqwest::Client::builder());
        let error = call.send(&client).await.unwrap_err();
        assert_eq!(error.attempts(), count, "{call:?} {error}");
        assert_eq!(server.count() - before, count as usize);
    }
}
