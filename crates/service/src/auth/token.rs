//! Tokens, which callers send in `X-Auth-Token`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::CredentialId;
use crate::domain::Random;

/// The least number of characters of a token that an administrator chooses: enough against guessing
/// through the service, not against guessing from a stolen store.
pub const MIN_TOKEN_LENGTH: usize = 8;

/// The number of characters below which an administrator is warned.
pub const RECOMMENDED_TOKEN_LENGTH: usize = 32;

/// The greatest number of characters of a token: what fits a header beside others. Tokens of the
/// vendor's IAM have some thousands.
const MAX_TOKEN_LENGTH: usize = 8192;

/// What tokens begin with that are made here.
pub(crate) const GENERATED_PREFIX: &str = "fgt_";

/// A token in the clear. It is shown once, when it is made, and never stored or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A text that cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Fewer than [`MIN_TOKEN_LENGTH`] characters.
    #[error(
        "a token has at least {MIN_TOKEN_LENGTH} characters, since whoever guesses it has the \
         tenant's rights; leave it out to have one made"
    )]
    TooShort,
    /// More characters than a header is allowed.
    #[error("a token has at most {MAX_TOKEN_LENGTH} characters")]
    TooLong,
    /// Characters that a header cannot carry.
    #[error("a token has visible ASCII characters only, and no spaces")]
    Characters,
}

impl Token {
    /// A new token of 256 random bits.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 32];
        random.fill(&mut bytes);
        Self(format!(
            "{GENERATED_PREFIX}{}",
            URL_SAFE_NO_PAD.encode(bytes)
        ))
    }

    /// The token in the clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidToken::Characters);
        }
        match text.len() {
            0..MIN_TOKEN_LENGTH => Err(InvalidToken::TooShort),
            MIN_TOKEN_LENGTH..=MAX_TOKEN_LENGTH => Ok(Self(text.to_owned())),
            _ => Err(InvalidToken::TooLong),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

/// The SHA-256 of a token: what is stored, and what a caller's token is looked up by.
///
/// A plain digest is enough, and a slow or salted one would buy nothing, because the tokens that are
/// made have 256 random bits: there is nothing to guess. A token that an administrator chooses is
/// only as strong as the choice, which is why short ones are refused or warned of. Looking up by digest also
/// means that the time of a look-up says nothing about a stored token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The digest of a token as a caller sends it.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenHash(..)")
    }
}

/// What a token's holder may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// List.
    Reader,
    /// List and publish.
    #[default]
    Publisher,
}

/// A text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is `reader` or `publisher`")]
pub struct UnknownRole;

impl Role {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Publisher => "publisher",
        }
    }

    /// Whether it may publish.
    pub const fn may_publish(self) -> bool {
        matches!(self, Self::Publisher)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "reader" => Ok(Self::Reader),
            "publisher" => Ok(Self::Publisher),
            _ => Err(UnknownRole),
        }
    }
}

/// What a credential stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The credential's public identifier.
    pub id: CredentialId,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::{SeededRandom, SystemRandom};

    #[test]
    fn made_tokens_are_tokens_and_differ() {
        let one = Token::generate(&SystemRandom);
        let two = Token::generate(&SystemRandom);
        assert_ne!(one, two);
        assert_eq!(one.reveal().parse::<Token>().unwrap(), one);
        assert_eq!(one.reveal().len(), 4 + 43);
        assert_eq!(
            Token::generate(&SeededRandom::new(3)),
            Token::generate(&SeededRandom::new(3))
        );
    }

    #[test]
    fn chosen_tokens_are_checked() {
        for (text, outcome) in [
            ("", Err(InvalidToken::TooShort)),
            ("7-chars", Err(InvalidToken::TooShort)),
            ("8-chars-", Ok(())),
            ("8 chars ", Err(InvalidToken::Characters)),
            ("8-chárs-", Err(InvalidToken::Characters)),
            ("8-chars\n", Err(InvalidToken::Characters)),
            (&"x".repeat(8192), Ok(())),
            (&"x".repeat(8193), Err(InvalidToken::TooLong)),
        ] {
            assert_eq!(text.parse::<Token>().map(drop), outcome, "{text}");
        }
    }

    #[test]
    fn a_token_shows_in_no_debug_output() {
        let token: Token = "sixteen-letters-".parse().unwrap();
        assert_eq!(
            format!("{token:?} {:?}", token.hash()),
            "Token(..) TokenHash(..)"
        );
    }

    #[test]
    fn roles_have_names() {
        for role in [Role::Reader, Role::Publisher] {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("admin".parse::<Role>(), Err(UnknownRole));
        assert!(Role::default().may_publish() && !Role::Reader.may_publish());
    }
}
