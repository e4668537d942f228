//! What a client sends with every call beside the call itself.

use std::fmt;

use progenitor_client::{ClientHooks, Error, OperationInfo};
use reqwest::Request;
use reqwest::header::{HeaderName, HeaderValue};

use crate::Client;

/// The header that carries a token (S1, "X-Auth-Token").
const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// A header that progenitor adds to every request and that the API does not know.
const API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// The state that a [`Client`] holds for its hooks: how it identifies itself.
#[derive(Clone, Default)]
pub struct Session {
    token: Option<HeaderValue>,
}

impl Session {
    /// A session that sends no credentials.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// A session that sends a token, which HTTP has to be able to carry.
    pub(crate) fn with_token(mut token: HeaderValue) -> Self {
        token.set_sensitive(true);
        Self { token: Some(token) }
    }
}

/// Says what kind of credentials there are, never what they are.
impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = if self.token.is_some() {
            "token"
        } else {
            "none"
        };
        formatter
            .debug_struct("Session")
            .field("credentials", &credentials)
            .finish()
    }
}

impl ClientHooks<Session> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let headers = request.headers_mut();
        headers.remove(API_VERSION);
        if let Some(token) = &self.inner.token {
            headers.insert(TOKEN, token.clone());
        }
        Ok(())
    }
}
