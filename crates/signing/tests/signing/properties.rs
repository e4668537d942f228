//! Whatever the request, what is signed verifies.

use functiongraph_signing::{Authorization, Presented};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::Message;

/// What some clients leave as it is in a path, and what the strictest encode.
const PATH_SETS: [&AsciiSet; 2] = [
    &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'/')
        .add(b'%'),
    NON_ALPHANUMERIC,
];

/// The same for a query.
const QUERY_SETS: [&AsciiSet; 2] = [
    &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'<')
        .add(b'>')
        .add(b'&')
        .add(b'=')
        .add(b'+')
        .add(b'%'),
    NON_ALPHANUMERIC,
];

/// URNs of all forms, and texts that are none.
fn urn() -> impl Strategy<Value = String> {
    let name = || "[A-Za-z][A-Za-z0-9_-]{0,8}";
    prop_oneof![
        (
            name(),
            proptest::option::of("(:[a-z0-9.-]{1,8}|:![a-zA-Z0-9_-]{1,8})")
        )
            .prop_map(|(name, qualifier)| {
                let qualifier = qualifier.unwrap_or_default();
                format!("urn:fss:cn-north-4:7aad83af:function:default:{name}{qualifier}")
            }),
        name().prop_map(|name| format!("default:{name}")),
        any::<String>(),
    ]
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec((any::<String>(), any::<String>()), 0..6)
}

/// The request that a client makes, with one of the encodings.
fn message(strict: usize, urn: &str, pairs: &[(String, String)], body: &str) -> Message {
    let query = |text: &str| utf8_percent_encode(text, QUERY_SETS[strict]).to_string();
    let mut message = Message::get("").post(body);
    let urn = utf8_percent_encode(urn, PATH_SETS[strict]);
    message.path = format!("/v2/p/fgs/functions/{urn}/versions");
    if !pairs.is_empty() {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", query(name), query(value)))
            .collect();
        message.query = Some(pairs.join("&"));
    }
    message
}

proptest! {
    #[test]
    fn any_urn_and_any_query_survive(
        strict in 0_usize..2, urn in urn(), pairs in pairs(), body in any::<String>(),
    ) {
        let signed = message(strict, &urn, &pairs, &body).signed();
        prop_assert!(signed.verifies());
        // A proxy or a client that encodes in another way, and sends parameters in another order,
        // means the same request.
        let mut other: Vec<_> = pairs.clone();
        other.reverse();
        let rewritten = message(1 - strict, &urn, &other, &body);
        let mut arrived = signed;
        arrived.path = rewritten.path;
        arrived.query = rewritten.query;
        prop_assert!(arrived.verifies());
    }

    #[test]
    fn any_raw_target_survives(path in any::<String>(), query in proptest::option::of(any::<String>())) {
        let mut message = Message::get("");
        message.path = path;
        message.query = query;
        prop_assert!(message.signed().verifies());
    }

    #[test]
    fn another_query_is_another_request(one in pairs(), two in pairs()) {
        let sorted = |pairs: &[(String, String)]| {
            let mut pairs = pairs.to_vec();
            pairs.sort();
            pairs
        };
        let mut arrived = message(0, "f", &one, "").signed();
        arrived.query = message(0, "f", &two, "").query;
        let same = sorted(&one) == sorted(&two);
        prop_assert_eq!(arrived.verifies(), same);
    }

    #[test]
    fn a_hostile_request_is_judged(
        path in any::<String>(),
        names in proptest::collection::vec("[!-~]{0,8}", 0..8),
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 8),
        date in "[0-9TZ]{0,20}",
    ) {
        let mut message = Message::get("").with("X-Sdk-Date", date);
        message.path = path;
        for (name, value) in names.iter().zip(&values) {
            message = message.with(name, value);
        }
        let text = format!(
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date;{}, Signature={}",
            names.join(";"),
            "5".repeat(64)
        );
        if let Ok(authorization) = Authorization::parse(text.as_bytes()) {
            message.request(|request| drop(Presented::new(authorization, request)));
        }
    }
}
