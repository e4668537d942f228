//! Reading: places, types, references, and YAML and JSON alike.

use std::collections::BTreeMap;

use functiongraph_contract::model::{
    Additional, Method, ParameterLocation, SchemaKind, SecuritySchemeKind, StatusKey,
};
use functiongraph_contract::{
    Document, FileError, Files as _, Folder, NoFiles, Pointer, Rule, lint,
};
use serde_json::json;

const PETS: &str = r#"openapi: 3.0.3
info:
  title: Pets
  version: '1'
  description: |
    All pets.
servers:
  - url: https://{region}.example.com
    variables:
      region: {default: north, enum: [north, south], description: Where.}
tags:
  - {name: pets, description: Pets.}
security:
  - Token: []
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: trace, in: header, description: Shared., schema: {type: string}}
    put:
      operationId: put_pet
      tags: [pets]
      summary: Put
      parameters:
        - {name: trace, in: header, description: Own., schema: {type: string}}
        - {$ref: '#/components/parameters/Alias'}
      requestBody: {$ref: '#/components/requestBodies/Pet'}
      responses:
        '200': {$ref: '#/components/responses/Pet'}
        4XX: {$ref: '#/components/responses/Error'}
        default:
          description: Wrong.
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
    get:
      operationId: get_pet
      deprecated: true
      security: []
      responses:
        200: {$ref: '#/components/responses/Pet'}
        '400': {$ref: '#/components/responses/Error'}
components:
  securitySchemes:
    Token: {type: apiKey, in: header, name: X-Token}
    Bearer: {type: http, scheme: Bearer}
  parameters:
    Alias: {$ref: '#/components/parameters/Limit'}
    Limit: {name: limit, in: query, example: 1, schema: {type: integer, format: int32, minimum: 1.0}}
  requestBodies:
    Pet:
      required: true
      content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {name: Rex}}}
  responses:
    Pet:
      description: A pet.
      headers: {X-Id: {schema: {type: string}}}
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Pet'}
          examples:
            rex: {$ref: '#/components/examples/Rex'}
    Error:
      description: Wrong.
      content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
  examples:
    Rex: {summary: Rex himself, externalValue: examples/rex.json}
  schemas:
    Pet:
      type: object
      title: Pet
      required: [name]
      x-note: kept
      properties:
        name: {type: string, minLength: 1, maxLength: 20, pattern: '^[A-Z]'}
        kind: {type: string, nullable: true, enum: [cat, dog, null], default: cat}
        legs: {type: integer, format: int32, enum: [2, 4]}
        owner:
          allOf: [{$ref: '#/components/schemas/Pet'}]
          nullable: true
        friends: {type: array, items: {$ref: '#/components/schemas/Pet'}, uniqueItems: true}
        labels: {type: object, additionalProperties: {type: string}}
        weight: {type: number, format: double, minimum: 0, exclusiveMinimum: true}
"#;

fn files() -> BTreeMap<String, String> {
    let rex = r#"{ "name": "Rex", "legs": 4 }"#;
    BTreeMap::from([("examples/rex.json".to_owned(), rex.to_owned())])
}

fn pets() -> Document {
    Document::parse("api/pets.yaml", PETS, &files()).unwrap()
}

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

