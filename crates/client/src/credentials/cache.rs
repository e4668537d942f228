//! Credentials that end, kept until shortly before they do.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::CredentialError;
use crate::time::{Instant, unix_now};

/// How long a value that still holds serves before the next try to renew it.
const PAUSE: Duration = Duration::from_secs(30);

/// Keeps one value; however many callers want it, one of them fetches it while the others wait for
/// what comes of that.
pub(super) struct Cache<T> {
    /// Never held while waiting, so that a refused value goes at once, whoever is fetching.
    state: Mutex<State<T>>,
    /// Whoever holds it fetches.
    turn: tokio::sync::Mutex<()>,
    pause: Duration,
}

struct State<T> {
    kept: Option<Kept<T>>,
    /// When fetching was last tried.
    tried: Option<Instant>,
    failed: Option<(Instant, CredentialError)>,
}

struct Kept<T> {
    value: T,
    fetched: Instant,
    /// Seconds since 1970.
    expires: Option<i64>,
}

impl<T: Clone> Kept<T> {
    /// The value, where more than `margin` of its time is left, in seconds.
    fn for_more_than(&self, margin: i64) -> Option<T> {
        let holds = self
            .expires
            .is_none_or(|end| end.saturating_sub(unix_now()) > margin);
        holds.then(|| self.value.clone())
    }

    /// The value, where it was fetched at `moment` or later. However short its time, and whatever the
    /// local clock makes of it, there is no newer one.
    fn since(&self, moment: Instant) -> Option<T> {
        (self.fetched >= moment).then(|| self.value.clone())
    }
}

impl<T: Clone> Cache<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                kept: None,
                tried: None,
                failed: None,
            }),
            turn: tokio::sync::Mutex::new(()),
            pause: PAUSE,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value: the kept one while more than `margin` of its time is left, else a new one from
    /// `fetch`, which also says when that ends, in seconds since 1970. While somebody renews it, and
    /// for a while after that failed, the old value serves, to its very end. A new value serves for a
    /// while however soon it ends.
    pub(super) async fn get(
        &self,
        margin: Duration,
        fetch: impl Future<Output = Result<(T, Option<i64>), CredentialError>>,
    ) -> Result<T, CredentialError> {
        let came = Instant::now();
        let margin = i64::try_from(margin.as_secs()).unwrap_or(i64::MAX);
        if let Some(value) = self.ready(margin) {
            return Ok(value);
        }
        let _turn = self.turn.lock().await;
        {
            let state = self.state();
            let kept = state.kept.as_ref();
            let ready =
                kept.and_then(|kept| kept.for_more_than(margin).or_else(|| kept.since(came)));
            if let Some(value) = ready {
                return Ok(value);
            }
            // Who waited while another failed shares that failure instead of repeating it.
            if let Some((at, error)) = &state.failed
                && *at >= came
            {
                return Err(error.clone());
            }
        }
        let fetched = fetch.await;
        let now = Instant::now();
        let mut state = self.state();
        state.tried = Some(now);
        match fetched {
            Ok((value, expires)) => {
                state.kept = Some(Kept {
                    value: value.clone(),
                    fetched: now,
                    expires,
                });
                state.failed = None;
                Ok(value)
            }
            Err(error) => {
                if let Some(value) = state.kept.as_ref().and_then(|k| k.for_more_than(0)) {
                    tracing::warn!(%error, "credentials could not be renewed; the old ones serve on");
                    return Ok(value);
                }
                state.failed = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    /// The kept value, unless it is the caller's turn to renew it.
    fn ready(&self, margin: i64) -> Option<T> {
        let mut state = self.state();
        let kept = state.kept.as_ref()?;
        if let Some(value) = kept.for_more_than(margin) {
            return Some(value);
        }
        // By a clock that is off, one that has just been fetched may have ended.
        let value = kept.for_more_than(0).or_else(|| {
            let is_new = kept.fetched.elapsed() < self.pause;
            is_new.then(|| kept.value.clone())
        })?;
        if state.tried.is_some_and(|at| at.elapsed() < self.pause) {
            return Some(value);
        }
        // Noted before trying: a call that gives up waiting has tried, too.
        state.tried = Some(Instant::now());
        None
    }

    /// Puts the value away where it is the one that `is_it` knows, whoever fetches a new one
    /// meanwhile.
    pub(super) fn forget(&self, is_it: impl FnOnce(&T) -> bool) {
        let mut state = self.state();
        if state.kept.as_ref().is_some_and(|kept| is_it(&kept.value)) {
            state.kept = None;
        }
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use super::*;

    const MARGIN: Duration = Duration::from_secs(300);

    /// A cache with a value that ends in so many seconds.
    async fn holding(seconds: i64) -> Cache<&'static str> {
        let cache = Cache::new();
        let end = Some(unix_now() + seconds);
        cache.get(MARGIN, async { Ok(("old", end)) }).await.unwrap();
        cache
    }

    #[tokio::test]
    async fn a_renewal_that_fails_is_not_tried_with_every_call() {
        let tries = Cell::new(0);
        // It still holds, and is to be renewed.
        let mut cache = holding(60).await;
        let fails = || async {
            tries.set(tries.get() + 1);
            Err(CredentialError::unavailable("here", "away"))
        };
        cache.pause = Duration::ZERO;
        assert_eq!(cache.get(MARGIN, fails()).await.unwrap(), "old");
        assert_eq!(tries.get(), 1);
        cache.pause = PAUSE;
        for _ in 0..3 {
            assert_eq!(cache.get(MARGIN, fails()).await.unwrap(), "old");
        }
        assert_eq!(tries.get(), 1);
        cache.pause = Duration::ZERO;
        assert_eq!(cache.get(MARGIN, fails()).await.unwrap(), "old");
        assert_eq!(tries.get(), 2);
        // Nothing serves once it is refused.
        cache.forget(|kept| *kept == "old");
        assert!(cache.get(MARGIN, fails()).await.is_err());
    }

    #[tokio::test]
    async fn a_renewal_that_is_given_up_counts_as_tried() {
        let mut cache = holding(60).await;
        cache.pause = Duration::ZERO;
        let stalls = || std::future::pending::<Result<(&str, Option<i64>), _>>();
        let limit = Duration::from_millis(20);
        let given_up = crate::time::within(limit, cache.get(MARGIN, stalls())).await;
        assert!(given_up.is_none());
        cache.pause = PAUSE;
        assert_eq!(cache.get(MARGIN, stalls()).await.unwrap(), "old");
    }

    /// One that has ended by the local clock may be good: the clock can be off.
    #[tokio::test]
    async fn a_new_value_serves_for_a_while_however_soon_it_ends() {
        for seconds in [-3600, 0, 60] {
            let mut cache = holding(seconds).await;
            let fails = async { Err(CredentialError::unavailable("here", "away")) };
            assert_eq!(cache.get(MARGIN, fails).await.unwrap(), "old");
            cache.pause = Duration::ZERO;
            let end = Some(unix_now() + 3600);
            let renewed = cache.get(MARGIN, async { Ok(("new", end)) }).await;
            assert_eq!(renewed.unwrap(), "new");
        }
    }

    #[tokio::test]
    async fn a_value_can_be_forgotten_while_another_is_fetched() {
        let cache = holding(3600).await;
        let _turn = cache.turn.lock().await;
        cache.forget(|kept| *kept == "old");
        assert_eq!(cache.ready(0), None);
    }
}
