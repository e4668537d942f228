//! Settings as flags of a command.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::resolve::{Form, Setting, variable};
use super::{CONFIG, defaults, settings};

/// Which settings a command has flags for.
pub(in crate::cli) trait Scope {
    /// Whether it has one for this.
    fn has(setting: &Setting) -> bool;
}

/// All of them.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct ServeScope;

impl Scope for ServeScope {
    fn has(setting: &Setting) -> bool {
        setting.form != Form::Secret
    }
}

/// The store alone.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct StoreScope;

impl Scope for StoreScope {
    fn has(setting: &Setting) -> bool {
        setting.key == settings::STORE.key
    }
}

/// What the command line says of settings.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Given<S> {
    /// The configuration file.
    pub(super) config: Option<PathBuf>,
    /// Values, by name of the setting; what they mean is judged elsewhere.
    pub(super) flags: BTreeMap<&'static str, String>,
    scope: PhantomData<fn() -> S>,
}

impl<S: Scope> FromArgMatches for Given<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let flags = settings::all()
            .filter(|setting| S::has(setting))
            .filter_map(|setting| {
                let text = matches.get_one::<String>(setting.name)?;
                Some((setting.name, text.clone()))
            });
        Ok(Self {
            config: matches.get_one::<PathBuf>(CONFIG).cloned(),
            flags: flags.collect(),
            scope: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<S: Scope> Args for Given<S> {
    fn augment_args(command: Command) -> Command {
        let defaults: BTreeMap<String, String> = defaults()
            .into_iter()
            .filter_map(|setting| Some((setting.key, setting.value?)))
            .map(|(key, value)| {
                (
                    key,
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        let config = Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .help(format!(
                "The configuration, a TOML file [env: {}=]",
                variable(CONFIG)
            ))
            .value_parser(value_parser!(PathBuf));
        settings::all()
            .filter(|setting| S::has(setting))
            .fold(command.arg(config), |command, setting| {
                command.arg(argument(setting, defaults.get(setting.key)))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(setting: &Setting, default: Option<&String>) -> Arg {
    let mut help = format!("{} [env: {}=]", setting.help, setting.variable());
    if let Some(default) = default {
        help.push_str(&format!(" [default: {default}]"));
    }
    let argument = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        .help(help)
        .action(ArgAction::Set)
        .value_parser(ValueParser::string());
    match setting.form {
        Form::Switch => argument
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Form::Value | Form::Secret => argument,
    }
}
