//! The rules of publishing and listing, over HTTP on real sockets.

use std::sync::Arc;

use functiongraph_service::auth::Role;
use functiongraph_service::config::Settings;
use functiongraph_service::domain::{Clock, FunctionKey, ManualClock, SeededRandom};
use functiongraph_service::store::{Administration as _, Store as _, VersionDeletion};
use functiongraph_service::testing::{FUNCTION_URN, PROJECT, TestService};
use serde_json::{Value, json};

use crate::store_suite::{self, origin};
use crate::wire::{Answer, Request, exchange, get, post};

/// The tenant of the function that both of the vendor's examples show.
const VENDOR_PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
const S1_VERSION: &str = include_str!("data/s1-version.json");
const S2_VERSION: &str = include_str!("data/s2-version.json");

/// A service with a clock at 2026-11-21 12:00:00 UTC that stands still.
pub(crate) struct Fixture {
    pub(crate) service: TestService,
    pub(crate) clock: Arc<ManualClock>,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        let clock = Arc::new(ManualClock::new("2026-11-21T12:00:00Z".parse().unwrap()));
        let service = TestService::builder()
            .settings(settings)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .random(Arc::new(SeededRandom::new(1)))
            .start()
            .await
            .unwrap();
        Self { service, clock }
    }

    /// The path of the versions of a function, named by URN or a short form.
    pub(crate) fn path(urn: &str) -> String {
        format!("/v2/{PROJECT}/fgs/functions/{urn}/versions")
    }

    /// Sends a request with the token.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        self.bare(request.token(self.service.token())).await
    }

    /// Sends a request as it is.
    pub(crate) async fn bare(&self, request: Request) -> Answer {
        request.send(self.service.address()).await
    }

    pub(crate) async fn publish(&self, body: Value) -> Answer {
        self.send(post(Self::path(FUNCTION_URN)).json(body)).await
    }

    pub(crate) async fn list(&self, query: &str) -> Answer {
        self.send(get(Self::path(FUNCTION_URN) + query)).await
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let page = self.list(query).await.success();
        let versions = page["versions"].as_array().unwrap();
        let name = |version: &Value| version["version"].as_str().unwrap().to_owned();
        versions.iter().map(name).collect()
    }

    async fn delete(&self, name: &str) {
        let store = self.service.store();
        let key = FunctionKey {
            project: PROJECT.into(),
            package: "default".into(),
            name: "hello".into(),
        };
        let deletion = store.delete_version(&key, name, origin()).await.unwrap();
        assert_eq!(deletion, VersionDeletion::Deleted);
    }

    /// A function with a name, like the one that is there.
    async fn import(&self, project: &str, name: &str) {
        let mut function: Value = serde_json::from_str(S2_VERSION).unwrap();
        function["func_urn"] = format!("urn:fss:r:{project}:function:default:{name}").into();
        function["func_name"] = name.into();
        self.service.import(&function.to_string()).await.unwrap();
    }
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

// The vendor's examples.

