//! `cargo xtask mutants`: the table of the proof by mutation.
//!
//! The proof is a test, since it needs the compiled server and the snapshots; this command runs
//! that test and shows the table that it writes.

use std::io;

use thiserror::Error;

use crate::outcome::Outcome;
use crate::process::{Process, ProcessError};
use crate::root;

/// The variable that tells the test where to write its table.
const TABLE: &str = "FUNCTIONGRAPH_MUTANTS_TABLE";

/// Why there is no table.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// The project could not be found.
    #[error(
        "no `{}` here or above: run this inside the project's folder",
        root::DOCUMENT
    )]
    NoProject,
    /// The test could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The table could not be handed over.
    #[error("cannot keep the table in the folder for temporary files: {0}")]
    Table(#[from] io::Error),
}

/// Runs the proof and prints its table.
pub(crate) fn mutants() -> Result<Outcome, Error> {
    let root = root::find().ok_or(Error::NoProject)?;
    let folder = tempfile::tempdir()?;
    let table = folder.path().join("table.txt");
    // The same packages and features as in `cargo xtask test`, so that nothing is built twice.
    let test = Process::cargo()
        .args(["test", "--workspace", "--all-features", "--locked"])
        .args(["--test", "it"])
        .dir(&root);
    test.clone().arg("--no-run").run()?;
    let proof = test
        .args(["--quiet", "--", "--exact", "mutants::no_mutant_survives"])
        .quiet_env(TABLE, &table);
    let (status, out, err) = proof.capture()?;
    match std::fs::read_to_string(&table) {
        Ok(text) => anstream::print!("{text}"),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        // The test did not come that far: it, or the compiler, says why.
        Err(_) => anstream::eprint!("{out}{err}"),
    }
    if status.success() {
        return Ok(Outcome::Clean);
    }
    anstream::eprintln!(
        "error: guards and table do not agree: a guard that no longer notices a change is blind, \
         a row that no longer fits has to follow the document (tests/src/mutants)"
    );
    Ok(Outcome::Broken)
}
