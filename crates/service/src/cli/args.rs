//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::config::{Given, ServeScope, StoreScope};
use crate::auth::{Role, Token};

/// A service for versions of FunctionGraph functions: publish, list, lose nothing.
#[derive(Debug, Parser)]
#[command(name = "functiongraphd", version, propagate_version = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the API until Ctrl-C or SIGTERM.
    ///
    /// Prints `listening on http://ADDR` on stdout when it is ready.
    Serve(ServeArguments),
    /// Import functions: each file holds one function's working copy.
    ///
    /// The fields are those of a version in a response; code may stand in func_code.file as base64.
    /// All files are imported or, with every problem of every file, none. The service may run
    /// meanwhile.
    Import(ImportArguments),
    /// Administer tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the configuration in force, with the source of each value; secrets are masked.
    Print(PrintArguments),
}

#[derive(Args, Debug)]
pub(super) struct PrintArguments {
    #[command(flatten)]
    pub(super) given: Given<ServeScope>,

    #[arg(long, value_enum, default_value_t = PrintFormat::Toml)]
    pub(super) format: PrintFormat,
}

/// How the configuration is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PrintFormat {
    /// As a configuration file.
    Toml,
    /// As a list of settings.
    Json,
}

#[derive(Args, Debug)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub(super) given: Given<ServeScope>,
}

#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    pub(super) given: Given<StoreScope>,

    /// Replace the working copies of functions that are there and differ; without it they are an
    /// error. Published versions are never touched.
    #[arg(long)]
    pub(super) update: bool,

    /// The files, JSON.
    #[arg(value_name = "FILE.json", required = true)]
    pub(super) files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Add a token, and print it: this once, since only its hash is kept.
    Add(AddTokenArguments),
}

#[derive(Args, Debug)]
pub(super) struct AddTokenArguments {
    #[command(flatten)]
    pub(super) given: Given<StoreScope>,

    /// The project whose functions the token gives access to.
    #[arg(long, value_name = "ID")]
    pub(super) project: String,

    /// What the token allows: reader lists, publisher lists and publishes.
    #[arg(
        long,
        value_name = "reader|publisher",
        default_value = "publisher",
        value_parser = ["reader", "publisher"]
    )]
    pub(super) role: String,

    /// The token, at least 8 characters, visible ASCII. One of 256 random bits is made otherwise,
    /// which is safer.
    #[arg(long, value_name = "VALUE")]
    pub(super) token: Option<Token>,
}

impl AddTokenArguments {
    /// The role; the parser took no other word.
    pub(super) fn role(&self) -> Role {
        self.role.parse().unwrap_or(Role::Reader)
    }
}
