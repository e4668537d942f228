//! Client to service over HTTP, with a watch in between that holds every request and every response
//! against the document: each operation, and each status that the service can answer.

use std::collections::BTreeSet;
use std::fmt;
use std::future::pending;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use functiongraph_client::{Client, Error, ErrorKind};
use functiongraph_conformance::{Conformance, Watch, http};
use functiongraph_service::auth::{Grant, KeyGrant, Role, TokenHash};
use functiongraph_service::config::{Rate, Settings};
use functiongraph_service::domain::{FunctionKey, Page, PageRange, Publication, Timestamp};
use functiongraph_service::store::{
    AnyStore, FunctionId, PublishError, Published, Store, StoreError,
};
use functiongraph_service::testing::{FUNCTION_URN, PROJECT, TestService};
use functiongraph_service::{Service, serve};
use functiongraph_types::{CreateFunctionVersionRequest, FunctionUrn, Marker, VersionName};
use serde_json::json;
use tokio::net::TcpListener;

use crate::project::document;

/// A store that works until something is asked of it.
struct Failing(Arc<AnyStore>);

fn broken() -> StoreError {
    StoreError::Internal(Arc::new(std::io::Error::other("on purpose")))
}

impl Store for Failing {
    async fn grant(&self, token: TokenHash, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        self.0.grant(token, now).await
    }

    async fn key(&self, _: &str, _: Timestamp) -> Result<Option<KeyGrant>, StoreError> {
        Err(broken())
    }

    async fn note_signature(
        &self,
        _: [u8; 32],
        _: Timestamp,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        Err(broken())
    }

    async fn function(&self, key: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        self.0.function(key).await
    }

    async fn has_version(&self, _: FunctionId, _: &str) -> Result<bool, StoreError> {
        Err(broken())
    }

    async fn page(&self, _: FunctionId, _: PageRange) -> Result<Option<Page>, StoreError> {
        Err(broken())
    }

    async fn publish(&self, _: FunctionId, _: Publication) -> Result<Published, PublishError> {
        Err(broken().into())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Err(broken())
    }

    async fn close(&self) {}
}

fn client(watch: &Watch, token: &str) -> Client {
    Client::builder()
        .endpoint(watch.url())
        .token(token)
        // Every answer is one that the test asked for.
        .without_retries()
        .build()
        .unwrap()
}

/// The status of an error that the document has.
#[track_caller]
fn refused<T: fmt::Debug>(result: Result<T, Error>) -> u16 {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service, "{error:?}");
    assert!(error.code().is_some_and(|code| code.starts_with("FSS.")));
    assert!(error.message().is_some_and(|message| !message.is_empty()));
    let header = error
        .headers()
        .and_then(|headers| headers.get("x-request-id"));
    assert_eq!(error.request_id(), header.map(|id| id.to_str().unwrap()));
    error.status().unwrap().as_u16()
}

async fn publish(
    client: &Client,
    project: &str,
    urn: &str,
    version: &str,
) -> Result<String, Error> {
    let body = CreateFunctionVersionRequest {
        version: Some(VersionName::new_unchecked(version)),
        ..CreateFunctionVersionRequest::default()
    };
    let urn = FunctionUrn::new_unchecked(urn);
    let sent = client
        .create_function_version()
        .project_id(project)
        .function_urn(urn)
        .body(body)
        .send()
        .await;
    sent.map(|response| response.into_inner().version)
}

async fn list(client: &Client, project: &str, urn: &str, marker: &str) -> Result<usize, Error> {
    let (urn, marker) = (
        FunctionUrn::new_unchecked(urn),
        Marker::new_unchecked(marker),
    );
    let sent = client
        .list_function_versions()
        .project_id(project)
        .function_urn(urn)
        .marker(marker)
        .maxitems(10)
        .send()
        .await;
    sent.map(|response| response.into_inner().versions.len())
}

/// Serves until the test ends.
async fn started<S: Store>(service: Service<S>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, service, pending()));
    url
}

