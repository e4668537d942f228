//! What identifies a credential, and what a key is checked with.

use std::fmt;

use functiongraph_signing as signing;

use super::Grant;
use crate::domain::Random;

/// The public identifier of a credential: what logs, the audit and rate limits know it by. For a
/// token it is drawn when the token is added and says nothing about it; for a key it is the access
/// key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CredentialId(String);

impl CredentialId {
    /// An identifier that exists already.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// An identifier for a new token: `tk-` and twelve characters of `a-z0-9`.
    pub fn for_token(random: &dyn Random) -> Self {
        Self(format!(
            "tk-{}",
            random.characters(b"abcdefghijklmnopqrstuvwxyz0123456789", 12)
        ))
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The secret half of a key pair. Signatures are made with the secret itself, so that it has to be
/// kept so that it can be read back; its memory is overwritten when it is dropped, and it shows in
/// no debug output.
#[derive(Clone)]
pub struct SecretKey(signing::SecretKey);

impl SecretKey {
    /// A secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(signing::SecretKey::new(secret))
    }

    /// The secret in the clear.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The secret as signatures are checked with.
    pub(super) fn signing(&self) -> &signing::SecretKey {
        &self.0
    }
}

/// Not for judging what somebody sent: this takes longer the more of it is right.
impl PartialEq for SecretKey {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey(..)")
    }
}

/// What is known of a key: what its signatures are checked with, and what it grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGrant {
    /// The secret.
    pub secret: SecretKey,
    /// What its holder may do.
    pub grant: Grant,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SystemRandom;

    #[test]
    fn made_identifiers_differ() {
        let one = CredentialId::for_token(&SystemRandom);
        assert_ne!(one, CredentialId::for_token(&SystemRandom));
        assert_eq!(one.as_str().len(), 15);
        assert!(one.to_string().starts_with("tk-"));
    }

    #[test]
    fn a_secret_shows_in_no_debug_output() {
        let secret = SecretKey::new("very-secret");
        assert_eq!(format!("{secret:?}"), "SecretKey(..)");
        assert_eq!(secret.reveal(), "very-secret");
    }
}
