//! The command line of `functiongraphd`.
//!
//! What a command is asked for goes to stdout, everything else to stderr. It exits with 0, with 1
//! when something failed, or with 2 when the command line or the configuration is wrong.

mod args;
mod commands;
mod config;
mod log;
mod output;
mod serve;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use self::args::{Arguments, Command, ConfigCommand, TokenCommand};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(commands::Failure::Runtime(error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed there is nobody to tell.
            drop(writeln!(io::stderr(), "error: {}", chain(&failure)));
            ExitCode::from(failure.status())
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), commands::Failure> {
    match arguments.command {
        Command::Serve(serve) => serve::serve(serve).await,
        Command::Import(import) => commands::import(import).await,
        Command::Token(TokenCommand::Add(add)) => commands::add_token(add).await,
        Command::Config(ConfigCommand::Print(print)) => commands::print_config(&print),
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
