//! The step `stores`: PostgreSQL from the system, PgBouncer before it, and the order of system calls.
//! The server is made from nothing for each run, on a free port of this machine, and goes with the
//! run.

use std::net::TcpListener;
use std::path::Path;

use super::{Context, StepError, Tally, cargo};
use crate::outcome::Outcome;
use crate::process::{Process, ProcessError, Running};
use crate::root;
use crate::tools::{System, ToolError, postgres_programs};

/// How the names of the tests begin that this step runs.
pub(super) const TESTS: [&str; 2] = ["postgres::", "trace::"];

/// The package and the program of the tests.
const PROGRAM: (&str, &str) = ("functiongraph-service", "service");

/// Tells the tests where the server and its programs are.
const VARIABLE: &str = "FUNCTIONGRAPH_POSTGRES";

/// Tells the tests how often to kill.
const ROUNDS: &str = "FUNCTIONGRAPH_KILL_ROUNDS";

/// The step: one check for each test.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let server = Server::start(context.scratch.path())?;
    let mut tally = Tally::default();
    for names in TESTS {
        let place = (VARIABLE, &*server.place);
        tally.add(cargo::ignored(context, PROGRAM.1, names, place)?);
    }
    Ok(tally)
}

/// Why the services could not be killed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KillError {
    /// Not inside the project.
    #[error("this is not the project's folder, nor inside it")]
    NoProject,
    /// A folder for the run.
    #[error("cannot make a temporary folder: {0}")]
    Scratch(#[from] std::io::Error),
    /// PostgreSQL is missing, or does not start.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The tests failed.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// `cargo xtask kill`: services are killed so often on each kind of store.
pub(crate) fn kill(rounds: u32) -> Result<Outcome, KillError> {
    let root = root::find().ok_or(KillError::NoProject)?;
    let scratch = tempfile::Builder::new()
        .prefix("functiongraph-kill-")
        .tempdir()?;
    let server = Server::start(scratch.path())?;
    Process::cargo()
        .dir(root)
        .args(["test", "--locked", "--all-features", "--package", PROGRAM.0])
        .args(["--test", PROGRAM.1, "--", "--include-ignored"])
        .arg("whatever_was_acknowledged")
        .env(ROUNDS, rounds.to_string())
        .quiet_env(VARIABLE, &server.place)
        .run()?;
    Ok(Outcome::Clean)
}

/// A PostgreSQL of the run's own.
struct Server {
    _running: Running,
    /// What the tests are told of it.
    place: String,
}

impl Server {
    fn start(scratch: &Path) -> Result<Self, ToolError> {
        System::Strace.require()?;
        System::PgBouncer.require()?;
        System::Postgres.require()?;
        let programs = postgres_programs().ok_or(ToolError::NoPostgres)?;
        let folder = scratch.join("postgres");
        let failed = |cause| ToolError::file(&folder, cause);
        std::fs::create_dir(&folder).map_err(failed)?;
        // Others than root have to reach it and write to it.
        #[cfg(unix)]
        for open in [scratch, &folder] {
            let all = std::os::unix::fs::PermissionsExt::from_mode(0o777);
            std::fs::set_permissions(open, all).map_err(failed)?;
        }
        let data = folder.join("data");
        unprivileged(&programs.join("initdb"))
            .args(["--username", "postgres", "--auth", "trust"])
            .args(["--encoding", "UTF8", "--locale", "C", "--pgdata"])
            .arg(&data)
            .read()?;
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(failed)?
            .port();
        // The server writes its log to standard error, and what waits for it reads standard output.
        let script = "exec \"$0\" \"$@\" 2>&1";
        let (running, ()) = unprivileged(Path::new("sh"))
            .args(["-c", script])
            .arg(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=400",
            ])
            .dir(&folder)
            .start(|line| line.contains("ready to accept connections").then_some(()))?;
        let programs = programs.display().to_string();
        Ok(Self {
            _running: running,
            place: serde_json::json!({"port": port, "programs": programs}).to_string(),
        })
    }
}

/// A program that does not run as root, which PostgreSQL refuses.
fn unprivileged(program: &Path) -> Process {
    let root = Process::new("id")
        .arg("-u")
        .read()
        .is_ok_and(|id| id.trim() == "0");
    if !root {
        return Process::new(program);
    }
    Process::new("setpriv")
        .args(["--reuid", "postgres", "--regid", "postgres"])
        .arg("--clear-groups")
        .arg(program)
}
