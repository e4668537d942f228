//! The step `site`: the documentation in a browser, against a running service, and the samples on
//! its pages.

use std::io;
use std::path::{Path, PathBuf};

use functiongraph_site::{CHAPTERS, Language};

use super::{Context, StepError, Tally, cargo};
use crate::demo::Service;
use crate::process::{Process, Stream};
use crate::site;
use crate::tools::{System, Tool};

/// What the browser does.
const SCRIPT: &str = "crates/site/tests/browser/check.js";

/// Calls of the operations, a program each.
const SAMPLES: &str = "crates/site/samples";

/// Reads Java without compiling it: what it names is not there.
const PARSER: &str = "crates/site/tests/browser/Parse.java";

/// The function that the first source page shows.
const FUNCTION: &str = "openapi/examples/s1-publish-response.json";
const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
const URN: &str = "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test";

/// The key that the samples sign with.
const ACCESS_KEY: &str = "AKSAMPLE000000000001";
const SECRET_KEY: &str = "SKSAMPLE/of-the-samples+000000000001";

/// The step: a check for each thing that the browser does, and for each sample.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let mut tally = Tally::default();
    let service = Running::start(context)?;
    tally.add(samples(context, &service)?);
    tally.add(commands(context, &service)?);
    tally.add(browser(context, &service)?);
    Ok(tally)
}

/// A service with one function, and a token for it.
struct Running {
    service: Service,
    token: String,
    /// The folder of the programs of the project.
    programs: PathBuf,
}

impl Running {
    fn start(context: &Context) -> Result<Self, StepError> {
        let daemon = cargo::program(context, "functiongraphd", "service")?;
        let client = cargo::program(context, "functiongraph", "cli")?;
        let programs = client.parent().map(Path::to_owned).unwrap_or_default();
        let store = format!(
            "sqlite:{}",
            context.scratch.path().join("site.db").display()
        );
        Process::new(&daemon)
            .args(["import", "--store", &store, FUNCTION])
            .dir(&context.root)
            .read()?;
        let first = context.root.join(FUNCTION);
        let first =
            std::fs::read_to_string(&first).map_err(|cause| StepError::read(&first, cause))?;
        for function in ["python", "node"] {
            let mut file = tempfile::Builder::new()
                .suffix(".json")
                .tempfile_in(context.scratch.path())
                .map_err(|cause| StepError::read(context.scratch.path(), cause))?;
            let text = first
                .replace("default:test", &format!("default:{function}"))
                .replace("\"test\"", &format!("\"{function}\""));
            io::Write::write_all(&mut file, text.as_bytes())
                .map_err(|cause| StepError::read(file.path(), cause))?;
            Process::new(&daemon)
                .args(["import", "--store", &store])
                .arg(file.path())
                .read()?;
        }
        Process::new(&daemon)
            .args(["key", "add", "--store", &store, "--project", PROJECT])
            .args(["--access", ACCESS_KEY, "--secret", SECRET_KEY])
            .read()?;
        let token = Process::new(&daemon)
            .args(["token", "add", "--store", &store, "--project", PROJECT])
            .read()?
            .trim()
            .to_owned();
        let service = Service::start(&daemon, &store).map_err(|error| StepError::Output {
            line: "functiongraphd serve".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            service,
            token,
            programs,
        })
    }

    /// A program that finds the service in its environment.
    fn told(&self, process: Process) -> Process {
        process
            .env("ENDPOINT", &self.service.address)
            .env("TOKEN", &self.token)
            .env("PROJECT_ID", PROJECT)
            .env("FUNCTION_URN", URN)
            .quiet_env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
            .quiet_env("HUAWEICLOUD_SDK_SK", SECRET_KEY)
    }
}

