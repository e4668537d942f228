//! What stands between a change and its going unseen. Each guard is a function from a document to
//! findings, so that a test can hold it against the project's own document, and against mutations
//! of it without a build.

pub mod check;
pub mod contract_loop;
pub mod snapshot;
pub mod wire;

use std::fmt;

/// Which guard found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// Reading and linting refuse the document.
    Lint,
    /// `cargo xtask check`: the files do not match what the document generates.
    Check,
    /// The document is not what the compiled server serves, or not what the compiled types'
    /// schemas say.
    Loop,
    /// A snapshot differs: the canonical document, the public surface of a generated crate.
    Snapshot,
    /// A recorded exchange between client and server does not fit the document.
    Wire,
    /// Compiled code with a changed attribute behaves or describes itself differently.
    Compile,
}

impl fmt::Display for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Lint => "lint",
            Self::Check => "check",
            Self::Loop => "loop",
            Self::Snapshot => "snapshot",
            Self::Wire => "wire",
            Self::Compile => "compile",
        })
    }
}

/// Something that a guard found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The guard.
    pub guard: Guard,
    /// Where: a JSON pointer into the document, a path of a file, or the name of an exchange.
    pub place: String,
    /// What differs, with both values, which operations it touches, and the command that mends or
    /// accepts it.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "[{}] {}: {}",
            self.guard, self.place, self.message
        )
    }
}
