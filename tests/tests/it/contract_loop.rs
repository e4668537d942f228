//! The loop is closed: the document, what the running server serves and what the Rust types say of
//! themselves are one thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use functiongraph_conformance::http;
use functiongraph_contract::{Document, NoFiles, canonical, compare};
use functiongraph_service::testing;
use functiongraph_tests::exceptions::{self, LITERALS, Literal, MOST_DIFFERENCES};
use functiongraph_tests::guards::{Finding, contract_loop};
use functiongraph_tests::literals::literals;
use functiongraph_tests::rust_types::TYPES;
use serde_json::{Value, json};

use crate::project::{document, root};

fn told(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|finding| format!("{finding}\n"))
        .collect()
}

#[track_caller]
fn nothing(findings: &[Finding]) {
    assert!(findings.is_empty(), "{}", told(findings));
}

#[test]
fn what_the_server_says_of_itself_is_the_document() {
    nothing(&contract_loop::served(&document()));
}

#[test]
fn what_the_types_say_of_themselves_is_the_document() {
    nothing(&contract_loop::schemas(&document()));
}

#[test]
fn exceptions_are_needed_and_only_get_fewer() {
    let needless = contract_loop::needless_exceptions(&document());
    assert!(needless.is_empty(), "{}", needless.join("\n"));
    assert_eq!(
        exceptions::DIFFERENCES.len(),
        MOST_DIFFERENCES,
        "the list may only shrink: lower MOST_DIFFERENCES when it did, and mend the code when it would grow"
    );
    let mut places: Vec<_> = exceptions::DIFFERENCES
        .iter()
        .map(|entry| (format!("{:?}", entry.side), entry.pointer))
        .collect();
    places.sort();
    places.dedup();
    assert_eq!(
        places.len(),
        exceptions::DIFFERENCES.len(),
        "an entry is listed twice"
    );
    assert!(
        exceptions::DIFFERENCES
            .iter()
            .all(|entry| !entry.reason.is_empty())
    );
}

#[test]
fn every_component_has_a_type() {
    let document = document();
    let components: BTreeSet<_> = document.schemas.keys().map(String::as_str).collect();
    let types: BTreeSet<_> = TYPES.iter().map(|known| known.name).collect();
    assert_eq!(
        types, components,
        "tests/src/rust_types.rs lists the types (left), the document the components (right)"
    );
}

#[tokio::test]
async fn the_running_service_serves_both() {
    let service = testing::start().await.unwrap();
    let http = http().unwrap();
    let get = async |path: &str| {
        let response = http.get(service.url() + path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    };
    let document = document();

    let own: Value = serde_json::from_str(&get("/openapi.json").await).unwrap();
    nothing(&contract_loop::served_as(&document, &own));
    // It is what the server crate says, whole, and not the file in disguise.
    let compiled: Value =
        serde_json::from_str(&functiongraph_server::openapi().to_json().unwrap()).unwrap();
    assert_eq!(own, compiled);
    assert_eq!(own["openapi"], "3.1.0");

    let text = get("/openapi.yaml").await;
    let served = Document::parse("openapi.yaml", &text, &NoFiles)
        .unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(
        compare(&canonical(document.value()), &canonical(served.value())),
        []
    );
    service.stop().await.unwrap();
}

#[test]
fn literal_schemas_are_those_of_the_list() {
    let folder = root().join("crates/types/src/generated");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(literals(&fs::read_to_string(&path).unwrap()).unwrap());
        }
    }
    let listed: BTreeMap<_, _> = LITERALS.iter().copied().collect();
    let names: BTreeSet<_> = listed.keys().map(|&name| name.to_owned()).collect();
    assert_eq!(
        found,
        names,
        "left: literal in {}; right: LITERALS in tests/src/exceptions.rs",
        folder.display()
    );

    // Nothing but scalars, open enumerations and integers of an enumeration may be literal.
    let value = document().value().clone();
    for (name, kind) in listed {
        let pointer = match name.split_once('/') {
            Some((schema, field)) => format!("/components/schemas/{schema}/properties/{field}"),
            None => format!("/components/schemas/{name}"),
        };
        let schema = value
            .pointer(&pointer)
            .unwrap_or_else(|| panic!("the document has no {pointer}"));
        let ty = schema["type"].as_str().unwrap();
        let actual = match (ty, schema.get("enum").is_some(), name.contains('/')) {
            ("string" | "integer" | "number" | "boolean", false, false) => Literal::Scalar,
            ("string", true, false) => Literal::OpenEnumeration,
            ("integer", true, true) => Literal::IntegerEnumeration,
            _ => panic!("{name} must not be literal: {schema}"),
        };
        assert_eq!(actual, kind, "{name}");
    }
}

