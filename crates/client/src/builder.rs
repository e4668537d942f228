//! Building a client: everything that can be wrong is an error here, not later.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use functiongraph_types::ProjectId;
use reqwest::header::HeaderValue;

use crate::Client;
#[cfg(not(target_arch = "wasm32"))]
use crate::credentials::{Chain, Environment};
use crate::credentials::{Context, CredentialError, CredentialSource, Token};
use crate::endpoint::{Region, endpoint, iam_endpoint, shown};
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::transport::{RetryPolicy, Transport};

/// How long connecting may take.
#[cfg(not(target_arch = "wasm32"))]
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer may pause.
#[cfg(not(target_arch = "wasm32"))]
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a whole call may take, with all its attempts.
const DEADLINE: Duration = Duration::from_secs(120);

/// The largest body that is read. A page of 400 versions with long user data stays far below.
const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// How the client calls itself. It holds nothing that tells one user from another.
const USER_AGENT: &str = concat!("functiongraph-rs/", env!("CARGO_PKG_VERSION"));

/// Builds a [`Client`].
///
/// ```
/// use std::time::Duration;
///
/// use functiongraph_client::{Client, credentials::AccessKeys};
///
/// let client = Client::builder()
///     .region("cn-north-4")
///     .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
///     .credentials(AccessKeys::new("my-access-key", "my-secret-key"))
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// # Ok::<(), functiongraph_client::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    iam_endpoint: Option<String>,
    project_id: Option<String>,
    credentials: Option<Arc<dyn CredentialSource>>,
    retries: RetryPolicy,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    max_response_bytes: Option<usize>,
    user_agent: Option<String>,
    proxy: Option<String>,
    http: Option<reqwest::Client>,
}

