//! The command line as its users meet it: the program itself, against a service of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod commands;
mod config;
mod fake;
mod help;
mod output;
mod program;
mod secrets;
#[cfg(unix)]
mod signature;
mod sources;
mod statuses;
#[cfg(unix)]
mod watch;
