//! No input makes reading panic, take long, or take much memory.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use functiongraph_contract::{Document, NoFiles, Report, Rule, canonical, compare, digest, lint};
use proptest::prelude::*;

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n";

/// Generous for a slow machine; far below what unbounded work would take.
const LONGEST: Duration = Duration::from_secs(60);

/// Reads, lints and renders; whatever the outcome, it comes to an end.
fn digestible(name: &str, text: &str) -> Result<Document, Report> {
    let start = Instant::now();
    let outcome = Document::parse(name, text, &NoFiles);
    match &outcome {
        Ok(document) => {
            let report = lint(document);
            let _ = (report.render(false), report.to_string());
            let form = canonical(document.value());
            assert_eq!(canonical(&form), form);
            assert!(compare(document.value(), document.value()).is_empty());
            assert_eq!(digest(document).len(), 64);
        }
        Err(report) => {
            assert!(!report.is_empty());
            assert!(report.diagnostics.len() <= functiongraph_contract::limits::MAX_DIAGNOSTICS);
            let _ = (report.render(true), report.to_string());
        }
    }
    assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
    outcome
}

#[track_caller]
fn refused(text: &str, rule: Rule) {
    for name in ["a.yaml", "a.json"] {
        let report = digestible(name, text).unwrap_err();
        let rules: Vec<_> = report.diagnostics.iter().map(|found| found.rule).collect();
        assert!(rules.contains(&rule), "{rules:?}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    const LEVELS: usize = 100_000;
    refused(
        &format!("{HEAD}x-a: {}", "[".repeat(LEVELS)),
        Rule::TooLarge,
    );
    refused(
        &format!("{HEAD}x-a: {}", "{a: ".repeat(LEVELS)),
        Rule::TooLarge,
    );
    refused(
        &format!("{HEAD}x-a:\n  {}", "- ".repeat(LEVELS)),
        Rule::TooLarge,
    );
    refused(&"[".repeat(LEVELS), Rule::TooLarge);
    refused(&"{\"a\":".repeat(LEVELS), Rule::TooLarge);
    let mut block = HEAD.to_owned();
    for level in 0..2_000 {
        let _ = writeln!(block, "{}x-a:", " ".repeat(level));
    }
    refused(&block, Rule::TooLarge);
    let question = format!("{HEAD}x-a:\n{}", "? ".repeat(LEVELS));
    let _ = digestible("a.yaml", &question);
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = format!("{HEAD}x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 10].join(", ");
        let _ = writeln!(text, "x-{level}: &a{level} [{aliases}]");
    }
    refused(&text, Rule::TooLarge);
    // Aliases that nest deeper with each step.
    let mut text = format!("{HEAD}x-0: &a0 []\n");
    for level in 1..200 {
        let _ = writeln!(text, "x-{level}: &a{level} [*a{}]", level - 1);
    }
    refused(&text, Rule::TooLarge);
    // Anchors within one another.
    let anchors: String = (0..60).map(|level| format!("&a{level} [")).collect();
    let text = format!(
        "{HEAD}x-a: {anchors}{}{}\n",
        "0, ".repeat(20_000),
        "]".repeat(60)
    );
    refused(&text, Rule::TooLarge);
}

#[test]
fn schemas_that_multiply_are_refused() {
    let mut text = format!("{HEAD}components:\n  schemas:\n    A0: {{type: object}}\n");
    for level in 1..60 {
        let inner = format!("{{$ref: '#/components/schemas/A{}'}}", level - 1);
        let _ = writeln!(text, "    A{level}: {{anyOf: [{inner}, {inner}, {inner}]}}");
    }
    refused(&text, Rule::TooLarge);
}

#[test]
fn long_chains_of_references_are_refused() {
    let mut text = format!("{HEAD}components:\n  schemas:\n    A0: {{type: object}}\n");
    for level in 1..5_000 {
        let _ = writeln!(
            text,
            "    A{level}: {{allOf: [{{$ref: '#/components/schemas/A{}'}}]}}",
            level - 1
        );
    }
    refused(&text, Rule::TooLarge);
    let circle = text.replace(
        "A0: {type: object}",
        "A0: {$ref: '#/components/schemas/A4999'}",
    );
    refused(&circle, Rule::RefCycle);
}

/// Each value of the example is tried against alternatives that nest through a property.
#[test]
fn examples_that_take_forever_are_refused() {
    let text = format!(
        "{HEAD}components:\n  schemas:\n    A:\n      oneOf:\n        - {{$ref: '#/components/schemas/B'}}\n        \
         - {{$ref: '#/components/schemas/C'}}\n      example: {}1{}\n    \
         B: {{type: object, properties: {{a: {{$ref: '#/components/schemas/A'}}}}}}\n    \
         C: {{type: object, properties: {{a: {{$ref: '#/components/schemas/A'}}}}}}\n",
        "{a: ".repeat(50),
        "}".repeat(50)
    );
    let document = Document::parse("a.yaml", &text, &NoFiles).unwrap();
    let report = lint(&document);
    let rules: Vec<_> = report.diagnostics.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::TooLarge]);
}

