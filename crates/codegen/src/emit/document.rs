//! The document as a service serves it: bundled (examples in place), without comments, so that
//! editing one makes nothing stale.

use std::fmt;

use saphyr::{Mapping, Scalar, Yaml, YamlEmitter};
use serde_json::Value;

/// A Rust file with the bundled document as YAML and as JSON text.
pub(crate) fn embedded(document: &Value) -> Result<String, fmt::Error> {
    let yaml = raw(&yaml(document)?);
    let json = raw(&format!("{document:#}"));
    // Not by way of tokens: scanning and printing two literals as long as these takes as long as a
    // crate.
    Ok(super::template(&format!(
        "/// The contract, OpenAPI 3.0, as YAML.\n\
         pub(crate) const DOCUMENT_YAML: &str = {yaml};\n\
         \n\
         /// The contract, OpenAPI 3.0, as JSON.\n\
         pub(crate) const DOCUMENT_JSON: &str = {json};\n"
    )))
}

/// A raw string, which keeps the lines of the text, so that a change to it can be read.
fn raw(text: &str) -> String {
    let longest = text
        .split('"')
        .skip(1)
        .map(|after| after.chars().take_while(|&c| c == '#').count())
        .max();
    let fence = "#".repeat(longest.map_or(0, |hashes| hashes + 1));
    format!("r{fence}\"{text}\"{fence}")
}

/// The document in a file that [`embedded`] made.
pub(crate) fn read(text: &str) -> Option<Value> {
    let file = syn::parse_file(text).ok()?;
    let text = file.items.iter().find_map(|item| match item {
        syn::Item::Const(item) if item.ident == "DOCUMENT_JSON" => match &*item.expr {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })?;
    serde_json::from_str(&text).ok()
}

/// YAML 1.2 text of a JSON value, keys in their order.
pub(crate) fn yaml(value: &Value) -> Result<String, fmt::Error> {
    let mut text = String::new();
    let mut emitter = YamlEmitter::new(&mut text);
    emitter.multiline(true);
    emitter.dump(&node(value)).map_err(|_| fmt::Error)?;
    let mut text = text
        .strip_prefix("---\n")
        .map(str::to_owned)
        .unwrap_or(text);
    text.push('\n');
    Ok(text)
}

fn node(value: &Value) -> Yaml<'_> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(value) => Yaml::Value(Scalar::Boolean(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Yaml::Value(Scalar::Integer(integer)),
            None => Yaml::Value(Scalar::FloatingPoint(
                number.as_f64().unwrap_or(f64::NAN).into(),
            )),
        },
        Value::String(text) => string(text),
        Value::Array(items) => Yaml::Sequence(items.iter().map(node).collect()),
        Value::Object(entries) => {
            let mut mapping = Mapping::new();
            for (key, value) in entries {
                mapping.insert(string(key), node(value));
            }
            Yaml::Mapping(mapping)
        }
    }
}

fn string(text: &str) -> Yaml<'_> {
    Yaml::Value(Scalar::String(text.into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use saphyr::LoadableYamlNode;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_embedded_document_reads_back_equal() {
        for text in ["plain", "\"", "\"#", "a\"##b\"#", "\\ \r\n \u{0}", "é"] {
            let value = json!({ "text": text });
            let file = embedded(&value).unwrap();
            assert_eq!(read(&file), Some(value), "{file}");
        }
    }

    #[test]
    fn yaml_reads_back_equal() {
        let value = json!({
            "a": ["0", "1.5", "true", "null", "", "-", "#x", "a: b", "two\nlines", "two\nlines\n", " lead", "trail ", "\t", "é", "~", "yes", "0x1f", "*a", "&a", "!t", "@", "%"],
            "400": { "x": 1, "y": 1.5, "z": null, "w": true, "e": {}, "l": [] },
        });
        let text = yaml(&value).unwrap();
        let read = Yaml::load_from_str(&text).unwrap();
        assert_eq!(read, vec![node(&value)], "{text}");
    }
}
