//! What is told to `tracing`.

use std::io;
use std::sync::{Arc, Mutex};

use functiongraph_client::credentials::{AccessKeys, Metadata, PasswordLogin};
use functiongraph_client::{Client, RetryPolicy};
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::server::{Act, PROJECT, Server, URN, answer};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything at every level, of every crate, as `calls` runs.
pub(crate) async fn logged(calls: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    calls.await;
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn calls_and_attempts_are_told_without_secrets() {
    let refusal = r#"{"error_code": "FSS.0429", "error_msg": "no"}"#;
    let server = Server::doing([
        answer(429, refusal).header("x-request-id", "the-first"),
        answer(200, "{}").header("x-request-id", "the-second"),
    ])
    .await;
    let keys = AccessKeys::new("AK", "s3cret").security_token("s3cret-token");
    let client = server.builder().credentials(keys).build().unwrap();
    let text = logged(async {
        client
            .function(URN)
            .publish()
            .version("v1")
            .send()
            .await
            .unwrap();
    })
    .await;
    for part in [
        "functiongraph.call{operation=\"create_function_version\" method=POST",
        "path=\"/v2/{project_id}/fgs/functions/{function_urn}/versions\"",
        "functiongraph.attempt{attempt=1",
        "functiongraph.attempt{attempt=2",
        "status=429 request_id=\"the-first\"",
        "status=200 request_id=\"the-second\"",
        "attempts=2",
        "milliseconds=",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for secret in ["s3cret", "Signature="] {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
    let client = server.builder().token("s3cret").build().unwrap();
    let text = logged(async {
        client.function(URN).publish().send().await.unwrap();
    })
    .await;
    assert!(!text.contains("s3cret"), "{text}");
    // Nothing that tells one user from another.
    for request in server.requests() {
        let agent = request.header("user-agent").unwrap();
        assert_eq!(
            agent,
            concat!("functiongraph-rs/", env!("CARGO_PKG_VERSION"))
        );
    }
}

/// Identity, metadata and service in one; the first publication is lost.
async fn everything() -> Server {
    let credential = json!({
        "access": "AK",
        "secret": "s3cret-key",
        "securitytoken": "s3cret-security-token",
        "expires_at": "2100-01-01T00:00:00Z",
    });
    Server::with(move |count, request| {
        let target = request.target.split('?').next().unwrap();
        match (request.method.as_str(), target) {
            ("POST", "/v3/auth/tokens") => answer(201, json!({ "token": {} }))
                .header("x-subject-token", "s3cret-token")
                .header("x-iam-trace-id", "the-login")
                .into(),
            ("PUT", "/meta-data/latest/api/token") => answer(200, "s3cret-metadata").into(),
            ("GET", "/openstack/latest/securitykey") => {
                answer(200, json!({ "credential": credential })).into()
            }
            ("GET", "/v3/projects") => {
                answer(200, json!({ "projects": [{ "id": PROJECT }] })).into()
            }
            ("POST", _) if count < 4 => Act::Reset,
            ("POST", _) => answer(409, json!({ "error_code": "FSS.1062" }))
                .header(
                    "date",
                    &httpdate::fmt_http_date(std::time::SystemTime::now()),
                )
                .into(),
            _ => answer(200, json!({ "versions": [] }))
                .header("x-request-id", "the-list")
                .into(),
        }
    })
    .await
}

#[tokio::test]
async fn what_a_call_asks_elsewhere_is_told_without_secrets() {
    for (paths, status) in [
        (
            ["/v3/auth/tokens"].as_slice(),
            "status=201 request_id=\"the-login\"",
        ),
        (
            &[
                "/meta-data/latest/api/token",
                "/openstack/latest/securitykey",
                "/v3/projects",
            ],
            "status=200",
        ),
    ] {
        let server = everything().await;
        let builder = Client::builder()
            .endpoint(server.url())
            .iam_endpoint(server.url())
            .region("cn-north-4")
            .retries(RetryPolicy::new().first_delay(std::time::Duration::from_millis(1)));
        let builder = match paths.len() {
            1 => builder.project_id(PROJECT).credentials(PasswordLogin::new(
                "domain",
                "user",
                "s3cret-password",
            )),
            _ => builder.credentials(Metadata::at(server.url())),
        };
        let client = builder.build().unwrap();
        let text = logged(async {
            let publish = client.function("test").publish().version("v1");
            let error = publish.send().await.unwrap_err();
            assert!(error.is_version_taken(), "{error}");
        })
        .await;
        for path in paths {
            assert!(text.contains(&format!("path=\"{path}\"")), "{path}\n{text}");
        }
        for part in [
            status,
            "functiongraph.reconcile{method=GET path=\"/v2/{project_id}/fgs/functions/{function_urn}/versions\" status=200 request_id=\"the-list\"",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("s3cret"), "{text}");
        assert!(!text.contains("Signature="), "{text}");
    }
}
