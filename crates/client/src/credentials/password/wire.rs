//! What a login sends and is answered (Keystone v3, `POST /v3/auth/tokens`, password method).

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Bytes of a login besides what the caller chose, generously.
const FRAME: usize = 1024;

/// Bytes that JSON takes for one byte of a text at most: `\u0000`.
const ESCAPED: usize = 6;

/// Who logs in, and what for.
pub(super) struct Login<'a> {
    pub(super) domain: &'a str,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    pub(super) scope: Scope<'a>,
}

/// What a token is asked for.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Scope<'a> {
    project: ProjectScope<'a>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum ProjectScope<'a> {
    Id { id: &'a str },
    Name { name: &'a str, domain: Named<'a> },
}

#[derive(Serialize)]
struct Body<'a> {
    auth: Auth<'a>,
}

#[derive(Serialize)]
struct Auth<'a> {
    identity: Identity<'a>,
    scope: Scope<'a>,
}

#[derive(Serialize)]
struct Identity<'a> {
    methods: [&'static str; 1],
    password: Password<'a>,
}

#[derive(Serialize)]
struct Password<'a> {
    user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    password: &'a str,
    domain: Named<'a>,
}

#[derive(Clone, Copy, Serialize)]
struct Named<'a> {
    name: &'a str,
}

impl<'a> Scope<'a> {
    /// A project by its id.
    pub(super) fn id(id: &'a str) -> Self {
        Self {
            project: ProjectScope::Id { id },
        }
    }

    /// A project by its name in a domain.
    pub(super) fn name(name: &'a str, domain: &'a str) -> Self {
        Self {
            project: ProjectScope::Name {
                name,
                domain: Named { name: domain },
            },
        }
    }
}

impl Login<'_> {
    /// The body of the request. It holds the password, so it is overwritten when it goes; and it has
    /// its room from the beginning, since what grows leaves copies behind.
    pub(super) fn body(&self) -> Result<Bytes, serde_json::Error> {
        let Self {
            domain,
            user,
            password,
            scope,
        } = self;
        let chosen = 2 * domain.len() + user.len() + password.len();
        let mut text = Zeroizing::new(Vec::with_capacity(FRAME + ESCAPED * chosen));
        let domain = Named { name: domain };
        let body = Body {
            auth: Auth {
                identity: Identity {
                    methods: ["password"],
                    password: Password {
                        user: User {
                            name: user,
                            password,
                            domain,
                        },
                    },
                },
                scope: *scope,
            },
        };
        serde_json::to_writer(&mut *text, &body)?;
        Ok(Bytes::from_owner(text))
    }
}

/// What of the answer's body counts.
#[derive(Default, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) token: About,
}

/// What is said about the token, which itself stands in a header.
#[derive(Default, Deserialize)]
pub(super) struct About {
    #[serde(default)]
    pub(super) expires_at: String,
    pub(super) project: Option<Project>,
}

/// The project that the token is for.
#[derive(Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_login_has_its_room_from_the_beginning() {
        let nasty = "\u{1}\"\\".repeat(2000);
        let login = Login {
            domain: &nasty,
            user: &nasty,
            password: &nasty,
            scope: Scope::name("cn-north-4", &nasty),
        };
        let body = login.body().unwrap();
        assert!(body.len() <= FRAME + ESCAPED * 4 * nasty.len());
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let user = &read["auth"]["identity"]["password"]["user"];
        assert_eq!(user["password"], nasty.as_str());
        assert_eq!(
            read["auth"]["scope"]["project"]["domain"]["name"],
            nasty.as_str()
        );
    }
}