/// A large component that is referenced very often.
#[test]
fn components_that_multiply_are_refused() {
    let headers: String = (0..2_000)
        .map(|index| format!("        X-{index}: {{schema: {{type: string}}}}\n"))
        .collect();
    let paths: String = (0..400)
        .map(|index| {
            format!(
                "  /{index}: {{get: {{operationId: o{index}, responses: {{'200': {{$ref: \
                 '#/components/responses/R'}}}}}}}}\n"
            )
        })
        .collect();
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}components:\n  responses:\n    \
         R:\n      description: r\n      headers:\n{headers}"
    );
    let report = digestible("a.yaml", &text).unwrap_err();
    assert!(
        report
            .diagnostics
            .iter()
            .any(|found| found.rule == Rule::TooLarge)
    );
}

#[test]
fn findings_are_counted_beyond_their_bound() {
    let keys: String = (0..5_000).map(|index| format!("k{index}: 1\n")).collect();
    let report = digestible("a.yaml", &format!("{HEAD}{keys}")).unwrap_err();
    assert_eq!(report.diagnostics.len(), 1_000);
    assert_eq!(report.omitted(), 4_000);
    assert!(
        report
            .to_string()
            .ends_with("5000 errors, of which 4000 are not shown")
    );
}

#[test]
fn files_that_are_too_large_are_refused() {
    let text = format!(
        "{HEAD}# {}",
        " ".repeat(functiongraph_contract::limits::MAX_BYTES)
    );
    refused(&text, Rule::TooLarge);
}

#[test]
fn one_long_line_is_no_trouble() {
    let text = format!("{HEAD}x-a: {}\nq: 1\n", "a".repeat(1_000_000));
    assert!(digestible("a.yaml", &text).is_err());
    let text = format!("{HEAD}'{}': 1\n", "a".repeat(1_000_000));
    let report = digestible("a.yaml", &text).unwrap_err();
    assert!(
        report.render(false).len() < 2_000,
        "{}",
        report.render(false).len()
    );
}

/// Pieces that YAML, JSON and OpenAPI consist of, put together at random.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "openapi: 3.0.3\n",
        "info:",
        "paths:",
        "components:",
        "schemas:",
        "$ref: ",
        "'#/components/",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        ": ",
        "- ",
        "? ",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "\"",
        "'",
        "|",
        ">",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "%",
        "---\n",
        "...\n",
        "#",
        "<<: ",
        "\r\n",
        "\r",
        "\u{85}",
        "\u{2028}",
        "é",
        "😀",
        "\u{feff}",
        "null",
        "0x",
        "1e",
        ".inf",
        "\\u",
        "\\",
        "@",
        "`",
        "~",
        "<<<<<<< a\n",
        "=======\n",
        ">>>>>>> b\n",
        "\0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A document that is mostly right.
const BASE: &str = include_str!("../documents/base.yaml");

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_to_an_end(text in "\\PC{0,200}") {
        let _ = digestible("a.yaml", &text);
        let _ = digestible("a.yaml", &format!("{HEAD}x-a: {text}"));
    }

    #[test]
    fn any_soup_comes_to_an_end(text in soup()) {
        let _ = digestible("a.yaml", &text);
        let _ = digestible("a.json", &format!("{{{text}"));
        let _ = digestible("a.yaml", &format!("{HEAD}x-a: {text}"));
    }

    /// A line removed, repeated, moved or cut short.
    #[test]
    fn any_broken_document_comes_to_an_end(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..5_u8, any::<prop::sample::Index>()), 1..6)
    ) {
        let mut lines: Vec<String> = BASE.lines().map(str::to_owned).collect();
        for (line, edit, other) in edits {
            let index = line.index(lines.len());
            let from = lines[other.index(lines.len())].clone();
            match edit {
                0 if lines.len() > 1 => { lines.remove(index); }
                1 => lines.insert(index, from),
                2 => lines[index] = from,
                3 => {
                    let count = lines[index].chars().count();
                    lines[index] = lines[index].chars().take(other.index(count + 1)).collect();
                }
                _ => lines[index].insert_str(0, "  "),
            }
        }
        let _ = digestible("a.yaml", &lines.join("\n"));
    }

    /// A value anywhere in the document replaced by another one.
    #[test]
    fn any_wrong_value_comes_to_an_end(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize), 1..5)
    ) {
        let base = Document::parse("base.yaml", BASE, &NoFiles).unwrap();
        let mut value = base.value().clone();
        for (place, with) in edits {
            let pointers = pointers(&value);
            let at = &pointers[place.index(pointers.len())];
            let others = [
                serde_json::json!(null), serde_json::json!(true), serde_json::json!(-1),
                serde_json::json!(1.5), serde_json::json!(u64::MAX), serde_json::json!(1e300),
                serde_json::json!(""), serde_json::json!("#/components/schemas/Pet"),
                serde_json::json!([]), serde_json::json!({}), serde_json::json!(["a", 1, null]),
                serde_json::json!({"$ref": "#/components/schemas/Pet"}),
            ];
            if let Some(found) = value.pointer_mut(at) {
                *found = others[with].clone();
            }
        }
        let _ = digestible("a.json", &value.to_string());
        let form = canonical(&value);
        prop_assert_eq!(&canonical(&form), &form);
        prop_assert!(compare(&value, &value).is_empty());
        prop_assert_eq!(compare(base.value(), &value).is_empty(), *base.value() == value);
    }
}

