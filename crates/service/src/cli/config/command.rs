//! `config print`.

use clap::{Args, Subcommand, ValueEnum};

use super::super::failure::Failure;
use super::super::output::print;
use super::print::{json, toml};
use super::{Configuration, Given, ServeScope};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Print the configuration in force, with the source of each value; secrets are masked.
    Print(PrintArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct PrintArguments {
    #[command(flatten)]
    given: Given<ServeScope>,

    /// How the configuration is written.
    #[arg(long, value_enum, default_value_t)]
    format: PrintFormat,
}

/// How the configuration is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PrintFormat {
    /// As a configuration file.
    #[default]
    Toml,
    /// As a JSON list.
    Json,
}

impl ConfigCommand {
    pub(in crate::cli) fn run(self) -> Result<(), Failure> {
        let Self::Print(arguments) = self;
        let (_, effective) = Configuration::load(&arguments.given)?;
        let text = match arguments.format {
            PrintFormat::Toml => toml(&effective),
            PrintFormat::Json => format!("{:#}\n", json(&effective)),
        };
        print(&text)
    }
}
