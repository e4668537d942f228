//! Clocks and waiting, on threads and in browsers alike.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use backon::{DefaultSleeper, Sleeper as _};

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use std::time::{Instant, SystemTime};
#[cfg(target_arch = "wasm32")]
pub(crate) use web_time::{Instant, SystemTime};

/// Seconds since 1970, negative before.
pub(crate) fn unix_now() -> i64 {
    let now = SystemTime::now();
    match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |secs| -secs),
    }
}

/// Seconds since 1970 of a time of the standard library, which is what timestamps are read to.
pub(crate) fn unix_of(time: std::time::SystemTime) -> i64 {
    match time.duration_since(std::time::SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |secs| -secs),
    }
}

/// Whole milliseconds since a moment.
pub(crate) fn milliseconds(since: Instant) -> u64 {
    as_milliseconds(since.elapsed())
}

/// Whole milliseconds of a span.
pub(crate) fn as_milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The longest wait that a browser's timer takes: its milliseconds have 31 bits.
const LONGEST_SLEEP: Duration = Duration::from_millis(i32::MAX as u64);

/// Waits.
pub(crate) async fn sleep(duration: Duration) {
    let mut left = duration;
    while !left.is_zero() {
        let part = left.min(LONGEST_SLEEP);
        DefaultSleeper::default().sleep(part).await;
        left -= part;
    }
}

/// The result of `work`, or nothing when it takes longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut end = pin!(sleep(limit));
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        end.as_mut().poll(context).map(|()| None)
    })
    .await
}
