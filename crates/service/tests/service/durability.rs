//! What was acknowledged is there after the process was killed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::wire::{Answer, Request, get, post};

/// A running `functiongraphd`. It is killed when it is dropped.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) scheme: &'static str,
    /// Where its metrics are, if they were asked for.
    pub(crate) metrics: Option<std::net::SocketAddr>,
}

/// The binary under test.
pub(crate) fn functiongraphd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_functiongraphd"));
    for (name, _) in std::env::vars() {
        if name.starts_with("FUNCTIONGRAPHD_") {
            command.env_remove(name);
        }
    }
    command
}

impl Daemon {
    /// Starts the service and waits until it says that it is ready.
    pub(crate) fn start(store: &Path, more: &[&str]) -> Self {
        Self::start_with(store, more, Stdio::inherit())
    }

    /// As [`Daemon::start`], with its log somewhere.
    pub(crate) fn start_with(store: &Path, more: &[&str], log: Stdio) -> Self {
        Self::start_on(&format!("sqlite:{}", store.display()), more, log)
    }

    /// As [`Daemon::start_with`], on the store of a URL.
    pub(crate) fn start_on(store: &str, more: &[&str], log: Stdio) -> Self {
        Self::start_command(functiongraphd(), store, more, log)
    }

    /// As [`Daemon::start_on`], by a command that runs the binary.
    pub(crate) fn start_command(
        mut command: Command,
        store: &str,
        more: &[&str],
        log: Stdio,
    ) -> Self {
        let mut child = command
            .env("FUNCTIONGRAPHD_LOG", "error")
            .stderr(log)
            .args(["serve", "--listen", "127.0.0.1:0", "--store", store])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines = stdout.lines();
        let mut line = || lines.next().transpose().unwrap().unwrap_or_default();
        let ready = line();
        let (scheme, address) = ["http", "https"]
            .into_iter()
            .find_map(|scheme| {
                let rest = ready.strip_prefix("listening on ")?.strip_prefix(scheme)?;
                Some((scheme, rest.strip_prefix("://")?.parse().unwrap()))
            })
            .unwrap_or_else(|| panic!("not ready: {ready:?}"));
        let metrics = more.contains(&"--metrics-listen").then(|| {
            let line = line();
            let address = line.strip_prefix("metrics on http://").unwrap();
            address.strip_suffix("/metrics").unwrap().parse().unwrap()
        });
        Self {
            child,
            address,
            scheme,
            metrics,
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Imports the vendor's function and adds a token for its project; answers the token.
pub(crate) fn furnish(folder: &Path) -> String {
    let store = format!("sqlite:{}", folder.join("store.db").display());
    furnish_store(folder, &store)
}

/// As [`furnish`], in the store of a URL.
pub(crate) fn furnish_store(folder: &Path, store: &str) -> String {
    let file = folder.join("function.json");
    std::fs::write(&file, include_str!("data/s2-version.json")).unwrap();
    let imported = functiongraphd()
        .args(["import", "--store", store])
        .arg(&file)
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
    let added = functiongraphd()
        .args([
            "token",
            "add",
            "--store",
            store,
            "--project",
            "7aad83af3e8d42e99ac194e8419e2c9b",
        ])
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
    String::from_utf8(added.stdout).unwrap().trim().to_owned()
}

pub(crate) const PATH: &str = "/v2/7aad83af3e8d42e99ac194e8419e2c9b/fgs/functions/test/versions";

/// Sends a request; `None` where the service was killed before it answered as a whole.
async fn try_send(request: &Request, to: std::net::SocketAddr) -> Option<Answer> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(to).await.ok()?;
    stream.write_all(&request.to_bytes()).await.ok()?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.ok()?;
    let answer = Answer::parse(&received)?;
    let length: usize = answer.header("content-length")?.parse().ok()?;
    (answer.body.len() == length).then_some(answer)
}

/// How often processes are killed: a few times, or as often as the environment says.
pub(crate) fn rounds() -> usize {
    std::env::var("FUNCTIONGRAPH_KILL_ROUNDS").map_or(6, |text| text.parse().unwrap())
}

/// Publishes, kills, and sees what is left.
pub(crate) struct Killing {
    store: String,
    token: String,
    round: usize,
    acknowledged: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Killing {
    const CALLERS: usize = 8;

    /// On a store that [`furnish_store`] has furnished.
    pub(crate) fn new(store: String, token: String) -> Self {
        Self {
            store,
            token,
            round: 0,
            acknowledged: Arc::default(),
        }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Starts the service, lets callers publish, does something in the midst of it, and kills the
    /// service at a moment that differs from round to round.
    pub(crate) async fn round(&mut self, midst: impl AsyncFnOnce()) {
        let round = self.round;
        self.round += 1;
        let mut daemon =
            Daemon::start_on(&self.store, &["--max-versions", "1000000"], Stdio::null());
        let address = daemon.address;
        let callers: Vec<_> = (0..Self::CALLERS)
            .map(|caller| {
                let acknowledged = Arc::clone(&self.acknowledged);
                let token = self.token.clone();
                tokio::spawn(async move {
                    for number in 0.. {
                        let name = format!("r{round}-{caller}-{number}");
                        let request = post(PATH).token(&token).json(json!({"version": name}));
                        let Some(answer) = try_send(&request, address).await else {
                            return;
                        };
                        // A database that is down for a moment is no failure of the service.
                        if answer.status == 503 {
                            continue;
                        }
                        answer.success();
                        let text = answer.text().to_owned();
                        acknowledged.lock().unwrap().insert(name, text);
                    }
                })
            })
            .collect();
        let enough = self.count() + 3 + (17 * round) % 101;
        while self.count() < enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        midst().await;
        // Not only right after an answer.
        let random = u64::from(std::hash::BuildHasher::hash_one(
            &std::hash::RandomState::new(),
            round,
        ) as u32);
        tokio::time::sleep(Duration::from_micros(random % 3000)).await;
        daemon.child.kill().unwrap();
        for caller in callers {
            caller.await.unwrap();
        }
    }

    /// Whatever was acknowledged is there, byte for byte, and nothing is half there.
    pub(crate) async fn check(self) {
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        assert!(!acknowledged.is_empty());
        let daemon = Daemon::start_on(&self.store, &[], Stdio::inherit());
        let mut listed = BTreeMap::new();
        let mut marker = 1;
        loop {
            let request = get(format!("{PATH}?marker={marker}&maxitems=100")).token(&self.token);
            let answer = request.send(daemon.address).await;
            let page = answer.success();
            let next = page["next_marker"].as_u64().unwrap();
            if next == marker {
                assert_eq!(page["count"], marker, "positions were skipped");
                break;
            }
            for version in page["versions"].as_array().unwrap() {
                // No version is half there: each has every field of the working copy.
                assert_eq!(version["handler"], "test.handler");
                let name = version["version"].as_str().unwrap().to_owned();
                let text = serde_json::to_string(version).unwrap();
                assert!(answer.text().contains(&text));
                assert_eq!(listed.insert(name, text), None, "a version twice");
            }
            marker = next;
        }
        for (name, text) in &acknowledged {
            assert_eq!(listed.get(name), Some(text), "{name} is lost or differs");
        }
        assert!(listed.len() >= acknowledged.len());
        drop(daemon);
        let url = self.store.parse().unwrap();
        let store = functiongraph_service::store::AnyStore::open(&url)
            .await
            .unwrap();
        let checked = functiongraph_service::admin::check(&store).await.unwrap();
        assert_eq!(checked.problems, [""; 0]);
        assert_eq!(
            checked.contents.versions,
            u64::try_from(listed.len()).unwrap()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_sigkill() {
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}", folder.path().join("store.db").display());
    let token = furnish_store(folder.path(), &store);
    let mut killing = Killing::new(store, token);
    for _ in 0..rounds() {
        killing.round(async || {}).await;
    }
    killing.check().await;
}
