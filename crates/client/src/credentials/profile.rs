//! Access keys in a profile file.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::environment::CREDENTIALS_FILE;
use super::{
    AccessKeys, Context, Credential, CredentialError, CredentialSource, Environment, Finding,
};

/// The section for services that belong to a project, as this one does.
const SECTION: &str = "basic";

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Keys of a section; a temporary pair has a `security_token`. Others are left to whoever knows
/// them.
const KNOWN: [&str; 7] = [
    "ak",
    "sk",
    "project_id",
    "domain_id",
    "security_token",
    "iam_endpoint",
    "idp_id",
];

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
/// The file is read with every call, so that a change of it counts.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    path: Option<PathBuf>,
    environment: Environment,
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
            environment: Environment::new(),
        }
    }

    /// The default file, with the variable that may name another one read from `environment`.
    pub(super) fn named_by(environment: Environment) -> Self {
        Self {
            path: None,
            environment,
        }
    }

    fn path(&self) -> Result<(PathBuf, NamedBy), CredentialError> {
        if let Some(path) = &self.path {
            return Ok((path.clone(), NamedBy::Program));
        }
        if let Some(path) = self.environment.read(CREDENTIALS_FILE) {
            return Ok((path.into(), NamedBy::Variable));
        }
        std::env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .map(|home| home.join(".huaweicloud").join("credentials"))
            .map(|path| (path, NamedBy::Nobody))
            .ok_or_else(|| {
                CredentialError::absent("the profile file", "there is no home directory")
            })
    }

    fn find(&self) -> Result<AccessKeys, CredentialError> {
        let (path, named_by) = self.path()?;
        let text = read(&path, named_by)?;
        let section = section(&path, &text)?;
        let get = |name: &str| section.get(name).copied();
        let origin = || format!("{}, section [{SECTION}]", path.display());
        let (Some(access), Some(secret)) = (get("ak"), get("sk")) else {
            let missing = if get("ak").is_none() { "ak" } else { "sk" };
            return Err(CredentialError::malformed(
                origin(),
                format!("`{missing}` is missing"),
            ));
        };
        let mut keys = AccessKeys::new(access, secret);
        if let Some(token) = get("security_token") {
            keys = keys.security_token(token);
        }
        if let Some(project_id) = get("project_id") {
            keys = keys.project_id(project_id);
        }
        keys.iam_endpoint = get("iam_endpoint").map(ToOwned::to_owned);
        keys.signer()
            .map_err(|error| CredentialError::malformed(origin(), error.to_string()))?;
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
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > LARGEST {
        let reason = format!("the file is larger than {LARGEST} bytes");
        return Err(CredentialError::malformed(origin(), reason));
    }
    Ok(text)
}

/// The pairs of the section that counts.
fn section<'a>(path: &Path, text: &'a str) -> Result<BTreeMap<&'a str, &'a str>, CredentialError> {
    let wrong = |line: usize, reason: String| {
        Err(CredentialError::malformed(
            format!("{}, line {line}", path.display()),
            reason,
        ))
    };
    let mut pairs = BTreeMap::new();
    let mut current = None;
    let mut found = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let Some(name) = rest.strip_suffix(']') else {
                return wrong(number, "a section's name ends in `]`".to_owned());
            };
            found |= name.trim() == SECTION;
            current = Some(name.trim());
            continue;
        }
        // Lines are never repeated in a message: they hold secrets.
        let Some((key, value)) = line.split_once('=') else {
            return wrong(
                number,
                "a line is `[section]`, `key = value` or a comment".to_owned(),
            );
        };
        let key = key.trim();
        match current {
            None => return wrong(number, "a pair stands in front of any section".to_owned()),
            Some(SECTION) if !KNOWN.contains(&key) => {
                tracing::warn!(
                    "{}, line {number}: the key is not known, and left out",
                    path.display()
                );
            }
            Some(SECTION) => {
                let value = value.trim();
                if !value.is_empty() && pairs.insert(key, value).is_some() {
                    return wrong(number, format!("`{key}` stands there twice"));
                }
            }
            Some(_) => {}
        }
    }
    if found {
        Ok(pairs)
    } else {
        Err(CredentialError::absent(
            path.display().to_string(),
            format!("it has no section [{SECTION}]"),
        ))
    }
}

impl CredentialSource for Profile {
    fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
        Box::pin(async move { self.find().map(Credential::Keys) })
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
