//! Building a client: everything that can be wrong is an error here, not later.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use thiserror::Error;

use crate::Client;
use crate::session::Session;

/// How long connecting may take unless a [`ClientBuilder::http`] client says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a whole call may take unless a [`ClientBuilder::http`] client says otherwise.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Builds a [`Client`].
#[derive(Clone, Default)]
pub struct ClientBuilder {
    endpoint: Option<String>,
    token: Option<String>,
    http: Option<reqwest::Client>,
}

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No endpoint was given.
    #[error(
        "no endpoint was given: call `endpoint(\"https://functiongraph.{{region}}.myhuaweicloud.com\")`"
    )]
    NoEndpoint,
    /// The endpoint is not an address that HTTP can reach.
    #[error("`{endpoint}` is no endpoint: {reason}")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The token holds characters that no HTTP header can carry.
    #[error("the token holds characters that an HTTP header cannot carry")]
    Token,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Http(#[from] reqwest::Error),
}

impl ClientBuilder {
    /// Where the service is: scheme, host, optionally port and a path in front of `/v2`.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Identifies the caller by a token, sent as `X-Auth-Token` with every call.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Uses an HTTP client of the caller's, with its own time-outs, proxies and TLS.
    #[must_use]
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// What is missing or malformed; see [`BuildError`].
    pub fn build(self) -> Result<Client, BuildError> {
        let endpoint = self.endpoint.ok_or(BuildError::NoEndpoint)?;
        check_endpoint(&endpoint)?;
        let session = match self.token {
            Some(token) => {
                let value = HeaderValue::try_from(token).map_err(|_| BuildError::Token)?;
                Session::with_token(value)
            }
            None => Session::anonymous(),
        };
        let http = match self.http {
            Some(http) => http,
            None => default_http()?,
        };
        Ok(Client::new_with_client(
            endpoint.trim_end_matches('/'),
            http,
            session,
        ))
    }
}

/// The HTTP client of those who do not bring their own.
fn default_http() -> Result<reqwest::Client, reqwest::Error> {
    // rustls asks for one provider of cryptography for the whole process. One that the program has
    // installed stays; then this is refused, which is as it should be.
    #[cfg(feature = "rustls")]
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        // A redirect is not an answer of this API, and following one would send the credentials
        // elsewhere.
        .redirect(Policy::none())
        .build()
}

/// Shows where the client will go, never the token.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

fn check_endpoint(endpoint: &str) -> Result<(), BuildError> {
    let wrong = |reason: &str| BuildError::Endpoint {
        endpoint: endpoint.to_owned(),
        reason: reason.to_owned(),
    };
    let url = Url::parse(endpoint).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("the scheme must be http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // The text is not repeated: it holds a secret.
        return Err(BuildError::Endpoint {
            endpoint: "…".to_owned(),
            reason: "it holds user information; give credentials separately".to_owned(),
        });
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must not hold a query or a fragment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn message(builder: ClientBuilder) -> String {
        builder.build().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_client_needs_an_endpoint() {
        assert!(message(Client::builder()).contains("no endpoint"));
        for bad in [
            "",
            "functiongraph",
            "ftp://host",
            "http://host?x=1",
            "http://",
            "http://host#x",
        ] {
            assert!(
                message(Client::builder().endpoint(bad)).contains("no endpoint:"),
                "{bad}"
            );
        }
        assert!(
            Client::builder()
                .endpoint("http://127.0.0.1:1/")
                .build()
                .is_ok()
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let builder = Client::builder()
            .endpoint("http://127.0.0.1:1")
            .token("s3cret");
        assert!(!format!("{builder:?}").contains("s3cret"));
        assert!(!format!("{:?}", builder.build().unwrap()).contains("s3cret"));
        assert!(!message(Client::builder().endpoint("http://u:s3cret@host")).contains("s3cret"));
        assert_eq!(
            message(Client::builder().endpoint("http://host").token("a\nb")),
            BuildError::Token.to_string()
        );
    }

    #[tokio::test]
    #[cfg(feature = "rustls")]
    async fn https_speaks_tls() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let first = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
            let mut byte = [0];
            stream.try_read(&mut byte).map(|_| byte[0])
        });
        let client = Client::builder()
            .endpoint(format!("https://{address}"))
            .build()
            .unwrap();
        let call = client
            .list_function_versions()
            .project_id("p")
            .function_urn("test")
            .send();
        assert!(call.await.is_err());
        // The first byte of a TLS handshake record.
        assert_eq!(first.await.unwrap().unwrap(), 0x16);
    }
}
