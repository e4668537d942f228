//! What holds between the parts. The tests are in `tests/`; here, the Rust of the pages that a
//! newcomer opens is compiled.

pub mod guards;
pub mod openapi31;
pub mod surface;

/// The project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