#[test]
fn the_typed_view_says_what_the_document_says() {
    let document = pets();
    assert_eq!(lint(&document).render(false), "");
    assert_eq!(document.openapi, "3.0.3");
    assert_eq!(document.info.description.as_deref(), Some("All pets.\n"));
    assert_eq!(
        document.servers[0].variables["region"].enumeration,
        ["north", "south"]
    );
    assert_eq!(document.tags[0].name, "pets");

    let [put, get] = document.operations.as_slice() else {
        panic!("two operations");
    };
    assert_eq!((put.id.as_str(), put.method), ("put_pet", Method::Put));
    assert_eq!((get.id.as_str(), get.method), ("get_pet", Method::Get));
    assert!(get.deprecated && !put.deprecated);
    assert_eq!(put.security, document.security);
    assert!(get.security.is_empty());

    let parameters: Vec<_> = put
        .parameters
        .iter()
        .map(|parameter| (parameter.name.as_str(), parameter.location))
        .collect();
    assert_eq!(
        parameters,
        [
            ("id", ParameterLocation::Path),
            ("trace", ParameterLocation::Header),
            ("limit", ParameterLocation::Query)
        ]
    );
    assert_eq!(put.parameters[1].description.as_deref(), Some("Own."));
    assert_eq!(get.parameters[1].description.as_deref(), Some("Shared."));
    let limit = &put.parameters[2];
    assert_eq!(limit.component.as_deref(), Some("Limit"));
    assert_eq!(limit.at.as_str(), "/components/parameters/Limit");
    assert_eq!(limit.examples["default"].value, json!(1));
    let SchemaKind::Integer(integer) = &limit.schema.kind else {
        panic!("an integer");
    };
    assert_eq!(integer.minimum, Some(1));

    let body = put.request_body.as_ref().unwrap();
    assert!(body.required);
    assert_eq!(
        body.content["application/json"].examples["default"].value,
        json!({"name": "Rex"})
    );

    let statuses: Vec<_> = put
        .responses
        .iter()
        .map(|response| response.status)
        .collect();
    assert_eq!(
        statuses,
        [
            StatusKey::Code(200),
            StatusKey::Range(4),
            StatusKey::Default
        ]
    );
    let content = &put.responses[0].content["application/json"];
    let rex = &content.examples["rex"];
    assert_eq!(rex.value, json!({"name": "Rex", "legs": 4}));
    assert_eq!(rex.summary.as_deref(), Some("Rex himself"));
    assert_eq!(
        put.responses[0].headers["X-Id"].at.as_str(),
        "/components/responses/Pet/headers/X-Id"
    );

    let bearer = &document.security_schemes["Bearer"].kind;
    assert_eq!(
        *bearer,
        SecuritySchemeKind::Http {
            scheme: "bearer".to_owned()
        }
    );
}

#[test]
fn schemas_are_read_in_full() {
    let document = pets();
    let pet = &document.schemas["Pet"];
    assert_eq!(pet.title.as_deref(), Some("Pet"));
    assert_eq!(pet.extensions["x-note"], json!("kept"));
    let SchemaKind::Object(object) = &pet.kind else {
        panic!("an object");
    };
    assert!(object.properties["name"].required && !object.properties["kind"].required);
    assert_eq!(object.additional, Additional::Any);
    let kind = &object.properties["kind"].schema;
    assert!(kind.nullable);
    assert_eq!(kind.default, Some(json!("cat")));
    let SchemaKind::String(string) = &kind.kind else {
        panic!("a string");
    };
    assert_eq!(string.enumeration, ["cat", "dog"]);
    let SchemaKind::Integer(legs) = &object.properties["legs"].schema.kind else {
        panic!("an integer");
    };
    assert_eq!(legs.enumeration, [2, 4]);
    let owner = &object.properties["owner"].schema;
    assert!(owner.nullable);
    assert!(matches!(&owner.kind, SchemaKind::AllOf(members) if members.len() == 1));
    let SchemaKind::Array(friends) = &object.properties["friends"].schema.kind else {
        panic!("an array");
    };
    assert!(friends.unique_items);
    assert_eq!(document.resolve(&friends.items), pet);
    let SchemaKind::Object(labels) = &object.properties["labels"].schema.kind else {
        panic!("an object");
    };
    assert!(matches!(labels.additional, Additional::Schema(_)));
}

