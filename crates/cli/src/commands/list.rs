//! `list`.

mod watch;

use std::io::{self, Write as _};
use std::time::Duration;

use functiongraph_client::types::FunctionVersion;
use functiongraph_client::{Client, Error, Versions};

use super::{signature, waiting};
use crate::args::{Format, Global, List};
use crate::failure::Failure;
use crate::{output, settings};

pub(super) async fn run(global: &Global, arguments: List) -> Result<(), Failure> {
    let client = settings::client(global)?;
    let call = || call(&client, &arguments.function, arguments.page_size);
    if arguments.dry_run {
        return signature::show(&call().prepare().await?);
    }
    let limit = limit(&arguments);
    if let Some(seconds) = arguments.watch {
        let pause = Duration::from_secs(seconds.into());
        return watch::run(call, limit, arguments.output, pause).await;
    }
    let more = if arguments.output == Format::Jsonl {
        stream(call(), limit).await?
    } else {
        whole(call(), limit, arguments.output).await?
    };
    if more {
        writeln!(
            io::stderr(),
            "there are more than {limit} versions: --all lists them"
        )?;
    }
    Ok(())
}

/// Versions to list at most.
fn limit(arguments: &List) -> usize {
    match arguments.all {
        true => usize::MAX,
        false => usize::try_from(arguments.limit).unwrap_or(usize::MAX),
    }
}

/// Writes each version as it comes; tells whether there are more than `limit`.
async fn stream(mut versions: Versions, limit: usize) -> Result<bool, Failure> {
    let mut count = 0;
    while let Some(version) = versions.next().await {
        let version = version?;
        if count == limit {
            return Ok(true);
        }
        output::version(Format::Jsonl, &version, &mut io::stdout().lock())?;
        count += 1;
    }
    Ok(false)
}

/// Writes all versions at once; tells whether there are more than `limit`.
async fn whole(versions: Versions, limit: usize, format: Format) -> Result<bool, Failure> {
    let spinner = waiting("listing");
    let listed = Listed::read(versions, limit).await;
    spinner.finish_and_clear();
    let Listed { versions, more } = listed?;
    output::versions(format, &versions, &mut io::stdout().lock())?;
    Ok(more)
}

/// The versions that were asked for.
struct Listed {
    versions: Vec<FunctionVersion>,
    /// Whether there are more.
    more: bool,
}

impl Listed {
    /// Asks for no more pages than it takes to know.
    async fn read(mut versions: Versions, limit: usize) -> Result<Self, Error> {
        let mut listed = Self {
            versions: Vec::new(),
            more: false,
        };
        while let Some(version) = versions.next().await {
            let version = version?;
            if listed.versions.len() == limit {
                listed.more = true;
                break;
            }
            listed.versions.push(version);
        }
        Ok(listed)
    }
}

/// The call that lists versions.
pub(super) fn call(client: &Client, function: &str, page_size: Option<u32>) -> Versions {
    let versions = client.function(function).versions();
    match page_size {
        Some(size) => versions.page_size(size),
        None => versions,
    }
}