/// Runs the samples in shell, Python and Node.js against the service, and has those in Go and Java
/// read where there is a tool. The Rust ones are compiled with the examples in the documentation.
fn samples(context: &mut Context, service: &Running) -> Result<Tally, StepError> {
    let mut tally = Tally::default();
    let folder = context.root.join(SAMPLES);
    let mut add = |name: &str, result: Result<(), String>| {
        tally.add(Tally::of_findings(
            result
                .err()
                .map(|error| format!("{SAMPLES}/{name}: {error}"))
                .into_iter()
                .collect(),
        ));
    };
    for (name, expected) in [
        ("publish.sh", "\"version\":\"v1\""),
        ("list.sh", "\"next_marker\":2"),
    ] {
        let process = service.told(Process::new("sh").arg("-e").arg(folder.join(name)));
        add(name, printed(&process, expected));
    }
    // The vendor's SDKs, each with a function of its own.
    for (function, tool, publish, list) in [
        ("python", Tool::PythonSdk, "publish.py", "list.py"),
        ("node", Tool::NodeSdk, "publish.js", "list.js"),
    ] {
        let sdk = context.tools.require(tool)?;
        for (name, expected) in [(publish, "v1 "), (list, "next_marker 2")] {
            let process = service
                .told(sdk.clone().arg(folder.join(name)))
                .env("FUNCTION_URN", urn(function));
            add(name, printed(&process, expected));
        }
    }
    // Go and Java are no part of the project's set-up: their syntax is read where there is a tool.
    for (tool, parse, names) in [
        (
            Process::new("sh").args(["-c", "command -v gofmt"]),
            Process::new("gofmt").args(["-l", "-e"]),
            ["publish.go", "list.go"],
        ),
        (
            // A runtime alone has no parser.
            Process::new("javac").arg("-version"),
            Process::new("java").arg(context.root.join(PARSER)),
            ["Publish.java", "List.java"],
        ),
    ] {
        if !tool.succeeds() {
            tally.add(Tally {
                skipped: names.len() as u64,
                left_out: vec![format!(
                    "{} are not read: `{}` does not work here",
                    names.join(" and "),
                    tool.line()
                )],
                ..Tally::default()
            });
            continue;
        }
        for name in names {
            let result = parse.clone().arg(folder.join(name)).read();
            let result = match result {
                // gofmt names the files that it would write otherwise.
                Ok(text) if text.trim().is_empty() => Ok(()),
                Ok(text) => Err(format!("is not in the usual form: {text}")),
                Err(error) => Err(error.to_string()),
            };
            tally.add(Tally::of_findings(
                result
                    .err()
                    .map(|error| format!("{SAMPLES}/{name}: {error}"))
                    .into_iter()
                    .collect(),
            ));
        }
    }
    Ok(tally)
}

/// Whether a program ends well and prints this, among other things.
fn printed(process: &Process, expected: &str) -> Result<(), String> {
    match process.read() {
        Ok(out) if out.contains(expected) => Ok(()),
        Ok(out) => Err(format!("prints no `{expected}`: {out}")),
        Err(error) => Err(error.to_string()),
    }
}

/// The URN of a function beside the first one.
fn urn(function: &str) -> String {
    URN.replace(":test", &format!(":{function}"))
}

/// What the commands of a chapter print, among other things.
const PRINTED: [(&str, &[&str]); 6] = [
    (
        "quick-start",
        &["\"version\":\"v1\"", "\"count\":2", "from the command line"],
    ),
    (
        "scaffold",
        &["types/src/generated/names.rs", "all up to date"],
    ),
    ("service", &["fgt_", "max_body = 65536", "openapi: 3.0.3"]),
    ("contract", &["no findings", "all up to date"]),
    ("loop", &["all up to date", "site/index.html"]),
    (
        "troubleshooting",
        &["FSS.1051", "\"request_id\":\"where-is-it\""],
    ),
];

