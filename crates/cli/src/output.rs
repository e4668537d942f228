//! Writing what came of a command.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use functiongraph_client::types::FunctionVersion;

use crate::args::Format;
use crate::failure::Failure;

/// Characters of a digest in a table.
const DIGEST: usize = 12;

/// Writes versions.
pub(crate) fn versions(
    format: Format,
    versions: &[FunctionVersion],
    out: &mut impl Write,
) -> Result<(), Failure> {
    match format {
        Format::Table => {
            let rows = versions.iter().map(row);
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

/// Writes one version.
pub(crate) fn version(
    format: Format,
    version: &FunctionVersion,
    out: &mut impl Write,
) -> Result<(), Failure> {
    match format {
        Format::Table => table(&COLUMNS, [row(version)], out)?,
        Format::Json => json(version, out)?,
        Format::Yaml => yaml(version, out)?,
        Format::Jsonl => line(version, out)?,
    }
    out.flush()?;
    Ok(())
}

const COLUMNS: [&str; 5] = ["VERSION", "MODIFIED", "RUNTIME", "CODE", "DESCRIPTION"];

/// What is worth reading of a version.
fn row(version: &FunctionVersion) -> [String; 5] {
    let digest: String = version.digest.chars().take(DIGEST).collect();
    [
        version.version.clone(),
        version.last_modified.as_str().to_owned(),
        version.runtime.to_string(),
        digest,
        version.version_description.clone().unwrap_or_default(),
    ]
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
    for line in table.lines() {
        writeln!(out, "{}", line.trim())?;
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

fn line(version: &FunctionVersion, out: &mut impl Write) -> Result<(), Failure> {
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
