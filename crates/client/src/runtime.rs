//! What the generated code runs on, by the names it uses: this crate's error and response in place
//! of progenitor's, and progenitor's own for the rest.
#![allow(unreachable_pub)] // Generated code re-exports some of it, and some it only uses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use progenitor_client::{ByteStream, ClientInfo, OperationInfo, QueryParam, RequestBuilderExt};

pub use crate::error::Error;
pub use crate::response::Response as ResponseValue;

/// What of an argument does not stand in a path as it is: everything but RFC 3986's unreserved
/// characters, the colons of URNs and the `!` of aliases. progenitor's own leaves more, among it `\`,
/// which addresses read as `/`.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b':')
    .remove(b'!');

/// An argument as it stands in a path.
pub fn encode_path(argument: &str) -> String {
    utf8_percent_encode(argument, IN_PATHS).to_string()
}

/// What generated code wants to see of a client with hooks. The hooks are methods of the client
/// itself (`session.rs`), where their errors can be this crate's own.
pub trait ClientHooks<State> {}

impl ClientHooks<crate::session::Session> for crate::Client {}
