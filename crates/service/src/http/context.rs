//! What is known of a request while it is served.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};

use crate::auth::CredentialId;
use crate::domain::Random;

/// The header that carries the request id, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The greatest length of a request id that a caller chooses.
const MAX_LENGTH: usize = 64;

/// What tells a request from all others, in its answer and in the log: the caller's, where that has
/// 1 to 64 letters, digits, hyphens and underscores, else one that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The id for a request with these headers.
    pub(super) fn of(headers: &HeaderMap, random: &dyn Random) -> Self {
        headers
            .get(X_REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_valid(text))
            .map_or_else(|| Self::make(random), |text| Self(text.to_owned()))
    }

    /// A new id: 32 hexadecimal digits.
    fn make(random: &dyn Random) -> Self {
        Self(random.characters(b"0123456789abcdef", 32))
    }

    /// The id.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a header.
    pub(super) fn header(&self) -> HeaderValue {
        // Every id is made of letters, digits, hyphens and underscores.
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("invalid"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_valid(text: &str) -> bool {
    (1..=MAX_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// What is known of a request while it is served. It travels in the request's extensions.
#[derive(Debug)]
pub(super) struct Context {
    /// The request's id.
    pub(super) id: RequestId,
    /// The caller's project, once it is known.
    pub(super) project: OnceLock<String>,
    /// The public identifier of the caller's credential, once it is known.
    pub(super) credential: OnceLock<CredentialId>,
    /// The address that it comes from, where that is known.
    pub(super) peer: Option<IpAddr>,
}

impl Context {
    /// A context for a request with these headers.
    pub(super) fn new(headers: &HeaderMap, random: &dyn Random, peer: Option<IpAddr>) -> Arc<Self> {
        Arc::new(Self {
            id: RequestId::of(headers, random),
            project: OnceLock::new(),
            credential: OnceLock::new(),
            peer,
        })
    }

    /// The context of a request; a new one for a request that came past the layer that makes them.
    pub(super) fn of(
        extensions: &Extensions,
        headers: &HeaderMap,
        random: &dyn Random,
    ) -> Arc<Self> {
        extensions
            .get::<Arc<Self>>()
            .cloned()
            .unwrap_or_else(|| Self::new(headers, random, None))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::SeededRandom;

    fn id(value: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(value).unwrap());
        RequestId::of(&headers, &SeededRandom::new(1)).0
    }

    #[test]
    fn a_callers_id_is_taken_where_it_is_one() {
        let long = "x".repeat(64);
        for text in ["a", "0-Z_z", &long] {
            assert_eq!(id(text.as_bytes()), text);
        }
    }

    #[test]
    fn any_other_is_replaced() {
        let made = RequestId::of(&HeaderMap::new(), &SeededRandom::new(1)).0;
        assert_eq!(made.len(), 32);
        let long = "x".repeat(65);
        for text in ["", "a b", "a.b", "a\tb", "é", &long] {
            assert_eq!(id(text.as_bytes()), made, "{text}");
        }
    }
}
