#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use functiongraph_contract::{Document, NoFiles};
use serde_json::json;

use super::{emit, values};
use crate::ir::Api;

const DOCUMENT: &str = r##"
openapi: 3.0.3
info: {title: Toys, version: "1"}
tags: [{name: Result}, {name: other}]
paths:
  /pets/{petId}:
    delete:
      operationId: delete
      tags: [Result]
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}}
  /pets/{id}/toys/{toy-id}:
    get:
      operationId: get_toy
      tags: [other]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: toy-id, in: path, required: true, schema: {type: string}}
        - {name: many, in: query, schema: {type: array, items: {type: boolean}}}
        - {name: path, in: query, schema: {type: string, default: "d"}}
      responses: {"200": {description: ok}}
  /pets/{toy-id}/toys/{id}:
    post:
      operationId: PostToy
      tags: [other]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: toy-id, in: path, required: true, schema: {type: string}}
      responses: {"204": {description: made}}
"##;

fn api(text: &str) -> Api {
    let document = Document::parse("toys.yaml", text, &NoFiles).unwrap();
    crate::lower::lower(&document).unwrap()
}

fn file(api: &Api, name: &str) -> String {
    let files = emit(api, "toy_types").unwrap();
    files.into_iter().find(|(file, _)| file == name).unwrap().1
}

#[test]
fn every_file_is_rust_and_says_where_it_comes_from() {
    for (name, text) in emit(&api(DOCUMENT), "toy_types").unwrap() {
        assert!(text.starts_with(crate::emit::HEADER), "{name}");
        assert!(text.ends_with('\n') && !text.contains('\r'), "{name}");
        syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn files_agree_from_run_to_run() {
    let api = api(DOCUMENT);
    assert_eq!(
        emit(&api, "toy_types").unwrap(),
        emit(&api, "toy_types").unwrap()
    );
}

#[test]
fn paths_that_share_their_way_share_their_names() {
    let routes = file(&api(DOCUMENT), "runtime/routes.rs");
    assert!(routes.contains("\"/pets/{petId}\""), "{routes}");
    assert!(
        routes.contains("\"/pets/{petId}/toys/{toy_id}\""),
        "{routes}"
    );
    assert!(
        routes.contains("allow: \"GET, HEAD, POST\""),
        "one path by two names: {routes}"
    );
    assert!(routes.contains("allow: \"DELETE\""), "{routes}");
}

#[test]
fn traits_keep_clear_of_the_prelude() {
    let result = file(&api(DOCUMENT), "result.rs");
    assert!(result.contains("pub trait ResultApi<I>"), "{result}");
}

#[test]
fn a_parameter_may_be_called_like_a_variable() {
    let other = file(&api(DOCUMENT), "other.rs");
    assert!(other.contains("let value_path = decoder"), "{other}");
    assert!(other.contains("List::Repeated"), "{other}");
}

#[test]
fn a_document_without_operations_has_no_server() {
    let mut api = api(DOCUMENT);
    api.tags.clear();
    assert_eq!(
        emit(&api, "toy_types").unwrap_err().to_string(),
        "the document has no operation to serve"
    );
}

#[test]
fn values_of_every_size_are_literals() {
    let value = json!([null, true, "a\"b", 1, -1, i64::MIN, u64::MAX, 0.5, -0.5, {"a": []}]);
    let text = values::json(&value).to_string();
    for part in [
        "1i64",
        "- 1i64",
        "i64 :: MIN",
        "18446744073709551615u64",
        "0.5f64",
        "- 0.5f64",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    syn::parse_str::<syn::Expr>(&text).unwrap();
}
