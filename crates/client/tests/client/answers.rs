//! Answers as services send them: nothing of them is lost, and none is refused.

use functiongraph_client::types::{FunctionVersion, LastModified, Runtime};
use serde_json::{Value, json};

use crate::server::{Server, URN, answer};

const EXAMPLES: [&str; 5] = [
    include_str!("../../../../openapi/examples/s1-publish-response.json"),
    include_str!("../../../../openapi/examples/publish-response-v1.json"),
    include_str!("../../../../openapi/examples/publish-response-generated-name.json"),
    include_str!("../../../../openapi/examples/s2-list-response.json"),
    include_str!("../../../../openapi/examples/list-response-with-published.json"),
];

async fn published(body: &Value) -> FunctionVersion {
    let server = Server::doing([answer(200, body)]).await;
    let version = server
        .client()
        .function(URN)
        .publish()
        .send()
        .await
        .unwrap();
    assert_eq!(version.raw_body().as_ref(), body.to_string().as_bytes());
    version.into_inner()
}

/// Every version in the examples.
fn versions() -> Vec<Value> {
    EXAMPLES
        .iter()
        .flat_map(|example| {
            let value: Value = serde_json::from_str(example).unwrap();
            match value["versions"].as_array() {
                Some(versions) => versions.clone(),
                None => vec![value],
            }
        })
        .collect()
}

/// Whether `whole` has everything that `part` has.
fn has(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|own| has(own, value))),
        _ => whole == part,
    }
}

#[tokio::test]
async fn nothing_in_the_documented_answers_is_lost() {
    for body in versions() {
        let version = published(&body).await;
        let again = serde_json::to_value(&version).unwrap();
        assert!(has(&again, &body), "{again}\n{body}");
    }
}

#[tokio::test]
async fn what_nobody_knows_is_kept() {
    let mut body = versions().remove(0);
    body["runtime"] = json!("Node.js99");
    body["code_type"] = json!("floppy");
    body["type"] = json!("v3");
    body["brand_new"] = json!({ "deep": [1, null, "x"] });
    body["strategy_config"] = json!({ "concurrency": 5, "burst": true });
    let version = published(&body).await;
    assert_eq!(version.runtime, Runtime::Unknown("Node.js99".to_owned()));
    assert_eq!(version.runtime.to_string(), "Node.js99");
    let again = serde_json::to_value(&version).unwrap();
    assert!(has(&again, &body), "{again}");
}

#[tokio::test]
async fn any_field_may_be_missing_or_null() {
    let body = versions().remove(0);
    let mut without = vec![json!({})];
    let names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
    let mut all_null = body.clone();
    for name in &names {
        all_null[name] = Value::Null;
        let mut missing = body.clone();
        missing.as_object_mut().unwrap().remove(name);
        without.push(missing);
        let mut null = body.clone();
        null[name] = Value::Null;
        without.push(null);
    }
    without.push(all_null);
    without.push(json!({ "depend_list": [null, "a"], "mount_config": { "func_mounts": [null] } }));
    let bodies = without.clone();
    // One server for all of them.
    let server = Server::with(move |count, _| answer(200, &bodies[count]).into()).await;
    let client = server.client();
    for body in without {
        let result = client.function(URN).publish().send().await;
        assert!(result.is_ok(), "{body}: {result:?}");
    }
}

/// S2's page has pointers to strings in its lists: an item may be null as a field may.
#[tokio::test]
async fn an_item_that_is_null_is_none() {
    // One that has a page for itself is no sign of the end.
    let nothing = json!({ "versions": [null], "next_marker": 1 });
    let body = json!({ "versions": [null, { "version": "v1", "depend_list": [null, "a"] }] });
    let server = Server::doing([answer(200, nothing), answer(200, body)]).await;
    let versions = server.client().function(URN).versions();
    let all: Vec<functiongraph_client::types::FunctionVersion> =
        versions.try_collect().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0].depend_list.as_deref(),
        Some(["a".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn timestamps_keep_their_text_and_offset() {
    for (text, offset, instant) in [
        ("2018-03-28T11:30:32+08:00", Some("+08:00"), true),
        ("2018-03-28T03:30:32Z", Some("+00:00"), true),
        ("2019-10-25 15:37:27", None, false),
    ] {
        let version = published(&json!({ "last_modified": text })).await;
        let at: LastModified = version.last_modified;
        assert_eq!(at.as_str(), text);
        assert_eq!(
            at.offset()
                .unwrap()
                .map(|offset| offset.to_string())
                .as_deref(),
            offset
        );
        assert_eq!(at.instant().is_ok(), instant);
    }
}
