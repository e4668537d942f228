//! The service's error codes.

use std::borrow::Cow;
use std::fmt;

/// An error code of the service, with the HTTP status that it is sent with.
///
/// The codes up to `FSS.1xxx` with a meaning of their own are the vendor's; where the vendor's list
/// has none, the code is `FSS.0` and the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// `FSS.0400`: a request that is wrong in a way that has no code of its own.
    BadRequest,
    /// `FSS.0401`: who is calling is not known.
    Unauthorized,
    /// `FSS.0403`: the caller may not do this, or a limit is reached.
    Forbidden,
    /// `FSS.0404`: nothing is at this path.
    NotFound,
    /// `FSS.0405`: what is at this path has no such method.
    MethodNotAllowed,
    /// `FSS.0408`: the request did not arrive in time.
    RequestTimeout,
    /// `FSS.0413`: the body is too large.
    BodyTooLarge,
    /// `FSS.0415`: the body is not JSON.
    UnsupportedMediaType,
    /// `FSS.0429`: too many requests.
    TooManyRequests,
    /// `FSS.0431`: the header fields are too large.
    HeadersTooLarge,
    /// `FSS.0500`: anything unforeseen.
    Internal,
    /// `FSS.0501`: the operation is not implemented.
    NotImplemented,
    /// `FSS.0503`: not ready, shutting down, or the store cannot take the request at present.
    Unavailable,
    /// `FSS.1001`: `marker` or `maxitems` is wrong.
    InvalidPage,
    /// `FSS.1015`: the version name is malformed or reserved.
    InvalidVersionName,
    /// `FSS.1016`: nothing changed since the last publication.
    Unchanged,
    /// `FSS.1019`: the description is too long.
    InvalidDescription,
    /// `FSS.1051`: there is no such function.
    FunctionNotFound,
    /// `FSS.1052`: the function has no such version.
    VersionNotFound,
    /// `FSS.1053`: the function has no such alias.
    AliasNotFound,
    /// `FSS.1062`: the version name is in use.
    VersionExists,
    /// `FSS.1309`: the URN is malformed, or cannot be published from.
    InvalidUrn,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 22] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::NotImplemented,
        Self::Unavailable,
        Self::InvalidPage,
        Self::InvalidVersionName,
        Self::Unchanged,
        Self::InvalidDescription,
        Self::FunctionNotFound,
        Self::VersionNotFound,
        Self::AliasNotFound,
        Self::VersionExists,
        Self::InvalidUrn,
    ];

    /// The code on the wire, `FSS.1051`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "FSS.0400",
            Self::Unauthorized => "FSS.0401",
            Self::Forbidden => "FSS.0403",
            Self::NotFound => "FSS.0404",
            Self::MethodNotAllowed => "FSS.0405",
            Self::RequestTimeout => "FSS.0408",
            Self::BodyTooLarge => "FSS.0413",
            Self::UnsupportedMediaType => "FSS.0415",
            Self::TooManyRequests => "FSS.0429",
            Self::HeadersTooLarge => "FSS.0431",
            Self::Internal => "FSS.0500",
            Self::NotImplemented => "FSS.0501",
            Self::Unavailable => "FSS.0503",
            Self::InvalidPage => "FSS.1001",
            Self::InvalidVersionName => "FSS.1015",
            Self::Unchanged => "FSS.1016",
            Self::InvalidDescription => "FSS.1019",
            Self::FunctionNotFound => "FSS.1051",
            Self::VersionNotFound => "FSS.1052",
            Self::AliasNotFound => "FSS.1053",
            Self::VersionExists => "FSS.1062",
            Self::InvalidUrn => "FSS.1309",
        }
    }

    /// The HTTP status that the code is sent with.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest
            | Self::InvalidPage
            | Self::InvalidVersionName
            | Self::Unchanged
            | Self::InvalidDescription
            | Self::InvalidUrn => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound
            | Self::FunctionNotFound
            | Self::VersionNotFound
            | Self::AliasNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::VersionExists => 409,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::HeadersTooLarge => 431,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A request that a rule turns down: the code, and a message for the caller, which never repeats
/// what the caller sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The code.
    pub code: Code,
    /// What is wrong and what to do, in words.
    pub message: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with a message.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// `FSS.1051`, in the words of the vendor's example. A function that another tenant has and
    /// one that nobody has are answered alike.
    pub fn function_not_found() -> Self {
        Self::new(Code::FunctionNotFound, "Not found the function")
    }

    /// `FSS.1052`.
    pub fn version_not_found() -> Self {
        Self::new(Code::VersionNotFound, "Not found the version")
    }

    /// `FSS.1053`.
    pub fn alias_not_found() -> Self {
        Self::new(Code::AliasNotFound, "Not found the alias")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code has its section in the documentation, with the status that it is sent with.
    #[test]
    fn codes_are_documented() {
        for (chapter, status) in [
            (
                include_str!("../../../site/chapters/en/errors.md"),
                "**Status**",
            ),
            (
                include_str!("../../../site/chapters/zh-CN/errors.md"),
                "**状态码**",
            ),
        ] {
            for code in Code::ALL {
                let heading = format!("## `{code}`\n\n{status} {}", code.status());
                assert!(chapter.contains(&heading), "{code} is not documented");
            }
        }
    }

    #[test]
    fn codes_are_distinct_and_statuses_are_errors() {
        for (place, code) in Code::ALL.iter().enumerate() {
            assert!((400..600).contains(&code.status()), "{code}");
            assert!(
                Code::ALL[..place]
                    .iter()
                    .all(|other| other.as_str() != code.as_str()),
                "{code} twice"
            );
            if let Some(status) = code.as_str().strip_prefix("FSS.0") {
                assert_eq!(status, code.status().to_string(), "{code}");
            }
        }
    }
}
