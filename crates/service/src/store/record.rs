//! What a store is asked to keep, and what it answers.

use jiff::Timestamp;

use crate::auth::{CredentialId, Role, SecretKey, TokenHash};
use crate::domain::{CodeDigests, FunctionKey, VersionName};

/// A function in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FunctionId(pub(super) i64);

/// What connections to a database are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolUse {
    /// How many wait for something to do.
    pub idle: usize,
    /// How many are in use.
    pub busy: usize,
}

/// A version that was published and is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its name.
    pub name: VersionName,
    /// Its offset among the function's versions, from 1.
    pub position: u64,
    /// The version as JSON text, byte for byte what the list shows from now on.
    pub json: String,
}

/// What an import did with one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It is new.
    Created,
    /// It was there already, the same.
    Unchanged,
    /// Its working copy was replaced.
    Updated,
}

/// How an import goes about functions that are there and differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// They are an error.
    CreateOnly,
    /// Their working copies are replaced.
    Update,
}

/// What became of new code for a working copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeUpdate {
    /// The working copy has it.
    Updated,
    /// It had it already.
    Unchanged,
    /// There is no such function.
    NoSuchFunction,
}

/// What became of a version that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionDeletion {
    /// It is deleted: its position stays empty, and its name stays used.
    Deleted,
    /// It was deleted before.
    AlreadyDeleted,
    /// The function never had a version of this name.
    NoSuchVersion,
    /// There is no such function.
    NoSuchFunction,
}

/// A token that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What it will be known by.
    pub id: CredentialId,
    /// What is stored of it.
    pub hash: TokenHash,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// From when on it is no longer taken; never without.
    pub expires: Option<Timestamp>,
}

/// A token that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// What it is known by.
    pub id: CredentialId,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// When it was added; not known of tokens that a release before 0.2 added.
    pub created: Option<Timestamp>,
    /// From when on it is no longer taken.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

/// An access key that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The access key, the public half of the pair.
    pub access: String,
    /// The secret half.
    pub secret: SecretKey,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// From when on it is no longer taken; never without.
    pub expires: Option<Timestamp>,
}

/// An access key that was added, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The access key.
    pub access: String,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// When it was added.
    pub created: Timestamp,
    /// From when on it is no longer taken.
    pub expires: Option<Timestamp>,
    /// When it was revoked. The secret went with it.
    pub revoked: Option<Timestamp>,
}

/// What became of a credential that was to be added: a token with a [`TokenRecord`], or a key with a
/// [`KeyRecord`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added<R> {
    /// It is new.
    Added(R),
    /// It was there already, with the same project, role and expiry, and is not revoked.
    Unchanged(R),
    /// It is there and differs, or was revoked, and was left so.
    Differs(R),
}

/// What became of a credential that was to be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation<R> {
    /// It is no longer taken.
    Revoked(R),
    /// It was revoked before.
    AlreadyRevoked(R),
    /// There is none of this identifier.
    Unknown,
}

/// Which functions are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionFilter {
    /// Those of this project; of all without.
    pub project: Option<String>,
    /// Those whose name begins so; empty for all.
    pub prefix: String,
}

/// A function in a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSummary {
    /// What it is known by in the store.
    pub id: FunctionId,
    /// What it is known by.
    pub key: FunctionKey,
    /// How many versions there are, the working copy included.
    pub versions: u64,
    /// The offset after its last version, deleted ones included: what the next version gets.
    pub next_position: u64,
}

/// Everything there is to know of a function, but its code and its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDetail {
    /// What a list of functions shows.
    pub summary: FunctionSummary,
    /// The working copy's metadata, JSON text as the list of versions shows it.
    pub metadata: String,
    /// The working copy's code, where it was imported.
    pub code: Option<CodeSummary>,
}

/// Code without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSummary {
    /// Its digests.
    pub digests: CodeDigests,
    /// Its size in bytes.
    pub size: u64,
}
