//! What is written of what the service answers.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Value, json};

use crate::fake::{Fake, answer, page};
use crate::program::{Fixture, Ran};

const EXAMPLE: &str = include_str!("../../../../openapi/examples/s1-publish-response.json");

/// The documented example with what nobody knows yet.
fn from_the_future() -> Value {
    let mut version: Value = serde_json::from_str(EXAMPLE).unwrap();
    for (name, value) in [
        ("version", json!("v1")),
        ("runtime", json!("Rust9.99")),
        ("code_type", json!("telepathy")),
        ("text", json!("yes")),
        ("number_in_text", json!("1e3")),
        ("lines", json!("a: b\n  - c # d\n'\"\t\n")),
        ("spaces", json!("  x  ")),
        ("nothing", json!("")),
        (
            "words",
            json!([
                "~",
                "null",
                "0x1F",
                "2019-10-25",
                "- a",
                "版本",
                "\u{1b}[2J"
            ]),
        ),
        (
            "nested",
            json!({ "deep": [{ "er": 1.5, "on": true }, [], {}], "large": 9007199254740993_i64 }),
        ),
    ] {
        version[name] = value;
    }
    version
}

/// A YAML text, as a JSON value.
fn of_yaml(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    value(&documents[0])
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(yes)) => json!(yes),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(pairs) => pairs
            .iter()
            .map(|(key, of)| (key.as_str().unwrap().to_owned(), value(of)))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_nobody_knows_yet_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let version = from_the_future();
    let versions = json!([version, from_the_future()]);
    let listing = Fake::always(page(versions.as_array().unwrap()));
    let publishing = Fake::always(answer(200, &version));
    let run = |service: &Fake, command: &str, format: &str| {
        let arguments = [command, "hello", "--output", format];
        let mut command = service.command(home.path(), &arguments);
        Ran::of(command.output().unwrap()).done()
    };
    let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    assert_eq!(read(&run(&listing, "list", "json")), versions);
    assert_eq!(of_yaml(&run(&listing, "list", "yaml")), versions);
    let lines = run(&listing, "list", "jsonl");
    assert_eq!(lines.lines().map(read).collect::<Value>(), versions);
    for format in ["json", "jsonl"] {
        assert_eq!(read(&run(&publishing, "publish", format)), version);
    }
    assert_eq!(of_yaml(&run(&publishing, "publish", "yaml")), version);
    for (service, command) in [(&listing, "list"), (&publishing, "publish")] {
        let table = run(service, command, "table");
        let row = table.lines().nth(1).unwrap();
        assert!(
            row.starts_with("v1 ") && row.contains("Rust9.99"),
            "{table}"
        );
        assert!(!table.contains('\u{1b}'), "{table}");
    }
}

#[test]
fn a_list_of_nothing_is_one() {
    let home = tempfile::tempdir().unwrap();
    let service = Fake::always(page(&[]));
    for (format, text) in [
        ("table", "VERSION"),
        ("json", "[]\n"),
        ("yaml", "[]\n"),
        ("jsonl", ""),
    ] {
        let mut command = service.command(home.path(), &["list", "hello", "-o", format]);
        let out = Ran::of(command.output().unwrap()).done();
        assert!(out.starts_with(text), "{out}");
        assert_eq!(out.lines().count(), usize::from(format != "jsonl"), "{out}");
    }
}

#[test]
fn small_pages_are_no_list_without_end() {
    let home = tempfile::tempdir().unwrap();
    let service = Fake::with(|count, _| {
        let next = if count < 249 { count + 1 } else { 0 };
        answer(
            200,
            json!({ "versions": [{ "version": format!("v{count}") }], "next_marker": next }),
        )
    });
    let arguments = ["list", "hello", "--all", "--page-size=1", "-o", "jsonl"];
    let mut command = service.command(home.path(), &arguments);
    let out = Ran::of(command.output().unwrap()).done();
    assert_eq!(out.lines().count(), 250);
}

#[test]
fn a_limit_and_all_decide_how_much_is_asked_for() {
    let here = Fixture::new();
    for name in ["v1", "v2", "v3"] {
        here.run(&["publish", "hello", "--version", name]).done();
    }
    let list = |more: &[&str]| {
        let before = here.watch.exchanges().len();
        let ran = here.run(&[&["list", "hello", "-o", "jsonl", "--page-size", "1"], more].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        (
            ran.out.lines().count(),
            !ran.err.is_empty(),
            here.watch.exchanges().len() - before,
        )
    };
    // One version more is asked for, which tells that there are more.
    assert_eq!(list(&["--limit", "2"]), (2, true, 3));
    let (count, more, pages) = list(&["--limit", "4"]);
    assert_eq!((count, more), (4, false));
    assert_eq!(list(&["--all"]), (4, false, pages));
    for wrong in [&["--limit", "0"][..], &["--limit", "2", "--all"]] {
        let ran = here.run(&[&["list", "hello"], wrong].concat());
        assert_eq!(ran.status, 2, "{ran:?}");
    }
}
