//! Names that are the same once they are written the way of a programming language.

use std::collections::HashMap;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::rule::Rule;

impl Lint<'_> {
    pub(super) fn names(&mut self) {
        let document = self.document;
        let at = Pointer::root().join("components").join("schemas");
        let schemas = document.schemas.keys();
        self.distinct("schema", schemas.map(|name| (name.as_str(), at.join(name))));
        let at = Pointer::root().join("tags");
        let tags = document.tags.iter().enumerate();
        self.distinct(
            "tag",
            tags.map(|(index, tag)| (tag.name.as_str(), at.index(index).join("name"))),
        );
        let at = Pointer::root().join("components").join("securitySchemes");
        let schemes = document.security_schemes.keys();
        self.distinct(
            "security scheme",
            schemes.map(|name| (name.as_str(), at.join(name))),
        );
    }

    fn distinct<'n>(&mut self, what: &str, names: impl Iterator<Item = (&'n str, Pointer)>) {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (name, at) in names {
            if fold(name).is_empty() {
                self.report_key(
                    Rule::NameClash,
                    &at,
                    format!(
                        "the {what} name {} has neither letter nor digit",
                        quote(name)
                    ),
                    "rename it: it needs a name in the generated code",
                );
                continue;
            }
            match seen.get(&fold(name)) {
                Some(other) if *other != name => self.report_key(
                    Rule::NameClash,
                    &at,
                    format!(
                        "the {what} names {} and {} differ in case and punctuation alone",
                        quote(other),
                        quote(name)
                    ),
                    "rename one of the two: in code they would be the same name",
                ),
                Some(_) => {}
                None => {
                    seen.insert(fold(name), name);
                }
            }
        }
    }
}

/// The name without case and punctuation: `getPet`, `get_pet` and `GetPet` are one.
pub(super) fn fold(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
