//! Which of flag, environment, file and default a setting has its value from, and what is wrong
//! with any of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use super::file::{Entry, File, Node};
use super::value::{Kind, Raw};

/// A setting: what it is called, and what it is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Setting {
    /// Its place in the file, `limits.max_body`.
    pub(in crate::cli) key: &'static str,
    /// Its name everywhere else, `max-body`: as a flag and in the environment.
    pub(in crate::cli) name: &'static str,
    /// What stands for its value in a help text.
    pub(in crate::cli) value: &'static str,
    /// What it is for.
    pub(in crate::cli) help: &'static str,
    /// How it may be given, and shown.
    pub(in crate::cli) form: Form,
}

/// How a setting may be given, and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Form {
    /// `--name VALUE`.
    Value,
    /// `--name`, which means true, or `--name=false`.
    Switch,
    /// Never on the command line, where other users of the machine may see it, and never shown.
    Secret,
}

impl Setting {
    /// Its variable in the environment, `FUNCTIONGRAPHD_MAX_BODY`.
    pub(in crate::cli) fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The variable of a name.
pub(in crate::cli) fn variable(name: &str) -> String {
    format!("FUNCTIONGRAPHD_{}", name.replace('-', "_").to_uppercase())
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Source {
    /// A flag.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(String),
    /// A place in the file.
    File(String),
    /// Nobody gave one.
    Default,
}

impl Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "--{name}"),
            Self::Environment(name) => write!(formatter, "{name}"),
            Self::File(place) => write!(formatter, "{place}"),
            Self::Default => write!(formatter, "default"),
        }
    }
}

/// A setting as it is in force.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Effective {
    /// Its place in the file.
    pub(in crate::cli) key: String,
    /// Its value, where it has one; secrets are masked.
    pub(in crate::cli) value: Option<toml::Value>,
    /// Where that is from.
    pub(in crate::cli) source: Source,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(in crate::cli) struct Problems(pub(in crate::cli) Vec<String>);

/// What shows instead of a secret.
const MASK: &str = "***";

/// What is given: flags, the environment, the file.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// Values of flags, by name.
    pub(super) flags: BTreeMap<&'static str, String>,
    /// Variables of the environment.
    pub(super) environment: BTreeMap<String, OsString>,
    /// The file, where there is one.
    pub(super) file: Option<File>,
}

