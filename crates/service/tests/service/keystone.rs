//! Tokens and keys of a real Keystone, which `cargo xtask test --only keystone` installs and starts:
//! it runs these tests, and tells them in `FUNCTIONGRAPH_KEYSTONE` where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request as Asked, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use functiongraph_service::auth::IamSettings;
use functiongraph_service::config::Settings;
use functiongraph_service::domain::ActorKind;
use functiongraph_service::store::Administration as _;
use functiongraph_service::testing::TestService;
use functiongraph_signing::{SecretKey, Signer, SigningTime};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http::Fixture;
use crate::wire::{Answer, Request, get, post};

/// Where the Keystone is, and the password of its first account, `admin`.
const VARIABLE: &str = "FUNCTIONGRAPH_KEYSTONE";

/// The Keystone, by its administrator.
struct Keystone {
    http: reqwest::Client,
    url: String,
    password: String,
    token: String,
}

/// A user with one role in a project of its own.
struct User {
    id: String,
    name: String,
    project: String,
}

const PASSWORD: &str = "of a user";

impl Keystone {
    async fn connect() -> Self {
        let place = std::env::var(VARIABLE)
            .unwrap_or_else(|_| panic!("{VARIABLE} is not set: cargo xtask test --only keystone"));
        let place: Value = serde_json::from_str(&place).unwrap();
        let text = |name: &str| place[name].as_str().unwrap().to_owned();
        // The service does this for its own client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut keystone = Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: text("url"),
            password: text("password"),
            token: String::new(),
        };
        let scope = json!({"project": {"name": "admin", "domain": {"name": "Default"}}});
        let password = keystone.password.clone();
        keystone.token = keystone.log_in("admin", &password, scope).await;
        keystone
    }

    async fn log_in(&self, user: &str, password: &str, scope: Value) -> String {
        let user = json!({"name": user, "domain": {"name": "Default"}, "password": password});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": scope,
        }});
        let url = format!("{}/v3/auth/tokens", self.url);
        let response = self.http.post(url).body(body.to_string());
        let response = response.header("Content-Type", "application/json");
        let response = response.send().await.unwrap();
        assert_eq!(response.status(), 201);
        let token = response.headers().get("x-subject-token").unwrap();
        token.to_str().unwrap().to_owned()
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .http
            .request(method, format!("{}/v3/{path}", self.url))
            .header("X-Auth-Token", &self.token);
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn create(&self, kind: &str, path: &str, fields: Value) -> String {
        let made = self.call(Method::POST, path, Some(json!({kind: fields})));
        made.await[kind]["id"].as_str().unwrap().to_owned()
    }

    /// A new user with a role in a new project. Names are the test's own: all tests share one
    /// Keystone.
    async fn user(&self, name: &str, role: &str) -> User {
        let project = self
            .create(
                "project",
                "projects",
                json!({"name": name, "domain_id": "default"}),
            )
            .await;
        let user = json!({"name": name, "domain_id": "default", "password": PASSWORD});
        let user = User {
            id: self.create("user", "users", user).await,
            name: name.to_owned(),
            project,
        };
        self.assign(&user, role, Method::PUT).await;
        user
    }

    /// Gives a role, or takes it away.
    async fn assign(&self, user: &User, role: &str, method: Method) {
        let roles = self
            .call(Method::GET, &format!("roles?name={role}"), None)
            .await;
        let role = roles["roles"][0]["id"].as_str().unwrap();
        let path = format!("projects/{}/users/{}/roles/{role}", user.project, user.id);
        self.call(method, &path, None).await;
    }

    async fn token_of(&self, user: &User) -> String {
        let scope = json!({"project": {"id": user.project}});
        self.log_in(&user.name, PASSWORD, scope).await
    }

    async fn revoke(&self, token: &str) {
        let url = format!("{}/v3/auth/tokens", self.url);
        let request = self.http.delete(url).header("X-Auth-Token", &self.token);
        let response = request.header("X-Subject-Token", token).send().await;
        assert_eq!(response.unwrap().status(), 204);
    }

    fn settings(&self, url: &str) -> IamSettings {
        IamSettings::new(url, "admin", &*self.password, "admin")
    }
}

/// What stands between service and Keystone: counts, and cuts.
struct Relay {
    http: reqwest::Client,
    to: String,
    up: AtomicBool,
    validations: AtomicUsize,
    logins: AtomicUsize,
}

impl Relay {
    async fn start(keystone: &Keystone) -> (Arc<Self>, String) {
        let relay = Arc::new(Self {
            http: keystone.http.clone(),
            to: keystone.url.clone(),
            up: AtomicBool::new(true),
            validations: AtomicUsize::new(0),
            logins: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&relay));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (relay, url)
    }
}

