//! Where credentials come from, and what goes over the wire for them.

use std::time::Duration;

use functiongraph_client::credentials::{
    AccessKeys, Chain, CredentialError, Environment, Metadata, PasswordLogin, Profile, Token,
};
use functiongraph_client::{Client, ErrorKind, RetryPolicy, TimeoutPhase};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::server::{Act, PROJECT, Server, URN, answer, nobody};
use crate::spans::logged;

const EMPTY: &str = r#"{"versions": [], "next_marker": 0}"#;

async fn list(client: &Client) -> Result<(), functiongraph_client::Error> {
    let page = client.function("test").versions().pages().next().await;
    page.unwrap().map(drop)
}

fn variables(pairs: &[(&'static str, &'static str)]) -> Environment {
    Environment::from_variables(pairs.iter().copied())
}

/// The service's endpoint and nothing else.
async fn service() -> Server {
    Server::doing([answer(200, EMPTY)]).await
}

fn at(server: &Server) -> functiongraph_client::ClientBuilder {
    Client::builder()
        .endpoint(server.url())
        .region("cn-north-4")
}

#[tokio::test]
async fn a_token_is_sent() {
    let server = service().await;
    let token = Token::new("t0ken").project_id(PROJECT);
    list(&at(&server).credentials(token).build().unwrap())
        .await
        .unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.header("x-auth-token"), Some("t0ken"));
    assert_eq!(request.header("authorization"), None);
    assert!(request.target.starts_with(&format!("/v2/{PROJECT}/")));
}