/// Takes settings from what is given.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    layers: &'a Layers,
    known: BTreeSet<String>,
    effective: Vec<Effective>,
    problems: Vec<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            known: BTreeSet::new(),
            effective: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A setting, or its default.
    pub(super) fn value<K: Kind>(
        &mut self,
        setting: &Setting,
        kind: &K,
        default: K::Value,
    ) -> K::Value {
        let (value, source) = self
            .given(setting, kind)
            .unwrap_or((default, Source::Default));
        self.note(setting, Some(kind.show(&value)), source);
        value
    }

    /// A setting that may be absent.
    pub(super) fn optional<K: Kind>(&mut self, setting: &Setting, kind: &K) -> Option<K::Value> {
        let given = self.given(setting, kind);
        let (value, source) = given.map_or((None, Source::Default), |(value, source)| {
            (Some(value), source)
        });
        self.note(
            setting,
            value.as_ref().map(|value| kind.show(value)),
            source,
        );
        value
    }

    /// A path; one in the file is relative to the file's folder.
    pub(super) fn path(&mut self, setting: &Setting, kind: &super::value::Text) -> Option<PathBuf> {
        let given = self.given(setting, kind);
        let (value, source) = given.map_or((None, Source::Default), |(value, source)| {
            let path = PathBuf::from(value);
            let folder = match (&source, &self.layers.file) {
                (Source::File(_), Some(file)) => file.folder(),
                _ => Path::new(""),
            };
            (Some(folder.join(path)), source)
        });
        let shown = value.as_ref().map(|path| path.display().to_string().into());
        self.note(setting, shown, source);
        value
    }

    fn note(&mut self, setting: &Setting, value: Option<toml::Value>, source: Source) {
        let value = match setting.form {
            Form::Secret => value.map(|_| MASK.into()),
            Form::Value | Form::Switch => value,
        };
        self.effective.push(Effective {
            key: setting.key.into(),
            value,
            source,
        });
    }

    /// What is given for a setting, by whoever takes precedence. All of it has to be right, also
    /// what another takes precedence over.
    fn given<K: Kind>(&mut self, setting: &Setting, kind: &K) -> Option<(K::Value, Source)> {
        self.known.insert(setting.key.to_owned());
        let layers = self.layers;
        let variable = setting.variable();
        let flag = layers
            .flags
            .get_key_value(setting.name)
            .map(|(name, text)| {
                (
                    Source::Flag(name),
                    format!("--{name}"),
                    Raw::Text(text.clone()),
                )
            });
        let environment = layers.environment.get(&variable).and_then(|text| {
            let raw = match text.to_str() {
                // As if it were not set: there is no other way to unset one in some files.
                Some("") => return None,
                Some(text) => Raw::Text(text.to_owned()),
                None => Raw::Other("bytes that are no text"),
            };
            Some((Source::Environment(variable.clone()), variable.clone(), raw))
        });
        let file = layers.file.as_ref().and_then(|file| file.get(setting.key));
        let file = file.map(|node| {
            let place = node.place.clone();
            let name = format!("{place}: {}", setting.key);
            (Source::File(place), name, node.raw())
        });
        let mut first = None;
        for (source, name, raw) in [flag, environment, file].into_iter().flatten() {
            match kind.understand(&raw) {
                Ok(value) => first = first.or(Some((value, source))),
                Err(reason) => self.problems.push(format!("{name}: {reason}")),
            }
        }
        first
    }

    /// The tables of a list such as `[[tokens]]`, which only the file has.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Table<'_>) -> Option<T>,
    ) -> Vec<T> {
        self.known.insert(key.to_owned());
        let Some(node) = self.layers.file.as_ref().and_then(|file| file.get(key)) else {
            return Vec::new();
        };
        let Some(items) = node.list() else {
            let place = &node.place;
            self.problems.push(format!(
                "{place}: {key}: expects a list of tables, [[{key}]]"
            ));
            return Vec::new();
        };
        let mut all = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let Some(entries) = item.table() else {
                let place = &item.place;
                self.problems
                    .push(format!("{place}: {key}[{index}]: expects a table"));
                continue;
            };
            let mut table = Table {
                name: format!("{key}[{index}]"),
                place: item.place.clone(),
                entries,
                folder: self.folder(),
                taken: BTreeSet::new(),
                effective: Vec::new(),
                problems: Vec::new(),
            };
            let value = read(&mut table);
            table.refuse_unknown();
            self.problems.append(&mut table.problems);
            self.effective.append(&mut table.effective);
            all.extend(value);
        }
        all
    }

    fn folder(&self) -> PathBuf {
        let file = self.layers.file.as_ref();
        file.map_or_else(PathBuf::new, |file| file.folder().to_owned())
    }

    /// Says that something is wrong beyond a single value.
    pub(super) fn problem(&mut self, text: impl Into<String>) {
        self.problems.push(text.into());
    }

    /// Where a setting was given, for a message of [`Resolver::problem`].
    pub(super) fn named(&self, setting: &Setting) -> String {
        let given = self
            .effective
            .iter()
            .find(|effective| effective.key == setting.key);
        match given.map(|effective| &effective.source) {
            Some(Source::File(place)) => format!("{place}: {}", setting.key),
            Some(Source::Environment(name)) => name.clone(),
            _ => format!("--{}", setting.name),
        }
    }

    /// What is in force, or everything that is wrong, keys that nobody asked for included.
    pub(super) fn finish(mut self) -> Result<Vec<Effective>, Problems> {
        if let Some(file) = &self.layers.file {
            let mut unknown = Vec::new();
            self.judge("", file.entries(), &mut unknown);
            self.problems.append(&mut unknown);
        }
        if self.problems.is_empty() {
            Ok(self.effective)
        } else {
            Err(Problems(self.problems))
        }
    }

    fn judge(&self, above: &str, entries: &[Entry], problems: &mut Vec<String>) {
        for Entry { name, place, node } in entries {
            let key = if above.is_empty() {
                name.clone()
            } else {
                format!("{above}.{name}")
            };
            if self.known.contains(&key) {
                continue;
            }
            let below = format!("{key}.");
            let is_section = self.known.iter().any(|known| known.starts_with(&below));
            match node.table() {
                Some(entries) if is_section => self.judge(&key, entries, problems),
                None if is_section => {
                    problems.push(format!("{place}: {key}: expects a table, [{key}]"));
                }
                _ => {
                    let hint = suggestion(&key, self.known.iter().map(String::as_str));
                    problems.push(format!("{place}: {key}: this key is not known{hint}"));
                }
            }
        }
    }
}

