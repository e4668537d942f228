//! Signatures as they go over the wire, checked as a service checks them.

use functiongraph_client::credentials::AccessKeys;
use functiongraph_client::types::{FunctionUrn, Marker, MaxItems, ProjectId, VersionDescription};
use functiongraph_client::{Client, ErrorKind};
use functiongraph_signing::{Authorization, Presented, SecretKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::server::{PROJECT, Request, Server, URN, answer};

const SECRET: &str = "SKEXAMPLE/SecretKey+0000000000000000001";

/// What a service makes of the request's signature.
fn is_genuine(request: &Request) -> bool {
    let (path, query) = match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.target.as_str(), None),
    };
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let described = functiongraph_signing::Request {
        method: &request.method,
        path,
        query,
        headers: &headers,
        body: &request.body,
    };
    let authorization = request.header("authorization").unwrap();
    let authorization = Authorization::parse(authorization.as_bytes()).unwrap();
    let presented = Presented::new(authorization, &described).unwrap();
    assert!(!presented.is_signed_with(&SecretKey::new("another")));
    presented.is_signed_with(&SecretKey::new(SECRET))
}

fn client(server: &Server, keys: AccessKeys) -> Client {
    server.builder().credentials(keys).build().unwrap()
}

#[tokio::test]
async fn awkward_requests_are_signed_as_they_go_out() {
    let server = Server::doing([answer(200, "{}")]).await.of_anything();
    let permanent = client(&server, AccessKeys::new("AK", SECRET));
    let temporary = client(
        &server,
        AccessKeys::new("AK", SECRET).security_token("t/k+n=="),
    );
    for client in [&permanent, &temporary] {
        for urn in [
            URN.to_owned(),
            format!("{URN}:!live_1.x"),
            format!("{URN}:latest"),
            "a:b".to_owned(),
        ] {
            let function = client.function(&urn);
            function.versions().pages().next().await.unwrap().unwrap();
            function
                .versions()
                .page_size(7)
                .starting_at(3)
                .pages()
                .next()
                .await
                .unwrap()
                .unwrap();
            function.publish().send().await.unwrap();
            function
                .publish()
                .version("v1")
                .description("版本 ü \u{1f600}\n")
                .send()
                .await
                .unwrap();
        }
        // An empty value, and characters that are encoded one way in a URL and another in a
        // signature.
        client
            .list_function_versions()
            .project_id(PROJECT)
            .function_urn(FunctionUrn::new_unchecked(
                "a b!'()*~@$&+,;=%2F|^`{}\"<>[]\\ü",
            ))
            .marker(Marker::new_unchecked(""))
            .maxitems(MaxItems::new_unchecked("a b+c&d=e%20~*!'()ü"))
            .send()
            .await
            .unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 34);
    for request in &requests {
        assert!(is_genuine(request), "{request:?}");
        assert!(!request.target.split('?').next().unwrap().ends_with('/'));
    }
    assert!(requests[33].header("x-security-token").is_some());
}

/// The project that is signed is the path's, wherever the endpoint's own path ends.
#[tokio::test]
async fn an_endpoint_may_have_a_path_that_looks_like_the_apis() {
    let server = Server::doing([answer(200, "{}")]).await.of_anything();
    for prefix in ["", "/v2", "/gateway/v2/other"] {
        let client = crate::server::builder(&format!("{}{prefix}", server.url()))
            .credentials(AccessKeys::new("AK", SECRET))
            .build()
            .unwrap();
        client.function(URN).publish().send().await.unwrap();
        let request = server.requests().pop().unwrap();
        assert!(
            request
                .target
                .starts_with(&format!("{prefix}/v2/{PROJECT}/"))
        );
        assert_eq!(request.header("x-project-id"), Some(PROJECT));
        assert!(is_genuine(&request), "{request:?}");
    }
}

#[tokio::test]
async fn a_prepared_request_is_the_one_that_goes_out() {
    let server = Server::doing([answer(200, "{}")]).await;
    let client = client(&server, AccessKeys::new("AK", SECRET));
    let function = client.function(format!("{URN}:!live"));
    let publish = || function.publish().version("v1").description("ü");
    let list = || function.versions().page_size(7).starting_at(3);
    let prepared = [
        publish().prepare().await.unwrap(),
        list().prepare().await.unwrap(),
    ];
    assert_eq!(server.count(), 0);
    publish().send().await.unwrap();
    list().pages().next().await.unwrap().unwrap();
    for (prepared, sent) in prepared.iter().zip(server.requests()) {
        assert_eq!(prepared.method().as_str(), sent.method);
        let query = prepared
            .url()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        assert_eq!(format!("{}{query}", prepared.url().path()), sent.target);
        assert_eq!(prepared.body().unwrap_or_default(), sent.body);
        for (name, value) in prepared.headers() {
            if !matches!(name.as_str(), "authorization" | "x-sdk-date") {
                assert_eq!(sent.header(name.as_str()), value.to_str().ok(), "{name}");
            }
        }
        let signed = Request {
            headers: prepared
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            ..sent
        };
        assert!(is_genuine(&signed));
        assert!(!format!("{prepared:?}").contains("Signature"));
    }
    assert!(client.function("::").publish().prepare().await.is_err());
}

