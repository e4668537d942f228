//! Settings of authentication.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::resolve::{Form, Resolver, Setting, Table};
use super::settings::setting;
use super::value::{Choice, Names, Number, Parsed, Switch, Text, Time};
use crate::auth::{
    CredentialId, IamSettings, KeySettings, Role, Secret, SecretKey, Settings, SignatureSettings,
    TokenHash, TokenSettings,
};

const SIGNATURES: Setting = Setting {
    form: Form::Switch,
    ..setting(
        "auth.signatures",
        "signatures",
        "BOOL",
        "Take requests that are signed by an access key",
    )
};
const CLOCK_DIFFERENCE: Setting = setting(
    "auth.clock_difference",
    "clock-difference",
    "TIME",
    "How far the time of signing may be from the service's",
);
const REFUSE_REPLAYS: Setting = Setting {
    form: Form::Switch,
    ..setting(
        "auth.refuse_replays",
        "refuse-replays",
        "BOOL",
        "Refuse to publish by a signature that was seen before",
    )
};
const IAM_URL: Setting = setting(
    "auth.iam.url",
    "iam-url",
    "URL",
    "Take tokens of an IAM that speaks Keystone's v3 API, such as https://iam.example.com:5000",
);
const IAM_CA: Setting = setting(
    "auth.iam.ca_file",
    "iam-ca-file",
    "FILE",
    "The authorities that the IAM's certificate is checked against, a PEM file; the operating system's unless given",
);
const IAM_USER: Setting = setting(
    "auth.iam.user",
    "iam-user",
    "NAME",
    "The account at the IAM that the service itself uses",
);
const IAM_USER_DOMAIN: Setting = setting(
    "auth.iam.user_domain",
    "iam-user-domain",
    "NAME",
    "The domain of that account",
);
const IAM_PASSWORD: Setting = Setting {
    form: Form::Secret,
    ..setting(
        "auth.iam.password",
        "iam-password",
        "PASSWORD",
        "The password of that account",
    )
};
const IAM_PASSWORD_FILE: Setting = setting(
    "auth.iam.password_file",
    "iam-password-file",
    "FILE",
    "A file with the password of that account and nothing else",
);
const IAM_PROJECT: Setting = setting(
    "auth.iam.project",
    "iam-project",
    "NAME",
    "The project that the account works in",
);
const IAM_PROJECT_DOMAIN: Setting = setting(
    "auth.iam.project_domain",
    "iam-project-domain",
    "NAME",
    "The domain of that project",
);
const IAM_TIMEOUT: Setting = setting(
    "auth.iam.timeout",
    "iam-timeout",
    "TIME",
    "How long one request to the IAM may take",
);
const IAM_PUBLISHERS: Setting = setting(
    "auth.iam.publisher_roles",
    "iam-publisher-roles",
    "NAME,NAME",
    "The roles at the IAM whose holders may list and publish",
);
const IAM_READERS: Setting = setting(
    "auth.iam.reader_roles",
    "iam-reader-roles",
    "NAME,NAME",
    "The roles at the IAM whose holders may list",
);
const IAM_VALID: Setting = setting(
    "auth.iam.valid_for",
    "iam-valid-for",
    "TIME",
    "How long a valid token of the IAM is taken without asking again",
);
const IAM_INVALID: Setting = setting(
    "auth.iam.invalid_for",
    "iam-invalid-for",
    "TIME",
    "How long a token that is not valid is refused without asking again",
);
const IAM_STALE: Setting = setting(
    "auth.iam.stale_for",
    "iam-stale-for",
    "TIME",
    "How long a token is taken after it was last valid while the IAM does not answer",
);
const IAM_REMEMBERED: Setting = setting(
    "auth.iam.remembered",
    "iam-remembered",
    "N",
    "How many tokens of the IAM are remembered",
);
const IAM_EC2: Setting = Setting {
    form: Form::Switch,
    ..setting(
        "auth.iam.ec2_keys",
        "iam-ec2-keys",
        "BOOL",
        "Look access keys up among the IAM's ec2 credentials too",
    )
};

/// Every setting of authentication that may be given outside of the file too.
pub(super) const ALL: &[Setting] = &[
    SIGNATURES,
    CLOCK_DIFFERENCE,
    REFUSE_REPLAYS,
    IAM_URL,
    IAM_CA,
    IAM_USER,
    IAM_USER_DOMAIN,
    IAM_PASSWORD,
    IAM_PASSWORD_FILE,
    IAM_PROJECT,
    IAM_PROJECT_DOMAIN,
    IAM_TIMEOUT,
    IAM_PUBLISHERS,
    IAM_READERS,
    IAM_VALID,
    IAM_INVALID,
    IAM_STALE,
    IAM_REMEMBERED,
    IAM_EC2,
];

/// The greatest size of a file with a secret: far more than a secret has.
const MAX_SECRET_FILE: u64 = 64 * 1024;

const ROLES: Choice<Role> = Choice(&[("publisher", Role::Publisher), ("reader", Role::Reader)]);

const PATH: Text = Text("the path of a file");

/// Takes every setting of authentication.
pub(super) fn take(from: &mut Resolver<'_>) -> Settings {
    let mut signatures = signatures(from);
    let iam = iam(from);
    signatures.keys = from.tables("keys", key);
    Settings {
        signatures,
        iam,
        tokens: from.tables("tokens", token),
    }
}

fn signatures(from: &mut Resolver<'_>) -> SignatureSettings {
    let mut settings = SignatureSettings::default();
    settings.enabled = from.value(&SIGNATURES, &Switch, settings.enabled);
    let day = Duration::from_secs(24 * 3600);
    settings.clock_difference = from.value(
        &CLOCK_DIFFERENCE,
        &Time(Duration::from_secs(1)..=day),
        settings.clock_difference,
    );
    settings.refuse_replays = from.value(&REFUSE_REPLAYS, &Switch, settings.refuse_replays);
    settings
}