/// A table in a list.
#[derive(Debug)]
pub(super) struct Table<'a> {
    name: String,
    place: String,
    entries: &'a [Entry],
    folder: PathBuf,
    taken: BTreeSet<&'static str>,
    effective: Vec<Effective>,
    problems: Vec<String>,
}

impl Table<'_> {
    /// A key that has to be there.
    pub(super) fn required<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<K::Value> {
        if self.node(key).is_none() {
            self.taken.insert(key);
            self.problem(format!("{key} is missing: {}", kind.expected()));
            return None;
        }
        self.optional(key, kind)
    }

    /// A key that may be there.
    pub(super) fn optional<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<K::Value> {
        self.read(key, kind, false)
    }

    /// A key whose value is shown to nobody.
    pub(super) fn secret<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<K::Value> {
        self.read(key, kind, true)
    }

    fn read<K: Kind>(&mut self, key: &'static str, kind: &K, secret: bool) -> Option<K::Value> {
        self.taken.insert(key);
        let node = self.node(key)?;
        let place = node.place.clone();
        match kind.understand(&node.raw()) {
            Ok(value) => {
                let shown = if secret {
                    MASK.into()
                } else {
                    kind.show(&value)
                };
                self.effective.push(Effective {
                    key: format!("{}.{key}", self.name),
                    value: Some(shown),
                    source: Source::File(place),
                });
                Some(value)
            }
            Err(reason) => {
                self.problems
                    .push(format!("{place}: {}.{key}: {reason}", self.name));
                None
            }
        }
    }

    fn node(&self, key: &str) -> Option<&Node> {
        let entry = self.entries.iter().find(|entry| entry.name == key);
        entry.map(|entry| &entry.node)
    }

    /// A path as it is meant in the file.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Says that something is wrong with the table.
    pub(super) fn problem(&mut self, text: impl Display) {
        self.problems
            .push(format!("{}: {}: {text}", self.place, self.name));
    }

    fn refuse_unknown(&mut self) {
        for entry in self.entries {
            if !self.taken.contains(entry.name.as_str()) {
                let hint = suggestion(&entry.name, self.taken.iter().copied());
                self.problems.push(format!(
                    "{}: {}.{}: this key is not known{hint}",
                    entry.place, self.name, entry.name
                ));
            }
        }
    }
}

/// The likeliest of what was meant.
fn suggestion<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    let wanted = last(key);
    let likely = known
        .map(|known| {
            let whole = strsim::jaro_winkler(key, known);
            // The right key in the wrong section.
            let end = strsim::jaro_winkler(wanted, last(known)) - 0.05;
            (whole.max(end), known)
        })
        .filter(|(score, _)| *score > 0.8)
        .max_by(|(one, _), (two, _)| one.total_cmp(two));
    likely.map_or_else(String::new, |(_, known)| format!("; did you mean {known}?"))
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
