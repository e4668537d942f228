//! Programs from outside Cargo: what comes from PyPI and npm lives in cached environments, what
//! comes from the system is asked for by name.
//!
//! An environment lies outside the repository, in a folder named after the digest of the pinned
//! requirement files in `xtask/tools`. It is made beside its place and moved there in one step, so
//! that a run that is broken off leaves nothing half made; one that no longer works is made anew.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use crate::process::{Process, ProcessError};

/// The variable that moves the cache.
const CACHE_VARIABLE: &str = "FUNCTIONGRAPH_TOOLS_DIR";

/// Counts up when the way an environment is made changes, so that older ones are not reused.
const RECIPE: &str = "1";

/// How folders begin in which an environment is being made.
const UNFINISHED: &str = ".making-";

/// After this time, an unfinished environment was left behind by a run that was broken off.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A program that steps of the test command run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// From PyPI: validates OpenAPI documents against the specification's own schema.
    OpenapiSpecValidator,
    /// From npm: Stoplight's linter.
    Spectral,
    /// From npm: Redocly's linter.
    Redocly,
    /// Node.js itself, for a script that finds the packages.
    Node,
    /// From PyPI: a Python that has OpenStack's Keystone.
    Keystone,
    /// From PyPI: a Python that has the vendor's SDK.
    PythonSdk,
    /// From npm: a Node.js that has the vendor's SDK.
    NodeSdk,
    /// From PyPI: property-based requests out of an OpenAPI document.
    Schemathesis,
}

impl Tool {
    fn environment(self) -> Environment {
        match self {
            Self::OpenapiSpecValidator => Environment::Python,
            Self::Spectral | Self::Redocly | Self::Node => Environment::Node,
            Self::Keystone => Environment::Keystone,
            Self::PythonSdk => Environment::PythonSdk,
            Self::NodeSdk => Environment::NodeSdk,
            Self::Schemathesis => Environment::Schemathesis,
        }
    }

    /// The program inside its environment.
    fn process(self, environment: &Path) -> Process {
        // Scripts in a virtual environment hold the path where it was made, and it was moved
        // since; modules are found all the same.
        let python = || Process::new(environment.join("bin").join("python"));
        let node =
            |name: &str| Process::new(environment.join("node_modules").join(".bin").join(name));
        match self {
            Self::OpenapiSpecValidator => python().args(["-m", "openapi_spec_validator"]),
            Self::Spectral => node("spectral"),
            Self::Redocly => node("redocly")
                .quiet_env("REDOCLY_TELEMETRY", "off")
                .quiet_env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
            // What they write beside their modules would make the environment another one.
            Self::Keystone | Self::PythonSdk => python().quiet_env("PYTHONDONTWRITEBYTECODE", "1"),
            Self::Schemathesis => python()
                .args(["-m", "schemathesis.cli"])
                .quiet_env("PYTHONDONTWRITEBYTECODE", "1"),
            Self::Node | Self::NodeSdk => {
                Process::new("node").quiet_env("NODE_PATH", environment.join("node_modules"))
            }
        }
    }

    /// Whether the program inside its environment runs.
    fn works(self, environment: &Path) -> bool {
        let process = self.process(environment);
        let process = match self {
            Self::OpenapiSpecValidator
            | Self::Spectral
            | Self::Redocly
            | Self::Node
            | Self::Schemathesis => process.arg("--version"),
            Self::Keystone => process.args(["-c", "import keystone, werkzeug"]),
            Self::PythonSdk => process.args(["-c", "import huaweicloudsdkfunctiongraph"]),
            Self::NodeSdk => process.args([
                "-e",
                "require('@huaweicloud/huaweicloud-sdk-functiongraph/v2/public-api')",
            ]),
        };
        process.succeeds()
    }
}

/// What is installed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Environment {
    /// Python's linters.
    Python,
    /// Node.js's linters.
    Node,
    /// An IAM to test against.
    Keystone,
    /// The vendor's SDK for Python.
    PythonSdk,
    /// The vendor's SDK for Node.js.
    NodeSdk,
    /// Property-based requests.
    Schemathesis,
}

