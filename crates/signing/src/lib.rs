//! Huawei Cloud's request signatures by access key and secret key: `SDK-HMAC-SHA256`.
//!
//! One implementation of the canonical request stands beneath both sides. A client signs with
//! [`Signer`]; a service parses what it got with [`Authorization`], prepares it together with the
//! request as [`Presented`], and checks it with the key's secret. There is no I/O here, no clock
//! and no source of randomness: the time comes in as a [`SigningTime`]. The crate compiles wherever
//! `std` does.
//!
//! The rules are those of the vendor's published SDKs, as far as these agree:
//!
//! * The path is percent-decoded and encoded anew, so `:` and `%3A` sign alike, and ends in `/`.
//! * Query parameters are decoded (`+` is a space there), sorted and encoded anew; one without a
//!   value is signed as `name=`.
//! * A signed header takes one line for each of its values, values sorted and trimmed.
//! * The body is its SHA-256, or the value of `X-Sdk-Content-Sha256` where there is that header. A
//!   service refuses a value that is not the body's digest: else whoever passes the request on
//!   could put another body beneath it.
//! * `X-Sdk-Date` and, with temporary credentials, `X-Security-Token` are sent and signed.
//! * The key of the HMAC is the secret key itself: nothing is derived from it.
//!
//! ```
//! use functiongraph_signing::{Authorization, Presented, Request, SecretKey, Signer, SigningTime};
//!
//! let host = ("Host", b"functiongraph.cn-north-4.myhuaweicloud.com".as_slice());
//! let mut request = Request { method: "GET", path: "/v2/p/fgs/functions/f/versions", query: None, headers: &[host], body: b"" };
//! let signer = Signer::new("AKIDEXAMPLE", SecretKey::new("SKEXAMPLE"))?;
//! let signed = signer.sign(&request, SigningTime::from_unix(1_795_262_400)?)?;
//!
//! // What goes over the wire:
//! let headers: Vec<_> = std::iter::once(host).chain(signed.iter().map(|(name, value)| (name, value.as_bytes()))).collect();
//! request.headers = &headers;
//!
//! // The other side:
//! let authorization = Authorization::parse(signed.authorization().as_bytes())?;
//! assert_eq!(authorization.access_key(), "AKIDEXAMPLE");
//! let presented = Presented::new(authorization, &request)?;
//! assert!(presented.is_signed_with(&SecretKey::new("SKEXAMPLE")));
//! assert!(!presented.is_signed_with(&SecretKey::new("another")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authorization;
mod canonical;
mod encoding;
mod hex;
mod presented;
mod secret;
mod signer;
mod time;

pub use authorization::{Authorization, AuthorizationError};
pub use canonical::{CanonicalRequest, MissingHeader, PayloadHash, Request};
pub use presented::{Presented, PresentedError};
pub use secret::SecretKey;
pub use signer::{SignError, SignedHeaders, Signer};
pub use time::{SigningTime, SigningTimeError};

/// The name of the algorithm: the scheme of `Authorization`, and the first line of what is signed.
pub const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// The header that carries the signature.
pub const AUTHORIZATION: &str = "Authorization";

/// The header that carries the time of signing.
pub const X_SDK_DATE: &str = "X-Sdk-Date";

/// The header that carries the token of temporary credentials.
pub const X_SECURITY_TOKEN: &str = "X-Security-Token";

/// The header in which a caller states the digest of the body.
pub const X_SDK_CONTENT_SHA256: &str = "X-Sdk-Content-Sha256";

/// The README's code is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
