//! Typed mock of the FunctionGraph function version API, for tests of programs that use
//! `functiongraph-client`. Generated from the API's OpenAPI document by progenitor, on httpmock.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use functiongraph_client::{Client, types};
//! use functiongraph_client_mock::{MockServer, MockServerExt};
//!
//! let server = MockServer::start_async().await;
//! let first = types::Marker::try_from(0)?;
//! let mock = server.list_function_versions(|when, then| {
//!     when.marker(&first);
//!     then.not_found(&types::Error {
//!         error_code: "FSS.1051".to_owned(),
//!         error_msg: "Not found the function".to_owned(),
//!         ..Default::default()
//!     });
//! });
//!
//! let client = Client::builder().endpoint(server.base_url()).build()?;
//! let result = client
//!     .list_function_versions()
//!     .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
//!     .function_urn("test")
//!     .marker(0)
//!     .send()
//!     .await;
//! assert_eq!(result.err().and_then(|error| error.status()).map(|status| status.as_u16()), Some(404));
//! mock.assert();
//! # Ok(())
//! # }
//! ```

#[rustfmt::skip]
mod generated;

pub use generated::{MockServerExt, operations};
pub use httpmock::MockServer;
