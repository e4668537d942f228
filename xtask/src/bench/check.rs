//! `check` as a whole process.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Error, release};
use crate::outcome::Outcome;
use crate::root;

/// How often a program is run.
const RUNS: usize = 30;

/// What `check` is to take as a whole process. The fastest peer that makes types, client and server
/// from such a document, openapi-to-rust, takes 31 ms for it.
const BOUND: Duration = Duration::from_millis(40);

/// Builds the release profile, and times it.
pub(super) fn check() -> Result<Outcome, Error> {
    let root = root::find().ok_or(Error::NoProject)?;
    let program =
        release(&root, &["xtask"])?.join(format!("xtask{}", std::env::consts::EXE_SUFFIX));
    let nothing = time(&program, &root, "--help")?;
    let check = time(&program, &root, "check")?;
    anstream::println!("whole processes, {RUNS} runs each: median (fastest, slowest)\n");
    anstream::println!("xtask --help   {nothing}");
    anstream::println!("xtask check    {check}");
    anstream::println!(
        "\ncheck takes {:.2} of its bound of {} ms",
        check.median.as_secs_f64() / BOUND.as_secs_f64(),
        BOUND.as_millis()
    );
    Ok(Outcome::Clean)
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