fn iam(from: &mut Resolver<'_>) -> Option<IamSettings> {
    const NAME: Text = Text("a name");
    let url = from.optional(
        &IAM_URL,
        &Text("a URL, such as https://iam.example.com:5000"),
    );
    let ca_file = from.path(&IAM_CA, &PATH);
    let user = from.optional(&IAM_USER, &NAME);
    let mut iam = IamSettings::new("", "", "", "");
    iam.user_domain = from.value(&IAM_USER_DOMAIN, &NAME, iam.user_domain);
    let password = password(from);
    let project = from.optional(&IAM_PROJECT, &NAME);
    iam.project_domain = from.value(&IAM_PROJECT_DOMAIN, &NAME, iam.project_domain);
    let moment = Duration::from_millis(10);
    let day = Duration::from_secs(24 * 3600);
    iam.timeout = from.value(&IAM_TIMEOUT, &Time(moment..=day), iam.timeout);
    let roles = Names("names of roles");
    iam.publisher_roles = from.value(&IAM_PUBLISHERS, &roles, iam.publisher_roles);
    iam.reader_roles = from.value(&IAM_READERS, &roles, iam.reader_roles);
    iam.valid_for = from.value(&IAM_VALID, &Time(Duration::ZERO..=day), iam.valid_for);
    iam.invalid_for = from.value(&IAM_INVALID, &Time(Duration::ZERO..=day), iam.invalid_for);
    iam.stale_for = from.value(&IAM_STALE, &Time(Duration::ZERO..=day), iam.stale_for);
    iam.remembered = from.value(&IAM_REMEMBERED, &Number(1..=10_000_000), iam.remembered);
    iam.ec2_keys = from.value(&IAM_EC2, &Switch, iam.ec2_keys);
    iam.ca_file = ca_file;

    iam.url = url?;
    let named = from.named(&IAM_URL);
    let mut needed = |value: Option<String>, setting: &Setting| {
        value.unwrap_or_else(|| {
            from.problem(format!("{named}: {} has to be given too", setting.key));
            String::new()
        })
    };
    iam.user = needed(user, &IAM_USER);
    iam.project = needed(project, &IAM_PROJECT);
    iam.password = Secret::new(needed(password, &IAM_PASSWORD));
    Some(iam)
}

/// The password, from wherever it is given.
fn password(from: &mut Resolver<'_>) -> Option<String> {
    let given = from.optional(&IAM_PASSWORD, &Text("a password"));
    let file = from.path(&IAM_PASSWORD_FILE, &PATH);
    match (given, file) {
        (Some(_), Some(_)) => {
            let named = from.named(&IAM_PASSWORD_FILE);
            from.problem(format!(
                "{named}: {} is given too; leave one",
                IAM_PASSWORD.key
            ));
            None
        }
        (given, None) => given,
        (None, Some(file)) => match secret_in(&file) {
            Ok(password) => Some(password),
            Err(reason) => {
                let named = from.named(&IAM_PASSWORD_FILE);
                from.problem(format!("{named}: {reason}"));
                // Not missing, but known to be wrong.
                Some(String::new())
            }
        },
    }
}

/// A `[[keys]]`.
fn key(table: &mut Table<'_>) -> Option<KeySettings> {
    let access = table.required("access", &Text("an access key"));
    let project = table.required("project", &Text("the identifier of a project"));
    let role = table.optional("role", &ROLES).unwrap_or_default();
    let security_token = table.secret("security_token", &Text("a security token"));
    let given = table.secret("secret", &Text("a secret key"));
    let file = table.optional("secret_file", &PATH);
    let secret = match (given, file) {
        (Some(secret), None) => Some(secret),
        (None, Some(file)) => match secret_in(&table.resolve(&file)) {
            Ok(secret) => Some(secret),
            Err(reason) => {
                table.problem(format!("secret_file: {reason}"));
                None
            }
        },
        (Some(_), Some(_)) => {
            table.problem("secret and secret_file are both given; leave one");
            None
        }
        (None, None) => {
            table.problem("secret is missing, or secret_file");
            None
        }
    };
    Some(KeySettings {
        access: access?,
        secret: SecretKey::new(secret?),
        security_token: security_token.map(Secret::new),
        project: project?,
        role,
    })
}

/// A `[[tokens]]`.
fn token(table: &mut Table<'_>) -> Option<TokenSettings> {
    let name = table.required("name", &Text("what the log and the audit know it by"));
    let sha256 = table.required(
        "sha256",
        &Parsed::<Sha256>::new("the token's SHA-256, 64 hexadecimal digits"),
    );
    let project = table.required("project", &Text("the identifier of a project"));
    let role = table.optional("role", &ROLES).unwrap_or_default();
    let expires = table.optional(
        "expires",
        &Parsed::<Timestamp>::new("a time, such as \"2027-01-31T00:00:00Z\""),
    );
    Some(TokenSettings {
        name: CredentialId::new(name?),
        hash: TokenHash(sha256?.0),
        project: project?,
        role,
        expires,
    })
}

/// A SHA-256, in hexadecimal digits.
#[derive(Clone, Copy)]
struct Sha256([u8; 32]);

impl FromStr for Sha256 {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("it is something else");
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = str::from_utf8(digits).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The secret in a file, without the end of its line.
fn secret_in(file: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("{} cannot be read: {error}", file.display());
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(MAX_SECRET_FILE).read_to_string(&mut text))
        .map_err(failed)?;
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(format!("{} is empty", file.display()));
    }
    Ok(secret.to_owned())
}
