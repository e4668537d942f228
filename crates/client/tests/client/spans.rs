//! What is told to `tracing`.

use std::io;
use std::sync::{Arc, Mutex};

use functiongraph_client::credentials::AccessKeys;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::server::{Server, URN, answer};

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
