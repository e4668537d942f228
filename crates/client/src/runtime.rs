//! What the generated code runs on, by the names it uses: this crate's error and response in place
//! of progenitor's, and progenitor's own for the rest.
#![allow(unreachable_pub)] // Generated code re-exports some of it, and some it only uses.

pub use progenitor_client::{
    ByteStream, ClientInfo, OperationInfo, QueryParam, RequestBuilderExt, encode_path,
};

pub use crate::error::Error;
pub use crate::response::Response as ResponseValue;

/// What generated code wants to see of a client with hooks. The hooks are methods of the client
/// itself (`session.rs`), where their errors can be this crate's own.
pub trait ClientHooks<State> {}

impl ClientHooks<crate::session::Session> for crate::Client {}
