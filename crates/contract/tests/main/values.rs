//! Canonical forms, comparison and digests of whole documents.

use functiongraph_contract::{Document, NoFiles, canonical, compare, digest};
use proptest::prelude::*;
use serde_json::{Map, Value};

const BASE: &str = include_str!("../documents/base.yaml");

fn base() -> Document {
    Document::parse("base.yaml", BASE, &NoFiles).unwrap()
}

#[test]
fn the_canonical_form_of_the_base_document() {
    let form = serde_json::to_string_pretty(&canonical(base().value())).unwrap();
    insta::assert_snapshot!(form);
}

#[test]
fn comments_and_order_make_no_difference_to_the_digest() {
    let plain = digest(&base());
    assert!(plain.len() == 64 && plain.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let commented = format!("# Another comment.\n{BASE}\n# And one more.\n");
    let other = Document::parse("other.yaml", &commented, &NoFiles).unwrap();
    assert_eq!(digest(&other), plain);
    let json = base().value().to_string();
    let other = Document::parse("other.json", &json, &NoFiles).unwrap();
    assert_eq!(digest(&other), plain);
    let changed = BASE.replace("maximum: 100", "maximum: 101");
    let other = Document::parse("other.yaml", &changed, &NoFiles).unwrap();
    assert_ne!(digest(&other), plain);
}

#[test]
fn a_change_is_told_by_its_place() {
    let changed = BASE
        .replace("maximum: 100", "maximum: 50")
        .replace("enum: [cat, dog]", "enum: [cat, bird, dog]")
        .replace(
            "- name: pets\n    description: Pets.",
            "- name: pets\n    description: Animals.",
        )
        .replace("required: [name, kind]", "required: [name]");
    let changed = Document::parse("other.yaml", &changed, &NoFiles).unwrap();
    let differences = compare(&canonical(base().value()), &canonical(changed.value()));
    let text: String = differences
        .iter()
        .map(|found| format!("{found}\n"))
        .collect();
    insta::assert_snapshot!(text, @r#"
    /components/schemas/Kind/enum/1: nothing on the left, "bird" on the right
    /components/schemas/Pet/allOf/1/required/0: "kind" on the left, nothing on the right
    /paths/~1pets/get/parameters/2/schema/maximum: 100 on the left, 50 on the right
    /tags/0/description: "Pets." on the left, "Animals." on the right
    "#);
}

/// The same value with its keys in another order.
fn shuffled(value: &Value, seed: u64) -> Value {
    match value {
        Value::Object(members) => {
            let mut entries: Vec<_> = members.iter().collect();
            entries.sort_by_key(|(key, _)| {
                key.bytes().fold(seed, |hash, byte| {
                    (hash ^ u64::from(byte))
                        .wrapping_mul(0x0100_0000_01b3)
                        .rotate_left(17)
                })
            });
            entries
                .into_iter()
                .map(|(key, value)| (key.clone(), shuffled(value, seed)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(|item| shuffled(item, seed)).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_keys_makes_no_difference(seed in any::<u64>()) {
        let base = base();
        let other = shuffled(base.value(), seed);
        prop_assert_eq!(canonical(&other).to_string(), canonical(base.value()).to_string());
        prop_assert!(compare(base.value(), &other).is_empty());
    }
}

/// The project's own document, where this crate is built within the project.
#[test]
fn the_projects_own_document_breaks_no_rule() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/functiongraph.yaml");
    if !path.exists() {
        return; // A published crate has no project around it.
    }
    match Document::load(&path) {
        Ok(document) => {
            let report = functiongraph_contract::lint(&document);
            assert!(report.is_empty(), "{}", report.render(false));
            let form = canonical(document.value());
            assert_eq!(canonical(&form), form);
        }
        Err(report) => panic!("{}", report.render(false)),
    }
}