async fn pass(State(relay): State<Arc<Relay>>, asked: Asked) -> Response {
    if !relay.up.load(Ordering::SeqCst) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let (head, body) = asked.into_parts();
    if head.uri.path() == "/v3/auth/tokens" {
        let count = match head.method {
            Method::POST => &relay.logins,
            _ => &relay.validations,
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut headers = head.headers;
    headers.remove("host");
    let request = relay
        .http
        .request(head.method, format!("{}{}", relay.to, head.uri))
        .headers(headers)
        .body(body);
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
    *response.status_mut() = status;
    for name in ["x-subject-token", "content-type"] {
        if let Some(value) = headers.get(name) {
            response
                .headers_mut()
                .insert(axum::http::HeaderName::from_static(name), value.clone());
        }
    }
    response
}

/// A service with a function in a project of the Keystone.
async fn service(settings: IamSettings, project: &str) -> TestService {
    let mut all = Settings::default();
    all.auth.iam = Some(settings);
    let service = TestService::builder().settings(all).start().await.unwrap();
    let mut function: Value = serde_json::from_str(include_str!("data/s1-version.json")).unwrap();
    function["func_urn"] = format!("urn:fss:test-1:{project}:function:default:test").into();
    service.import(&function.to_string()).await.unwrap();
    service
}

fn path(project: &str) -> String {
    format!("/v2/{project}/fgs/functions/test/versions")
}

async fn list(service: &TestService, project: &str, token: &str) -> Answer {
    let request = get(path(project)).token(token);
    request.send(service.address()).await
}

async fn publish(service: &TestService, project: &str, token: &str) -> Answer {
    let request = post(path(project)).token(token);
    request.send(service.address()).await
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn tokens_do_what_their_roles_allow() {
    let keystone = Keystone::connect().await;
    let member = keystone.user("does-member", "member").await;
    let reader = keystone.user("does-reader", "reader").await;
    let stranger = keystone.user("does-service", "service").await;
    let service = service(keystone.settings(&keystone.url), &member.project).await;
    let token = keystone.token_of(&member).await;
    publish(&service, &member.project, &token).await.success();
    list(&service, &member.project, &token).await.success();
    let audit = service.store().audit(0, 100, None).await.unwrap();
    let actor = &audit.last().unwrap().origin.actor;
    assert_eq!((actor.kind, &actor.id), (ActorKind::Iam, &member.id));

    // Another project than the path's, for a user who has one and nothing in this one.
    let foreign = keystone.token_of(&reader).await;
    list(&service, &member.project, &foreign)
        .await
        .error(403, "FSS.0403");
    publish(&service, &reader.project, &foreign)
        .await
        .error(403, "FSS.0403");
    // A reader in its own project may look; there is no function.
    list(&service, &reader.project, &foreign)
        .await
        .error(404, "FSS.1051");
    let token = keystone.token_of(&stranger).await;
    list(&service, &stranger.project, &token)
        .await
        .error(403, "FSS.0403");
    let unscoped = keystone
        .log_in(&member.name, PASSWORD, json!("unscoped"))
        .await;
    list(&service, &member.project, &unscoped)
        .await
        .error(403, "FSS.0403");

    for unknown in [
        "unknown",
        "gAAAAABrAj8_299WZaTbZCbhZkbastzcIx",
        &token[..20],
    ] {
        list(&service, &member.project, unknown)
            .await
            .error(401, "FSS.0401");
    }
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn revoked_tokens_are_refused_once_they_are_asked_about() {
    let keystone = Keystone::connect().await;
    let user = keystone.user("revoked", "member").await;
    let mut settings = keystone.settings(&keystone.url);
    settings.valid_for = Duration::ZERO;
    let service = service(settings, &user.project).await;
    let (one, other) = (
        keystone.token_of(&user).await,
        keystone.token_of(&user).await,
    );
    list(&service, &user.project, &one).await.success();
    keystone.revoke(&one).await;
    list(&service, &user.project, &one)
        .await
        .error(401, "FSS.0401");
    list(&service, &user.project, &other).await.success();
    // Keystone revokes the tokens of a user who is disabled.
    let disabled = json!({"user": {"enabled": false}});
    let path = format!("users/{}", user.id);
    keystone.call(Method::PATCH, &path, Some(disabled)).await;
    list(&service, &user.project, &other)
        .await
        .error(401, "FSS.0401");
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn expired_tokens_are_refused() {
    let keystone = Keystone::connect().await;
    let user = keystone.user("expired", "member").await;
    let token = keystone.token_of(&user).await;
    let settings = keystone.settings(&keystone.url);
    // By the service's clock, the hour for which it is valid is over, or just not yet.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_secs()).unwrap();
    for (seconds, status) in [(3500, 404), (3700, 401)] {
        let fixture = Fixture::with(|all| all.auth.iam = Some(settings.clone())).await;
        fixture.clock.advance(now + seconds - 1_795_262_400);
        let request = get(path(&user.project)).token(&token);
        let answer = fixture.bare(request).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn many_requests_ask_once_and_the_answer_holds() {
    let keystone = Keystone::connect().await;
    let user = keystone.user("flight", "member").await;
    let (relay, url) = Relay::start(&keystone).await;
    let service = Arc::new(service(keystone.settings(&url), &user.project).await);
    let token = keystone.token_of(&user).await;
    let lists: Vec<_> = (0..24)
        .map(|_| {
            let (service, project, token) =
                (Arc::clone(&service), user.project.clone(), token.clone());
            tokio::spawn(async move { list(&service, &project, &token).await })
        })
        .collect();
    for list in lists {
        list.await.unwrap().success();
    }
    list(&service, &user.project, &token).await.success();
    for _ in 0..3 {
        list(&service, &user.project, "unknown")
            .await
            .error(401, "FSS.0401");
    }
    assert_eq!(relay.logins.load(Ordering::SeqCst), 1);
    assert_eq!(relay.validations.load(Ordering::SeqCst), 2);
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn a_keystone_that_is_away_at_start_or_later_is_waited_for() {
    let keystone = Keystone::connect().await;
    let user = keystone.user("away", "member").await;
    let (relay, url) = Relay::start(&keystone).await;
    relay.up.store(false, Ordering::SeqCst);
    let service = service(keystone.settings(&url), &user.project).await;
    let token = keystone.token_of(&user).await;
    list(&service, &user.project, &token)
        .await
        .error(503, "FSS.0503");
    let local = service
        .add_token(&user.project, functiongraph_service::auth::Role::Reader)
        .await
        .unwrap();
    list(&service, &user.project, &local).await.success();

    relay.up.store(true, Ordering::SeqCst);
    eventually(async || list(&service, &user.project, &token).await.status == 200).await;

    relay.up.store(false, Ordering::SeqCst);
    // Known tokens are taken as long as their answer holds, others have to wait.
    list(&service, &user.project, &token).await.success();
    let other = keystone.token_of(&user).await;
    list(&service, &user.project, &other)
        .await
        .error(503, "FSS.0503");
    relay.up.store(true, Ordering::SeqCst);
    eventually(async || list(&service, &user.project, &other).await.status == 200).await;
}

/// Waits for something, half a minute at most.
async fn eventually(happens: impl AsyncFn() -> bool) {
    for _ in 0..300 {
        if happens().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not happen");
}

fn signed(request: Request, access: &str, secret: &str) -> Request {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_secs()).unwrap();
    let signer = Signer::new(access, SecretKey::new(secret)).unwrap();
    request.signed(&signer, SigningTime::from_unix(now).unwrap())
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn ec2_credentials_sign_requests() {
    let keystone = Keystone::connect().await;
    let user = keystone.user("ec2", "member").await;
    let mut settings = keystone.settings(&keystone.url);
    settings.ec2_keys = true;
    settings.invalid_for = Duration::ZERO;
    let add = async |access: &str, secret: &str| {
        let blob = json!({"access": access, "secret": secret}).to_string();
        let fields =
            json!({"type": "ec2", "user_id": user.id, "project_id": user.project, "blob": blob});
        keystone.create("credential", "credentials", fields).await
    };
    add("AKEC2", "SKEC2-one").await;
    let service = service(settings.clone(), &user.project).await;
    let call = async |service: &TestService, request: Request, access: &str, secret: &str| {
        signed(request, access, secret)
            .send(service.address())
            .await
    };
    let path = path(&user.project);
    call(&service, post(&path), "AKEC2", "SKEC2-one")
        .await
        .success();
    call(&service, get(&path), "AKEC2", "SKEC2-one")
        .await
        .success();
    call(&service, get(&path), "AKEC2", "SKEC2-two")
        .await
        .error(401, "FSS.0401");
    call(&service, get(&path), "AKEC3", "SKEC3")
        .await
        .error(401, "FSS.0401");
    // One that was made meanwhile is found.
    let id = add("AKEC3", "SKEC3").await;
    call(&service, get(&path), "AKEC3", "SKEC3").await.success();

    // What changes at the Keystone is seen by a service that asks anew.
    keystone
        .call(Method::DELETE, &format!("credentials/{id}"), None)
        .await;
    keystone.assign(&user, "reader", Method::PUT).await;
    keystone.assign(&user, "member", Method::DELETE).await;
    let anew = self::service(settings, &user.project).await;
    call(&anew, get(&path), "AKEC3", "SKEC3")
        .await
        .error(401, "FSS.0401");
    call(&anew, get(&path), "AKEC2", "SKEC2-one")
        .await
        .success();
    call(&anew, post(&path), "AKEC2", "SKEC2-one")
        .await
        .error(403, "FSS.0403");
}
