//! The service from outside: stores, HTTP, command line, and what it survives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "files in folders of the tests' own"
)]

mod administration;
mod auth;
mod cli;
mod config;
mod durability;
mod help;
mod hostile;
mod http;
mod iam;
mod keystone;
mod lifecycle;
mod monitoring;
mod overload;
#[cfg(unix)]
mod postgres;
mod sqlite;
mod store_suite;
mod tls;
#[cfg(target_os = "linux")]
mod trace;
mod wire;
