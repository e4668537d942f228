//! Importing: what becomes of a function that is there already.

use super::digest::{CodeDigests, DigestClaim};
use super::function::WorkingCopy;

/// What an import does with one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportAction {
    /// It was not there.
    Create,
    /// It is there already, the same.
    Keep,
    /// It is there and differs.
    Replace {
        /// Whether the code that is there stays: the new copy brings none, and its `digest` is that
        /// of the code.
        keep_code: bool,
    },
}

impl ImportAction {
    /// What to do with `copy`, where `stored` are the metadata and the code's digests of the
    /// function that is there.
    ///
    /// A copy without code says nothing about code: what is stored stays, as long as the copy's
    /// `digest` still fits it, and is dropped where it does not, since it would be another code
    /// than the metadata describes.
    pub fn decide(copy: &WorkingCopy, stored: Option<(&str, Option<&CodeDigests>)>) -> Self {
        let Some((metadata, code)) = stored else {
            return Self::Create;
        };
        let same_metadata = metadata == copy.metadata;
        match (&copy.code, code) {
            (Some(new), Some(old)) if same_metadata && new.digests == *old => Self::Keep,
            (None, _) if same_metadata => Self::Keep,
            (None, Some(old)) => Self::Replace {
                keep_code: copy
                    .claimed_digest()
                    .is_some_and(|claim| claim.matches(old)),
            },
            _ => Self::Replace { keep_code: false },
        }
    }
}

impl WorkingCopy {
    /// The digest in the metadata, where it is one.
    fn claimed_digest(&self) -> Option<DigestClaim> {
        let fields: serde_json::Value = serde_json::from_str(&self.metadata).ok()?;
        DigestClaim::parse(fields.get("digest")?.as_str()?).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::domain::{FunctionKey, StoredCode};

    fn copy(timeout: u32, digest_of: &[u8], code: Option<&[u8]>) -> WorkingCopy {
        WorkingCopy::new(
            FunctionKey {
                project: "p".into(),
                package: "default".into(),
                name: "f".into(),
            },
            json!({"timeout": timeout, "digest": CodeDigests::of(digest_of).sha512_hex()})
                .as_object()
                .unwrap()
                .clone(),
            code.map(|code| StoredCode::new(code.to_vec())),
        )
    }

    fn decide(new: &WorkingCopy, old: &WorkingCopy) -> ImportAction {
        let code = old.code.as_ref().map(|code| code.digests);
        ImportAction::decide(new, Some((&old.metadata, code.as_ref())))
    }

    #[test]
    fn a_new_function_is_created() {
        let new = copy(3, b"a", None);
        assert_eq!(ImportAction::decide(&new, None), ImportAction::Create);
    }

    #[test]
    fn the_same_is_kept() {
        for code in [None, Some(b"a".as_slice())] {
            let same = copy(3, b"a", code);
            assert_eq!(decide(&same, &same.clone()), ImportAction::Keep);
        }
    }

    #[test]
    fn a_copy_without_code_leaves_the_code_that_fits() {
        let stored = copy(3, b"a", Some(b"a"));
        assert_eq!(decide(&copy(3, b"a", None), &stored), ImportAction::Keep);
        assert_eq!(
            decide(&copy(4, b"a", None), &stored),
            ImportAction::Replace { keep_code: true }
        );
        assert_eq!(
            decide(&copy(3, b"b", None), &stored),
            ImportAction::Replace { keep_code: false }
        );
    }

    #[test]
    fn other_code_or_code_for_the_first_time_is_a_difference() {
        let stored = copy(3, b"a", Some(b"a"));
        let bare = copy(3, b"a", None);
        let replace = ImportAction::Replace { keep_code: false };
        assert_eq!(decide(&copy(3, b"a", Some(b"b")), &stored), replace);
        assert_eq!(decide(&stored, &bare), replace);
        assert_eq!(decide(&copy(4, b"a", None), &bare), replace);
    }
}
