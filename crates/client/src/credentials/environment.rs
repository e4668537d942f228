//! Access keys in environment variables, by the names that the vendor's SDKs read.

use std::collections::BTreeMap;
use std::fmt;

use super::{AccessKeys, Context, Credential, CredentialError, CredentialSource, Finding};
use crate::secret::Secret;

/// Access key.
const AK: &str = "HUAWEICLOUD_SDK_AK";
/// Secret key.
const SK: &str = "HUAWEICLOUD_SDK_SK";
/// What the reference page's samples call the access key.
const SAMPLE_AK: &str = "CLOUD_SDK_AK";
/// What the reference page's samples call the secret key.
const SAMPLE_SK: &str = "CLOUD_SDK_SK";
/// The names of a pair, in the order in which they are looked for.
const PAIRS: [(&str, &str); 2] = [(AK, SK), (SAMPLE_AK, SAMPLE_SK)];
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
const PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
const IAM_ENDPOINT: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
/// How the source is called in messages.
const ORIGIN: &str = "the environment";
/// Where the profile file is.
pub(super) const CREDENTIALS_FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// Access keys in the environment variables `HUAWEICLOUD_SDK_AK` and `HUAWEICLOUD_SDK_SK`, with
/// `HUAWEICLOUD_SDK_SECURITY_TOKEN`, `HUAWEICLOUD_SDK_PROJECT_ID` and
/// `HUAWEICLOUD_SDK_IAM_ENDPOINT` where they are set. Where the pair is not, `CLOUD_SDK_AK` and
/// `CLOUD_SDK_SK` are read. An empty variable counts as unset.
///
/// The variables are read with every call, so that a program may change them.
#[derive(Clone)]
pub struct Environment {
    variables: Option<BTreeMap<String, Secret>>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn new() -> Self {
        Self { variables: None }
    }

    /// Variables that are given, in place of the process's.
    pub fn from_variables<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), Secret::new(value)));
        Self {
            variables: Some(variables.collect()),
        }
    }

    pub(super) fn read(&self, name: &str) -> Option<Secret> {
        let value = match &self.variables {
            Some(variables) => variables.get(name).cloned(),
            None => std::env::var(name).ok().map(Secret::new),
        };
        value.and_then(trimmed)
    }

    /// A variable that holds no secret.
    fn read_plain(&self, name: &str) -> Option<String> {
        self.read(name).map(|value| value.reveal().to_owned())
    }

    /// The names of the two variables that access key and secret key are read from:
    /// `CLOUD_SDK_AK` and `CLOUD_SDK_SK` where none but those are set, else the vendor's SDKs' own.
    #[must_use]
    pub fn key_names(&self) -> (&'static str, &'static str) {
        let is_set = |(ak, sk): &(&str, &str)| self.read(ak).is_some() || self.read(sk).is_some();
        PAIRS.into_iter().find(is_set).unwrap_or((AK, SK))
    }

    /// The keys that the variables hold now. Nothing but the variables is asked.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Absent`] where they are not set, [`CredentialError::Malformed`] where one
    /// of a pair is missing or holds what no request can be signed with.
    pub fn keys(&self) -> Result<AccessKeys, CredentialError> {
        let mut keys = self.pair()?;
        keys.security_token = self.read(SECURITY_TOKEN);
        keys.project_id = self.read_plain(PROJECT_ID);
        keys.iam_endpoint = self.read_plain(IAM_ENDPOINT);
        keys.check_as(ORIGIN)?;
        Ok(keys)
    }

    /// The pair alone.
    fn pair(&self) -> Result<AccessKeys, CredentialError> {
        let half = |present: &str, missing: &str| {
            CredentialError::malformed(ORIGIN, format!("{present} is set, {missing} is not"))
        };
        let (ak, sk) = self.key_names();
        match (self.read_plain(ak), self.read(sk)) {
            (Some(access), Some(secret)) => Ok(AccessKeys::of(access, secret)),
            (Some(_), None) => Err(half(ak, sk)),
            (None, Some(_)) => Err(half(sk, ak)),
            (None, None) => Err(CredentialError::absent(
                ORIGIN,
                format!("{AK} and {SK} are not set"),
            )),
        }
    }
}

/// A value without white space around it; nothing where that is all there is.
fn trimmed(value: Secret) -> Option<Secret> {
    let text = value.reveal().trim();
    if text.is_empty() {
        return None;
    }
    Some(if text.len() == value.reveal().len() {
        value
    } else {
        Secret::new(text)
    })
}

impl Default for Environment {
    fn default() -> Self {
        Self::new()
    }
}

/// Says whose variables they are, never their values.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.variables {
            Some(_) => "given",
            None => "process",
        };
        formatter
            .debug_struct("Environment")
            .field("variables", &whose)
            .finish()
    }
}

impl CredentialSource for Environment {
    fn credential<'a>(&'a self, _: &'a Context) -> Finding<'a> {
        Box::pin(async move { self.keys().map(Credential::Keys) })
    }

    fn check(&self, _: &Context) -> Result<(), CredentialError> {
        self.keys().map(drop)
    }
}
