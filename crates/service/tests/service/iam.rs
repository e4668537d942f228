//! Tokens and keys of an IAM, against one that does as the test says: what is asked how often, for
//! how long answers hold, and what becomes of answers that are none. (That a real Keystone answers
//! so is shown in `keystone.rs`.)

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request as Asked, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use functiongraph_service::auth::{Authenticator, IamSettings, IamSetupError, SetupError};
use functiongraph_service::config::Settings;
use functiongraph_service::domain::{ActorKind, Clock as _};
use functiongraph_service::store::Administration as _;
use functiongraph_service::testing::{FUNCTION_URN, PROJECT};
use functiongraph_signing::{Signer, SigningTime};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http::Fixture;
use crate::wire::{Answer, Request, get, post};

/// How the IAM answers.
#[derive(Clone, Debug, PartialEq)]
enum Mood {
    /// As it should.
    Well,
    /// With this status and body to everything but logins.
    With(u16, String),
    /// With this status and body to logins.
    Login(u16, String),
    /// Not at all.
    Silent,
}

/// What the IAM is and what it was asked.
struct Iam {
    mood: Mutex<Mood>,
    /// What `GET /v3/auth/tokens` says of a token.
    tokens: Mutex<HashMap<String, Value>>,
    /// The service's own token that it takes.
    own: Mutex<String>,
    credentials: Mutex<Vec<Value>>,
    roles: Mutex<Vec<String>>,
    enabled: Mutex<bool>,
    asked: Mutex<Vec<String>>,
    /// Answers wait until this is true.
    open: watch::Sender<bool>,
    address: SocketAddr,
}