impl ClientBuilder {
    /// The region, such as `cn-north-4`. It gives the addresses of the service and of IAM, and the
    /// project where none is named.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Where the service is: scheme, host, optionally port and a path in front of `/v2`. Counts
    /// before the region's address.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Where the identity service (IAM, Keystone) is, with or without `/v3` at its end. Counts before the region's
    /// address, and before what an environment or a profile names.
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.iam_endpoint = Some(endpoint.into());
        self
    }

    /// The project of all calls, unless [`Function::project_id`](crate::Function::project_id) names
    /// another. Without it, it is the one that a function's URN names; else that of the credentials;
    /// access keys that have none have it looked up, once, at IAM by the region's name.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// Where credentials come from: see [`credentials`](crate::credentials) for what there is.
    /// Without any, calls go to an [`endpoint`](Self::endpoint) of one's own without; the cloud's
    /// service takes none such.
    pub fn credentials(mut self, source: impl CredentialSource + 'static) -> Self {
        self.credentials = Some(Arc::new(source));
        self
    }

    /// Identifies the caller by a token that is there already: short for
    /// `credentials(Token::new(token))`.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.credentials(Token::new(token))
    }

    /// Takes credentials from the environment, else from the profile file, else from the metadata
    /// of the cloud server: short for `credentials(Chain::default())`.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_env(self) -> Self {
        self.credentials(Chain::with_environment(Environment::new()))
    }

    /// How calls are retried; see [`RetryPolicy`] for what is retried at all.
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// Sends every call once, whatever becomes of it.
    pub fn without_retries(self) -> Self {
        self.retries(RetryPolicy::off())
    }

    /// How long a whole call may take, with all its attempts and the waiting in between; 120
    /// seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long connecting may take; 10 seconds otherwise.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long an answer may pause before its first byte and between any two; 30 seconds
    /// otherwise.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// The largest body that is read of an answer, in bytes; 64 MiB otherwise.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = Some(bytes);
        self
    }

    /// What calls itself by which name and version: put in front of the client's own
    /// `User-Agent`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// The proxy for all calls, as `http://host:port`, with user information where it asks for it.
    /// The identity service is reached through it too; cloud server metadata never is. Without it,
    /// the proxies count that the environment names: `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`,
    /// less the hosts of `NO_PROXY`.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Uses an HTTP client of the caller's, with its connection pool, TLS and everything else that
    /// it sets. What this crate sets for its own has to be set there:
    ///
    /// * no redirects (`redirect(Policy::none())`): one that is followed takes the credentials along,
    ///   and is an error here all the same where the address tells;
    /// * no retries of its own (`retry(reqwest::retry::never())`), which would repeat publications;
    /// * time-outs for connecting and reading: without them a stall lasts as long as the whole call
    ///   may.
    ///
    /// A connection that does not come to stand may then be that of a redirect: a publication without
    /// a version's name is not repeated after it.
    ///
    /// With the feature `rustls`, reqwest panics where it makes a client before there is a provider of
    /// cryptography; [`Client::http_builder`] sees to that, and to all of the above:
    ///
    /// ```
    /// use functiongraph_client::{Client, reqwest};
    ///
    /// # fn example(pem: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let own_authority = reqwest::Certificate::from_pem(pem)?;
    /// let http = Client::http_builder().tls_certs_merge([own_authority]).build()?;
    /// let client = Client::builder().region("cn-north-4").from_env().http(http).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Builds the client.
    ///
    /// With the feature `rustls`, rustls is given ring as the cryptography of the process, unless the
    /// program has installed another: one that wants its own installs it before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] or [`ErrorKind::Credentials`]: what is missing, malformed or
    /// contradicts something else.
    pub fn build(self) -> Result<Client, Error> {
        let region = self
            .region
            .as_deref()
            .map(str::parse::<Region>)
            .transpose()?;
        let address = match (&self.endpoint, &region) {
            (Some(address), _) => endpoint(address)?,
            (None, Some(region)) => region.endpoint(),
            (None, None) => {
                return Err(wrong(
                    "it is not said where the service is: name a region, such as `cn-north-4`, or an endpoint",
                ));
            }
        };
        let iam = self.iam_endpoint.as_deref().map(iam_endpoint).transpose()?;
        // Whoever turns the feature off brings TLS along.
        #[cfg(not(any(feature = "rustls", target_arch = "wasm32")))]
        if self.http.is_none() && address.starts_with("https:") {
            return Err(wrong(
                "without the feature `rustls` an https endpoint needs an HTTP client of your own: call http(..)",
            ));
        }
        let project = self.project_id.as_deref().map(str::parse::<ProjectId>);
        let project = project
            .transpose()
            .map_err(|violations| wrong(format!("the project id: {violations}")))?;
        // An endpoint of the caller's may be one that asks nobody who he is; the cloud always does.
        if self.credentials.is_none() && is_clouds(&address) {
            return Err(wrong(
                "the cloud's service needs credentials: call from_env(), token(..) or credentials(..)",
            ));
        }
        let deadline = self.timeout.unwrap_or(DEADLINE);
        if deadline.is_zero() {
            return Err(wrong("a call needs more than no time: its timeout is zero"));
        }
        for (limit, name) in [
            (self.connect_timeout, "connect_timeout"),
            (self.read_timeout, "read_timeout"),
        ] {
            if limit.is_some_and(|limit| limit.is_zero()) {
                return Err(wrong(format!(
                    "connecting and reading need more than no time: see {name}(..)"
                )));
            }
        }
        let max_response_bytes = self.max_response_bytes.unwrap_or(MAX_RESPONSE_BYTES);
        let retries = self.retries;
        let is_callers = self.http.is_some();
        let credentials = self.credentials.clone();
        let http = self.into_http()?;
        let context = Context {
            http: http.clone(),
            iam,
            region,
            project: project.clone(),
        };
        match credentials.as_ref().map(|source| source.check(&context)) {
            // There may be some by the time of a call, which tells what it tried.
            None | Some(Ok(()) | Err(CredentialError::Absent { .. })) => {}
            Some(Err(error)) => return Err(error.into()),
        }
        let transport = Transport {
            credentials,
            context,
            retries,
            deadline,
            max_response_bytes,
            is_callers,
        };
        let session = Session::new(transport, project);
        Ok(Client::new_with_client(&address, http, session))
    }

    /// The HTTP client: the caller's, or one of what was set.
    fn into_http(self) -> Result<reqwest::Client, Error> {
        let own = [
            (self.user_agent.is_some(), "user_agent"),
            (self.proxy.is_some(), "proxy"),
            (self.connect_timeout.is_some(), "connect_timeout"),
            (self.read_timeout.is_some(), "read_timeout"),
        ];
        if let Some(http) = self.http {
            return match own.iter().find(|(is_set, _)| *is_set) {
                Some((_, name)) => Err(wrong(format!(
                    "{name}(..) has no effect on an HTTP client of your own: set it there"
                ))),
                None => Ok(http),
            };
        }
        let user_agent = match &self.user_agent {
            Some(product) => format!("{product} {USER_AGENT}"),
            None => USER_AGENT.to_owned(),
        };
        let user_agent = HeaderValue::try_from(user_agent)
            .map_err(|_| wrong("the user agent holds characters that no header can carry"))?;
        let http = http_builder().user_agent(user_agent);
        #[cfg(not(target_arch = "wasm32"))]
        let http = {
            let mut http = http;
            if let Some(limit) = self.connect_timeout {
                http = http.connect_timeout(limit);
            }
            if let Some(limit) = self.read_timeout {
                http = http.read_timeout(limit);
            }
            if let Some(proxy) = &self.proxy {
                http = http.proxy(proxy_at(proxy)?);
            }
            http
        };
        http.build().map_err(no_http)
    }
}

