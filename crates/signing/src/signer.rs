//! Signing requests.

use std::collections::BTreeSet;

use hmac::Mac as _;
use zeroize::Zeroizing;

use crate::canonical::mac;
use crate::{
    ALGORITHM, AUTHORIZATION, CanonicalRequest, MissingHeader, PayloadHash, Request, SecretKey,
    SigningTime, X_SDK_DATE, X_SECURITY_TOKEN, authorization, hex,
};

/// Why a request can't be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The access key can't stand in a header.
    #[error(
        "an access key has 1 to {} visible ASCII characters, and neither commas nor semicolons",
        authorization::MAX_ACCESS_KEY
    )]
    AccessKey,
    /// The secret key is empty.
    #[error("the secret key is empty")]
    SecretKey,
    /// The security token can't stand in a header.
    #[error("a security token has visible ASCII characters only, and at least one")]
    SecurityToken,
    /// A name that no header can have.
    #[error("header number {index} has a name that HTTP does not allow")]
    HeaderName {
        /// Its place among the request's headers, from 0.
        index: usize,
    },
    /// A value that no header can have: it would begin another line.
    #[error("the header `{name}` has a line break in its value")]
    HeaderValue {
        /// Its name.
        name: String,
    },
    /// A header that is to be signed is not there.
    #[error(transparent)]
    Missing(#[from] MissingHeader),
    /// More headers than a verifier takes.
    #[error("at most {} headers can be signed", authorization::MAX_SIGNED_HEADERS)]
    TooManyHeaders,
}

/// Signs requests with one access key. It has no `Debug`.
#[derive(Clone)]
pub struct Signer {
    access_key: String,
    secret_key: SecretKey,
    security_token: Option<Zeroizing<String>>,
}

impl Signer {
    /// A signer with a permanent key.
    ///
    /// # Errors
    /// An access key that can't stand in a header, an empty secret key.
    pub fn new(access_key: impl Into<String>, secret_key: SecretKey) -> Result<Self, SignError> {
        let access_key = access_key.into();
        if !authorization::is_access_key(&access_key) {
            return Err(SignError::AccessKey);
        }
        if secret_key.as_bytes().is_empty() {
            return Err(SignError::SecretKey);
        }
        Ok(Self {
            access_key,
            secret_key,
            security_token: None,
        })
    }

    /// The same with the token that temporary credentials come with.
    ///
    /// # Errors
    /// A token that can't stand in a header.
    pub fn with_security_token(mut self, token: impl Into<String>) -> Result<Self, SignError> {
        let token = Zeroizing::new(token.into());
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SignError::SecurityToken);
        }
        self.security_token = Some(token);
        Ok(self)
    }

    /// The access key.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// Signs a request: every header that it has, and those that the signature adds. The caller
    /// puts only those headers into `request` that arrive as they are sent, `Host` among them.
    /// `Authorization`, `X-Sdk-Date` and `X-Security-Token` in `request` are left aside: what is
    /// returned takes their place.
    ///
    /// # Errors
    /// A header that HTTP can't carry, or too many of them.
    pub fn sign(
        &self,
        request: &Request<'_>,
        time: SigningTime,
    ) -> Result<SignedHeaders, SignError> {
        let date = time.to_string();
        let own = [AUTHORIZATION, X_SDK_DATE, X_SECURITY_TOKEN];
        let mut headers = Vec::with_capacity(request.headers.len() + 2);
        for (index, (name, value)) in request.headers.iter().enumerate() {
            if !authorization::is_header_name(name.as_bytes()) {
                return Err(SignError::HeaderName { index });
            }
            if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
                return Err(SignError::HeaderValue {
                    name: (*name).to_owned(),
                });
            }
            if !own.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                headers.push((*name, *value));
            }
        }
        headers.push((X_SDK_DATE, date.as_bytes()));
        if let Some(token) = &self.security_token {
            headers.push((X_SECURITY_TOKEN, token.as_bytes()));
        }
        let names: BTreeSet<String> = headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        if names.len() > authorization::MAX_SIGNED_HEADERS {
            return Err(SignError::TooManyHeaders);
        }
        let names: Vec<String> = names.into_iter().collect();
        let request = Request {
            headers: &headers,
            ..*request
        };
        let canonical =
            CanonicalRequest::new(&request, &names, &PayloadHash::for_request(&request))?;
        let signature = mac(&self.secret_key, &canonical.string_to_sign(time)).finalize();
        Ok(SignedHeaders {
            authorization: format!(
                "{ALGORITHM} Access={}, SignedHeaders={}, Signature={}",
                self.access_key,
                names.join(";"),
                hex::encode(&signature.into_bytes())
            ),
            date,
            security_token: self.security_token.clone(),
            canonical,
        })
    }
}

/// The headers that a signature adds to a request. They are credentials: it has no `Debug`.
pub struct SignedHeaders {
    authorization: String,
    date: String,
    security_token: Option<Zeroizing<String>>,
    canonical: CanonicalRequest,
}

impl SignedHeaders {
    /// The value of `Authorization`.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// The value of `X-Sdk-Date`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The value of `X-Security-Token`, with temporary credentials.
    pub fn security_token(&self) -> Option<&str> {
        self.security_token.as_deref().map(String::as_str)
    }

    /// Names and values of all of them, each to replace what the request has of that name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            (X_SDK_DATE, self.date()),
            (AUTHORIZATION, self.authorization()),
        ]
        .into_iter()
        .chain(self.security_token().map(|token| (X_SECURITY_TOKEN, token)))
    }

    /// What was signed: to be compared when a service says that the signature is wrong.
    pub fn canonical_request(&self) -> &CanonicalRequest {
        &self.canonical
    }
}
