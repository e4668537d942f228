//! Which source lists which field: the tables of `openapi/README.md`, under "Fields".

use std::collections::BTreeMap;

/// What a cell says where the source's own table of these fields is missing.
const MISSING: &str = "its table is missing";

/// The sources that list a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The vendor's page of the publish operation.
    pub s1: bool,
    /// The vendor's page of the list operation.
    pub s2: bool,
    /// Whether S2 names the object and its table of the fields is missing, so that it says neither.
    pub s2_missing: bool,
    /// The vendor's SDKs and later editions of the pages.
    pub sdk: bool,
}

/// The record of sources: section (a schema, `Parameters` or `Response headers`) and field.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<(String, String), Listed>);

impl Sources {
    /// Reads the tables out of the page's text. What is no such table is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut found = BTreeMap::new();
        let mut section = None;
        // The columns of S1, S2 and sdk/doc in the table at hand.
        let mut columns: Option<[usize; 3]> = None;
        let fields = text.lines().skip_while(|line| *line != "## Fields").skip(1);
        for line in fields.take_while(|line| !line.starts_with("## ")) {
            if let Some(name) = line.strip_prefix("### ") {
                section = Some(name.trim().to_owned());
                columns = None;
                continue;
            }
            let Some(cells) = line.strip_prefix('|') else {
                continue;
            };
            let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
            if columns.is_none() {
                let column = |name: &str| cells.iter().position(|cell| *cell == name);
                columns = match (column("S1"), column("S2"), column("sdk/doc")) {
                    (Some(s1), Some(s2), Some(sdk)) => Some([s1, s2, sdk]),
                    _ => None,
                };
                continue;
            }
            let name = cells.first().and_then(|cell| cell.strip_prefix('`'));
            let name = name.and_then(|cell| cell.strip_suffix('`'));
            if let (Some(section), Some(name), Some([s1, s2, sdk])) = (&section, name, columns) {
                let lists = |column: usize| {
                    let cell = cells.get(column).copied().unwrap_or_default();
                    !matches!(cell, "" | "no" | MISSING)
                };
                let listed = Listed {
                    s1: lists(s1),
                    s2: lists(s2),
                    s2_missing: cells.get(s2) == Some(&MISSING),
                    sdk: lists(sdk),
                };
                found.insert((section.clone(), name.to_owned()), listed);
            }
        }
        Self(found)
    }

    /// The sources that list a field of a section, where the record has it.
    #[must_use]
    pub fn get(&self, section: &str, field: &str) -> Option<Listed> {
        let key = (section.to_owned(), field.to_owned());
        self.0.get(&key).copied()
    }

    /// Everything that is recorded: section, field, sources.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Listed)> {
        let entries = self.0.iter();
        entries.map(|((section, field), listed)| (section.as_str(), field.as_str(), *listed))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn tables_are_read_by_their_columns() {
        let sources = Sources::parse(
            "### Before\n| field | S1 | S2 | sdk/doc |\n| `x` | a | a | a |\n\
             ## Fields\n### A\n\n| field | in | S1 | S2 | sdk/doc | document |\n|---|---|---|---|---|---|\n\
             | `x` | path | String | no | | y |\n| plain | a | a | a | a | a |\n\
             ### B\n| field | S1 | S2 | sdk/doc |\n|---|---|---|---|\n| `y` | no | its table is missing | int |\n\
             ## After\n### C\n| field | S1 | S2 | sdk/doc |\n| `z` | a | a | a |\n",
        );
        let listed = |s1, s2, s2_missing, sdk| Listed {
            s1,
            s2,
            s2_missing,
            sdk,
        };
        assert_eq!(
            sources.iter().collect::<Vec<_>>(),
            [
                ("A", "x", listed(true, false, false, false)),
                ("B", "y", listed(false, false, true, true)),
            ]
        );
        assert_eq!(
            sources.get("B", "y"),
            Some(listed(false, false, true, true))
        );
        assert_eq!(sources.get("B", "x"), None);
    }
}
