//! The step `keystone`: the service and the client against a real IAM, OpenStack's Keystone from PyPI. It is made
//! from nothing for each run, on SQLite and a free port of this machine, and goes with the run.

use serde_json::Value;

use super::{Context, StepError, Tally, cargo};
use crate::tools::Tool;

/// How the names of the tests begin that this step runs.
pub(super) const TESTS: &str = "keystone::";

/// The test programs that have them: the service's own, and what holds between client and service.
const PROGRAMS: [&str; 2] = ["service", "it"];

/// What makes the Keystone and serves it.
const SERVE: &str = "xtask/tools/keystone/serve.py";

/// Tells the tests where the Keystone is.
const VARIABLE: &str = "FUNCTIONGRAPH_KEYSTONE";

/// The step: one check for each test.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let folder = context.scratch.path().join("keystone");
    std::fs::create_dir(&folder).map_err(|cause| StepError::read(&folder, cause))?;
    // The line that it prints when it is ready is the value for the tests. Its standard input stays
    // open as long as it is to run.
    let (keystone, place) = context
        .tools
        .require(Tool::Keystone)?
        // One of its libraries says with every start that it is going out of use.
        .args(["-W", "ignore", SERVE])
        .arg(&folder)
        .dir(&context.root)
        .start(|line| {
            serde_json::from_str::<Value>(line)
                .is_ok_and(|place| place.get("url").is_some())
                .then(|| line.to_owned())
        })?;
    let mut tally = Tally::default();
    for program in PROGRAMS {
        tally.add(cargo::ignored(context, program, TESTS, (VARIABLE, &place))?);
    }
    drop(keystone);
    Ok(tally)
}
