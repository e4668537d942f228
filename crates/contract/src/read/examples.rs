//! Examples, and the files that hold them.

use indexmap::IndexMap;
use serde_json::Value;

use crate::diagnostic::quote;
use crate::limits::MAX_NODES;
use crate::model::Example;
use crate::node::Node;
use crate::parse;
use crate::read::Reader;
use crate::read::fields::{Cursor, Fields};
use crate::read::references::Section;
use crate::rule::Rule;
use crate::source::Source;

impl<'a> Reader<'a> {
    /// The `example` or the `examples` of a parameter, a header or a media type.
    pub(super) fn examples(&mut self, fields: &Fields<'a>) -> IndexMap<String, Example> {
        let mut examples = IndexMap::new();
        if let Some(cursor) = fields.get("example") {
            if fields.has("examples") {
                self.report_key(
                    Rule::InvalidValue,
                    &cursor,
                    "`example` and `examples` exclude each other",
                    "move the example into `examples` under a name of its own",
                );
            }
            if let Some(value) = self.literal(&cursor) {
                examples.insert(
                    "default".to_owned(),
                    Example {
                        summary: None,
                        description: None,
                        value,
                        at: cursor.at,
                    },
                );
            }
        }
        for (name, cursor) in self.optional_map(fields, "examples") {
            if let Some(example) = self.example(&cursor) {
                examples.insert(name.to_owned(), example);
            }
        }
        examples
    }

    pub(super) fn example(&mut self, cursor: &Cursor<'a>) -> Option<Example> {
        let cursor = self.resolve(cursor, Section::EXAMPLES)?.cursor;
        let fields = self.object(
            &cursor,
            "an example",
            &["summary", "description", "value", "externalValue"],
        )?;
        let value = match (fields.get("value"), fields.get("externalValue")) {
            (Some(value), None) => self.literal(&value),
            (None, Some(external)) => self.external_value(&fields, &external),
            (Some(_), Some(external)) => {
                self.report_key(
                    Rule::InvalidValue,
                    &external,
                    "`value` and `externalValue` exclude each other",
                    "keep one of the two",
                );
                None
            }
            (None, None) => {
                self.missing(&fields, "value");
                None
            }
        };
        Some(Example {
            summary: self.optional_string(&fields, "summary"),
            description: self.optional_string(&fields, "description"),
            value: value?,
            at: cursor.at,
        })
    }

    /// The value in the file that `externalValue` names; it takes the place of `externalValue` in
    /// the document.
    fn external_value(&mut self, fields: &Fields<'a>, cursor: &Cursor<'a>) -> Option<Value> {
        let path = self.string(cursor)?;
        if !is_inside(&path) {
            self.report(
                Rule::ExternalValue,
                cursor,
                format!("{} is not a file in the document's folder", quote(&path)),
                "name a JSON file by its path from the document's folder, such as \
                 `examples/request.json`",
            );
            return None;
        }
        if !self.loaded.contains_key(&path) {
            let loaded = self.load_example(cursor, &path);
            self.loaded.insert(path.clone(), loaded);
        }
        let size = self.loaded.get(&path)?.as_ref()?.size();
        if !self.spend(cursor, size) {
            return None;
        }
        let node = self.loaded.get(&path)?.as_ref()?;
        let value = node.to_value();
        if !self.examples.contains_key(fields.at()) {
            self.loaded_nodes += size;
            if self.loaded_nodes > MAX_NODES {
                self.report(
                    Rule::TooLarge,
                    cursor,
                    format!("the example files have more than {MAX_NODES} values together"),
                    "use fewer or smaller example files",
                );
                return None;
            }
            let node = node.clone();
            self.examples.insert(fields.at().clone(), node);
        }
        Some(value)
    }

    fn load_example(&mut self, cursor: &Cursor<'a>, path: &str) -> Option<Node> {
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                self.report(
                    Rule::ExternalValue,
                    cursor,
                    format!("{} cannot be read: {error}", quote(path)),
                    "correct the path, which is counted from the document's folder, or add the file",
                );
                return None;
            }
        };
        let name = match self
            .sources
            .first()
            .and_then(|source| source.name().rfind('/'))
        {
            Some(end) => format!("{}/{path}", &self.sources[0].name()[..end]),
            None => path.to_owned(),
        };
        let source = Source::new(name, &text);
        let number = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        let outcome = parse::json(&source, number);
        self.findings.extend(outcome.findings);
        self.sources.push(source);
        outcome.node
    }
}

/// Whether the path names something below the folder it starts from, without detours and in a way
/// that means the same on every platform.
fn is_inside(path: &str) -> bool {
    !path.contains(['\\', ':', '?', '#', '%'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
