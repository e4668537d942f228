//! `signature`, and how a request is shown.

use std::io::{self, Write as _};

use functiongraph_client::Prepared;

use super::{list, publish};
use crate::args::{Global, Signature};
use crate::failure::Failure;
use crate::settings::{self, TOKEN};

/// The variable that holds the token of temporary access keys.
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";

pub(super) async fn run(global: &Global, call: Signature) -> Result<(), Failure> {
    let client = settings::client(global)?;
    let prepared = match call {
        Signature::Publish(new) => publish::call(&client, &new).prepare().await?,
        Signature::List {
            function,
            page_size,
        } => list::call(&client, &function, page_size).prepare().await?,
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{}", curl(&prepared))?;
    Ok(out.flush()?)
}

/// A request as a line for a shell.
fn curl(request: &Prepared) -> String {
    let mut line = format!("curl -sS -X {}", request.method());
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        if name == "x-auth-token" {
            // A token holds for a day, and would stay in the shell's history.
            line.push_str(&format!(" -H \"X-Auth-Token: ${TOKEN}\""));
        } else if name == "x-security-token" {
            // So does the token of temporary keys.
            line.push_str(&format!(" -H \"X-Security-Token: ${SECURITY_TOKEN}\""));
        } else {
            line.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
        }
    }
    if let Some(body) = request.body() {
        let body = String::from_utf8_lossy(body);
        line.push_str(&format!(" --data-raw {}", quoted(&body)));
    }
    line.push_str(&format!(" {}", quoted(request.url().as_str())));
    line
}

/// A word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Shows a request that is not sent, without its credentials.
pub(super) fn show(request: &Prepared) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} {}", request.method(), request.url())?;
    for (name, value) in request.headers() {
        let shown = if value.is_sensitive() {
            "…".into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        writeln!(out, "{name}: {shown}")?;
    }
    if let Some(body) = request.body() {
        writeln!(out, "\n{}", String::from_utf8_lossy(body))?;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_what_was_meant() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's $x"), r"'it'\''s $x'");
    }
}
