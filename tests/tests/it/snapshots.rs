//! What has been accepted: the contract in its canonical form, what the server says of itself, the
//! generated crates as their users see them, and what is generated for each feature.
//!
//! `cargo xtask accept` accepts what they are now.

use std::collections::BTreeMap;
use std::fs;

use functiongraph_codegen::{Layout, Output, generate};
use functiongraph_contract::{Document, Folder, Report};
use functiongraph_tests::guards::snapshot::{
    self, ACCEPT, CANONICAL_DOCUMENT, canonical_document, canonical_text, mark, surface_name,
    surfaces,
};
use functiongraph_tests::guards::wire::wire;
use functiongraph_tests::guards::{Finding, contract_loop};
use functiongraph_tests::surface::{self, CRATES};

use crate::project::{document, root};

/// Compares a text with the snapshot of a name, after saying what a reader needs to know where they
/// differ.
#[track_caller]
pub(crate) fn accepted(name: &str, text: &str) {
    if let Ok(stored) = snapshot::read(name) {
        if stored.is_edited() {
            eprintln!("{}: the snapshot was edited by hand", snapshot::path(name));
        }
        if stored.text != text.trim_end() {
            eprintln!("if the difference is meant, run `{ACCEPT}`; else mend the code");
        }
    }
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => mark(text),
    }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Says what a guard found; the snapshot that fails after it shows the lines.
fn say(findings: &[Finding]) {
    for finding in findings {
        eprintln!("{finding}");
    }
}

fn generated() -> Output {
    generate(&document(), &Layout::project()).unwrap_or_else(|report| panic!("{report}"))
}

/// The generated files as they are committed.
fn committed() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for path in generated().files.into_keys() {
        if let Ok(text) = fs::read_to_string(root().join(&path)) {
            files.insert(path, text);
        }
    }
    files
}

#[test]
fn the_canonical_document() {
    let document = document();
    say(&canonical_document(&document));
    accepted(CANONICAL_DOCUMENT, &canonical_text(&document));
}

#[test]
fn the_served_document() {
    let text = functiongraph_server::openapi().to_pretty_json().unwrap();
    accepted("served-document", &text);
}

#[test]
fn the_public_surfaces_of_generated_crates() {
    say(&surfaces(&generated()));
    let files = committed();
    for name in CRATES {
        let surface = surface::of_crate(&files, name).unwrap_or_else(|error| panic!("{error}"));
        accepted(&surface_name(name), &surface::text(&surface));
    }
}

#[test]
fn the_guards_find_nothing_in_what_is_accepted() {
    assert_eq!(canonical_document(&document()), []);
    assert_eq!(surfaces(&generated()), []);
    assert_eq!(snapshot::edited_by_hand(), []);
}

/// What the guards say of a change to the contract, as its author meets it.
#[test]
fn the_guards_say_what_changed_and_what_to_do() {
    let text = fs::read_to_string(root().join("openapi/functiongraph.yaml")).unwrap();
    let text = text.replace("\r\n", "\n");
    let mut said = String::new();
    for (change, from, to) in [
        (
            "a new optional field",
            "        last_modified:\n",
            "        only_in_this_test:\n          type: string\n        last_modified:\n",
        ),
        (
            "a new value of an enumeration",
            "        - http\n",
            "        - http\n        - OnlyInThisTest\n",
        ),
        (
            "a narrowed range",
            "      maxLength: 42\n",
            "      maxLength: 12\n",
        ),
        (
            "a removed field",
            "        count:\n          type: integer\n          format: int64\n          description: >-\n            How many versions the function has, the working copy included. Source: sdk.\n",
            "",
        ),
        (
            "a renamed header",
            "            X-Request-Id:\n",
            "            X-Trace-Id:\n",
        ),
        (
            "a removed status",
            "        '409':\n          $ref: '#/components/responses/Conflict'\n",
            "",
        ),
        (
            "a renamed parameter",
            "      name: marker\n",
            "      name: offset\n",
        ),
        (
            "another operation id",
            "operationId: list_function_versions",
            "operationId: show_function_versions",
        ),
        (
            "another path",
            "  /v2/{project_id}/fgs",
            "  /v3/{project_id}/fgs",
        ),
        (
            "a pattern that is gone",
            "      pattern: '^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{128})$'\n",
            "",
        ),
        (
            "another header for tokens",
            "      name: X-Auth-Token\n",
            "      name: X-Token\n",
        ),
    ] {
        said.push_str(&format!("== {change}\n\n"));
        let files = Folder::new(root().join("openapi"));
        let changed = text.replacen(from, to, 1);
        let document = Document::parse("openapi/functiongraph.yaml", &changed, &files);
        let output = document.and_then(|document| {
            let output = generate(&document, &Layout::project())?;
            Ok((document, output))
        });
        // The contract may come to lack the place; then this is to be accepted, or another chosen.
        let Ok((document, output)) = output.and_then(|found| match changed == text {
            true => Err(Report::default()),
            false => Ok(found),
        }) else {
            said.push_str("The document cannot be changed like this.\n\n");
            continue;
        };
        for (guard, findings) in [
            ("loop", contract_loop::served(&document)),
            ("loop", contract_loop::schemas(&document)),
            ("snapshot", canonical_document(&document)),
            ("snapshot", surfaces(&output)),
            ("wire", wire(&document)),
        ] {
            // Some changes reach far; the first few of each guard show how it speaks.
            for finding in findings.iter().take(2) {
                said.push_str(&format!("{}\n", without_lines(&finding.to_string())));
            }
            match findings.len() {
                0 => said.push_str(&format!("[{guard}] nothing\n")),
                1 | 2 => {}
                more => said.push_str(&format!("[{guard}] and {} findings more\n", more - 2)),
            }
        }
        said.push('\n');
    }
    accepted("what-guards-say", &said);
}

/// A message without the lines of the document, which move with every change above them.
fn without_lines(message: &str) -> String {
    let mut parts = message.split("functiongraph.yaml:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        text.push_str(&format!("functiongraph.yaml:LINE:COLUMN{rest}"));
    }
    text
}

/// Of each file the text after a line with its name.
fn listing(files: &BTreeMap<String, String>) -> String {
    let parts: Vec<_> = files
        .iter()
        .map(|(path, text)| format!("// === {path}\n\n{}\n", text.trim_end()))
        .collect();
    parts.join("\n")
}

/// The generated source of each document of one feature: what several have in common, once, and
/// what each has of its own.
#[test]
fn the_source_that_features_generate() {
    let mut outputs = BTreeMap::new();
    for entry in fs::read_dir(root().join("tests/documents/features")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // One prefix for all, so that what differs is the feature.
        let layout = Layout::workspace("feature");
        let output = Document::load(&path)
            .and_then(|document| generate(&document, &layout))
            .unwrap_or_else(|report| panic!("{report}"));
        // The manifest is digests of what is here anyhow.
        let files = output
            .files
            .into_iter()
            .filter(|(path, _)| path.ends_with(".rs"));
        outputs.insert(name, files.collect::<BTreeMap<_, _>>());
    }
    let (common, own) = snapshot::apart(&outputs);
    for (name, files) in own {
        let as_others = outputs[&name]
            .keys()
            .filter(|path| !files.contains_key(*path));
        let as_others: String = as_others
            .map(|path| format!("// as for others: {path}\n"))
            .collect();
        accepted(
            &format!("feature@{name}"),
            &format!("{as_others}\n{}", listing(&files)),
        );
    }
    accepted("features-have-in-common", &listing(&common));
}
