//! Who is calling, and what they may do.
//!
//! [`Authenticator`] finds out, by a token of the store or the configuration, by a token of an IAM ([`IamSettings`]), or by a
//! signature; whoever is not let in is [`Denied`]. Whether the caller may do what the request asks
//! for is judged where the operations are.

mod authenticator;
mod credential;
mod denied;
mod iam;
mod settings;
mod token;

pub use authenticator::{Authenticator, Identified, Once, SetupError};
pub use credential::{CredentialId, KeyGrant, SecretKey};
pub use denied::Denied;
pub use iam::{IamError, IamSetupError};
pub use settings::{IamSettings, KeySettings, Secret, Settings, SignatureSettings, TokenSettings};
pub(crate) use token::GENERATED_PREFIX;
pub use token::{
    Grant, InvalidToken, MIN_TOKEN_LENGTH, RECOMMENDED_TOKEN_LENGTH, Role, Token, TokenHash,
    UnknownRole,
};
