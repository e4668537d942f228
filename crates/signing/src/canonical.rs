//! The canonical request: what of a request is signed, in one form for both sides.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{ALGORITHM, SecretKey, SigningTime, X_SDK_CONTENT_SHA256, encoding, hex};

/// A request as it goes over the wire.
///
/// It can hold credentials among its headers, so it has no `Debug`.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method, in upper case as HTTP has it.
    pub method: &'a str,
    /// The path of the request line, percent-encoded as it is there, without the query.
    pub path: &'a str,
    /// The query of the request line, without the `?`.
    pub query: Option<&'a str>,
    /// Names in any case, and values. A header with several values stands here several times.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body's bytes; empty where there is none.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The values of a header, in their order.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

/// What stands for the body in the canonical request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadHash(Vec<u8>);

impl PayloadHash {
    /// The SHA-256 of a body.
    pub fn of(body: &[u8]) -> Self {
        Self(hex::encode(&Sha256::digest(body)).into_bytes())
    }

    /// The value of `X-Sdk-Content-Sha256`, as it is.
    pub fn stated(value: &[u8]) -> Self {
        Self(value.trim_ascii().to_owned())
    }

    /// What stands for a request's body: the first value of `X-Sdk-Content-Sha256` where there is
    /// that header, else the body's digest. Says nothing about whether a stated digest is true.
    pub fn for_request(request: &Request<'_>) -> Self {
        request
            .values(X_SDK_CONTENT_SHA256)
            .next()
            .map_or_else(|| Self::of(request.body), Self::stated)
    }

    /// Whether this is the digest of a body, in either case.
    pub fn matches(&self, body: &[u8]) -> bool {
        self.0.eq_ignore_ascii_case(&Self::of(body).0)
    }
}

/// A header is to be signed that the request does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signed header `{name}` is not in the request")]
pub struct MissingHeader {
    /// Its name.
    pub name: String,
}

/// The text that is signed for a request.
///
/// It repeats the values of signed headers, a security token among them, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalRequest(Zeroizing<Vec<u8>>);

impl CanonicalRequest {
    /// Writes it. Paths and queries of any text are taken; `signed_headers` are written in lower
    /// case and in the order given, which for a signature that one makes is the sorted one.
    ///
    /// # Errors
    /// A signed header that is not among `headers`.
    pub fn new(
        request: &Request<'_>,
        signed_headers: &[impl AsRef<str>],
        payload: &PayloadHash,
    ) -> Result<Self, MissingHeader> {
        // Room for all of it: what grows leaves copies behind, and a value can be a token.
        let mut text = Zeroizing::new(Vec::with_capacity(room(request)));
        let mut line = |parts: &[&[u8]]| {
            for part in parts {
                text.extend_from_slice(part);
            }
            text.push(b'\n');
        };
        line(&[request.method.as_bytes()]);
        line(&[encoding::path(request.path).as_bytes()]);
        line(&[encoding::query(request.query.unwrap_or_default()).as_bytes()]);
        let mut names = String::new();
        for name in signed_headers {
            let name = name.as_ref().to_ascii_lowercase();
            let mut values: Vec<&[u8]> = request.values(&name).map(<[u8]>::trim_ascii).collect();
            if values.is_empty() {
                return Err(MissingHeader { name });
            }
            values.sort_unstable();
            for value in values {
                line(&[name.as_bytes(), b":", value]);
            }
            if !names.is_empty() {
                names.push(';');
            }
            names.push_str(&name);
        }
        line(&[]);
        line(&[names.as_bytes()]);
        text.extend_from_slice(&payload.0);
        Ok(Self(text))
    }

    /// The text. Where the parts are UTF-8, so is it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its SHA-256, in hexadecimal digits.
    pub fn hash(&self) -> String {
        hex::encode(&Sha256::digest(&self.0))
    }

    /// The text that the secret key is applied to.
    pub fn string_to_sign(&self, time: SigningTime) -> String {
        format!("{ALGORITHM}\n{time}\n{}", self.hash())
    }
}

/// Bytes that the canonical form of a request has at most, where no header is signed twice: paths
/// and queries are escaped, and names of headers stand there twice.
fn room(request: &Request<'_>) -> usize {
    let raw = request.path.len() + request.query.unwrap_or_default().len();
    let headers = request.headers.iter();
    let headers: usize = headers
        .map(|(name, value)| 2 * name.len() + 2 * value.len() + 4)
        .sum();
    request.method.len() + 4 * raw + headers + 128
}

/// HMAC-SHA256 over a text, ready to be finished or compared. A key may have any length.
pub(crate) fn mac(secret: &SecretKey, text: &str) -> Hmac<Sha256> {
    // The one error is a length that the algorithm does not take, and HMAC takes every length.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| Hmac::<Sha256>::new(&hmac::digest::Key::<Hmac<Sha256>>::default()));
    mac.update(text.as_bytes());
    mac
}
