//! Bytes on the wire: what the client sends for each operation, and what the service answers with
//! each status. They are recorded as snapshots; the guard `wire` holds them against the document.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use functiongraph_client::{Client, types};
use functiongraph_service::admin::{self, TokenRequest};
use functiongraph_service::auth::{
    self, CredentialId, Grant, KeyGrant, KeySettings, Role, Token, TokenHash,
};
use functiongraph_service::config::{Rate, Settings};
use functiongraph_service::domain::{
    Actor, Clock, FunctionKey, ManualClock, Origin, Page, PageRange, Publication, Random,
    SystemRandom, Timestamp,
};
use functiongraph_service::store::{FunctionId, PublishError, Published, Store, StoreError};
use functiongraph_service::testing::{FUNCTION_URN, PROJECT, TestService};
use functiongraph_service::{Service, serve};
use functiongraph_signing::{SecretKey, Signer, SigningTime};
use functiongraph_tests::guards::wire::{Message, PREFIX, Recording, Request as Fate, wire};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::project::document;
use crate::snapshots::accepted;

/// The tenant of the vendor's examples.
const VENDOR_PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
/// The URN of the function of the vendor's examples.
const VENDOR_URN: &str =
    "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test";

const S1_REQUEST: &str = include_str!("../../../openapi/examples/s1-publish-request.http");
const S1_FUNCTION: &str = include_str!("../../../openapi/examples/s1-publish-response.json");
const S2_REQUEST: &str = include_str!("../../../openapi/examples/s2-list-request.http");
const S2_PAGE: &str = include_str!("../../../openapi/examples/s2-list-response.json");
const WITHOUT_BODY: &str = include_str!("../../../openapi/examples/publish-without-body.http");
const FIRST_PAGE: &str = include_str!("../../../openapi/examples/list-first-page.http");

const TOKEN: &str = "a-publishers-token";
const READERS_TOKEN: &str = "a-readers-token";
const VENDORS_TOKEN: &str = "a-token-of-the-vendors-tenant";

const ACCESS_KEY: &str = "AKIDEXAMPLE0000000001";
const SECRET_KEY: &str = "SKEXAMPLE/SecretKey+0000000000000000001";

#[test]
fn the_recordings_fit_the_document() {
    let findings = wire(&document());
    let shown: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

// What the client sends.

/// Takes one request, answers it with a page or a version, and gives back what it was.
async fn request_to(answer: &str, call: impl AsyncFnOnce(String)) -> Message {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    );
    let taken = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !is_whole(&bytes) {
            if stream.read_buf(&mut bytes).await.unwrap() == 0 {
                break;
            }
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        bytes
    });
    call(format!("http://{address}")).await;
    let mut request = Message::of_bytes(&taken.await.unwrap()).unwrap();
    request.headers.sort();
    request.mask("host");
    request
}

/// Whether a request has arrived up to the end of its body.
fn is_whole(bytes: &[u8]) -> bool {
    Message::of_bytes(bytes).is_some_and(|message| {
        let length = message
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        message.body.len() >= length
    })
}

async fn sent(name: &str, about: &str, answer: &str, call: impl AsyncFnOnce(Client)) {
    let request = request_to(answer, async |endpoint| {
        let client = Client::builder()
            .endpoint(endpoint)
            .token(TOKEN)
            .build()
            .unwrap();
        call(client).await;
    })
    .await;
    let recording = Recording {
        about: about.to_owned(),
        fate: Fate::Fits,
        request,
        answer: None,
    };
    accepted(&format!("{PREFIX}client.{name}"), &recording.to_string());
}

#[tokio::test]
async fn the_client_publishes() {
    let body = |text: &str| -> types::CreateFunctionVersionRequest {
        let value: Value = serde_json::from_str(text).unwrap();
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        types::CreateFunctionVersionRequest {
            version: text("version").map(|text| text.parse().unwrap()),
            description: text("description").map(|text| text.parse().unwrap()),
            digest: text("digest").map(|text| text.parse().unwrap()),
        }
    };
    for (name, about, json) in [
        (
            "s1",
            "The request of the vendor's publish example.",
            "{\"version\": \"v1\", \"description\": \"v1\"}",
        ),
        ("empty", "Nothing is asked for.", "{}"),
        (
            "digest",
            "The code has to be what the caller thinks it is.",
            "{\"digest\": \"b16d2b91d3759c96f0454730eb490f6a\"}",
        ),
    ] {
        sent(
            &format!("create_function_version.{name}"),
            about,
            S1_FUNCTION,
            async |client| {
                let call = client
                    .create_function_version()
                    .project_id(VENDOR_PROJECT)
                    .function_urn(VENDOR_URN);
                call.body(body(json)).send().await.unwrap();
            },
        )
        .await;
    }
}

