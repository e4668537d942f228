//! The emitter's own tests. What the generated types do is tested where they compile: in the tests
//! of the types crate, on the files that are checked here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use functiongraph_contract::{Document, NoFiles};

use super::emit;
use crate::lower::lower;

/// A document that has one of everything, and the types that are made from it.
fn shapes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../types/tests/shapes")
}

fn files(text: &str) -> BTreeMap<String, String> {
    let document = Document::parse("document.yaml", text, &NoFiles)
        .unwrap_or_else(|report| panic!("{report}"));
    let api = lower(&document).unwrap_or_else(|findings| panic!("{findings:?}"));
    let mut files: BTreeMap<_, _> = emit(&api)
        .unwrap_or_else(|fault| panic!("{fault}"))
        .into_iter()
        .map(|(name, text)| (format!("generated/{name}"), text))
        .collect();
    files.insert(
        "document.json".to_owned(),
        format!("{:#}\n", document.value()),
    );
    files
}

/// With `UPDATE_SHAPES` in the environment, writes the files instead of comparing them.
#[test]
fn the_shapes_of_the_types_crate_are_up_to_date() {
    let folder = shapes();
    let files = files(&std::fs::read_to_string(folder.join("document.yaml")).unwrap());
    let mut stale: Vec<String> = std::fs::read_dir(folder.join("generated"))
        .into_iter()
        .flatten()
        .map(|entry| format!("generated/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|name| !files.contains_key(name))
        .collect();
    if std::env::var_os("UPDATE_SHAPES").is_some() {
        std::fs::create_dir_all(folder.join("generated")).unwrap();
        for name in &stale {
            std::fs::remove_file(folder.join(name)).unwrap();
        }
        for (name, text) in &files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        return;
    }
    stale.extend(files.iter().filter_map(|(name, text)| {
        let written = std::fs::read_to_string(folder.join(name))
            .unwrap_or_default()
            .replace("\r\n", "\n");
        (written != *text).then(|| name.clone())
    }));
    assert!(
        stale.is_empty(),
        "stale in crates/types/tests/shapes: {stale:?}\n\
         write them with: UPDATE_SHAPES=1 cargo test -p functiongraph-codegen shapes"
    );
}

#[test]
fn two_runs_agree() {
    let text = std::fs::read_to_string(shapes().join("document.yaml")).unwrap();
    assert_eq!(files(&text), files(&text));
}

#[test]
fn generated_files_have_the_header_and_unix_line_ends() {
    let text = std::fs::read_to_string(shapes().join("document.yaml")).unwrap();
    for (name, text) in files(&text)
        .iter()
        .filter(|(name, _)| name.ends_with(".rs"))
    {
        assert!(text.starts_with(crate::emit::HEADER), "{name}");
        assert!(
            !text.contains('\r') && text.ends_with("}\n") || name.ends_with("mod.rs"),
            "{name}"
        );
        syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
