//! Client for publishing and listing versions of Huawei Cloud FunctionGraph functions.
//!
//! The operations and their builders are generated from the API's OpenAPI document by progenitor;
//! this crate adds how a client is built and how it identifies itself.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use functiongraph_client::{Client, types};
//!
//! let client = Client::builder()
//!     .endpoint("https://functiongraph.cn-north-4.myhuaweicloud.com")
//!     .token(std::env::var("TOKEN")?)
//!     .build()?;
//! let version = client
//!     .create_function_version()
//!     .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
//!     .function_urn("urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test")
//!     .body(types::CreateFunctionVersionRequest {
//!         version: Some("v1".parse()?),
//!         ..Default::default()
//!     })
//!     .send()
//!     .await?;
//! println!("{} {}", version.version, version.digest);
//! # Ok(())
//! # }
//! ```

mod client_builder;
#[rustfmt::skip]
mod generated;
mod session;

pub use client_builder::{BuildError, ClientBuilder};
pub use functiongraph_types as types;
pub use generated::{ByteStream, Client, ClientInfo, Error, ResponseValue, builder};
pub use session::Session;

impl Client {
    /// Starts building a client.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}
