//! Client for publishing and listing versions of Huawei Cloud FunctionGraph functions.
//!
//! ```no_run
//! # async fn example() -> Result<(), functiongraph_client::Error> {
//! use functiongraph_client::Client;
//!
//! let client = Client::builder().region("cn-north-4").from_env().build()?;
//! let function = client.function("default:test");
//!
//! let version = function.publish().version("v1").description("first release").send().await?;
//! println!("published {} with code {}", version.version, version.digest);
//!
//! let mut versions = function.versions();
//! while let Some(version) = versions.next().await {
//!     println!("{}", version?.version);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * **Building.** [`ClientBuilder`]: region or endpoint, project, credentials, time-outs, proxy.
//!   Whatever is wrong is an error of [`build`](ClientBuilder::build). A [`Client`] is cheap to
//!   clone; all clones share one pool of connections.
//! * **Credentials.** [`credentials`]: a token, access keys, a password login, the environment, a
//!   profile file, cloud server metadata, and the chain of them.
//! * **Calls.** [`Client::function`], with [`publish`](Function::publish) and
//!   [`versions`](Function::versions), a [`Stream`](futures_core::Stream). The operations
//!   themselves, generated from the API's OpenAPI document, are
//!   [`Client::create_function_version`] and [`Client::list_function_versions`], which are told the
//!   project with each call; both ways go through the same retries, deadlines and errors.
//! * **Retries.** On, bounded, and only where they are safe: [`RetryPolicy`].
//! * **Errors.** One type, [`Error`], for everything.
//! * **Tracing.** A span `functiongraph.call` for each call and `functiongraph.attempt` for each
//!   attempt, with method, template of the path, status, request id and milliseconds; within an
//!   attempt `functiongraph.credentials` for what a source asks elsewhere, and within a call
//!   `functiongraph.reconcile` for the list that tells whose a taken name is. Never a secret.
//!
//! Responses are read leniently: missing and null fields, fields that nobody knows and values
//! outside enumerations all pass, and what is unknown is kept ([`types`]).
//!
//! # Features
//!
//! * `rustls` (default): TLS by rustls with ring and the platform's roots. Without it, bring a
//!   `reqwest::Client` that can speak it ([`ClientBuilder::http`]), also where another crate of the
//!   program turns on reqwest's own TLS.
//! * `blocking`: the `blocking` module, for programs without an asynchronous runtime.
//!
//! # WebAssembly
//!
//! The crate builds for `wasm32-unknown-unknown`. There it has neither `Environment`, `Profile`,
//! `Metadata` and `Chain` nor settings that a browser decides: connect and read time-outs, proxies.
//! A browser does not tell whether a connection came to stand, so that no failure counts as not sent.

mod builder;
pub mod credentials;
mod endpoint;
mod error;
mod function;
#[rustfmt::skip]
mod generated;
mod prepared;
mod project;
mod response;
mod runtime;
mod secret;
mod session;
mod sign;
mod time;
mod transport;
mod versions;

#[doc = include_str!("migration.md")]
pub mod migration {}

#[cfg(all(feature = "blocking", not(target_arch = "wasm32")))]
pub mod blocking;

pub use builder::ClientBuilder;
pub use endpoint::{EndpointError, Region, shown as shown_address};
pub use error::{Error, ErrorKind, TimeoutPhase};
pub use function::{Function, IntoFunctionUrn, Publish};
pub use functiongraph_types as types;
pub use generated::Client;
/// The builders of the generated operations.
pub use generated::builder as operations;
pub use prepared::Prepared;
/// The HTTP library, whose types [`ClientBuilder::http`], [`Response`] and [`Error`] have.
pub use reqwest;
pub use response::Response;
pub use runtime::{ByteStream, ClientInfo};
pub use session::Session;
pub use transport::RetryPolicy;
pub use versions::{Pages, Versions};

impl Client {
    /// Starts building a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Starts building an HTTP client for [`ClientBuilder::http`], with what this crate sets for its
    /// own: TLS, time-outs for connecting (10 seconds) and reading (30 seconds), no redirects, no
    /// retries beneath this crate's, and its `User-Agent`.
    pub fn http_builder() -> reqwest::ClientBuilder {
        builder::http_builder()
    }
}

/// The README's code is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
