//! Settings of authentication.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{CredentialId, Role, SecretKey, TokenHash};

/// Settings of authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Signatures by access key.
    pub signatures: SignatureSettings,
    /// Tokens beside those in the store.
    pub tokens: Vec<TokenSettings>,
    /// The IAM that tokens are validated at; without one, only the store's and the configuration's
    /// tokens are taken.
    pub iam: Option<IamSettings>,
}

/// Settings of signatures by access key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureSettings {
    /// Whether they are taken at all.
    pub enabled: bool,
    /// How far the time of signing may be from the service's, before or after.
    pub clock_difference: Duration,
    /// Whether a publication is refused whose signature was seen before. A client that publishes
    /// the same twice within a second signs the same, since the time of signing has no fractions.
    pub refuse_replays: bool,
    /// Keys beside those in the store.
    pub keys: Vec<KeySettings>,
}

impl Default for SignatureSettings {
    /// Taken, within 15 minutes of the service's time (the vendor's rule), replays not looked for.
    fn default() -> Self {
        Self {
            enabled: true,
            clock_difference: Duration::from_secs(15 * 60),
            refuse_replays: false,
            keys: Vec::new(),
        }
    }
}

/// A key pair of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySettings {
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: SecretKey,
    /// The token that belongs to a temporary key; its holders send and sign it.
    pub security_token: Option<Secret>,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
}

/// A token of the configuration, without what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// What logs, the audit and rate limits know it by.
    pub name: CredentialId,
    /// Its digest.
    pub hash: TokenHash,
    /// The project whose functions it gives access to.
    pub project: String,
    /// What may be done with them.
    pub role: Role,
    /// From when on it is no longer taken; never without.
    pub expires: Option<Timestamp>,
}

/// How to reach and use an IAM that speaks Keystone's v3 API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IamSettings {
    /// Its URL, such as `https://iam.example.com:5000`, with or without `/v3`.
    pub url: String,
    /// A file with the certificates of the authorities that its certificate is checked against,
    /// PEM; the operating system's without.
    pub ca_file: Option<PathBuf>,
    /// The account that the service itself uses. It has to be allowed to validate the tokens of
    /// others, and with [`IamSettings::ec2_keys`] to read their credentials and role assignments.
    pub user: String,
    /// The domain that the account is in, by name.
    pub user_domain: String,
    /// Its password.
    pub password: Secret,
    /// The project that the account works in, by name.
    pub project: String,
    /// The domain that the project is in, by name.
    pub project_domain: String,
    /// How long one request to it may take.
    pub timeout: Duration,
    /// The roles whose holders may list and publish.
    pub publisher_roles: Vec<String>,
    /// The roles whose holders may list.
    pub reader_roles: Vec<String>,
    /// For how long a valid token is taken without asking again, at most until it expires. A token
    /// that is revoked may be taken for as long.
    pub valid_for: Duration,
    /// For how long a token that is not valid is refused without asking again.
    pub invalid_for: Duration,
    /// For how long a valid token is taken after it was last validated while the IAM does not
    /// answer, never longer than until it expires. Zero: not at all.
    pub stale_for: Duration,
    /// How many tokens are remembered.
    pub remembered: u64,
    /// Whether access keys are looked up among its `ec2` credentials, too.
    pub ec2_keys: bool,
}

impl IamSettings {
    /// Settings for an IAM and an account of it; all else is the default.
    ///
    /// Roles: `admin`, `manager`, `member` and the vendor's `te_admin` publish, `reader` and the
    /// vendor's `readonly` list. Valid tokens are taken for 5 minutes, others refused for 10
    /// seconds; 10 thousand are remembered.
    pub fn new(
        url: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
        project: impl Into<String>,
    ) -> Self {
        let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            url: url.into(),
            ca_file: None,
            user: user.into(),
            user_domain: "Default".to_owned(),
            password: Secret::new(password),
            project: project.into(),
            project_domain: "Default".to_owned(),
            timeout: Duration::from_secs(5),
            publisher_roles: roles(&["admin", "manager", "member", "te_admin"]),
            reader_roles: roles(&["reader", "readonly"]),
            valid_for: Duration::from_secs(5 * 60),
            invalid_for: Duration::from_secs(10),
            stale_for: Duration::ZERO,
            remembered: 10_000,
            ec2_keys: false,
        }
    }
}

/// A text that is kept secret: it shows in no debug output, and its memory is overwritten when it
/// goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text in the clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}
