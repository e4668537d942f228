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
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
const PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
const IAM_ENDPOINT: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
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

    pub(super) fn read(&self, name: &str) -> Option<String> {
        let value = match &self.variables {
            Some(variables) => variables.get(name).map(|value| value.reveal().to_owned()),
            None => std::env::var(name).ok(),
        };
        value
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    /// The keys, in whichever pair of variables they are.
    fn keys(&self) -> Result<AccessKeys, CredentialError> {
        let half = |present: &str, missing: &str| {
            CredentialError::malformed(
                "the environment",
                format!("{present} is set, {missing} is not"),
            )
        };
        for (ak, sk) in [(AK, SK), (SAMPLE_AK, SAMPLE_SK)] {
            match (self.read(ak), self.read(sk)) {
                (Some(access), Some(secret)) => return Ok(AccessKeys::new(access, secret)),
                (Some(_), None) => return Err(half(ak, sk)),
                (None, Some(_)) => return Err(half(sk, ak)),
                (None, None) => {}
            }
        }
        Err(CredentialError::absent(
            "the environment",
            format!("{AK} and {SK} are not set"),
        ))
    }

    fn find(&self) -> Result<AccessKeys, CredentialError> {
        let mut keys = self.keys()?;
        if let Some(token) = self.read(SECURITY_TOKEN) {
            keys = keys.security_token(token);
        }
        if let Some(project_id) = self.read(PROJECT_ID) {
            keys = keys.project_id(project_id);
        }
        keys.iam_endpoint = self.read(IAM_ENDPOINT);
        keys.signer()?;
        Ok(keys)
    }
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
        Box::pin(async move { self.find().map(Credential::Keys) })
    }
}
