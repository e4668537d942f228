//! The proxy of calls that no setting of this program names: that of the environment, as the HTTP
//! client reads it.

/// A proxy, and where it was found.
pub(super) struct Proxy {
    pub(super) address: String,
    pub(super) origin: String,
}

/// Schemes of proxies; `http` is meant where there is none.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxy that the environment names for calls to an address.
pub(super) fn of_environment(endpoint: &str) -> Option<Proxy> {
    // A program that a web server runs: there HTTP_PROXY would be a header that anybody can send.
    if std::env::var_os("REQUEST_METHOD").is_some() {
        return None;
    }
    let own = match endpoint.starts_with("http://") {
        true => ["HTTP_PROXY", "http_proxy"],
        false => ["HTTPS_PROXY", "https_proxy"],
    };
    let (name, address) = [own, ["ALL_PROXY", "all_proxy"]]
        .into_iter()
        .filter_map(first)
        .find(|(_, address)| is_proxy(address))?;
    let exceptions = first(["NO_PROXY", "no_proxy"]).filter(|(_, hosts)| !hosts.trim().is_empty());
    let origin = match exceptions {
        Some((hosts, _)) => format!("${name}; hosts of ${hosts} are reached without"),
        None => format!("${name}"),
    };
    Some(Proxy { address, origin })
}

/// The first of two variables that is there, also where it is empty.
fn first(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names
        .into_iter()
        .find_map(|name| Some((name, std::env::var(name).ok()?)))
}

/// Whether a text is a proxy's address. The HTTP client passes over what is none.
fn is_proxy(address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let host = rest.split('/').next().unwrap_or_default();
    let is_known = SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    is_known && !host.is_empty() && !address.contains(char::is_whitespace)
}
