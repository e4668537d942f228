//! Server stubs of the FunctionGraph function version API.
//!
//! A service implements [`versions::Versions`], one method per operation: in, who calls and a typed
//! request; out, a documented success or a documented error. It says who calls and how failures
//! look in [`Hooks`]. [`router`] does the rest: paths, limits, decoding, validation, encoding.
//!
//! ```
//! use std::sync::Arc;
//!
//! use axum::http::StatusCode;
//! use functiongraph_server::versions::{
//!     CreateFunctionVersionFailure, CreateFunctionVersionInput, CreateFunctionVersionOutput, PartialVersions,
//! };
//! use functiongraph_server::{Authentication, Failure, Hooks, Limits, Rejection, Unimplemented, router};
//! use functiongraph_types::{Error, FunctionVersion};
//!
//! struct Service;
//!
//! impl PartialVersions<String> for Service {
//!     async fn create_function_version(
//!         &self,
//!         caller: String,
//!         input: CreateFunctionVersionInput,
//!     ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
//!         let version = input.body.and_then(|body| body.version).map(String::from).unwrap_or_default();
//!         Ok(FunctionVersion { domain_id: Some(caller), version, ..FunctionVersion::default() }.into())
//!     }
//! }
//!
//! fn failure(status: StatusCode, message: String) -> Failure<StatusCode, Error> {
//!     Failure::new(status, Error { error_code: "FSS.0400".into(), error_msg: message, ..Error::default() })
//! }
//!
//! impl Hooks for Service {
//!     type Identity = String;
//!     type ErrorBody = Error;
//!
//!     async fn authenticate(&self, request: Authentication<'_>) -> Result<String, Failure<StatusCode, Error>> {
//!         let token = request.credentials.x_auth_token.and_then(|token| token.to_str().ok());
//!         token.map(str::to_owned).ok_or_else(|| failure(StatusCode::UNAUTHORIZED, "who are you?".into()))
//!     }
//!
//!     fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Error> {
//!         failure(rejection.kind.status(), rejection.to_string())
//!     }
//! }
//!
//! let app = router(Arc::new(Unimplemented(Service)), Arc::new(Service), Limits::default());
//! # let _ = app;
//! ```
//!
//! An operation that the document gains is a compile error in every service that lacks it:
//!
//! ```compile_fail
//! struct Service;
//!
//! impl functiongraph_server::versions::Versions<()> for Service {}
//! ```
//!
//! unless it implements the trait's `Partial` twin, as above: then the answer is 501.
//!
//! Everything here is generated from the OpenAPI document by `cargo xtask generate`.

#[rustfmt::skip]
mod generated;

pub use generated::*;
