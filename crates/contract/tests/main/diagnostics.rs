//! The text of every diagnostic: a small broken document for each rule, and what is said of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use functiongraph_contract::{Document, Folder, Report, Rule, lint};

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

/// The documents by file name. `<rule>.yaml` breaks the rule, and so does `<rule>.<variant>.yaml`.
fn broken() -> Vec<(String, PathBuf)> {
    let mut found: Vec<_> = fs::read_dir(documents())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
        .filter(|(name, _)| name != "base.yaml")
        .collect();
    found.sort();
    found
}

fn findings(name: &str, path: &Path) -> Report {
    let text = fs::read_to_string(path).unwrap();
    match Document::parse(name, &text, &Folder::new(documents())) {
        Ok(document) => lint(&document),
        Err(report) => report,
    }
}

#[test]
fn every_rule_has_a_document_that_breaks_it() {
    let broken: BTreeSet<_> = broken()
        .into_iter()
        .map(|(name, _)| name.split('.').next().unwrap().to_owned())
        .collect();
    let rules: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id().to_owned()).collect();
    let unknown: Vec<_> = broken.difference(&rules).collect();
    assert!(unknown.is_empty(), "no such rule: {unknown:?}");
    let missing: Vec<_> = rules.difference(&broken).collect();
    // A file that cannot be read is no file of this repository.
    assert_eq!(missing, ["unreadable"]);
}

#[test]
fn the_base_document_breaks_no_rule() {
    let report = findings("base.yaml", &documents().join("base.yaml"));
    assert_eq!(report.render(false), "");
}

#[test]
fn every_document_breaks_its_rule() {
    for (name, path) in broken() {
        let id = name.split('.').next().unwrap();
        let report = findings(&name, &path);
        let ids: Vec<_> = report
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.rule.id())
            .collect();
        assert!(ids.contains(&id), "{name}: {ids:?}");
    }
}

#[test]
fn every_diagnostic_is_worded() {
    for (name, path) in broken() {
        let report = findings(&name, &path);
        insta::with_settings!({
            snapshot_suffix => &name,
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => report.diagnostics.len().to_string(),
        }, {
            insta::assert_snapshot!("diagnostic", report.render(false));
        });
    }
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let report = Document::load(Path::new("absent/openapi.yaml")).unwrap_err();
    insta::assert_snapshot!(report.render(false), @r"
    error[unreadable]: the document cannot be read: there is no such file
    --> absent/openapi.yaml
     = help: correct the path

    1 error
    ");
    let report = Document::load(&documents()).unwrap_err();
    assert_eq!(report.diagnostics[0].rule, Rule::Unreadable);
}

#[test]
fn colour_is_added_on_request() {
    let (name, path) = &broken()[0];
    let report = findings(name, path);
    assert!(report.render(true).contains("\u{1b}["));
    assert!(!report.render(false).contains("\u{1b}["));
}

#[test]
fn as_an_error_a_report_is_one_line_for_each_finding() {
    let path = documents().join("duplicate-tag.yaml");
    let report = findings("duplicate-tag.yaml", &path);
    insta::assert_snapshot!(report, @r"
    duplicate-tag.yaml:3:29: error[duplicate-tag]: the tag `pets` is listed twice; help: remove one of the two
    1 error
    ");
    assert!(report.clone().into_result().is_err());
    assert!(Report::default().into_result().is_ok());
}

#[test]
fn rules_have_stable_ids_and_explanations() {
    let listing: String = Rule::ALL
        .iter()
        .map(|rule| format!("{}: {}\n", rule.id(), rule.explanation().replace('\n', " ")))
        .collect();
    insta::assert_snapshot!(listing);
    for rule in Rule::ALL {
        assert_eq!(Rule::from_id(rule.id()), Some(*rule));
        assert!(rule.explanation().ends_with('.'), "{rule}");
    }
    assert_eq!(Rule::from_id("no-such-rule"), None);
}
