//! Proof by mutation: no change of the document or of a generated file goes unseen.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use functiongraph_codegen::{Layout, generate};
use functiongraph_tests::guards::check::check;
use functiongraph_tests::mutants::run::run;
use functiongraph_tests::mutants::{Edit, Kind, Mutant, report, table};

use crate::project::{document, root};

/// Where `cargo xtask mutants` wants the table.
const TABLE: &str = "FUNCTIONGRAPH_MUTANTS_TABLE";

#[test]
fn no_mutant_survives() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    let run = run(&root(), &scratch).unwrap_or_else(|error| panic!("{error}"));
    let text = report::table(&run);
    if let Some(path) = std::env::var_os(TABLE) {
        fs::write(path, &text).unwrap();
    }
    let wrong = report::wrong(&run);
    assert!(
        wrong.is_empty(),
        "{text}\n{} rows are not as the table in tests/src/mutants says: a guard that no longer \
         notices a change is blind, a row that no longer fits has to follow the document",
        wrong.len()
    );
    let guarded = report::without_check(&run);
    assert!(
        guarded >= report::LEAST_WITHOUT_CHECK,
        "{text}\nonly {guarded} are noticed without check"
    );
}

#[test]
fn the_table_is_as_large_and_as_wide_as_it_has_to_be() {
    let rows: Vec<&Mutant> = table().collect();
    let ids: BTreeSet<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows.len(), "a name stands twice");
    let of_document = rows
        .iter()
        .filter(|row| matches!(row.edit, Edit::Document(_) | Edit::Text(_)));
    assert!(of_document.filter(|row| row.kind.is_change()).count() >= 110);
    let is_compiled = |row: &&&Mutant| matches!(row.edit, Edit::Compiled { .. });
    let compiled = rows
        .iter()
        .filter(is_compiled)
        .filter(|row| row.kind.is_change())
        .count();
    assert!(
        (1..=12).contains(&compiled),
        "{compiled} mutants are compiled"
    );
    for kind in [
        Kind::Field,
        Kind::Type,
        Kind::Required,
        Kind::Enumeration,
        Kind::Range,
        Kind::Pattern,
        Kind::Default,
        Kind::Parameter,
        Kind::Status,
        Kind::Header,
        Kind::Security,
        Kind::Path,
        Kind::OperationId,
        Kind::Example,
        Kind::Server,
        Kind::Tag,
    ] {
        assert!(
            rows.iter().filter(|row| row.kind == kind).count() >= 3,
            "{kind}"
        );
    }
}

#[test]
fn the_committed_files_are_what_the_document_generates() {
    let output =
        generate(&document(), &Layout::project()).unwrap_or_else(|report| panic!("{report}"));
    let findings: Vec<_> = check(&root(), &output)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
