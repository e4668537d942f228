//! Where the value of an argument came from.

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _};

use crate::args::Arguments;

/// The flag or the variable that an argument has its value from.
pub(super) fn origin(matches: &ArgMatches, name: &str) -> String {
    match matches.value_source(name) {
        Some(ValueSource::CommandLine) => format!("--{}", name.replace('_', "-")),
        Some(ValueSource::EnvVariable) => {
            let command = Arguments::command();
            let variable = command
                .get_arguments()
                .find(|argument| argument.get_id() == name)
                .and_then(|argument| argument.get_env());
            match variable {
                Some(variable) => format!("${}", variable.to_string_lossy()),
                None => "the environment".to_owned(),
            }
        }
        _ => "default".to_owned(),
    }
}