#[test]
fn the_bundled_value_holds_the_files() {
    let document = pets();
    let rex = &document.value()["components"]["examples"]["Rex"];
    assert_eq!(
        *rex,
        json!({"summary": "Rex himself", "value": {"name": "Rex", "legs": 4}})
    );
    let at = pointer("/components/examples/Rex/value/legs");
    assert_eq!(document.place(&at), ("api/examples/rex.json", 1, 26));
    let diagnostic = document.diagnostic(Rule::InvalidExample, &at, "no", "yes");
    assert_eq!(diagnostic.file, "api/examples/rex.json");
    assert_eq!(document.name(), "api/pets.yaml");
    assert_eq!(document.text(), PETS);
}

#[test]
fn places_are_those_of_the_text() {
    let document = pets();
    for (at, expected) in [
        ("", (1, 1)),
        ("/openapi", (1, 10)),
        ("/info", (2, 1)),
        ("/info/title", (3, 10)),
        ("/servers/0/url", (8, 10)),
        ("/paths/~1pets~1{id}", (16, 3)),
        ("/paths/~1pets~1{id}/parameters/0", (18, 10)),
        ("/paths/~1pets~1{id}/parameters/0/schema/type", (18, 61)),
        ("/paths/~1pets~1{id}/get/responses/200", (39, 9)),
        // What is not there is looked for where it should be.
        ("/info/license/name", (2, 1)),
        ("/tags/7", (11, 1)),
    ] {
        let (_, line, column) = document.place(&pointer(at));
        assert_eq!((line, column), expected, "{at}");
    }
    let key = document.key_diagnostic(Rule::MissingField, &pointer("/info/title"), "a", "b");
    assert_eq!((key.line, key.column), (3, 3));
    assert!(document.has(&pointer("/info")) && !document.has(&pointer("/absent")));
}

/// The document as JSON: same value, same view but for the places.
#[test]
fn json_and_yaml_are_read_alike() {
    let yaml = pets();
    let mut bundled = yaml.value().clone();
    bundled["components"]["examples"]["Rex"] =
        json!({"summary": "Rex himself", "externalValue": "examples/rex.json"});
    let text = serde_json::to_string_pretty(&bundled).unwrap();
    let json = Document::parse("pets.json", &text, &files()).unwrap();
    assert_eq!(json.value(), yaml.value());
    assert_eq!(json.operations, yaml.operations);
    assert_eq!(json.schemas, yaml.schemas);
    assert_eq!(json.place(&pointer("/info/title")).1, 4);
}

#[test]
fn line_ends_and_byte_order_marks_make_no_difference() {
    let plain = pets();
    for text in [
        PETS.replace('\n', "\r\n"),
        format!("\u{feff}{PETS}"),
        format!("---\n{PETS}...\n"),
        format!("%YAML 1.2\n---\n{PETS}"),
    ] {
        let other = Document::parse("pets.yaml", &text, &files()).unwrap();
        assert_eq!(other.value(), plain.value());
    }
    let text = format!("\u{feff}{}", PETS.replace('\n', "\r\n"));
    let other = Document::parse("pets.yaml", &text, &files()).unwrap();
    let at = pointer("/paths/~1pets~1{id}/parameters/0/schema/type");
    let (_, line, column) = other.place(&at);
    assert_eq!((line, column), (18, 61));
}

fn value_of(yaml: &str) -> serde_json::Value {
    let text =
        format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths: {{}}\nx-v: {yaml}\n");
    match Document::parse("v.yaml", &text, &NoFiles) {
        Ok(document) => document.value()["x-v"].clone(),
        Err(report) => panic!("{}", report.render(false)),
    }
}

