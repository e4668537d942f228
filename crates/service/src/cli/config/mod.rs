//! The configuration: one TOML file, the environment and flags.
//!
//! Every setting is taken in one place, `settings`, by its names and its kind; whatever the file has
//! beyond that is not known and refused. A flag takes precedence over the environment, that over
//! the file, and that over the default; all that is given has to be right, and all that is wrong is
//! told at once.

mod auth;
mod command;
mod file;
mod flags;
mod print;
mod resolve;
mod settings;
mod value;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) use self::command::ConfigCommand;
use self::file::File;
pub(super) use self::file::FileError;
pub(super) use self::flags::{Given, ServeScope, StoreScope};
pub(super) use self::resolve::{Effective, Problems};
use self::resolve::{Layers, Resolver};
pub(super) use self::settings::{Configuration, TlsFiles};
use crate::store::StoreUrl;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Problems(#[from] Problems),
    #[error(
        "which store? Name one with --store, {} or `store` in the configuration file: \
         sqlite:PATH or postgres://USER@HOST/DATABASE",
        resolve::variable("store")
    )]
    NoStore,
}

/// The name of the flag that names the file.
const CONFIG: &str = "config";

impl Configuration {
    /// The configuration in force, and where each value is from.
    pub(super) fn load<S>(given: &Given<S>) -> Result<(Self, Vec<Effective>), ConfigError> {
        let environment: BTreeMap<_, _> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("FUNCTIONGRAPHD_"))
            .collect();
        let named = environment
            .get(&resolve::variable(CONFIG))
            .filter(|path| !path.is_empty());
        let path = given.config.clone().or_else(|| named.map(PathBuf::from));
        let file = path.map(|path| File::read(&path)).transpose()?;
        let layers = Layers {
            flags: given.flags.clone(),
            environment,
            file,
        };
        let mut resolver = Resolver::new(&layers);
        let configuration = settings::take(&mut resolver);
        let effective = resolver.finish()?;
        Ok((configuration, effective))
    }

    /// The store, which every command but `config print` needs.
    pub(super) fn store(&self) -> Result<&StoreUrl, ConfigError> {
        self.store.as_ref().ok_or(ConfigError::NoStore)
    }
}

/// What settings are without anybody giving them.
fn defaults() -> Vec<Effective> {
    let layers = Layers::default();
    let mut resolver = Resolver::new(&layers);
    settings::take(&mut resolver);
    // Nothing was given that could be wrong.
    resolver.finish().unwrap_or_default()
}
