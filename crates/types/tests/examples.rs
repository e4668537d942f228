//! The examples of the document, the seeds' among them: they decode, keep the document's rules, and
//! are the same when they are written again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use functiongraph_types::{
    CreateFunctionVersionRequest, Error, FunctionVersion, FunctionVersionPage, LastModified,
    Runtime, TimestampError, UtcOffset, Validate,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/examples")
}

fn example(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn survives<T: Serialize + DeserializeOwned + Validate>(name: &str) -> T {
    let value = example(name);
    T::validate_json(&value).unwrap_or_else(|violations| panic!("{name}: {violations}"));
    let decoded: T =
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    decoded
        .validate()
        .unwrap_or_else(|violations| panic!("{name}: {violations}"));
    assert_eq!(serde_json::to_value(&decoded).unwrap(), value, "{name}");
    decoded
}

#[test]
fn every_example_survives() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        count += 1;
        if name.contains("publish-request") {
            survives::<CreateFunctionVersionRequest>(&name);
        } else if name.contains("publish-response") {
            survives::<FunctionVersion>(&name);
        } else if name.contains("list-response") {
            survives::<FunctionVersionPage>(&name);
        } else {
            survives::<Error>(&name);
        }
    }
    assert!(count >= 6, "only {count} examples");
}

#[test]
fn the_published_version_of_the_first_seed() {
    let version: FunctionVersion = survives("s1-publish-response.json");
    assert_eq!(version.runtime, Runtime::NodeJs610);
    assert_eq!(version.strategy_config.concurrency, Some(0));
    assert_eq!(
        version.last_modified.instant(),
        Err(TimestampError::NoOffset)
    );
    let beijing = "+08:00".parse::<UtcOffset>().unwrap();
    assert!(version.last_modified.instant_with_offset(beijing).is_ok());
    assert!(version.extra.is_empty());
}

#[test]
fn the_listed_version_of_the_second_seed() {
    let page: FunctionVersionPage = survives("s2-list-response.json");
    assert_eq!((page.next_marker, page.count), (1, None));
    let [version] = page.versions.as_slice() else {
        panic!("{} versions", page.versions.len())
    };
    assert_eq!(version.user_domain.as_deref(), Some("cff01_hk"));
    assert_eq!(
        version.last_modified,
        LastModified::from("2018-03-28T11:30:32+08:00")
    );
    assert!(version.last_modified.instant().is_ok());
}

#[test]
fn what_services_really_send_is_read() {
    let version: FunctionVersion = serde_json::from_value(json!({
        "func_urn": null,
        "strategy_config": {},
        "dependencies": null,
        "func_vpc": null,
        "app_xrole": null,
        "mount_config": {"mount_user": {"user_id": -1, "user_group_id": "1000"}, "func_mounts": null},
        "runtime": "Node.js 6.10",
        "memory_size": 128.0,
        "is_bridge_function": false,
        "domain_names": null,
        "gpu": {"memory": 0},
    }))
    .unwrap();
    assert_eq!(version.func_urn, "");
    assert_eq!(version.memory_size, 128);
    assert!(version.last_modified.is_absent());
    assert_eq!(version.runtime, Runtime::Unknown("Node.js 6.10".to_owned()));
    let user = version
        .mount_config
        .as_ref()
        .and_then(|config| config.mount_user.as_ref())
        .unwrap();
    assert_eq!(user.user_id.as_deref(), Some("-1"));
    let again = serde_json::to_value(&version).unwrap();
    assert_eq!(again["gpu"], json!({"memory": 0}));
    assert_eq!(again["domain_names"], Value::Null);
    assert_eq!(again["runtime"], "Node.js 6.10");
    assert!(again.get("dependencies").is_none());
}

#[test]
fn a_request_without_anything_is_an_empty_object() {
    assert_eq!(
        serde_json::to_value(CreateFunctionVersionRequest::default()).unwrap(),
        json!({})
    );
    let request: CreateFunctionVersionRequest =
        serde_json::from_value(json!({"version": "v1", "description": null, "surplus": []}))
            .unwrap();
    assert_eq!(
        serde_json::to_value(&request).unwrap(),
        json!({"version": "v1"})
    );
    for wrong in [
        json!([]),
        json!("v1"),
        json!(null),
        json!({"version": ""}),
        json!({"version": ".v1"}),
        json!({"digest": "zz"}),
    ] {
        assert!(
            CreateFunctionVersionRequest::validate_json(&wrong).is_err(),
            "{wrong}"
        );
    }
    assert!(CreateFunctionVersionRequest::validate_json(&json!({"description": ""})).is_ok());
}