/// A guard that finds nothing may be blind: each of these changes of the document has to be found
/// in its place by the guards named.
#[test]
fn every_keyword_takes_part() {
    const SERVED: usize = 0b01;
    const SCHEMAS: usize = 0b10;
    const BOTH: usize = SERVED | SCHEMAS;
    let versions = "/paths/~1v2~1{project_id}~1fgs~1functions~1{function_urn}~1versions";
    let rows: &[(&str, Value, usize, &str)] = &[
        (
            "/components/schemas/FunctionVersion/properties/timeout/maximum",
            json!(900),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/timeout/format",
            json!("int64"),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/handler/pattern",
            json!("^a$"),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/handler/minLength",
            json!(2),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/user_data/maxLength",
            json!(4095),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/cpu/description",
            json!("x"),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/app_xrole/nullable",
            json!(false),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/properties/new",
            json!({ "type": "string" }),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersion/required/0",
            json!("user_data"),
            BOTH,
            "/components/schemas/FunctionVersion/required",
        ),
        (
            "/components/schemas/FunctionVersion/description",
            json!("x"),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FuncVpc/nullable",
            json!(false),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FuncCode/properties/file/format",
            json!("binary"),
            BOTH,
            "",
        ),
        (
            "/components/schemas/Runtime/enum/0",
            json!("Java7"),
            BOTH,
            "",
        ),
        ("/components/schemas/Marker/default", json!("1"), BOTH, ""),
        (
            "/components/schemas/VersionName/maxLength",
            json!(41),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionAsyncConfig/properties/max_async_retry_attempts/default",
            json!(2),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FuncVpc/properties/security_groups/items/type",
            json!("integer"),
            BOTH,
            "",
        ),
        (
            "/components/schemas/FunctionVersionPage/properties/versions/items/$ref",
            json!("#/components/schemas/Error"),
            BOTH,
            "",
        ),
        ("/info/version", json!("0.2.0"), SERVED, ""),
        ("/info/license/name", json!("MIT"), SERVED, ""),
        (
            "/servers/0/variables/region/default",
            json!("cn-east-3"),
            SERVED,
            "",
        ),
        ("/tags/0/description", json!("x"), SERVED, ""),
        (
            "/components/securitySchemes/XAuthToken/name",
            json!("X-Token"),
            SERVED,
            "",
        ),
        (
            "/components/parameters/Marker/description",
            json!("x"),
            SERVED,
            "/parameters/2/description",
        ),
        (
            "/components/parameters/Marker/example",
            json!("7"),
            SERVED,
            "/parameters/2/example",
        ),
        (
            "/components/headers/Retry-After/schema/format",
            json!("int64"),
            SERVED,
            "/headers/Retry-After/schema",
        ),
        (
            "/components/headers/X-Request-Id/description",
            json!("x"),
            SERVED,
            "/headers/X-Request-Id/description",
        ),
        (
            "/components/responses/Conflict/description",
            json!("x"),
            SERVED,
            "/responses/409/description",
        ),
        (
            "/components/responses/Conflict/content/application~1json/examples/taken/summary",
            json!("x"),
            SERVED,
            "/responses/409/content",
        ),
        (
            "/components/requestBodies/CreateFunctionVersion/required",
            json!(true),
            SERVED,
            "/requestBody/required",
        ),
        ("/security/0", json!({}), SERVED, "/security"),
        (
            &format!("{versions}/post/operationId"),
            json!("publish"),
            SERVED,
            "",
        ),
        (&format!("{versions}/post/summary"), json!("x"), SERVED, ""),
        (&format!("{versions}/post/tags/0"), json!("x"), SERVED, ""),
        (
            &format!("{versions}/post/responses/201"),
            json!({ "description": "x" }),
            SERVED,
            "",
        ),
        (
            &format!("{versions}/post/deprecated"),
            json!(true),
            SERVED,
            "",
        ),
        (
            "/components/parameters/MaxItems/name",
            json!("limit"),
            SERVED,
            "/get/parameters",
        ),
    ];
    for (pointer, new, guards, place) in rows {
        let changed = changed(pointer, new.clone());
        let place = if place.is_empty() { pointer } else { place };
        for (bit, findings) in [
            (SERVED, contract_loop::served(&changed)),
            (SCHEMAS, contract_loop::schemas(&changed)),
        ] {
            let found = findings.iter().any(|finding| finding.place.contains(place));
            assert_eq!(
                found,
                guards & bit != 0,
                "{pointer}, guard {bit}: {}",
                told(&findings)
            );
        }
    }
}

/// The document with another value at a place.
fn changed(pointer: &str, new: Value) -> Document {
    let mut value = document().value().clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    match value
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("the document has no {parent}"))
    {
        Value::Object(members) => drop(members.insert(key, new)),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = new,
        other => panic!("{other}"),
    }
    // Whether it is a contract that can be generated is not the question.
    Document::parse("changed.json", &value.to_string(), &NoFiles)
        .unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn a_broken_loop_says_all_there_is_to_know() {
    let changed = changed(
        "/components/schemas/StrategyConfig/properties/concurrency/maximum",
        json!(2000),
    );
    let findings = contract_loop::served(&changed);
    let place = "/components/schemas/StrategyConfig/properties/concurrency/maximum";
    let finding = findings.iter().find(|finding| finding.place == place);
    let finding = finding.unwrap_or_else(|| panic!("{}", told(&findings)));
    for part in [
        "changed.json:1:",
        "says 2000",
        "at /openapi.json says 1000",
        "touches create_function_version and list_function_versions",
        "the document is newer than the code: run `cargo xtask generate`",
    ] {
        assert!(
            finding.message.contains(part),
            "{part}: {}",
            finding.message
        );
    }
}
