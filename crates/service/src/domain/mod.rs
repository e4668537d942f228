//! The rules of publishing and listing, apart from storage and HTTP.
//!
//! Nothing here does I/O, reads a clock or draws a random number: those come in as values, so that
//! every rule can be tested by itself and every store applies the same ones.

mod audit;
mod clock;
mod digest;
mod error;
mod function;
mod import;
mod name;
mod page;
mod publish;
mod random;

pub use audit::{
    Action, Actor, ActorKind, AuditRecord, Deed, Origin, UnknownAction, UnknownActorKind,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use digest::{CodeDigests, DigestClaim, InvalidDigest};
pub use error::{Code, Refusal};
pub use function::{Fingerprint, FunctionKey, StoredCode, WorkingCopy};
pub use import::ImportAction;
pub use jiff::Timestamp;
pub use name::{GeneratedName, InvalidVersionName, LATEST, VersionName};
pub use page::{MAX_PAGE, Page, PageRange, PageWriter};
pub use publish::{Draft, FunctionState, NewVersion, Publication, Rules};
pub use random::{Random, SeededRandom, SystemRandom};