#[tokio::test]
async fn the_vendors_publish_example_publishes_v1() {
    let fixture = Fixture::start().await;
    fixture.service.import(S1_VERSION).await.unwrap();
    let token = fixture
        .service
        .add_token(VENDOR_PROJECT, Role::Publisher)
        .await
        .unwrap();
    let urn = format!("urn:fss:xxxxxxxxx:{VENDOR_PROJECT}:function:default:test");
    let path = format!("/v2/{VENDOR_PROJECT}/fgs/functions/{urn}/versions");
    // The body as the page has it.
    let request = post(&path)
        .token(&token)
        .json(r#"{ "version" : "v1", "description" : "v1" }"#);
    let published = fixture.bare(request).await.success();

    let mut expected: Value = serde_json::from_str(S1_VERSION).unwrap();
    expected["version"] = "v1".into();
    expected["version_description"] = "v1".into();
    expected["last_modified"] = "2026-11-21T12:00:00Z".into();
    let image = published["image_name"].as_str().unwrap();
    let tag = image.strip_prefix("v1-261121120000@").unwrap();
    assert_eq!(tag.len(), 5);
    assert!(
        tag.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    );
    expected["image_name"] = image.into();
    assert_eq!(published, expected);

    let page = fixture.bare(get(&path).token(&token)).await.success();
    let latest: Value = serde_json::from_str(S1_VERSION).unwrap();
    assert_eq!(
        page,
        json!({"versions": [latest, published], "next_marker": 2, "count": 2})
    );
}

#[tokio::test]
async fn the_vendors_list_example_is_answered_as_it_stands() {
    let fixture = Fixture::start().await;
    fixture.service.import(S2_VERSION).await.unwrap();
    let token = fixture
        .service
        .add_token(VENDOR_PROJECT, Role::Publisher)
        .await
        .unwrap();
    let path = format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions");
    let published = fixture
        .bare(post(&path).token(&token).json(json!({"version": "v1"})))
        .await
        .success();
    let latest: Value = serde_json::from_str(S2_VERSION).unwrap();
    let mut expected = latest.clone();
    expected["version"] = "v1".into();
    expected["last_modified"] = "2026-11-21T12:00:00Z".into();
    expected["image_name"] = published["image_name"].clone();
    assert_eq!(published, expected);

    // The request line as the page has it: its misspelt maxitems, its masked region, its `:latest`.
    let ask = async |marker: u32| {
        let text = format!(
            "GET /v2/7aad83af3e8d42e99ac194e8419e2c9b/fgs/functions/urn:fss:xxxxxxxxxx:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test:latest/versions?marker={marker}&maxtems=10 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nConnection: close\r\n\r\n"
        );
        exchange(fixture.service.address(), text.as_bytes())
            .await
            .success()
    };
    assert_eq!(
        ask(1).await,
        json!({"versions": [published], "next_marker": 2, "count": 2})
    );
    assert_eq!(
        ask(0).await,
        json!({"versions": [latest, published], "next_marker": 2, "count": 2})
    );
}

#[tokio::test]
async fn a_function_that_is_not_there_is_answered_in_the_vendors_words() {
    let fixture = Fixture::start().await;
    for answer in [
        fixture.send(get(Fixture::path("nix"))).await,
        fixture.send(post(Fixture::path("nix"))).await,
    ] {
        assert_eq!(answer.error(404, "FSS.1051"), "Not found the function");
    }
}

// Publishing.

#[tokio::test]
async fn a_body_is_optional_and_what_it_has_beside_is_ignored() {
    let fixture = Fixture::start().await;
    let path = Fixture::path(FUNCTION_URN);
    for (number, request) in [
        post(&path),
        post(&path).bytes(""),
        post(&path).header("Content-Type", "text/plain"),
        post(&path).json("{}"),
        post(&path).json("{}\n"),
        post(&path).json("null"),
        post(&path).json(r#"{"version": null, "description": null, "digest": null}"#),
        post(&path).json(r#"{"nobody": ["knows"], "Version": "-"}"#),
        post(&path)
            .header("Content-Type", "application/json; charset=utf-8")
            .bytes("{}"),
        post(&path)
            .header("Content-Type", "Application/JSON;charset=UTF-8")
            .bytes("{}"),
    ]
    .into_iter()
    .enumerate()
    {
        let version = fixture.send(request).await.success();
        assert_eq!(version["version"], format!("v20261121-12000{number}"));
        assert_eq!(version.get("version_description"), None);
    }
}

#[tokio::test]
async fn names_are_made_from_the_clock_and_never_again() {
    let fixture = Fixture::start().await;
    let publish = async || {
        let version = fixture.send(post(Fixture::path("hello"))).await.success();
        version["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(publish().await, "v20261121-120000");
    assert_eq!(publish().await, "v20261121-120001");
    fixture.clock.advance(-3600);
    assert_eq!(publish().await, "v20261121-120002");
    fixture.clock.advance(2 * 3600);
    assert_eq!(publish().await, "v20261121-130000");
}

#[tokio::test]
async fn names_are_judged() {
    let fixture = Fixture::start().await;
    for name in [
        "",
        "-",
        "v/1",
        "v 1",
        ".v",
        "v-",
        "é",
        "v1\u{0}",
        &"x".repeat(43),
    ] {
        let message = fixture
            .publish(json!({"version": name}))
            .await
            .error(400, "FSS.1015");
        assert!(message.starts_with("/body/version "), "{message}");
    }
    let message = fixture
        .publish(json!({"version": "latest"}))
        .await
        .error(400, "FSS.1015");
    assert!(message.contains("latest"), "{message}");
    fixture
        .publish(json!({"version": 1}))
        .await
        .error(400, "FSS.1015");
    for name in ["v1", "Latest", "1", &"x".repeat(42)] {
        let version = fixture.publish(json!({"version": name})).await.success();
        assert_eq!(version["version"], name);
    }
    fixture
        .publish(json!({"version": "v1"}))
        .await
        .error(409, "FSS.1062");
}

#[tokio::test]
async fn a_description_has_512_characters() {
    let fixture = Fixture::start().await;
    // Characters, not bytes: each of these has four.
    let longest = "𝄞".repeat(512);
    let version = fixture
        .publish(json!({"description": longest}))
        .await
        .success();
    assert_eq!(version["version_description"], longest);
    assert_eq!(version["description"], "Says hello");
    let message = fixture
        .publish(json!({"description": format!("{longest}x")}))
        .await
        .error(400, "FSS.1019");
    assert!(message.contains("512"), "{message}");
    let version = fixture.publish(json!({"description": ""})).await.success();
    assert_eq!(version["version_description"], "");
}

#[tokio::test]
async fn a_digest_has_to_be_that_of_the_code() {
    let fixture = Fixture::start().await;
    let latest = &fixture.list("").await.success()["versions"][0];
    let sha512 = latest["digest"].as_str().unwrap();
    // MD5 of the code of the function that every test service has.
    let md5 = "b16d2b91d3759c96f0454730eb490f6a";
    for right in [md5, &md5.to_uppercase(), sha512, &sha512.to_uppercase()] {
        let version = fixture.publish(json!({"digest": right})).await.success();
        assert_eq!(version["digest"], sha512);
    }
    let message = fixture
        .publish(json!({"digest": "0".repeat(32)}))
        .await
        .error(400, "FSS.0400");
    assert!(message.contains("MD5"), "{message}");
    let message = fixture
        .publish(json!({"digest": "0".repeat(128)}))
        .await
        .error(400, "FSS.0400");
    assert!(message.contains("SHA-512"), "{message}");
    for malformed in ["", "0", "z", &"0".repeat(64)] {
        fixture
            .publish(json!({"digest": malformed}))
            .await
            .error(400, "FSS.0400");
    }
    fixture.import(PROJECT, "uncoded").await;
    let message = fixture
        .send(post(Fixture::path("uncoded")).json(json!({"digest": sha512})))
        .await
        .error(400, "FSS.0400");
    assert!(message.contains("not imported"), "{message}");
}

#[tokio::test]
async fn unchanged_functions_are_refused_where_the_setting_says_so() {
    let fixture = Fixture::with(|settings| settings.rules.refuse_unchanged = true).await;
    fixture.publish(json!({"version": "v1"})).await.success();
    fixture
        .publish(json!({"version": "v2"}))
        .await
        .error(400, "FSS.1016");
    let lenient = Fixture::start().await;
    lenient.publish(json!({"version": "v1"})).await.success();
    lenient.publish(json!({"version": "v2"})).await.success();
}

#[tokio::test]
async fn a_function_has_20_versions_with_latest() {
    let fixture = Fixture::start().await;
    for _ in 0..19 {
        fixture.publish(json!({})).await.success();
    }
    let message = fixture.publish(json!({})).await.error(403, "FSS.0403");
    assert!(message.contains("20"), "{message}");
    assert_eq!(fixture.list("").await.success()["count"], 20);
    fixture.delete("v20261121-120000").await;
    fixture.publish(json!({})).await.success();
}

#[tokio::test]
async fn only_the_working_copy_can_be_published_from() {
    let fixture = Fixture::start().await;
    fixture.publish(json!({"version": "v1"})).await.success();
    for suffix in [":v1", ":v2", ":!alias"] {
        fixture
            .send(post(Fixture::path(&format!("{FUNCTION_URN}{suffix}"))))
            .await
            .error(400, "FSS.1309");
    }
    fixture
        .send(post(Fixture::path(&format!("{FUNCTION_URN}:latest"))))
        .await
        .success();
}

// Listing.

#[tokio::test]
async fn pages_are_offsets() {
    let fixture = Fixture::start().await;
    for name in ["b", "a", "c"] {
        fixture.publish(json!({"version": name})).await.success();
    }
    assert_eq!(fixture.names("").await, names(["latest", "b", "a", "c"]));
    assert_eq!(
        fixture.names("?marker=1&maxitems=2").await,
        names(["b", "a"])
    );
    let page = fixture.list("?maxitems=2&marker=2").await.success();
    assert_eq!(
        (&page["next_marker"], &page["count"]),
        (&json!(4), &json!(4))
    );
    for past in ["4", "5", "400", "999999999999999999"] {
        let page = fixture.list(&format!("?marker={past}")).await.success();
        let expected =
            json!({"versions": [], "next_marker": past.parse::<u64>().unwrap(), "count": 4});
        assert_eq!(page, expected);
    }
    fixture.delete("a").await;
    assert_eq!(
        fixture.names("?marker=1&maxitems=2").await,
        names(["b", "c"])
    );
    let page = fixture.list("?marker=2&maxitems=1").await.success();
    assert_eq!(
        (&page["next_marker"], &page["count"]),
        (&json!(4), &json!(3))
    );
    // Leading zeros are digits; the first of repeated parameters counts; others are ignored.
    assert_eq!(
        fixture
            .names("?marker=000000000000000001&maxitems=01&marker=3&x=%FF&=&&")
            .await,
        names(["b"])
    );
}

#[tokio::test]
async fn a_page_has_at_most_400_items() {
    let fixture = Fixture::with(|settings| settings.rules.max_versions = 1000).await;
    let store = fixture.service.store();
    let key = FunctionKey {
        project: PROJECT.into(),
        package: "default".into(),
        name: "hello".into(),
    };
    let function = store.function(&key).await.unwrap().unwrap();
    let all = (0..410).map(|_| store.publish(function, store_suite::publication(None)));
    for published in futures_join(all).await {
        published.unwrap();
    }
    for (query, items) in [
        ("", 400),
        ("?maxitems=0", 400),
        ("?maxitems=400", 400),
        ("?maxitems=401", 400),
        ("?maxitems=999999999999999999", 400),
        ("?maxitems=399", 399),
        ("?marker=11", 400),
        ("?marker=12", 399),
    ] {
        let page = fixture.list(query).await.success();
        assert_eq!(page["versions"].as_array().unwrap().len(), items, "{query}");
        assert_eq!(page["count"], 411);
    }
}

/// Waits for all, together.
async fn futures_join<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, outcome) in &mut pending {
            if outcome.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *outcome = Some(value);
            }
        }
        match pending.iter().all(|(_, outcome)| outcome.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    pending
        .into_iter()
        .filter_map(|(_, outcome)| outcome)
        .collect()
}

#[tokio::test]
async fn offsets_are_digits() {
    let fixture = Fixture::start().await;
    for value in [
        "",
        "-1",
        "+1",
        "1.0",
        "x",
        "0x1",
        "%20",
        "%31%00",
        "1234567890123456789",
        "%FF",
        "%C3%A9",
        "%",
    ] {
        for parameter in ["marker", "maxitems"] {
            let answer = fixture.list(&format!("?{parameter}={value}")).await;
            let message = answer.error(400, "FSS.1001");
            assert!(
                message.contains(&format!("/query/{parameter}")),
                "{message}"
            );
        }
    }
    let message = fixture
        .list("?marker=x&maxitems=-1")
        .await
        .error(400, "FSS.1001");
    let (marker, maxitems) = (
        message.find("/query/marker"),
        message.find("/query/maxitems"),
    );
    assert!(marker.is_some() && marker < maxitems, "{message}");
    assert_eq!(fixture.names("?marker=%30").await, names(["latest"]));
}

#[tokio::test]
async fn a_version_or_alias_in_the_path_has_to_exist() {
    let fixture = Fixture::start().await;
    fixture.publish(json!({"version": "v1"})).await.success();
    let list = |suffix: &str| fixture.send(get(Fixture::path(&format!("{FUNCTION_URN}{suffix}"))));
    for suffix in ["", ":latest", ":v1", "%3Av1", "%3av1"] {
        let page = list(suffix).await.success();
        assert_eq!(page["count"], 2, "{suffix}");
        assert_eq!(page["versions"].as_array().unwrap().len(), 2);
    }
    for suffix in [":v2", ":V1", ":Latest"] {
        list(suffix).await.error(404, "FSS.1052");
    }
    for suffix in [":!a", "%3A%21a", ":!v1", ":!latest"] {
        list(suffix).await.error(404, "FSS.1053");
    }
}

#[tokio::test]
async fn a_function_has_a_urn_and_short_forms_of_it() {
    let fixture = Fixture::start().await;
    fixture.publish(json!({"version": "v1"})).await.success();
    for urn in [
        "hello",
        "default:hello",
        &format!("{PROJECT}:default:hello"),
        &format!("{PROJECT}:default:hello:latest"),
        &format!("{PROJECT}:default:hello:v1"),
        &format!("urn:fss:anywhere:{PROJECT}:function:default:hello"),
        &FUNCTION_URN.replace(':', "%3A"),
        &FUNCTION_URN.replace(':', "%3a"),
        "%68ello",
    ] {
        let page = fixture.send(get(Fixture::path(urn))).await.success();
        assert_eq!(page["count"], 2, "{urn}");
    }
    for urn in [
        "Hello",
        "other:hello",
        "hell",
        "hello1",
        &format!("{PROJECT}:other:hello"),
    ] {
        fixture
            .send(get(Fixture::path(urn)))
            .await
            .error(404, "FSS.1051");
    }
    fixture
        .send(get(Fixture::path(&format!("{PROJECT}:default:hello:v2"))))
        .await
        .error(404, "FSS.1052");
    let long = "x".repeat(513);
    for urn in [
        "a:",
        ":a",
        "a::b",
        "a:b:c:d:e",
        "urn:fss:r:p:function:default",
        "urn:fss:r:p:function:default:f:v:w",
        "urn:obs:r:p:function:default:f",
        "a%20b",
        "%FF",
        "%00",
        "hello%2Fx",
        "h%C3%A9llo",
        &long,
    ] {
        for request in [get(Fixture::path(urn)), post(Fixture::path(urn))] {
            fixture.send(request).await.error(400, "FSS.1309");
        }
    }
}

// Both.

/// The order of judgement: one request that is wrong in two neighbouring ways for each pair.
#[tokio::test]
async fn requests_are_judged_in_order() {
    let fixture = Fixture::with(|settings| {
        settings.limits.body_bytes = 2048;
        settings.limits.header_bytes = 4096;
    })
    .await;
    let service = &fixture.service;
    let token = service.token();
    let reader = service.add_token(PROJECT, Role::Reader).await.unwrap();
    let here = Fixture::path(FUNCTION_URN);
    let elsewhere = here.replacen(PROJECT, "another", 1);
    let large_header = "x".repeat(5000);
    let large_body = "x".repeat(3000);
    let ask = async |request: Request, status: u16, code: &str| {
        fixture.bare(request).await.error(status, code);
    };

    // Path before method, method before headers, also where the headers are far too large.
    ask(Request::new("BREW", "/v2/x"), 404, "FSS.0404").await;
    ask(
        get("/v2/x").header("X-Large", &large_header),
        404,
        "FSS.0404",
    )
    .await;
    ask(
        Request::new("PUT", &here).header("X-Large", &large_header),
        405,
        "FSS.0405",
    )
    .await;
    // Headers before body.
    ask(
        post(&here)
            .header("X-Large", &large_header)
            .bytes(&*large_body),
        431,
        "FSS.0431",
    )
    .await;
    // Body limit before identity.
    ask(post(&here).bytes(&*large_body), 413, "FSS.0413").await;
    // Identity before project and role.
    ask(post(&elsewhere), 401, "FSS.0401").await;
    ask(post(&elsewhere).token("unknown-token"), 401, "FSS.0401").await;
    // Project and role before the URN.
    let bad_urn = Fixture::path("a::b");
    ask(
        post(bad_urn.replacen(PROJECT, "another", 1)).token(token),
        403,
        "FSS.0403",
    )
    .await;
    ask(post(&bad_urn).token(&reader), 403, "FSS.0403").await;
    ask(
        post(Fixture::path("nix:v1")).token(&reader),
        403,
        "FSS.0403",
    )
    .await;
    // The URN before the function.
    ask(
        post(Fixture::path(&format!("{PROJECT}:default:nix:v1"))).token(token),
        400,
        "FSS.1309",
    )
    .await;
    // The function before the media type, and before query and body.
    let nix = Fixture::path("nix");
    ask(
        post(&nix)
            .token(token)
            .header("Content-Type", "text/plain")
            .bytes("{}"),
        404,
        "FSS.1051",
    )
    .await;
    ask(post(&nix).token(token).json("{"), 404, "FSS.1051").await;
    ask(get(format!("{nix}?marker=x")).token(token), 404, "FSS.1051").await;
    ask(
        get(format!(
            "{}?marker=x",
            Fixture::path(&format!("{FUNCTION_URN}:v0"))
        ))
        .token(token),
        404,
        "FSS.1052",
    )
    .await;
    // The media type before the body.
    ask(
        post(&here)
            .token(token)
            .header("Content-Type", "text/plain")
            .bytes("{"),
        415,
        "FSS.0415",
    )
    .await;
    ask(post(&here).token(token).bytes("{"), 415, "FSS.0415").await;
    // The body before conflicts, conflicts before limits.
    for _ in 0..19 {
        fixture.publish(json!({})).await.success();
    }
    let taken = "v20261121-120000";
    ask(
        post(&here)
            .token(token)
            .json(json!({"version": taken, "description": "x".repeat(513)})),
        400,
        "FSS.1019",
    )
    .await;
    ask(
        post(&here)
            .token(token)
            .json(json!({"version": taken, "digest": "0".repeat(32)})),
        400,
        "FSS.0400",
    )
    .await;
    ask(
        post(&here).token(token).json(json!({"version": taken})),
        409,
        "FSS.1062",
    )
    .await;
    ask(
        post(&here).token(token).json(json!({"version": "free"})),
        403,
        "FSS.0403",
    )
    .await;
}

#[tokio::test]
async fn tenants_are_apart() {
    let fixture = Fixture::start().await;
    let other = "fedcba9876543210fedcba9876543210";
    fixture.import(other, "theirs").await;
    let their_token = fixture
        .service
        .add_token(other, Role::Publisher)
        .await
        .unwrap();
    // What one tenant hears of another's function is what everybody hears of one that is not.
    let shown = async |project: &str, urn: &str, token: &str| {
        let path = format!("/v2/{project}/fgs/functions/{urn}/versions");
        let mut shown = Vec::new();
        for request in [get(&path), post(&path), get(format!("{path}?marker=x"))] {
            let request = request.token(token).header("X-Request-Id", "same");
            let answer = fixture.bare(request).await;
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| name != "date");
            shown.push((answer.status, headers, answer.body));
        }
        shown
    };
    let ours = fixture.service.token();
    let urn = |name| format!("urn:fss:r:{other}:function:default:{name}");
    for (there, missing) in [
        (urn("theirs"), urn("absent")),
        (
            format!("{other}:default:theirs"),
            format!("{other}:default:absent"),
        ),
        (
            format!("{other}:default:theirs:latest"),
            format!("{other}:default:absent:latest"),
        ),
        ("theirs".to_owned(), "absent".to_owned()),
    ] {
        let seen = shown(PROJECT, &there, ours).await;
        assert_eq!(seen, shown(PROJECT, &missing, ours).await, "{there}");
        assert_eq!(seen[0].0, 404);
        let seen = shown(other, &there, ours).await;
        assert_eq!(seen, shown(other, &missing, ours).await, "{there}");
        assert_eq!(seen[0].0, 403);
    }
    // The tenant itself finds it.
    let path = format!("/v2/{other}/fgs/functions/theirs/versions");
    fixture.bare(get(&path).token(&their_token)).await.success();
    fixture
        .bare(get(Fixture::path("hello")).token(&their_token))
        .await
        .error(403, "FSS.0403");
}

#[tokio::test]
async fn a_reader_lists_and_does_not_publish() {
    let fixture = Fixture::start().await;
    let reader = fixture
        .service
        .add_token(PROJECT, Role::Reader)
        .await
        .unwrap();
    let path = Fixture::path(FUNCTION_URN);
    fixture.bare(get(&path).token(&reader)).await.success();
    fixture
        .bare(post(&path).token(&reader))
        .await
        .error(403, "FSS.0403");
}

#[tokio::test]
async fn who_calls_has_to_be_known() {
    let fixture = Fixture::start().await;
    let path = Fixture::path(FUNCTION_URN);
    let token = fixture.service.token();
    let almost = &token[..token.len() - 1];
    for request in [
        get(&path),
        get(&path).token(""),
        get(&path).token(almost),
        get(&path).token(&token.to_uppercase()),
        get(&path).token(&format!("{token}x")),
        get(&path).token("é"),
        get(&path).header("Authorization", format!("Bearer {token}")),
        get(&path).header(
            "Authorization",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=0",
        ),
        get(format!("{path}?X-Auth-Token={token}")),
    ] {
        let answer = fixture.bare(request).await;
        let message = answer.error(401, "FSS.0401");
        assert!(!message.contains(almost));
    }
    // White space around a header's value is not part of it.
    let padded = get(&path).token(&format!("  {token} \t"));
    fixture.bare(padded).await.success();
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let fixture = Fixture::start().await;
    let longest = "x".repeat(64);
    for id in ["1", "a-B_9", &longest] {
        for request in [
            get("/nix"),
            get(Fixture::path("nix")),
            get(Fixture::path("hello")),
        ] {
            let answer = fixture.send(request.header("X-Request-Id", id)).await;
            assert_eq!(answer.header("x-request-id"), Some(id));
        }
    }
    let mut made = Vec::new();
    for id in ["", "a b", "a.b", "é", &format!("{longest}x")] {
        let answer = fixture.send(get("/nix").header("X-Request-Id", id)).await;
        answer.error(404, "FSS.0404");
        made.push(answer.header("x-request-id").unwrap().to_owned());
    }
    made.push(
        fixture
            .bare(get("/docs"))
            .await
            .header("x-request-id")
            .unwrap()
            .to_owned(),
    );
    let count = made.len();
    made.sort();
    made.dedup();
    assert_eq!(made.len(), count);
}

#[tokio::test]
async fn a_wrong_body_is_told_all_its_faults_and_none_of_its_values() {
    let fixture = Fixture::start().await;
    let message = fixture
        .publish(json!({"version": "SECRET!", "description": ["SECRET"], "digest": "SECRET", "SECRET": 1}))
        .await
        .error(400, "FSS.0400");
    let places =
        ["/body/description", "/body/digest", "/body/version"].map(|place| message.find(place));
    assert!(places[0].is_some() && places.is_sorted(), "{message}");
    assert!(!message.contains("SECRET"), "{message}");

    let path = Fixture::path(FUNCTION_URN);
    for body in ["[]", "[1]", "1", "\"SECRET\"", "true"] {
        let message = fixture
            .send(post(&path).json(body))
            .await
            .error(400, "FSS.0400");
        assert!(
            message.contains("/body ") && !message.contains("SECRET"),
            "{message}"
        );
    }
    for body in [
        "{",
        "{\"version\":\"SECRET",
        "{}{}",
        "{} x",
        "nul",
        "\u{feff}{}",
        "{'a':1}",
        "{\"a\":01}",
        " ",
        &"[".repeat(100_000),
    ] {
        let message = fixture
            .send(post(&path).json(body))
            .await
            .error(400, "FSS.0400");
        assert!(
            message.contains("/body") && !message.contains("SECRET"),
            "{message}"
        );
    }
    let answer = fixture
        .send(
            post(&path)
                .header("Content-Type", "application/json")
                .bytes(b"{\"a\":\"\xff\"}".to_vec()),
        )
        .await;
    answer.error(400, "FSS.0400");
}

#[tokio::test]
async fn bodies_are_json() {
    let fixture = Fixture::start().await;
    let path = Fixture::path(FUNCTION_URN);
    for media_type in [
        "text/plain",
        "application/xml",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "",
        "x",
        "application/json, text/plain",
    ] {
        let request = post(&path).header("Content-Type", media_type).bytes("{}");
        fixture.send(request).await.error(415, "FSS.0415");
    }
    fixture
        .send(post(&path).bytes("{}"))
        .await
        .error(415, "FSS.0415");
    // A GET has no body to speak of.
    let request = get(&path).header("Content-Type", "text/plain").bytes("{");
    fixture.send(request).await.success();
}

#[tokio::test]
async fn bodies_are_bounded_whether_they_say_their_length_or_not() {
    let fixture = Fixture::with(|settings| settings.limits.body_bytes = 2048).await;
    let path = Fixture::path(FUNCTION_URN);
    let body = |length: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(length - 8));
    fixture.send(post(&path).json(body(2048))).await.success();
    let message = fixture
        .send(post(&path).json(body(2049)))
        .await
        .error(413, "FSS.0413");
    assert!(message.contains("2048"), "{message}");
    let token = fixture.service.token();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    );
    let chunked = |length| {
        let body = body(length);
        format!(
            "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    };
    let address = fixture.service.address();
    exchange(address, chunked(2048).as_bytes()).await.success();
    exchange(address, chunked(2049).as_bytes())
        .await
        .error(413, "FSS.0413");
    // Announced, and never sent.
    let announced = format!("{head}Content-Length: 99999999999\r\n\r\n");
    exchange(address, announced.as_bytes())
        .await
        .error(413, "FSS.0413");
}

#[tokio::test]
async fn headers_are_bounded() {
    let fixture = Fixture::start().await;
    let path = Fixture::path(FUNCTION_URN);
    fixture
        .send(get(&path).header("X-Large", "x".repeat(30_000)))
        .await
        .success();
    for size in [33_000, 100_000, 180_000] {
        fixture
            .send(get(&path).header("X-Large", "x".repeat(size)))
            .await
            .error(431, "FSS.0431");
    }
    let many = |count| {
        (0..count).fold(get(&path), |request, n| {
            request.header(&format!("X-{n}"), "x")
        })
    };
    fixture.send(many(90)).await.success();
    for count in [101, 400] {
        fixture.send(many(count)).await.error(431, "FSS.0431");
    }
    // Beyond what is read at all the answer is bare, but it is the same.
    let answer = fixture
        .send(get(&path).header("X-Large", "x".repeat(400_000)))
        .await;
    assert_eq!(answer.status, 431);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_answered_alike() {
    let fixture = Fixture::start().await;
    let versions = Fixture::path(FUNCTION_URN);
    for path in [
        "/",
        "/v2",
        "/v2/",
        "/v1/x/fgs/functions/f/versions",
        "/v2/x/fgs/functions/versions",
        "/docs/nix",
        "/openapi.yml",
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            fixture
                .bare(Request::new(method, path))
                .await
                .error(404, "FSS.0404");
        }
    }
    fixture
        .bare(get(format!("{versions}/")))
        .await
        .error(404, "FSS.0404");
    fixture
        .bare(get(format!("/{versions}")))
        .await
        .error(404, "FSS.0404");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = fixture.bare(Request::new(method, &versions)).await;
        answer.error(405, "FSS.0405");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
        let answer = fixture.bare(Request::new(method, "/docs")).await;
        answer.error(405, "FSS.0405");
        assert_eq!(
            answer
                .header("allow")
                .map(|allow| allow.replace(' ', ""))
                .as_deref(),
            Some("GET,HEAD")
        );
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let fixture = Fixture::start().await;
    for (path, status) in [
        (Fixture::path(FUNCTION_URN), 200),
        (Fixture::path("nix"), 404),
        (Fixture::path("a::b"), 400),
        ("/nix".to_owned(), 404),
        ("/docs/".to_owned(), 200),
        ("/openapi.json".to_owned(), 200),
        ("/healthz".to_owned(), 200),
        ("/readyz".to_owned(), 200),
    ] {
        let same_id = |method| Request::new(method, &path).header("X-Request-Id", "same");
        let got = fixture.send(same_id("GET")).await;
        let head = fixture.send(same_id("HEAD")).await;
        assert_eq!((got.status, head.status), (status, status), "{path}");
        assert_eq!(head.body, b"", "{path}");
        let headers = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| name != "date");
            headers.sort();
            headers
        };
        assert_eq!(headers(&head), headers(&got), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_publish_at_once_and_nothing_is_lost_or_repeated() {
    const CALLERS: usize = 16;
    const EACH: usize = 8;
    let fixture = Arc::new(Fixture::with(|settings| settings.rules.max_versions = 1000).await);
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0..EACH {
                    let body = match number % 2 {
                        0 => json!({}),
                        _ => json!({"version": format!("c{caller}-{number}")}),
                    };
                    acknowledged.push(fixture.publish(body).await.success());
                }
                acknowledged
            })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    let mut listed = Vec::new();
    let mut marker = 1;
    loop {
        let page = fixture
            .list(&format!("?marker={marker}&maxitems=7"))
            .await
            .success();
        let versions = page["versions"].as_array().unwrap().clone();
        if versions.is_empty() {
            break;
        }
        listed.extend(versions);
        marker = page["next_marker"].as_u64().unwrap();
    }
    assert_eq!(listed.len(), CALLERS * EACH);
    let sorted = |mut versions: Vec<Value>| {
        versions.sort_by_key(|version| version["version"].to_string());
        versions
    };
    assert_eq!(sorted(listed), sorted(acknowledged));
}

// What the service says of itself.

#[tokio::test]
async fn the_documents_are_served_and_say_which_they_are() {
    let fixture = Fixture::start().await;
    let yaml = fixture.bare(get("/openapi.yaml")).await;
    assert_eq!(yaml.status, 200);
    assert_eq!(yaml.header("content-type"), Some("application/yaml"));
    assert!(yaml.text().starts_with("openapi: 3.0.3\n"));
    assert_eq!(
        yaml.header("x-openapi-source"),
        Some("document; openapi=3.0.3")
    );
    let own = fixture.bare(get("/openapi.json")).await;
    assert_eq!(own.header("content-type"), Some("application/json"));
    assert_eq!(own.json()["openapi"], "3.1.0");
    assert_eq!(
        own.header("x-openapi-source"),
        Some("implementation; openapi=3.1.0")
    );
    let document = fixture.bare(get("/docs/functiongraph.json")).await.json();
    assert_eq!(document["openapi"], "3.0.3");
    for description in [&own.json(), &document] {
        let path = &description["paths"]["/v2/{project_id}/fgs/functions/{function_urn}/versions"];
        assert_eq!(path["post"]["operationId"], "create_function_version");
        assert_eq!(path["get"]["operationId"], "list_function_versions");
    }
}

#[tokio::test]
async fn the_pages_need_nothing_from_elsewhere() {
    let fixture = Fixture::start().await;
    for (path, media_type) in [
        ("/docs/", "text/html; charset=utf-8"),
        ("/docs/index.html", "text/html; charset=utf-8"),
        ("/docs/en/", "text/html; charset=utf-8"),
        ("/docs/en/index.html", "text/html; charset=utf-8"),
        (
            "/docs/en/create_function_version.html",
            "text/html; charset=utf-8",
        ),
        ("/docs/zh-CN/schemas.html", "text/html; charset=utf-8"),
        ("/docs/zh-CN/search.js", "text/javascript; charset=utf-8"),
        ("/docs/assets/site.css", "text/css; charset=utf-8"),
        ("/docs/assets/site.js", "text/javascript; charset=utf-8"),
        ("/docs/assets/icon.svg", "image/svg+xml"),
        ("/docs/functiongraph.yaml", "application/yaml"),
    ] {
        let file = fixture.bare(get(path)).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("content-type"), Some(media_type), "{path}");
        let policy = file.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(file.header("set-cookie"), None);
        for loads in ["src=\"http", "src=\"//", "@import", "url(http", "innerHTML"] {
            assert!(!file.text().contains(loads), "{path}: {loads}");
        }
    }
    let moved = fixture.bare(get("/docs")).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("docs/"))
    );
}

#[tokio::test]
async fn health_is_told() {
    let fixture = Fixture::start().await;
    for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = fixture.bare(get(path)).await.success();
        assert_eq!(answer, json!({"status": status}));
        fixture.bare(post(path)).await.error(405, "FSS.0405");
    }
}
