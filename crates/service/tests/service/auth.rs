//! Signatures by access key, over HTTP: who is let in, and what those learn who are not.

use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use functiongraph_service::auth::{
    Authenticator, KeySettings, Role, Secret, SecretKey, SetupError,
};
use functiongraph_service::config::{Rate, Settings};
use functiongraph_service::domain::ActorKind;
use functiongraph_service::store::{Administration as _, NewKey, Revocation};
use functiongraph_service::testing::{FUNCTION_URN, PROJECT, TestService};
use functiongraph_signing::{Signer, SigningTime};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::http::Fixture;
use crate::store_suite::origin;
use crate::wire::{Request, get, post};

const ACCESS: &str = "HPUAKEXAMPLE00000001";
const SECRET: &str = "SKEXAMPLE0000000000000000000000000000001";

fn signer(access: &str, secret: &str) -> Signer {
    Signer::new(access, functiongraph_signing::SecretKey::new(secret)).unwrap()
}

/// The fixture's clock.
fn now() -> SigningTime {
    "20261121T120000Z".parse().unwrap()
}

fn later(seconds: i64) -> SigningTime {
    SigningTime::from_unix(now().unix() + seconds).unwrap()
}

fn own(fixture: &Fixture) -> Signer {
    signer(fixture.service.access_key(), fixture.service.secret_key())
}

fn list() -> Request {
    get(Fixture::path(FUNCTION_URN) + "?marker=0&maxitems=10")
}

fn publish(version: &str) -> Request {
    post(Fixture::path(FUNCTION_URN)).json(json!({"version": version, "description": "é 🎈"}))
}

fn configured(project: &str, role: Role, token: Option<&str>) -> KeySettings {
    KeySettings {
        access: ACCESS.into(),
        secret: SecretKey::new(SECRET),
        security_token: token.map(Secret::new),
        project: project.into(),
        role,
    }
}

async fn with_key(key: KeySettings) -> Fixture {
    Fixture::with(|settings| settings.auth.signatures.keys.push(key)).await
}

#[tokio::test]
async fn a_signature_publishes_and_lists() {
    let fixture = Fixture::start().await;
    let signer = own(&fixture);
    let published = fixture
        .bare(publish("v1").signed(&signer, now()))
        .await
        .success();
    assert_eq!(published["version"], "v1");
    for urn in [
        FUNCTION_URN.to_owned(),
        FUNCTION_URN.replace(':', "%3A"),
        "hello".to_owned(),
        format!("{FUNCTION_URN}:v1"),
    ] {
        let request = get(Fixture::path(&urn) + "?maxitems=5&x=&x=a+b%20c&&y");
        let page = fixture.bare(request.signed(&signer, now())).await.success();
        assert_eq!(page["count"], 2, "{urn}");
    }
    let alias = get(Fixture::path(&format!("{FUNCTION_URN}:!live")));
    let answer = fixture.bare(alias.signed(&signer, now())).await;
    answer.error(404, "FSS.1053");
    let head = Request::new("HEAD", Fixture::path(FUNCTION_URN));
    let answer = fixture.bare(head.signed(&signer, now())).await;
    assert_eq!(answer.status, 200);

    let audit = fixture.service.store().audit(0, 100, None).await.unwrap();
    let actor = &audit.last().unwrap().origin.actor;
    assert_eq!(actor.kind, ActorKind::Key);
    assert_eq!(actor.id, fixture.service.access_key());
}