/// What this crate sets for HTTP clients.
pub(crate) fn http_builder() -> reqwest::ClientBuilder {
    let http = tls(reqwest::Client::builder()).user_agent(USER_AGENT);
    #[cfg(not(target_arch = "wasm32"))]
    let http = http
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .retry(reqwest::retry::never())
        // A redirect is not an answer of this API, and following one would send the credentials
        // elsewhere.
        .redirect(reqwest::redirect::Policy::none());
    http
}

fn wrong(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, what)
}

/// Whether an address is one of the cloud's.
fn is_clouds(address: &str) -> bool {
    let url = reqwest::Url::parse(address);
    url.is_ok_and(|url| {
        url.host_str()
            .is_some_and(|host| host.ends_with(".myhuaweicloud.com"))
    })
}

/// The proxy at an address, which can hold a password and is not repeated.
#[cfg(not(target_arch = "wasm32"))]
fn proxy_at(address: &str) -> Result<reqwest::Proxy, Error> {
    let unusable = || wrong("the proxy is no address that can be used: write `http://host:port`");
    let address = match address.contains("://") {
        true => address.to_owned(),
        false => format!("http://{address}"),
    };
    let url = reqwest::Url::parse(&address).map_err(|_| unusable())?;
    // reqwest passes over schemes that it does not know, and calls go out without a proxy.
    let is_plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_plain {
        return Err(unusable());
    }
    reqwest::Proxy::all(url).map_err(|_| unusable())
}

fn no_http(error: reqwest::Error) -> Error {
    let what = format!("the HTTP client cannot be made: {error}");
    Error::new(ErrorKind::Configuration, what).with_cause(error)
}

fn tls(http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    // rustls asks for one provider of cryptography for the whole process. One that the program has
    // installed stays; then this is refused, which is as it should be.
    #[cfg(all(feature = "rustls", not(target_arch = "wasm32")))]
    let _ = rustls::crypto::ring::default_provider().install_default();
    http
}

/// An HTTP client without proxies for a neighbour that answers within `limit` or not at all.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn plain_http(limit: Duration) -> Result<reqwest::Client, reqwest::Error> {
    tls(reqwest::Client::builder())
        .no_proxy()
        .connect_timeout(limit)
        .timeout(limit)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(USER_AGENT)
        .build()
}

