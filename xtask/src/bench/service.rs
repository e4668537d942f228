//! The service under load, against its peers, in one run.
//!
//! A core is the servers', the other the load's. Servers are measured in turn, several rounds of
//! each, so that what else the machine does meets all alike; of the rounds the median counts.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::wrk::{self, Load};
use super::{Error, release};
use crate::outcome::Outcome;
use crate::process::Process;
use crate::root;

/// The core that servers have.
const CORE: &str = "0";

/// Functions that are listed and published, and how many versions each has at first: a page is 20
/// items, `latest` among them.
const FUNCTIONS: u32 = 100;

/// How many are in [`scale`], evenly among all that there are: more than the service keeps ready.
const SPREAD: u32 = 1000;
const VERSIONS: u32 = 19;

/// Numbers of connections.
const CONNECTIONS: [u32; 2] = [16, 64];

/// Rounds, and how long a server is measured in each, in seconds.
const ROUNDS: usize = 3;
const SECONDS: u32 = 3;

/// What [`scale`] compares.
const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;

const PROJECT: &str = "0123456789abcdef0123456789abcdef";

/// How a server's line about its address begins.
const READY: &str = "listening on ";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    List,
    Publish,
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::List => "list of 20",
            Self::Publish => "durable publish",
        }
    }

    fn script(self, root: &Path) -> PathBuf {
        root.join("bench/scripts").join(match self {
            Self::List => "list.lua",
            Self::Publish => "publish.lua",
        })
    }
}

/// A server on its core; it ends with this value.
struct Server {
    name: &'static str,
    child: Child,
    address: String,
    token: String,
    /// How many functions are asked for, and how far apart they are.
    functions: u32,
    step: u32,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
        log: &Path,
        token: String,
    ) -> Result<Self, Error> {
        let log = File::create(log).map_err(|cause| Error::System {
            what: "cannot make a file for a server's log",
            cause,
        })?;
        let mut child = Command::new("taskset")
            .args(["--cpu-list", CORE])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|cause| Error::Run {
                program: program.display().to_string(),
                cause,
            })?;
        let output = child.stdout.take();
        let mut server = Self {
            name,
            child,
            address: String::new(),
            token,
            functions: FUNCTIONS,
            step: 1,
        };
        let lines = output.into_iter().map(BufReader::new);
        for line in lines.flat_map(BufReader::lines) {
            let line = line.map_err(|cause| Error::System {
                what: "cannot read from a server",
                cause,
            })?;
            if let Some(address) = line.strip_prefix(READY) {
                address.trim().clone_into(&mut server.address);
                return Ok(server);
            }
        }
        Err(Error::NotReady(program.display().to_string()))
    }

    fn measure(
        &self,
        work: Work,
        root: &Path,
        connections: u32,
        round: &str,
    ) -> Result<f64, Error> {
        let functions = self.functions.to_string();
        let step = self.step.to_string();
        let rate = Load {
            server: self.name,
            address: &self.address,
            script: &work.script(root),
            variables: &[
                ("FUNCTIONS", &functions),
                ("STEP", &step),
                ("PROJECT", PROJECT),
                ("TOKEN", &self.token),
                ("ROUND", round),
            ],
            connections,
            seconds: SECONDS,
        }
        .run()?;
        Ok(rate.per_second)
    }
}

/// Programs and a folder for what they keep.
struct Bench {
    root: PathBuf,
    programs: PathBuf,
    folder: TempDir,
}

