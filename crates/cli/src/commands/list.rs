//! `list`.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::time::Duration;

use functiongraph_client::types::FunctionVersion;
use functiongraph_client::{Client, Versions};
use tokio::sync::mpsc;

use super::{signature, waiting};
use crate::args::{Format, Global, List};
use crate::failure::Failure;
use crate::{output, settings};

pub(super) async fn run(global: &Global, arguments: List) -> Result<(), Failure> {
    let client = settings::client(global)?;
    if arguments.dry_run {
        let call = call(&client, &arguments.function, arguments.page_size);
        return signature::show(&call.prepare().await?);
    }
    if let Some(seconds) = arguments.watch {
        return watch(&client, &arguments, Duration::from_secs(seconds.into())).await;
    }
    let versions = call(&client, &arguments.function, arguments.page_size);
    let limit = match arguments.all {
        true => usize::MAX,
        false => usize::try_from(arguments.limit).unwrap_or(usize::MAX),
    };
    let more = if arguments.output == Format::Jsonl {
        stream(versions, limit).await?
    } else {
        whole(versions, limit, arguments.output).await?
    };
    if more {
        writeln!(
            io::stderr(),
            "there are more than {limit} versions: --all lists them"
        )?;
    }
    Ok(())
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
async fn whole(mut versions: Versions, limit: usize, format: Format) -> Result<bool, Failure> {
    let spinner = waiting("listing");
    let mut listed = Vec::new();
    let mut more = false;
    while let Some(version) = versions.next().await {
        let version = version?;
        if listed.len() == limit {
            more = true;
            break;
        }
        listed.push(version);
    }
    spinner.finish_and_clear();
    output::versions(format, &listed, &mut io::stdout().lock())?;
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

/// Writes what is there, then what appears or changes, until the program is interrupted.
async fn watch(client: &Client, arguments: &List, pause: Duration) -> Result<(), Failure> {
    if matches!(arguments.output, Format::Json | Format::Yaml) {
        return Err(Failure::Usage(
            "--watch goes on for ever, which --output json and yaml cannot: use table or jsonl"
                .to_owned(),
        ));
    }
    let (stop, mut stopped) = mpsc::channel(1);
    ctrlc::set_handler(move || {
        // One that is waiting already is enough.
        let _ = stop.try_send(());
    })
    .map_err(|error| Failure::local("interruptions cannot be watched for", error))?;
    let mut seen: HashMap<String, FunctionVersion> = HashMap::new();
    let mut is_first = true;
    loop {
        let round = async {
            let all = call(client, &arguments.function, arguments.page_size);
            all.try_collect::<Vec<FunctionVersion>>().await
        };
        let all = tokio::select! {
            all = round => all?,
            _ = stopped.recv() => return Ok(()),
        };
        let news: Vec<_> = all
            .into_iter()
            .filter(|version| seen.get(&version.version) != Some(version))
            .collect();
        if is_first || !news.is_empty() {
            output::versions(arguments.output, &news, &mut io::stdout().lock())?;
        }
        is_first = false;
        seen.extend(
            news.into_iter()
                .map(|version| (version.version.clone(), version)),
        );
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.recv() => return Ok(()),
        }
    }
}
