//! Reading the header `Authorization`.

use crate::{ALGORITHM, hex};

/// The greatest length of the header, in bytes.
const MAX_LENGTH: usize = 8 * 1024;

/// The greatest length of an access key. The vendor's have 20 characters.
pub(crate) const MAX_ACCESS_KEY: usize = 128;

/// The greatest number of headers that a signature may cover.
pub(crate) const MAX_SIGNED_HEADERS: usize = 128;

/// What the header `Authorization` says, well-formed but not verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    access_key: String,
    signed_headers: Vec<String>,
    signature: [u8; 32],
}

/// Why a text is no `Authorization` of this scheme. For a log: the message repeats nothing of the
/// text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Longer than is read.
    #[error("the header is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Another scheme, or none.
    #[error("the scheme is not {ALGORITHM}")]
    Scheme,
    /// A part that is not `Name=value` with one of the three names.
    #[error("a part of the header is not one of Access=, SignedHeaders= and Signature=")]
    Part,
    /// A part that is there twice.
    #[error("{0} is there twice")]
    Repeated(&'static str),
    /// A part that is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An access key that is empty, too long, or has characters that none has.
    #[error(
        "the access key is not 1 to {MAX_ACCESS_KEY} visible ASCII characters without commas and semicolons"
    )]
    AccessKey,
    /// A name that no header can have.
    #[error("SignedHeaders has a name that HTTP does not allow")]
    HeaderName,
    /// A name that is there twice, which some would read as one header and some as two.
    #[error("SignedHeaders has a name twice")]
    RepeatedHeader,
    /// More names than are read.
    #[error("SignedHeaders has more than {MAX_SIGNED_HEADERS} names")]
    TooManyHeaders,
    /// A signature of another form.
    #[error("the signature is not 64 hexadecimal digits")]
    Signature,
}

const ACCESS: &str = "Access";
const SIGNED_HEADERS: &str = "SignedHeaders";
const SIGNATURE: &str = "Signature";

impl Authorization {
    /// Reads the header's value. The scheme may be in any case and the parts in any order; time
    /// and memory are bounded by the greatest length that is read, 8 KiB.
    ///
    /// # Errors
    /// What keeps it from being an authorization of this scheme.
    pub fn parse(value: &[u8]) -> Result<Self, AuthorizationError> {
        if value.len() > MAX_LENGTH {
            return Err(AuthorizationError::TooLong);
        }
        let value = value.trim_ascii();
        let (scheme, parts) = value
            .split_at_checked(ALGORITHM.len())
            .ok_or(AuthorizationError::Scheme)?;
        let divided = parts.first().is_none_or(u8::is_ascii_whitespace);
        if !scheme.eq_ignore_ascii_case(ALGORITHM.as_bytes()) || !divided {
            return Err(AuthorizationError::Scheme);
        }
        let mut access_key = Part::new(ACCESS);
        let mut signed_headers = Part::new(SIGNED_HEADERS);
        let mut signature = Part::new(SIGNATURE);
        for part in parts.trim_ascii().split(|byte| *byte == b',') {
            let text = std::str::from_utf8(part).map_err(|_| AuthorizationError::Part)?;
            let (name, value) = text
                .trim()
                .split_once('=')
                .ok_or(AuthorizationError::Part)?;
            match name {
                ACCESS => access_key.set(value)?,
                SIGNED_HEADERS => signed_headers.set(value)?,
                SIGNATURE => signature.set(value)?,
                _ => return Err(AuthorizationError::Part),
            }
        }
        let access_key = access_key.get()?;
        if !is_access_key(access_key) {
            return Err(AuthorizationError::AccessKey);
        }
        Ok(Self {
            access_key: access_key.to_owned(),
            signed_headers: names(signed_headers.get()?)?,
            signature: hex::decode(signature.get()?.as_bytes())
                .ok_or(AuthorizationError::Signature)?,
        })
    }

    /// Whether a value of `Authorization` is of this scheme at all.
    pub fn is_scheme(value: &[u8]) -> bool {
        value
            .trim_ascii_start()
            .get(..ALGORITHM.len())
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(ALGORITHM.as_bytes()))
    }

    /// The access key that the caller claims.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The names of the signed headers, in lower case and in the caller's order.
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// The signature. Where one may be used once only, this is what to remember.
    pub const fn signature(&self) -> &[u8; 32] {
        &self.signature
    }

    pub(crate) fn signs(&self, name: &str) -> bool {
        self.signed_headers
            .iter()
            .any(|signed| signed.eq_ignore_ascii_case(name))
    }
}

/// A part of the header that is to be there once.
struct Part<'a> {
    name: &'static str,
    value: Option<&'a str>,
}

impl<'a> Part<'a> {
    const fn new(name: &'static str) -> Self {
        Self { name, value: None }
    }

    fn set(&mut self, value: &'a str) -> Result<(), AuthorizationError> {
        match self.value.replace(value) {
            None => Ok(()),
            Some(_) => Err(AuthorizationError::Repeated(self.name)),
        }
    }

    fn get(self) -> Result<&'a str, AuthorizationError> {
        self.value.ok_or(AuthorizationError::Missing(self.name))
    }
}

/// The names in `SignedHeaders`.
fn names(text: &str) -> Result<Vec<String>, AuthorizationError> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(';') {
        if !is_header_name(name.as_bytes()) {
            return Err(AuthorizationError::HeaderName);
        }
        if names.len() == MAX_SIGNED_HEADERS {
            return Err(AuthorizationError::TooManyHeaders);
        }
        let name = name.to_ascii_lowercase();
        if names.contains(&name) {
            return Err(AuthorizationError::RepeatedHeader);
        }
        names.push(name);
    }
    Ok(names)
}

/// Whether a text can be an access key: it stands in a header, between commas.
pub(crate) fn is_access_key(text: &str) -> bool {
    (1..=MAX_ACCESS_KEY).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b',' | b';'))
}

/// Whether a text is a `token` of RFC 9110, as names of headers are.
pub(crate) fn is_header_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}