impl Environment {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Keystone => "keystone",
            Self::PythonSdk => "python-sdk",
            Self::NodeSdk => "node-sdk",
            Self::Schemathesis => "schemathesis",
        }
    }

    /// The files that pin its content, in `xtask/tools`.
    fn requirements(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["requirements.txt"],
            Self::Node => &["package.json", "package-lock.json"],
            Self::Keystone => &["keystone/requirements.txt"],
            Self::PythonSdk => &["sdk/requirements.txt"],
            Self::NodeSdk => &["sdk/package.json", "sdk/package-lock.json"],
            Self::Schemathesis => &["schemathesis/requirements.txt"],
        }
    }

    /// What installs it.
    fn system(self) -> System {
        match self {
            Self::Python | Self::Keystone | Self::PythonSdk | Self::Schemathesis => System::Python,
            Self::Node | Self::NodeSdk => System::Node,
        }
    }

    /// Installs everything into a folder.
    fn make(self, requirements: &Path, folder: &Path) -> Result<(), ToolError> {
        match self {
            Self::Python | Self::Keystone | Self::PythonSdk | Self::Schemathesis => {
                Process::new("python3")
                    .args(["-m", "venv"])
                    .arg(folder)
                    .run()?;
                Process::new(folder.join("bin").join("python"))
                    .args(["-m", "pip", "install", "--quiet", "--no-input"])
                    .arg("--disable-pip-version-check")
                    .args(self.requirements().iter().flat_map(|file| {
                        [
                            "--requirement".into(),
                            requirements.join(file).into_os_string(),
                        ]
                    }))
                    .run()?;
            }
            Self::Node | Self::NodeSdk => {
                for file in self.requirements() {
                    let from = requirements.join(file);
                    let to = folder.join(from.file_name().unwrap_or_default());
                    fs::copy(&from, &to).map_err(|cause| ToolError::file(&from, cause))?;
                }
                // Scripts of packages don't run: none of these needs one.
                Process::new("npm")
                    .args(["ci", "--ignore-scripts", "--engine-strict"])
                    .args(["--no-audit", "--no-fund", "--no-progress"])
                    .dir(folder)
                    .run()?;
            }
        }
        Ok(())
    }
}

/// What the operating system has to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    /// Python 3 with its `venv` module.
    Python,
    /// Node.js with npm.
    Node,
    /// wrk, which puts load on servers.
    Wrk,
    /// Chromium, and a font that has Chinese characters.
    Chromium,
    /// PostgreSQL's server.
    Postgres,
    /// PgBouncer.
    PgBouncer,
    /// strace.
    Strace,
}

impl System {
    /// The packages on Debian and its kin.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["python3", "python3-venv"],
            Self::Node => &["nodejs", "npm"],
            Self::Postgres => &["postgresql"],
            Self::PgBouncer => &["pgbouncer"],
            Self::Strace => &["strace"],
            Self::Wrk => &["wrk"],
            Self::Chromium => &["chromium", "fontconfig", "fonts-noto-cjk"],
        }
    }

    /// Something that succeeds only where it is there.
    fn probe(self) -> Process {
        match self {
            Self::Python => Process::new("python3").args(["-c", "import venv, ensurepip"]),
            Self::Node => Process::new("npm").arg("--version"),
            // Debian keeps its programs beside the path.
            Self::Postgres => match postgres_programs() {
                Some(programs) => Process::new(programs.join("postgres")).arg("--version"),
                None => Process::new("postgres").arg("--version"),
            },
            Self::PgBouncer => Process::new("/usr/sbin/pgbouncer").arg("--version"),
            Self::Strace => Process::new("strace").arg("--version"),
            // It knows no option that prints something and succeeds.
            Self::Wrk => Process::new("which").arg("wrk"),
            Self::Chromium => Process::new("sh").args([
                "-c",
                "test -x \"${CHROMIUM:-/usr/bin/chromium}\" && fc-list :lang=zh-cn | grep -q .",
            ]),
        }
    }

    /// Makes sure that it is there: as root on Debian by installing it.
    pub(crate) fn require(self) -> Result<(), ToolError> {
        if self.probe().succeeds() {
            return Ok(());
        }
        let install = Process::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(self.packages())
            .quiet_env("DEBIAN_FRONTEND", "noninteractive");
        let missing = || ToolError::System {
            what: self,
            command: format!("sudo {}", install.line()),
        };
        let root = Process::new("id")
            .arg("-u")
            .read()
            .is_ok_and(|id| id.trim() == "0");
        let debian = Process::new("apt-get").arg("--version").succeeds();
        if !(root && debian) {
            return Err(missing());
        }
        if install.run().is_err() {
            // The lists of a fresh machine or container are empty.
            Process::new("apt-get").arg("update").run()?;
            install.run()?;
        }
        if self.probe().succeeds() {
            Ok(())
        } else {
            Err(missing())
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Python => "Python 3 with its `venv` module",
            Self::Node => "Node.js with npm",
            Self::Postgres => "PostgreSQL",
            Self::PgBouncer => "PgBouncer",
            Self::Strace => "strace",
            Self::Wrk => "the load generator wrk",
            Self::Chromium => "Chromium with a Chinese font",
        })
    }
}

