//! Servers of the tests: the one that the run has started, and ones of a test's own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// What the run says of its PostgreSQL: the port of a server on this machine that lets `postgres` in
/// without a password, and the folder of the programs.
const VARIABLE: &str = "FUNCTIONGRAPH_POSTGRES";

fn told(what: &str) -> Value {
    let text = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!("{VARIABLE} is not set; run the tests by `cargo xtask test --only stores`")
    });
    serde_json::from_str::<Value>(&text).unwrap()[what].clone()
}

/// The port of the run's server.
pub(crate) fn port() -> u16 {
    u16::try_from(told("port").as_u64().unwrap()).unwrap()
}

/// The folder of PostgreSQL's programs.
fn programs() -> PathBuf {
    told("programs").as_str().unwrap().into()
}

/// A session of the tests' own.
pub(crate) async fn connect(port: u16, database: &str) -> Client {
    let url = format!("postgres://postgres@127.0.0.1:{port}/{database}");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(async move {
        // It ends with the client.
        drop(connection.await);
    });
    client
}

/// An empty database on the server at a port.
pub(crate) async fn database(port: u16) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let name = format!("t{}_{number}", std::process::id());
    let client = connect(port, "postgres").await;
    // Many tests do this at once, and a template must not be in use.
    for _ in 0..100 {
        let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
        match client.batch_execute(&statement).await {
            Ok(()) => return name,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("no database could be made");
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A command that does not run as root, which these servers refuse.
pub(crate) fn unprivileged(program: &Path) -> Command {
    let root = std::fs::metadata("/proc/self")
        .map(|own| own.uid() == 0)
        .unwrap_or_default();
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", "postgres", "--regid", "postgres"])
        .arg("--clear-groups")
        .arg(program);
    command
}

/// A folder that those servers may write to.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    folder
}

/// A server of one test, which goes with it.
pub(crate) struct Server {
    folder: TempDir,
    pub(crate) port: u16,
    child: Option<Child>,
    encrypted: bool,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = folder();
        let made = unprivileged(&programs().join("initdb"))
            .args(["--username", "postgres", "--auth", "trust"])
            .args(["--encoding", "UTF8", "--locale", "C", "--pgdata"])
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let mut server = Self {
            folder,
            port: free_port(),
            child: None,
            encrypted: false,
        };
        server.start_again();
        server
    }

    /// Starts it where it was stopped.
    pub(crate) fn start_again(&mut self) {
        let mut child = unprivileged(&programs().join("postgres"))
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "logging_collector=off"])
            .args(["-c", if self.encrypted { "ssl=on" } else { "ssl=off" }])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap().contains("ready to accept connections"));
        assert!(ready, "PostgreSQL does not start");
        // Its log has to be read on, so that it is not held up.
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    /// Starts it anew with a certificate, PEM.
    pub(crate) fn encrypt(&mut self, certificate: &str, key: &str) {
        self.stop();
        let data = self.folder.path().join("data");
        let owner = std::fs::metadata(&data).unwrap();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            std::fs::write(&path, text).unwrap();
            // It refuses a key that others may read.
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
            std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        self.encrypted = true;
        self.start_again();
    }

    /// Ends it by a signal to its own process: `QUIT` is as good as a crash, and leaves no process
    /// behind.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let id = child.id().to_string();
        drop(Command::new("kill").args(["-QUIT", &id]).status());
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed() > Duration::from_secs(30) {
                drop(child.kill());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// PgBouncer in transaction mode before the run's server, without support for prepared statements.
pub(crate) struct Pooler {
    child: Child,
    pub(crate) port: u16,
    _folder: TempDir,
}

impl Pooler {
    pub(crate) fn start(server: u16) -> Self {
        let folder = folder();
        let port = free_port();
        let settings = folder.path().join("pgbouncer.ini");
        let users = folder.path().join("users.txt");
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let mut file = std::fs::File::create(&settings).unwrap();
        write!(
            file,
            "[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {}
pool_mode = transaction
default_pool_size = 4
server_reset_query =
",
            users.display()
        )
        .unwrap();
        let child = unprivileged(Path::new("/usr/sbin/pgbouncer"))
            .arg("--quiet")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pooler = Self {
            child,
            port,
            _folder: folder,
        };
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        pooler
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
