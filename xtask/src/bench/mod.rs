//! `bench`: how long things take, as ratios to a bound that is stated beside them. Never a test.

mod check;
mod service;
mod wrk;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use thiserror::Error;

use crate::outcome::Outcome;
use crate::process::{Process, ProcessError};
use crate::root;
use crate::tools::ToolError;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// `check` as a whole process of the release profile, against its bound and against a process
    /// that does nothing.
    Check,
    /// The service under load: lists and durable publications against a minimal server written by
    /// hand and against fixed bytes, a core for the server and one for the load.
    Service,
    /// The service with a thousand functions against the service with a million.
    Scale,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// The project could not be found.
    #[error(
        "no `{}` here or above: run this inside the project's folder",
        root::DOCUMENT
    )]
    NoProject,
    /// A program could not be run.
    #[error("cannot run {program}: {cause}")]
    Run {
        /// The program.
        program: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The program could not be built.
    #[error(transparent)]
    Build(#[from] ProcessError),
    /// A program failed, so that its time says nothing.
    #[error("`{0}` failed: mend it first, then measure")]
    Failed(String),
    /// A program from outside Cargo could not be had.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The system refused something.
    #[error("{what}: {cause}")]
    System {
        /// What could not be done.
        what: &'static str,
        /// Why not.
        cause: std::io::Error,
    },
    /// A server did not say where it listens.
    #[error("`{0}` ended before it listened")]
    NotReady(String),
    /// The load generator's report could not be read, or tells of errors.
    #[error("wrk against {server}: {reason}\n{report}")]
    Load {
        /// Which server.
        server: String,
        /// What is wrong.
        reason: String,
        /// What wrk printed.
        report: String,
    },
}

/// Measures.
pub(crate) fn bench(subject: Subject) -> Result<Outcome, Error> {
    match subject {
        Subject::Check => check::check(),
        Subject::Service => service::service(),
        Subject::Scale => service::scale(),
    }
}

/// Builds packages in the release profile, and answers the folder of their programs, which is beside
/// this program's own.
fn release(root: &Path, packages: &[&str]) -> Result<PathBuf, Error> {
    let mut build = Process::cargo().args(["build", "--release"]).dir(root);
    for package in packages {
        build = build.args(["--package", package]);
    }
    build.run()?;
    let this = std::env::current_exe().map_err(|cause| Error::System {
        what: "cannot find the folder of the programs",
        cause,
    })?;
    let target = this.parent().and_then(Path::parent);
    Ok(target.unwrap_or(Path::new("target")).join("release"))
}
