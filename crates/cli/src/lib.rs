//! The command line `functiongraph`: publishes and lists versions of FunctionGraph functions.
//!
//! [`args`] is what can be typed; `settings` finds out what is set and where it came from; each
//! command has a module beneath `commands`; `output` writes what came of it; `failure` turns errors
//! into exit statuses and hints.

pub mod args;
mod commands;
mod failure;
mod output;
mod settings;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use args::{Arguments, Color};
use failure::Failure;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    let arguments = Arguments::of_process();
    log(&arguments);
    let done = runtime().and_then(|runtime| runtime.block_on(commands::run(arguments)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            // When standard error is gone, too, the status has to do.
            drop(writeln!(io::stderr(), "{}", failure.report()));
            ExitCode::from(failure.status())
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::local("the program cannot run", error))
}

/// Lets calls and attempts be seen on standard error, where that is asked for.
fn log(arguments: &Arguments) {
    let level = match arguments.global.verbose {
        0 => return,
        1 => "functiongraph_client=debug",
        _ => "debug",
    };
    let ansi = match arguments.global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(io::stderr)
        .with_ansi(ansi)
        // Where nobody can be told of a line, nobody can be told of that either.
        .log_internal_errors(false)
        .init();
}