fn pointers(value: &serde_json::Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let children: Vec<_> = match value {
        serde_json::Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        serde_json::Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.replace('~', "~0").replace('/', "~1"), member))
            .collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        found.extend(
            pointers(child)
                .into_iter()
                .map(|rest| format!("/{key}{rest}")),
        );
    }
    found
}

/// Many findings on one very long line: none of them may cost the line.
#[test]
fn many_findings_on_one_line_are_no_trouble() {
    let keys: String = (0..20_000)
        .map(|index| format!("\"k{index}\": 1, "))
        .collect();
    let text = format!(
        "{{\"openapi\": \"3.0.3\", \"info\": {{\"title\": \"t\", \"version\": \"1\"}}, \"paths\": {{}}, {keys}\"é\": 1}}"
    );
    let report = digestible("a.json", &text).unwrap_err();
    assert_eq!(report.omitted(), 19_001);
    let last = report.diagnostics.last().unwrap();
    let shown = last.render(false);
    let place = format!("a.json:1:{}", last.column);
    assert!(
        shown.contains(&place) && shown.contains("\"k999\": 1"),
        "{shown}"
    );
    let duplicates: String = (0..20_000).map(|_| "\"k\": 1, ").collect();
    let report = digestible("a.json", &format!("{{{duplicates}\"k\": 1}}")).unwrap_err();
    assert!(report.omitted() > 18_000);
}

/// What is large and referenced often would be copied as often.
#[test]
fn large_values_that_multiply_are_refused() {
    let references: String = (0..4_000)
        .map(|index| format!("        e{index}: {{$ref: '#/components/examples/E'}}\n"))
        .collect();
    let with = |value: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    get:\n      operationId: a\n      \
             responses:\n        '200':\n          description: d\n          content:\n            application/json:\n              \
             schema: {{}}\n              examples:\n{}components:\n  examples:\n    E: {{value: {value}}}\n",
            references.replace("        e", "                e")
        )
    };
    refused(
        &with(&format!("[{}]", "0, ".repeat(20_000))),
        Rule::TooLarge,
    );
    refused(&with(&"a".repeat(500_000)), Rule::TooLarge);
    assert!(digestible("a.yaml", &with("1")).is_ok());
}

#[test]
fn very_many_names_are_no_trouble() {
    let names: String = (0..20_000).map(|index| format!("n{index}, ")).collect();
    let schemas = format!(
        "{HEAD}components:\n  schemas:\n    A: {{type: object, required: [{names}]}}\n    \
         B: {{type: string, enum: [{names}]}}\n    C: {{type: string, enum: [{names}], example: x}}\n"
    );
    let report = lint(&Document::parse("a.yaml", &schemas, &NoFiles).unwrap());
    assert_eq!(report.diagnostics.len() + report.omitted(), 20_001);
    let parameters: String = (0..5_000)
        .map(|index| {
            format!(
                "        - {{name: p{index}, in: path, required: true, schema: {{type: string}}}}\n"
            )
        })
        .collect();
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    get:\n      operationId: a\n      \
         parameters:\n{parameters}      responses:\n        '200': {{description: d}}\n        '400': {{description: d}}\n"
    );
    let _ = digestible("a.yaml", &text);
}

#[test]
fn very_many_patterns_are_refused() {
    let schemas: String = (0..1_500)
        .map(|index| format!("    A{index}: {{type: string, pattern: '^a{index}$'}}\n"))
        .collect();
    let text = format!("{HEAD}components:\n  schemas:\n{schemas}");
    let document = Document::parse("a.yaml", &text, &NoFiles).unwrap();
    let report = lint(&document);
    assert!(
        report
            .diagnostics
            .iter()
            .all(|found| found.rule == Rule::TooLarge)
    );
    assert_eq!(report.diagnostics.len(), 500);
}