#[tokio::test]
async fn whoever_is_refused_does_not_learn_why() {
    let fixture = Fixture::start().await;
    let store = fixture.service.store();
    for (access, expires) in [("REVOKED", None), ("EXPIRED", Some("2026-11-21T11:30:00Z"))] {
        let key = NewKey {
            access: access.into(),
            secret: SecretKey::new(SECRET),
            project: PROJECT.into(),
            role: Role::Publisher,
            expires: expires.map(|time| time.parse().unwrap()),
        };
        store.add_key(key, origin()).await.unwrap();
    }
    let revoked = store.revoke_key("REVOKED", origin()).await.unwrap();
    assert!(matches!(revoked, Revocation::Revoked(_)));

    let (access, secret) = (fixture.service.access_key(), fixture.service.secret_key());
    let signed = publish("v1").signed(&own(&fixture), now());
    let authorization = signed.value("Authorization").to_owned();
    let altered = |from: &str, to: &str| {
        signed
            .clone()
            .without("Authorization")
            .header("Authorization", authorization.replace(from, to))
    };
    let unsigned = |header: &str| altered(&format!(";{header}"), "").header("Unused", "");
    let temporary = own(&fixture).with_security_token("token").unwrap();
    let by = |access: &str, secret: &str| publish("v1").signed(&signer(access, secret), now());
    let mut messages = Vec::new();
    for (what, request) in [
        ("unknown key", by("UNKNOWN", secret)),
        ("wrong secret", by(access, SECRET)),
        ("another key's secret", by("EXPIRED", secret)),
        ("revoked", by("REVOKED", SECRET)),
        ("expired", by("EXPIRED", SECRET)),
        (
            "a token that the key has not",
            publish("v1").signed(&temporary, now()),
        ),
        ("another body", signed.clone().bytes("{}")),
        (
            "another type",
            signed
                .clone()
                .without("Content-Type")
                .header("Content-Type", "text/plain"),
        ),
        (
            "a digest that is not the body's",
            signed
                .clone()
                .header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
        ),
        ("no date", signed.clone().without("X-Sdk-Date")),
        (
            "another date",
            signed
                .clone()
                .without("X-Sdk-Date")
                .header("X-Sdk-Date", "20261121T120001Z"),
        ),
        (
            "two dates",
            signed.clone().header("X-Sdk-Date", "20261121T120000Z"),
        ),
        (
            "a date of another form",
            signed
                .clone()
                .without("X-Sdk-Date")
                .header("X-Sdk-Date", "now"),
        ),
        ("the date not signed", unsigned("x-sdk-date")),
        (
            "a header that is not there",
            altered("x-sdk-date", "x-gone;x-sdk-date"),
        ),
        (
            "a header twice",
            altered("x-sdk-date", "x-sdk-date;x-sdk-date"),
        ),
        (
            "a token not signed",
            signed.clone().header("X-Security-Token", "token"),
        ),
        ("no signature", altered("Signature", "Sig")),
        ("half a signature", altered("Signature=", "Signature=00")),
        (
            "two headers",
            signed.clone().header("Authorization", &authorization),
        ),
        (
            "nothing after the scheme",
            altered(&authorization, "SDK-HMAC-SHA256"),
        ),
        (
            "garbage",
            altered(&authorization, "SDK-HMAC-SHA256 ;;;=,,,"),
        ),
        (
            "endless",
            altered(
                &authorization,
                &format!("SDK-HMAC-SHA256 {}", "a".repeat(9000)),
            ),
        ),
    ] {
        let answer = fixture.bare(request).await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        messages.push(answer.error(401, "FSS.0401"));
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("SDK-HMAC-SHA256"), "{challenge}");
    }
    messages.dedup();
    assert_eq!(
        messages,
        [
            "The signature cannot be verified: check the access key, the secret key, the security token of temporary credentials, and what is signed"
        ]
    );
    // The very request, unaltered, is good.
    fixture.bare(signed).await.success();
}

#[tokio::test]
async fn other_schemes_are_told_what_is_taken() {
    let fixture = Fixture::start().await;
    for request in [
        list(),
        list().header("Authorization", "Basic YTpi"),
        list().header("Authorization", ""),
    ] {
        let message = fixture.bare(request).await.error(401, "FSS.0401");
        assert_eq!(
            message,
            "Send a token in X-Auth-Token, or sign the request with an access key (SDK-HMAC-SHA256)"
        );
    }
    // A token counts, whatever a proxy put beside it.
    let request = list()
        .token(fixture.service.token())
        .header("Authorization", "SDK-HMAC-SHA256 nonsense");
    fixture.bare(request).await.success();

    let without = Fixture::with(|settings| settings.auth.signatures.enabled = false).await;
    let signed = list().signed(&own(&without), now());
    let message = without.bare(signed).await.error(401, "FSS.0401");
    assert_eq!(message, "Send a token in X-Auth-Token");
}

