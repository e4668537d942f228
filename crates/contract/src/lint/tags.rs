//! Tags.

use std::collections::HashSet;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::rule::Rule;
use crate::suggest::nearest;

impl Lint<'_> {
    pub(super) fn tags(&mut self) {
        let document = self.document;
        let mut known = HashSet::new();
        for (index, tag) in document.tags.iter().enumerate() {
            if !known.insert(tag.name.as_str()) {
                self.report(
                    Rule::DuplicateTag,
                    &Pointer::root().join("tags").index(index).join("name"),
                    format!("the tag {} is listed twice", quote(&tag.name)),
                    "remove one of the two",
                );
            }
        }
        // A document without a list of tags means its operations to introduce them.
        if known.is_empty() {
            return;
        }
        for operation in &document.operations {
            for (index, tag) in operation.tags.iter().enumerate() {
                if known.contains(tag.as_str()) {
                    continue;
                }
                let names = document.tags.iter().map(|tag| tag.name.as_str());
                let near = if self.guesses() {
                    nearest(tag, names)
                } else {
                    None
                };
                let remedy = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "add it to `tags`, with a description".to_owned(),
                };
                self.report(
                    Rule::UndeclaredTag,
                    &operation.at.join("tags").index(index),
                    format!("the tag {} is not in the document's `tags`", quote(tag)),
                    remedy,
                );
            }
        }
    }
}
