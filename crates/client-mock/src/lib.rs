//! Typed mock of the FunctionGraph function version API, for tests of programs that use
//! `functiongraph-client`. Generated from the API's OpenAPI document by progenitor, on httpmock.
//!
//! Each operation has a `when` with a method for each parameter and a `then` with a method for each
//! documented status; [`MockServerExt`] adds them to httpmock's [`MockServer`]. Both give way to
//! httpmock's own with `into_inner()`, for what the document does not have.
//!
//! # A function that is not there
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use functiongraph_client::{Client, types};
//! use functiongraph_client_mock::{MockServer, MockServerExt};
//!
//! let server = MockServer::start_async().await;
//! let mock = server.create_function_version(|when, then| {
//!     when.function_urn(&types::FunctionUrn::new_unchecked("default:test"));
//!     then.not_found(&types::Error {
//!         error_code: "FSS.1051".to_owned(),
//!         error_msg: "Not found the function".to_owned(),
//!         ..Default::default()
//!     });
//! });
//!
//! let client = Client::builder()
//!     .endpoint(server.base_url())
//!     .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
//!     .build()?;
//! let result = client.function("default:test").publish().send().await;
//! assert!(result.is_err_and(|error| error.is_function_not_found()));
//! mock.assert();
//! # Ok(())
//! # }
//! ```
//!
//! # A list of several pages
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use functiongraph_client::{Client, types};
//! use functiongraph_client_mock::{MockServer, MockServerExt};
//!
//! let server = MockServer::start_async().await;
//! let page = |names: &[&str], next_marker| types::FunctionVersionPage {
//!     versions: names
//!         .iter()
//!         .map(|name| types::FunctionVersion { version: (*name).to_owned(), ..Default::default() })
//!         .collect(),
//!     next_marker,
//!     ..Default::default()
//! };
//! let pages = [
//!     (None, page(&["latest", "v1"], 2)),
//!     (Some(2_u32), page(&["v2"], 3)),
//!     (Some(3), page(&[], 3)),
//! ];
//! let mocks: Vec<_> = pages
//!     .iter()
//!     .map(|(marker, page)| {
//!         let marker = marker.map(types::Marker::from);
//!         server.list_function_versions(|when, then| {
//!             when.marker(marker.as_ref());
//!             then.ok(page);
//!         })
//!     })
//!     .collect();
//!
//! let client = Client::builder()
//!     .endpoint(server.base_url())
//!     .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
//!     .build()?;
//! let all: Vec<_> = client.function("test").versions().try_collect().await?;
//! let names: Vec<_> = all.iter().map(|version| version.version.as_str()).collect();
//! assert_eq!(names, ["latest", "v1", "v2"]);
//! for mock in mocks {
//!     mock.assert();
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Too many requests, then success
//!
//! httpmock answers with the first mock that fits, in the order of their making, so the refusal has
//! to be used up by the second attempt. What decides whether the client tries again is its
//! `RetryPolicy`; a test that wants to see the 429 itself builds it `without_retries()`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use functiongraph_client::{Client, RetryPolicy, types};
//! use functiongraph_client_mock::{MockServer, MockServerExt};
//!
//! let server = MockServer::start_async().await;
//! let refusal = server.list_function_versions(|_, then| {
//!     let refused = then.too_many_requests(&types::Error {
//!         error_code: "FSS.0429".to_owned(),
//!         error_msg: "too many requests".to_owned(),
//!         ..Default::default()
//!     });
//!     refused.into_inner().up_to_n_times(1);
//! });
//! let success = server.list_function_versions(|_, then| {
//!     then.ok(&types::FunctionVersionPage::default());
//! });
//!
//! let client = Client::builder()
//!     .endpoint(server.base_url())
//!     .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
//!     .retries(RetryPolicy::new())
//!     .build()?;
//! let all: Vec<_> = client.function("test").versions().try_collect().await?;
//! assert!(all.is_empty());
//! refusal.assert();
//! success.assert();
//! # Ok(())
//! # }
//! ```

#[rustfmt::skip]
mod generated;

pub use generated::{MockServerExt, operations};
pub use httpmock::MockServer;

/// The README's code is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use functiongraph_client::{Client, types};

    use super::{MockServer, MockServerExt};

    const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";

    #[tokio::test]
    async fn what_the_path_has_to_hold_is_text() {
        let urn = |name| format!("urn:fss:r:{PROJECT}:function:default:test:{name}");
        let server = MockServer::start_async().await;
        for name in ["(", "1.0"] {
            let urn = types::FunctionUrn::new_unchecked(urn(name));
            server.list_function_versions(|when, then| {
                when.function_urn(&urn);
                then.ok(&Default::default());
            });
        }
        let client = Client::builder()
            .endpoint(server.base_url())
            .without_retries()
            .build()
            .unwrap();
        let list = async |name| {
            let call = client.list_function_versions().project_id(PROJECT);
            call.function_urn(urn(name)).send().await
        };
        list("1.0").await.unwrap();
        assert!(list("1x0").await.is_err());
    }
}
