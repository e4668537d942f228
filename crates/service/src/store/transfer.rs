//! All of a store's content as a stream, from one store to another.

use tokio::sync::mpsc;

use super::{Administration, KeyRecord, StoreError, TokenRecord};
use crate::auth::{SecretKey, TokenHash};
use crate::domain::{AuditRecord, CodeDigests, Fingerprint, FunctionKey, Origin};

/// How many pieces are under way between two stores.
const UNDER_WAY: usize = 64;

/// A piece of a store's content. They come in an order in which another store can take them: code
/// first; each function followed by its versions, published and deleted, in the order of their
/// positions; credentials, signatures, the audit; and [`Piece::End`], without which the content is
/// not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Code, once however many versions have it.
    Code(CodePiece),
    /// A function with its working copy.
    Function(Box<FunctionPiece>),
    /// A published version of the function before it.
    Version(VersionPiece),
    /// A deleted version of the function before it.
    Deleted {
        /// Its position, which stays empty.
        position: u64,
        /// Its name, which stays used.
        name: String,
    },
    /// A token.
    Token {
        /// What is stored of it.
        hash: TokenHash,
        /// What is known of it.
        record: TokenRecord,
    },
    /// An access key.
    Key {
        /// The secret, unless the key was revoked.
        secret: Option<SecretKey>,
        /// What is known of it.
        record: KeyRecord,
    },
    /// A signature that was seen.
    Signature {
        /// Its digest.
        hash: [u8; 32],
        /// Until when it matters, in microseconds since 1970.
        until: i64,
    },
    /// A record of the audit.
    Audit(AuditRecord),
    /// The end.
    End,
}

/// Code with its digests as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePiece {
    /// The digests.
    pub digests: CodeDigests,
    /// The code.
    pub bytes: Vec<u8>,
}

/// A function with its working copy, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionPiece {
    /// What it is known by.
    pub key: FunctionKey,
    /// How many versions there are, the working copy included.
    pub versions: u64,
    /// The offset that the next version gets.
    pub next_position: u64,
    /// The second of the name that was made last.
    pub last_generated: Option<i64>,
    /// Fingerprint of what was published last.
    pub published: Option<Fingerprint>,
    /// Fingerprint of the working copy.
    pub fingerprint: Fingerprint,
    /// SHA-512 of the working copy's code.
    pub code: Option<[u8; 64]>,
    /// The working copy's metadata, JSON text.
    pub metadata: String,
}

/// A published version, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPiece {
    /// Its position.
    pub position: u64,
    /// Its name.
    pub name: String,
    /// SHA-512 of its code.
    pub code: Option<[u8; 64]>,
    /// The version as JSON text.
    pub metadata: String,
}

/// How much of what was transferred or looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Functions.
    pub functions: u64,
    /// Published versions.
    pub versions: u64,
    /// Deleted versions.
    pub deleted: u64,
    /// Pieces of code.
    pub codes: u64,
    /// Tokens.
    pub tokens: u64,
    /// Access keys.
    pub keys: u64,
    /// Signatures that were seen.
    pub signatures: u64,
    /// Records of the audit.
    pub records: u64,
}

impl Contents {
    /// Counts a piece.
    pub(crate) fn count(&mut self, piece: &Piece) {
        let counter = match piece {
            Piece::Code(_) => &mut self.codes,
            Piece::Function(_) => &mut self.functions,
            Piece::Version(_) => &mut self.versions,
            Piece::Deleted { .. } => &mut self.deleted,
            Piece::Token { .. } => &mut self.tokens,
            Piece::Key { .. } => &mut self.keys,
            Piece::Signature { .. } => &mut self.signatures,
            Piece::Audit(_) => &mut self.records,
            Piece::End => return,
        };
        *counter += 1;
    }
}

/// Copies everything from one store to another, which has to be empty. The source stays as it is,
/// and may be written to meanwhile: what is copied is what it held at one moment.
///
/// # Errors
/// [`StoreError::NotEmpty`] for a destination with anything in it, a source that does not fit
/// together, and whatever either store reports; the destination is empty then.
pub(crate) async fn transfer(
    from: &impl Administration,
    to: &impl Administration,
    origin: Option<Origin>,
) -> Result<Contents, StoreError> {
    let (sink, source) = mpsc::channel(UNDER_WAY);
    let (exported, filled) = tokio::join!(from.export(sink), to.fill(source, origin));
    match (exported, filled) {
        // The source's own error tells more than that its content ended early, and the other way
        // around where the destination stopped taking it.
        (Err(error), Err(StoreError::Incomplete { .. })) => Err(error),
        (_, Err(error)) => Err(error),
        (Err(error), Ok(_)) => Err(error),
        (Ok(()), Ok(contents)) => Ok(contents),
    }
}
