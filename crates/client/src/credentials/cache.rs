//! Credentials that end, kept until shortly before they do.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Mutex;

use super::CredentialError;
use crate::time::{Instant, unix_now};

/// Keeps one value; however many callers want it, one of them fetches it while the others wait for
/// what comes of that.
pub(super) struct Cache<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    kept: Option<Kept<T>>,
    failed: Option<(Instant, CredentialError)>,
}

#[derive(Clone)]
struct Kept<T> {
    value: T,
    /// Seconds since 1970.
    expires: Option<i64>,
}

impl<T: Clone> Cache<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                kept: None,
                failed: None,
            }),
        }
    }

    /// The value: the kept one while more than `margin` of its time is left, else a new one from
    /// `fetch`, which also says when that ends, in seconds since 1970. When fetching fails, the old
    /// value serves to its very end.
    pub(super) async fn get(
        &self,
        margin: Duration,
        fetch: impl Future<Output = Result<(T, Option<i64>), CredentialError>>,
    ) -> Result<T, CredentialError> {
        let came = Instant::now();
        let mut state = self.state.lock().await;
        let margin = i64::try_from(margin.as_secs()).unwrap_or(i64::MAX);
        if let Some(kept) = &state.kept
            && kept
                .expires
                .is_none_or(|end| end.saturating_sub(unix_now()) > margin)
        {
            return Ok(kept.value.clone());
        }
        // Who waited while another failed shares that failure instead of repeating it.
        if let Some((at, error)) = &state.failed
            && *at >= came
        {
            return Err(error.clone());
        }
        match fetch.await {
            Ok((value, expires)) => {
                state.kept = Some(Kept {
                    value: value.clone(),
                    expires,
                });
                state.failed = None;
                Ok(value)
            }
            Err(error) => {
                if let Some(kept) = &state.kept
                    && kept.expires.is_some_and(|end| end > unix_now())
                {
                    tracing::warn!(%error, "credentials could not be renewed; the old ones serve on");
                    return Ok(kept.value.clone());
                }
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Puts the value away where it is the one that `is_it` knows. While somebody fetches a new
    /// one, the old is gone already.
    pub(super) fn forget(&self, is_it: impl FnOnce(&T) -> bool) {
        if let Ok(mut state) = self.state.try_lock()
            && state.kept.as_ref().is_some_and(|kept| is_it(&kept.value))
        {
            state.kept = None;
        }
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}
