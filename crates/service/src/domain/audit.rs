//! The record of who changed what.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// What kind of credential somebody acted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A token of the store.
    Token,
    /// An access key of the store or of the configuration.
    Key,
    /// An identity of an IAM.
    Iam,
    /// Somebody with access to the store itself.
    Administrator,
}

/// A text that names no kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an actor is `token`, `key`, `iam` or `administrator`")]
pub struct UnknownActorKind;

impl ActorKind {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Key => "key",
            Self::Iam => "iam",
            Self::Administrator => "administrator",
        }
    }
}

impl FromStr for ActorKind {
    type Err = UnknownActorKind;

    fn from_str(text: &str) -> Result<Self, UnknownActorKind> {
        [Self::Token, Self::Key, Self::Iam, Self::Administrator]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownActorKind)
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// With what kind of credential.
    pub kind: ActorKind,
    /// The credential's public identifier, or for an administrator the name of the account; never a
    /// secret.
    pub id: String,
}

impl Actor {
    /// An administrator by the name of the account.
    pub fn administrator(account: impl Into<String>) -> Self {
        Self {
            kind: ActorKind::Administrator,
            id: account.into(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind.as_str(), self.id)
    }
}

/// Where a change comes from: what its record in the audit begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The request that asked for it, where it was one.
    pub request_id: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A version was published.
    Publish,
    /// A version was deleted.
    DeleteVersion,
    /// A function was imported for the first time.
    CreateFunction,
    /// A function's working copy was replaced by an import.
    UpdateFunction,
    /// A working copy got other code.
    UpdateCode,
    /// A token was added.
    AddToken,
    /// A token was revoked.
    RevokeToken,
    /// An access key was added.
    AddKey,
    /// An access key was revoked.
    RevokeKey,
    /// The store was filled from another one.
    Fill,
}

/// A text that names no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this release knows no such action")]
pub struct UnknownAction;

impl Action {
    /// Every action.
    pub const ALL: [Self; 10] = [
        Self::Publish,
        Self::DeleteVersion,
        Self::CreateFunction,
        Self::UpdateFunction,
        Self::UpdateCode,
        Self::AddToken,
        Self::RevokeToken,
        Self::AddKey,
        Self::RevokeKey,
        Self::Fill,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "version.publish",
            Self::DeleteVersion => "version.delete",
            Self::CreateFunction => "function.create",
            Self::UpdateFunction => "function.update",
            Self::UpdateCode => "function.update-code",
            Self::AddToken => "token.add",
            Self::RevokeToken => "token.revoke",
            Self::AddKey => "key.add",
            Self::RevokeKey => "key.revoke",
            Self::Fill => "store.fill",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or(UnknownAction)
    }
}

/// What is recorded of a change, beside its [`Origin`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// What was done.
    pub action: Action,
    /// In which project; none for the store as a whole.
    pub project: Option<String>,
    /// To what: `package:function`, `package:function:version`, or the identifier of a credential.
    pub subject: String,
    /// What else there is to know, a JSON object.
    pub detail: Option<String>,
}

/// A record of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number: later records have greater ones.
    pub id: u64,
    /// Where the change comes from.
    pub origin: Origin,
    /// What was done.
    pub deed: Deed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for action in Action::ALL {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
        assert_eq!("version.alter".parse::<Action>(), Err(UnknownAction));
        let actor = Actor::administrator("root");
        assert_eq!(actor.to_string(), "administrator root");
        assert_eq!(actor.kind.as_str().parse(), Ok(actor.kind));
        assert_eq!("root".parse::<ActorKind>(), Err(UnknownActorKind));
    }
}
