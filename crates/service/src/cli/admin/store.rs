//! `store migrate`, `store check`, `store backup`, `store restore` and `store copy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::super::config::{Configuration, Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::{print, say};
use super::super::table::fields;
use super::{origin, with_store, with_store_as_it_is};
use crate::admin::{self, Migrated};
use crate::store::{AnyStore, Contents, Store as _, StoreUrl};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum StoreCommand {
    /// Make the store if it is missing, and bring one of an earlier release up to date.
    ///
    /// `serve` and every command that changes something do so too.
    Migrate(MigrateArguments),
    /// Read everything in the store, and tell what does not fit together.
    Check(CheckArguments),
    /// Write everything in the store to a new file, while the service runs.
    ///
    /// The file is a SQLite store, whatever kind of store this is, with secrets in it: for its owner
    /// alone.
    Backup(BackupArguments),
    /// Fill the store, which has to be empty or missing, from a backup.
    Restore(RestoreArguments),
    /// Copy everything in the store to another one, which has to be empty or missing.
    Copy(CopyArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct MigrateArguments {
    #[command(flatten)]
    given: Given<StoreScope>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct CheckArguments {
    #[command(flatten)]
    given: Given<StoreScope>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct BackupArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// The file to write; nothing is overwritten.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct RestoreArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// The backup; it stays as it is.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct CopyArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// The other store.
    // Text, since the parser of arguments would repeat a password in what is wrong.
    #[arg(long, value_name = "URL")]
    to: String,
}

impl StoreCommand {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Migrate(arguments) => migrate(arguments).await,
            Self::Check(arguments) => check(arguments).await,
            Self::Backup(arguments) => backup(arguments).await,
            Self::Restore(arguments) => restore(arguments).await,
            Self::Copy(arguments) => copy(arguments).await,
        }
    }
}

async fn migrate(arguments: MigrateArguments) -> Result<(), Failure> {
    let (configuration, _) = Configuration::load(&arguments.given)?;
    let url = configuration.store()?;
    let Migrated { from, to } = admin::migrate(url).await?;
    match from {
        0 => say(format_args!("made {url}, format {to}")),
        from if from == to => say(format_args!("unchanged {url}, format {to}")),
        from => say(format_args!("migrated {url} from format {from} to {to}")),
    }
}

async fn check(arguments: CheckArguments) -> Result<(), Failure> {
    let checked =
        with_store_as_it_is(&arguments.given, async |store| admin::check(store).await).await?;
    print(&contents(&checked.contents))?;
    if checked.problems.is_empty() {
        say(format_args!("all is well"))
    } else {
        Err(Failure::Unsound(checked.problems))
    }
}

async fn backup(arguments: BackupArguments) -> Result<(), Failure> {
    let file = arguments.file;
    with_store_as_it_is(&arguments.given, async |store| {
        admin::backup(store, &file).await
    })
    .await?;
    say(format_args!("written to {}", file.display()))
}

async fn restore(arguments: RestoreArguments) -> Result<(), Failure> {
    let file = arguments.file;
    let restored = with_store(&arguments.given, async |store| {
        admin::restore(&file, store, origin()).await
    })
    .await?;
    print(&contents(&restored))
}

async fn copy(arguments: CopyArguments) -> Result<(), Failure> {
    let to: StoreUrl = arguments.to.parse().map_err(Failure::OtherStore)?;
    let copied = with_store_as_it_is(&arguments.given, async |from| {
        let to = AnyStore::open(&to).await?;
        let copied = admin::copy(from, &to, origin()).await;
        to.close().await;
        copied
    })
    .await?;
    print(&contents(&copied))
}

/// How much there is of everything.
fn contents(contents: &Contents) -> String {
    let Contents {
        functions,
        versions,
        deleted,
        codes,
        tokens,
        keys,
        signatures,
        records,
    } = contents;
    fields(
        [
            ("functions", functions),
            ("published versions", versions),
            ("deleted versions", deleted),
            ("pieces of code", codes),
            ("tokens", tokens),
            ("access keys", keys),
            ("signatures seen", signatures),
            ("audit records", records),
        ]
        .map(|(name, count)| (name.to_owned(), count.to_string())),
    )
}
