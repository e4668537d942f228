//! Every word of the document has its Chinese, and nothing else changes.

use std::collections::BTreeMap;

use functiongraph_contract::{Document, NoFiles, canonical, compare, lint};
use functiongraph_site::translated;
use serde_json::Value;

use crate::project::Project;

/// The keys whose values are words for people.
const WORDS: [&str; 3] = ["title", "summary", "description"];

/// The texts of a document: pointer to text. Examples, defaults and the like hold data, not words;
/// a property may be called `description`, which makes it no text.
fn texts(value: &Value, at: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match value {
                    Value::String(text) if WORDS.contains(&key.as_str()) => {
                        found.insert(at, text.clone());
                    }
                    _ if ["value", "example", "default", "enum"].contains(&key.as_str()) => {}
                    other => texts(other, &at, found),
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                texts(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn collected(value: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    texts(value, "", &mut found);
    found
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_text_is_translated() {
    let project = Project::load();
    let original = collected(project.document.value());
    let translated = collected(&translated(&project.input()));
    assert!(original.len() > 150, "{}", original.len());
    let missing: Vec<&String> = translated
        .iter()
        .filter(|(_, text)| !is_chinese(text))
        .map(|(at, _)| at)
        .collect();
    assert!(missing.is_empty(), "not in Chinese: {missing:#?}");
    let added: Vec<_> = translated
        .keys()
        .filter(|at| !original.contains_key(*at))
        .collect();
    assert!(added.is_empty(), "the overlay adds texts: {added:#?}");
    assert_eq!(original.len(), translated.len());
}

#[test]
fn no_target_matches_nothing() {
    let project = Project::load();
    let idle = project.chinese.apply(project.document.value()).idle;
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn only_words_change() {
    let project = Project::load();
    let value = translated(&project.input());
    for difference in compare(project.document.value(), &value) {
        let pointer = difference.pointer.to_string();
        let key = pointer.rsplit('/').next().unwrap();
        assert!(WORDS.contains(&key), "{pointer}");
        assert!(
            difference.right.as_ref().is_some_and(Value::is_string),
            "{pointer}"
        );
    }
    let document = Document::parse("zh-CN.json", &value.to_string(), &NoFiles).unwrap();
    assert!(lint(&document).is_empty());
    let _ = canonical(&value);
}

/// Code in the words (names, values, patterns) is the same in both languages.
#[test]
fn names_are_not_translated() {
    let project = Project::load();
    let original = collected(project.document.value());
    let translated = collected(&translated(&project.input()));
    let code = |text: &str| {
        let mut code: Vec<String> = text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        code.sort();
        code.dedup();
        code
    };
    for (at, text) in &original {
        // The form of the signature has words in it.
        if at == "/components/securitySchemes/AkSk/description" {
            continue;
        }
        assert_eq!(code(text), code(&translated[at]), "{at}");
    }
}

/// A description whose sources are named names the same ones in both languages.
#[test]
fn sources_are_kept() {
    let project = Project::load();
    let original = collected(project.document.value());
    let translated = collected(&translated(&project.input()));
    let named = |text: &str, mark: &str| {
        let sentence = text.rfind(mark).map(|at| &text[at + mark.len()..]);
        sentence.map(|sentence| {
            let of_them = ["S1", "S2", "sdk", "doc"].into_iter();
            of_them
                .filter(|source| sentence.to_lowercase().contains(&source.to_lowercase()))
                .collect::<Vec<_>>()
        })
    };
    for (at, text) in &original {
        assert_eq!(
            named(text, "Source: "),
            named(&translated[at], "来源："),
            "{at}"
        );
    }
}
