//! The log: what is in it, how it is written, and where it goes.

mod json;
mod lines;

use std::fmt;
use std::io;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use self::json::{JsonFields, JsonLine};
pub(super) use self::lines::Lines;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// An object on each line.
    Json,
}

/// What is logged: a text that was found to be a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter(String);

impl Default for Filter {
    fn default() -> Self {
        Self("info".into())
    }
}

impl FromStr for Filter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        EnvFilter::try_new(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Starts logging to stderr, until what this answers is dropped. A log that was started before goes
/// on.
///
/// # Errors
/// There can be no thread for it.
pub(super) fn start(filter: &Filter, format: LogFormat) -> io::Result<Lines> {
    let lines = Lines::to(io::stderr())?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&filter.0))
        .with_writer(lines.writer())
        // A log that goes to a file should be readable there.
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()));
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder
            .fmt_fields(JsonFields)
            .event_format(JsonLine)
            .try_init(),
    };
    // Only a second start in one process fails.
    drop(started);
    Ok(lines)
}
