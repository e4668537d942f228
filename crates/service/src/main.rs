//! `functiongraphd`: see [`functiongraph_service::cli`].

use std::process::ExitCode;

/// A request is a hundred small allocations, which this allocator makes faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    functiongraph_service::cli::main()
}
