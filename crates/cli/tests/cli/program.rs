//! Running the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use functiongraph_conformance::Watch;
use functiongraph_service::testing::{PROJECT, TestService};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fake::Fake;

/// The password of [`Fixture::login`].
pub(crate) const PASSWORD: &str = "pass-s3cret";

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

/// Writes the profile file of a home; tells where.
pub(crate) fn write_profile(home: &Path, text: &str) -> PathBuf {
    let folder = home.join(".huaweicloud");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("credentials");
    std::fs::write(&path, text).unwrap();
    path
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
        let mut command = self.anonymous(arguments);
        command
            .env("HUAWEICLOUD_SDK_AK", self.service.access_key())
            .env("HUAWEICLOUD_SDK_SK", self.service.secret_key())
            .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT);
        command
    }

    /// The program without credentials.
    pub(crate) fn anonymous(&self, arguments: &[&str]) -> Command {
        let mut command = functiongraph(self.home.path());
        command
            .env("FUNCTIONGRAPH_ENDPOINT", self.watch.url())
            .args(arguments);
        command
    }

    /// Variables for a login at an identity service.
    pub(crate) fn login(identity: &Fake) -> [(&'static str, String); 5] {
        [
            ("FUNCTIONGRAPH_USER", "user".to_owned()),
            ("FUNCTIONGRAPH_PASSWORD", PASSWORD.to_owned()),
            ("FUNCTIONGRAPH_DOMAIN", "account".to_owned()),
            ("HUAWEICLOUD_SDK_IAM_ENDPOINT", identity.url()),
            ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT.to_owned()),
        ]
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
