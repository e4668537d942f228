//! The project of a function, which can be named in two places.

use functiongraph_client::types::UrnParts;

use super::{matches, origin::origin};
use crate::args::Global;
use crate::failure::Failure;

/// Refuses a function of another project than the settings name, and says who names which: the
/// client knows no flags.
pub(crate) fn agrees(global: &Global, function: &str) -> Result<(), Failure> {
    let Some(own) = &global.project_id else {
        return Ok(());
    };
    // What is no URN is told by the call.
    let parts: Option<UrnParts> = function.parse().ok();
    match parts.and_then(|parts| parts.project_id) {
        Some(named) if named != *own => Err(Failure::OtherProject {
            named,
            own: own.clone(),
            origin: origin(&matches()?, "project_id"),
        }),
        _ => Ok(()),
    }
}
