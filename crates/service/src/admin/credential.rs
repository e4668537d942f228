//! Adding tokens and access keys.

use functiongraph_types::ProjectId;
use jiff::Timestamp;

use crate::auth::{CredentialId, Role, SecretKey, Token};
use crate::domain::{Origin, Random};
use crate::store::{Added, Administration, KeyRecord, NewKey, NewToken, StoreError, TokenRecord};

/// The greatest number of characters of an access key, and of a secret key.
const MAX_KEY_LENGTH: usize = 128;

/// The least number of characters of a secret key.
const MIN_SECRET_LENGTH: usize = 16;

/// Why no token was added.
#[derive(Debug, thiserror::Error)]
pub enum TokenFailure {
    /// The project cannot be one.
    #[error("the project is not an identifier of a project: {0}")]
    Project(String),
    /// It would never be taken.
    #[error("the token would expire at {0}, which is not in the future")]
    Expired(Timestamp),
    /// The token is there already, and means something else.
    #[error(
        "this token is in the store already, as {} ({} of project {}{}); choose another one, or leave it out to have one made",
        .0.id, .0.role, .0.project, state(.0.expires, .0.revoked)
    )]
    Taken(Box<TokenRecord>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no key was added.
#[derive(Debug, thiserror::Error)]
pub enum KeyFailure {
    /// The project cannot be one.
    #[error("the project is not an identifier of a project: {0}")]
    Project(String),
    /// The access key cannot be one.
    #[error("an access key has 1 to {MAX_KEY_LENGTH} ASCII letters, digits, `-`, `_` and `.`")]
    Access,
    /// The secret key cannot be one.
    #[error("a secret key has {MIN_SECRET_LENGTH} to {MAX_KEY_LENGTH} visible ASCII characters")]
    Secret,
    /// It would never be taken.
    #[error("the key would expire at {0}, which is not in the future")]
    Expired(Timestamp),
    /// The access key is there already, and means something else.
    #[error(
        "this access key is in the store already ({} of project {}{}, or with another secret); choose another one",
        .0.role, .0.project, state(.0.expires, .0.revoked)
    )]
    Taken(Box<KeyRecord>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn state(expires: Option<Timestamp>, revoked: Option<Timestamp>) -> String {
    match (revoked, expires) {
        (Some(revoked), _) => format!(", revoked at {revoked}"),
        (None, Some(expires)) => format!(", until {expires}"),
        (None, None) => String::new(),
    }
}

/// A token as an administrator asks for it.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// The token, or none to have one made.
    pub chosen: Option<Token>,
    /// From when on it is no longer taken; never without.
    pub expires: Option<Timestamp>,
}

/// Adds a token for a project: the chosen one, or one that is made. Adding the same once more
/// changes nothing.
///
/// # Errors
/// A project that cannot be one, an expiry in the past, a token that is there for another project or
/// role, with another expiry, or revoked, and what the store reports.
pub async fn add_token<S: Administration>(
    store: &S,
    random: &dyn Random,
    request: TokenRequest,
    origin: Origin,
) -> Result<(Token, TokenRecord), TokenFailure> {
    ProjectId::try_from(&*request.project)
        .map_err(|error| TokenFailure::Project(error.to_string()))?;
    if let Some(expires) = request.expires.filter(|expires| *expires <= origin.at) {
        return Err(TokenFailure::Expired(expires));
    }
    let token = request.chosen.unwrap_or_else(|| Token::generate(random));
    let new = NewToken {
        id: CredentialId::for_token(random),
        hash: token.hash(),
        project: request.project,
        role: request.role,
        expires: request.expires,
    };
    match store.add_token(new, origin).await? {
        Added::Added(record) | Added::Unchanged(record) => Ok((token, record)),
        Added::Differs(there) => Err(TokenFailure::Taken(Box::new(there))),
    }
}

/// An access key as an administrator asks for it.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: SecretKey,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// From when on it is no longer taken; never without.
    pub expires: Option<Timestamp>,
}

/// Adds an access key for a project. Adding the same once more changes nothing.
///
/// # Errors
/// A project or keys that cannot be such, an expiry in the past, an access key that is there and
/// differs or was revoked, and what the store reports.
pub async fn add_key<S: Administration>(
    store: &S,
    request: KeyRequest,
    origin: Origin,
) -> Result<KeyRecord, KeyFailure> {
    ProjectId::try_from(&*request.project)
        .map_err(|error| KeyFailure::Project(error.to_string()))?;
    let access = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !(1..=MAX_KEY_LENGTH).contains(&request.access.len()) || !request.access.bytes().all(access)
    {
        return Err(KeyFailure::Access);
    }
    let secret = request.secret.reveal();
    if !(MIN_SECRET_LENGTH..=MAX_KEY_LENGTH).contains(&secret.len())
        || !secret.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(KeyFailure::Secret);
    }
    if let Some(expires) = request.expires.filter(|expires| *expires <= origin.at) {
        return Err(KeyFailure::Expired(expires));
    }
    let new = NewKey {
        access: request.access,
        secret: request.secret,
        project: request.project,
        role: request.role,
        expires: request.expires,
    };
    match store.add_key(new, origin).await? {
        Added::Added(record) | Added::Unchanged(record) => Ok(record),
        Added::Differs(there) => Err(KeyFailure::Taken(Box::new(there))),
    }
}