#[tokio::test]
async fn the_client_lists() {
    sent(
        "list_function_versions.first",
        "All parameters are left out.",
        S2_PAGE,
        async |client| {
            let call = client
                .list_function_versions()
                .project_id(VENDOR_PROJECT)
                .function_urn(VENDOR_URN);
            call.send().await.unwrap();
        },
    )
    .await;
    sent(
        "list_function_versions.page",
        "All parameters are given.",
        S2_PAGE,
        async |client| {
            let call = client
                .list_function_versions()
                .project_id(VENDOR_PROJECT)
                .function_urn(format!("{VENDOR_URN}:latest"));
            call.marker("1").maxitems("10").send().await.unwrap();
        },
    )
    .await;
    sent(
        "list_function_versions.alias",
        "An alias has a character that is encoded.",
        S2_PAGE,
        async |client| {
            let call = client
                .list_function_versions()
                .project_id(VENDOR_PROJECT)
                .function_urn(format!("{VENDOR_URN}:!stable"));
            call.send().await.unwrap();
        },
    )
    .await;
}

// What the service answers.

/// Numbers that are the same for ever, whatever becomes of generators elsewhere (splitmix64).
#[derive(Default)]
struct Repeating(AtomicU64);

impl Random for Repeating {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let n = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (n >> 56) as u8;
        }
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new("2026-11-21T12:00:00Z".parse().unwrap()))
}

/// A request, byte for byte.
struct Request {
    line: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Request {
    fn new(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            headers: vec![("host", "test".to_owned())],
            body: String::new(),
        }
    }

    fn post(urn: &str) -> Self {
        Self::new(format!(
            "POST /v2/{PROJECT}/fgs/functions/{urn}/versions HTTP/1.1"
        ))
    }

    fn get(urn: &str, query: &str) -> Self {
        Self::new(format!(
            "GET /v2/{PROJECT}/fgs/functions/{urn}/versions{query} HTTP/1.1"
        ))
    }

    fn token(mut self, token: &str) -> Self {
        self.headers.push(("x-auth-token", token.to_owned()));
        self
    }

    fn body(self, body: impl Into<String>) -> Self {
        self.body_of("application/json", body)
    }

    fn body_of(mut self, media_type: &str, body: impl Into<String>) -> Self {
        self.body = body.into();
        self.headers.push(("content-type", media_type.to_owned()));
        self.headers
            .push(("content-length", self.body.len().to_string()));
        self
    }

    /// A signature at the time of the service's clock over all that it has so far, in place of a
    /// token.
    fn signed(mut self, secret: &str) -> Self {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        let mut words = self.line.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let request = functiongraph_signing::Request {
            method,
            path,
            query,
            headers: &headers,
            body: self.body.as_bytes(),
        };
        let time = SigningTime::from_unix(clock().now().as_second()).unwrap();
        let signer = Signer::new(ACCESS_KEY, SecretKey::new(secret)).unwrap();
        let signed = signer.sign(&request, time).unwrap();
        self.headers.push(("x-sdk-date", signed.date().to_owned()));
        self.headers
            .push(("authorization", signed.authorization().to_owned()));
        self
    }