#[tokio::test]
async fn a_clock_may_differ_by_a_quarter_of_an_hour() {
    let fixture = Fixture::start().await;
    let signer = own(&fixture);
    for seconds in [-900, 0, 900] {
        let request = list().signed(&signer, later(seconds));
        fixture.bare(request).await.success();
    }
    for seconds in [-86_400 * 365, -901, 901] {
        // Whether the key exists makes no difference.
        for signer in [&signer, &self::signer("UNKNOWN", SECRET)] {
            let answer = fixture.bare(list().signed(signer, later(seconds))).await;
            let message = answer.error(401, "FSS.0401");
            assert_eq!(
                message,
                "X-Sdk-Date is more than 900 seconds away from the time of this service, which is 20261121T120000Z"
            );
            // A client can tell by how much it is wrong.
            let here = SigningTime::find_all(&message).next().unwrap();
            assert_eq!(later(seconds).seconds_since(here), seconds);
        }
    }
    let strict = Fixture::with(|settings| {
        settings.auth.signatures.clock_difference = Duration::from_secs(1);
    })
    .await;
    let signer = own(&strict);
    strict
        .bare(list().signed(&signer, later(1)))
        .await
        .success();
    strict
        .bare(list().signed(&signer, later(2)))
        .await
        .error(401, "FSS.0401");
}

#[tokio::test]
async fn a_publication_can_be_kept_from_being_replayed() {
    let fixture = Fixture::with(|settings| settings.auth.signatures.refuse_replays = true).await;
    let signer = own(&fixture);
    let first = post(Fixture::path(FUNCTION_URN)).signed(&signer, now());
    fixture.bare(first.clone()).await.success();
    for _ in 0..2 {
        let message = fixture.bare(first.clone()).await.error(401, "FSS.0401");
        assert_eq!(
            message,
            "The signature was used before: sign each request anew"
        );
    }
    // The same bytes under another spelling of the path, or of the signature.
    let colons = post(Fixture::path(&FUNCTION_URN.replace(':', "%3A"))).signed(&signer, now());
    assert_eq!(colons.value("Authorization"), first.value("Authorization"));
    fixture.bare(colons).await.error(401, "FSS.0401");
    let authorization = first.value("Authorization").to_owned();
    let (start, signature) = authorization.split_at(authorization.len() - 64);
    let shouted = first.clone().without("Authorization").header(
        "Authorization",
        format!("{start}{}", signature.to_uppercase()),
    );
    fixture.bare(shouted).await.error(401, "FSS.0401");
    // To the end of the time in which it would be let in otherwise.
    fixture.clock.advance(900);
    fixture.bare(first.clone()).await.error(401, "FSS.0401");
    fixture.clock.advance(1);
    let message = fixture.bare(first).await.error(401, "FSS.0401");
    assert!(message.contains("900 seconds"), "{message}");

    let second = publish("v2").signed(&signer, later(901));
    fixture.bare(second).await.success();
    // Listing changes nothing, and may be repeated.
    let list = list().signed(&signer, later(901));
    for _ in 0..2 {
        fixture.bare(list.clone()).await.success();
    }
    // A refused signature is not noted: whoever made it up has kept nobody out.
    let forged = publish("v3").signed(&self::signer(ACCESS, SECRET), later(901));
    fixture.bare(forged).await.error(401, "FSS.0401");
}

