//! `signature`, and how a request is shown.

mod proxy;

use std::io::{self, Write as _};

use functiongraph_client::Prepared;

use super::{list, publish};
use crate::args::{Call, Global, Signature};
use crate::failure::Failure;
use crate::settings::{self, Place, SECURITY_TOKEN, TOKEN};

/// Headers that carry a token, in lower case, and the variable that one is expected in.
const TOKENS: [(&str, &str); 2] = [
    ("x-auth-token", TOKEN),
    ("x-security-token", SECURITY_TOKEN),
];

pub(super) async fn run(
    global: &Global,
    Signature { reveal, call }: Signature,
) -> Result<(), Failure> {
    let identity = settings::identity(global)?;
    let place = if reveal {
        None
    } else {
        Some(identity.place_of_token())
    };
    let client = settings::client_of(global, identity)?;
    settings::agrees(global, call.function())?;
    let prepared = match call {
        Call::Publish(new) => publish::call(&client, &new).prepare().await?,
        Call::List {
            function,
            page_size,
        } => list::call(&client, &function, page_size).prepare().await?,
    };
    let mut out = io::stdout().lock();
    let proxy = global.proxy.as_deref().map(proxy::address);
    writeln!(out, "{}", curl(&prepared, place.as_ref(), proxy.as_deref()))?;
    out.flush()?;
    if global.proxy.as_deref().is_some_and(proxy::has_user) {
        writeln!(io::stderr(), "{}", proxy::NOTE)?;
    }
    if let Some(note) = place.and_then(|place| note(&prepared, &place)) {
        writeln!(io::stderr(), "{note}")?;
    }
    Ok(())
}

/// A request as a line for a shell, which takes the token from its place; without one, the token
/// stands in the line itself. Brackets in the address are no pattern.
fn curl(request: &Prepared, place: Option<&Place>, proxy: Option<&str>) -> String {
    let mut line = format!("curl -sSg -X {}", request.method());
    if let Some(proxy) = proxy {
        // As the client does, whatever NO_PROXY says.
        line.push_str(&format!(" -x {} --noproxy ''", quoted(proxy)));
    }
    for (name, value) in request.headers() {
        let variable = variable_of(name.as_str());
        let header = match (place, variable) {
            // A token holds for a day, and would stay in the shell's history.
            (Some(place), Some(variable)) => {
                format!("\"{name}: {}\"", expansion(place, variable))
            }
            _ => {
                let value = String::from_utf8_lossy(value.as_bytes());
                quoted(&format!("{name}: {value}"))
            }
        };
        line.push_str(&format!(" -H {header}"));
    }
    if let Some(body) = request.body() {
        let body = String::from_utf8_lossy(body);
        line.push_str(&format!(" --data-raw {}", quoted(&body)));
    }
    line.push_str(&format!(" {}", quoted(request.url().as_str())));
    line
}

/// The variable for the token that a header carries.
fn variable_of(header: &str) -> Option<&'static str> {
    let (_, variable) = TOKENS.into_iter().find(|(name, _)| *name == header)?;
    Some(variable)
}

/// What a shell makes the token of, within double quotes.
fn expansion(place: &Place, variable: &str) -> String {
    // Without white space around it, as the client takes it.
    const TRIMMED: &str = "tr -d '[:space:]'";
    match path_in(place) {
        Some(path) => format!("$({TRIMMED} < {})", quoted(path)),
        None if has_space(variable) => format!("$(printf %s \"${variable}\" | {TRIMMED})"),
        None => format!("${variable}"),
    }
}

/// Whether a variable's value has white space that the client leaves out.
fn has_space(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value.trim().len() < value.len())
}

/// The path of a file that can stand in a line of text.
fn path_in(place: &Place) -> Option<&str> {
    match place {
        Place::File(path) => path.to_str(),
        Place::Variable(_) | Place::Elsewhere => None,
    }
}

/// What is to be done before the line works, where the token is in no variable or file.
fn note(request: &Prepared, place: &Place) -> Option<String> {
    if matches!(place, Place::Variable(_)) || path_in(place).is_some() {
        return None;
    }
    let headers = request.headers();
    let (_, variable) = TOKENS
        .into_iter()
        .find(|(name, _)| headers.contains_key(*name))?;
    Some(format!(
        "note: the token is in no variable or file that the line could name: set {variable} to it, or let --reveal print it in the line"
    ))
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
    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's $x"), r"'it'\''s $x'");
    }

    #[test]
    fn a_token_is_taken_from_where_it_is() {
        for (place, text) in [
            (Place::Variable(TOKEN), "$FUNCTIONGRAPH_TOKEN"),
            (Place::Elsewhere, "$FUNCTIONGRAPH_TOKEN"),
            (
                Place::File("it's".into()),
                r"$(tr -d '[:space:]' < 'it'\''s')",
            ),
            (Place::File("-x".into()), "$(tr -d '[:space:]' < '-x')"),
        ] {
            assert_eq!(expansion(&place, TOKEN), text);
        }
    }
}
