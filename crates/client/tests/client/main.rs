//! The client against servers that do what a test tells them to, over real connections.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod answers;
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "rustls")]
mod connections;
mod credentials;
mod faults;
mod paging;
mod server;
mod signing;
mod spans;