/// A request that came too soon may come again as it is, when it was told to.
#[tokio::test]
async fn a_signature_that_was_one_request_too_many_is_not_used_up() {
    let fixture = Fixture::with(|settings| {
        settings.auth.signatures.refuse_replays = true;
        settings.limits.rate = Some(Rate {
            per_second: NonZeroU32::MIN,
            burst: NonZeroU32::MIN,
        });
    })
    .await;
    let signer = own(&fixture);
    let mut number = 0;
    let refused = loop {
        number += 1;
        let request = publish(&format!("v{number}")).signed(&signer, now());
        if fixture.bare(request.clone()).await.status == 429 {
            break request;
        }
    };
    let start = Instant::now();
    loop {
        let answer = fixture.bare(refused.clone()).await;
        if answer.status != 429 {
            answer.success();
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_replay_is_a_request_like_any_other_unless_it_is_refused() {
    let fixture = Fixture::start().await;
    let request = publish("v1").signed(&own(&fixture), now());
    fixture.bare(request.clone()).await.success();
    fixture.bare(request).await.error(409, "FSS.1062");
}

#[tokio::test]
async fn temporary_credentials_need_their_token() {
    let fixture = with_key(configured(PROJECT, Role::Publisher, Some("s3curity"))).await;
    let bare = signer(ACCESS, SECRET);
    let with = |token: &str| bare.clone().with_security_token(token).unwrap();
    fixture
        .bare(publish("v1").signed(&with("s3curity"), now()))
        .await
        .success();
    for signer in [
        &bare,
        &with("another"),
        &with("s3curit"),
        &with("s3curity0"),
    ] {
        fixture
            .bare(list().signed(signer, now()))
            .await
            .error(401, "FSS.0401");
    }
}

#[tokio::test]
async fn keys_are_for_one_project_and_one_role() {
    let fixture = with_key(configured(PROJECT, Role::Reader, None)).await;
    let reader = signer(ACCESS, SECRET);
    fixture.bare(list().signed(&reader, now())).await.success();
    let answer = fixture.bare(publish("v1").signed(&reader, now())).await;
    answer.error(403, "FSS.0403");

    let (access, secret) = fixture
        .service
        .add_key("fedcba9876543210fedcba9876543210", Role::Publisher)
        .await
        .unwrap();
    let stranger = signer(&access, &secret);
    let answer = fixture.bare(list().signed(&stranger, now())).await;
    answer.error(403, "FSS.0403");
}

#[tokio::test]
async fn a_key_that_is_configured_twice_is_an_error() {
    let fixture = Fixture::start().await;
    let mut settings = Settings::default();
    for role in [Role::Reader, Role::Publisher] {
        let key = configured(PROJECT, role, None);
        settings.auth.signatures.keys.push(key);
    }
    let store = fixture.service.store().clone();
    let error = Authenticator::new(store, settings.auth.clone()).unwrap_err();
    assert!(matches!(&error, SetupError::KeyTwice(access) if access == ACCESS));
    let shown = format!("{settings:?}");
    assert!(shown.contains(ACCESS) && !shown.contains(SECRET), "{shown}");
}

/// One service for all cases of a property.
fn shared() -> &'static (Runtime, TestService) {
    static SHARED: OnceLock<(Runtime, TestService)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let service = runtime.block_on(TestService::builder().start()).unwrap();
        (runtime, service)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_urn_and_any_query_reach_the_service_with_their_signature(
        urn in prop_oneof![
            any::<String>(),
            "[!-~]{1,40}",
            Just(FUNCTION_URN.to_owned()),
            "[a-z]{1,8}".prop_map(|alias| format!("{FUNCTION_URN}:!{alias}")),
        ],
        query in proptest::collection::vec((any::<String>(), any::<String>()), 0..5),
    ) {
        let (runtime, service) = shared();
        let signer = signer(service.access_key(), service.secret_key());
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let target = format!("{}?{}", Fixture::path(&encode(&urn)), query.join("&"));
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let time = SigningTime::from_unix(time.try_into().unwrap()).unwrap();
        let request = get(target).signed(&signer, time);
        let answer = runtime.block_on(request.send(service.address()));
        // Whatever else is said of it: the caller is known.
        prop_assert!(![401, 403, 500].contains(&answer.status), "{:?}", answer);
    }
}