/// The folder of the latest PostgreSQL's programs, where Debian has them.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let programs = entry.path().join("bin");
            programs
                .join("initdb")
                .exists()
                .then_some((version, programs))
        })
        .max()
        .map(|(_, programs)| programs)
}

/// Why a program could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    /// A program that installs others failed.
    #[error("{0}; the rest runs without it: cargo xtask test --quick")]
    Process(#[from] ProcessError),
    /// The operating system lacks something.
    #[error(
        "{what} is needed: install it (on Debian `{command}`), or run `cargo xtask test --quick`"
    )]
    System {
        /// What.
        what: System,
        /// The command that installs it.
        command: String,
    },
    /// PostgreSQL was installed somewhere else.
    #[error(
        "PostgreSQL's programs are not in /usr/lib/postgresql, where Debian's package has them"
    )]
    NoPostgres,
    /// No place for the environment.
    #[error("no folder for the tools: neither {CACHE_VARIABLE} nor XDG_CACHE_HOME nor HOME is set")]
    NoCache,
    /// A file or folder could not be read, written or moved.
    #[error("cannot prepare the tools at {path}: {cause}; {CACHE_VARIABLE} names another folder")]
    File {
        /// The file or folder.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// What was installed does not run.
    #[error("the tools in {path} were installed and do not work: delete the folder and try again")]
    Unusable {
        /// The environment.
        path: String,
    },
}

impl ToolError {
    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            cause,
        }
    }
}

/// Gives access to the programs. Nothing is installed before something is required.
#[derive(Debug)]
pub(crate) struct Tools {
    /// `xtask/tools`.
    requirements: PathBuf,
    /// The environments that were found or made, and work.
    ready: BTreeMap<Environment, PathBuf>,
}

impl Tools {
    /// The tools of the project in this folder.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            requirements: root.join("xtask").join("tools"),
            ready: BTreeMap::new(),
        }
    }

    /// The program, ready to be given arguments. Installs what it needs where that is missing.
    pub(crate) fn require(&mut self, tool: Tool) -> Result<Process, ToolError> {
        let environment = tool.environment();
        let works = |path: &Path| tool.works(path);
        if let Some(path) = self.ready.get(&environment)
            && works(path)
        {
            return Ok(tool.process(path));
        }
        environment.system().require()?;
        let cache = cache(|name| std::env::var_os(name)).ok_or(ToolError::NoCache)?;
        let name = self.folder_name(environment)?;
        let path = ensure(
            &cache,
            &name,
            |folder| environment.make(&self.requirements, folder),
            works,
        )?;
        self.ready.insert(environment, path.clone());
        Ok(tool.process(&path))
    }

    /// The folder of an environment: what it is and the digest of all that decides its content.
    fn folder_name(&self, environment: Environment) -> Result<String, ToolError> {
        let mut parts = vec![
            ("recipe".to_owned(), RECIPE.to_owned()),
            ("system".to_owned(), std::env::consts::OS.to_owned()),
            ("processor".to_owned(), std::env::consts::ARCH.to_owned()),
        ];
        if environment.system() == System::Python {
            // Packages are installed for one edition of Python.
            let script = "import sys; print(sys.implementation.name, *sys.version_info[:2])";
            let edition = Process::new("python3").args(["-c", script]).read()?;
            parts.push(("python".to_owned(), edition.trim().to_owned()));
        }
        for file in environment.requirements() {
            let path = self.requirements.join(file);
            let text = fs::read_to_string(&path).map_err(|cause| ToolError::file(&path, cause))?;
            parts.push(((*file).to_owned(), text.replace("\r\n", "\n")));
        }
        Ok(format!("{}-{}", environment.name(), key(&parts)))
    }
}

/// Where environments are kept: `FUNCTIONGRAPH_TOOLS_DIR`, else a folder in the user's cache.
fn cache(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let path = set(CACHE_VARIABLE)
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("functiongraph-tools")))
        .or_else(|| set("HOME").map(|home| home.join(".cache").join("functiongraph-tools")))?;
    std::path::absolute(path).ok()
}