#[test]
fn scalars_are_those_of_the_core_schema() {
    for (yaml, expected) in [
        ("", json!(null)),
        ("~", json!(null)),
        ("null", json!(null)),
        ("True", json!(true)),
        ("FALSE", json!(false)),
        ("yes", json!("yes")),
        ("on", json!("on")),
        ("12", json!(12)),
        ("-7", json!(-7)),
        ("+7", json!(7)),
        ("007", json!(7)),
        ("0o17", json!(15)),
        ("0xff", json!(255)),
        ("1_000", json!("1_000")),
        ("1.", json!(1.0)),
        (".5", json!(0.5)),
        ("1e3", json!(1000.0)),
        ("-1.5E-2", json!(-0.015)),
        ("1e", json!("1e")),
        (".", json!(".")),
        ("18446744073709551615", json!(u64::MAX)),
        ("2019-10-25 15:37:27", json!("2019-10-25 15:37:27")),
        ("'12'", json!("12")),
        ("\"a\\u00e9\\n\"", json!("aé\n")),
        ("!!str 12", json!("12")),
        ("!!int 12", json!(12)),
        ("! 12", json!("12")),
        ("[a, 'b', {c: d}]", json!(["a", "b", {"c": "d"}])),
        (
            "{200: a, null: b, true: c}",
            json!({"200": "a", "null": "b", "true": "c"}),
        ),
        ("|\n  a\n  b\n", json!("a\nb\n")),
        (">-\n  a\n  b\n", json!("a b")),
    ] {
        assert_eq!(value_of(yaml), expected, "{yaml:?}");
    }
}

#[test]
fn aliases_repeat_values() {
    assert_eq!(
        value_of("{a: &x {b: [1]}, c: *x, d: &k key, *k : 1}"),
        json!({"a": {"b": [1]}, "c": {"b": [1]}, "d": "key", "key": 1})
    );
}

fn json_value_of(text: &str) -> Result<serde_json::Value, String> {
    let text = format!(
        r#"{{"openapi": "3.0.3", "info": {{"title": "t", "version": "1"}}, "paths": {{}}, "x-v": {text}}}"#
    );
    Document::parse("v.json", &text, &NoFiles)
        .map(|document| document.value()["x-v"].clone())
        .map_err(|report| report.diagnostics[0].reason.clone())
}

#[test]
fn json_is_read_as_its_standard_says() {
    for text in [
        "null",
        "true",
        "-0.0",
        "0.5e-3",
        "1E+2",
        "9007199254740993",
        "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
        "\"\\ud83d\\ude00 \\u00e9\"",
        "[]",
        "{}",
        "[ 1 , [ ] ]",
        "\"\u{7f}\"",
        "123456789012345678901234567890",
    ] {
        let ours = json_value_of(text);
        if text.contains('\u{7f}') {
            // Allowed in JSON, and an invisible trap all the same.
            assert!(ours.is_err());
        } else {
            assert_eq!(
                ours.unwrap(),
                serde_json::from_str::<serde_json::Value>(text).unwrap(),
                "{text}"
            );
        }
    }
    // What is not JSON is taken as YAML, where it is that: what is neither is refused.
    for text in [
        "\"\\ud83d\"",
        "\"\\x\"",
        "[1,,2]",
        "nul]",
        "\"a",
        "{\"a\" 1}",
        "1e999",
    ] {
        assert!(json_value_of(text).is_err(), "{text}");
    }
}

#[test]
fn a_flow_mapping_is_yaml_though_it_looks_like_json() {
    let text = "{openapi: 3.0.3, info: {title: t, version: '1'}, paths: {}}";
    assert!(Document::parse("a.yaml", text, &NoFiles).is_ok());
    // Which explanation is given depends on how far each reading came.
    let broken = "{openapi: 3.0.3, info: {title: t, version: '1', paths: {}}";
    let report = Document::parse("a.yaml", broken, &NoFiles).unwrap_err();
    assert!(report.diagnostics[0].reason.contains("YAML"), "{report}");
    let broken = r#"{"openapi": "3.0.3", "info": {"title": "t" "version": "1"}}"#;
    let report = Document::parse("a.json", broken, &NoFiles).unwrap_err();
    assert!(report.diagnostics[0].reason.contains("JSON"), "{report}");
}

