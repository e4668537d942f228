//! Data types of the FunctionGraph function version API: what clients send and read, what servers
//! read and send.
//!
//! The types are generated from the OpenAPI document (`generated`, whose items are at the root of
//! this crate). They keep three promises:
//!
//! * **Reading a response never fails for a rule of the document.** A promised field that is missing
//!   or `null` reads as its type's default, a value outside an enumeration is kept as `Unknown`, and
//!   fields that nobody knows are kept in `extra`, so that nothing is lost when a value is written
//!   again. Only a wrong JSON type is an error.
//! * **A request that is built checked keeps the rules of the document.** Request values such as
//!   [`VersionName`] are made with `parse` or `try_from`, which report what is wrong; where a
//!   service takes more than the document says, `new_unchecked` says so in the code.
//! * **Every type can be judged.** [`Validate::validate`] reports all violations at once, each with a
//!   JSON pointer and the rule that is broken, and never the value.
//!
//! Written by hand are the views of [`FunctionUrn`] ([`UrnParts`]), of [`LastModified`]
//! ([`LastModified::instant`]) and of the paging parameters ([`Marker`], [`MaxItems`]).
//!
//! With the feature `schema` every type implements `schemars::JsonSchema` and `utoipa::ToSchema`.
//!
//! ```
//! use functiongraph_types::{FunctionVersion, Runtime, Validate};
//!
//! let version: FunctionVersion = serde_json::from_str(
//!     r#"{"func_name": "test", "runtime": "Node.js24.0", "timeout": 1, "brand_new": true}"#,
//! )?;
//! assert_eq!(version.runtime, Runtime::Unknown("Node.js24.0".to_owned()));
//! assert_eq!(version.version, "");
//! assert_eq!(version.extra["brand_new"], true);
//!
//! let Err(violations) = version.validate() else { unreachable!("a timeout of 1 is too short") };
//! assert!(violations.iter().any(|violation| violation.to_string() == "/timeout must be at least 3"));
//! # Ok::<(), serde_json::Error>(())
//! ```

#[rustfmt::skip]
mod generated;

mod paging;
mod timestamp;
mod urn;

pub use generated::*;
pub use timestamp::{TimestampError, UtcOffset};
pub use urn::{DEFAULT_PACKAGE, FunctionIdentity, LATEST, Qualifier, UrnError, UrnPart, UrnParts};

/// The README's code is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
