//! How a command ended.

use std::process::ExitCode;

/// How a command ended; each has an exit status of its own, so that scripts can tell a stale tree
/// from a broken one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well: 0.
    Clean,
    /// Something does not work: 1.
    Broken,
    /// Generated files do not match the document; `generate` mends it: 4.
    Stale,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Broken => 1,
            Outcome::Stale => 4,
        })
    }
}
