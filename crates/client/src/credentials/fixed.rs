//! Credentials that are there already.

use std::fmt;
use std::time::SystemTime;

use functiongraph_signing::{SecretKey, SignError, Signer};
use functiongraph_types::ProjectId;
use reqwest::header::HeaderValue;

use super::{Context, Credential, CredentialError, CredentialSource, Finding};
use crate::endpoint::{iam_endpoint, shown};
use crate::secret::Secret;
use crate::time::{unix_now, unix_of};

/// How access keys that were given are called in messages.
const KEYS: &str = "the access keys";

/// A token of the identity service, sent as `X-Auth-Token`.
///
/// ```
/// use functiongraph_client::credentials::Token;
///
/// let token = Token::new("MIIF…").project_id("7aad83af3e8d42e99ac194e8419e2c9b");
/// assert!(!format!("{token:?}").contains("MIIF"));
/// ```
#[derive(Clone, Debug)]
pub struct Token {
    text: Secret,
    project_id: Option<String>,
    pub(super) expires: Option<SystemTime>,
}

impl Token {
    /// A token as the identity service gives it.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: Secret::new(text),
            project_id: None,
            expires: None,
        }
    }

    /// The project that the token is for.
    #[must_use]
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// When the token ends. Afterwards calls fail without asking the service.
    #[must_use]
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    pub(crate) fn project(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.text == other.text
    }

    /// The header's value, marked so that HTTP libraries do not show it.
    pub(crate) fn header(&self) -> Result<HeaderValue, CredentialError> {
        if self.text.reveal().is_empty() {
            return Err(CredentialError::malformed("the token", "it is empty"));
        }
        let mut value = HeaderValue::from_str(self.text.reveal()).map_err(|_| {
            CredentialError::malformed(
                "the token",
                "it holds characters that an HTTP header cannot carry",
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl CredentialSource for Token {
    fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
        Box::pin(async move {
            not_expired("the token", self.expires)?;
            Ok(Credential::Token(self.clone()))
        })
    }

    fn check(&self, _: &Context) -> Result<(), CredentialError> {
        check_project("the token", self.project())?;
        self.header().map(drop)
    }
}

/// An access key and its secret key, with which each request is signed.
///
/// ```
/// use functiongraph_client::credentials::AccessKeys;
///
/// let keys = AccessKeys::new("AKIDEXAMPLE", "s3cret").security_token("t0ken");
/// let shown = format!("{keys:?}");
/// assert!(!shown.contains("s3cret") && !shown.contains("t0ken"));
/// ```
#[derive(Clone)]
pub struct AccessKeys {
    access_key: String,
    secret_key: Secret,
    pub(super) security_token: Option<Secret>,
    pub(super) project_id: Option<String>,
    pub(super) iam_endpoint: Option<String>,
    pub(super) expires: Option<SystemTime>,
}

impl AccessKeys {
    /// A permanent pair of keys.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self::of(access_key.into(), Secret::new(secret_key))
    }

    /// The same of a secret that is kept as one already.
    pub(super) fn of(access_key: String, secret_key: Secret) -> Self {
        Self {
            access_key,
            secret_key,
            security_token: None,
            project_id: None,
            iam_endpoint: None,
            expires: None,
        }
    }

    /// The token that a temporary pair comes with.
    #[must_use]
    pub fn security_token(mut self, token: impl Into<String>) -> Self {
        self.security_token = Some(Secret::new(token));
        self
    }

    /// The project that the keys are used for.
    #[must_use]
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// When a temporary pair ends. Afterwards calls fail without asking the service.
    #[must_use]
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// The access key, which is no secret.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// Whether the pair is temporary.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.security_token.is_some()
    }

    /// The project that the keys are used for, where they say so.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// Address of the identity service that the keys' source names.
    #[must_use]
    pub fn iam_endpoint(&self) -> Option<&str> {
        self.iam_endpoint.as_deref()
    }

    pub(crate) fn signer(&self) -> Result<Signer, CredentialError> {
        self.signer_of(KEYS)
    }

    /// Whether keys that come from `origin` can be used.
    pub(super) fn check_as(&self, origin: &str) -> Result<(), CredentialError> {
        check_project(origin, self.project())?;
        if let Some(Err(error)) = self.iam_endpoint().map(iam_endpoint) {
            return Err(CredentialError::malformed(origin, error.to_string()));
        }
        self.signer_of(origin).map(drop)
    }

    /// The same for keys that come from `origin`, which an error names.
    fn signer_of(&self, origin: &str) -> Result<Signer, CredentialError> {
        let unusable = |error: SignError| CredentialError::malformed(origin, error.to_string());
        let secret_key = SecretKey::new(self.secret_key.reveal());
        let signer = Signer::new(&self.access_key, secret_key).map_err(unusable)?;
        match &self.security_token {
            Some(token) => signer.with_security_token(token.reveal()).map_err(unusable),
            None => Ok(signer),
        }
    }
}

/// Shows the access key and what goes with it, never a secret.
impl fmt::Debug for AccessKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessKeys")
            .field("access_key", &self.access_key)
            .field("is_temporary", &self.is_temporary())
            .field("project_id", &self.project_id)
            .field("iam_endpoint", &self.iam_endpoint().map(shown))
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl CredentialSource for AccessKeys {
    fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
        Box::pin(async move {
            not_expired(KEYS, self.expires)?;
            Ok(Credential::Keys(self.clone()))
        })
    }

    fn check(&self, _: &Context) -> Result<(), CredentialError> {
        self.check_as(KEYS)
    }
}

/// Whether the project that credentials name can be one.
fn check_project(origin: &str, id: Option<&str>) -> Result<(), CredentialError> {
    match id.map(ProjectId::try_from) {
        Some(Err(violations)) => {
            let reason = format!("the project id: {violations}");
            Err(CredentialError::malformed(origin, reason))
        }
        _ => Ok(()),
    }
}

fn not_expired(origin: &str, expires: Option<SystemTime>) -> Result<(), CredentialError> {
    match expires {
        Some(at) if unix_of(at) <= unix_now() => Err(CredentialError::Expired {
            origin: origin.to_owned(),
        }),
        _ => Ok(()),
    }
}
