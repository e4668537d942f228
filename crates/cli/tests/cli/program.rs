//! Running the program.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use functiongraph_conformance::Watch;
use functiongraph_service::testing::{PROJECT, TestService};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The program with an environment that has nothing in it but an empty home.
pub(crate) fn functiongraph(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_functiongraph"));
    command
        .env_clear()
        .env("HOME", home)
        .env("USERPROFILE", home)
        .stdin(Stdio::null());
    command
}

/// A service, and a home for the program. What the program and the service say to each other is held
/// against the document: its end fails the test where they differ.
pub(crate) struct Fixture {
    pub(crate) service: TestService,
    pub(crate) watch: Watch,
    pub(crate) home: TempDir,
    /// What the service runs on; last, so that it goes last.
    pub(crate) _runtime: Runtime,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let (service, watch) = runtime.block_on(async {
            let service = functiongraph_service::testing::start().await.unwrap();
            let document = functiongraph_conformance::document().unwrap();
            let watch = Watch::start(&document, &service.url()).await.unwrap();
            (service, watch)
        });
        Self {
            service,
            watch,
            home: tempfile::tempdir().unwrap(),
            _runtime: runtime,
        }
    }

    /// The program with access keys of the service.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = functiongraph(self.home.path());
        command
            .env("FUNCTIONGRAPH_ENDPOINT", self.watch.url())
            .env("HUAWEICLOUD_SDK_AK", self.service.access_key())
            .env("HUAWEICLOUD_SDK_SK", self.service.secret_key())
            .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT)
            .args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.watch.problems(), Vec::<String>::new());
        }
    }
}

/// What became of the program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What it wrote, when it did what it was asked.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.status, 0, "{self:?}");
        assert_eq!(self.err, "");
        self.out
    }
}
