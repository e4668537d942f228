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

/// The Rust of the documentation compiles, and runs where it needs no service.
#[cfg(doctest)]
mod documentation {
    #[doc = include_str!("../../crates/site/chapters/en/client.md")]
    struct Client;

    #[doc = include_str!("../../crates/site/chapters/en/mock.md")]
    struct Mock;

    #[doc = include_str!("../../crates/site/chapters/en/quick-start.md")]
    struct QuickStart;

    #[doc = include_str!("../../crates/site/chapters/en/scaffold.md")]
    struct Scaffold;

    #[doc = concat!("```no_run\n", include_str!("../../crates/site/samples/publish.rs"), "```")]
    struct Publish;

    #[doc = concat!("```no_run\n", include_str!("../../crates/site/samples/list.rs"), "```")]
    struct List;
}
