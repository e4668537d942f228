//! Adding tokens.

use functiongraph_types::ProjectId;

use crate::auth::{Grant, Role, Token};
use crate::domain::Random;
use crate::store::{AddedToken, Store, StoreError};

/// Why no token was added.
#[derive(Debug, thiserror::Error)]
pub enum TokenFailure {
    /// The project cannot be one.
    #[error("the project is not an identifier of a project: {0}")]
    Project(String),
    /// The token is there already, and means something else.
    #[error(
        "this token is in the store already, as {} of project {}; choose another one, or leave it out to have one made",
        .0.role, .0.project
    )]
    Taken(Grant),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a token for a project: `chosen`, or one that is made. Adding the same once more changes
/// nothing.
///
/// # Errors
/// A project that cannot be one, a token that is there for another project or role, and what the
/// store reports.
pub async fn add_token<S: Store>(
    store: &S,
    random: &dyn Random,
    project: &str,
    role: Role,
    chosen: Option<Token>,
) -> Result<Token, TokenFailure> {
    ProjectId::try_from(project).map_err(|error| TokenFailure::Project(error.to_string()))?;
    let token = chosen.unwrap_or_else(|| Token::generate(random));
    let grant = Grant {
        project: project.to_owned(),
        role,
    };
    match store.add_token(token.hash(), grant).await? {
        AddedToken::Added | AddedToken::Unchanged => Ok(token),
        AddedToken::Differs(there) => Err(TokenFailure::Taken(there)),
    }
}
