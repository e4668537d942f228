//! Who the caller is: credentials, and where they come from.
//!
//! Anything that implements [`CredentialSource`] can be given to
//! [`ClientBuilder::credentials`](crate::ClientBuilder::credentials). Built in are
//!
//! | source | what it is |
//! |---|---|
//! | [`Token`] | a token that is there already |
//! | [`AccessKeys`] | access key and secret key, permanent or temporary |
//! | [`PasswordLogin`] | user and password at IAM, for a token that is renewed by itself |
//! | [`Environment`] | access keys in environment variables |
//! | [`Profile`] | access keys in `~/.huaweicloud/credentials` |
//! | [`Metadata`] | the temporary keys of the cloud server that the program runs on |
//! | [`Chain`] | several sources; by default the three above, in this order |
//!
//! Secrets are overwritten when they go, and nothing prints them. Out of reach is what the HTTP
//! library and the system keep of requests and answers, headers among it.

mod cache;
#[cfg(not(target_arch = "wasm32"))]
mod chain;
#[cfg(not(target_arch = "wasm32"))]
mod environment;
mod error;
mod fixed;
#[cfg(not(target_arch = "wasm32"))]
mod metadata;
mod password;
#[cfg(not(target_arch = "wasm32"))]
mod profile;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

#[cfg(not(target_arch = "wasm32"))]
pub use chain::Chain;
#[cfg(not(target_arch = "wasm32"))]
pub use environment::Environment;
pub use error::{Asked, CredentialError, SourceAnswer, Tried};
pub use fixed::{AccessKeys, Token};
#[cfg(not(target_arch = "wasm32"))]
pub use metadata::Metadata;
pub use password::PasswordLogin;
#[cfg(not(target_arch = "wasm32"))]
pub use profile::Profile;

use functiongraph_types::ProjectId;

use crate::endpoint::Region;

/// How the identity service is called in messages.
pub(crate) const IDENTITY_SERVICE: &str = "the identity service";

/// What a call is made with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// Sent as `X-Auth-Token`.
    Token(Token),
    /// Signs each request.
    Keys(AccessKeys),
}

impl Credential {
    /// The project that the credential is for, where it says so.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        match self {
            Self::Token(token) => token.project(),
            Self::Keys(keys) => keys.project(),
        }
    }
}

/// What a source may use to find credentials.
#[derive(Clone, Debug)]
pub struct Context {
    pub(crate) http: reqwest::Client,
    pub(crate) iam: Option<String>,
    pub(crate) region: Option<Region>,
    pub(crate) project: Option<ProjectId>,
}

impl Context {
    /// The client's own HTTP client, with its connection pool, proxies and time-outs.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Address of the identity service: the one that the client was built with, else the region's.
    #[must_use]
    pub fn iam_endpoint(&self) -> Option<String> {
        let regions = || self.region.as_ref().map(Region::iam_endpoint);
        self.iam.clone().or_else(regions)
    }

    /// The client's region.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The project that the client was built with.
    #[must_use]
    pub fn project_id(&self) -> Option<&ProjectId> {
        self.project.as_ref()
    }
}

/// What [`CredentialSource::credential`] returns.
#[cfg(not(target_arch = "wasm32"))]
pub type Finding<'a> =
    Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + Send + 'a>>;
/// What [`CredentialSource::credential`] returns.
#[cfg(target_arch = "wasm32")]
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + 'a>>;

/// A source of credentials.
///
/// It is asked before each attempt of each call, so one that has to ask elsewhere keeps what it
/// found for as long as that is good.
///
/// ```
/// use functiongraph_client::credentials::{
///     Context, Credential, CredentialError, CredentialSource, Finding, Token,
/// };
///
/// #[derive(Debug)]
/// struct File(std::path::PathBuf);
///
/// impl CredentialSource for File {
///     fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
///         Box::pin(async move {
///             let text = std::fs::read_to_string(&self.0)
///                 .map_err(|error| CredentialError::absent("the token file", error.to_string()))?;
///             Ok(Credential::Token(Token::new(text.trim())))
///         })
///     }
/// }
/// ```
pub trait CredentialSource: fmt::Debug + Send + Sync {
    /// Credentials that are good now.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Absent`] where there are none, so that a [`Chain`] asks its next source;
    /// everything else ends the call.
    fn credential<'a>(&'a self, context: &'a Context) -> Finding<'a>;

    /// What is wrong with the source already when the client is built.
    ///
    /// # Errors
    ///
    /// Credentials that cannot be sent, or a client that lacks what finding them takes.
    /// [`CredentialError::Absent`] where there are none now, which keeps no client from being built:
    /// there may be some by the time of a call.
    fn check(&self, _context: &Context) -> Result<(), CredentialError> {
        Ok(())
    }

    /// The service refused a credential of this source with 401. Says whether the source can find a
    /// better one now: then the call is tried once more, where it may be tried more than once.
    fn refused(&self, _credential: &Credential) -> bool {
        false
    }
}

impl<S: CredentialSource + ?Sized> CredentialSource for std::sync::Arc<S> {
    fn credential<'a>(&'a self, context: &'a Context) -> Finding<'a> {
        (**self).credential(context)
    }

    fn check(&self, context: &Context) -> Result<(), CredentialError> {
        (**self).check(context)
    }

    fn refused(&self, credential: &Credential) -> bool {
        (**self).refused(credential)
    }
}
