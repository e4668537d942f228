//! What is set, and where it came from.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _};
use functiongraph_client::credentials::{
    Chain, CredentialSource, Environment, PasswordLogin, Token,
};
use functiongraph_client::{Client, RetryPolicy};

use crate::args::{Arguments, Global};
use crate::failure::Failure;

/// The variable that holds a token.
pub(crate) const TOKEN: &str = "FUNCTIONGRAPH_TOKEN";
const USER: &str = "FUNCTIONGRAPH_USER";
const PASSWORD: &str = "FUNCTIONGRAPH_PASSWORD";
const DOMAIN: &str = "FUNCTIONGRAPH_DOMAIN";

/// The largest token that is read from a file, in bytes.
const LARGEST_TOKEN: u64 = 64 * 1024;

/// Where credentials come from.
pub(crate) enum Identity {
    /// A token, and where it was found.
    Token(Token, String),
    /// A login with the user and the domain, which are no secrets.
    Login(Box<PasswordLogin>, String),
    /// Access keys, wherever the chain finds them.
    Keys(Chain),
}

impl Identity {
    /// The first that there is. A file that the command line names counts before any variable, one
    /// that a variable names after the token's own.
    pub(crate) fn find(global: &Global, matches: &ArgMatches) -> Result<Self, Failure> {
        let typed = matches.value_source("token_file") == Some(ValueSource::CommandLine);
        if !typed && let Some(token) = variable(TOKEN) {
            return Ok(Self::Token(Token::new(token.trim()), format!("${TOKEN}")));
        }
        if let Some(path) = &global.token_file {
            return Self::of_file(path);
        }
        match (variable(USER), variable(PASSWORD), variable(DOMAIN)) {
            (Some(user), Some(password), Some(domain)) => {
                let origin = format!("user {user} of {domain}, ${USER}");
                let login = PasswordLogin::new(domain, user, password);
                let login = match &global.project_id {
                    Some(id) => login.project_id(id),
                    None => login,
                };
                Ok(Self::Login(Box::new(login), origin))
            }
            (None, None, _) => Ok(Self::Keys(Chain::with_environment(Environment::new()))),
            _ => Err(Failure::Usage(format!(
                "a login needs {USER}, {PASSWORD} and {DOMAIN}: not all of them are set"
            ))),
        }
    }

    fn of_file(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::local(format!("the token file {}", path.display()), error);
        let mut text = String::new();
        let file = File::open(path).map_err(failed)?;
        file.take(LARGEST_TOKEN)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let origin = path.display().to_string();
        Ok(Self::Token(Token::new(text.trim()), origin))
    }

    fn into_source(self) -> std::sync::Arc<dyn CredentialSource> {
        match self {
            Self::Token(token, _) => std::sync::Arc::new(token),
            Self::Login(login, _) => std::sync::Arc::new(*login),
            Self::Keys(chain) => std::sync::Arc::new(chain),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

/// The client that the settings make.
pub(crate) fn client(global: &Global) -> Result<Client, Failure> {
    let identity = Identity::find(global, &matches()?)?;
    let mut builder = Client::builder()
        .credentials(identity.into_source())
        .user_agent(concat!("functiongraph-cli/", env!("CARGO_PKG_VERSION")))
        .timeout(Duration::from_secs(global.timeout.into()));
    if let Some(region) = &global.region {
        builder = builder.region(region);
    }
    if let Some(endpoint) = &global.endpoint {
        builder = builder.endpoint(endpoint);
    }
    if let Some(endpoint) = &global.iam_endpoint {
        builder = builder.iam_endpoint(endpoint);
    }
    if let Some(project) = &global.project_id {
        builder = builder.project_id(project);
    }
    if let Some(proxy) = &global.proxy {
        builder = builder.proxy(proxy);
    }
    if global.no_retries {
        builder = builder.retries(RetryPolicy::off());
    }
    Ok(builder.build()?)
}

/// A setting as `config show` shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) origin: String,
}

/// The process's arguments once more, for where each value came from.
fn matches() -> Result<ArgMatches, Failure> {
    Arguments::command()
        .try_get_matches()
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// The settings of the process's own arguments and environment.
pub(crate) fn shown(global: &Global) -> Result<Vec<Setting>, Failure> {
    let matches = matches()?;
    let mut settings = vec![
        setting(&matches, "region", global.region.clone()),
        endpoint(&matches, global),
        setting(
            &matches,
            "iam_endpoint",
            global.iam_endpoint.as_deref().map(without_secret),
        ),
        setting(&matches, "project_id", global.project_id.clone()),
        setting(
            &matches,
            "proxy",
            global.proxy.as_deref().map(without_secret),
        ),
        setting(&matches, "timeout", Some(format!("{} s", global.timeout))),
        setting(&matches, "no_retries", Some(global.no_retries.to_string())),
    ];
    let (value, origin) = match Identity::find(global, &matches)? {
        Identity::Token(_, origin) => ("token …".to_owned(), origin),
        Identity::Login(_, origin) => ("password …".to_owned(), origin),
        Identity::Keys(_) => keys(),
    };
    settings.push(Setting {
        name: "credentials",
        value,
        origin,
    });
    Ok(settings)
}

/// Where access keys would come from, without asking the network.
fn keys() -> (String, String) {
    for (ak, sk) in [
        ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
        ("CLOUD_SDK_AK", "CLOUD_SDK_SK"),
    ] {
        if let Some(access) = variable(ak) {
            let secret = variable(sk).map_or("no secret key", |_| "secret key …");
            return (format!("{access}, {secret}"), format!("${ak}, ${sk}"));
        }
    }
    let named = variable("HUAWEICLOUD_SDK_CREDENTIALS_FILE").map(std::path::PathBuf::from);
    let path = named
        .or_else(|| std::env::home_dir().map(|home| home.join(".huaweicloud").join("credentials")));
    match path {
        Some(path) if path.exists() => ("access keys …".to_owned(), path.display().to_string()),
        _ => (
            "none found on this machine".to_owned(),
            "the cloud server's metadata would be asked".to_owned(),
        ),
    }
}

fn setting(matches: &ArgMatches, name: &'static str, value: Option<String>) -> Setting {
    let origin = match (matches.value_source(name), &value) {
        (_, None) => "not set".to_owned(),
        (Some(ValueSource::CommandLine), _) => format!("--{}", name.replace('_', "-")),
        (Some(ValueSource::EnvVariable), _) => {
            let command = Arguments::command();
            let variable = command
                .get_arguments()
                .find(|argument| argument.get_id() == name)
                .and_then(|argument| argument.get_env());
            match variable {
                Some(variable) => format!("${}", variable.to_string_lossy()),
                None => "the environment".to_owned(),
            }
        }
        _ => "default".to_owned(),
    };
    Setting {
        name,
        value: value.unwrap_or_else(|| "-".to_owned()),
        origin,
    }
}

/// The endpoint, which the region can give.
fn endpoint(matches: &ArgMatches, global: &Global) -> Setting {
    let region = global
        .region
        .as_deref()
        .and_then(|region| region.parse().ok());
    match (&global.endpoint, region) {
        (None, Some(region)) => {
            let region: functiongraph_client::Region = region;
            Setting {
                name: "endpoint",
                value: region.endpoint(),
                origin: "the region".to_owned(),
            }
        }
        (endpoint, _) => setting(matches, "endpoint", endpoint.as_deref().map(without_secret)),
    }
}

/// An address, unless it holds user information.
fn without_secret(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => address.to_owned(),
    }
}
