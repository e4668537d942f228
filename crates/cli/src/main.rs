//! `functiongraph`: see [`functiongraph_cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    functiongraph_cli::main()
}
