//! What a command is asked for, on stdout, and what else there is to say, on stderr.

use std::fmt::Arguments;
use std::io::{self, Write as _};

use super::failure::Failure;

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

/// Says something beside what was asked for. Where stderr is closed there is nobody to tell.
pub(super) fn hint(line: Arguments<'_>) {
    drop(writeln!(io::stderr(), "{line}"));
}
