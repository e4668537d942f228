//! Any document, not just ours: workspaces are generated from small documents of one feature each
//! and from public ones, and compile; or the document is refused with a place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use functiongraph_codegen::{Layout, Output, generate};
use functiongraph_contract::{Document, NoFiles};
use serde_json::json;

use crate::project::{document, root};

/// Public documents that are refused, and the rules that refuse them.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "link-example",
        &[
            "missing-bad-request",
            "numeric-format",
            "unsupported-feature",
        ],
    ),
    (
        "petstore-expanded",
        &["default-response", "missing-type", "operation-id"],
    ),
    (
        "swagger-petstore",
        &[
            "default-response",
            "media-type",
            "missing-bad-request",
            "missing-success",
            "missing-unauthorized",
            "several-media-types",
        ],
    ),
    (
        "uspto",
        &["media-type", "missing-bad-request", "numeric-format"],
    ),
];

/// Clients whose examples are compiled: those with arguments of all kinds, in all places.
const EXAMPLES: &[&str] = &[
    "defaults-client",
    "header-parameters-client",
    "keywords-client",
    "query-arrays-client",
    "third-client",
];

#[test]
fn documents_of_one_feature_and_public_ones_compile_or_are_refused_with_a_place() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workspaces");
    let mut members = Vec::new();
    let mut refused = BTreeMap::new();
    for path in documents() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let output = Document::load(&path)
            .and_then(|document| generate(&document, &Layout::workspace(&name)));
        match output {
            Ok(output) => {
                write(&folder.join(&name), &output);
                members.extend(["types", "client", "server"].map(|part| format!("{name}/{part}")));
            }
            Err(report) => {
                assert!(
                    report.diagnostics.iter().all(|found| found.line > 0),
                    "{name}: {report}"
                );
                let rules: Vec<_> = report
                    .diagnostics
                    .iter()
                    .map(|found| found.rule.id().to_owned())
                    .collect();
                refused.insert(name, rules);
            }
        }
    }
    let expected: BTreeMap<_, _> = REFUSED
        .iter()
        .map(|(name, rules)| {
            (
                (*name).to_owned(),
                rules
                    .iter()
                    .map(|&rule| rule.to_owned())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    for (name, rules) in &mut refused {
        rules.sort();
        rules.dedup();
        assert_eq!(Some(&*rules), expected.get(name), "{name}");
    }
    assert_eq!(
        refused.len(),
        expected.len(),
        "a document of REFUSED is no longer refused"
    );

    write(&folder.join("third"), &third_operation());
    let implementation = folder.join("third-implementation");
    fs::create_dir_all(implementation.join("src")).unwrap();
    for (from, to) in [("Cargo.toml.txt", "Cargo.toml"), ("lib.rs", "src/lib.rs")] {
        let text =
            fs::read_to_string(root().join("tests/documents/third-operation").join(from)).unwrap();
        put(&implementation.join(to), &text);
    }
    members.extend(
        [
            "third/types",
            "third/client",
            "third/server",
            "third-implementation",
        ]
        .map(str::to_owned),
    );

    put(
        &folder.join("Cargo.toml"),
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[profile.dev]\ndebug = \"line-tables-only\"\n"
        ),
    );
    if !folder.join("Cargo.lock").exists() {
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    }
    cargo(
        &folder,
        &["check", "--offline", "--workspace", "--all-features"],
    );
    cargo(
        &folder,
        &["test", "--offline", "--package", "third-implementation"],
    );
    let mut examples = vec!["test", "--offline", "--doc"];
    examples.extend(EXAMPLES.iter().flat_map(|client| ["--package", client]));
    cargo(&folder, &examples);
}

/// The contract with a third operation, `GET` of one version, added to the document alone.
fn third_operation() -> Output {
    let mut value = document().value().clone();
    let added =
        fs::read_to_string(root().join("tests/documents/third-operation/operation.json")).unwrap();
    let added: serde_json::Value = serde_json::from_str(&added).unwrap();
    merge(&mut value, &added);
    let document = Document::parse("third.json", &json!(value).to_string(), &NoFiles)
        .unwrap_or_else(|report| panic!("{report}"));
    generate(&document, &Layout::workspace("third")).unwrap_or_else(|report| panic!("{report}"))
}

/// Adds the members of one object to another.
fn merge(into: &mut serde_json::Value, from: &serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (key, value) in from {
                merge(
                    into.entry(key.clone()).or_insert(serde_json::Value::Null),
                    value,
                );
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["features", "public"] {
        for entry in fs::read_dir(root().join("tests/documents").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "json")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 11, "documents are missing: {found:?}");
    found
}

fn write(folder: &Path, output: &Output) {
    for (path, text) in output.files.iter().chain(&output.scaffold) {
        // The workspaces are members of one, so that they share what they depend on.
        if path != "Cargo.toml" {
            put(&folder.join(path), text);
        }
    }
}

/// Writes a file where its text differs, so that an unchanged one is not compiled again.
fn put(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn cargo(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // The documentation is generated too: no public item goes without.
        .env("RUSTFLAGS", "-D warnings -W missing-docs")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo {}:\n{}\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