#[tokio::test]
async fn every_exchange_is_as_the_document_says() {
    let mut settings = Settings::default();
    settings.limits.body_bytes = 2048;
    let service = TestService::builder()
        .settings(settings)
        .start()
        .await
        .unwrap();
    let watch = Watch::start(&document(), &service.url()).await.unwrap();
    let publisher = client(&watch, service.token());

    // Success.
    assert_eq!(
        publish(&publisher, PROJECT, FUNCTION_URN, "v1")
            .await
            .unwrap(),
        "v1"
    );
    let empty = CreateFunctionVersionRequest::default();
    publisher
        .create_function_version()
        .project_id(PROJECT)
        .function_urn("hello")
        .body(empty)
        .send()
        .await
        .unwrap();
    assert_eq!(
        list(&publisher, PROJECT, FUNCTION_URN, "0").await.unwrap(),
        3
    );
    let page = publisher
        .list_function_versions()
        .project_id(PROJECT)
        .function_urn(format!("{FUNCTION_URN}:latest"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.next_marker, 3);
    assert_eq!(
        list(&publisher, PROJECT, "default:hello", "400")
            .await
            .unwrap(),
        0
    );

    // What the client can get wrong, and who it can be.
    let reader = client(
        &watch,
        &service.add_token(PROJECT, Role::Reader).await.unwrap(),
    );
    let stranger = client(&watch, "unknown");
    let anonymous = Client::builder().endpoint(watch.url()).build().unwrap();
    for (publisher, project, urn, version, status) in [
        (&publisher, PROJECT, FUNCTION_URN, "-", 400),
        (&publisher, PROJECT, "a::b", "v2", 400),
        (
            &publisher,
            PROJECT,
            &format!("{FUNCTION_URN}:v1"),
            "v2",
            400,
        ),
        (&publisher, PROJECT, FUNCTION_URN, "latest", 400),
        (&stranger, PROJECT, FUNCTION_URN, "v2", 401),
        (&anonymous, PROJECT, FUNCTION_URN, "v2", 401),
        (&reader, PROJECT, FUNCTION_URN, "v2", 403),
        (&publisher, "other", FUNCTION_URN, "v2", 403),
        (&publisher, PROJECT, "nix", "v2", 404),
        (&publisher, PROJECT, FUNCTION_URN, "v1", 409),
    ] {
        assert_eq!(
            refused(publish(publisher, project, urn, version).await),
            status,
            "{project} {urn} {version}"
        );
    }
    for (client, project, urn, marker, status) in [
        (&publisher, PROJECT, FUNCTION_URN, "x", 400),
        (&publisher, PROJECT, "a::b", "0", 400),
        (&stranger, PROJECT, FUNCTION_URN, "0", 401),
        (&publisher, "other", FUNCTION_URN, "0", 403),
        (&publisher, PROJECT, "nix", "0", 404),
        (
            &publisher,
            PROJECT,
            "urn:fss:r:0123456789abcdef0123456789abcdef:function:default:hello:v9",
            "0",
            404,
        ),
    ] {
        assert_eq!(
            refused(list(client, project, urn, marker).await),
            status,
            "{project} {urn} {marker}"
        );
    }

    // What no client of ours sends.
    let raw = async |media_type: &str, body: String| {
        let url = service.versions_url().replace(&service.url(), &watch.url());
        let request = http()
            .unwrap()
            .post(url)
            .header("X-Auth-Token", service.token());
        let response = request
            .header("Content-Type", media_type)
            .body(body)
            .send()
            .await
            .unwrap();
        response.status().as_u16()
    };
    assert_eq!(raw("application/json", "{".to_owned()).await, 400);
    assert_eq!(
        raw(
            "application/json",
            json!({ "description": "x".repeat(513) }).to_string()
        )
        .await,
        400
    );
    assert_eq!(
        raw(
            "application/json",
            json!({ "x": "x".repeat(2048) }).to_string()
        )
        .await,
        413
    );
    assert_eq!(raw("text/plain", "{}".to_owned()).await, 415);

    // A store that fails, and a service that goes down.
    let failing = Service::builder(Arc::new(Failing(Arc::clone(service.store()))))
        .build()
        .unwrap();
    let draining = Service::builder(Arc::clone(service.store()))
        .build()
        .unwrap();
    draining.drain();
    let mut strict = Settings::default();
    strict.limits.rate = Some(Rate {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    });
    let strict = Service::builder(Arc::clone(service.store()))
        .settings(strict)
        .build()
        .unwrap();
    let mut watches = vec![watch];
    for (url, status) in [
        (started(strict).await, 429),
        (started(failing).await, 500),
        (started(draining).await, 503),
    ] {
        let watch = Watch::start(&document(), &url).await.unwrap();
        let unlucky = client(&watch, service.token());
        if status == 429 {
            // The one request that it takes in a second.
            list(&unlucky, PROJECT, FUNCTION_URN, "0").await.unwrap();
        }
        assert_eq!(
            refused(publish(&unlucky, PROJECT, FUNCTION_URN, "v3").await),
            status
        );
        assert_eq!(
            refused(list(&unlucky, PROJECT, FUNCTION_URN, "0").await),
            status
        );
        watches.push(watch);
    }

    let mut seen = BTreeSet::new();
    for watch in &watches {
        let problems = watch.problems();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        seen.extend(watch.exchanges());
    }
    let conformance = Conformance::new(&document()).unwrap();
    let documented: BTreeSet<_> = ["create_function_version", "list_function_versions"]
        .into_iter()
        .flat_map(|id| {
            conformance
                .statuses(id)
                .into_iter()
                .map(|status| (id.to_owned(), status))
        })
        .collect();
    assert_eq!(
        seen, documented,
        "left: what was answered; right: what the document lists"
    );
}

/// A watch that finds nothing may be asleep.
#[test]
fn what_the_document_does_not_say_is_found() {
    let conformance = Conformance::new(&document()).unwrap();
    let path = "/v2/p/fgs/functions/f/versions";
    let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    };
    let token = &[("x-auth-token", "t"), ("content-type", "application/json")];
    let request = |method: &Method,
                   path: &str,
                   query: Option<&str>,
                   pairs: &[(&'static str, &'static str)],
                   body: &str| {
        conformance
            .check_request(method, path, query, &headers(pairs), body.as_bytes())
            .join("\n")
    };
    let (get, post) = (&Method::GET, &Method::POST);
    assert_eq!(
        request(get, path, Some("marker=1&maxitems=2"), token, ""),
        ""
    );
    assert_eq!(request(post, path, None, token, r#"{"version":"v1"}"#), "");
    assert_eq!(request(post, path, None, token, ""), "");
    for (method, path, query, pairs, body, expected) in [
        (
            get,
            "/v2/p/fgs/functions/f",
            None,
            &token[..],
            "",
            "no operation GET",
        ),
        (&Method::PUT, path, None, token, "", "no operation PUT"),
        (
            get,
            "/v2/p-/fgs/functions/f/versions",
            None,
            token,
            "",
            "/path/project_id: ",
        ),
        (
            get,
            "/v2/p/fgs/functions/%2F/versions",
            None,
            token,
            "",
            "/path/function_urn: ",
        ),
        (get, path, Some("marker=x"), token, "", "/query/marker: "),
        (
            get,
            path,
            Some("maxtems=1"),
            token,
            "",
            "/query/maxtems: the operation has no such parameter",
        ),
        (
            get,
            path,
            Some("marker=1&marker=2"),
            token,
            "",
            "/query/marker: it is there 2 times",
        ),
        (get, path, None, &[], "", "none of the credentials"),
        (get, path, None, token, "{}", "it has a body"),
        (post, path, None, token, "{", "/body: it is not JSON"),
        (post, path, None, token, "[]", "/body "),
        (
            post,
            path,
            None,
            token,
            r#"{"version":"-"}"#,
            "/body/version ",
        ),
        (
            post,
            path,
            None,
            token,
            r#"{"version":null}"#,
            "/body/version ",
        ),
        (post, path, None, &token[..1], "{}", "content-type"),
    ] {
        let found = request(method, path, query, pairs, body);
        assert!(found.contains(expected), "{expected}: {found}");
    }

    let response = |status: u16, pairs: &[(&'static str, &'static str)], body: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        conformance
            .check_response(
                "list_function_versions",
                status,
                &headers(pairs),
                body.as_bytes(),
            )
            .join("\n")
    };
    let usual = &[
        ("x-request-id", "r"),
        ("content-type", "application/json; charset=utf-8"),
    ];
    let busy = &[
        ("x-request-id", "r"),
        ("content-type", "application/json"),
        ("retry-after", "1"),
    ];
    assert_eq!(
        response(200, usual, r#"{"versions":[],"next_marker":0}"#),
        ""
    );
    assert_eq!(
        response(503, busy, r#"{"error_code":"E","error_msg":"m"}"#),
        ""
    );
    for (status, pairs, body, expected) in [
        (201, &usual[..], "{}", "no status 201"),
        (409, usual, "{}", "no status 409"),
        (200, usual, "{}", "\"versions\" is a required property"),
        (
            200,
            usual,
            r#"{"versions":[{}],"next_marker":0}"#,
            "/body/versions/0 ",
        ),
        (
            200,
            &usual[..1],
            r#"{"versions":[],"next_marker":0}"#,
            "content-type",
        ),
        (
            200,
            &usual[1..],
            r#"{"versions":[],"next_marker":0}"#,
            "/header/x-request-id: the document lists it for 200",
        ),
        (
            200,
            busy,
            r#"{"versions":[],"next_marker":0}"#,
            "/header/retry-after: the document does not list it for 200",
        ),
        (200, usual, "", "not JSON"),
        (
            503,
            usual,
            r#"{"error_code":"E","error_msg":"m"}"#,
            "/header/retry-after: the document lists it for 503",
        ),
        (
            503,
            &[busy[0], busy[1], ("retry-after", "soon")],
            r#"{"error_code":"E","error_msg":"m"}"#,
            "/header/retry-after: ",
        ),
        (
            404,
            usual,
            r#"{"error_code":1,"error_msg":"m"}"#,
            "/body/error_code ",
        ),
    ] {
        let found = response(status, pairs, body);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