impl Bench {
    fn new() -> Result<Self, Error> {
        let root = root::find().ok_or(Error::NoProject)?;
        wrk::require()?;
        let programs = release(&root, &["functiongraph-service", "functiongraph-bench"])?;
        // In the project's own target folder: where the system keeps temporary files, a sync may
        // cost nothing.
        let folder = programs.parent().unwrap_or(&root).to_owned();
        let folder = TempDir::with_prefix_in("bench-", folder).map_err(|cause| Error::System {
            what: "cannot make a folder for the stores",
            cause,
        })?;
        Ok(Self {
            root,
            programs,
            folder,
        })
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The service on a store of so many functions, with a token and its log on.
    fn ours(&self, name: &'static str, functions: u32) -> Result<Server, Error> {
        let store = format!("sqlite:{}", self.path(&format!("{functions}.db")).display());
        Process::new(self.program("fill"))
            .args([&store, &functions.to_string(), &VERSIONS.to_string()])
            .run()?;
        let daemon = self.program("functiongraphd");
        let token = Process::new(&daemon)
            .args(["token", "add", "--store", &store, "--project", PROJECT])
            .read()?;
        let arguments = ["serve", "--store", &store, "--listen", "127.0.0.1:0"];
        let unlimited = ["--max-versions", "4294967295"];
        Server::start(
            name,
            &daemon,
            &[&arguments[..], &unlimited[..]].concat(),
            &self.path(&format!("{functions}.log")),
            token.trim().to_owned(),
        )
    }

    fn handwritten(&self) -> Result<Server, Error> {
        let store = self.path("handwritten.db");
        Server::start(
            "by hand",
            &self.program("handwritten"),
            &[
                &store.to_string_lossy(),
                &FUNCTIONS.to_string(),
                &VERSIONS.to_string(),
            ],
            &self.path("handwritten.log"),
            String::new(),
        )
    }

    /// The bytes of a page that the service answers.
    fn fixed(&self, ours: &Server) -> Result<Server, Error> {
        let page = self.path("page.json");
        let path = format!("/v2/{PROJECT}/fgs/functions/f1/versions?marker=0&maxitems=20");
        Process::new("curl")
            .args(["--silent", "--show-error", "--fail", "--output"])
            .arg(&page)
            .args(["--header", &format!("X-Auth-Token: {}", ours.token)])
            .arg(format!("{}{path}", ours.address))
            .read()?;
        Server::start(
            "fixed bytes",
            &self.program("fixed"),
            &[&page.to_string_lossy()],
            &self.path("fixed.log"),
            String::new(),
        )
    }

    /// What it costs to bring 4 KiB to the disk that the stores are on: the median.
    fn sync_cost(&self) -> Result<Duration, Error> {
        let system = |cause| Error::System {
            what: "cannot write to the folder of the stores",
            cause,
        };
        let mut file = File::create(self.path("sync")).map_err(system)?;
        let mut times = Vec::new();
        for _ in 0..200 {
            file.write_all(&[0_u8; 4096]).map_err(system)?;
            let start = Instant::now();
            file.sync_data().map_err(system)?;
            times.push(start.elapsed());
        }
        times.sort();
        Ok(times.get(times.len() / 2).copied().unwrap_or_default())
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Measures servers in turn; the median of each.
fn in_turn(
    servers: &[&Server],
    work: Work,
    root: &Path,
    connections: u32,
) -> Result<Vec<f64>, Error> {
    let mut rates = vec![Vec::new(); servers.len()];
    for round in 0..ROUNDS {
        for (server, rates) in servers.iter().zip(&mut rates) {
            let round = format!("c{connections}r{round}");
            rates.push(server.measure(work, root, connections, &round)?);
        }
    }
    Ok(rates.into_iter().map(median).collect())
}

fn row(work: Work, connections: u32, name: &str, rate: f64, note: &str) {
    anstream::println!(
        "{:<16} {connections:>3} connections   {name:<22} {rate:>9.0} /s   {note}",
        work.name()
    );
}

fn heading() {
    anstream::println!(
        "\none core for the server, one for the load; {ROUNDS} rounds of {SECONDS} s, the median\n"
    );
}

/// `bench service`
pub(super) fn service() -> Result<Outcome, Error> {
    let bench = Bench::new()?;
    let ours = bench.ours("functiongraphd", FUNCTIONS)?;
    let hand = bench.handwritten()?;
    let fixed = bench.fixed(&ours)?;
    let sync = bench.sync_cost()?;
    heading();
    for connections in CONNECTIONS {
        let servers = [&ours, &hand, &fixed];
        let rates = in_turn(&servers, Work::List, &bench.root, connections)?;
        if let [own, by_hand, bound] = rates[..] {
            let note = format!(
                "{:.2} of by hand (1.0 wanted), {:.2} of fixed bytes (0.3 wanted)",
                own / by_hand,
                own / bound
            );
            row(Work::List, connections, ours.name, own, &note);
            row(Work::List, connections, hand.name, by_hand, "");
            row(Work::List, connections, fixed.name, bound, "");
        }
    }
    for connections in CONNECTIONS {
        let rates = in_turn(&[&ours, &hand], Work::Publish, &bench.root, connections)?;
        if let [own, by_hand] = rates[..] {
            let wanted = if connections == 64 {
                " (2.0 wanted)"
            } else {
                ""
            };
            let note = format!("{:.2} of by hand{wanted}", own / by_hand);
            row(Work::Publish, connections, ours.name, own, &note);
            row(Work::Publish, connections, hand.name, by_hand, "");
        }
    }
    anstream::println!(
        "\nan fdatasync of 4 KiB beside the stores takes {:.2} ms",
        sync.as_secs_f64() * 1000.0
    );
    Ok(Outcome::Clean)
}

/// `bench scale`
pub(super) fn scale() -> Result<Outcome, Error> {
    let bench = Bench::new()?;
    let mut few = bench.ours("1 thousand functions", FEW)?;
    let mut many = bench.ours("1 million functions", MANY)?;
    for (server, functions) in [(&mut few, FEW), (&mut many, MANY)] {
        server.functions = SPREAD;
        server.step = functions / SPREAD;
    }
    heading();
    for work in [Work::List, Work::Publish] {
        for connections in CONNECTIONS {
            let rates = in_turn(&[&few, &many], work, &bench.root, connections)?;
            if let [rate_of_few, rate_of_many] = rates[..] {
                let note = format!(
                    "{:.2} of 1 thousand (0.5 wanted)",
                    rate_of_many / rate_of_few
                );
                row(work, connections, few.name, rate_of_few, "");
                row(work, connections, many.name, rate_of_many, &note);
            }
        }
    }
    Ok(Outcome::Clean)
}
