//! Functions: their identity and their working copy.

use std::fmt;

use functiongraph_types::FunctionIdentity;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::digest::CodeDigests;

/// What a function is known by. The region of its URN is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionKey {
    /// The project, which is the tenant.
    pub project: String,
    /// The package.
    pub package: String,
    /// The function's name.
    pub name: String,
}

impl fmt::Display for FunctionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.project, self.package, self.name)
    }
}

impl From<FunctionIdentity> for FunctionKey {
    fn from(identity: FunctionIdentity) -> Self {
        Self {
            project: identity.project_id,
            package: identity.package,
            name: identity.name,
        }
    }
}

/// A function's code with its digests.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// The code, as it was in `func_code.file`.
    pub bytes: Vec<u8>,
    /// Its digests.
    pub digests: CodeDigests,
}

impl StoredCode {
    /// Code, digested.
    pub fn new(bytes: Vec<u8>) -> Self {
        let digests = CodeDigests::of(&bytes);
        Self { bytes, digests }
    }

    /// A working copy's metadata once it has this code, changed at `now`: its `digest`, `code_size`
    /// and `last_modified` follow, everything else stays.
    ///
    /// # Errors
    /// Metadata that are no JSON object.
    pub fn described_in(
        &self,
        metadata: &str,
        now: Timestamp,
    ) -> Result<String, serde_json::Error> {
        let mut fields: Map<String, Value> = serde_json::from_str(metadata)?;
        fields.insert("digest".into(), self.digests.sha512_hex().into());
        fields.insert("code_size".into(), self.bytes.len().into());
        fields.insert("last_modified".into(), last_modified(now).into());
        Ok(Value::Object(fields).to_string())
    }
}

/// A time as `last_modified` shows it.
pub(super) fn last_modified(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl fmt::Debug for StoredCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoredCode")
            .field("bytes", &self.bytes.len())
            .field("sha512", &self.digests.sha512_hex())
            .finish()
    }
}

/// What tells whether a function changed: a digest of all that a publication snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of metadata and code.
    pub fn of(metadata: &str, code: Option<&CodeDigests>) -> Self {
        let mut hash = Sha256::new();
        // The digest first: it has a fixed length, so that no two pairs make the same input.
        match code {
            Some(code) => {
                hash.update([1]);
                hash.update(code.sha512);
            }
            None => hash.update([0]),
        }
        hash.update(metadata.as_bytes());
        Self(hash.finalize().into())
    }
}

/// A function's working copy, `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingCopy {
    /// What it is known by.
    pub key: FunctionKey,
    /// Its metadata as JSON text, as the list shows it: everything that was imported, without code.
    pub metadata: String,
    /// Its code, where it was imported.
    pub code: Option<StoredCode>,
}

impl WorkingCopy {
    /// A working copy of imported fields. They are kept as they are, but for `func_code`: code never
    /// shows in a response, so that its value becomes `{}`.
    pub fn new(key: FunctionKey, mut fields: Map<String, Value>, code: Option<StoredCode>) -> Self {
        if let Some(shown) = fields.get_mut("func_code") {
            *shown = Value::Object(Map::new());
        }
        Self {
            key,
            metadata: Value::Object(fields).to_string(),
            code,
        }
    }

    /// Its fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.metadata, self.code.as_ref().map(|code| &code.digests))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn copy(fields: Value, code: Option<&[u8]>) -> WorkingCopy {
        WorkingCopy::new(
            FunctionKey {
                project: "p".into(),
                package: "default".into(),
                name: "f".into(),
            },
            fields.as_object().unwrap().clone(),
            code.map(|code| StoredCode::new(code.to_vec())),
        )
    }

    #[test]
    fn code_never_shows_and_all_else_stays_in_its_place() {
        let copy = copy(
            json!({"z": 1, "func_code": {"file": "c2VjcmV0"}, "a": null}),
            Some(b"secret"),
        );
        assert_eq!(copy.metadata, r#"{"z":1,"func_code":{},"a":null}"#);
        assert!(!format!("{copy:?}").contains("115, 101"), "code in a log");
    }

    #[test]
    fn metadata_follow_new_code() {
        let code = StoredCode::new(b"new".to_vec());
        let now = "2026-11-21T12:00:07.25Z".parse().unwrap();
        let metadata = code
            .described_in(r#"{"z":1,"code_size":3,"digest":"old","a":null}"#, now)
            .unwrap();
        let expected = format!(
            r#"{{"z":1,"code_size":3,"digest":"{}","a":null,"last_modified":"2026-11-21T12:00:07Z"}}"#,
            code.digests.sha512_hex()
        );
        assert_eq!(metadata, expected);
        assert!(code.described_in("[]", now).is_err());
    }

    #[test]
    fn a_copy_without_code_field_gets_none() {
        assert_eq!(copy(json!({"a": 1}), None).metadata, r#"{"a":1}"#);
    }

    #[test]
    fn the_fingerprint_tells_metadata_and_code_apart() {
        let prints: Vec<_> = [
            copy(json!({"a": 1}), None),
            copy(json!({"a": 2}), None),
            copy(json!({"a": 1}), Some(b"")),
            copy(json!({"a": 1}), Some(b"x")),
        ]
        .iter()
        .map(WorkingCopy::fingerprint)
        .collect();
        for (place, print) in prints.iter().enumerate() {
            assert!(!prints[..place].contains(print), "{place}");
        }
        assert_eq!(prints[0], copy(json!({"a": 1}), None).fingerprint());
    }
}