impl Iam {
    async fn start() -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let iam = Arc::new(Self {
            mood: Mutex::new(Mood::Well),
            tokens: Mutex::default(),
            own: Mutex::new("own-0".into()),
            credentials: Mutex::default(),
            roles: Mutex::new(vec!["member".into()]),
            enabled: Mutex::new(true),
            asked: Mutex::default(),
            open: watch::channel(true).0,
            address: listener.local_addr().unwrap(),
        });
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&iam));
        tokio::spawn(async move { axum::serve(listener, router).await });
        iam
    }

    fn settings(&self) -> IamSettings {
        let url = format!("http://{}/v3/", self.address);
        IamSettings::new(url, "functiongraphd", "pa55word", "service")
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Gives out a token for a project.
    fn token(&self, token: &str, project: &str, roles: &[&str], expires: &str) {
        let roles: Vec<Value> = roles.iter().map(|name| json!({"name": name})).collect();
        let body = json!({"token": {
            "expires_at": expires,
            "user": {"id": "user-1", "name": "somebody"},
            "project": {"id": project, "name": "project"},
            "roles": roles,
        }});
        self.raw(token, body);
    }

    fn raw(&self, token: &str, body: Value) {
        self.tokens.lock().unwrap().insert(token.into(), body);
    }

    fn revoke(&self, token: &str) {
        self.tokens.lock().unwrap().remove(token);
    }

    fn forget_own(&self) {
        *self.own.lock().unwrap() = "gone".into();
    }

    /// How often it was asked for something.
    fn count(&self, what: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == what).count()
    }

    fn log_in(&self, body: &[u8]) -> Response {
        let body: Value = serde_json::from_slice(body).unwrap();
        let user = &body["auth"]["identity"]["password"]["user"];
        let scope = &body["auth"]["scope"]["project"];
        let known = user
            == &json!({"name": "functiongraphd", "domain": {"name": "Default"}, "password": "pa55word"})
            && scope == &json!({"name": "service", "domain": {"name": "Default"}});
        if !known {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let own = format!("own-{}", self.count(LOGIN));
        self.own.lock().unwrap().clone_from(&own);
        let body = json!({"token": {"expires_at": "2026-11-21T13:00:00.000000Z"}});
        (
            StatusCode::CREATED,
            [("X-Subject-Token", own)],
            body.to_string(),
        )
            .into_response()
    }

    fn look_up(&self, path: &str, headers: &HeaderMap) -> Response {
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        if header("x-auth-token") != Some(self.own.lock().unwrap().as_str()) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let found = match path {
            "/v3/auth/tokens" => {
                let tokens = self.tokens.lock().unwrap();
                tokens.get(header("x-subject-token").unwrap()).cloned()
            }
            "/v3/credentials" => Some(json!({"credentials": *self.credentials.lock().unwrap()})),
            "/v3/users/user-2" => Some(json!({"user": {"enabled": *self.enabled.lock().unwrap()}})),
            "/v3/role_assignments" => {
                let roles = self.roles.lock().unwrap();
                let roles: Vec<Value> = roles
                    .iter()
                    .map(|name| json!({"role": {"name": name}}))
                    .collect();
                Some(json!({"role_assignments": roles}))
            }
            _ if path == format!("/v3/projects/{PROJECT}") => {
                Some(json!({"project": {"enabled": true}}))
            }
            _ => None,
        };
        match found {
            Some(body) => body.to_string().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

const LOGIN: &str = "POST /v3/auth/tokens";
const VALIDATE: &str = "GET /v3/auth/tokens";
const CREDENTIALS: &str = "GET /v3/credentials";
const ROLES: &str = "GET /v3/role_assignments";

async fn answer(State(iam): State<Arc<Iam>>, asked: Asked) -> Response {
    let (head, body) = asked.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let what = format!("{} {}", head.method, head.uri.path());
    iam.asked.lock().unwrap().push(what.clone());
    let mut open = iam.open.subscribe();
    open.wait_for(|open| *open).await.unwrap();
    let mood = iam.mood.lock().unwrap().clone();
    match mood {
        Mood::Silent => std::future::pending().await,
        Mood::Login(status, text) if what == LOGIN => fixed(status, text),
        Mood::With(status, text) if what != LOGIN => fixed(status, text),
        _ if what == LOGIN => iam.log_in(&body),
        _ => iam.look_up(head.uri.path(), &head.headers),
    }
}

fn fixed(status: u16, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let headers = response.headers_mut();
    headers.insert("Location", "http://127.0.0.1:9/".parse().unwrap());
    headers.insert("X-Subject-Token", "own-0".parse().unwrap());
    response
}

const LATER: &str = "2026-11-21T20:00:00.000000Z";

async fn with(iam: &Iam, change: impl FnOnce(&mut IamSettings)) -> Fixture {
    let mut settings = iam.settings();
    change(&mut settings);
    Fixture::with(|all| all.auth.iam = Some(settings)).await
}

async fn list(fixture: &Fixture, token: &str) -> Answer {
    let request = get(Fixture::path(FUNCTION_URN)).token(token);
    fixture.bare(request).await
}

async fn publish(fixture: &Fixture, token: &str, version: &str) -> Answer {
    let request = post(Fixture::path(FUNCTION_URN))
        .token(token)
        .json(json!({"version": version}));
    fixture.bare(request).await
}

#[tokio::test]
async fn roles_say_what_a_token_may_do() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    iam.token("member", PROJECT, &["reader", "Member"], LATER);
    iam.token("reader", PROJECT, &["reader", "other"], LATER);
    iam.token("other", PROJECT, &["other"], LATER);
    iam.token("none", PROJECT, &[], LATER);
    iam.token("stranger", "fedcba9876543210", &["admin"], LATER);
    iam.token(
        "expired",
        PROJECT,
        &["admin"],
        "2026-11-21T11:59:59.000000Z",
    );
    iam.raw(
        "unscoped",
        json!({"token": {"expires_at": LATER, "user": {"id": "user-1"}}}),
    );

    publish(&fixture, "member", "v1").await.success();
    list(&fixture, "reader").await.success();
    publish(&fixture, "reader", "v2")
        .await
        .error(403, "FSS.0403");
    for token in ["other", "none", "stranger", "unscoped"] {
        list(&fixture, token).await.error(403, "FSS.0403");
    }
    for token in ["expired", "unknown"] {
        let message = list(&fixture, token).await.error(401, "FSS.0401");
        assert_eq!(message, "The token is unknown or has expired");
    }
    // The store's own tokens are taken as before.
    list(&fixture, fixture.service.token()).await.success();

    let audit = fixture.service.store().audit(0, 100, None).await.unwrap();
    let actor = &audit.last().unwrap().origin.actor;
    assert_eq!((actor.kind, actor.id.as_str()), (ActorKind::Iam, "user-1"));
}

#[tokio::test]
async fn other_roles_can_be_named() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |settings| {
        settings.publisher_roles = vec!["deployer".into()];
        settings.reader_roles = vec!["auditor".into()];
    })
    .await;
    iam.token("deployer", PROJECT, &["deployer"], LATER);
    iam.token("auditor", PROJECT, &["auditor"], LATER);
    iam.token("admin", PROJECT, &["admin"], LATER);
    publish(&fixture, "deployer", "v1").await.success();
    list(&fixture, "auditor").await.success();
    publish(&fixture, "auditor", "v2")
        .await
        .error(403, "FSS.0403");
    list(&fixture, "admin").await.error(403, "FSS.0403");
}

