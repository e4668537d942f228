//! The site as it is made from the project's own document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs
)]

mod chapters;
mod links;
mod pages;
mod project;
mod sources;
mod translation;
