//! A signed request as a service got it.

use hmac::Mac as _;

use crate::canonical::mac;
use crate::{
    Authorization, CanonicalRequest, MissingHeader, PayloadHash, Request, SecretKey, SigningTime,
    X_SDK_CONTENT_SHA256, X_SDK_DATE, X_SECURITY_TOKEN,
};

/// A signed request, complete and ready to be verified.
pub struct Presented {
    authorization: Authorization,
    time: SigningTime,
    security_token: Option<Vec<u8>>,
    string_to_sign: String,
}

/// Why a signed request can't be verified. For a log: a caller is not to learn which it was, but
/// where the vendor's own gateway says it too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresentedError {
    /// No `X-Sdk-Date`, several, or one of another form.
    #[error("the request has not one X-Sdk-Date of the form YYYYMMDDTHHMMSSZ")]
    Date,
    /// A header that says something about the caller is not covered by the signature.
    #[error("{0} is not among the signed headers")]
    NotSigned(&'static str),
    /// A header that may be there once.
    #[error("{0} is there several times")]
    Repeated(&'static str),
    /// A signed header that is not there.
    #[error(transparent)]
    Missing(#[from] MissingHeader),
    /// The digest that the caller states is not the body's.
    #[error("X-Sdk-Content-Sha256 is not the SHA-256 of the body")]
    Body,
}

impl Presented {
    /// Recomputes what has to be signed, from the headers that the caller states.
    ///
    /// # Errors
    /// What keeps a signature of this request from being valid, whatever the key.
    pub fn new(
        authorization: Authorization,
        request: &Request<'_>,
    ) -> Result<Self, PresentedError> {
        if !authorization.signs(X_SDK_DATE) {
            return Err(PresentedError::NotSigned(X_SDK_DATE));
        }
        let time = once(request, X_SDK_DATE)?
            .and_then(|value| std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok())
            .ok_or(PresentedError::Date)?;
        let security_token = once(request, X_SECURITY_TOKEN)?.map(<[u8]>::trim_ascii);
        if security_token.is_some() && !authorization.signs(X_SECURITY_TOKEN) {
            return Err(PresentedError::NotSigned(X_SECURITY_TOKEN));
        }
        let payload = match once(request, X_SDK_CONTENT_SHA256)? {
            Some(value) => {
                let stated = PayloadHash::stated(value);
                if !stated.matches(request.body) {
                    return Err(PresentedError::Body);
                }
                stated
            }
            None => PayloadHash::of(request.body),
        };
        let canonical = CanonicalRequest::new(request, authorization.signed_headers(), &payload)?;
        Ok(Self {
            time,
            security_token: security_token.map(<[u8]>::to_vec),
            string_to_sign: canonical.string_to_sign(time),
            authorization,
        })
    }

    /// What the caller claims.
    pub fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// When the caller signed, by the caller's clock. A service refuses what is too far from its
    /// own.
    pub fn time(&self) -> SigningTime {
        self.time
    }

    /// The token of temporary credentials, covered by the signature.
    pub fn security_token(&self) -> Option<&[u8]> {
        self.security_token.as_deref()
    }

    /// Whether this secret key made the signature. Takes as long whichever bytes differ.
    pub fn is_signed_with(&self, secret: &SecretKey) -> bool {
        mac(secret, &self.string_to_sign)
            .verify_slice(self.authorization.signature())
            .is_ok()
    }
}

/// The value of a header that may be there once.
fn once<'a>(request: &Request<'a>, name: &'static str) -> Result<Option<&'a [u8]>, PresentedError> {
    let mut values = request.values(name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(PresentedError::Repeated(name)),
        (value, None) => Ok(value),
    }
}
