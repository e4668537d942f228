//! Who is calling: tokens, and what they grant.

mod credential;
mod token;

pub use credential::{CredentialId, KeyGrant, SecretKey};
pub use token::{
    Grant, InvalidToken, MIN_TOKEN_LENGTH, RECOMMENDED_TOKEN_LENGTH, Role, Token, TokenHash,
    UnknownRole,
};
