//! Writing what came of a command.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use functiongraph_client::types::FunctionVersion;
use serde::Deserialize as _;
use serde_json::Value;

use crate::args::Format;
use crate::failure::Failure;

/// Characters of a digest in a table.
const DIGEST: usize = 12;

/// Writes versions, which are as the service sent them.
pub(crate) fn versions(
    format: Format,
    versions: &[Value],
    out: &mut impl Write,
) -> Result<(), Failure> {
    match format {
        Format::Table => {
            let rows: Vec<_> = versions.iter().map(row).collect::<Result<_, _>>()?;
            table(&COLUMNS, rows, out)?;
        }
        Format::Json => json(versions, out)?,
        Format::Yaml => yaml(versions, out)?,
        Format::Jsonl => {
            for version in versions {
                line(version, out)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// Writes one version, which is as the service sent it.
pub(crate) fn version(
    format: Format,
    version: &Value,
    out: &mut impl Write,
) -> Result<(), Failure> {
    match format {
        Format::Table => table(&COLUMNS, [row(version)?], out)?,
        Format::Json => json(version, out)?,
        Format::Yaml => yaml(version, out)?,
        Format::Jsonl => line(version, out)?,
    }
    out.flush()?;
    Ok(())
}

const COLUMNS: [&str; 5] = ["VERSION", "MODIFIED", "RUNTIME", "CODE", "DESCRIPTION"];

/// What is worth reading of a version.
fn row(version: &Value) -> Result<[String; 5], Failure> {
    let version = FunctionVersion::deserialize(version).map_err(unwritable)?;
    let digest: String = version.digest.chars().take(DIGEST).collect();
    Ok([
        version.version,
        version.last_modified.as_str().to_owned(),
        version.runtime.to_string(),
        digest,
        version.version_description.unwrap_or_default(),
    ])
}

/// Writes columns for people.
pub(crate) fn table<const N: usize>(
    columns: &[&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(columns);
    for row in rows {
        table.add_row(row.iter().map(|cell| shown(cell)));
    }
    // Nothing stands before the first column, so that a cell of it can be empty.
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A text on one line that does nothing to a terminal.
fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escaped = character.is_control().then(|| character.escape_default());
            let plain = (!character.is_control()).then_some(character);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

fn json(value: &(impl serde::Serialize + ?Sized), out: &mut impl Write) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(unwritable)?;
    Ok(writeln!(out, "{text}")?)
}

fn line(version: &Value, out: &mut impl Write) -> Result<(), Failure> {
    let text = serde_json::to_string(version).map_err(unwritable)?;
    Ok(writeln!(out, "{text}")?)
}

fn yaml(value: &(impl serde::Serialize + ?Sized), out: &mut impl Write) -> Result<(), Failure> {
    let text = serde_saphyr::to_string(&value).map_err(unwritable)?;
    Ok(writeln!(out, "{}", text.trim_end())?)
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::local("the versions cannot be written", error)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_terminal_is_safe_from_descriptions() {
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{9b}"), "a\\u{1b}[2Jb\\nc\\u{9b}");
        assert_eq!(shown("版本 ü"), "版本 ü");
    }
}
