//! Requests as they would be sent, for looking at them or sending them by other means.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::HeaderMap;
use reqwest::{Method, Request, Url};

use crate::error::Error;

/// A request as the client would send it, credentials and all: a signature, which holds for 15
/// minutes, or a token. Nothing was sent.
///
/// Made by [`Publish::prepare`](crate::Publish::prepare) and
/// [`Versions::prepare`](crate::Versions::prepare).
pub struct Prepared(Request);

impl Prepared {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.0.method()
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.0.url()
    }

    /// The headers that the client sets. Those that carry credentials are marked
    /// [sensitive](reqwest::header::HeaderValue::is_sensitive).
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The body's bytes; none where there is no body.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body().and_then(reqwest::Body::as_bytes)
    }
}

/// Never shows credentials: their headers are sensitive.
impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Prepared")
            .field("method", self.method())
            .field("url", &self.url().as_str())
            .field("headers", self.headers())
            .finish_non_exhaustive()
    }
}

/// Catches the request of a call in place of sending it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catch(Arc<Mutex<Option<Request>>>);

impl Catch {
    pub(crate) fn put(&self, request: Request) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
    }

    /// The request of a call that `result` came of, which is an error once it was caught.
    pub(crate) fn take<T>(&self, result: Result<T, Error>) -> Result<Prepared, Error> {
        let caught = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (caught, result) {
            (Some(request), _) => Ok(Prepared(request)),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(Error::invalid_request("nothing was to be sent".to_owned())),
        }
    }
}
