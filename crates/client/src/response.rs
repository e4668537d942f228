//! A successful answer.

use std::fmt;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::transport::Answer;

/// A decoded answer together with how it came: status, headers and the body as it was sent. It
/// derefs to what was decoded, and its `Debug` shows that: of a version also the environment
/// variables of its function, `user_data`.
///
/// ```
/// # async fn example(client: functiongraph_client::Client) -> Result<(), functiongraph_client::Error> {
/// let version = client.function("test").publish().send().await?;
/// println!("{} by request {:?}", version.version, version.request_id());
/// println!("{}", String::from_utf8_lossy(version.raw_body()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    attempts: u32,
}

impl<T> Response<T> {
    /// What was decoded.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as it was sent: the whole list, where a publication was answered by what the list
    /// says (see [`RetryPolicy`](crate::RetryPolicy)).
    pub fn raw_body(&self) -> &Bytes {
        &self.body
    }

    /// The id under which the service knows the request.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// How often the call was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl<T: DeserializeOwned> Response<T> {
    /// Decodes an answer. Named and asynchronous as generated code calls it.
    pub(crate) async fn from_response(answer: Answer) -> Result<Self, Error> {
        let text = answer.decoded.as_ref().unwrap_or(&answer.body);
        let value = serde_json::from_slice(text).map_err(|error| {
            let what = format!("the body cannot be decoded: {error}");
            Error::of_answer(
                ErrorKind::Decode,
                what,
                answer.status,
                &answer.headers,
                &answer.body,
            )
            .with_operation(answer.operation)
            .with_attempts(answer.attempts)
        })?;
        Ok(Self {
            value,
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            attempts: answer.attempts,
        })
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> AsRef<T> for Response<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status.as_u16())
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

/// The id of a request in the headers of its answer: the service's, or the identity service's.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    ["x-request-id", "x-iam-trace-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty())
}
