//! `list --watch`: what is there, then what appears or changes.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::time::Duration;

use functiongraph_client::Pages;
use serde_json::Value;
use tokio::sync::mpsc;

use super::listed::Listed;
use super::more_than;
use crate::args::Format;
use crate::failure::Failure;
use crate::output;

/// Writes what is there, `limit` versions of it at most, then what appears or changes, until the
/// program is interrupted or a call fails for good. New versions stand at the end of a list, so that
/// each round reads all of it.
pub(super) async fn run(
    call: impl Fn() -> Pages,
    limit: usize,
    format: Format,
    pause: Duration,
) -> Result<(), Failure> {
    if matches!(format, Format::Json | Format::Yaml) {
        return Err(Failure::Usage(
            "--watch goes on for ever, which --output json and yaml cannot: use table or jsonl"
                .to_owned(),
        ));
    }
    let mut stopped = interruptions()?;
    let mut news = News::new(format);
    let mut notes = Notes::default();
    loop {
        let round = tokio::select! {
            round = Listed::read(call(), usize::MAX) => round,
            _ = stopped.recv() => return Ok(()),
        };
        let wait = match round {
            Ok(Listed { versions, .. }) => {
                notes.well();
                if news.write(versions, limit)? {
                    note(&more_than(limit));
                }
                pause
            }
            Err(failure) if failure.is_passing() => {
                notes.ill(&failure);
                pause.max(failure.retry_after().unwrap_or_default())
            }
            Err(failure) => return Err(failure),
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopped.recv() => return Ok(()),
        }
    }
}

/// Receives when the program is interrupted.
fn interruptions() -> Result<mpsc::Receiver<()>, Failure> {
    let (stop, stopped) = mpsc::channel(1);
    ctrlc::set_handler(move || {
        // One that is waiting already is enough.
        let _ = stop.try_send(());
    })
    .map_err(|error| Failure::local("interruptions cannot be watched for", error))?;
    Ok(stopped)
}

/// What has been written.
struct News {
    format: Format,
    /// The versions by their names; nothing before the first round.
    seen: Option<HashMap<String, Value>>,
}

impl News {
    fn new(format: Format) -> Self {
        Self { format, seen: None }
    }

    /// Writes those that are new or changed; of the first round at most `limit`, and also that there
    /// are none. Tells whether some were left out.
    fn write(&mut self, versions: Vec<Value>, limit: usize) -> Result<bool, Failure> {
        let is_first = self.seen.is_none();
        let seen = self.seen.get_or_insert_default();
        let news: Vec<_> = versions
            .into_iter()
            .filter(|version| seen.get(name(version)) != Some(version))
            .collect();
        let shown = match news.get(..limit) {
            Some(first) if is_first => first,
            _ => &news,
        };
        if is_first || !news.is_empty() {
            output::versions(self.format, shown, &mut io::stdout().lock())?;
        }
        let is_cut = shown.len() < news.len();
        seen.extend(
            news.into_iter()
                .map(|version| (name(&version).to_owned(), version)),
        );
        Ok(is_cut)
    }
}

/// The name of a version; an empty one where it has none.
fn name(version: &Value) -> &str {
    version["version"].as_str().unwrap_or_default()
}

/// What is said beside the versions, each thing once for as long as it lasts.
#[derive(Default)]
struct Notes {
    is_ill: bool,
}

impl Notes {
    /// A round went well.
    fn well(&mut self) {
        if std::mem::take(&mut self.is_ill) {
            note("the versions can be listed again");
        }
    }

    /// A round failed in a way that passes.
    fn ill(&mut self, failure: &Failure) {
        if !self.is_ill {
            note(&format!("{}\ngoing on until it passes", failure.report()));
        }
        self.is_ill = true;
    }
}

/// Says something on standard error. That nobody hears it does not end the watch.
fn note(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}
