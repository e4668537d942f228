//! `publish`.

use std::io;

use functiongraph_client::{Client, Publish as Call};

use super::{sent, signature, waiting};
use crate::args::{Global, NewVersion, Publish};
use crate::failure::Failure;
use crate::{output, settings};

pub(super) async fn run(global: &Global, arguments: Publish) -> Result<(), Failure> {
    let client = settings::client(global)?;
    settings::agrees(global, &arguments.new.function)?;
    let call = call(&client, &arguments.new);
    if arguments.dry_run {
        return signature::show(&call.prepare().await?);
    }
    let spinner = waiting("publishing");
    let published = call.send().await;
    spinner.finish_and_clear();
    let version = sent::of_publication(&published?)?;
    output::version(arguments.output, &version, &mut io::stdout().lock())
}

/// The call that publishes a version.
pub(super) fn call(client: &Client, new: &NewVersion) -> Call {
    let mut call = client.function(&new.function).publish();
    if let Some(name) = &new.name {
        call = call.version(name);
    }
    if let Some(description) = &new.description {
        call = call.description(description);
    }
    if let Some(digest) = &new.digest {
        call = call.digest(digest);
    }
    call
}
