//! The command line of `functiongraphd`.
//!
//! What a command is asked for goes to stdout, everything else to stderr. It exits with 0, with 1
//! when something failed, or with 2 when the command line or the configuration is wrong.

mod admin;
mod args;
mod config;
mod failure;
mod log;
mod output;
mod serve;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use self::args::{Arguments, Command};
use self::failure::Failure;
use self::output::hint;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(Failure::Runtime(error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            hint(format_args!("error: {}", chain(&failure)));
            ExitCode::from(failure.status())
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Serve(command) => serve::serve(command).await,
        Command::Import(command) => command.run().await,
        Command::Functions(command) => command.run().await,
        Command::Versions(command) => command.run().await,
        Command::Token(command) => command.run().await,
        Command::Key(command) => command.run().await,
        Command::Store(command) => command.run().await,
        Command::Audit(command) => command.run().await,
        Command::Config(command) => command.run(),
    }
}

/// An error with everything that led to it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
