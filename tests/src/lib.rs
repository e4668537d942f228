//! What holds between the parts. The tests are in `tests/`; here, the Rust of the pages that a
//! newcomer opens is compiled.

pub mod exceptions;
pub mod guards;
pub mod instances;
pub mod literals;
pub mod mutants;
pub mod openapi31;
pub mod random;
pub mod rust_types;
pub mod surface;
pub mod touched;

/// The project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