#[tokio::test]
async fn many_requests_with_one_token_ask_once() {
    let iam = Iam::start().await;
    let fixture = Arc::new(with(&iam, |_| {}).await);
    iam.token("busy", PROJECT, &["member"], LATER);
    iam.open.send_replace(false);
    let lists: Vec<_> = (0..32)
        .map(|_| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move { list(&fixture, "busy").await })
        })
        .collect();
    // Whether all of them have come by now or not: one of them asks.
    while iam.count(LOGIN) == 0 {
        tokio::task::yield_now().await;
    }
    iam.open.send_replace(true);
    for list in lists {
        list.await.unwrap().success();
    }
    assert_eq!((iam.count(LOGIN), iam.count(VALIDATE)), (1, 1));

    // It holds for five minutes.
    fixture.clock.advance(299);
    list(&fixture, "busy").await.success();
    assert_eq!(iam.count(VALIDATE), 1);
    iam.revoke("busy");
    list(&fixture, "busy").await.success();
    fixture.clock.advance(1);
    list(&fixture, "busy").await.error(401, "FSS.0401");
    assert_eq!(iam.count(VALIDATE), 2);
}

#[tokio::test]
async fn no_token_is_taken_beyond_its_expiry() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    iam.token("brief", PROJECT, &["member"], "2026-11-21T12:01:00.000000Z");
    list(&fixture, "brief").await.success();
    fixture.clock.advance(59);
    list(&fixture, "brief").await.success();
    assert_eq!(iam.count(VALIDATE), 1);
    fixture.clock.advance(1);
    // Even should the IAM still say so.
    list(&fixture, "brief").await.error(401, "FSS.0401");
    assert_eq!(iam.count(VALIDATE), 2);
}

#[tokio::test]
async fn an_unknown_token_is_remembered_briefly() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    for _ in 0..3 {
        list(&fixture, "early").await.error(401, "FSS.0401");
    }
    assert_eq!(iam.count(VALIDATE), 1);
    iam.token("early", PROJECT, &["member"], LATER);
    fixture.clock.advance(9);
    list(&fixture, "early").await.error(401, "FSS.0401");
    fixture.clock.advance(1);
    list(&fixture, "early").await.success();
    assert_eq!(iam.count(VALIDATE), 2);
}

#[tokio::test]
async fn what_cannot_be_a_token_of_the_iam_is_not_sent_there() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    let revoked = format!("{}0", fixture.service.token());
    for token in [
        revoked.as_str(),
        "",
        "two words",
        &"x".repeat(16 * 1024 + 1),
    ] {
        list(&fixture, token).await.error(401, "FSS.0401");
    }
    assert_eq!((iam.count(LOGIN), iam.count(VALIDATE)), (0, 0));
}

