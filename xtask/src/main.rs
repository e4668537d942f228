//! The project's commands. Thin: what they do lives in the contract and codegen crates and in the
//! modules beside this one.

mod accept;
mod bench;
mod demo;
mod generate;
mod mutants;
mod outcome;
mod process;
mod root;
mod site;
mod test;
mod tools;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use thiserror::Error;

use crate::outcome::Outcome;

/// A fifth of what `generate` and `check` do is allocating tokens and syntax trees, and this
/// allocator touches a quarter of the pages that the system's does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The project's commands.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Accept every snapshot as it is now, and list those that have changed.
    ///
    /// Exit status: 0 when the tests with snapshots pass afterwards, 4 when `generate` has to run
    /// first, 1 otherwise.
    Accept,
    /// Write everything that is generated from the document.
    ///
    /// Exit status: 0 when all is up to date afterwards, 1 when something is broken.
    Generate(Source),
    /// Measure, and print ratios to a stated bound.
    Bench {
        /// What to measure.
        subject: bench::Subject,
    },
    /// Compare what is generated with what is there, without writing.
    ///
    /// Exit status: 0 when all is up to date, 4 when something is stale, 1 when something is broken.
    Check {
        #[command(flatten)]
        source: Source,
        /// Print the differences.
        #[arg(short, long)]
        verbose: bool,
    },
    /// Show the main job from end to end: generate, build, serve, publish, list.
    ///
    /// Stays until Ctrl-C with the service running, so that its documentation can be read.
    Demo {
        /// End after the exchange.
        #[arg(long)]
        once: bool,
    },
    /// Kill the service under load, on SQLite and on PostgreSQL, and see that nothing is lost.
    ///
    /// Exit status: 0 when every acknowledged version is there, 1 otherwise.
    Kill {
        /// How often, on each kind of store.
        #[arg(long, default_value_t = 100)]
        rounds: u32,
    },
    /// Lint a document without generating anything.
    ///
    /// Exit status: 0 without a finding, 1 otherwise.
    Lint {
        /// The document; this project's own where none is given.
        document: Option<PathBuf>,
    },
    /// Change the document and generated files in every way, and show which guard notices it.
    ///
    /// Exit status: 0 when every change is noticed by those who have to, 1 otherwise.
    Mutants,
    /// Write the documentation site.
    ///
    /// Static pages that work from any folder; exit status: 0, or 1 when something is broken.
    Site(site::Options),
    /// Check everything that a change has to pass, and close on a line that counts the checks.
    ///
    /// Exit status: 0 when nothing failed, 1 otherwise.
    Test(test::Options),
}

/// What to generate from, and where to.
#[derive(Args)]
struct Source {
    /// Another OpenAPI 3.0 document, to generate a workspace of its own from.
    #[arg(long, value_name = "FILE", requires = "out")]
    document: Option<PathBuf>,
    /// Folder of that workspace; made where it is missing.
    #[arg(long, value_name = "DIR", requires = "document")]
    out: Option<PathBuf>,
    /// What the crates of that workspace are called, before `-types`, `-client` and `-server`.
    #[arg(long, value_name = "PREFIX", requires = "document")]
    name: Option<String>,
}

fn main() -> ExitCode {
    run(Cli::parse().command)
        .unwrap_or_else(|failure| {
            failure.print();
            Outcome::Broken
        })
        .into()
}

fn run(command: Command) -> Result<Outcome, Failure> {
    Ok(match command {
        Command::Accept => accept::accept()?,
        Command::Generate(source) => generate::generate(&source.into())?,
        Command::Bench { subject } => bench::bench(subject)?,
        Command::Check { source, verbose } => generate::check(&source.into(), verbose)?,
        Command::Demo { once } => demo::demo(once)?,
        Command::Kill { rounds } => test::stores::kill(rounds)?,
        Command::Lint { document } => generate::lint(document)?,
        Command::Mutants => mutants::mutants()?,
        Command::Site(options) => site::site(&options)?,
        Command::Test(options) => test::run(&options)?,
    })
}

/// Why a command could not do its work.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Accept(#[from] accept::Error),
    #[error(transparent)]
    Generate(#[from] generate::Error),
    #[error(transparent)]
    Bench(#[from] bench::Error),
    #[error(transparent)]
    Demo(#[from] demo::Error),
    #[error(transparent)]
    Kill(#[from] test::stores::KillError),
    #[error(transparent)]
    Mutants(#[from] mutants::Error),
    #[error(transparent)]
    Site(#[from] site::Error),
    #[error(transparent)]
    Test(#[from] test::Error),
}

impl Failure {
    /// Prints it; findings of a document with their excerpts.
    fn print(&self) {
        match self {
            Self::Generate(error)
            | Self::Accept(accept::Error::Generate(error))
            | Self::Demo(demo::Error::Generate(error)) => error.print(),
            other => anstream::eprintln!("error: {other}"),
        }
    }
}

impl From<Source> for generate::Source {
    fn from(source: Source) -> Self {
        match (source.document, source.out) {
            (Some(document), Some(out)) => Self::Document {
                document,
                out,
                prefix: source.name,
            },
            _ => Self::Project,
        }
    }
}