/// Runs the commands of each chapter one after the other, in a folder of their own. A service that
/// is started runs meanwhile, on a free port.
fn commands(context: &Context, service: &Running) -> Result<Tally, StepError> {
    // By its name: a build of the whole workspace may have put a new file in the place of the one
    // that runs.
    let this = std::env::current_exe()
        .map_err(|cause| StepError::read(&context.root, cause))?
        .with_file_name(format!("xtask{}", std::env::consts::EXE_SUFFIX));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut tally = Tally::default();
    for chapter in CHAPTERS {
        let blocks = chapter.blocks(Language::English).into_iter();
        let lines: Vec<String> = blocks
            .filter(|block| block.info == "console")
            .flat_map(|block| block.code.lines().map(str::to_owned).collect::<Vec<_>>())
            .filter_map(|line| line.strip_prefix("$ ").map(str::to_owned))
            .collect();
        if lines.is_empty() {
            continue;
        }
        let name = chapter.name;
        let Some((_, expected)) = PRINTED.iter().find(|(known, _)| *known == name) else {
            tally.add(Tally::failed(format!(
                "{name}: nothing says what its commands print"
            )));
            continue;
        };
        let folder = context.scratch.path().join("chapters").join(name);
        std::fs::create_dir_all(&folder).map_err(|cause| StepError::read(&folder, cause))?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|cause| StepError::read(&folder, cause))?
            .port();
        let process = Process::new("sh")
            .args(["-c", &script(&lines, port)])
            .dir(&folder)
            .env("PATH", format!("{}:{path}", service.programs.display()))
            .env("ROOT", &context.root)
            .env("XTASK", &this);
        let finding = match process.capture()? {
            (status, out, err) if !status.success() => Some(format!("{err}{out}")),
            (_, out, _) => {
                let missing = expected.iter().find(|text| !out.contains(**text));
                missing.map(|text| format!("prints no `{text}`: {out}"))
            }
        };
        tally.add(Tally::of_findings(
            finding
                .map(|finding| format!("the commands of {name}: {finding}"))
                .into_iter()
                .collect(),
        ));
    }
    Ok(tally)
}

/// The commands of a chapter as one script.
fn script(lines: &[String], port: u16) -> String {
    let mut script = "set -eu\n\
        for name in openapi tests; do ln -sf \"$ROOT/$name\" \"$name\"; done\n\
        cargo() { shift; CARGO_MANIFEST_DIR=\"$ROOT/xtask\" \"$XTASK\" \"$@\"; }\n\
        served=\n\
        trap 'test -z \"$served\" || kill \"$served\"' EXIT\n"
        .to_owned();
    for line in lines {
        let line = line.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        if line.starts_with("functiongraphd serve ") {
            script.push_str(&format!(
                "{line} > served 2>&1 &\nserved=$!\n\
                 until grep -q '^listening on ' served; do kill -0 \"$served\"; sleep 0.1; done\n"
            ));
        } else {
            script.push_str(&format!("{line}\n"));
        }
    }
    script
}

/// Makes the site and has it read in Chromium, with that of the service.
fn browser(context: &mut Context, service: &Running) -> Result<Tally, StepError> {
    System::Chromium.require()?;
    let site = context.scratch.path().join("site");
    site::write(&context.root, &site, true).map_err(|error| StepError::Output {
        line: "cargo xtask site".to_owned(),
        reason: error.to_string(),
    })?;
    let pictures = pictures(&service.programs);
    let process = context
        .tools
        .require(Tool::Node)?
        .dir(&context.root)
        .arg(SCRIPT)
        .arg(&site)
        .arg(&service.service.address)
        .arg(&service.token)
        .args([PROJECT, URN])
        .arg(&pictures);
    let mut tally = Tally::default();
    let status = process.watch(|stream, line| {
        if stream != Stream::Out {
            return;
        }
        if line.starts_with("ok ") {
            tally.passed += 1;
        } else if let Some(reason) = line.strip_prefix("not ok ") {
            tally.failed += 1;
            tally.findings.push(reason.to_owned());
        }
    })?;
    process.judge(status, "")?;
    if tally.passed == 0 {
        return Err(StepError::Output {
            line: process.line(),
            reason: "no check was made".to_owned(),
        });
    }
    Ok(tally)
}

/// Where the pictures of pages go, to be looked at.
fn pictures(programs: &Path) -> PathBuf {
    let target = programs.parent().unwrap_or(programs);
    target.join("site-screenshots")
}
