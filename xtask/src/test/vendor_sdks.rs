//! The step `vendor-sdks`: the vendor's own SDKs, as published, sign requests to the service and read
//! its answers.

use std::path::Path;

use super::{Context, StepError, Tally, cargo};
use crate::process::Process;
use crate::tools::Tool;

/// The function that the SDKs publish, as the first source page shows it.
const FUNCTION: &str = "openapi/examples/s1-publish-response.json";

/// Its project and its URN, as in that file.
const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
const URN: &str = "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test";

const ACCESS_KEY: &str = "AKIDEXAMPLE0000000001";
const SECRET_KEY: &str = "SKEXAMPLE/SecretKey+0000000000000000001";

/// What the service prints, in front of its address, once it answers.
const READY: &str = "listening on ";

/// What a script prints, in front of its name, for each check that has passed.
const PASSED: &str = "ok ";

/// The step: one check for each line of the scripts.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let daemon = cargo::program(context, "functiongraphd", "service")?;
    let mut tally = Tally::default();
    for (tool, script) in [
        (Tool::PythonSdk, "xtask/tools/sdk/talk.py"),
        (Tool::NodeSdk, "xtask/tools/sdk/talk.js"),
    ] {
        // One SDK that can't be had doesn't stop the other.
        tally.add(
            talk(context, &daemon, tool, script)
                .unwrap_or_else(|error| Tally::failed(error.to_string())),
        );
    }
    Ok(tally)
}

/// Has one SDK talk to a service of its own.
fn talk(
    context: &mut Context,
    daemon: &Path,
    tool: Tool,
    script: &str,
) -> Result<Tally, StepError> {
    let sdk = context.tools.require(tool)?;
    let store = context.scratch.path().join(format!("{tool:?}.db"));
    let store = format!("sqlite:{}", store.display());
    let daemon = |command: &[&str]| {
        Process::new(daemon)
            .args(command)
            .args(["--store", &store])
            .dir(&context.root)
    };
    daemon(&["import", FUNCTION]).run()?;
    daemon(&["key", "add", "--project", PROJECT])
        .args(["--access", ACCESS_KEY, "--secret", SECRET_KEY])
        .run()?;
    let (service, address) = daemon(&["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
        .start(|line| line.strip_prefix(READY).map(str::to_owned))?;
    let process = sdk
        .args([script, &address, PROJECT, URN])
        .quiet_env("ACCESS_KEY", ACCESS_KEY)
        .quiet_env("SECRET_KEY", SECRET_KEY)
        .dir(&context.root);
    // The SDK for Node.js writes page after page about every error that it expects.
    process.announce();
    let (status, out, err) = process.capture()?;
    drop(service);
    let passed: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with(PASSED))
        .collect();
    super::say(&passed.join("\n"));
    let mut tally = Tally {
        passed: passed.len() as u64,
        ..Tally::default()
    };
    if let Err(error) = process.judge(status, &err) {
        tally.add(Tally::failed(error.to_string()));
    } else if passed.is_empty() {
        tally.add(Tally::failed(format!("{script} has checked nothing")));
    }
    Ok(tally)
}
