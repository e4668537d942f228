//! What a command is asked for, on stdout.

use std::fmt::Arguments;
use std::io::{self, Write as _};

use super::commands::Failure;

/// Writes a line at once. That nobody reads it is an error.
pub(super) fn say(line: Arguments<'_>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(Failure::Output)
}

/// Writes a text. Whoever stops reading has read enough.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::Output),
    }
}
