//! `config print`: the configuration in force, as a file that says where each value is from.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::resolve::Effective;

/// The configuration as TOML. What has no value stands there as a comment.
pub(super) fn toml(effective: &[Effective]) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut section = String::new();
    for setting in effective {
        let (above, name) = setting.key.rsplit_once('.').unwrap_or(("", &setting.key));
        if above != section {
            lines.push((String::new(), String::new()));
            lines.push((heading(above), String::new()));
            section = above.to_owned();
        }
        match &setting.value {
            Some(value) => lines.push((format!("{name} = {value}"), setting.source.to_string())),
            None => lines.push((format!("# {name} ="), "not set".into())),
        }
    }
    let width = lines.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (line, source) in lines {
        // Writing to a String does not fail.
        let _ = if source.is_empty() {
            writeln!(text, "{line}")
        } else {
            writeln!(text, "{line:width$}  # {source}")
        };
    }
    text
}

/// `[section]`, or for `tokens[0]` `[[tokens]]`.
fn heading(section: &str) -> String {
    match section.split_once('[') {
        Some((list, _)) => format!("[[{list}]]"),
        None => format!("[{section}]"),
    }
}

/// The configuration as a JSON list.
pub(super) fn json(effective: &[Effective]) -> Value {
    let item = |setting: &Effective| {
        let value = setting.value.as_ref().map(|value| match value {
            toml::Value::Integer(number) => json!(number),
            toml::Value::Boolean(value) => json!(value),
            toml::Value::String(text) => json!(text),
            toml::Value::Array(items) => items.iter().map(toml::Value::as_str).collect(),
            other => json!(other.to_string()),
        });
        json!({
            "key": setting.key,
            "value": value,
            "source": setting.source.to_string(),
        })
    };
    effective.iter().map(item).collect()
}
