//! The configuration file: TOML, with the place of everything in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::Raw;

/// Why a configuration file cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum FileError {
    #[error("the configuration {} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("{place}: the configuration is not TOML: {reason}")]
    Syntax { place: String, reason: String },
}

/// A file, parsed.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) name: String,
    /// Where the key stands, `FILE:LINE:COLUMN`.
    pub(super) place: String,
    /// The value.
    pub(super) node: Node,
}

/// A value in the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it stands, `FILE:LINE:COLUMN`.
    pub(super) place: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Scalar(Raw),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

impl File {
    /// Reads and parses a file.
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let text =
            fs::read_to_string(path).map_err(|error| FileError::Read(path.to_owned(), error))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let begins = text.match_indices('\n').map(|(offset, _)| offset + 1);
        let places = Places {
            path,
            begins: std::iter::once(0).chain(begins).collect(),
        };
        let root = DeTable::parse(text).map_err(|error| FileError::Syntax {
            place: places.of(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            entries: places.entries(root.get_ref()),
        })
    }

    /// The value at a dotted key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let mut entries = self.entries.as_slice();
        let mut names = key.split('.').peekable();
        while let Some(name) = names.next() {
            let entry = entries.iter().find(|entry| entry.name == name)?;
            if names.peek().is_none() {
                return Some(&entry.node);
            }
            entries = entry.node.table()?;
        }
        None
    }

    /// Its own folder, which paths in it are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Every key and value directly in the file.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Node {
    /// The value, without its place.
    pub(super) fn raw(&self) -> Raw {
        match &self.content {
            Content::Scalar(raw) => raw.clone(),
            Content::List(items) => texts(items).map_or(Raw::Other("a list"), Raw::List),
            Content::Table(_) => Raw::Other("a table"),
        }
    }

    /// What is in it, where it is a table.
    pub(super) fn table(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Table(entries) => Some(entries),
            Content::Scalar(_) | Content::List(_) => None,
        }
    }

    /// Its items, where it is a list.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.content {
            Content::List(items) => Some(items),
            Content::Scalar(_) | Content::Table(_) => None,
        }
    }
}

/// The items of a list that has nothing but strings.
fn texts(items: &[Node]) -> Option<Vec<String>> {
    let text = |item: &Node| match &item.content {
        Content::Scalar(Raw::String(text)) => Some(text.clone()),
        _ => None,
    };
    items.iter().map(text).collect()
}

/// Tells where things stand.
struct Places<'a> {
    path: &'a Path,
    /// Offsets at which lines begin.
    begins: Vec<usize>,
}

impl Places<'_> {
    /// `FILE:LINE:COLUMN` of an offset, both from 1, columns in bytes.
    fn of(&self, offset: usize) -> String {
        let line = self.begins.partition_point(|begin| *begin <= offset);
        let begin = self.begins.get(line.saturating_sub(1)).unwrap_or(&0);
        format!(
            "{}:{line}:{}",
            self.path.display(),
            offset.saturating_sub(*begin) + 1
        )
    }

    /// The entries of a table, in the order of the file.
    fn entries(&self, table: &DeTable<'_>) -> Vec<Entry> {
        let mut all: Vec<_> = table.iter().collect();
        all.sort_by_key(|(name, _)| name.span().start);
        all.into_iter()
            .map(|(name, value)| Entry {
                name: name.get_ref().to_string(),
                place: self.of(name.span().start),
                node: self.node(value),
            })
            .collect()
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let content = match value.get_ref() {
            DeValue::Array(items) => {
                Content::List(items.iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => Content::Table(self.entries(table)),
            DeValue::String(text) => Content::Scalar(Raw::String(text.to_string())),
            // One of another radix as decimal; what does not fit is out of every range anyway.
            DeValue::Integer(number) => Content::Scalar(Raw::Integer(
                i128::from_str_radix(number.as_str(), number.radix())
                    .map_or_else(|_| number.to_string(), |number| number.to_string()),
            )),
            DeValue::Boolean(value) => Content::Scalar(Raw::Boolean(*value)),
            DeValue::Float(_) => Content::Scalar(Raw::Other("a number with a fraction")),
            DeValue::Datetime(_) => Content::Scalar(Raw::Other("a date")),
        };
        Node {
            place: self.of(value.span().start),
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file(text: &str) -> Result<File, FileError> {
        File::parse(Path::new("etc/f.toml"), text)
    }

    #[test]
    fn values_are_found_with_their_places() {
        let file = file("a = 1\n[b]\n  c.d = \"x\"\n\n[e]\nf = 0xff\n").unwrap();
        assert_eq!(file.get("a").unwrap().place, "etc/f.toml:1:5");
        assert_eq!(file.get("b.c.d").unwrap().place, "etc/f.toml:3:9");
        assert!(matches!(file.get("b.c.d").unwrap().raw(), Raw::String(text) if text == "x"));
        let entry = &file.get("e").unwrap().table().unwrap()[0];
        assert_eq!(
            (entry.name.as_str(), entry.place.as_str()),
            ("f", "etc/f.toml:6:1")
        );
        assert!(matches!(entry.node.raw(), Raw::Integer(text) if text == "255"));
        assert!(file.get("b.x").is_none() && file.get("a.x").is_none());
        assert_eq!(file.folder(), Path::new("etc"));
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        for (text, place) in [
            ("a = ", "etc/f.toml:1:"),
            ("a = 1\na = 2\n", "etc/f.toml:2:1"),
        ] {
            let error = file(text).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
