//! What holds between the parts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs
)]

mod behaviour;
mod client;
mod contract_loop;
mod dependencies;
mod examples;
mod exchanges;
mod keystone;
mod mutants;
mod project;
mod snapshots;
mod wire;
mod workspaces;