#[tokio::test]
async fn the_services_own_token_is_renewed() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |settings| settings.valid_for = Duration::ZERO).await;
    iam.token("t", PROJECT, &["member"], LATER);
    for _ in 0..3 {
        list(&fixture, "t").await.success();
    }
    assert_eq!((iam.count(LOGIN), iam.count(VALIDATE)), (1, 3));
    // The IAM has forgotten it, after a restart say.
    iam.forget_own();
    list(&fixture, "t").await.success();
    assert_eq!((iam.count(LOGIN), iam.count(VALIDATE)), (2, 5));
    // A minute before it expires, a new one is had.
    fixture.clock.advance(59 * 60 - 1);
    list(&fixture, "t").await.success();
    assert_eq!(iam.count(LOGIN), 2);
    fixture.clock.advance(1);
    list(&fixture, "t").await.success();
    assert_eq!(iam.count(LOGIN), 3);
}

#[tokio::test]
async fn while_the_iam_fails_callers_are_told_to_come_back() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    iam.token("t", PROJECT, &["member"], LATER);
    let huge = "x".repeat((1 << 20) + 1);
    let whole = json!({"token": {"expires_at": LATER, "user": {"id": "u"}}});
    for (mood, logins) in [
        (Mood::With(500, String::new()), 1),
        (Mood::With(503, "<html>".into()), 0),
        (Mood::With(429, String::new()), 0),
        (Mood::With(302, String::new()), 0),
        (Mood::With(403, String::new()), 0),
        // Its own token is not taken, and neither is the one that it gets then.
        (Mood::With(401, String::new()), 1),
        (Mood::With(200, String::new()), 0),
        (Mood::With(200, "{}".into()), 0),
        (Mood::With(200, "[".repeat(100_000)), 0),
        (
            Mood::With(200, json!({"token": {"user": {"id": "u"}}}).to_string()),
            0,
        ),
        (
            Mood::With(
                200,
                json!({"token": {"user": {"id": "u"}, "expires_at": "soon"}}).to_string(),
            ),
            0,
        ),
        (
            Mood::With(200, json!({"token": {"expires_at": LATER}}).to_string()),
            0,
        ),
        (Mood::With(200, format!("{whole}{huge}")), 0),
    ] {
        let before = iam.count(LOGIN);
        iam.set(mood.clone());
        for _ in 0..2 {
            let message = list(&fixture, "t").await.error(503, "FSS.0503");
            assert_eq!(
                message,
                "The identity service does not answer, so that the credentials cannot be checked; try again in 1 second"
            );
        }
        assert_eq!(iam.count(LOGIN) - before, logins, "{mood:?}");
        fixture.clock.advance(1);
    }
    for mood in [
        Mood::Login(401, String::new()),
        Mood::Login(500, String::new()),
        Mood::Login(201, String::new()),
        Mood::Login(201, "{}".into()),
    ] {
        iam.forget_own();
        iam.set(mood);
        list(&fixture, "t").await.error(503, "FSS.0503");
        fixture.clock.advance(1);
    }
    // Others are let in meanwhile, and everybody is when it is well again.
    list(&fixture, fixture.service.token()).await.success();
    iam.set(Mood::Well);
    list(&fixture, "t").await.success();
}

#[tokio::test]
async fn a_failing_iam_is_not_asked_by_everybody_at_once() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    iam.set(Mood::With(500, String::new()));
    for _ in 0..5 {
        list(&fixture, "t").await.error(503, "FSS.0503");
    }
    assert_eq!(iam.count(VALIDATE), 1);
    fixture.clock.advance(1);
    list(&fixture, "t").await.error(503, "FSS.0503");
    assert_eq!(iam.count(VALIDATE), 2);
}

#[tokio::test]
async fn an_iam_that_is_silent_or_gone_is_given_up() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |settings| {
        settings.timeout = Duration::from_millis(100)
    })
    .await;
    iam.set(Mood::Silent);
    list(&fixture, "t").await.error(503, "FSS.0503");

    // A port that nobody listens on.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let gone = with(&iam, |settings| settings.url = url).await;
    list(&gone, "t").await.error(503, "FSS.0503");
    list(&gone, gone.service.token()).await.success();
}

