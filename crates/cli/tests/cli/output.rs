//! What is written of what the service answers.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Value, json};

use crate::fake::{Act, Fake, TOKEN, answer, page};
use crate::program::{Fixture, Ran, functiongraph};

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

/// Versions that a decoded one would show in another way.
fn odd() -> [Value; 3] {
    [
        json!({ "version": "v1" }),
        json!({
            "version": "v2",
            "timeout": null,
            "digest": null,
            "version_description": null,
            "func_vpc": null,
            "strategy_config": { "concurrency": null },
        }),
        json!({
            "new": { "a": [null, 1.5], "b": 18446744073709551615_u64 },
            "version": "v3",
            "memory_size": 128,
            "func_vpc": { "new": null, "vpc_id": "x" },
        }),
    ]
}

/// What a command writes in a format.
fn run(service: &Fake, command: &str, format: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let arguments = [command, "hello", "--output", format];
    let mut command = service.command(home.path(), &arguments);
    Ran::of(command.output().unwrap()).done()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_version_is_written_as_it_was_sent() {
    for version in odd() {
        let service = Fake::always(answer(200, &version));
        // With its names in the order of the service.
        let line = run(&service, "publish", "jsonl");
        assert_eq!(line, format!("{version}\n"));
        assert_eq!(read(&run(&service, "publish", "json")), version);
        let yaml = run(&service, "publish", "yaml");
        assert_eq!(yaml.contains("timeout"), version.get("timeout").is_some());
        let table = run(&service, "publish", "table");
        assert!(table.contains(version["version"].as_str().unwrap()));
    }
    let versions = json!(odd());
    let body = json!({ "new": true, "count": null, "versions": versions, "next_marker": 0 });
    let service = Fake::always(answer(200, body));
    assert_eq!(read(&run(&service, "list", "json")), versions);
    let lines = odd().map(|version| format!("{version}\n")).concat();
    assert_eq!(run(&service, "list", "jsonl"), lines);
    let yaml = run(&service, "list", "yaml");
    assert_eq!(yaml.matches("timeout: null").count(), 1, "{yaml}");
    assert_eq!(run(&service, "list", "table").lines().count(), 4);
}

#[test]
fn an_item_that_is_null_is_none() {
    let body = json!({ "versions": [null, { "version": "v1" }], "next_marker": 0 });
    let service = Fake::always(answer(200, body));
    assert_eq!(
        read(&run(&service, "list", "json")),
        json!([{ "version": "v1" }])
    );
    assert_eq!(run(&service, "list", "jsonl"), "{\"version\":\"v1\"}\n");
    assert_eq!(run(&service, "list", "table").lines().count(), 2);
}

/// Who repeats a publication that had worked reads the version from the list.
#[test]
fn a_version_that_the_list_tells_is_written_alone() {
    let home = tempfile::tempdir().unwrap();
    let version = |name: &str| {
        json!({
            "version": name,
            "digest": "d".repeat(128),
            "last_modified": "2100-01-01T00:00:00Z",
            "timeout": null,
        })
    };
    let service = Fake::with(move |count, _| match count {
        0 => Act::Close,
        1 => answer(
            409,
            json!({ "error_code": "FSS.1062", "error_msg": "taken" }),
        ),
        _ => page(&[version("latest"), version("v1")]),
    });
    let mut command = functiongraph(home.path());
    command
        .env("FUNCTIONGRAPH_ENDPOINT", service.url())
        .env("FUNCTIONGRAPH_TOKEN", TOKEN)
        .env(
            "HUAWEICLOUD_SDK_PROJECT_ID",
            functiongraph_service::testing::PROJECT,
        )
        .args(["publish", "hello", "--version", "v1", "-o", "jsonl"]);
    let line = Ran::of(command.output().unwrap()).done();
    let wanted = format!(r#"{{"version":"v1","digest":"{}","#, "d".repeat(128));
    assert!(line.starts_with(&wanted), "{line}");
    assert!(line.ends_with("\"timeout\":null}\n"), "{line}");
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn no_more_is_asked_for_than_the_limit_takes() {
    let home = tempfile::tempdir().unwrap();
    let service = Fake::always(page(&[]));
    for (more, asked) in [
        (&[][..], Some("maxitems=101")),
        (&["--limit", "1"], Some("maxitems=2")),
        (&["--limit", "9000"], Some("maxitems=400")),
        (&["--limit", "9", "--page-size", "3"], Some("maxitems=3")),
        (&["--all"], None),
    ] {
        for output in ["table", "jsonl"] {
            let arguments = [&["list", "hello", "--output", output], more].concat();
            let mut command = service.command(home.path(), &arguments);
            Ran::of(command.output().unwrap()).done();
            let target = service.requests().pop().unwrap().target;
            let query = target.split_once('?').map(|(_, query)| query);
            assert_eq!(query, asked, "{more:?}");
        }
    }
}

#[test]
fn a_list_of_large_pages_ends_before_the_memory() {
    const PAGE: usize = 60 << 20;
    let home = tempfile::tempdir().unwrap();
    let text = "x".repeat(PAGE);
    let service = Fake::with(move |count, _| {
        let body = format!(
            r#"{{"next_marker": {}, "versions": [{{"version": "v{count}", "new": "{text}"}}]}}"#,
            count + 1
        );
        answer(200, body)
    });
    let mut command = service.command(home.path(), &["list", "hello", "--all"]);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.status, 10, "{:.500}", ran.err);
    for part in ["larger than 256 MiB", "--output jsonl", "--limit"] {
        assert!(ran.err.contains(part), "{ran:?}");
    }
    assert_eq!(ran.out, "");
    assert_eq!(service.requests().len(), 5);
}

#[test]
fn an_empty_cell_keeps_its_column() {
    let home = tempfile::tempdir().unwrap();
    let service = Fake::always(page(&[
        json!({ "runtime": "Rust1.0" }),
        json!({ "version": "v2", "runtime": "Rust2.0" }),
    ]));
    let mut command = service.command(home.path(), &["list", "hello"]);
    let table = Ran::of(command.output().unwrap()).done();
    let lines: Vec<_> = table.lines().collect();
    let column = lines[0].find("RUNTIME");
    assert_eq!(lines[1].find("Rust1.0"), column, "{table}");
    assert_eq!(lines[2].find("Rust2.0"), column, "{table}");
    assert!(
        lines[0].starts_with("VERSION") && lines[2].starts_with("v2 "),
        "{table}"
    );
    assert!(!lines.iter().any(|line| line.ends_with(' ')), "{table}");
}
