//! A document's digest.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::{Document, canonical};

/// SHA-256 over the compact text of the document's [canonical](crate::canonical()) form, example
/// files included, as 64 hexadecimal digits. Comments, the order of keys and everything else that
/// the canonical form leaves out make no difference to it.
#[must_use]
pub fn digest(document: &Document) -> String {
    let text = canonical(document.value()).to_string();
    let mut digest = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}
