//! What can be said on the command line.

use clap::{Args, Parser, Subcommand};

use super::admin::{
    AuditCommand, FunctionsCommand, ImportArguments, KeyCommand, StoreCommand, TokenCommand,
    VersionsCommand,
};
use super::config::{ConfigCommand, Given, ServeScope};

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
    /// Prints `listening on http://ADDR` on stdout when it is ready, and then `metrics on
    /// http://ADDR/metrics` where there are any.
    Serve(ServeArguments),
    /// Import functions: each file holds one function's working copy.
    ///
    /// The fields are those of a version in a response. Code may stand in func_code.file as base64,
    /// or for NAME.json lie beside it in NAME.zip, NAME.jar or NAME.code. Of a folder, every *.json
    /// in it and below is meant. All files are imported or, with every problem of every file, none.
    /// The service may run meanwhile.
    Import(ImportArguments),
    /// Look at functions, and change them.
    #[command(subcommand)]
    Functions(FunctionsCommand),
    /// Administer published versions.
    #[command(subcommand)]
    Versions(VersionsCommand),
    /// Administer tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Administer access keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Administer the store as a whole.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Look at who changed what.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Args, Debug)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub(super) given: Given<ServeScope>,
}
