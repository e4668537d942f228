//! `versions delete`.

use clap::{Args, Subcommand};

use super::super::config::{Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::say;
use super::{FunctionArguments, origin, with_store};
use crate::store::{Administration as _, VersionDeletion};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum VersionsCommand {
    /// Delete a published version.
    ///
    /// Its position stays empty, so that the markers of lists stay true, and its name stays used.
    Delete(DeleteArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct DeleteArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    #[command(flatten)]
    function: FunctionArguments,

    /// The version's name.
    #[arg(value_name = "VERSION")]
    name: String,
}

impl VersionsCommand {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        let Self::Delete(arguments) = self;
        let key = arguments.function.key()?;
        let version = arguments.name;
        let deleted = with_store(&arguments.given, async |store| {
            store.delete_version(&key, &version, origin()).await
        })
        .await?;
        match deleted {
            VersionDeletion::Deleted => say(format_args!("deleted {key}:{version}")),
            VersionDeletion::AlreadyDeleted => say(format_args!("unchanged {key}:{version}")),
            VersionDeletion::NoSuchVersion => Err(Failure::NoSuchVersion(key, version)),
            VersionDeletion::NoSuchFunction => Err(Failure::NoSuchFunction(key)),
        }
    }
}
