//! Tables, for people.

use std::fmt::Display;

use comfy_table::{Table, presets};

/// A table with a heading for each column. One without rows has its headings all the same.
pub(super) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = plain();
    table.set_header(headings);
    table.add_rows(rows);
    text(&table)
}

/// Names and values below each other.
pub(super) fn fields(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let mut table = plain();
    table.add_rows(rows.into_iter().map(|(name, value)| [name, value]));
    text(&table)
}

/// What may be absent.
pub(super) fn optional(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".into(), |value| value.to_string())
}

/// Columns of their content's width, and nothing between them: easy to read, and to cut.
fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn text(table: &Table) -> String {
    table
        .lines()
        .flat_map(|line| [line.trim().to_owned(), "\n".to_owned()])
        .collect()
}
