//! The generated router, driven by an implementation in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod decoding;
mod description;
mod order;
mod rejections;
mod responses;
mod support;
mod wire;
