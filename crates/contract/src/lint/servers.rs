//! Servers and their variables.

use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::rule::Rule;

impl Lint<'_> {
    pub(super) fn servers(&mut self) {
        for server in &self.document.servers {
            let used = variables(&server.url);
            for name in &used {
                if !server.variables.contains_key(*name) {
                    self.report(
                        Rule::ServerVariable,
                        &server.at.join("url"),
                        format!("the variable {} of this URL is not described", quote(name)),
                        format!("add it to `variables`, with a `default`: {}", quote(name)),
                    );
                }
            }
            for (name, variable) in &server.variables {
                let at = server.at.join("variables").join(name);
                if !used.contains(&name.as_str()) {
                    self.report_key(
                        Rule::ServerVariable,
                        &at,
                        format!("{} is not a variable of the URL", quote(name)),
                        format!("put `{{{name}}}` into the URL, or remove the variable"),
                    );
                }
                let listed = variable.enumeration.is_empty()
                    || variable.enumeration.contains(&variable.default);
                if !listed {
                    self.report(
                        Rule::ServerVariable,
                        &at.join("default"),
                        format!("{} is not in the enumeration", quote(&variable.default)),
                        "use one of the values of `enum`, or add this one",
                    );
                }
            }
        }
    }
}

/// The names in braces.
fn variables(url: &str) -> Vec<&str> {
    url.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}