/// A digest over named parts; no part can be mistaken for a piece of its neighbour.
fn key(parts: &[(String, String)]) -> String {
    let mut digest = Sha256::new();
    for (name, content) in parts {
        for part in [name, content] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    digest.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns the folder `name` in the cache, which `make` fills where it is missing and fills again
/// where it doesn't work any more. Two runs may do this at once: the first to finish wins.
fn ensure(
    cache: &Path,
    name: &str,
    make: impl Fn(&Path) -> Result<(), ToolError>,
    works: impl Fn(&Path) -> bool,
) -> Result<PathBuf, ToolError> {
    let path = cache.join(name);
    if path.exists() && works(&path) {
        return Ok(path);
    }
    fs::create_dir_all(cache).map_err(|cause| ToolError::file(cache, cause))?;
    remove_abandoned(cache, SystemTime::now());
    let unfinished = || {
        tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(cache)
            .map_err(|cause| ToolError::file(cache, cause))
    };

    let made = unfinished()?;
    make(made.path())?;
    if path.exists() && !works(&path) {
        // Out of the way in one step; what is in it is removed afterwards, when the folder that it
        // was moved into goes.
        let broken = unfinished()?;
        match fs::rename(&path, broken.path().join(name)) {
            Ok(()) => {}
            // Another run was faster.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(ToolError::file(&path, cause)),
        }
    }
    if let Err(cause) = fs::rename(made.path(), &path) {
        // Another run was faster: its folder is as good.
        if !(path.exists() && works(&path)) {
            return Err(ToolError::file(&path, cause));
        }
    }
    if works(&path) {
        Ok(path)
    } else {
        Err(ToolError::Unusable {
            path: path.display().to_string(),
        })
    }
}

/// Removes what runs have left behind that were broken off long ago. Failing to is no error.
fn remove_abandoned(cache: &Path, now: SystemTime) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let old = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|modified| {
                now.duration_since(modified)
                    .is_ok_and(|age| age > ABANDONED)
            });
        if unfinished && old {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    #![allow(
        clippy::disallowed_methods,
        reason = "the files of a test have no reader meanwhile"
    )]

    use std::cell::Cell;

    use super::*;

    /// An environment that works while it holds the file `tool`.
    fn works(path: &Path) -> bool {
        path.join("tool").is_file()
    }

    fn fill(path: &Path) -> Result<(), ToolError> {
        fs::write(path.join("tool"), "1").map_err(|cause| ToolError::file(path, cause))
    }

    fn names(cache: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(cache)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn it_is_made_once_and_reused() {
        let cache = tempfile::tempdir().unwrap();
        let cache = cache.path().join("not").join("there");
        let made = Cell::new(0);
        for _ in 0..3 {
            let path = ensure(
                &cache,
                "x-1",
                |folder| {
                    made.set(made.get() + 1);
                    fill(folder)
                },
                works,
            )
            .unwrap();
            assert_eq!(path, cache.join("x-1"));
        }
        assert_eq!(made.get(), 1);
        assert_eq!(names(&cache), ["x-1"]);
    }

    #[test]
    fn a_broken_one_is_repaired() {
        let cache = tempfile::tempdir().unwrap();
        let path = ensure(cache.path(), "x-1", fill, works).unwrap();
        fs::remove_file(path.join("tool")).unwrap();
        fs::write(path.join("rest"), "1").unwrap();
        let path = ensure(cache.path(), "x-1", fill, works).unwrap();
        assert!(works(&path));
        assert!(!path.join("rest").exists());
        assert_eq!(names(cache.path()), ["x-1"]);
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let cache = tempfile::tempdir().unwrap();
        let fail = |folder: &Path| {
            fill(folder)?;
            Err(ToolError::NoCache)
        };
        assert!(matches!(
            ensure(cache.path(), "x-1", fail, works),
            Err(ToolError::NoCache)
        ));
        assert_eq!(names(cache.path()), [""; 0]);
    }

    #[test]
    fn a_failed_repair_keeps_what_was_there() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir(cache.path().join("x-1")).unwrap();
        let fail = |_: &Path| Err(ToolError::NoCache);
        assert!(ensure(cache.path(), "x-1", fail, works).is_err());
        assert_eq!(names(cache.path()), ["x-1"]);
    }

    #[test]
    fn what_never_works_is_an_error() {
        let cache = tempfile::tempdir().unwrap();
        assert!(matches!(
            ensure(cache.path(), "x-1", |_| Ok(()), works),
            Err(ToolError::Unusable { .. })
        ));
    }

    #[test]
    fn the_faster_of_two_runs_wins() {
        let cache = tempfile::tempdir().unwrap();
        let path = ensure(
            cache.path(),
            "x-1",
            |folder| {
                // Meanwhile another run comes to its end.
                let other = cache.path().join("x-1");
                fs::create_dir(&other).unwrap();
                fill(&other)?;
                fs::write(other.join("first"), "1").unwrap();
                fill(folder)
            },
            works,
        )
        .unwrap();
        assert!(path.join("first").is_file());
        assert_eq!(names(cache.path()), ["x-1"]);
    }

    #[test]
    fn only_what_was_left_long_ago_is_removed() {
        let cache = tempfile::tempdir().unwrap();
        let left = cache.path().join(".making-abc");
        fs::create_dir(&left).unwrap();
        fs::create_dir(cache.path().join("x-1")).unwrap();
        remove_abandoned(cache.path(), SystemTime::now());
        assert_eq!(names(cache.path()), [".making-abc", "x-1"]);
        remove_abandoned(cache.path(), SystemTime::now() + 2 * ABANDONED);
        assert_eq!(names(cache.path()), ["x-1"]);
    }

    #[test]
    fn the_key_depends_on_every_part() {
        let parts = |list: &[(&str, &str)]| {
            let owned: Vec<_> = list
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            key(&owned)
        };
        let base = parts(&[("a", "1"), ("b", "2")]);
        assert_eq!(base.len(), 16);
        assert_eq!(base, parts(&[("a", "1"), ("b", "2")]));
        for other in [
            parts(&[("a", "1"), ("b", "3")]),
            parts(&[("a", "1"), ("c", "2")]),
            parts(&[("a", "1b"), ("", "2")]),
            parts(&[("b", "2"), ("a", "1")]),
            parts(&[("a", "1")]),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn the_folder_follows_the_requirements() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("xtask").join("tools");
        fs::create_dir_all(&folder).unwrap();
        let tools = Tools::new(root.path());
        assert!(matches!(
            tools.folder_name(Environment::Node),
            Err(ToolError::File { .. })
        ));
        fs::write(folder.join("package.json"), "{}\n").unwrap();
        fs::write(folder.join("package-lock.json"), "{}\n").unwrap();
        let first = tools.folder_name(Environment::Node).unwrap();
        assert!(first.starts_with("node-"));
        // A check-out with other line ends asks for the same environment.
        fs::write(folder.join("package.json"), "{}\r\n").unwrap();
        assert_eq!(tools.folder_name(Environment::Node).unwrap(), first);
        fs::write(folder.join("package.json"), "{ }\n").unwrap();
        assert_ne!(tools.folder_name(Environment::Node).unwrap(), first);
    }

    #[test]
    fn the_cache_is_where_the_environment_says() {
        let find = |set: &[(&str, &str)]| {
            cache(|name| {
                set.iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value.into())
            })
        };
        assert_eq!(
            find(&[("FUNCTIONGRAPH_TOOLS_DIR", "/a"), ("HOME", "/h")]),
            Some("/a".into())
        );
        assert_eq!(
            find(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]),
            Some("/c/functiongraph-tools".into())
        );
        assert_eq!(
            find(&[("XDG_CACHE_HOME", ""), ("HOME", "/h")]),
            Some("/h/.cache/functiongraph-tools".into())
        );
        assert_eq!(find(&[]), None);
        assert!(find(&[("HOME", "relative")]).unwrap().is_absolute());
    }

    #[test]
    fn requirements_are_pinned_and_name_no_host() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools");
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        for environment in [
            Environment::Python,
            Environment::Node,
            Environment::Keystone,
            Environment::PythonSdk,
            Environment::NodeSdk,
        ] {
            for file in environment.requirements() {
                let text = read(file);
                if file.ends_with(".txt") {
                    for line in text
                        .lines()
                        .filter(|line| !line.is_empty() && !line.starts_with('#'))
                    {
                        assert!(line.contains("=="), "not pinned: {line}");
                        assert!(!line.contains("://"), "names a host: {line}");
                    }
                }
                assert!(
                    !text.contains("\"resolved\""),
                    "npm install --omit-lockfile-registry-resolved"
                );
            }
        }
    }
}
