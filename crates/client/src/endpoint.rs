//! Where the service and the identity service are.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

/// A region of Huawei Cloud, such as `cn-north-4`.
///
/// It gives the addresses of the service and of IAM, and the name of the project that belongs to it
/// in every account. Regions come and go, so any well-formed name is one:
///
/// ```
/// use functiongraph_client::Region;
///
/// let region: Region = "cn-north-4".parse()?;
/// assert_eq!(region.endpoint(), "https://functiongraph.cn-north-4.myhuaweicloud.com");
/// assert!("cn_north_4".parse::<Region>().is_err());
/// # Ok::<(), functiongraph_client::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// Why a text is no region or no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Not a region's name.
    #[error(
        "`{0}` is no region: a region has 1 to 63 lower-case letters, digits and inner hyphens, such as `cn-north-4`"
    )]
    Region(String),
    /// Not an address that HTTP can reach.
    #[error("`{endpoint}` is no endpoint: {reason}")]
    Endpoint {
        /// What was given, less what can be a secret: user information, a query.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Address of FunctionGraph in the region.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("https://functiongraph.{}.myhuaweicloud.com", self.0)
    }

    /// Address of the identity service (IAM) in the region.
    #[must_use]
    pub fn iam_endpoint(&self) -> String {
        format!("https://iam.{}.myhuaweicloud.com", self.0)
    }
}

impl FromStr for Region {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let valid = (1..=63).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(EndpointError::Region(text.to_owned()))
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The address in `text`, without a slash at its end.
pub(crate) fn endpoint(text: &str) -> Result<String, EndpointError> {
    let wrong = |reason: &str| EndpointError::Endpoint {
        endpoint: shown(text).to_owned(),
        reason: reason.to_owned(),
    };
    if text.contains('@') {
        return Err(wrong(
            "it holds user information; give credentials separately",
        ));
    }
    let url = Url::parse(text).map_err(|error| {
        wrong(&format!(
            "{error}; write it like `https://functiongraph.cn-north-4.myhuaweicloud.com`"
        ))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("the scheme must be http or https"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must not hold a query or a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The address of an identity service in `text`, in front of `/v3`, which may stand in it.
pub(crate) fn iam_endpoint(text: &str) -> Result<String, EndpointError> {
    let address = endpoint(text)?;
    let short = address
        .strip_suffix("/v3")
        .filter(|short| !short.ends_with('/'));
    Ok(short.map(ToOwned::to_owned).unwrap_or(address))
}

/// An address for people, also where it is none: without user information, a query and a fragment,
/// any of which can be a secret.
pub fn shown(address: &str) -> &str {
    if address.contains('@') {
        return "…";
    }
    address.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn endpoints_are_addresses() {
        assert_eq!(
            endpoint("http://127.0.0.1:1/").unwrap(),
            "http://127.0.0.1:1"
        );
        assert_eq!(
            endpoint("https://host/in/front/").unwrap(),
            "https://host/in/front"
        );
        for bad in [
            "",
            "functiongraph",
            "ftp://host",
            "http://host?x=1",
            "http://",
            "http://h#x",
        ] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
        for secret in [
            "http://u:s3cret@host",
            "u:s3cret@",
            "http://host/?key=s3cret",
            "host?s3cret",
            "http://host/#s3cret",
        ] {
            let error = endpoint(secret).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn an_identity_service_may_be_named_with_its_version() {
        for text in ["https://iam/v3", "https://iam/v3/", "https://iam"] {
            assert_eq!(iam_endpoint(text).unwrap(), "https://iam");
        }
        assert_eq!(
            iam_endpoint("https://host/identity/v3").unwrap(),
            "https://host/identity"
        );
        assert_eq!(iam_endpoint("http://v3").unwrap(), "http://v3");
        assert_eq!(iam_endpoint("http://v3/v3").unwrap(), "http://v3");
        assert!(iam_endpoint("iam").is_err());
    }

    #[test]
    fn regions_have_a_form() {
        for good in ["cn-north-4", "ap-southeast-1", "x", "eu-west-101"] {
            assert_eq!(good.parse::<Region>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "CN-north-4",
            "cn north",
            "-x",
            "x-",
            "cn.north",
            "a/b",
            &"x".repeat(64),
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
