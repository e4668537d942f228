//! Tests of the crate from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Files in temporary folders.
#![allow(clippy::disallowed_methods)]

mod bounds;
mod diagnostics;
mod instances;
mod reading;
mod values;
