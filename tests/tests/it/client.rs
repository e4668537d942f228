//! The client against the service: every kind of credentials that the service takes publishes and
//! lists, and what the client makes of the service's refusals.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use functiongraph_client::credentials::{
    AccessKeys, Chain, CredentialSource, Environment, Metadata, PasswordLogin, Profile, Token,
};
use functiongraph_client::types::{
    CreateFunctionVersionRequest, FunctionUrn, Marker, MaxItems, ProjectId,
};
use functiongraph_client::{Client, ClientBuilder, ErrorKind};
use functiongraph_conformance::Watch;
use functiongraph_service::auth::{
    IamSettings, KeySettings, Role, Secret, SecretKey as ServiceKey,
};
use functiongraph_service::config::Settings;
use functiongraph_service::testing::{FUNCTION_URN, PROJECT, TestService};
use proptest::prelude::{any, prop_assert, prop_assume, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::project::document;

/// A temporary pair that the service is configured with.
const TEMPORARY: (&str, &str, &str) =
    ("TEMPORARYACCESS", "temporary/secret+key", "temporary-token");

fn json(value: &serde_json::Value) -> String {
    value.to_string()
}

/// An identity service and a metadata service in one: it logs everybody in to the tests' project,
/// and gives out the temporary pair.
pub(crate) async fn identity() -> String {
    async fn answer(request: Request) -> Response {
        let token = json!({ "token": {
            "expires_at": "2100-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "methods": ["password"],
            "user": { "id": "u", "name": "user", "domain": { "id": "default", "name": "Default" } },
            "project": { "id": PROJECT, "name": "cn-north-4", "domain": { "id": "default", "name": "Default" } },
            "roles": [{ "id": "r", "name": "member" }],
        }});
        let mut headers = HeaderMap::new();
        headers.insert("x-subject-token", "token-of-the-iam".parse().unwrap());
        let subject = request.headers().get("x-subject-token");
        match (request.method(), request.uri().path()) {
            (&Method::POST, "/v3/auth/tokens") => {
                (StatusCode::CREATED, headers, json(&token)).into_response()
            }
            (&Method::GET, "/v3/auth/tokens")
                if subject.is_some_and(|token| token == "token-of-the-iam") =>
            {
                (StatusCode::OK, headers, json(&token)).into_response()
            }
            (&Method::GET, "/v3/projects") => {
                json(&json!({ "projects": [{ "id": PROJECT, "name": "cn-north-4" }] }))
                    .into_response()
            }
            (&Method::PUT, "/meta-data/latest/api/token") => "for-metadata".into_response(),
            (&Method::GET, "/openstack/latest/securitykey") => {
                let (access, secret, token) = TEMPORARY;
                json(&json!({ "credential": {
                    "access": access,
                    "secret": secret,
                    "securitytoken": token,
                    "expires_at": "2100-01-01T00:00:00.000000Z",
                }}))
                .into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub(crate) async fn service(iam: &str) -> TestService {
    let mut settings = Settings::default();
    let (access, secret, token) = TEMPORARY;
    settings.auth.signatures.keys.push(KeySettings {
        access: access.to_owned(),
        secret: ServiceKey::new(secret),
        security_token: Some(Secret::new(token)),
        project: PROJECT.to_owned(),
        role: Role::Publisher,
    });
    settings.auth.iam = Some(IamSettings::new(iam, "service", "password", "service"));
    TestService::builder()
        .settings(settings)
        .start()
        .await
        .unwrap()
}

fn profile(folder: &Path, service: &TestService) -> Profile {
    let path = folder.join("credentials");
    let (ak, sk) = (service.access_key(), service.secret_key());
    std::fs::write(&path, format!("[basic]\nak = {ak}\nsk = {sk}\n")).unwrap();
    Profile::at(path)
}

fn environment(service: &TestService) -> Environment {
    Environment::from_variables([
        ("HUAWEICLOUD_SDK_AK", service.access_key()),
        ("HUAWEICLOUD_SDK_SK", service.secret_key()),
    ])
}

#[tokio::test]
async fn every_kind_of_credentials_publishes_and_lists() {
    let iam = identity().await;
    let service = service(&iam).await;
    let watch = Watch::start(&document(), &service.url()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (access, secret, token) = TEMPORARY;
    let builder = || {
        Client::builder()
            .endpoint(watch.url())
            .region("cn-north-4")
            .iam_endpoint(&iam)
    };
    fn with(builder: ClientBuilder, source: impl CredentialSource + 'static) -> Client {
        builder.credentials(source).build().unwrap()
    }
    let clients = [
        (
            "token",
            with(builder(), Token::new(service.token()).project_id(PROJECT)),
        ),
        (
            "keys",
            with(
                builder(),
                AccessKeys::new(service.access_key(), service.secret_key()),
            ),
        ),
        (
            "temporary",
            with(
                builder(),
                AccessKeys::new(access, secret).security_token(token),
            ),
        ),
        (
            "login",
            with(builder(), PasswordLogin::new("Default", "user", "password")),
        ),
        ("environment", with(builder(), environment(&service))),
        ("profile", with(builder(), profile(folder.path(), &service))),
        ("metadata", with(builder(), Metadata::at(&iam))),
        (
            "chain",
            with(
                builder(),
                Chain::empty()
                    .then(Environment::from_variables([("", ""); 0]))
                    .then(Metadata::at(&iam)),
            ),
        ),
    ];
    for (index, (name, client)) in clients.iter().enumerate() {
        // The short form leaves the project to the credentials, or to looking it up.
        let function = client.function("default:hello");
        let version = function
            .publish()
            .version(*name)
            .description("版本 ü")
            .send()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(version.version, *name);
        assert!(version.request_id().is_some());
        let all: Vec<_> = function
            .versions()
            .page_size(2)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(all.len(), index + 2, "{name}");
        let listed = all.iter().find(|listed| listed.version == *name).unwrap();
        assert_eq!(listed, &*version, "{name}");
    }
    assert_eq!(watch.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn refusals_of_the_service_are_told_apart() {
    let service = TestService::builder().start().await.unwrap();
    let watch = Watch::start(&document(), &service.url()).await.unwrap();
    let builder = || Client::builder().endpoint(watch.url()).project_id(PROJECT);
    let client = builder().token(service.token()).build().unwrap();
    let function = client.function(FUNCTION_URN);
    function.publish().version("v1").send().await.unwrap();

    let taken = function.publish().version("v1").send().await.unwrap_err();
    assert!(taken.is_version_taken() && taken.is_conflict(), "{taken}");
    assert_eq!(taken.attempts(), 1);
    let absent = client.function("nix").publish().send().await.unwrap_err();
    assert!(
        absent.is_function_not_found() && absent.is_not_found(),
        "{absent}"
    );
    let urn = format!("{FUNCTION_URN}:v9");
    let absent = client
        .function(&urn)
        .versions()
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(absent.is_version_not_found(), "{absent}");
    let urn = format!("{FUNCTION_URN}:!live");
    let absent = client
        .function(&urn)
        .versions()
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(absent.is_alias_not_found(), "{absent}");
    let reserved = function
        .publish()
        .version("latest")
        .send()
        .await
        .unwrap_err();
    assert!(reserved.is_bad_request(), "{reserved}");
    for stranger in [
        builder().token("unknown").build().unwrap(),
        builder().build().unwrap(),
        builder()
            .credentials(AccessKeys::new(service.access_key(), "wrong"))
            .build()
            .unwrap(),
    ] {
        let error = stranger
            .function(FUNCTION_URN)
            .publish()
            .send()
            .await
            .unwrap_err();
        assert!(error.is_unauthorized(), "{error}");
        assert_eq!(error.kind(), ErrorKind::Service);
        assert!(error.request_id().is_some() && error.code().is_some());
    }
    let elsewhere = function
        .clone()
        .project_id("other")
        .publish()
        .send()
        .await
        .unwrap_err();
    assert!(elsewhere.is_forbidden(), "{elsewhere}");
    assert_eq!(watch.problems(), Vec::<String>::new());
}

/// Before the service, somebody who loses the first answer.
async fn losing_the_first_answer(service: SocketAddr) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (mut caller, _) = listener.accept().await.unwrap();
            let mut there = TcpStream::connect(service).await.unwrap();
            tokio::spawn(async move {
                if number > 0 {
                    return tokio::io::copy_bidirectional(&mut caller, &mut there)
                        .await
                        .map(drop);
                }
                let (mut from, _) = caller.split();
                let (mut answer, mut to) = there.split();
                let mut first = [0];
                tokio::select! {
                    _ = tokio::io::copy(&mut from, &mut to) => {}
                    // It has answered, so it has published.
                    _ = answer.read(&mut first) => {}
                }
                Ok(())
            });
        }
    });
    url
}

/// The service may see that nothing has changed before it sees that the name is taken. Either way
/// the version is the caller's.
#[tokio::test]
async fn a_publication_whose_answer_is_lost_is_a_success() {
    for refuse_unchanged in [false, true] {
        let mut settings = Settings::default();
        settings.rules.refuse_unchanged = refuse_unchanged;
        let service = TestService::builder().settings(settings).start().await;
        let service = service.unwrap();
        let client = Client::builder()
            .endpoint(losing_the_first_answer(service.address()).await)
            .project_id(PROJECT)
            .token(service.token())
            .build()
            .unwrap();
        let function = client.function(FUNCTION_URN);
        let publish = || function.publish().version("v1").description("ours");
        let published = publish().send().await.unwrap();
        assert_eq!((&*published.version, published.attempts()), ("v1", 2));
        // Asked for anew, it is no success.
        let again = publish().send().await.unwrap_err();
        assert_eq!(again.is_unchanged(), refuse_unchanged, "{again}");
        assert_eq!(again.is_version_taken(), !refuse_unchanged, "{again}");
    }
}

/// Whatever is asked for, the service that it is asked of finds the signature good: it answers what
/// the function is to it, not who is calling.
#[test]
fn any_urn_and_query_is_verified_by_the_service() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let service = runtime.block_on(TestService::builder().start()).unwrap();
    let keys = AccessKeys::new(service.access_key(), service.secret_key());
    let client = Client::builder()
        .endpoint(service.url())
        .project_id(PROJECT)
        .credentials(keys)
        .without_retries()
        .build()
        .unwrap();
    let project = || ProjectId::new_unchecked(PROJECT);
    // Names that a URN can have beside any text, and digits beside any query.
    let urn = prop_oneof![any::<String>(), "[a-z0-9_:!-]{1,40}"];
    let number = || prop_oneof![any::<String>(), "[0-9]{1,18}"];
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(128)
    });
    runner
        .run(&(urn, number(), number()), |(urn, marker, maxitems)| {
            prop_assume!(!matches!(urn.as_str(), "." | ".."));
            let urn = || FunctionUrn::new_unchecked(urn.as_str());
            let list = client
                .list_function_versions()
                .project_id(project())
                .function_urn(urn())
                .marker(Marker::new_unchecked(marker))
                .maxitems(MaxItems::new_unchecked(maxitems));
            let publish = client
                .create_function_version()
                .project_id(project())
                .function_urn(urn())
                .body(CreateFunctionVersionRequest::default());
            let listed = runtime.block_on(list.send()).map(drop);
            let published = runtime.block_on(publish.send()).map(drop);
            for error in [listed, published].into_iter().filter_map(Result::err) {
                let status = error.status().map(|status| status.as_u16());
                prop_assert!(matches!(status, Some(400 | 404)), "{}", error);
            }
            Ok(())
        })
        .unwrap();
}