/// Shows where the client will go and where its credentials come from, never a secret.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint.as_deref().map(shown))
            .field("iam_endpoint", &self.iam_endpoint.as_deref().map(shown))
            .field("project_id", &self.project_id)
            .field("credentials", &self.credentials)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::credentials::{AccessKeys, Metadata, PasswordLogin};

    fn error(builder: ClientBuilder) -> Error {
        builder.build().map(|_| ()).unwrap_err()
    }

    fn login() -> PasswordLogin {
        PasswordLogin::new("d", "u", "s3cret")
    }

    #[test]
    fn what_is_wrong_is_told_when_building() {
        let here = || Client::builder().endpoint("http://127.0.0.1:1");
        for (builder, kind, text) in [
            (
                Client::builder(),
                ErrorKind::Configuration,
                "where the service is",
            ),
            (
                Client::builder().region("CN"),
                ErrorKind::Configuration,
                "no region",
            ),
            (
                Client::builder().endpoint("host"),
                ErrorKind::Configuration,
                "no endpoint",
            ),
            (here().region("a b"), ErrorKind::Configuration, "no region"),
            (
                here().iam_endpoint("x"),
                ErrorKind::Configuration,
                "no endpoint",
            ),
            (
                here().project_id("a/b"),
                ErrorKind::Configuration,
                "project id",
            ),
            (
                here().timeout(Duration::ZERO),
                ErrorKind::Configuration,
                "time",
            ),
            (
                here().connect_timeout(Duration::ZERO),
                ErrorKind::Configuration,
                "connect_timeout",
            ),
            (
                here().read_timeout(Duration::ZERO),
                ErrorKind::Configuration,
                "read_timeout",
            ),
            (
                Client::builder().region("cn-north-4"),
                ErrorKind::Configuration,
                "needs credentials",
            ),
            (
                Client::builder().endpoint("https://functiongraph.cn-north-4.myhuaweicloud.com"),
                ErrorKind::Configuration,
                "needs credentials",
            ),
            (
                here()
                    .credentials(login())
                    .region("cn-north-4")
                    .iam_endpoint("x"),
                ErrorKind::Configuration,
                "no endpoint",
            ),
            (
                here().credentials(login().endpoint("x")),
                ErrorKind::Credentials,
                "no endpoint",
            ),
            (
                here().credentials(login()).project_id("p"),
                ErrorKind::Credentials,
                "where the identity service is",
            ),
            (
                here()
                    .credentials(login())
                    .iam_endpoint("http://127.0.0.1:1"),
                ErrorKind::Credentials,
                "no project to log in to",
            ),
            (
                here().user_agent("a\nb"),
                ErrorKind::Configuration,
                "user agent",
            ),
            (here().proxy("::"), ErrorKind::Configuration, "proxy"),
            (here().proxy(""), ErrorKind::Configuration, "proxy"),
            (
                here().proxy("ftp://127.0.0.1:1"),
                ErrorKind::Configuration,
                "proxy",
            ),
            (
                here().proxy("socks5://127.0.0.1:1"),
                ErrorKind::Configuration,
                "proxy",
            ),
            (
                here().proxy("http://127.0.0.1:1/path"),
                ErrorKind::Configuration,
                "proxy",
            ),
            (
                here()
                    .http(plain_http(DEADLINE).unwrap())
                    .proxy("http://127.0.0.1:1"),
                ErrorKind::Configuration,
                "your own",
            ),
            (here().token("a\nb"), ErrorKind::Credentials, "the token"),
            (here().token(""), ErrorKind::Credentials, "empty"),
            (
                here().credentials(AccessKeys::new("", "x")),
                ErrorKind::Credentials,
                "access key",
            ),
            (
                here().credentials(AccessKeys::new("x", "")),
                ErrorKind::Credentials,
                "secret key",
            ),
            (
                here().credentials(AccessKeys::new("x", "y").project_id("a/b")),
                ErrorKind::Credentials,
                "project id",
            ),
            (
                here().credentials(crate::credentials::Token::new("t").project_id("")),
                ErrorKind::Credentials,
                "project id",
            ),
            (
                here().credentials(Metadata::at("nonsense")),
                ErrorKind::Credentials,
                "no endpoint",
            ),
        ] {
            let error = error(builder);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
        let there = || Client::builder().region("cn-north-4");
        assert!(there().token("t").build().is_ok());
        assert!(there().credentials(login()).build().is_ok());
        assert!(here().build().is_ok());
        assert!(here().proxy("127.0.0.1:1").build().is_ok());
    }

    #[test]
    fn secrets_are_not_shown() {
        let here = || Client::builder().endpoint("http://127.0.0.1:1");
        for builder in [
            here().token("s3cret"),
            here().credentials(AccessKeys::new("AK", "s3cret").security_token("s3cret")),
            here().region("cn-north-4").credentials(login()),
            here().credentials(Environment::from_variables([
                ("HUAWEICLOUD_SDK_AK", "AK"),
                ("HUAWEICLOUD_SDK_SK", "s3cret"),
            ])),
            here().proxy("http://u:s3cret@127.0.0.1:1"),
            here().credentials(Metadata::at("http://127.0.0.1:1/")),
        ] {
            assert!(!format!("{builder:?}").contains("s3cret"));
            assert!(!format!("{:?}", builder.build().unwrap()).contains("s3cret"));
        }
        for builder in [
            Client::builder().endpoint("http://u:s3cret@host"),
            here().iam_endpoint("http://u:s3cret@host"),
            here().token("s3cret\n"),
            here().credentials(Environment::from_variables([(
                "HUAWEICLOUD_SDK_SK",
                "s3cret",
            )])),
            here().proxy("http://u:s3cret@::"),
            here()
                .project_id("p")
                .credentials(login().endpoint("http://u:s3cret@iam")),
            here()
                .project_id("p")
                .credentials(login().endpoint("http://iam?s3cret")),
            here().credentials(Metadata::at("http://u:s3cret@host")),
            here().iam_endpoint("http://iam/?key=s3cret"),
        ] {
            assert!(!format!("{builder:?}").contains("s3cret"));
            let error = error(builder);
            assert!(!error.to_string().contains("s3cret"), "{error}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
