//! `config`.

use std::io::{self, Write as _};

use crate::args::Global;
use crate::failure::Failure;
use crate::output;
use crate::settings::{self, Report, Setting};

/// Shows every setting, and fails afterwards where one of them cannot be used.
pub(super) fn show(global: &Global) -> Result<(), Failure> {
    let Report { settings, outcome } = settings::report(global)?;
    let rows = settings.into_iter().map(
        |Setting {
             name,
             value,
             origin,
         }| [name.to_owned(), value, origin],
    );
    let mut out = io::stdout().lock();
    output::table(&["SETTING", "VALUE", "FROM"], rows, &mut out)?;
    out.flush()?;
    outcome
}