#[tokio::test]
async fn expired_credentials_are_not_sent() {
    let server = service().await;
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    let keys = AccessKeys::new("AK", "SK").expires(long_ago);
    for builder in [
        at(&server).credentials(Token::new("t").expires(long_ago)),
        at(&server).credentials(keys),
    ] {
        let error = list(&builder.project_id(PROJECT).build().unwrap())
            .await
            .unwrap_err();
        assert!(matches!(
            error.credential_error(),
            Some(CredentialError::Expired { .. })
        ));
        assert!(error.to_string().contains("expired; renew"), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_environment_has_two_sets_of_names() {
    let server = service().await;
    for (pairs, access) in [
        (
            vec![
                ("HUAWEICLOUD_SDK_AK", "VENDOR"),
                ("HUAWEICLOUD_SDK_SK", "s"),
            ],
            "VENDOR",
        ),
        (
            vec![("CLOUD_SDK_AK", "SAMPLE"), ("CLOUD_SDK_SK", "s")],
            "SAMPLE",
        ),
        (
            vec![
                ("CLOUD_SDK_AK", "SAMPLE"),
                ("CLOUD_SDK_SK", "s"),
                ("HUAWEICLOUD_SDK_AK", "BOTH"),
                ("HUAWEICLOUD_SDK_SK", "s"),
            ],
            "BOTH",
        ),
    ] {
        let source = variables(&pairs);
        let client = at(&server)
            .credentials(source)
            .project_id(PROJECT)
            .build()
            .unwrap();
        list(&client).await.unwrap();
        let request = server.requests().pop().unwrap();
        let authorization = request.header("authorization").unwrap().to_owned();
        assert!(
            authorization.contains(&format!("Access={access},")),
            "{authorization}"
        );
        assert_eq!(request.header("x-project-id"), Some(PROJECT));
    }
    let all = variables(&[
        ("HUAWEICLOUD_SDK_AK", "AK"),
        ("HUAWEICLOUD_SDK_SK", "SK"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "temporary"),
        ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT),
    ]);
    list(&at(&server).credentials(all).build().unwrap())
        .await
        .unwrap();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.header("x-security-token"), Some("temporary"));
    assert!(request.target.starts_with(&format!("/v2/{PROJECT}/")));

    let half = variables(&[("HUAWEICLOUD_SDK_AK", "AK")]);
    let error = at(&server).credentials(half).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert!(
        error.to_string().contains("HUAWEICLOUD_SDK_SK is not"),
        "{error}"
    );
}

#[tokio::test]
async fn a_profile_file_has_a_section() {
    let server = service().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    let text = "# mine\r\n[global]\r\nak = no\r\n\r\n[ basic ]\r\nak = FILE\r\nsk=s3=cret\r\nproject_id = 7aad83af3e8d42e99ac194e8419e2c9b\r\n; end";
    std::fs::write(&path, text).unwrap();
    list(&at(&server).credentials(Profile::at(&path)).build().unwrap())
        .await
        .unwrap();
    let request = &server.requests()[0];
    assert!(
        request
            .header("authorization")
            .unwrap()
            .contains("Access=FILE,")
    );
    assert!(request.target.contains(PROJECT));

    for (text, part) in [
        ("[basic]\nak = a\nsk", "line 3"),
        ("ak = a", "line 1"),
        ("[basic]\nsecret = s3cret", "`ak` is missing"),
        ("[basic\nak = a", "line 1"),
        ("[basic]\nak = a\nak = b", "line 3"),
        ("[basic]\nak = a", "`sk` is missing"),
        ("[basic]\nsk = s3cret", "`ak` is missing"),
        ("[basic]\nak = a b\nsk = s3cret", "access key"),
        ("[basic]\nak = a\nsk = \"s3cret\"", "line 3"),
        (
            "[basic]\nak = a\nsk = s3cret\niam_endpoint = nonsense",
            "`nonsense` is no endpoint",
        ),
    ] {
        let builder = at(&server)
            .credentials(Profile::at(&path))
            .project_id(PROJECT);
        // One that is not there yet keeps no client from being built.
        std::fs::remove_file(&path).unwrap();
        let client = builder.clone().build().unwrap();
        std::fs::write(&path, text).unwrap();
        for error in [
            builder.build().unwrap_err(),
            list(&client).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Credentials);
            assert!(error.to_string().contains(part), "{error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_profile_file_may_have_more_keys() {
    let server = service().await;
    let (_folder, path) = profile("[basic]\nak = FILE\nregion = x\nsk = s3cret\nregion = y\n");
    // What is left out is told once, however many calls read it.
    let told = logged(async {
        let client = at(&server).project_id(PROJECT);
        let client = client.credentials(Profile::at(&path)).build().unwrap();
        for _ in 0..3 {
            list(&client).await.unwrap();
        }
    })
    .await;
    assert_eq!(told.matches("left out").count(), 1, "{told}");
    assert!(told.contains("lines=[3, 5]"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    assert_eq!(server.count(), 3);
    // One that has nothing of the kind says nothing.
    let (_folder, path) = profile("[global]\nregion = x\n[basic]\nak = FILE\nsk = s3cret\n");
    let told = logged(async {
        let client = at(&server).project_id(PROJECT);
        let client = client.credentials(Profile::at(&path)).build().unwrap();
        list(&client).await.unwrap();
    })
    .await;
    assert!(!told.contains("left out"), "{told}");
}

/// A file with a text, in a folder of its own.
fn profile(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn a_profile_for_a_whole_account_does_where_no_other_is() {
    let global = "[global]\nak = WIDE\nsk = s3cret\ndomain_id = d\nsecurity_token = t0ken\niam_endpoint = https://iam\n";
    let (_folder, path) = profile(global);
    let keys = Profile::at(&path).keys().unwrap();
    assert_eq!(keys.access_key(), "WIDE");
    assert!(keys.is_temporary());
    assert_eq!(
        (keys.project(), keys.iam_endpoint()),
        (None, Some("https://iam"))
    );

    let (_folder, path) = profile(&format!("{global}[basic]\nak = NARROW\nsk = s3cret\n"));
    let keys = Profile::at(&path).keys().unwrap();
    assert_eq!(keys.access_key(), "NARROW");
    assert!(!keys.is_temporary());
    assert_eq!(keys.iam_endpoint(), None);

    // One that is there counts, also where it is no good.
    let (_folder, path) = profile(&format!("{global}[basic]\nak = NARROW\n"));
    let error = Profile::at(&path).keys().unwrap_err().to_string();
    assert!(error.contains("section [basic]"), "{error}");
    // What stands twice in a section that does not count is nobody's business.
    let (_folder, path) = profile("[basic]\nak = A\nsk = s\n[global]\nak = B\nak = C\n");
    assert_eq!(Profile::at(&path).keys().unwrap().access_key(), "A");
    let (_folder, path) = profile("[other]\nak = A\n");
    let error = Profile::at(&path).keys().unwrap_err();
    assert!(matches!(error, CredentialError::Absent { .. }), "{error}");
    assert!(error.to_string().contains("neither"), "{error}");
}

#[test]
fn local_sources_tell_what_they_have() {
    let all = variables(&[
        ("HUAWEICLOUD_SDK_AK", " AK\n"),
        ("HUAWEICLOUD_SDK_SK", "SK"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "temporary"),
        ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", " "),
    ]);
    let keys = all.keys().unwrap();
    assert_eq!(keys.access_key(), "AK");
    assert!(keys.is_temporary());
    assert_eq!((keys.project(), keys.iam_endpoint()), (Some(PROJECT), None));
    let vendors = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK");
    assert_eq!(all.key_names(), vendors);
    let sample = variables(&[("CLOUD_SDK_AK", "AK")]);
    assert_eq!(sample.key_names(), ("CLOUD_SDK_AK", "CLOUD_SDK_SK"));
    assert_eq!(variables(&[]).key_names(), vendors);
    assert!(matches!(
        variables(&[]).keys(),
        Err(CredentialError::Absent { .. })
    ));
    let unusable = variables(&[("CLOUD_SDK_AK", "A B"), ("CLOUD_SDK_SK", "s3cret")]);
    let error = unusable.keys().unwrap_err().to_string();
    assert!(
        error.starts_with("credentials in the environment cannot be used: an access key"),
        "{error}"
    );
    let path = std::path::Path::new("/somewhere");
    assert_eq!(Profile::at(path).path().unwrap(), path);
}

#[tokio::test]
async fn a_profile_file_that_is_named_has_to_be_there() {
    let server = service().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing").display().to_string();
    let environment = Environment::from_variables([("HUAWEICLOUD_SDK_CREDENTIALS_FILE", path)]);
    let client = at(&server).project_id(PROJECT);
    let client = client.credentials(Chain::with_environment(environment));
    let error = client.build().unwrap_err();
    assert!(
        matches!(
            error.credential_error(),
            Some(CredentialError::Malformed { .. })
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("there is no such file"),
        "{error}"
    );
}

/// The keys of a metadata service, which end when it says.
fn keys(access: &str, expires_at: &str) -> Value {
    json!({ "credential": {
        "access": access, "secret": "s3cret", "securitytoken": "temporary", "expires_at": expires_at,
    }})
}

#[tokio::test]
async fn cloud_servers_have_keys_that_are_kept() {
    // By a local clock that is off, new keys may have ended; the service judges by its own.
    for expires_at in ["2100-01-01T00:00:00.000000Z", "2020-01-01T00:00:00Z"] {
        let service = service().await;
        let metadata = Server::with(move |_, request| match request.method.as_str() {
            "PUT" => answer(200, "metadata-token\n").into(),
            _ => answer(200, keys("META", expires_at)).into(),
        })
        .await;
        let source = Metadata::at(metadata.url());
        let client = at(&service)
            .credentials(source)
            .project_id(PROJECT)
            .build()
            .unwrap();
        for _ in 0..3 {
            list(&client).await.unwrap();
        }
        let requests = metadata.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].target, "/meta-data/latest/api/token");
        assert_eq!(
            requests[0].header("x-metadata-token-ttl-seconds"),
            Some("21600")
        );
        assert_eq!(requests[1].target, "/openstack/latest/securitykey");
        assert_eq!(
            requests[1].header("x-metadata-token"),
            Some("metadata-token")
        );
        let request = &service.requests()[0];
        assert_eq!(request.header("x-security-token"), Some("temporary"));
    }
}

/// A metadata service that is busy is no missing one: the keys are there, a moment later.
#[tokio::test]
async fn a_metadata_service_that_is_busy_is_asked_again() {
    for status in [429, 500, 503] {
        for place in [0, 1] {
            let server = Server::with(move |count, request| match request.target.as_str() {
                _ if count == place => answer(status, "").header("retry-after", "0").into(),
                "/openstack/latest/securitykey" => {
                    answer(200, keys("AK", "2100-01-01T00:00:00Z")).into()
                }
                _ if request.method == "PUT" => answer(200, "metadata-token").into(),
                _ => answer(200, EMPTY).into(),
            })
            .await;
            let source = Chain::empty().then(Metadata::at(server.url()));
            let policy = RetryPolicy::new().first_delay(Duration::from_millis(1));
            let builder = at(&server).credentials(source).retries(policy);
            let client = builder.project_id(PROJECT).build().unwrap();
            list(&client).await.unwrap();
        }
        let server = Server::doing([answer(status, "").header("x-request-id", "m")]).await;
        let builder = at(&server).credentials(Metadata::at(server.url()));
        let client = builder.without_retries().project_id(PROJECT).build();
        let error = list(&client.unwrap()).await.unwrap_err();
        assert!(error.is_credentials());
        assert_eq!(error.status().unwrap(), status);
        assert_eq!((error.request_id(), server.count()), (Some("m"), 1));
    }
}

#[tokio::test]
async fn a_chain_tells_what_it_tried() {
    let server = service().await;
    let folder = tempfile::tempdir().unwrap();
    let chain = || {
        Chain::empty()
            .then(variables(&[]))
            .then(Profile::at(folder.path().join("nothing")))
    };
    let last = chain().then(Metadata::at(nobody().await));
    let client = at(&server)
        .credentials(last)
        .project_id(PROJECT)
        .build()
        .unwrap();
    let error = list(&client).await.unwrap_err();
    assert!(error.is_credentials());
    for part in [
        "the environment (HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are not set)",
        "nothing (there is no such file)",
        "the metadata service of the cloud server (no connection",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let Some(CredentialError::NoneFound(tried)) = error.credential_error() else {
        panic!("{error:?}");
    };
    assert_eq!(tried.len(), 3);

    let found = chain().then(AccessKeys::new("LAST", "s"));
    let client = at(&server)
        .credentials(found)
        .project_id(PROJECT)
        .build()
        .unwrap();
    list(&client).await.unwrap();
    // A half of a pair ends the search.
    let half = Chain::empty()
        .then(variables(&[("CLOUD_SDK_SK", "s")]))
        .then(AccessKeys::new("LAST", "s"));
    let error = at(&server).credentials(half).build().unwrap_err();
    assert!(error.is_credentials(), "{error}");
    // What stands behind one that has some is not asked.
    let before = Chain::empty()
        .then(AccessKeys::new("FIRST", "s"))
        .then(variables(&[("CLOUD_SDK_SK", "s")]));
    let client = at(&server).credentials(before).project_id(PROJECT);
    list(&client.build().unwrap()).await.unwrap();
    assert_eq!(server.count(), 2);
}

/// A chain sends a refused call again only where the source of what was refused has better.
#[tokio::test]
async fn a_chain_knows_whose_credentials_were_refused() {
    let server = Server::doing([answer(401, "{}")]).await;
    let identity = identity("2100-01-01T00:00:00Z").await;
    let token = Token::new("fixed");
    for (chain, count) in [
        (Chain::empty().then(token).then(login(&identity)), 1),
        (
            Chain::empty().then(variables(&[])).then(login(&identity)),
            2,
        ),
    ] {
        let before = server.count();
        let client = at(&server).credentials(chain).project_id(PROJECT);
        let error = list(&client.build().unwrap()).await.unwrap_err();
        assert!(error.is_unauthorized());
        assert_eq!(server.count() - before, count);
    }
}

// Logging in.

/// An identity service whose tokens end when it says, and are numbered.
async fn identity(expires_at: &'static str) -> Server {
    Server::with(move |count, _| {
        let body = json!({ "token": { "expires_at": expires_at, "project": { "id": PROJECT, "name": "cn-north-4" } } });
        answer(201, body).header("x-subject-token", &format!("token-{count}")).into()
    })
    .await
}

fn login(identity: &Server) -> PasswordLogin {
    PasswordLogin::new("account", "user", "pass\"word").endpoint(identity.url())
}

/// Lists by so many calls at once.
async fn list_at_once(client: &Client, calls: usize) {
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list(&client).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn many_calls_share_one_login() {
    let (service, identity) = (
        service().await,
        identity("2100-01-01T00:00:00.000000Z").await,
    );
    let client = at(&service).credentials(login(&identity)).build().unwrap();
    list_at_once(&client, 20).await;
    assert_eq!(service.count(), 20);
    let requests = identity.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target, "/v3/auth/tokens?nocatalog=true");
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let domain = json!({ "name": "account" });
    assert_eq!(
        body,
        json!({ "auth": {
            "identity": {
                "methods": ["password"],
                "password": { "user": { "name": "user", "password": "pass\"word", "domain": domain } },
            },
            "scope": { "project": { "name": "cn-north-4", "domain": domain } },
        }})
    );
    for request in service.requests() {
        assert_eq!(request.header("x-auth-token"), Some("token-0"));
        assert!(request.target.contains(PROJECT));
    }
}

/// However soon the token ends, and whatever a clock that is off makes of that: who waited for the
/// login takes what came of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_calls_share_a_login_that_ends_soon() {
    for expires_at in ["2020-01-01T00:00:00Z", "soon"] {
        let (service, identity) = (service().await, identity(expires_at).await);
        let client = at(&service).credentials(login(&identity)).build().unwrap();
        list_at_once(&client, 20).await;
        assert_eq!((service.count(), identity.count()), (20, 1));
    }
}

/// A later login that stalls does not hide why there had to be one.
#[tokio::test]
async fn a_refusal_is_not_lost_in_the_login_after_it() {
    let service = Server::doing([
        answer(401, json!({ "error_code": "FSS.0401" })).header("x-request-id", "the-refused")
    ])
    .await;
    let identity = Server::doing([
        answer(201, json!({ "token": { "project": { "id": PROJECT } } }))
            .header("x-subject-token", "t0ken")
            .into(),
        Act::Stall,
    ])
    .await;
    let builder = at(&service).credentials(login(&identity));
    let client = builder.timeout(Duration::from_secs(3)).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Call));
    let last = error.last_attempt().unwrap();
    assert_eq!(last.code(), Some("FSS.0401"));
    assert_eq!(last.request_id(), Some("the-refused"));
}

#[tokio::test]
async fn a_token_is_renewed_when_it_is_refused() {
    let revoked = revoking().await;
    let identity = identity("2100-01-01T00:00:00Z").await;
    let client = at(&revoked).credentials(login(&identity)).build().unwrap();
    list(&client).await.unwrap();
    assert_eq!(identity.count(), 2);
    assert_eq!(revoked.count(), 2);
    // Refused again, it stays refused.
    let refusing = Server::doing([answer(401, "{}")]).await;
    let client = at(&refusing).credentials(login(&identity)).build().unwrap();
    assert!(list(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(refusing.count(), 2);
}

/// Answers 401 to the first token, and takes all others.
async fn revoking() -> Server {
    Server::with(|_, request| {
        if request.header("x-auth-token") == Some("token-0") {
            answer(401, json!({ "error_code": "FSS.0401" })).into()
        } else {
            answer(200, EMPTY).into()
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_refused_calls_share_one_new_login() {
    for _ in 0..5 {
        let revoking = revoking().await;
        let identity = identity("2100-01-01T00:00:00Z").await;
        let client = at(&revoking).credentials(login(&identity)).build().unwrap();
        list_at_once(&client, 40).await;
        assert_eq!(identity.count(), 2);
    }
}

#[tokio::test]
async fn an_old_token_serves_while_the_identity_service_stalls() {
    let service = service().await;
    let soon = std::time::SystemTime::now() + Duration::from_secs(60);
    // Good for a minute, which is less than the margin.
    let expires = functiongraph_client::types::LastModified::from_instant(soon).unwrap();
    let body = json!({ "token": { "expires_at": expires.as_str(), "project": { "id": PROJECT } } });
    let first = answer(201, body).header("x-subject-token", "token-0");
    let identity = Server::doing([first.into(), Act::Stall]).await;
    let client = at(&service).credentials(login(&identity)).build().unwrap();
    for _ in 0..3 {
        list(&client).await.unwrap();
    }
    assert_eq!((identity.count(), service.count()), (1, 3));
}

#[tokio::test]
async fn without_retries_a_refused_call_is_not_sent_again() {
    let revoking = revoking().await;
    let identity = identity("2100-01-01T00:00:00Z").await;
    let client = at(&revoking)
        .credentials(login(&identity))
        .without_retries()
        .build()
        .unwrap();
    let error = list(&client).await.unwrap_err();
    assert!(error.is_unauthorized());
    assert_eq!((error.attempts(), revoking.count()), (1, 1));
    // The next call logs in anew.
    list(&client).await.unwrap();
    assert_eq!((revoking.count(), identity.count()), (2, 2));
}

#[tokio::test]
async fn a_login_is_for_the_clients_project() {
    let service = service().await;
    let identity = identity("2100-01-01T00:00:00Z").await;
    let client = Client::builder()
        .endpoint(service.url())
        .iam_endpoint(identity.url())
        .project_id(PROJECT)
        .credentials(PasswordLogin::new("account", "user", "password"))
        .build()
        .unwrap();
    list(&client).await.unwrap();
    let body: Value = serde_json::from_slice(&identity.requests()[0].body).unwrap();
    assert_eq!(
        body["auth"]["scope"],
        json!({ "project": { "id": PROJECT } })
    );
}

#[tokio::test]
async fn a_login_that_fails_says_why() {
    let service = service().await;
    let wrong = json!({ "error": { "code": 401, "message": "The password is wrong.", "title": "Unauthorized" } });
    let refusing = Server::doing([answer(401, wrong).header("x-iam-trace-id", "trace")]).await;
    let client = at(&service).credentials(login(&refusing)).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list_function_versions: the identity service refused the login: 401 401: The password is wrong. (request id trace)"
    );
    assert_eq!(refusing.count(), 1);

    // One that is away is tried again, as the call's attempts allow.
    let policy = RetryPolicy::new();
    let away = Server::doing([answer(503, "")]).await;
    let policy = policy.first_delay(Duration::from_millis(1));
    let builder = at(&service).project_id(PROJECT).retries(policy);
    let client = builder.credentials(login(&away)).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert!(error.is_credentials());
    assert_eq!((error.attempts(), away.count()), (4, 4));
    assert_eq!(service.count(), 0);
    assert_eq!(error.status().unwrap(), 503);
}

#[tokio::test]
async fn what_the_identity_service_answers_is_kept() {
    let service = service().await;
    let policy = RetryPolicy::new().first_delay(Duration::from_millis(1));
    let body = json!({ "error": { "code": "IAM.0011", "message": "Slow down.", "title": "x" } });
    for status in [429, 500, 503] {
        let busy = answer(status, &body)
            .header("x-iam-trace-id", "trace")
            .header("retry-after", "3600");
        let busy = Server::doing([busy]).await;
        let client = at(&service).retries(policy);
        let client = client.credentials(login(&busy)).build().unwrap();
        let error = list(&client).await.unwrap_err();
        assert!(error.is_credentials());
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.code(), Some("IAM.0011"));
        assert_eq!(error.request_id(), Some("trace"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        assert_eq!(error.is_throttled(), status == 429);
        let text = error.to_string();
        assert!(
            text.contains(", IAM.0011: Slow down. (request id trace)"),
            "{text}"
        );
        assert_eq!(text.matches("trace").count(), 1, "{text}");
        // It asks to wait for longer than the call may take.
        assert_eq!((error.attempts(), busy.count()), (1, 1));
    }
    let wrong = Server::doing([answer(404, "{}")]).await;
    let client = at(&service).credentials(login(&wrong)).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert!(!error.is_not_found());
}

#[tokio::test]
async fn what_servers_say_stays_on_one_short_line() {
    let nasty = format!("a\n\u{1b}[2J{}", "x".repeat(10_000));
    let refusal = answer(
        401,
        json!({ "error_code": nasty, "error_msg": nasty, "request_id": nasty }),
    );
    let server = Server::doing([refusal]).await;
    for client in [
        at(&server).credentials(login(&server)).build().unwrap(),
        at(&server).project_id(PROJECT).token("t").build().unwrap(),
    ] {
        let error = list(&client).await.unwrap_err();
        for text in [
            error.to_string(),
            error.code().unwrap().to_owned(),
            error.request_id().unwrap().to_owned(),
        ] {
            assert!(!text.contains(char::is_control), "{text}");
            assert!(text.len() < 1000, "{text}");
        }
    }
}

#[tokio::test]
async fn an_identity_service_that_will_not_do_is_not_tried_again() {
    let service = service().await;
    let policy = RetryPolicy::new().first_delay(Duration::from_millis(1));
    let large = "HTTP/1.1 201 X\r\ncontent-length: 2000000\r\n\r\n{";
    for (act, count) in [
        (answer(302, "").header("location", "/login").into(), 1),
        (Act::Bytes(large.to_owned()), 1),
        (Act::Reset, 4),
    ] {
        let identity = Server::doing([act]).await;
        let client = at(&service).retries(policy);
        let client = client.credentials(login(&identity)).build().unwrap();
        let error = list(&client).await.unwrap_err();
        assert!(error.is_credentials());
        assert_eq!(identity.count(), count, "{error}");
    }
    // Nobody speaks TLS there.
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secure = format!("https://{}", plain.local_addr().unwrap());
    tokio::spawn(async move {
        // Kept open, so that nothing but the text is seen.
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = plain.accept().await.unwrap();
            stream.write_all(b"no TLS is spoken here").await.unwrap();
            open.push(stream);
        }
    });
    let source = PasswordLogin::new("account", "user", "password").endpoint(secure);
    let client = at(&service).retries(policy).credentials(source);
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(error.attempts(), 1, "{error}");
}

// The project.

#[tokio::test]
async fn the_project_of_keys_is_looked_up_once() {
    let service = service().await;
    let identity = Server::doing([answer(
        200,
        json!({ "projects": [{ "id": PROJECT, "name": "cn-north-4" }] }),
    )])
    .await;
    let client = at(&service)
        .iam_endpoint(identity.url())
        .credentials(AccessKeys::new("AK", "SK"))
        .build()
        .unwrap();
    for _ in 0..3 {
        list(&client).await.unwrap();
    }
    assert_eq!(service.count(), 3);
    let requests = identity.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target, "/v3/projects?name=cn-north-4");
    assert!(
        requests[0]
            .header("authorization")
            .unwrap()
            .starts_with("SDK-HMAC-SHA256 Access=AK,")
    );
    assert!(service.requests()[0].target.contains(PROJECT));

    for projects in [json!([]), json!([{ "id": "a" }, { "id": "b" }])] {
        let identity = Server::doing([answer(200, json!({ "projects": projects }))]).await;
        let client = at(&service)
            .iam_endpoint(identity.url())
            .credentials(AccessKeys::new("AK", "SK"))
            .build()
            .unwrap();
        let error = list(&client).await.unwrap_err();
        assert!(error.to_string().contains("name the project"), "{error}");
    }
    // A URN that names its project needs no looking up.
    let client = at(&service)
        .credentials(AccessKeys::new("AK", "SK"))
        .build()
        .unwrap();
    client.function(URN).publish().send().await.unwrap();
}

#[tokio::test]
async fn many_calls_share_one_failure_to_look_the_project_up() {
    let service = service().await;
    let identity = Server::with(|_, _| {
        // Long enough for all calls to be waiting.
        std::thread::sleep(Duration::from_millis(300));
        answer(403, json!({ "error_code": "PAP.0001", "error_msg": "no" })).into()
    })
    .await;
    let client = at(&service)
        .iam_endpoint(identity.url())
        .credentials(AccessKeys::new("AK", "SK"))
        .build()
        .unwrap();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list(&client).await.unwrap_err() })
        })
        .collect();
    for call in calls {
        let error = call.await.unwrap();
        assert_eq!(error.code(), Some("PAP.0001"));
        assert_eq!(error.operation(), Some("list_function_versions"));
    }
    assert_eq!(identity.count(), 1);
    // Who comes later asks for itself.
    list(&client).await.unwrap_err();
    assert_eq!((identity.count(), service.count()), (2, 0));
}

/// A call whose time is up while it looks the project up leaves that to those who wait and have time.
#[tokio::test]
async fn a_lookup_that_takes_one_calls_time_takes_no_others() {
    let service = service().await;
    let identity = Server::with(|count, _| match count {
        0 => Act::Stall,
        _ => answer(200, json!({ "projects": [{ "id": PROJECT }] })).into(),
    })
    .await;
    let client = at(&service)
        .iam_endpoint(identity.url())
        .credentials(AccessKeys::new("AK", "SK"))
        .timeout(Duration::from_secs(3))
        .build()
        .unwrap();
    let first = {
        let client = client.clone();
        tokio::spawn(async move { list(&client).await })
    };
    while identity.count() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    // Half of its time is left when the first one's is up.
    list(&client).await.unwrap();
    assert!(first.await.unwrap().unwrap_err().is_timeout());
    assert_eq!(identity.count(), 2);
}

/// What the identity service does not find is not the function.
#[tokio::test]
async fn the_lookups_answer_is_not_the_services() {
    let service = service().await;
    for status in [403, 404, 409, 503] {
        let identity =
            Server::doing([answer(status, r#"{"error": {"code": 1, "message": "no"}}"#)]).await;
        let client = at(&service)
            .iam_endpoint(identity.url())
            .credentials(AccessKeys::new("AK", "SK"))
            .without_retries()
            .build()
            .unwrap();
        let error = list(&client).await.unwrap_err();
        assert!(error.is_credentials(), "{error}");
        assert!(!error.is_not_found() && !error.is_conflict() && !error.is_forbidden());
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.operation(), Some("list_function_versions"));
        assert_eq!(error.is_transient(), status == 503);
        assert!(
            error.to_string().contains("the identity service"),
            "{error}"
        );
    }
    let client = at(&service)
        .iam_endpoint(nobody().await)
        .credentials(AccessKeys::new("AK", "SK"))
        .without_retries();
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error.to_string().contains("looking the project up at"),
        "{error}"
    );
    assert_eq!(service.count(), 0);
}

#[tokio::test]
async fn looking_for_the_project_takes_from_the_calls_time() {
    let service = service().await;
    let stalling = Server::doing([Act::Stall]).await;
    let limit = Duration::from_millis(300);
    let builder = || at(&service).timeout(limit);
    let clients = [
        builder().credentials(login(&stalling)).build().unwrap(),
        builder()
            .iam_endpoint(stalling.url())
            .credentials(AccessKeys::new("AK", "SK"))
            .build()
            .unwrap(),
    ];
    let began = std::time::Instant::now();
    for client in &clients {
        let function = client.function("test");
        let publish = function.publish();
        for (error, operation) in [
            (list(client).await.unwrap_err(), "list_function_versions"),
            (
                publish.clone().send().await.unwrap_err(),
                "create_function_version",
            ),
            (
                publish.prepare().await.unwrap_err(),
                "create_function_version",
            ),
            (
                function.versions().prepare().await.unwrap_err(),
                "list_function_versions",
            ),
        ] {
            assert_eq!(
                error.kind(),
                ErrorKind::Timeout(TimeoutPhase::Call),
                "{error}"
            );
            assert_eq!(error.operation(), Some(operation));
            assert_eq!(error.attempts(), 1);
        }
    }
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(service.count(), 0);
}

#[tokio::test]
async fn a_login_for_the_project_is_retried_as_the_call_is() {
    let service = service().await;
    let away = Server::doing([answer(503, "")]).await;
    let policy = RetryPolicy::new();
    let client = at(&service)
        .retries(policy.first_delay(Duration::from_millis(1)))
        .credentials(login(&away))
        .build()
        .unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.operation(), Some("list_function_versions"));
    assert_eq!((error.attempts(), away.count()), (4, 4));
}

#[tokio::test]
async fn a_clock_that_is_off_is_named() {
    let refusal = json!({ "error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: x" });
    for (date, off) in [("Sat, 21 Nov 2020 12:00:00 GMT", true), ("", false)] {
        let server = Server::doing([answer(401, &refusal).header("date", date)]).await;
        let client = at(&server)
            .credentials(AccessKeys::new("AK", "SK"))
            .project_id(PROJECT)
            .build()
            .unwrap();
        let error = list(&client).await.unwrap_err();
        assert!(error.is_unauthorized());
        assert_eq!(error.clock_skew().is_some_and(|skew| skew > 86_400), off);
        assert_eq!(
            error.to_string().contains("the local clock is"),
            off,
            "{error}"
        );
        assert_eq!(error.code(), Some("APIGW.0301"));
    }
}

/// A service that tells its time in its message alone, beside the time that it refuses.
#[tokio::test]
async fn a_clock_that_is_off_is_named_in_messages_too() {
    let server = Server::with(|_, request| {
        let text = match request.header("x-sdk-date") {
            Some(date) => format!("{date} is too far from 20201121T120000Z"),
            None => "it is 20201121T120000Z".to_owned(),
        };
        let refusal = json!({ "error_code": "FSS.0401", "error_msg": text });
        answer(401, refusal).into()
    })
    .await;
    let keys = at(&server).credentials(AccessKeys::new("AK", "SK"));
    let error = list(&keys.project_id(PROJECT).build().unwrap()).await;
    let error = error.unwrap_err();
    assert!(error.clock_skew().unwrap() > 86_400 * 365, "{error}");
    assert!(
        error.to_string().contains("ahead of the server's"),
        "{error}"
    );
    // A clock matters to signatures alone.
    let token = at(&server).token("t0ken").project_id(PROJECT);
    let error = list(&token.build().unwrap()).await.unwrap_err();
    assert_eq!(error.clock_skew(), None);
}

#[tokio::test]
async fn secrets_stay_out_of_every_message() {
    let server = Server::doing([Act::Reset]).await;
    let sources: Vec<functiongraph_client::ClientBuilder> = vec![
        at(&server).token("s3cret"),
        at(&server).credentials(AccessKeys::new("AK", "s3cret").security_token("s3cret")),
        at(&server).credentials(variables(&[
            ("HUAWEICLOUD_SDK_AK", "AK"),
            ("HUAWEICLOUD_SDK_SK", "s3cret"),
        ])),
    ];
    for builder in sources {
        let client = builder
            .project_id(PROJECT)
            .without_retries()
            .build()
            .unwrap();
        let error = list(&client).await.unwrap_err();
        for text in [
            error.to_string(),
            format!("{error:?}"),
            format!("{client:?}"),
        ] {
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