#[tokio::test]
async fn each_attempt_is_signed_anew() {
    let server = Server::doing([
        answer(503, "").header("retry-after", "1"),
        answer(200, "{}"),
    ])
    .await;
    let client = client(&server, AccessKeys::new("AK", SECRET));
    client.function(URN).publish().send().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(is_genuine));
    assert_ne!(
        requests[0].header("x-sdk-date"),
        requests[1].header("x-sdk-date")
    );
    assert_ne!(
        requests[0].header("authorization"),
        requests[1].header("authorization")
    );
    assert_eq!(requests[0].body, requests[1].body);
}

/// What arrived: the segment of the path that names the function, and the query.
fn arrived(request: &Request) -> (String, Vec<(String, String)>) {
    let url = reqwest::Url::parse(&format!("http://host{}", request.target)).unwrap();
    let path = request.target.split('?').next().unwrap();
    let prefix = format!("/v2/{PROJECT}/fgs/functions/");
    let urn = path.strip_prefix(prefix.as_str()).unwrap();
    let urn = urn.strip_suffix("/versions").unwrap();
    assert!(!urn.contains('/'), "{path}");
    let urn = percent_encoding::percent_decode_str(urn).decode_utf8();
    let query = url.query_pairs().into_owned().collect();
    (urn.unwrap().into_owned(), query)
}

#[test]
fn any_urn_and_query_survive_the_way_to_the_service() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = runtime
        .block_on(Server::doing([answer(200, "{}")]))
        .of_anything();
    let client = {
        let _inside = runtime.enter();
        client(
            &server,
            AccessKeys::new("AK", SECRET).security_token("temporary"),
        )
    };
    let urn = prop_oneof![8 => any::<String>(), 1 => "[.%2e/\\\\?#:! ]{0,4}"];
    let inputs = (urn, any::<String>(), any::<String>(), any::<String>());
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(96)
    });
    runner
        .run(&inputs, |(urn, marker, maxitems, description)| {
            let list = client
                .list_function_versions()
                .project_id(ProjectId::new_unchecked(PROJECT))
                .function_urn(FunctionUrn::new_unchecked(urn.as_str()))
                .marker(Marker::new_unchecked(marker.as_str()))
                .maxitems(MaxItems::new_unchecked(maxitems.as_str()));
            let publish = client
                .create_function_version()
                .project_id(ProjectId::new_unchecked(PROJECT))
                .function_urn(FunctionUrn::new_unchecked(urn.as_str()))
                .body(functiongraph_client::types::CreateFunctionVersionRequest {
                    description: Some(VersionDescription::new_unchecked(description.as_str())),
                    ..Default::default()
                });
            let before = server.count();
            let (listed, published) =
                runtime.block_on(async { (list.send().await, publish.send().await) });
            if matches!(urn.as_str(), "." | "..") {
                // No address holds them. Nothing is sent that would go elsewhere.
                prop_assert_eq!(listed.unwrap_err().kind(), ErrorKind::Request);
                prop_assert_eq!(published.unwrap_err().kind(), ErrorKind::Request);
                prop_assert_eq!(server.count(), before);
                return Ok(());
            }
            listed.unwrap();
            published.unwrap();
            let requests = server.requests();
            let [listed, published] = &requests[before..] else {
                panic!("{} requests", requests.len() - before);
            };
            for request in [listed, published] {
                prop_assert!(is_genuine(request), "{:?}", request);
                prop_assert_eq!(request.header("x-project-id"), Some(PROJECT));
                prop_assert_eq!(&arrived(request).0, &urn);
            }
            let query = [("marker", &marker), ("maxitems", &maxitems)];
            let query = query.map(|(name, value)| (name.to_owned(), value.clone()));
            prop_assert_eq!(arrived(listed).1, query);
            let body: serde_json::Value = serde_json::from_slice(&published.body).unwrap();
            prop_assert_eq!(body, serde_json::json!({ "description": description }));
            Ok(())
        })
        .unwrap();
}
