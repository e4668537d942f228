//! What the pages hold.

use std::collections::BTreeSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use functiongraph_contract::model::SchemaKind;
use functiongraph_site::{CHAPTERS, Edition, Language, SAMPLES};
use serde_json::Value;

use crate::project::Project;

const SITE: Edition = Edition::Site { rustdoc: true };

fn compressed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn two_runs_make_the_same_bytes() {
    let project = Project::load();
    for edition in [SITE, Edition::Embedded] {
        assert_eq!(project.pages(edition), Project::load().pages(edition));
    }
}

/// The page, the style sheet, the script and the icon; the index of the search comes when it is
/// asked for.
#[test]
fn a_first_view_is_small() {
    let pages = Project::load().pages(SITE);
    let shared: usize = ["assets/site.css", "assets/site.js", "assets/icon.svg"]
        .iter()
        .map(|path| compressed(&pages[*path]))
        .sum();
    for (path, text) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
        let size = shared + compressed(text);
        assert!(size < 60_000, "{path}: {size} bytes");
    }
}

#[test]
fn pages_run_and_load_nothing_but_their_own() {
    for edition in [SITE, Edition::Embedded] {
        for (path, text) in Project::load().pages(edition) {
            if !path.ends_with(".html") {
                continue;
            }
            for forbidden in ["<style", " style=\"", " onclick", "javascript:", "unsafe-"] {
                assert!(!text.contains(forbidden), "{path}: {forbidden}");
            }
            // The one script is a file.
            assert_eq!(text.matches("<script").count(), 1, "{path}");
            assert!(text.contains("Content-Security-Policy"), "{path}");
        }
    }
}

#[test]
fn every_operation_schema_field_and_status_has_its_place_and_is_found() {
    let project = Project::load();
    let pages = project.pages(SITE);
    for language in Language::ALL {
        let page = |name: &str| &pages[&format!("{}/{name}", language.tag())];
        let index = page("search.js");
        for operation in &project.document.operations {
            let text = page(&format!("{}.html", operation.id));
            for response in &operation.responses {
                let functiongraph_contract::model::StatusKey::Code(code) = response.status else {
                    panic!("another kind of status");
                };
                assert!(text.contains(&format!("id=\"status-{code}\"")), "{code}");
                assert!(index.contains(&format!("{}.html#status-{code}", operation.id)));
            }
            for parameter in &operation.parameters {
                assert!(text.contains(&format!("id=\"parameter-{}\"", parameter.name)));
                assert!(index.contains(&format!("#parameter-{}\"", parameter.name)));
            }
        }
        let text = page("schemas.html");
        for (name, schema) in &project.document.schemas {
            assert!(text.contains(&format!("id=\"{name}\"")), "{name}");
            assert!(index.contains(&format!("schemas.html#{name}\"")), "{name}");
            if let SchemaKind::Object(object) = &schema.kind {
                for field in object.properties.keys() {
                    assert!(
                        text.contains(&format!("id=\"{name}.{field}\"")),
                        "{name}.{field}"
                    );
                    assert!(index.contains(&format!("schemas.html#{name}.{field}\"")));
                }
            }
        }
    }
}

/// The texts of the search's index: target, title, context, text.
fn index(script: &str) -> Vec<[String; 4]> {
    let (_, list) = script.split_once("window.searchIndex = ").unwrap();
    serde_json::from_str(list.trim_end().trim_end_matches(';')).unwrap()
}

fn enumerated(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::Array(values) if key == "enum" => {
                        found.extend(values.iter().map(|value| match value {
                            Value::String(text) => text.clone(),
                            other => other.to_string(),
                        }));
                    }
                    other => enumerated(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| enumerated(item, found)),
        _ => {}
    }
}

#[test]
fn every_known_value_header_and_error_code_is_found() {
    let project = Project::load();
    let mut values = BTreeSet::new();
    enumerated(project.document.value(), &mut values);
    assert!(values.len() > 50 && values.contains("1792"), "{values:?}");
    let errors = CHAPTERS.iter().find(|chapter| chapter.name == "errors");
    let errors = errors.unwrap();
    for edition in [SITE, Edition::Embedded] {
        let pages = project.pages(edition);
        for language in Language::ALL {
            let entries = index(&pages[&format!("{}/search.js", language.tag())]);
            for value in &values {
                let found = entries
                    .iter()
                    .any(|[_, _, _, text]| format!(" {text} ").contains(&format!(" {value} ")));
                assert!(found, "{language:?}: {value} is not found");
            }
            let text = errors.text(language);
            for code in text.split('`').skip(1).step_by(2) {
                if code.starts_with("FSS.") || code.starts_with("APIGW.") {
                    let found = entries
                        .iter()
                        .any(|[_, title, _, text]| title == code || text.contains(code));
                    assert!(found, "{language:?}: {code} is not found");
                }
            }
            for operation in &project.document.operations {
                for header in operation.responses.iter().flat_map(|r| r.headers.keys()) {
                    let page = format!("{}.html#", operation.id);
                    let found = entries
                        .iter()
                        .any(|[target, title, ..]| target.starts_with(&page) && title == header);
                    assert!(found, "{language:?}: {header} is not found");
                }
            }
        }
    }
}

/// Beside the calls stands what they get.
#[test]
fn the_answer_beside_the_samples_is_theirs() {
    let pages = Project::load().pages(Edition::Embedded);
    for language in Language::ALL {
        let page = &pages[&format!("{}/create_function_version.html", language.tag())];
        let (_, answer) = page.split_once("<h2 id=\"answer\">").unwrap();
        let version = "<span class=\"k\">&quot;version&quot;</span>: &quot;v1&quot;";
        assert!(answer.contains(version));
    }
}

/// Every operation is called in every language.
#[test]
fn samples_are_complete() {
    let project = Project::load();
    let keys = ["curl", "rust", "python", "node", "go", "java"];
    for operation in &project.document.operations {
        let of_it = SAMPLES
            .iter()
            .filter(|sample| sample.operation == operation.id);
        let found: Vec<_> = of_it.map(|sample| sample.language.key).collect();
        assert_eq!(found, keys, "{}", operation.id);
    }
    assert_eq!(
        SAMPLES.len(),
        keys.len() * project.document.operations.len()
    );
}

/// Chinese pages speak Chinese: nothing but code, names and the changelog is left in English.
#[test]
fn chinese_pages_are_chinese() {
    for (path, text) in Project::load().pages(SITE) {
        if !path.starts_with("zh-CN/") || !path.ends_with(".html") || path.contains("changelog") {
            continue;
        }
        let blocks = ["p", "li", "td", "th"].into_iter().flat_map(|tag| {
            let (begins, ends) = (format!("<{tag}"), format!("</{tag}>"));
            // An attribute may follow the tag's name.
            let parts = text.split(begins.as_str()).skip(1);
            parts
                .filter(|part| part.starts_with([' ', '>']))
                .filter_map(|part| part.split_once('>'))
                .map(|(_, part)| part.split(&ends).next().unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        for block in blocks {
            let mut words = String::new();
            let mut depth = 0;
            for piece in block.split('<') {
                if piece.starts_with("code") {
                    depth += 1;
                } else if piece.starts_with("/code") {
                    depth -= 1;
                }
                if depth == 0 {
                    words.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
                }
            }
            // Names of schemas and tools are single words.
            let plain = words.split_whitespace();
            let plain = plain.filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic()));
            let plain = plain.filter(|word| word.len() > 1).count();
            let chinese = words
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(plain < 4 || chinese, "{path}: {words}");
        }
    }
}
