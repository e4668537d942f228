//! The settings as `config show` shows them: the values that a call would use, and where each came
//! from. The network is not asked.

use std::path::PathBuf;

use clap::ArgMatches;
use functiongraph_client::credentials::{AccessKeys, CredentialError, Environment, Profile};
use functiongraph_client::{Error, Region, shown_address};

use super::identity::Account;
use super::origin::origin;
use super::{Identity, client_of, has_address, matches, proxy};
use crate::args::Global;
use crate::failure::Failure;

/// A setting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) origin: String,
}

impl Setting {
    fn new(name: &'static str, value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            name,
            value: value.into(),
            origin: origin.into(),
        }
    }

    fn of_credentials(value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self::new("credentials", value, origin)
    }

    /// One that has no value, and why or where one would come from.
    fn none(name: &'static str, origin: &str) -> Self {
        Self::new(name, "-", origin)
    }
}

/// All settings, and what is wrong with them.
pub(crate) struct Report {
    pub(crate) settings: Vec<Setting>,
    pub(crate) outcome: Result<(), Failure>,
}

/// Who calls, as far as this machine knows.
enum Caller {
    Token,
    Login,
    /// Access keys, and where they are; none where the cloud server's metadata would be asked.
    Keys(Option<(AccessKeys, String)>),
    /// What is there cannot be used.
    Nobody,
}

/// The settings of the process's own arguments and environment.
pub(crate) fn report(global: &Global) -> Result<Report, Failure> {
    let matches = matches()?;
    let region = global
        .region
        .as_deref()
        .and_then(|region| region.parse().ok());
    let region: Option<&Region> = region.as_ref();
    let (caller, credentials, outcome) = caller(global, &matches);
    let mut settings = vec![
        given(&matches, "region", global.region.clone()),
        endpoint(&matches, global, region),
        iam_endpoint(&matches, global, region, &caller),
        project_id(&matches, global, region, &caller),
        proxy(&matches, global),
        given(&matches, "timeout", Some(format!("{} s", global.timeout))),
        given(&matches, "no_retries", Some(global.no_retries.to_string())),
    ];
    settings.extend(credentials);
    Ok(Report { settings, outcome })
}

/// Who calls, how that is shown, and whether a client comes of it.
fn caller(global: &Global, matches: &ArgMatches) -> (Caller, Vec<Setting>, Result<(), Failure>) {
    let identity = match Identity::find(global, matches) {
        Ok(identity) => identity,
        Err(failure) => {
            let row = Setting::of_credentials("cannot be used", failure.to_string());
            return (Caller::Nobody, vec![row], Err(failure));
        }
    };
    let (caller, rows, found) = match &identity {
        Identity::Token(_, place) => {
            let row = Setting::of_credentials("token …", place.to_string());
            (Caller::Token, vec![row], Ok(()))
        }
        Identity::Login(_, account) => {
            let row = Setting::of_credentials(format!("{account}, password …"), Account::origin());
            (Caller::Login, vec![row], Ok(()))
        }
        Identity::Keys => keys(),
    };
    // What is merely not set is no failure; what is set has to do.
    let built = match has_address(global) {
        true => client_of(global, identity).map(drop),
        false => Ok(()),
    };
    (caller, rows, found.and(built))
}

/// A source of access keys on this machine: its origin, and what it has.
type Source = fn() -> (String, Result<AccessKeys, CredentialError>);

/// The sources in the order in which the client asks them.
const SOURCES: [Source; 2] = [
    || {
        let environment = Environment::new();
        let (ak, sk) = environment.key_names();
        (format!("${ak}, ${sk}"), environment.keys())
    },
    || {
        let profile = Profile::new();
        let path = profile.path().unwrap_or_else(|_| PathBuf::new());
        (path.display().to_string(), profile.keys())
    },
];