#[test]
fn references_may_be_percent_encoded() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    \
                A.b: {type: string}\n    B: {$ref: '#/components/schemas/A%2Eb'}\n";
    let document = Document::parse("a.yaml", text, &NoFiles).unwrap();
    assert_eq!(
        document.schemas["B"].kind,
        SchemaKind::Ref("A.b".to_owned())
    );
}

/// What could not be read is not also found missing.
#[test]
fn findings_do_not_breed_findings() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{id}:\n    get:\n      \
                operationId: a\n      parameters:\n        - $ref: '#/components/parameters/Id'\n      \
                responses:\n        '200': {$ref: '#/components/responses/Done'}\n        \
                '400': {$ref: '#/components/responses/Wrong'}\n";
    let report = Document::parse("a.yaml", text, &NoFiles).unwrap_err();
    let rules: Vec<_> = report.diagnostics.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::DanglingRef; 3]);
}

/// Reading and linting report together.
#[test]
fn everything_is_found_in_one_run() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: 1}\npaths:\n  /a:\n    get:\n      \
                operationId: a\n      responses:\n        '200': {description: d}\n    put:\n      \
                operationId: a\n      responses:\n        '200': {description: d}\n";
    let report = Document::parse("a.yaml", text, &NoFiles).unwrap_err();
    let rules: Vec<_> = report.diagnostics.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::WrongType, Rule::DuplicateOperationId]);
}

#[test]
fn a_report_is_sorted_and_says_things_once() {
    let report = Document::parse("a.yaml", "openapi: 3.0.3\nq: 1\np: 1\n", &NoFiles).unwrap_err();
    let lines: Vec<_> = report.diagnostics.iter().map(|found| found.line).collect();
    assert_eq!(lines, [1, 1, 2, 3]);
    let twice = report.clone().merge(report.clone());
    assert_eq!(twice, report);
}

#[test]
fn messages_cannot_steer_a_terminal() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n\"\\e[31m\\u202e\": 1\n";
    let report = Document::parse("a.yaml", text, &NoFiles).unwrap_err();
    assert!(
        !report.to_string().contains(['\u{1b}', '\u{202e}']),
        "{report}"
    );
    assert!(!report.render(false).contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn files_stay_within_their_folder() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("api");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(outer.path().join("secret.json"), "1").unwrap();
    std::fs::write(inner.join("own.json"), "2").unwrap();
    std::fs::write(inner.join("latin.json"), b"\"\xe9\"").unwrap();
    let folder = Folder::new(&inner);
    assert_eq!(folder.read("own.json").unwrap(), "2");
    assert!(matches!(
        folder.read("../secret.json"),
        Err(FileError::Outside)
    ));
    assert!(matches!(
        folder.read("/etc/hostname"),
        Err(FileError::Outside)
    ));
    assert!(matches!(
        folder.read("absent.json"),
        Err(FileError::Missing)
    ));
    assert!(matches!(folder.read("latin.json"), Err(FileError::NotUtf8)));
    assert!(matches!(
        folder.read("."),
        Err(FileError::Outside | FileError::Io(_))
    ));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outer.path().join("secret.json"), inner.join("link.json"))
            .unwrap();
        assert!(matches!(folder.read("link.json"), Err(FileError::Outside)));
    }
}

#[test]
fn a_document_is_loaded_with_the_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pets.yaml");
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    std::fs::write(&path, PETS).unwrap();
    std::fs::write(
        folder.path().join("examples/rex.json"),
        r#"{"name": "Rex"}"#,
    )
    .unwrap();
    let document = Document::load(&path).unwrap();
    assert_eq!(
        document.value()["components"]["examples"]["Rex"]["value"],
        json!({"name": "Rex"})
    );
    std::fs::write(&path, b"openapi: \xff").unwrap();
    let report = Document::load(&path).unwrap_err();
    assert_eq!(report.diagnostics[0].rule, Rule::Encoding);
}
