//! What an operation answers when it succeeds.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;

/// A success with a JSON body: a value, or ready JSON text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply<T> {
    pub(crate) body: Content<T>,
    pub(crate) headers: HeaderMap,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content<T> {
    Value(Box<T>),
    Json(Bytes),
}

impl<T> Reply<T> {
    /// A reply whose body is encoded when it is sent.
    pub fn new(body: T) -> Self {
        Self {
            body: Content::Value(Box::new(body)),
            headers: HeaderMap::new(),
        }
    }

    /// A reply whose body is JSON text already. It is sent as it is, byte for byte: that it is
    /// JSON, and what the document promises, is the implementation's word.
    pub fn json(text: impl Into<Bytes>) -> Self {
        Self {
            body: Content::Json(text.into()),
            headers: HeaderMap::new(),
        }
    }

    /// Adds a response header. Names of the documented ones are constants in
    /// [`headers`](super::headers).
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The body, unless it is ready text.
    pub fn body(&self) -> Option<&T> {
        match &self.body {
            Content::Value(body) => Some(body),
            Content::Json(_) => None,
        }
    }

    /// The body's ready JSON text, if it is that.
    pub fn text(&self) -> Option<&Bytes> {
        match &self.body {
            Content::Value(_) => None,
            Content::Json(text) => Some(text),
        }
    }

    /// The response headers added so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl<T> From<T> for Reply<T> {
    fn from(body: T) -> Self {
        Self::new(body)
    }
}

/// A success without a body, or the body of errors that have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Empty {
    pub(crate) headers: HeaderMap,
}

impl Empty {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a response header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The response headers added so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}
