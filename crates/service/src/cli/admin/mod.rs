//! The administrator's commands, on the store itself: the service may run meanwhile.

mod audit;
mod functions;
mod import;
mod keys;
mod store;
mod tokens;
mod versions;

use clap::{Args, ValueEnum};
use functiongraph_types::UrnParts;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

pub(super) use self::audit::AuditCommand;
pub(super) use self::functions::FunctionsCommand;
pub(super) use self::import::ImportArguments;
pub(super) use self::keys::KeyCommand;
pub(super) use self::store::StoreCommand;
pub(super) use self::tokens::TokenCommand;
pub(super) use self::versions::VersionsCommand;
use super::config::{Configuration, Given, StoreScope};
use super::failure::Failure;
use crate::auth::Role;
use crate::domain::{Actor, Clock as _, FunctionKey, Origin, SystemClock};
use crate::store::{AnyStore, OpenOptions, Store as _};

/// Opens the store, which is made if it is missing, does something with it, and lets go of it
/// whatever came of that.
async fn with_store<T, E: Into<Failure>>(
    given: &Given<StoreScope>,
    work: impl AsyncFnOnce(&AnyStore) -> Result<T, E>,
) -> Result<T, Failure> {
    with_options(given, OpenOptions::default(), work).await
}

/// As [`with_store`], for what only looks: it makes nothing, and brings nothing up to date.
async fn with_store_as_it_is<T, E: Into<Failure>>(
    given: &Given<StoreScope>,
    work: impl AsyncFnOnce(&AnyStore) -> Result<T, E>,
) -> Result<T, Failure> {
    let options = OpenOptions {
        migrate: false,
        ..OpenOptions::default()
    };
    with_options(given, options, work).await
}

async fn with_options<T, E: Into<Failure>>(
    given: &Given<StoreScope>,
    options: OpenOptions,
    work: impl AsyncFnOnce(&AnyStore) -> Result<T, E>,
) -> Result<T, Failure> {
    let (configuration, _) = Configuration::load(given)?;
    let store = AnyStore::open_with(configuration.store()?, options).await?;
    let outcome = work(&store).await;
    store.close().await;
    outcome.map_err(Into::into)
}

/// What the audit knows of whoever runs the command: the name of the account.
fn origin() -> Origin {
    let account = ["LOGNAME", "USER", "USERNAME"]
        .into_iter()
        .find_map(|name| {
            std::env::var(name)
                .ok()
                .filter(|account| !account.is_empty())
        });
    Origin {
        actor: Actor::administrator(account.unwrap_or_else(|| "unknown".into())),
        at: SystemClock.now(),
        request_id: None,
    }
}

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A table.
    #[default]
    Table,
    /// A JSON list.
    Json,
}

/// How a list is written.
#[derive(Args, Debug)]
struct FormatArguments {
    /// How the list is written.
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

/// A function that a command is about.
#[derive(Args, Debug)]
struct FunctionArguments {
    /// The function: its URN, PROJECT:PACKAGE:NAME, or with --project PACKAGE:NAME or NAME.
    #[arg(value_name = "FUNCTION")]
    function: String,

    /// The function's project, where its name does not say.
    #[arg(long, value_name = "ID")]
    project: Option<String>,
}

impl FunctionArguments {
    fn key(&self) -> Result<FunctionKey, Failure> {
        let named = |reason: String| Failure::Function(self.function.clone(), reason);
        let parts: UrnParts = self
            .function
            .parse()
            .map_err(|error: functiongraph_types::UrnError| named(error.to_string()))?;
        if !parts.is_latest() {
            let reason = "it names a version or an alias; leave that out";
            return Err(named(reason.into()));
        }
        let project = match (&parts.project_id, &self.project) {
            (Some(named_so), Some(asked)) if named_so != asked => {
                let reason = "it is of another project than --project";
                return Err(named(reason.into()));
            }
            (Some(project), _) | (None, Some(project)) => project.clone(),
            (None, None) => {
                let reason = "its project is missing: name it with --project";
                return Err(named(reason.into()));
            }
        };
        Ok(parts.identity(&project).into())
    }
}

/// What a credential is for.
#[derive(Args, Debug)]
struct GrantArguments {
    /// The project whose functions it gives access to.
    #[arg(long, value_name = "ID")]
    project: String,

    /// What it allows: reader lists, publisher lists and publishes.
    #[arg(
        long,
        value_name = "reader|publisher",
        default_value = "publisher",
        value_parser = ["reader", "publisher"]
    )]
    role: String,

    /// When it stops being taken: a time such as 2027-01-31T00:00:00Z, or how long it is taken from
    /// now on, such as 90d or 12h. Never, unless given.
    #[arg(long, value_name = "TIME", value_parser = parse_expiry)]
    expires: Option<Expiry>,
}

impl GrantArguments {
    /// The role; the parser took no other word.
    fn role(&self) -> Role {
        self.role.parse().unwrap_or(Role::Reader)
    }

    /// When it expires.
    fn expires(&self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.expires
            .as_ref()
            .map(|expiry| expiry.after(now))
            .transpose()
    }
}

/// When something expires.
#[derive(Clone, Debug)]
enum Expiry {
    At(Timestamp),
    In(Box<Span>),
}

fn parse_expiry(text: &str) -> Result<Expiry, String> {
    if let Ok(at) = text.parse() {
        return Ok(Expiry::At(at));
    }
    text.parse()
        .map(|span| Expiry::In(Box::new(span)))
        .map_err(|_| {
            "expects a time such as 2027-01-31T00:00:00Z, or how long from now, such as 90d".into()
        })
}

impl Expiry {
    fn after(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        match self {
            Self::At(at) => Ok(*at),
            Self::In(span) => now
                .to_zoned(TimeZone::UTC)
                .checked_add(**span)
                .map(|at| at.timestamp())
                .map_err(|_| Failure::Expiry),
        }
    }
}

/// What a credential is at present.
fn state(expires: Option<Timestamp>, revoked: Option<Timestamp>, now: Timestamp) -> &'static str {
    match (revoked, expires) {
        (Some(_), _) => "revoked",
        (None, Some(expires)) if expires <= now => "expired",
        (None, _) => "valid",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_expiry_is_a_time_or_a_span() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, at) in [
            ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z"),
            ("2027-01-31T08:00:00+08:00", "2027-01-31T00:00:00Z"),
            ("90d", "2027-02-19T12:00:00Z"),
            ("12h", "2026-11-22T00:00:00Z"),
            ("1y 1mo", "2027-12-21T12:00:00Z"),
        ] {
            let expiry = parse_expiry(text).unwrap().after(now).unwrap();
            assert_eq!(expiry, at.parse().unwrap(), "{text}");
        }
        for text in ["", "soon", "2027-01-31", "2027-01-31T00:00:00", "90"] {
            assert!(parse_expiry(text).is_err(), "{text}");
        }
        let far = parse_expiry("9999y").unwrap();
        assert!(far.after(now).is_err());
    }
}
