//! The commands.

mod config;
mod list;
mod publish;
mod sent;
mod signature;

use std::io::{self, Write};

use clap_complete::generate;
use indicatif::ProgressBar;

use crate::args::{Arguments, Command, Config, command};
use crate::failure::Failure;

/// Runs the command that the arguments name.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Publish(publish) => publish::run(&global, publish).await,
        Command::List(list) => list::run(&global, list).await,
        Command::Signature(call) => signature::run(&global, call).await,
        Command::Config(Config::Show) => config::show(&global),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            generate(shell, &mut self::command(), "functiongraph", &mut text);
            write(&text)
        }
        Command::Man { command } => write(&manual(command.as_deref())?),
    }
}

fn manual(name: Option<&str>) -> Result<Vec<u8>, Failure> {
    let mut program = command();
    program.build();
    let page = match name {
        None => program,
        Some(name) => program
            .find_subcommand(name)
            .ok_or_else(|| Failure::Usage(format!("there is no command `{name}`")))?
            .clone()
            .display_name(format!("functiongraph-{name}")),
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    Ok(text)
}

fn write(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    Ok(out.flush()?)
}

/// Says on a terminal that something goes on; elsewhere it shows nothing.
fn waiting(message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}
