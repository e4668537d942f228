//! `import`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::config::{Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::print;
use super::{origin, with_store};
use crate::admin::{self, ImportProgress};
use crate::store::{ImportMode, Imported};

/// How many files make an import long enough to show how far it is.
const LONG: usize = 20;

#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// Replace the working copies of functions that are there and differ; without it they are an
    /// error. Published versions are never touched.
    #[arg(long)]
    update: bool,

    /// The files, JSON, or folders of them.
    #[arg(value_name = "FILE|DIR", required = true)]
    files: Vec<PathBuf>,
}

impl ImportArguments {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        let mode = if self.update {
            ImportMode::Update
        } else {
            ImportMode::CreateOnly
        };
        let bar = Bar::new();
        let imported = with_store(&self.given, async |store| {
            admin::import(store, &self.files, mode, origin(), &|step| bar.show(step)).await
        })
        .await;
        bar.clear();
        let mut text = String::new();
        for file in imported? {
            let outcome = match file.outcome {
                Imported::Created => "created",
                Imported::Unchanged => "unchanged",
                Imported::Updated => "updated",
            };
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{outcome} {} ({})",
                file.function,
                file.file.display()
            );
        }
        print(&text)
    }
}

/// Shows how far a long import is, on a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        Self(ProgressBar::hidden())
    }

    fn show(&self, step: ImportProgress) {
        match step {
            ImportProgress::Reading { done: 0, of } if of > LONG => {
                self.0.set_style(
                    ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")
                        .unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                self.0.set_length(u64::try_from(of).unwrap_or(u64::MAX));
                self.0.set_message("reading");
                // It shows on terminals only.
                self.0
                    .set_draw_target(indicatif::ProgressDrawTarget::stderr());
            }
            ImportProgress::Reading { done, .. } => {
                self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
            }
            ImportProgress::Writing => {
                self.0.set_style(
                    ProgressStyle::with_template("{msg} {spinner} {elapsed}")
                        .unwrap_or_else(|_| ProgressStyle::default_spinner()),
                );
                self.0.set_message("writing");
                self.0.enable_steady_tick(Duration::from_millis(100));
            }
        }
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}
