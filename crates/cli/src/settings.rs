//! What is set: the client that comes of it, and who calls.

mod identity;
mod origin;
mod project;
mod proxy;
mod shown;

use std::time::Duration;

use clap::{ArgMatches, CommandFactory as _};
use functiongraph_client::{Client, RetryPolicy};

use crate::args::{Arguments, Global};
use crate::failure::Failure;

pub(crate) use identity::{Identity, Place, SECURITY_TOKEN, TOKEN};
pub(crate) use project::agrees;
pub(crate) use shown::{Report, Setting, report};

/// The process's arguments once more, for where each value came from.
fn matches() -> Result<ArgMatches, Failure> {
    Arguments::command()
        .try_get_matches()
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// Who calls, by the settings.
pub(crate) fn identity(global: &Global) -> Result<Identity, Failure> {
    Identity::find(global, &matches()?)
}

/// The client that the settings make.
pub(crate) fn client(global: &Global) -> Result<Client, Failure> {
    client_of(global, identity(global)?)
}

/// The same for a caller who is known already.
pub(crate) fn client_of(global: &Global, identity: Identity) -> Result<Client, Failure> {
    if let Some(missing) = missing(global, &identity) {
        return Err(Failure::Usage(missing.to_owned()));
    }
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

/// What a client lacks, in the words of the command line: the builder's own messages know no flags.
fn missing(global: &Global, identity: &Identity) -> Option<&'static str> {
    if !has_address(global) {
        return Some(
            "it is not said where the service is: give --region or --endpoint, or set FUNCTIONGRAPH_REGION or FUNCTIONGRAPH_ENDPOINT",
        );
    }
    let logs_in = matches!(identity, Identity::Login(..)) && global.region.is_none();
    (logs_in && (global.iam_endpoint.is_none() || global.project_id.is_none())).then_some(
        "it is not said where to log in, and to which project: give --region, or --iam-endpoint and --project-id",
    )
}

/// Whether it is said where the service is.
fn has_address(global: &Global) -> bool {
    global.region.is_some() || global.endpoint.is_some()
}
