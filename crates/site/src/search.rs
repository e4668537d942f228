//! The index that the search reads: a script, so that pages opened from a file can load it.

use serde_json::json;

use crate::markdown::Page;
use crate::reference::Entry;

/// The entries of a chapter: one for each heading.
pub(crate) fn chapter(name: &str, page: &Page) -> Vec<Entry> {
    let entries = page.sections.iter().map(|(id, text)| {
        let heading = page.headings.iter().find(|heading| heading.id == *id);
        match heading {
            Some(heading) => Entry {
                target: format!("{name}#{id}"),
                title: heading.text.clone(),
                context: page.title.clone(),
                text: text.clone(),
            },
            None => Entry {
                target: name.to_owned(),
                title: page.title.clone(),
                context: String::new(),
                text: text.clone(),
            },
        }
    });
    entries.collect()
}

/// The index's text: every entry whole, so that nothing in it is out of reach. The script cuts what
/// it shows.
pub(crate) fn index(entries: &[Entry]) -> String {
    let mut lines = Vec::new();
    for entry in entries {
        let line = json!([entry.target, entry.title, entry.context, entry.text.trim()]);
        lines.push(line.to_string());
    }
    format!("window.searchIndex = [\n{}\n];\n", lines.join(",\n"))
}
