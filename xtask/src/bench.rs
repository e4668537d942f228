//! `bench`: how long things take, as ratios to a bound that is stated beside them. Never a test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use thiserror::Error;

use crate::outcome::Outcome;
use crate::process::{Process, ProcessError};
use crate::root;

/// How often a program is run.
const RUNS: usize = 30;

/// What `check` is to take as a whole process. The fastest peer that makes types, client and server
/// from such a document, openapi-to-rust, takes 31 ms for it.
const CHECK_BOUND: Duration = Duration::from_millis(40);

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// `check` as a whole process of the release profile, against its bound and against a process
    /// that does nothing.
    Check,
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
}

/// Measures.
pub(crate) fn bench(subject: Subject) -> Result<Outcome, Error> {
    match subject {
        Subject::Check => check(),
    }
}

fn check() -> Result<Outcome, Error> {
    let root = root::find().ok_or(Error::NoProject)?;
    Process::cargo()
        .args(["build", "--release", "--package", "xtask"])
        .dir(&root)
        .run()?;
    let program = release_program()?;
    let nothing = time(&program, &root, "--help")?;
    let check = time(&program, &root, "check")?;
    anstream::println!("whole processes, {RUNS} runs each: median (fastest, slowest)\n");
    anstream::println!("xtask --help   {nothing}");
    anstream::println!("xtask check    {check}");
    anstream::println!(
        "\ncheck takes {:.2} of its bound of {} ms",
        check.median.as_secs_f64() / CHECK_BOUND.as_secs_f64(),
        CHECK_BOUND.as_millis()
    );
    Ok(Outcome::Clean)
}

/// This program as the release profile builds it: in the folder beside this one's.
fn release_program() -> Result<PathBuf, Error> {
    let this = std::env::current_exe().map_err(|cause| Error::Run {
        program: "xtask".to_owned(),
        cause,
    })?;
    let target = this
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("target"));
    Ok(target
        .join("release")
        .join(format!("xtask{}", std::env::consts::EXE_SUFFIX)))
}

/// Times of a program.
struct Times {
    fastest: Duration,
    median: Duration,
    slowest: Duration,
}

impl std::fmt::Display for Times {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(
            formatter,
            "{:6.1} ms ({:.1}, {:.1})",
            ms(self.median),
            ms(self.fastest),
            ms(self.slowest)
        )
    }
}

fn time(program: &Path, root: &Path, argument: &str) -> Result<Times, Error> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        let status = Command::new(program)
            .arg(argument)
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(|cause| Error::Run {
                program: program.display().to_string(),
                cause,
            })?;
        if !status.success() {
            return Err(Error::Failed(format!("xtask {argument}")));
        }
        times.push(start.elapsed());
    }
    times.sort();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    Ok(Times {
        fastest: at(0),
        median: at(RUNS / 2),
        slowest: at(RUNS - 1),
    })
}
