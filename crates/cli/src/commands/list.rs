//! `list`.

mod listed;
mod watch;

use std::io::{self, Write as _};
use std::time::Duration;

use functiongraph_client::{Client, Pages, Versions};

use self::listed::Listed;
use super::{sent, signature, waiting};
use crate::args::{Format, Global, List};
use crate::failure::Failure;
use crate::{output, settings};

/// Versions that the service puts on a page at most.
const LARGEST_PAGE: usize = 400;

pub(super) async fn run(global: &Global, arguments: List) -> Result<(), Failure> {
    let client = settings::client(global)?;
    settings::agrees(global, &arguments.function)?;
    let limit = limit(&arguments);
    if let Some(seconds) = arguments.watch {
        let call = || call(&client, &arguments.function, arguments.page_size).pages();
        let pause = Duration::from_secs(seconds.into());
        return watch::run(call, limit, arguments.output, pause).await;
    }
    let page_size = page_size(&arguments, limit);
    let call = || call(&client, &arguments.function, page_size);
    if arguments.dry_run {
        return signature::show(&call().prepare().await?);
    }
    let more = if arguments.output == Format::Jsonl {
        stream(call().pages(), limit).await?
    } else {
        whole(call().pages(), limit, arguments.output).await?
    };
    if more {
        writeln!(io::stderr(), "{}", more_than(limit))?;
    }
    Ok(())
}

/// What is said where there are more versions than are listed.
fn more_than(limit: usize) -> String {
    format!("there are more than {limit} versions: --all lists them")
}

/// Versions to list at most.
fn limit(arguments: &List) -> usize {
    match arguments.all {
        true => usize::MAX,
        false => usize::try_from(arguments.limit).unwrap_or(usize::MAX),
    }
}

/// Versions to ask for at a time: no more than it takes to know, unless all of them are wanted.
fn page_size(arguments: &List, limit: usize) -> Option<u32> {
    let enough = || u32::try_from(limit.saturating_add(1).min(LARGEST_PAGE)).ok();
    arguments
        .page_size
        .or_else(|| enough().filter(|_| !arguments.all))
}

/// Writes each version as it comes; tells whether there are more than `limit`.
async fn stream(mut pages: Pages, limit: usize) -> Result<bool, Failure> {
    let mut left = limit;
    while let Some(page) = pages.next().await {
        for version in sent::of_page(&page?)? {
            if left == 0 {
                return Ok(true);
            }
            output::version(Format::Jsonl, &version, &mut io::stdout().lock())?;
            left -= 1;
        }
    }
    Ok(false)
}

/// Writes all versions at once; tells whether there are more than `limit`.
async fn whole(pages: Pages, limit: usize, format: Format) -> Result<bool, Failure> {
    let spinner = waiting("listing");
    let listed = Listed::read(pages, limit).await;
    spinner.finish_and_clear();
    let Listed { versions, more } = listed?;
    output::versions(format, &versions, &mut io::stdout().lock())?;
    Ok(more)
}

/// The call that lists versions.
pub(super) fn call(client: &Client, function: &str, page_size: Option<u32>) -> Versions {
    let versions = client.function(function).versions();
    match page_size {
        Some(size) => versions.page_size(size),
        None => versions,
    }
}
