//! The log.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use super::args::LogFormat;

/// Starts logging to stderr. A log that was started before goes on.
pub(super) fn start(filter: &str, format: LogFormat) -> Result<(), ParseError> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_writer(io::stderr)
        // A log that goes to a file should be readable there.
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()));
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // Only a second start in one process fails.
    drop(started);
    Ok(())
}
