//! `functiongraphd`: see [`functiongraph_service::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    functiongraph_service::cli::main()
}
