//! Digests of a function's code.

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha512};

/// The digests of a function's code that callers can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeDigests {
    /// MD5.
    pub md5: [u8; 16],
    /// SHA-512: what `digest` of a version shows.
    pub sha512: [u8; 64],
}

impl CodeDigests {
    /// The digests of `code`.
    pub fn of(code: &[u8]) -> Self {
        Self {
            md5: Md5::digest(code).into(),
            sha512: Sha512::digest(code).into(),
        }
    }

    /// The SHA-512 in lower-case hexadecimal digits.
    pub fn sha512_hex(&self) -> String {
        hex(&self.sha512)
    }
}

/// A digest that a caller or a file claims for a function's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestClaim {
    /// 32 hexadecimal digits.
    Md5([u8; 16]),
    /// 128 hexadecimal digits.
    Sha512([u8; 64]),
}

/// A text that is neither an MD5 nor a SHA-512 in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is an MD5 of 32 or a SHA-512 of 128 hexadecimal digits, in upper or lower case")]
pub struct InvalidDigest;

impl DigestClaim {
    /// Reads hexadecimal digits in either case; their number tells which digest it is.
    ///
    /// # Errors
    /// Anything but 32 or 128 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        match text.len() {
            32 => unhex(text).map(Self::Md5),
            128 => unhex(text).map(Self::Sha512),
            _ => None,
        }
        .ok_or(InvalidDigest)
    }

    /// Whether it is the digest of the code that has `digests`.
    pub fn matches(&self, digests: &CodeDigests) -> bool {
        match self {
            Self::Md5(claimed) => *claimed == digests.md5,
            Self::Sha512(claimed) => *claimed == digests.sha512,
        }
    }

    /// `MD5` or `SHA-512`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Md5(_) => "MD5",
            Self::Sha512(_) => "SHA-512",
        }
    }
}

impl fmt::Display for DigestClaim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&match self {
            Self::Md5(bytes) => hex(bytes),
            Self::Sha512(bytes) => hex(bytes),
        })
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(value).ok()?;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The digests of nothing, as published with the algorithms.
    const MD5_OF_NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

    #[test]
    fn both_algorithms_match_in_either_case() {
        let digests = CodeDigests::of(b"");
        let md5 = DigestClaim::parse(MD5_OF_NOTHING).unwrap();
        assert!(md5.matches(&digests));
        assert_eq!(md5.algorithm(), "MD5");
        assert!(
            DigestClaim::parse(&MD5_OF_NOTHING.to_uppercase())
                .unwrap()
                .matches(&digests)
        );
        let sha512 = DigestClaim::parse(&digests.sha512_hex()).unwrap();
        assert!(sha512.matches(&digests));
        assert_eq!(sha512.algorithm(), "SHA-512");
        assert!(!sha512.matches(&CodeDigests::of(b"x")));
        assert_eq!(sha512.to_string(), digests.sha512_hex());
    }

    #[test]
    fn anything_else_is_no_digest() {
        for text in [
            "",
            "d41d8cd98f00b204e9800998ecf8427",
            "d41d8cd98f00b204e9800998ecf8427g",
            "d41d8cd98f00b204e9800998ecf8427é",
            "+41d8cd98f00b204e9800998ecf8427e",
            &"a".repeat(64),
            &"é".repeat(64),
        ] {
            assert_eq!(DigestClaim::parse(text), Err(InvalidDigest), "{text}");
        }
    }
}
