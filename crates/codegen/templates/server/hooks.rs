//! What a service plugs into the router: who calls, and how failures look.

use std::fmt;
use std::future::{Future, ready};

use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri};
use bytes::Bytes;
use serde::Serialize;

use super::{Credentials, Failure, Operation, OperationPath, Rejection, Scheme};

/// What a service plugs into the router. Every request passes here, in this order:
///
/// 1. the path and the method have an operation (404, 405), and the body fits
///    [`Limits`](super::Limits) (413);
/// 2. [`Hooks::authenticate`];
/// 3. the path parameters keep to their schemas (400);
/// 4. [`Hooks::admit`];
/// 5. the body's media type (415), then query, headers and body keep to their schemas (400), all
///    violations at once;
/// 6. the operation's method of the trait.
///
/// Whatever fails outside the hooks and the method goes through [`Hooks::reject`].
pub trait Hooks: Send + Sync + 'static {
    /// Who calls, as the operations' methods get it.
    type Identity: Send + 'static;

    /// The body of the failures that the hooks answer with.
    type ErrorBody: Serialize + Send + 'static;

    /// Finds out who calls. Called for every operation, those without security included:
    /// [`Operation::security`] tells what the document asks for.
    ///
    /// # Errors
    ///
    /// The failure to answer with: no or wrong credentials, a caller who may not do this at all,
    /// or credentials that cannot be checked at the moment.
    fn authenticate(
        &self,
        request: Authentication<'_>,
    ) -> impl Future<Output = Result<Self::Identity, Failure<StatusCode, Self::ErrorBody>>> + Send;

    /// Judges the path, now that its parameters are valid, before media type, query and body are:
    /// the place to look the resource up, so that a missing one is not found whatever the body
    /// says. What it finds can travel in the identity. Admits everybody unless implemented.
    ///
    /// # Errors
    ///
    /// The failure to answer with.
    fn admit(
        &self,
        caller: Self::Identity,
        path: OperationPath<'_>,
    ) -> impl Future<Output = Result<Self::Identity, Failure<StatusCode, Self::ErrorBody>>> + Send
    {
        let _ = path;
        ready(Ok(caller))
    }

    /// Shapes the answer to whatever the router refuses: one place for every failure that is not
    /// an operation's own. The router adds `Allow` to a 405.
    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Self::ErrorBody>;
}

/// A request whose caller is to be found out. Nothing of it has been decoded but the path's
/// percent-encoding.
#[derive(Clone, Copy)]
pub struct Authentication<'a> {
    /// The operation that is called.
    pub operation: Operation,
    /// The method; `HEAD` where a `GET` is asked for without its body.
    pub method: &'a Method,
    /// The request target as it arrived, also where the router is nested under a prefix.
    pub uri: &'a Uri,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The body's bytes as they arrived, whatever they are.
    pub body: &'a Bytes,
    /// The credentials that the request carries, one field per security scheme.
    pub credentials: &'a Credentials<'a>,
    /// The request's extensions: what layers around the router left there.
    pub extensions: &'a Extensions,
    pub(crate) path: &'a [(&'static str, Option<String>)],
}

impl<'a> Authentication<'a> {
    /// The path as it arrived, percent-encoding and all.
    pub fn raw_path(&self) -> &'a str {
        self.uri.path()
    }

    /// The query as it arrived, without the `?`.
    pub fn raw_query(&self) -> Option<&'a str> {
        self.uri.query()
    }

    /// The text of a path parameter, percent-decoded but not judged yet; `None` where it is not
    /// UTF-8 or the operation has no parameter of that name.
    pub fn path_parameter(&self, name: &str) -> Option<&'a str> {
        let (_, text) = self.path.iter().find(|(known, _)| *known == name)?;
        text.as_deref()
    }
}

/// Says what it is about, but neither credentials nor headers nor the body: it is made to be
/// logged.
impl fmt::Debug for Authentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentication")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.uri.path())
            .field("credentials", &self.credentials)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A security scheme that an operation asks for, with the scopes that it needs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The scheme.
    pub scheme: Scheme,
    /// Its scopes; empty for most kinds.
    pub scopes: &'static [&'static str],
}
