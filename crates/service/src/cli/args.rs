//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::auth::{Role, Token};
use crate::store::StoreUrl;

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
}

/// Where the store is.
#[derive(Args, Debug)]
pub(super) struct StoreArguments {
    /// The store: sqlite:PATH, one file, which is made if it is missing.
    #[arg(
        long = "store",
        value_name = "sqlite:PATH",
        env = "FUNCTIONGRAPHD_STORE"
    )]
    pub(super) url: StoreUrl,
}

#[derive(Args, Debug)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub(super) store: StoreArguments,

    /// The address to listen on; port 0 takes a free one.
    #[arg(
        long,
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:8080",
        env = "FUNCTIONGRAPHD_LISTEN"
    )]
    pub(super) listen: SocketAddr,

    /// The greatest number of versions that a function has, `latest` included.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        value_parser = clap::value_parser!(u64).range(1..=4_294_967_295),
        env = "FUNCTIONGRAPHD_MAX_VERSIONS"
    )]
    pub(super) max_versions: u64,

    /// Refuse to publish a function whose code and configuration did not change since its last
    /// publication.
    #[arg(long, env = "FUNCTIONGRAPHD_REFUSE_UNCHANGED")]
    pub(super) refuse_unchanged: bool,

    /// The greatest size of a request body, in bytes.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 1_048_576,
        value_parser = clap::value_parser!(u32).range(1024..),
        env = "FUNCTIONGRAPHD_MAX_BODY"
    )]
    pub(super) max_body: u32,

    /// How long requests in flight may take to finish at shutdown, in seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(..=3600),
        env = "FUNCTIONGRAPHD_SHUTDOWN_TIMEOUT"
    )]
    pub(super) shutdown_timeout: u32,

    /// How log lines, on stderr, are written.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "FUNCTIONGRAPHD_LOG_FORMAT")]
    pub(super) log_format: LogFormat,

    /// What is logged: a level (error, warn, info, debug, trace), or a filter such as
    /// `info,functiongraph_service=debug`.
    #[arg(
        long,
        value_name = "FILTER",
        default_value = "info",
        env = "FUNCTIONGRAPHD_LOG"
    )]
    pub(super) log: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// An object on each line.
    Json,
}

#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    pub(super) store: StoreArguments,

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
    pub(super) store: StoreArguments,

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