    /// Sends it on a connection of its own.
    async fn send(&self, to: SocketAddr) -> (Message, Message) {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in self
            .headers
            .iter()
            .chain([&("connection", "close".to_owned())])
        {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let mut answer = Message::of_bytes(&bytes).unwrap();
        answer.mask("date");
        (Message::of_bytes(text.as_bytes()).unwrap(), answer)
    }
}

/// A service that answers the same request with the same bytes.
async fn service(change: impl FnOnce(&mut Settings)) -> TestService {
    let mut settings = Settings::default();
    change(&mut settings);
    let service = TestService::builder()
        .settings(settings)
        .clock(clock())
        .random(Arc::new(Repeating::default()))
        .start()
        .await
        .unwrap();
    let page: Value = serde_json::from_str(S2_PAGE).unwrap();
    service
        .import(&page["versions"][0].to_string())
        .await
        .unwrap();
    for (project, role, token) in [
        (PROJECT, Role::Publisher, TOKEN),
        (PROJECT, Role::Reader, READERS_TOKEN),
        (VENDOR_PROJECT, Role::Publisher, VENDORS_TOKEN),
    ] {
        let token: Token = token.parse().unwrap();
        admin::add_token(
            &**service.store(),
            &SystemRandom,
            TokenRequest {
                project: project.to_owned(),
                role,
                chosen: Some(token),
                expires: None,
            },
            Origin {
                actor: Actor::administrator("test"),
                at: clock().now(),
                request_id: None,
            },
        )
        .await
        .unwrap();
    }
    service
}

/// A service that knows a key pair.
async fn with_a_key() -> TestService {
    service(|settings| {
        settings.auth.signatures.keys = vec![KeySettings {
            access: ACCESS_KEY.to_owned(),
            secret: auth::SecretKey::new(SECRET_KEY),
            security_token: None,
            project: PROJECT.to_owned(),
            role: Role::Publisher,
        }];
    })
    .await
}

async fn record(service: &TestService, name: &str, about: &str, fate: Fate, request: Request) {
    record_at(service.address(), name, about, fate, request).await;
}

/// Records an exchange. `name` begins with the operation and the status, which is checked.
async fn record_at(address: SocketAddr, name: &str, about: &str, fate: Fate, request: Request) {
    let (request, answer) = request.send(address).await;
    keep(name, about, fate, request, answer);
}

/// Records an exchange that took place.
fn keep(name: &str, about: &str, fate: Fate, request: Message, answer: Message) {
    let status = answer.start.split(' ').nth(1).unwrap();
    assert_eq!(name.split('.').nth(1), Some(status), "{name}: {answer:?}");
    if let Some(code) = name
        .split('.')
        .nth(2)
        .filter(|part| part.starts_with("FSS-"))
    {
        let expected = code.replace('-', ".");
        assert!(
            answer.body.contains(&format!("\"{expected}\"")),
            "{name}: {}",
            answer.body
        );
    }
    let recording = Recording {
        about: about.to_owned(),
        fate,
        request,
        answer: Some(answer),
    };
    accepted(&format!("{PREFIX}{name}"), &recording.to_string());
}

async fn publish(service: &TestService, version: &str) {
    let body = json!({ "version": version }).to_string();
    let (_, answer) = Request::post(FUNCTION_URN)
        .token(TOKEN)
        .body(body)
        .send(service.address())
        .await;
    assert!(answer.start.contains("200"), "{answer:?}");
}

/// The request line of an example.
fn line(example: &str) -> String {
    example.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn publishing_is_answered() {
    let fits = Fate::Fits;
    // The working copy of S1's own example takes the place of S2's.
    let here = service(|_| {}).await;
    here.import(S1_FUNCTION).await.unwrap();
    // A check-out may have other ends of lines.
    let example = S1_REQUEST.replace("\r\n", "\n");
    let (target, body) = example.split_once("\n\n").unwrap();
    let target = target
        .replace("https://{Endpoint}", "")
        .replace("{project_id}", VENDOR_PROJECT)
        .replace("{function_urn}", VENDOR_URN);
    let request = Request::new(format!("{target} HTTP/1.1"))
        .token(VENDORS_TOKEN)
        .body(body.trim_end());
    let about = "The vendor's publish example: the body is byte for byte the page's.";
    record(
        &here,
        "create_function_version.200.s1",
        about,
        fits,
        request,
    )
    .await;

    let here = service(|_| {}).await;
    let request = Request::new(line(WITHOUT_BODY)).token(VENDORS_TOKEN);
    let about = "Without a body the service names the version.";
    record(
        &here,
        "create_function_version.200.without-body",
        about,
        fits,
        request,
    )
    .await;

    let here = service(|_| {}).await;
    let about = "The code has the digest that the caller names.";
    let body = json!({ "digest": "b16d2b91d3759c96f0454730eb490f6a" }).to_string();
    let request = Request::post(FUNCTION_URN).token(TOKEN).body(body);
    record(
        &here,
        "create_function_version.200.digest",
        about,
        fits,
        request,
    )
    .await;
}

#[tokio::test]
async fn signed_requests_are_answered() {
    let body = json!({ "version": "v1" }).to_string();
    let publication = Request::post(FUNCTION_URN).body(body);
    let list = Request::get(FUNCTION_URN, "?marker=0&maxitems=10");
    for (operation, about, request) in [
        (
            "create_function_version",
            "A signature takes the place of a token.",
            publication,
        ),
        (
            "list_function_versions",
            "A signature covers the query, too.",
            list,
        ),
    ] {
        let here = with_a_key().await;
        let name = format!("{operation}.200.signed");
        record(&here, &name, about, Fate::Fits, request.signed(SECRET_KEY)).await;
    }
    for (operation, request) in [
        ("create_function_version", Request::post(FUNCTION_URN)),
        ("list_function_versions", Request::get(FUNCTION_URN, "")),
    ] {
        let here = with_a_key().await;
        record(
            &here,
            &format!("{operation}.401.signature"),
            "The signature is not by the secret key, and the answer does not say so.",
            Fate::RefusedByService,
            request.signed("another secret key"),
        )
        .await;
    }
}

#[tokio::test]
async fn publishing_is_refused() {
    let posting = |body: Value| {
        Request::post(FUNCTION_URN)
            .token(TOKEN)
            .body(body.to_string())
    };
    for (name, about, body) in [
        (
            "400.FSS-0400.several",
            "All faults are told at once.",
            json!({"version": "-", "description": 1, "digest": "x"}),
        ),
        (
            "400.FSS-0400.digest",
            "A digest is MD5 or SHA-512.",
            json!({"digest": "0123"}),
        ),
        ("400.FSS-0400.type", "A body is an object.", json!([])),
        (
            "400.FSS-1015.empty",
            "A version name has a character.",
            json!({"version": ""}),
        ),
        (
            "400.FSS-1015.form",
            "A version name has its form.",
            json!({"version": "v/1"}),
        ),
        (
            "400.FSS-1015.length",
            "A version name has at most 42 characters.",
            json!({"version": "x".repeat(43)}),
        ),
        (
            "400.FSS-1019",
            "A description has at most 512 characters.",
            json!({"description": "x".repeat(513)}),
        ),
    ] {
        let here = service(|_| {}).await;
        let name = format!("create_function_version.{name}");
        record(&here, &name, about, Fate::RefusedByDocument, posting(body)).await;
    }
    let refused = Fate::RefusedByDocument;
    let here = service(|_| {}).await;
    let request = Request::post(FUNCTION_URN)
        .token(TOKEN)
        .body("{\"version\": ");
    record(
        &here,
        "create_function_version.400.FSS-0400.unreadable",
        "A body is JSON.",
        refused,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post("a::b").token(TOKEN);
    record(
        &here,
        "create_function_version.400.FSS-1309.form",
        "A URN has its form.",
        refused,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post(FUNCTION_URN);
    let about = "A caller without a token is not known.";
    record(
        &here,
        "create_function_version.401.absent",
        about,
        refused,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post(FUNCTION_URN)
        .token(TOKEN)
        .body_of("text/plain", "{}");
    let about = "A body is application/json.";
    record(
        &here,
        "create_function_version.415",
        about,
        refused,
        request,
    )
    .await;

    let by_rule = Fate::RefusedByService;
    let here = service(|_| {}).await;
    let about = "The code is not what the caller thinks it is.";
    let request = posting(json!({"digest": "00000000000000000000000000000000"}));
    record(
        &here,
        "create_function_version.400.FSS-0400.mismatch",
        about,
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = posting(json!({"version": "latest"}));
    record(
        &here,
        "create_function_version.400.FSS-1015.reserved",
        "The name of the working copy is taken.",
        by_rule,
        request,
    )
    .await;
    let here = service(|settings| settings.rules.refuse_unchanged = true).await;
    publish(&here, "v1").await;
    let request = posting(json!({}));
    record(
        &here,
        "create_function_version.400.FSS-1016",
        "Nothing changed since the last publication.",
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    publish(&here, "v1").await;
    let request = Request::post(&format!("{FUNCTION_URN}:v1")).token(TOKEN);
    record(
        &here,
        "create_function_version.400.FSS-1309.version",
        "A version cannot be published from.",
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post(FUNCTION_URN).token("a-token-of-nobody");
    record(
        &here,
        "create_function_version.401.unknown",
        "The token is not known.",
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post(FUNCTION_URN).token(VENDORS_TOKEN);
    record(
        &here,
        "create_function_version.403.project",
        "The project is another's.",
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post(FUNCTION_URN).token(READERS_TOKEN);
    record(
        &here,
        "create_function_version.403.role",
        "A reader does not publish.",
        by_rule,
        request,
    )
    .await;
    let here = service(|settings| settings.rules.max_versions = 2).await;
    publish(&here, "v1").await;
    record(
        &here,
        "create_function_version.403.limit",
        "The function has all its versions.",
        by_rule,
        posting(json!({})),
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::post("absent").token(TOKEN);
    record(
        &here,
        "create_function_version.404.FSS-1051",
        "There is no such function.",
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    publish(&here, "v1").await;
    record(
        &here,
        "create_function_version.409",
        "The name is taken.",
        by_rule,
        posting(json!({"version": "v1"})),
    )
    .await;
    let here = service(|settings| settings.limits.body_bytes = 8).await;
    record(
        &here,
        "create_function_version.413",
        "The body is larger than the service reads.",
        by_rule,
        posting(json!({"version": "v1"})),
    )
    .await;
}

#[tokio::test]
async fn listing_is_answered() {
    let fits = Fate::Fits;
    let vendors = async |here: &TestService| {
        let path = format!("POST /v2/{VENDOR_PROJECT}/fgs/functions/test/versions HTTP/1.1");
        let request = Request::new(path)
            .token(VENDORS_TOKEN)
            .body("{\"version\":\"v1\"}");
        let (_, answer) = request.send(here.address()).await;
        assert!(answer.start.contains("200"), "{answer:?}");
    };
    let here = service(|_| {}).await;
    vendors(&here).await;
    let request = Request::new(line(S2_REQUEST)).token(VENDORS_TOKEN);
    let about = "The vendor's list example: the request line is byte for byte the page's, its misspelt maxitems included.";
    record(&here, "list_function_versions.200.s2", about, fits, request).await;
    let here = service(|_| {}).await;
    vendors(&here).await;
    let request = Request::new(line(FIRST_PAGE)).token(VENDORS_TOKEN);
    record(
        &here,
        "list_function_versions.200.first",
        "The working copy comes first.",
        fits,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::get(FUNCTION_URN, "?marker=5&maxitems=1").token(TOKEN);
    record(
        &here,
        "list_function_versions.200.past-the-end",
        "A page beyond the end is empty.",
        fits,
        request,
    )
    .await;
}

#[tokio::test]
async fn listing_is_refused() {
    let refused = Fate::RefusedByDocument;
    for (name, about, query) in [
        ("400.FSS-1001.marker", "A marker is digits.", "?marker=x"),
        (
            "400.FSS-1001.maxitems",
            "So is a number of items.",
            "?maxitems=-1",
        ),
        (
            "400.FSS-1001.length",
            "There are at most 18 digits.",
            "?marker=1234567890123456789",
        ),
        (
            "400.FSS-1001.empty",
            "There is at least one digit.",
            "?maxitems=",
        ),
    ] {
        let here = service(|_| {}).await;
        let name = format!("list_function_versions.{name}");
        record(
            &here,
            &name,
            about,
            refused,
            Request::get(FUNCTION_URN, query).token(TOKEN),
        )
        .await;
    }
    let here = service(|_| {}).await;
    let request = Request::get("a::b", "").token(TOKEN);
    record(
        &here,
        "list_function_versions.400.FSS-1309",
        "A URN has its form.",
        refused,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::get(FUNCTION_URN, "");
    record(
        &here,
        "list_function_versions.401.absent",
        "A caller without a token is not known.",
        refused,
        request,
    )
    .await;

    let by_rule = Fate::RefusedByService;
    let here = service(|_| {}).await;
    let request = Request::get(FUNCTION_URN, "").token("a-token-of-nobody");
    record(
        &here,
        "list_function_versions.401.unknown",
        "The token is not known.",
        by_rule,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let request = Request::get(FUNCTION_URN, "").token(VENDORS_TOKEN);
    record(
        &here,
        "list_function_versions.403",
        "The project is another's.",
        by_rule,
        request,
    )
    .await;
    for (name, about, urn) in [
        (
            "404.FSS-1051",
            "There is no such function.",
            "absent".to_owned(),
        ),
        (
            "404.FSS-1052",
            "There is no such version.",
            format!("{FUNCTION_URN}:v9"),
        ),
        (
            "404.FSS-1053",
            "There is no such alias.",
            format!("{FUNCTION_URN}:!stable"),
        ),
    ] {
        let here = service(|_| {}).await;
        let name = format!("list_function_versions.{name}");
        record(
            &here,
            &name,
            about,
            by_rule,
            Request::get(&urn, "").token(TOKEN),
        )
        .await;
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let here = service(|_| {}).await;
    let request = Request::new("GET /v2/functions HTTP/1.1").token(TOKEN);
    record(
        &here,
        "path.404.FSS-0404",
        "There is nothing at the path.",
        Fate::Elsewhere,
        request,
    )
    .await;
    let here = service(|_| {}).await;
    let line = format!("DELETE /v2/{PROJECT}/fgs/functions/{FUNCTION_URN}/versions HTTP/1.1");
    let about = "There is something at the path, for other methods.";
    record(
        &here,
        "method.405.FSS-0405",
        about,
        Fate::Elsewhere,
        Request::new(line).token(TOKEN),
    )
    .await;
}

/// A store that knows every token and fails at everything else.
struct Broken(StoreError);

impl Store for Broken {
    async fn grant(&self, _: TokenHash, _: Timestamp) -> Result<Option<Grant>, StoreError> {
        Ok(Some(Grant {
            id: CredentialId::new("tk-any"),
            project: PROJECT.into(),
            role: Role::Publisher,
        }))
    }

    async fn key(&self, _: &str, _: Timestamp) -> Result<Option<KeyGrant>, StoreError> {
        Err(self.0.clone())
    }

    async fn note_signature(
        &self,
        _: [u8; 32],
        _: Timestamp,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn function(&self, _: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        Err(self.0.clone())
    }

    async fn has_version(&self, _: FunctionId, _: &str) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn page(&self, _: FunctionId, _: PageRange) -> Result<Option<Page>, StoreError> {
        Err(self.0.clone())
    }

    async fn publish(&self, _: FunctionId, _: Publication) -> Result<Published, PublishError> {
        Err(self.0.clone().into())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn close(&self) {}
}

#[tokio::test]
async fn what_the_service_cannot_do_is_told() {
    let damaged = StoreError::Damaged {
        store: "store.db".into(),
        reason: "it is torn".into(),
    };
    for (status, about, error) in [
        (
            "500",
            "Something unforeseen happened; nothing of it is told.",
            damaged,
        ),
        ("503", "The store is away for now.", StoreError::Closed),
    ] {
        for (operation, request) in [
            (
                "create_function_version",
                Request::post(FUNCTION_URN).token(TOKEN),
            ),
            (
                "list_function_versions",
                Request::get(FUNCTION_URN, "").token(TOKEN),
            ),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let service = Service::builder(Arc::new(Broken(error.clone())))
                .random(Arc::new(Repeating::default()))
                .clock(clock())
                .build()
                .unwrap();
            let running = tokio::spawn(serve(listener, service, std::future::pending()));
            record_at(
                address,
                &format!("{operation}.{status}"),
                about,
                Fate::Fits,
                request,
            )
            .await;
            running.abort();
        }
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told() {
    let one = NonZeroU32::MIN;
    for (operation, request) in [
        (
            "create_function_version",
            Request::post(FUNCTION_URN).token(TOKEN),
        ),
        (
            "list_function_versions",
            Request::get(FUNCTION_URN, "").token(TOKEN),
        ),
    ] {
        // Anew where the machine was busy for so long that the second request was allowed, too.
        let (sent, answer) = loop {
            let mut settings = Settings::default();
            settings.limits.rate = Some(Rate {
                per_second: one,
                burst: one,
            });
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let service = Service::builder(Arc::new(Broken(StoreError::Closed)))
                .settings(settings)
                .random(Arc::new(Repeating::default()))
                .clock(clock())
                .build()
                .unwrap();
            let running = tokio::spawn(serve(listener, service, std::future::pending()));
            let (_, first) = request.send(address).await;
            assert!(first.start.contains("503"), "{first:?}");
            let second = request.send(address).await;
            running.abort();
            if !second.1.start.contains("503") {
                break second;
            }
        };
        keep(
            &format!("{operation}.429"),
            "One request a second is what this caller may make, and this is the second.",
            Fate::RefusedByService,
            sent,
            answer,
        );
    }
}
