//! The proxy in a line for a shell, without what can be a secret.

/// What is to be done before the line works, where the proxy asks for a user.
pub(super) const NOTE: &str = "note: the user of the proxy is left out of the line: give it to curl with --proxy-user, or in a file with --config";

/// Whether a proxy's address holds user information.
pub(super) fn has_user(proxy: &str) -> bool {
    proxy.contains('@')
}

/// The proxy's scheme, host and port: all that counts of it but its user information.
pub(super) fn address(proxy: &str) -> String {
    let (scheme, rest) = match proxy.split_once("://") {
        Some((scheme, rest)) if scheme.chars().all(char::is_alphanumeric) => (Some(scheme), rest),
        _ => (None, proxy),
    };
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let scheme = scheme.unwrap_or("http");
    // Behind the brackets of an IPv6 address.
    let has_port = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
    // The scheme's own, where curl would take another.
    let port = match scheme {
        _ if has_port => "",
        "https" => ":443",
        _ => ":80",
    };
    format!("{scheme}://{host}{port}")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn no_secret_is_left() {
        for (proxy, text) in [
            ("http://h:1", "http://h:1"),
            ("h:1", "http://h:1"),
            ("h", "http://h:80"),
            ("https://h", "https://h:443"),
            ("http://[::1]:1/", "http://[::1]:1"),
            ("http://[::1]", "http://[::1]:80"),
            ("http://u:s3cret@h:1", "http://h:1"),
            ("u:s3cret@h:1", "http://h:1"),
            ("http://h/?key=s3cret@x", "http://h:80"),
            ("http://h#s3cret", "http://h:80"),
        ] {
            assert_eq!(address(proxy), text);
        }
    }
}
