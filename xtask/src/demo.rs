//! `demo`: the project's main job from end to end, on the embedded default.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use tempfile::TempDir;
use thiserror::Error;

use crate::generate::{self, Source};
use crate::outcome::Outcome;
use crate::process::{Process, ProcessError};
use crate::root;

/// The function of the demonstration: the one that the first source page shows.
const FUNCTION: &str = "openapi/examples/s1-publish-response.json";

/// Its project and its URN, as in that file.
const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
const URN: &str = "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test";

/// What the service prints, in front of its address, once it answers.
const READY: &str = "listening on ";

/// Why the demonstration stopped.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// Generating or checking failed.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// A program failed.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The service did not start.
    #[error("the service ended before it was ready; what it said stands above")]
    NotReady,
    /// A file, a folder or a signal could not be handled.
    #[error("{what}: {cause}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        cause: std::io::Error,
    },
    /// Generated files are stale straight after generating.
    #[error(
        "files are stale straight after they were generated: the generator is not deterministic"
    )]
    Stale,
}

/// Runs the demonstration; with `once`, ends after the exchange.
pub(crate) fn demo(once: bool) -> Result<Outcome, Error> {
    let root = root::find().ok_or(generate::Error::NoProject)?;
    heading("1/4  The document becomes code: generate, then check");
    generate::generate(&Source::Project)?;
    if generate::check(&Source::Project, false)? != Outcome::Clean {
        return Err(Error::Stale);
    }

    heading("2/4  Build the service and a program on the generated client");
    Process::cargo()
        .args([
            "build",
            "--package",
            "functiongraph-service",
            "--package",
            "functiongraph-client",
        ])
        .args(["--bin", "functiongraphd", "--example", "tour"])
        .dir(&root)
        .run()?;
    let programs = programs()?;
    let daemon = programs.join(name("functiongraphd"));

    heading("3/4  Start the service on its embedded store");
    let folder = TempDir::with_prefix("functiongraph-demo-").map_err(|cause| Error::System {
        what: "cannot make a folder for the store",
        cause,
    })?;
    let store = format!("sqlite:{}", folder.path().join("demo.db").display());
    Process::new(&daemon)
        .args(["import", "--store", &store, FUNCTION])
        .dir(&root)
        .run()?;
    let token = Process::new(&daemon)
        .args(["token", "add", "--store", &store, "--project", PROJECT])
        .read()?
        .trim()
        .to_owned();
    // The handler stands before the service starts, so that no signal can leave it behind.
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })
    .map_err(|error| Error::System {
        what: "cannot watch for Ctrl-C",
        cause: std::io::Error::other(error),
    })?;
    let service = Service::start(&daemon, &store)?;

    heading("4/4  Publish two versions and list them, page by page");
    Process::new(programs.join("examples").join(name("tour")))
        .args([service.address.as_str(), PROJECT, URN])
        .env("TOKEN", &token)
        .run()?;

    let address = &service.address;
    anstream::println!("\nThe API:            {address}");
    anstream::println!("Its documentation:  {address}/docs");
    anstream::println!(
        "Try it:             curl -s -H 'X-Auth-Token: {token}' '{address}/v2/{PROJECT}/fgs/functions/{URN}/versions?marker=0&maxitems=10'"
    );
    if !once {
        anstream::println!("\nThe service runs until Ctrl-C.");
        // An error means that the handler is gone, which is as good a reason to end.
        let _ = stopped.recv();
    }
    drop(service);
    Ok(Outcome::Clean)
}

fn heading(text: &str) {
    anstream::println!("\n\x1b[1m{text}\x1b[0m\n");
}

/// The folder that cargo puts programs in: the one that this program lies in.
fn programs() -> Result<PathBuf, Error> {
    let this = std::env::current_exe().map_err(|cause| Error::System {
        what: "cannot find the folder of the programs",
        cause,
    })?;
    Ok(this.parent().map(Path::to_owned).unwrap_or_default())
}

fn name(program: &str) -> String {
    format!("{program}{}", std::env::consts::EXE_SUFFIX)
}

/// The running service; it ends with this value.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: String,
}

impl Service {
    pub(crate) fn start(daemon: &Path, store: &str) -> Result<Self, Error> {
        let mut child = Command::new(daemon)
            .args(["serve", "--store", store, "--listen", "127.0.0.1:0"])
            // One line for each request would stand between the lines of the exchange.
            .args(["--log", "warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|cause| Error::System {
                what: "cannot start the service",
                cause,
            })?;
        let output = child.stdout.take();
        let mut service = Self {
            child,
            address: String::new(),
        };
        for line in output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines())
        {
            let line = line.map_err(|cause| Error::System {
                what: "cannot read from the service",
                cause,
            })?;
            if let Some(address) = line.strip_prefix(READY) {
                service.address = address.trim().to_owned();
                anstream::println!("{line}");
                return Ok(service);
            }
        }
        Err(Error::NotReady)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have had the Ctrl-C too, and be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
