//! The sections of a profile file.

use std::collections::BTreeMap;
use std::path::Path;

use super::CredentialError;

/// The section for services that belong to a project, as this one does.
const BASIC: &str = "basic";

/// The section for services that belong to an account.
const GLOBAL: &str = "global";

/// Keys of a section; a temporary pair has a `security_token`. Others are left to whoever knows
/// them.
const KNOWN: [&str; 7] = [
    "ak",
    "sk",
    "project_id",
    "domain_id",
    "security_token",
    "iam_endpoint",
    "idp_id",
];

/// The section that counts.
pub(super) struct Section<'a> {
    pub(super) name: &'static str,
    pub(super) pairs: BTreeMap<&'a str, &'a str>,
    /// The lines of keys that are not known.
    pub(super) unknown: Vec<usize>,
}

/// What a line says.
enum Line<'a> {
    /// The name of the section that begins.
    Section(&'a str),
    Pair(&'a str, &'a str),
}

/// The lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, Result<Line<'_>, &'static str>)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim_start_matches('\u{feff}').trim();
        let is_nothing = line.is_empty() || line.starts_with(['#', ';']);
        (!is_nothing).then(|| (index + 1, parsed(line)))
    })
}

fn parsed(line: &str) -> Result<Line<'_>, &'static str> {
    if let Some(rest) = line.strip_prefix('[') {
        let name = rest
            .strip_suffix(']')
            .ok_or("a section's name ends in `]`")?;
        return Ok(Line::Section(name.trim()));
    }
    // Lines are never repeated in a message: they hold secrets.
    let (key, value) = line
        .split_once('=')
        .ok_or("a line is `[section]`, `key = value` or a comment")?;
    Ok(Line::Pair(key.trim(), value.trim()))
}

/// The name of the section that counts, where the file has one of those that can.
fn counting(text: &str) -> Option<&'static str> {
    let has = |wanted: &&str| {
        lines(text).any(|(_, line)| matches!(line, Ok(Line::Section(name)) if name == *wanted))
    };
    [BASIC, GLOBAL].into_iter().find(has)
}

/// Reads the section that counts; `path` is for messages.
pub(super) fn section<'a>(path: &Path, text: &'a str) -> Result<Section<'a>, CredentialError> {
    let wrong = |line: usize, reason: &str| {
        CredentialError::malformed(format!("{}, line {line}", path.display()), reason)
    };
    let counts = counting(text);
    let mut pairs = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut current = None;
    for (number, line) in lines(text) {
        let (key, value) = match line.map_err(|reason| wrong(number, reason))? {
            Line::Section(name) => {
                current = Some(name);
                continue;
            }
            Line::Pair(key, value) => (key, value),
        };
        if current.is_none() {
            return Err(wrong(number, "a pair stands in front of any section"));
        }
        if current != counts {
            continue;
        }
        if !KNOWN.contains(&key) {
            unknown.push(number);
        } else if value.starts_with(['"', '\'']) {
            // They would be a part of the key, which the service does not know then.
            return Err(wrong(
                number,
                &format!("`{key}` stands in quotes; leave them out"),
            ));
        } else if !value.is_empty() && pairs.insert(key, value).is_some() {
            return Err(wrong(number, &format!("`{key}` stands there twice")));
        }
    }
    let name = counts.ok_or_else(|| {
        CredentialError::absent(
            path.display().to_string(),
            format!("it has neither a section [{BASIC}] nor [{GLOBAL}]"),
        )
    })?;
    Ok(Section {
        name,
        pairs,
        unknown,
    })
}
