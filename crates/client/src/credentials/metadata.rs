//! The temporary keys of a cloud server (ECS), from the metadata service beside it.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde::Deserialize;
use zeroize::Zeroize as _;

use functiongraph_types::LastModified;

use super::cache::Cache;
use super::error::is_passing;
use super::{AccessKeys, Context, Credential, CredentialError, CredentialSource, Finding};
use crate::endpoint::{endpoint, shown};
use crate::time::unix_of;
use crate::transport::exchange;

/// Where every cloud server finds its metadata.
const ADDRESS: &str = "http://169.254.169.254";

/// Where a token for the metadata service is asked for.
const TOKEN_PATH: &str = "/meta-data/latest/api/token";

/// Where the keys are.
const KEYS_PATH: &str = "/openstack/latest/securitykey";

/// How the source is called in messages.
const ORIGIN: &str = "the metadata service of the cloud server";

/// How long the metadata service may take to answer. It is one hop away, or not there.
const LIMIT: Duration = Duration::from_secs(2);

/// Keys are renewed once less than this of their time is left.
const MARGIN: Duration = Duration::from_secs(40 * 60);

/// How long a token for the metadata service is asked for, in seconds: the longest there is.
const TOKEN_SECONDS: &str = "21600";

/// The temporary keys of the agency that the cloud server has, which the program runs on. They are
/// kept, and renewed when less than 40 minutes of their time are left.
pub struct Metadata {
    address: String,
    http: OnceLock<reqwest::Client>,
    cache: Cache<AccessKeys>,
}

impl Metadata {
    /// The metadata service at its usual address.
    #[must_use]
    pub fn new() -> Self {
        Self::at(ADDRESS)
    }

    /// A metadata service elsewhere.
    pub fn at(address: impl Into<String>) -> Self {
        Self {
            address: address.into().trim_end_matches('/').to_owned(),
            http: OnceLock::new(),
            cache: Cache::new(),
        }
    }

    /// The HTTP client for it: without proxies, since none of them has this server's metadata.
    fn http(&self) -> Result<reqwest::Client, CredentialError> {
        if let Some(http) = self.http.get() {
            return Ok(http.clone());
        }
        let http = crate::builder::plain_http(LIMIT).map_err(unavailable)?;
        Ok(self.http.get_or_init(|| http).clone())
    }

    async fn fetch(&self) -> Result<(AccessKeys, Option<i64>), CredentialError> {
        let http = self.http()?;
        let token = http
            .put(format!("{}{TOKEN_PATH}", self.address))
            .header("X-Metadata-Token-Ttl-Seconds", TOKEN_SECONDS)
            .build()
            .map_err(unavailable)?;
        let answer = match exchange(&http, token, TOKEN_PATH, LIMIT).await {
            Ok(answer) if is_passing(answer.status) => {
                return Err(CredentialError::answered(ORIGIN, &answer));
            }
            Ok(answer) => answer,
            Err(failure) => return Err(CredentialError::absent(ORIGIN, failure.to_string())),
        };
        let mut request = http.get(format!("{}{KEYS_PATH}", self.address));
        if answer.status.is_success() {
            request = request.header("X-Metadata-Token", token_in(&answer.body)?);
        }
        // Older metadata services know no tokens, and answer without one.
        let request = request.build().map_err(unavailable)?;
        let answer = match exchange(&http, request, KEYS_PATH, LIMIT).await {
            Ok(answer) => answer,
            Err(failure) => return Err(CredentialError::unavailable(ORIGIN, failure.to_string())),
        };
        if is_passing(answer.status) {
            return Err(CredentialError::answered(ORIGIN, &answer));
        }
        if !answer.status.is_success() {
            let reason = format!("it answers {}: is there an agency?", answer.status);
            return Err(CredentialError::absent(ORIGIN, reason));
        }
        let keys = read(&answer.body);
        // It holds the keys. Nobody else has it, so that it is there to be overwritten.
        if let Ok(mut body) = answer.body.try_into_mut() {
            body.zeroize();
        }
        keys
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self::new()
    }
}

fn unavailable(error: reqwest::Error) -> CredentialError {
    CredentialError::unavailable(ORIGIN, error.without_url().to_string())
}

#[derive(Deserialize)]
struct Body {
    credential: Keys,
}

#[derive(Deserialize)]
struct Keys {
    access: String,
    secret: String,
    securitytoken: String,
    expires_at: String,
}

fn read(body: &[u8]) -> Result<(AccessKeys, Option<i64>), CredentialError> {
    // The cause is not repeated: serde's messages can hold what it read.
    let Ok(Body { credential }) = serde_json::from_slice(body) else {
        let reason = "what it answers holds no credential";
        return Err(CredentialError::useless(ORIGIN, reason));
    };
    let Ok(expires) = LastModified::from(credential.expires_at.as_str()).instant() else {
        let reason = "the time at which its keys end cannot be read";
        return Err(CredentialError::useless(ORIGIN, reason));
    };
    let keys = AccessKeys::new(credential.access, credential.secret)
        .security_token(credential.securitytoken)
        .expires(expires);
    keys.signer()?;
    Ok((keys, Some(unix_of(expires))))
}

/// The token that the metadata service gave, for its header.
fn token_in(body: &[u8]) -> Result<HeaderValue, CredentialError> {
    let mut value = HeaderValue::from_bytes(body.trim_ascii())
        .map_err(|_| CredentialError::useless(ORIGIN, "its token cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Metadata {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Metadata")
            .field("address", &shown(&self.address))
            .finish_non_exhaustive()
    }
}

impl CredentialSource for Metadata {
    fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
        Box::pin(async move {
            let keys = self.cache.get(MARGIN, self.fetch()).await?;
            Ok(Credential::Keys(keys))
        })
    }

    fn check(&self, _: &Context) -> Result<(), CredentialError> {
        endpoint(&self.address)
            .map(drop)
            .map_err(|error| CredentialError::malformed(ORIGIN, error.to_string()))
    }

    fn refused(&self, credential: &Credential) -> bool {
        let Credential::Keys(refused) = credential else {
            return false;
        };
        self.cache
            .forget(|kept| kept.access_key() == refused.access_key());
        // The metadata service would give the same keys again.
        false
    }
}
