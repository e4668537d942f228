//! What the server says of itself.

use functiongraph_server::{Operation, openapi};
use serde_json::Value;

fn served() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

#[test]
fn every_operation_is_described() {
    let served = served();
    for operation in Operation::ALL {
        let pointer = operation.path().replace('~', "~0").replace('/', "~1");
        let method = operation.method().as_str().to_lowercase();
        let described = served
            .pointer(&format!("/paths/{pointer}/{method}"))
            .unwrap();
        assert_eq!(described["operationId"], operation.id());
        assert_eq!(described["tags"], serde_json::json!(["versions"]));
    }
}

#[test]
fn references_lead_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    found.push(target.clone());
                }
                members.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let served = served();
    let mut found = Vec::new();
    walk(&served, &mut found);
    assert!(
        found
            .iter()
            .any(|target| target.ends_with("/FunctionVersion"))
    );
    for target in found {
        assert!(
            served.pointer(target.trim_start_matches('#')).is_some(),
            "{target}"
        );
    }
}

#[test]
fn an_optional_body_is_not_a_nullable_one() {
    let served = served();
    let body = served.pointer(
        "/paths/~1v2~1{project_id}~1fgs~1functions~1{function_urn}~1versions/post/requestBody",
    );
    let body = body.unwrap();
    assert_ne!(body["required"], true);
    assert_eq!(
        body["content"]["application/json"]["schema"],
        serde_json::json!({"$ref": "#/components/schemas/CreateFunctionVersionRequest"}),
    );
}

#[test]
fn examples_have_their_values() {
    fn walk(value: &Value, count: &mut usize) {
        match value {
            Value::Object(members) => {
                if let Some(Value::Object(examples)) = members.get("examples") {
                    for (name, example) in examples {
                        assert!(!example["value"].is_null(), "{name}");
                        *count += 1;
                    }
                }
                members.values().for_each(|value| walk(value, count));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, count)),
            _ => {}
        }
    }
    let mut count = 0;
    walk(&served()["paths"], &mut count);
    assert!(count > 10);
}

#[test]
fn the_manifest_of_the_crate_is_not_the_api() {
    let served = served();
    assert_eq!(served["info"]["title"], "FunctionGraph function versions");
    assert!(served["info"]["license"].get("identifier").is_none());
    assert_eq!(
        served["servers"][0]["variables"]["region"]["default"],
        "cn-north-4"
    );
    assert_eq!(
        served["components"]["securitySchemes"]["AkSk"]["in"],
        "header"
    );
}
