//! Input that nobody means well with: the service stays up, and answers in the form of its errors.

use std::net::SocketAddr;
use std::sync::OnceLock;

use functiongraph_service::testing::{self, FUNCTION_URN, PROJECT};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::wire::{Answer, exchange_raw, get};

struct Target {
    runtime: Runtime,
    address: SocketAddr,
    token: String,
}

/// One service for all cases. It is left to the end of the process.
fn target() -> &'static Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let service = runtime.block_on(testing::start()).unwrap();
        let (address, token) = (service.address(), service.token().to_owned());
        std::mem::forget(service);
        Target {
            runtime,
            address,
            token,
        }
    })
}

/// Sends bytes; whatever comes back is an answer in the service's form, or nothing.
fn send(bytes: &[u8]) -> Option<Answer> {
    let target = target();
    let answer = target.runtime.block_on(async {
        let received = exchange_raw(target.address, bytes).await;
        Answer::parse(&received)
    });
    if let Some(answer) = &answer {
        assert!(answer.status < 500, "{}", answer.text());
        // What is no HTTP at all gets a bare answer.
        if answer.header("x-request-id").is_none() {
            assert!([400, 414, 431].contains(&answer.status) && answer.body.is_empty());
        } else if answer.status >= 400 && !answer.body.is_empty() {
            let body = answer.json();
            assert!(body["error_code"].as_str().unwrap().starts_with("FSS."));
            assert!(!body["error_msg"].as_str().unwrap().is_empty());
        }
    }
    answer
}

fn still_well() {
    let target = target();
    let answer = target
        .runtime
        .block_on(get("/healthz").send(target.address));
    assert_eq!(answer.status, 200);
}

/// Pieces of requests, hostile and harmless.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("%".to_owned()),
        Just("%00".to_owned()),
        Just("%2F..%2F".to_owned()),
        Just("%FF%FE".to_owned()),
        Just(":".to_owned()),
        Just("%3A!".to_owned()),
        Just("latest".to_owned()),
        Just("default:hello".to_owned()),
        Just(FUNCTION_URN.to_owned()),
        Just(PROJECT.to_owned()),
        Just("'; DROP TABLE version; --".replace(' ', "+")),
        Just("${jndi:x}".to_owned()),
        Just("é".to_owned()),
        "[!-~]{0,40}",
        "[a-z]{300,700}",
    ]
}

fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("1e999".to_owned()),
        Just("-0".to_owned()),
        Just("123456789012345678901234567890".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"\\u0000\"".to_owned()),
        Just("\"latest\"".to_owned()),
        "\"[ -!#-\\[\\]-~é𝄞]{0,60}\"",
        "\"[a-f0-9]{32}\"",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec(("(version|description|digest|[a-z]{1,4})", inner), 0..4).prop_map(|fields| {
                let fields: Vec<String> = fields
                    .into_iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_leave_the_service_well(bytes in vec(any::<u8>(), 0..600)) {
        send(&[&bytes[..], b"\r\n\r\n"].concat());
        still_well();
    }

    #[test]
    fn any_path_and_query_are_answered(
        path in vec(piece(), 0..5),
        query in vec((prop_oneof![Just("marker".to_owned()), Just("maxitems".to_owned()), piece()], piece()), 0..5),
        method in "(GET|HEAD|POST|PUT|[A-Z]{1,9})",
        with_function in any::<bool>(),
    ) {
        let target = target();
        let mut line = if with_function {
            format!("/v2/{PROJECT}/fgs/functions/{}/versions", path.concat())
        } else {
            format!("/{}", path.join("/"))
        };
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !query.is_empty() {
            line.push('?');
            line.push_str(&query.join("&"));
        }
        send(format!(
            "{method} {line} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nConnection: close\r\n\r\n",
            target.token
        ).as_bytes());
    }

    #[test]
    fn any_body_is_answered(
        body in prop_oneof![json_value(), "[ -~]{0,80}", vec(piece(), 0..8).prop_map(|pieces| pieces.concat())],
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let target = target();
        let mut body = body.into_bytes();
        if !whole && !body.is_empty() {
            body.truncate(cut.index(body.len()));
        }
        let head = format!(
            "POST /v2/{PROJECT}/fgs/functions/hello/versions HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            target.token,
            body.len()
        );
        let answer = send(&[head.as_bytes(), &body].concat());
        prop_assert!(answer.is_some());
    }

    #[test]
    fn any_header_is_answered(
        headers in vec(("(X-Auth-Token|X-Request-Id|Content-Type|Authorization|Accept|Expect|Transfer-Encoding|[A-Za-z-]{1,20})", "[ -~é\t]{0,60}"), 0..12),
    ) {
        let mut text = format!("GET /v2/{PROJECT}/fgs/functions/hello/versions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n0\r\n\r\n");
        send(text.as_bytes());
        still_well();
    }
}