#[tokio::test]
async fn earlier_answers_count_while_the_iam_is_away_only_where_that_is_set() {
    let iam = Iam::start().await;
    for (stale_for, expected) in [(0, 503), (600, 200)] {
        iam.set(Mood::Well);
        iam.token("t", PROJECT, &["member"], LATER);
        let fixture = with(&iam, |settings| {
            settings.stale_for = Duration::from_secs(stale_for)
        })
        .await;
        list(&fixture, "t").await.success();
        fixture.clock.advance(300);
        iam.set(Mood::With(500, String::new()));
        assert_eq!(list(&fixture, "t").await.status, expected);
        assert_eq!(list(&fixture, "t").await.status, expected);
        // Whoever was not known before is not let in.
        list(&fixture, "new").await.error(503, "FSS.0503");
        // An answer is an answer: revoked is revoked.
        fixture.clock.advance(1);
        iam.set(Mood::Well);
        iam.revoke("t");
        list(&fixture, "t").await.error(401, "FSS.0401");
    }
    // And not for ever.
    iam.token("t", PROJECT, &["member"], LATER);
    let fixture = with(&iam, |settings| {
        settings.stale_for = Duration::from_secs(600)
    })
    .await;
    list(&fixture, "t").await.success();
    iam.set(Mood::With(500, String::new()));
    fixture.clock.advance(599);
    list(&fixture, "t").await.success();
    fixture.clock.advance(1);
    list(&fixture, "t").await.error(503, "FSS.0503");
}

fn credential(access: &str, secret: &str) -> Value {
    let blob = json!({"access": access, "secret": secret}).to_string();
    json!({"id": "c", "type": "ec2", "user_id": "user-2", "project_id": PROJECT, "blob": blob})
}

fn signed(fixture: &Fixture, request: Request, access: &str, secret: &str) -> Request {
    let secret = functiongraph_signing::SecretKey::new(secret);
    let now = SigningTime::from_unix(fixture.clock.now().as_second()).unwrap();
    request.signed(&Signer::new(access, secret).unwrap(), now)
}

async fn list_by(fixture: &Fixture, access: &str, secret: &str) -> Answer {
    let request = get(Fixture::path(FUNCTION_URN));
    fixture.bare(signed(fixture, request, access, secret)).await
}

/// A key that was made for less than its user may do is not taken for that user's, and neither is
/// one whose name somebody else has written into theirs.
#[tokio::test]
async fn delegated_and_doubtful_keys_are_none() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |settings| settings.ec2_keys = true).await;
    let delegated = |access: &str, by: &str| {
        let blob = json!({"access": access, "secret": "SK", by: "id"}).to_string();
        json!({"id": "c", "type": "ec2", "user_id": "user-2", "project_id": PROJECT, "blob": blob})
    };
    let unbound = json!({"access": "NULL", "secret": "SK", "trust_id": null}).to_string();
    *iam.credentials.lock().unwrap() = vec![
        delegated("TRUST", "trust_id"),
        delegated("APPLICATION", "app_cred_id"),
        delegated("OAUTH", "access_token_id"),
        json!({"id": "c", "type": "ec2", "user_id": "user-2", "project_id": PROJECT, "blob": unbound}),
        credential("TWICE", "SK"),
        credential("TWICE", "SK2"),
    ];
    list_by(&fixture, "NULL", "SK").await.success();
    for access in ["TRUST", "APPLICATION", "OAUTH", "TWICE"] {
        list_by(&fixture, access, "SK").await.error(401, "FSS.0401");
    }
    list_by(&fixture, "TWICE", "SK2")
        .await
        .error(401, "FSS.0401");
}

