//! Rust names out of the document's names: valid, unique, and stable when something is added
//! behind them.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Type names that generated code uses unqualified, or that its support files export: a schema of
/// such a name gets `Type` appended.
const RESERVED_TYPES: &[&str] = &[
    "Any",
    "Box",
    "Clone",
    "Constraint",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Into",
    "Iterator",
    "Limit",
    "Location",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Validate",
    "Value",
    "Vec",
    "Violation",
    "Violations",
];

/// Module names of the types crate that are not those of types: its support files.
const TYPE_MODULES: &[&str] = &["lenient", "mod", "validate", "violations"];

/// Module names of the server crate that are not those of tags.
const TAG_MODULES: &[&str] = &["mod", "runtime"];

/// Rust's keywords of every edition, strict and reserved.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Replaces what cannot stand in an identifier, so that the case conversion sees word borders.
fn cleaned(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '+' => " plus ".to_owned(),
            '#' => " sharp ".to_owned(),
            '*' => " star ".to_owned(),
            '\'' => String::new(),
            c if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
            c if c.is_alphanumeric() && unicode_start(c) => c.to_string(),
            _ => " ".to_owned(),
        })
        .collect()
}

/// Whether a character outside ASCII may stand in an identifier. Letters do; digits of other
/// scripts and marks are replaced, which is always safe.
fn unicode_start(c: char) -> bool {
    c.is_alphabetic()
        && syn::parse_str::<syn::Ident>(&format!("a{c}")).is_ok()
        && syn::parse_str::<syn::Ident>(&c.to_string()).is_ok()
}

/// A type, variant or trait name: upper camel case, never empty, never starting with a digit.
pub(crate) fn upper_camel(text: &str, fallback: &str) -> String {
    let name = cleaned(text).to_upper_camel_case();
    match name.chars().next() {
        None => fallback.to_owned(),
        Some(c) if c.is_ascii_digit() => format!("{fallback}{name}"),
        Some(_) => name,
    }
}

/// A field, method or module name: snake case, never empty, never starting with a digit, a
/// trailing underscore where it would be a keyword.
pub(crate) fn snake(text: &str, fallback: &str) -> String {
    let name = cleaned(text).to_snake_case();
    let name = match name.chars().next() {
        None => fallback.to_owned(),
        Some(c) if c.is_ascii_digit() => format!("{fallback}_{name}"),
        Some(_) => name,
    };
    if KEYWORDS.contains(&name.as_str()) {
        format!("{name}_")
    } else {
        name
    }
}

/// Hands out unique names: a name that is taken gets the first free number from 2 appended.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names of types.
    pub(crate) fn types() -> Self {
        Self::with(RESERVED_TYPES)
    }

    /// Names of modules that hold a type.
    pub(crate) fn type_modules() -> Self {
        Self::with(TYPE_MODULES)
    }

    /// Names of modules that hold a tag.
    pub(crate) fn tag_modules() -> Self {
        Self::with(TAG_MODULES)
    }

    /// Names beside which `reserved` are taken.
    pub(crate) fn with(reserved: &[&str]) -> Self {
        Self {
            taken: reserved.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// The wanted name, or the first free variation of it.
    pub(crate) fn unique(&mut self, wanted: &str, suffix: &str) -> String {
        let mut candidates = [wanted.to_owned(), format!("{wanted}{suffix}")]
            .into_iter()
            .chain((2_u32..).map(|n| format!("{wanted}{suffix}{n}")));
        // The chain is endless and `taken` is finite, so a free name is always found.
        let name = candidates
            .find(|name| !self.taken.contains(name))
            .unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        for text in [
            "",
            "-",
            "1",
            "C#(.NET Core 2.0)",
            "Node.js6.10",
            "type",
            "Self",
            "X-Auth-Token",
            "函数",
            "a'b",
            "+1",
            "__",
            "é",
            "٣",
            "\u{301}x",
        ] {
            for name in [upper_camel(text, "Value"), snake(text, "value")] {
                let ident = syn::parse_str::<syn::Ident>(&name);
                assert!(ident.is_ok() || name == "Self", "{text:?} -> {name:?}");
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names = Names::types();
        assert_eq!(names.unique("Pet", "Type"), "Pet");
        assert_eq!(names.unique("Pet", "Type"), "PetType");
        assert_eq!(names.unique("Pet", "Type"), "PetType2");
        assert_eq!(names.unique("Self", "Type"), "SelfType");
    }

    #[test]
    fn keywords_get_an_underscore() {
        assert_eq!(snake("type", "value"), "type_");
        assert_eq!(snake("Self", "value"), "self_");
    }
}
