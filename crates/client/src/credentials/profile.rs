//! Access keys in a profile file.

mod ini;

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use super::environment::CREDENTIALS_FILE;
use super::{
    AccessKeys, Context, Credential, CredentialError, CredentialSource, Environment, Finding,
};
use crate::secret::Secret;
use ini::{Section, section};

/// The largest file that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// Access keys in the section `[basic]` of an INI file: `~/.huaweicloud/credentials`, or the file
/// that `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names.
///
/// ```ini
/// [basic]
/// ak = …
/// sk = …
/// ; optional, like security_token and iam_endpoint
/// project_id = …
/// ```
///
/// A comment has a line of its own: what stands behind a value belongs to it.
///
/// Where the file has no `[basic]`, its section `[global]` counts, which the vendor's SDKs read for
/// services of a whole account. The keys are of the same kind; as such a section names no project,
/// the project is the one that the client or the function's URN names, else it is looked up.
///
/// The file is read with every call, so that a change of it counts. Keys that nobody knows are left
/// out, which is logged once.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    path: Option<PathBuf>,
    environment: Environment,
    /// Whether it has been said that keys are left out; clones say it once together.
    has_told: Arc<AtomicBool>,
}

impl Profile {
    /// The file where the vendor's SDKs look for it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Some(path.into()),
            ..Self::default()
        }
    }

    /// The default file, with the variable that may name another one read from `environment`.
    pub(super) fn named_by(environment: Environment) -> Self {
        Self {
            environment,
            ..Self::default()
        }
    }

    /// Where the file is, or would be.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Absent`] where nobody names a file and there is no home directory.
    pub fn path(&self) -> Result<PathBuf, CredentialError> {
        self.place().map(|(path, _)| path)
    }

    fn place(&self) -> Result<(PathBuf, NamedBy), CredentialError> {
        if let Some(path) = &self.path {
            return Ok((path.clone(), NamedBy::Program));
        }
        if let Some(path) = self.environment.read(CREDENTIALS_FILE) {
            return Ok((path.reveal().into(), NamedBy::Variable));
        }
        std::env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .map(|home| home.join(".huaweicloud").join("credentials"))
            .map(|path| (path, NamedBy::Nobody))
            .ok_or_else(|| {
                CredentialError::absent("the profile file", "there is no home directory")
            })
    }

    /// The keys that the file holds now. Nothing but the file is asked.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Absent`] where there is no file, or it has neither section;
    /// [`CredentialError::Malformed`], with the line, where it cannot be read or understood.
    pub fn keys(&self) -> Result<AccessKeys, CredentialError> {
        let (path, named_by) = self.place()?;
        let text = read(&path, named_by)?;
        let Section {
            name,
            pairs,
            unknown,
        } = section(&path, &text)?;
        if !unknown.is_empty() && !self.has_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                lines = ?unknown,
                "{}: keys that are not known are left out",
                path.display()
            );
        }
        let get = |name: &str| pairs.get(name).copied();
        let plain = |name: &str| get(name).map(ToOwned::to_owned);
        let origin = format!("{}, section [{name}]", path.display());
        let (Some(access), Some(secret)) = (get("ak"), get("sk")) else {
            let missing = if get("ak").is_none() { "ak" } else { "sk" };
            return Err(CredentialError::malformed(
                origin,
                format!("`{missing}` is missing"),
            ));
        };
        let mut keys = AccessKeys::new(access, secret);
        keys.security_token = get("security_token").map(Secret::new);
        keys.project_id = plain("project_id");
        keys.iam_endpoint = plain("iam_endpoint");
        keys.check_as(&origin)?;
        Ok(keys)
    }
}

/// Who says where the file is.
#[derive(Clone, Copy)]
enum NamedBy {
    Program,
    Variable,
    /// It is where it usually is.
    Nobody,
}

fn read(path: &Path, named_by: NamedBy) -> Result<Zeroizing<String>, CredentialError> {
    let origin = || path.display().to_string();
    let failed = |error: std::io::Error| match (error.kind(), named_by) {
        // Whoever sets the variable means the file.
        (ErrorKind::NotFound, NamedBy::Variable) => CredentialError::malformed(
            origin(),
            format!("there is no such file, and {CREDENTIALS_FILE} names it"),
        ),
        (ErrorKind::NotFound, _) => CredentialError::absent(origin(), "there is no such file"),
        // Services run with homes that are none, or not theirs.
        (ErrorKind::NotADirectory | ErrorKind::PermissionDenied, NamedBy::Nobody) => {
            CredentialError::absent(origin(), error.to_string())
        }
        _ => CredentialError::malformed(origin(), error.to_string()),
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    // As large as it can become: a text that grows leaves copies of its secrets behind.
    let mut text = Zeroizing::new(String::with_capacity(LARGEST + 1));
    file.take(LARGEST as u64 + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() > LARGEST {
        let reason = format!("the file is larger than {LARGEST} bytes");
        return Err(CredentialError::malformed(origin(), reason));
    }
    Ok(text)
}

impl CredentialSource for Profile {
    fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
        Box::pin(async move { self.keys().map(Credential::Keys) })
    }

    fn check(&self, _: &Context) -> Result<(), CredentialError> {
        self.keys().map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_home_that_is_none_has_no_profile() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().join(".huaweicloud");
        assert!(matches!(
            read(&path, NamedBy::Nobody),
            Err(CredentialError::Absent { .. })
        ));
        for named_by in [NamedBy::Program, NamedBy::Variable] {
            assert!(matches!(
                read(&path, named_by),
                Err(CredentialError::Malformed { .. })
            ));
        }
    }
}
