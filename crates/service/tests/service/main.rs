//! The service from outside: stores, HTTP, command line, and what it survives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "files in folders of the tests' own"
)]

mod cli;
mod durability;
mod help;
mod hostile;
mod http;
mod lifecycle;
mod sqlite;
mod store_suite;
mod wire;
