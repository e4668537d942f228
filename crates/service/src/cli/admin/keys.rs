//! `key add`, `key list` and `key revoke`.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::super::config::{Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::{print, say};
use super::super::table::{optional, table};
use super::{
    FormatArguments, GrantArguments, ListFormat, origin, state, with_store, with_store_as_it_is,
};
use crate::admin::{self, KeyRequest};
use crate::auth::SecretKey;
use crate::domain::{Clock as _, Random, SystemClock, SystemRandom};
use crate::store::{Administration as _, KeyRecord, Revocation};

/// The greatest size of a file with a secret: far more than a secret has.
const MAX_SECRET_FILE: u64 = 4096;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// Add an access key with its secret key, which requests are signed with.
    ///
    /// What is not given is made. What is made is printed: a secret key this once.
    Add(AddArguments),
    /// List access keys, without their secret keys: expired and revoked ones too.
    List(ListArguments),
    /// Revoke an access key, from the next request on, and forget its secret key.
    Revoke(RevokeArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct AddArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    #[command(flatten)]
    grant: GrantArguments,

    /// The access key: letters, digits, `-`, `_` and `.`. One is made otherwise.
    #[arg(long, value_name = "AK")]
    access: Option<String>,

    /// The secret key, at least 16 visible ASCII characters. One of 240 random bits is made
    /// otherwise, which is safer. Other users of the machine may see it here: prefer --secret-file.
    #[arg(
        long,
        value_name = "SK",
        conflicts_with = "secret_file",
        requires = "access"
    )]
    secret: Option<String>,

    /// A file with the secret key and nothing else; `-` is stdin.
    #[arg(long, value_name = "FILE", requires = "access")]
    secret_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ListArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// Keys of this project only.
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    #[command(flatten)]
    format: FormatArguments,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct RevokeArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// The access key.
    #[arg(value_name = "AK")]
    access: String,
}

impl KeyCommand {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(arguments) => add(arguments).await,
            Self::List(arguments) => list(arguments).await,
            Self::Revoke(arguments) => revoke(arguments).await,
        }
    }
}

async fn add(arguments: AddArguments) -> Result<(), Failure> {
    let random: &dyn Random = &SystemRandom;
    let given = match (arguments.secret, &arguments.secret_file) {
        (Some(secret), _) => Some(SecretKey::new(secret)),
        (None, Some(file)) => Some(secret_in(file)?),
        (None, None) => None,
    };
    let is_made = given.is_none();
    let secret = given.unwrap_or_else(|| {
        SecretKey::new(random.characters(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            40,
        ))
    });
    let origin = origin();
    let request = KeyRequest {
        access: arguments
            .access
            .unwrap_or_else(|| random.characters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20)),
        secret: secret.clone(),
        role: arguments.grant.role(),
        expires: arguments.grant.expires(origin.at)?,
        project: arguments.grant.project,
    };
    let key = with_store(&arguments.given, async |store| {
        admin::add_key(store, request, origin).await
    })
    .await?;
    say(format_args!("access {}", key.access))?;
    if is_made {
        say(format_args!("secret {}", secret.reveal()))?;
    }
    Ok(())
}

/// The secret key in a file, without the end of its line.
fn secret_in(file: &Path) -> Result<SecretKey, Failure> {
    let failed = |error| Failure::SecretFile(file.to_owned(), error);
    let mut text = String::new();
    if file == Path::new("-") {
        io::stdin().take(MAX_SECRET_FILE).read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|file| file.take(MAX_SECRET_FILE).read_to_string(&mut text))
    }
    .map_err(failed)?;
    Ok(SecretKey::new(text.trim_end_matches(['\n', '\r'])))
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let project = arguments.project.as_deref();
    let keys =
        with_store_as_it_is(&arguments.given, async |store| store.keys(project).await).await?;
    let now = SystemClock.now();
    match arguments.format.format {
        ListFormat::Table => print(&table(
            [
                "ACCESS", "PROJECT", "ROLE", "STATE", "CREATED", "EXPIRES", "REVOKED",
            ],
            keys.iter().map(|key| {
                [
                    key.access.clone(),
                    key.project.clone(),
                    key.role.to_string(),
                    state(key.expires, key.revoked, now).to_owned(),
                    key.created.to_string(),
                    optional(key.expires),
                    optional(key.revoked),
                ]
            }),
        )),
        ListFormat::Json => {
            let item = |key: &KeyRecord| {
                json!({
                    "access": key.access,
                    "project": key.project,
                    "role": key.role.as_str(),
                    "state": state(key.expires, key.revoked, now),
                    "created": key.created.to_string(),
                    "expires": key.expires.map(|at| at.to_string()),
                    "revoked": key.revoked.map(|at| at.to_string()),
                })
            };
            let list: Value = keys.iter().map(item).collect();
            print(&format!("{list:#}\n"))
        }
    }
}

async fn revoke(arguments: RevokeArguments) -> Result<(), Failure> {
    let access = arguments.access;
    let revoked = with_store(&arguments.given, async |store| {
        store.revoke_key(&access, origin()).await
    })
    .await?;
    match revoked {
        Revocation::Revoked(_) => say(format_args!("revoked {access}")),
        Revocation::AlreadyRevoked(_) => say(format_args!("unchanged {access}")),
        Revocation::Unknown => Err(Failure::NoSuchKey(access)),
    }
}