#[tokio::test]
async fn keys_of_the_iam_sign_with_their_holders_role() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |settings| settings.ec2_keys = true).await;
    *iam.credentials.lock().unwrap() = vec![
        json!({}),
        json!({"blob": "no json", "user_id": "user-2", "project_id": PROJECT}),
        json!({"blob": "{}", "user_id": "user-2", "project_id": PROJECT}),
        credential("EMPTY", ""),
        credential("AK1", "SK1"),
    ];
    list_by(&fixture, "AK1", "SK1").await.success();
    list_by(&fixture, "AK1", "SK2").await.error(401, "FSS.0401");
    for _ in 0..3 {
        list_by(&fixture, "AK2", "SK2").await.error(401, "FSS.0401");
    }
    assert_eq!((iam.count(CREDENTIALS), iam.count(ROLES)), (1, 1));

    // A new key is found after a while, and unknown ones don't make the service ask each time.
    iam.credentials
        .lock()
        .unwrap()
        .push(credential("AK2", "SK2"));
    fixture.clock.advance(11);
    for access in ["AK8", "AK9", "AK8"] {
        list_by(&fixture, access, "SK").await.error(401, "FSS.0401");
    }
    list_by(&fixture, "AK2", "SK2").await.success();
    assert_eq!(iam.count(CREDENTIALS), 2);

    let publication = post(Fixture::path(FUNCTION_URN));
    let answer = fixture
        .bare(signed(&fixture, publication.clone(), "AK2", "SK2"))
        .await;
    answer.success();
    let audit = fixture.service.store().audit(0, 100, None).await.unwrap();
    let actor = &audit.last().unwrap().origin.actor;
    assert_eq!((actor.kind, actor.id.as_str()), (ActorKind::Iam, "user-2"));

    // What its holder may do is looked at anew after a minute.
    *iam.roles.lock().unwrap() = vec!["reader".into()];
    fixture.clock.advance(60);
    list_by(&fixture, "AK2", "SK2").await.success();
    let answer = fixture
        .bare(signed(&fixture, publication, "AK2", "SK2"))
        .await;
    answer.error(403, "FSS.0403");
    for (roles, enabled) in [(vec!["reader".into()], false), (Vec::new(), true)] {
        *iam.roles.lock().unwrap() = roles;
        *iam.enabled.lock().unwrap() = enabled;
        fixture.clock.advance(60);
        list_by(&fixture, "AK2", "SK2").await.error(401, "FSS.0401");
    }
    iam.set(Mood::With(500, String::new()));
    fixture.clock.advance(60);
    list_by(&fixture, "AK2", "SK2").await.error(503, "FSS.0503");
}

#[tokio::test]
async fn keys_of_the_iam_are_left_alone_unless_they_are_wanted() {
    let iam = Iam::start().await;
    let fixture = with(&iam, |_| {}).await;
    *iam.credentials.lock().unwrap() = vec![credential("AK1", "SK1")];
    list_by(&fixture, "AK1", "SK1").await.error(401, "FSS.0401");
    assert_eq!(iam.asked.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_errors_at_once() {
    let fixture = Fixture::start().await;
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("no.pem");
    std::fs::write(&text, "nothing").unwrap();
    let error = |change: &dyn Fn(&mut IamSettings)| {
        let mut iam = IamSettings::new("http://127.0.0.1:5000", "u", "pa55word", "p");
        change(&mut iam);
        let mut settings = Settings::default();
        settings.auth.iam = Some(iam);
        assert!(!format!("{settings:?}").contains("pa55word"));
        let error = Authenticator::new(fixture.service.store().clone(), settings.auth).unwrap_err();
        match error {
            SetupError::Iam(error) => error,
            other => panic!("{other}"),
        }
    };
    for url in [
        "",
        "iam.example.com",
        "ftp://iam.example.com",
        "http://u:p@iam.example.com",
        "http://iam.example.com?a",
        "http://iam.example.com#a",
    ] {
        let error = error(&|settings| settings.url = url.into());
        assert!(matches!(error, IamSetupError::Url(_)), "{url}: {error}");
    }
    let missing = error(&|settings| settings.ca_file = Some("/nowhere/ca.pem".into()));
    assert!(matches!(missing, IamSetupError::CaFile(..)), "{missing}");
    let empty = error(&|settings| settings.ca_file = Some(text.clone()));
    assert!(matches!(empty, IamSetupError::Certificates(_)), "{empty}");
}
