//! What generated code says of the parts of the document, in CommonMark: the same words for
//! whoever calls, whoever serves and whoever tests.

use functiongraph_contract::model::{ParameterLocation, StatusKey};
use serde_json::Value;

use crate::ir::{Operation, Parameter};

/// An operation: what it is called, where it is, what it does.
pub(crate) fn operation(operation: &Operation) -> String {
    let mut text = operation
        .summary
        .clone()
        .unwrap_or_else(|| format!("The operation `{}`.", operation.id));
    text.push_str(&format!("\n\n`{}`", call(operation)));
    if let Some(description) = &operation.description {
        text.push_str(&format!("\n\n{description}"));
    }
    if operation.deprecated {
        text.push_str("\n\nDeprecated.");
    }
    text
}

/// An operation's method and the template of its path.
pub(crate) fn call(operation: &Operation) -> String {
    let method = operation.method.key().to_uppercase();
    format!("{method} {}", operation.path)
}

/// A parameter: what it is, where it travels, and what it is where nobody says.
pub(crate) fn parameter(parameter: &Parameter) -> String {
    let place = match parameter.location {
        ParameterLocation::Path => "Path parameter",
        ParameterLocation::Query => "Query parameter",
        ParameterLocation::Header => "Header",
        ParameterLocation::Cookie => "Cookie",
    };
    let mut text = parameter
        .description
        .clone()
        .unwrap_or_else(|| parameter.slot.docs.clone());
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&format!("{place} `{}`", parameter.wire));
    if let (false, Some(value)) = (parameter.required, default(parameter)) {
        text.push_str(&format!("; `{value}` where it is absent"));
    }
    text.push('.');
    if parameter.deprecated {
        text.push_str(" Deprecated.");
    }
    text
}

/// The default of a parameter; `null` is none, since no text stands for it.
pub(crate) fn default(parameter: &Parameter) -> Option<&Value> {
    parameter
        .slot
        .default
        .as_ref()
        .filter(|value| !value.is_null())
}

/// Statuses as the document writes them: `404`, `4XX`, `default`.
pub(crate) fn status(key: StatusKey) -> String {
    match key {
        StatusKey::Code(code) => code.to_string(),
        StatusKey::Range(class) => format!("{class}XX"),
        StatusKey::Default => "default".to_owned(),
    }
}

/// An entry of a list, whatever lines its text has.
pub(crate) fn entry(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    format!("- {}\n", words.join(" "))
}
