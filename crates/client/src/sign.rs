//! Putting credentials onto a request: on its final bytes, as the last thing before it is sent.

use functiongraph_signing::SigningTime;
use reqwest::header::{HOST, HeaderName, HeaderValue};
use reqwest::{Request, Url};

use crate::credentials::{AccessKeys, Credential, CredentialError};

/// The header that carries a token (S1, "X-Auth-Token").
const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The header that names the project of a signed request.
const PROJECT: HeaderName = HeaderName::from_static("x-project-id");

/// Headers whose values arrive as they are sent, so that a signature over them holds. What
/// proxies and libraries add or change on the way is not among them.
const SIGNED: [&str; 2] = ["content-type", "x-project-id"];

/// Identifies the caller of `request`. `project` is the one that the path names.
pub(crate) fn authenticate(
    request: &mut Request,
    credential: &Credential,
    project: Option<&str>,
    now: i64,
) -> Result<(), CredentialError> {
    match credential {
        Credential::Token(token) => {
            request.headers_mut().insert(TOKEN, token.header()?);
            Ok(())
        }
        Credential::Keys(keys) => sign(request, keys, project, now),
    }
}

fn sign(
    request: &mut Request,
    keys: &AccessKeys,
    project: Option<&str>,
    now: i64,
) -> Result<(), CredentialError> {
    let unusable = |reason: String| CredentialError::malformed("the access keys", reason);
    let host = host(request.url())
        .ok_or_else(|| unusable("the endpoint has no host to sign for".to_owned()))?;
    if let Some(project) = project.and_then(|id| HeaderValue::from_str(id).ok()) {
        request.headers_mut().insert(PROJECT, project);
    }
    let signer = keys.signer()?;
    let time = SigningTime::from_unix(now).map_err(|error| unusable(error.to_string()))?;
    let signed = {
        let mut headers = vec![("host", host.as_bytes())];
        headers.extend(SIGNED.iter().flat_map(|name| {
            let values = request.headers().get_all(*name);
            values.into_iter().map(|value| (*name, value.as_bytes()))
        }));
        let described = functiongraph_signing::Request {
            method: request.method().as_str(),
            path: request.url().path(),
            query: request.url().query(),
            headers: &headers,
            body: request
                .body()
                .and_then(reqwest::Body::as_bytes)
                .unwrap_or_default(),
        };
        signer
            .sign(&described, time)
            .map_err(|error| unusable(error.to_string()))?
    };
    for (name, value) in signed.iter() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value);
        let (Ok(name), Ok(mut value)) = (name, value) else {
            return Err(unusable("they cannot stand in a header".to_owned()));
        };
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
    // The same value that was signed, whatever the HTTP library would make of the address.
    if let Ok(host) = HeaderValue::from_str(&host) {
        request.headers_mut().insert(HOST, host);
    }
    Ok(())
}

/// The value of `Host` for an address: with the port where it is not the scheme's own.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PROJECT_ID: &str = "7aad83af3e8d42e99ac194e8419e2c9b";

    fn signed(request: &mut Request, keys: &AccessKeys) -> String {
        // 2026-11-21T12:00:00Z.
        sign(request, keys, Some(PROJECT_ID), 1_795_262_400).unwrap();
        request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn vector() -> Request {
        let url = format!(
            "https://functiongraph.cn-north-4.myhuaweicloud.com/v2/{PROJECT_ID}/fgs/functions/urn:fss:cn-north-4:{PROJECT_ID}:function:default:test/versions"
        );
        let mut request = Request::new(reqwest::Method::POST, url.parse().unwrap());
        request
            .headers_mut()
            .insert("content-type", HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(r#"{"version":"v1","description":"v1"}"#.into());
        request
    }

    #[test]
    fn the_published_vector_is_met() {
        let keys = AccessKeys::new(
            "AKIDEXAMPLE0000000001",
            "SKEXAMPLE/SecretKey+0000000000000000001",
        );
        assert_eq!(
            signed(&mut vector(), &keys),
            "SDK-HMAC-SHA256 Access=AKIDEXAMPLE0000000001, \
             SignedHeaders=content-type;host;x-project-id;x-sdk-date, \
             Signature=c383db34a8f003872f5e1edff2535f5a4e4fa1de5d9bc1bc28ee438cd9340bec"
        );
    }

    #[test]
    fn a_temporary_pair_sends_and_signs_its_token() {
        let keys = AccessKeys::new("AK", "SK").security_token("temporary");
        let mut request = vector();
        let authorization = signed(&mut request, &keys);
        assert_eq!(request.headers()["x-security-token"], "temporary");
        assert!(
            authorization.contains(
                "SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token,"
            )
        );
        assert!(!format!("{request:?}").contains("temporary"));
        assert!(!format!("{request:?}").contains("Signature="));
    }

    #[test]
    fn the_port_is_part_of_the_host() {
        let host = |url: &str| host(&url.parse().unwrap()).unwrap();
        assert_eq!(host("http://127.0.0.1:8080/x"), "127.0.0.1:8080");
        assert_eq!(host("https://example.com:443/x"), "example.com");
        assert_eq!(host("http://[::1]:80/"), "[::1]");
    }
}
