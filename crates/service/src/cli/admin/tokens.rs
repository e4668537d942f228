//! `token add`, `token list` and `token revoke`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::super::config::{Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::{hint, print, say};
use super::super::table::{optional, table};
use super::{
    FormatArguments, GrantArguments, ListFormat, origin, state, with_store, with_store_as_it_is,
};
use crate::admin::{self, TokenRequest};
use crate::auth::{CredentialId, RECOMMENDED_TOKEN_LENGTH, Token};
use crate::domain::{Clock as _, SystemClock, SystemRandom};
use crate::store::{Administration as _, Revocation};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokenCommand {
    /// Add a token, and print it: this once, since only its hash is kept.
    Add(AddArguments),
    /// List tokens, without what they are: expired and revoked ones too.
    List(ListArguments),
    /// Revoke a token, from the next request on.
    Revoke(RevokeArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct AddArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    #[command(flatten)]
    grant: GrantArguments,

    /// The token, at least 8 characters, visible ASCII. One of 256 random bits is made otherwise,
    /// which is safer.
    // Text, since the parser of arguments would repeat it in what is wrong.
    #[arg(long, value_name = "VALUE")]
    token: Option<String>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ListArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// Tokens of this project only.
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    #[command(flatten)]
    format: FormatArguments,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct RevokeArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// The token's identifier, as `token list` shows it.
    #[arg(value_name = "ID")]
    id: String,
}

impl TokenCommand {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(arguments) => add(arguments).await,
            Self::List(arguments) => list(arguments).await,
            Self::Revoke(arguments) => revoke(arguments).await,
        }
    }
}

async fn add(arguments: AddArguments) -> Result<(), Failure> {
    let chosen = arguments.token.as_deref().map(str::parse::<Token>);
    let chosen = chosen.transpose().map_err(Failure::TokenText)?;
    if let Some(token) = &chosen
        && token.reveal().len() < RECOMMENDED_TOKEN_LENGTH
    {
        hint(format_args!(
            "warning: a token of fewer than {RECOMMENDED_TOKEN_LENGTH} characters may be guessed; leave --token out to have one made"
        ));
    }
    let origin = origin();
    let request = TokenRequest {
        role: arguments.grant.role(),
        expires: arguments.grant.expires(origin.at)?,
        project: arguments.grant.project,
        chosen,
    };
    let (token, _) = with_store(&arguments.given, async |store| {
        admin::add_token(store, &SystemRandom, request, origin).await
    })
    .await?;
    say(format_args!("{}", token.reveal()))
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let project = arguments.project.as_deref();
    let tokens =
        with_store_as_it_is(&arguments.given, async |store| store.tokens(project).await).await?;
    let now = SystemClock.now();
    match arguments.format.format {
        ListFormat::Table => print(&table(
            [
                "ID", "PROJECT", "ROLE", "STATE", "CREATED", "EXPIRES", "REVOKED",
            ],
            tokens.iter().map(|token| {
                [
                    token.id.to_string(),
                    token.project.clone(),
                    token.role.to_string(),
                    state(token.expires, token.revoked, now).to_owned(),
                    optional(token.created),
                    optional(token.expires),
                    optional(token.revoked),
                ]
            }),
        )),
        ListFormat::Json => {
            let item = |token: &crate::store::TokenRecord| {
                json!({
                    "id": token.id.as_str(),
                    "project": token.project,
                    "role": token.role.as_str(),
                    "state": state(token.expires, token.revoked, now),
                    "created": token.created.map(|at| at.to_string()),
                    "expires": token.expires.map(|at| at.to_string()),
                    "revoked": token.revoked.map(|at| at.to_string()),
                })
            };
            let list: Value = tokens.iter().map(item).collect();
            print(&format!("{list:#}\n"))
        }
    }
}

async fn revoke(arguments: RevokeArguments) -> Result<(), Failure> {
    let id = CredentialId::new(arguments.id);
    let revoked = with_store(&arguments.given, async |store| {
        store.revoke_token(&id, origin()).await
    })
    .await?;
    match revoked {
        Revocation::Revoked(_) => say(format_args!("revoked {id}")),
        Revocation::AlreadyRevoked(_) => say(format_args!("unchanged {id}")),
        Revocation::Unknown => Err(Failure::NoSuchToken(id)),
    }
}