/// Where access keys come from; of those that were asked in vain, why.
fn keys() -> (Caller, Vec<Setting>, Result<(), Failure>) {
    let mut rows = Vec::new();
    for source in SOURCES {
        let (origin, found) = source();
        match found {
            Ok(keys) => {
                rows.push(Setting::of_credentials(masked(&keys), origin.clone()));
                return (Caller::Keys(Some((keys, origin))), rows, Ok(()));
            }
            Err(CredentialError::Absent { origin, reason }) => {
                rows.push(Setting::of_credentials(
                    "none",
                    format!("{origin}: {reason}"),
                ));
            }
            Err(error) => {
                rows.push(Setting::of_credentials("cannot be used", told(&error)));
                return (Caller::Nobody, rows, Err(Error::from(error).into()));
            }
        }
    }
    rows.push(Setting::of_credentials(
        "not known before a call",
        "the metadata service of the cloud server would be asked",
    ));
    (Caller::Keys(None), rows, Ok(()))
}

/// Keys without what is secret.
fn masked(keys: &AccessKeys) -> String {
    let token = if keys.is_temporary() {
        ", security token …"
    } else {
        ""
    };
    format!("{}, secret key …{token}", keys.access_key())
}

/// What is wrong with credentials, after where.
fn told(error: &CredentialError) -> String {
    match error {
        CredentialError::Malformed { origin, reason } => format!("{origin}: {reason}"),
        other => other.to_string(),
    }
}

/// A setting that can be typed or stand in a variable, and nowhere else.
fn given(matches: &ArgMatches, name: &'static str, value: Option<String>) -> Setting {
    let Some(value) = value else {
        return Setting::none(name, "not set");
    };
    Setting::new(name, value, origin(matches, name))
}

/// An address without what can be a secret.
fn shown(address: &str) -> String {
    shown_address(address).to_owned()
}

/// The proxy, which the environment can name for every program. A region's address has HTTPS.
fn proxy(matches: &ArgMatches, global: &Global) -> Setting {
    const NAME: &str = "proxy";
    if let Some(proxy) = &global.proxy {
        return given(matches, NAME, Some(shown(proxy)));
    }
    match proxy::of_environment(global.endpoint.as_deref().unwrap_or_default()) {
        Some(proxy) => Setting::new(NAME, shown(&proxy.address), proxy.origin),
        None => Setting::none(NAME, "not set"),
    }
}

/// The endpoint, which the region can give.
fn endpoint(matches: &ArgMatches, global: &Global, region: Option<&Region>) -> Setting {
    const NAME: &str = "endpoint";
    match (&global.endpoint, region) {
        (None, Some(region)) => Setting::new(NAME, region.endpoint(), "the region"),
        (endpoint, _) => given(matches, NAME, endpoint.as_deref().map(shown)),
    }
}

/// The identity service's address, which the keys' source and the region can give.
fn iam_endpoint(
    matches: &ArgMatches,
    global: &Global,
    region: Option<&Region>,
    caller: &Caller,
) -> Setting {
    const NAME: &str = "iam_endpoint";
    if let Some(endpoint) = &global.iam_endpoint {
        return given(matches, NAME, Some(shown(endpoint)));
    }
    if let Caller::Keys(Some((keys, origin))) = caller
        && let Some(endpoint) = keys.iam_endpoint()
    {
        return Setting::new(NAME, shown(endpoint), origin);
    }
    match region {
        Some(region) => Setting::new(NAME, region.iam_endpoint(), "the region"),
        None => Setting::none(NAME, "not set"),
    }
}

/// The project, which the function's URN and credentials can name.
fn project_id(
    matches: &ArgMatches,
    global: &Global,
    region: Option<&Region>,
    caller: &Caller,
) -> Setting {
    const NAME: &str = "project_id";
    if let Some(project) = &global.project_id {
        return given(matches, NAME, Some(project.clone()));
    }
    if let Caller::Keys(Some((keys, origin))) = caller
        && let Some(project) = keys.project()
    {
        let origin = format!("{origin}; a function's URN that names one counts before it");
        return Setting::new(NAME, project, origin);
    }
    let origin = match (caller, region) {
        (Caller::Login, Some(_)) => "the function's URN, else that of the login, the region's",
        (Caller::Keys(_), Some(_)) => "the function's URN, else looked up at IAM",
        _ => "the function's URN has to name it",
    };
    Setting::none(NAME, origin)
}
