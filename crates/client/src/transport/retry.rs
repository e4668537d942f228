//! When a call is tried again, and how long to wait before.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How calls are retried.
///
/// A failed attempt is followed by another only where that is safe:
///
/// * listing: when the connection failed or broke, when the answer stalled, and on 429, 502, 503
///   and 504;
/// * publishing a version that is named: the same. Where an earlier attempt took effect after all,
///   the service refuses the repetition, since the name is taken or nothing has changed; then the
///   list is read, and the version in it is the answer if it has the description that was sent, the
///   working copy's code and no earlier date than the first attempt. Else the refusal is returned,
///   as it is where it has no `Date`, which browsers hide: then nothing tells the version's age;
/// * publishing without a name: only when the attempt surely had no effect, that is when no
///   connection came to stand, on 429, and on 503 with `Retry-After`. Browsers, and an
///   [HTTP client of the caller's](crate::ClientBuilder::http), do not tell whether a connection
///   came to stand.
///
/// A call whose token is refused with 401 is sent once more after a new login, which does not count
/// as an attempt. With one attempt allowed it is not.
///
/// Waiting grows exponentially with full jitter, and is never shorter than what the service asks
/// for with `Retry-After`. A wait that would outlast the call's deadline is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    first_delay: Duration,
    max_delay: Duration,
}

impl RetryPolicy {
    /// Four attempts, waiting up to 0.2, 0.4 and 0.8 seconds.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_attempts: 4,
            first_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
        }
    }

    /// One attempt, whatever becomes of it; not even a new login is followed by another.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            max_attempts: 1,
            ..Self::new()
        }
    }

    /// How often a call is sent at most, the first time included; 0 counts as 1.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The longest wait before the second attempt. It doubles with each further one.
    #[must_use]
    pub const fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// What the longest wait grows to. A `Retry-After` may ask for more.
    #[must_use]
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    pub(crate) fn attempts(self) -> u32 {
        self.max_attempts.max(1)
    }

    /// The waits between attempts: uniformly between nothing and a bound that doubles.
    pub(crate) fn delays(self) -> impl Iterator<Item = Duration> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_delay.min(self.max_delay))
            .with_max_delay(self.max_delay)
            .without_max_times()
            .build()
            .map({
                let mut random = random();
                move |bound| bound.mul_f64(random.f64())
            })
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// Numbers that other clients do not draw, too.
#[cfg(not(target_arch = "wasm32"))]
fn random() -> fastrand::Rng {
    fastrand::Rng::new()
}

/// Numbers that other clients do not draw, too: of the time, since browsers seed all alike.
#[cfg(target_arch = "wasm32")]
fn random() -> fastrand::Rng {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Tells calls of the same moment apart.
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let now = crate::time::SystemTime::now().duration_since(crate::time::SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_nanos() as u64);
    fastrand::Rng::with_seed(now ^ CALLS.fetch_add(1, Ordering::Relaxed).rotate_left(32))
}

/// What may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safety {
    /// Anything: the call changes nothing.
    Repeatable,
    /// Anything, since a repetition that comes second is told so: the version is named.
    Named,
    /// Only what surely had no effect.
    Once,
}

/// What became of an attempt, as far as repeating it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing was sent.
    NotSent,
    /// It may have been carried out.
    Unknown,
    /// It was answered.
    Answered {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    /// It will not get better.
    Final,
}

impl Outcome {
    /// Whether the call may have been carried out.
    pub(crate) fn may_be_done(self) -> bool {
        match self {
            Self::NotSent => false,
            Self::Answered { status, .. } => status != StatusCode::TOO_MANY_REQUESTS,
            Self::Unknown | Self::Final => true,
        }
    }
}

/// Whether an attempt may be repeated.
pub(crate) fn may_repeat(safety: Safety, outcome: Outcome) -> bool {
    let any = safety != Safety::Once;
    match outcome {
        Outcome::NotSent => true,
        Outcome::Unknown => any,
        Outcome::Answered {
            status,
            retry_after,
        } => match status.as_u16() {
            429 => true,
            503 => any || retry_after.is_some(),
            502 | 504 => any,
            _ => false,
        },
        Outcome::Final => false,
    }
}

/// What `Retry-After` asks for: seconds, or a date, which counts from the server's own `Date`
/// where there is one. Anything else counts as absent.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are more than anyone waits.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    let now = date(headers).or_else(local_now)?;
    Some(at.duration_since(now).unwrap_or(Duration::ZERO))
}

/// The time that the server says it is.
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let value = headers.get(reqwest::header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(value).ok()
}

fn local_now() -> Option<SystemTime> {
    let seconds = u64::try_from(crate::time::unix_now()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn answered(status: u16, retry_after: Option<u64>) -> Outcome {
        Outcome::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        use Safety::{Named, Once, Repeatable};
        for (outcome, repeatable, once) in [
            (Outcome::NotSent, true, true),
            (Outcome::Unknown, true, false),
            (Outcome::Final, false, false),
            (answered(429, None), true, true),
            (answered(503, Some(1)), true, true),
            (answered(503, None), true, false),
            (answered(502, Some(1)), true, false),
            (answered(504, None), true, false),
            (answered(500, Some(1)), false, false),
            (answered(409, None), false, false),
            (answered(408, None), false, false),
            (answered(401, None), false, false),
        ] {
            assert_eq!(may_repeat(Repeatable, outcome), repeatable, "{outcome:?}");
            assert_eq!(may_repeat(Named, outcome), repeatable, "{outcome:?}");
            assert_eq!(may_repeat(Once, outcome), once, "{outcome:?}");
        }
    }

    #[test]
    fn waits_stay_under_a_bound_that_doubles() {
        let policy = RetryPolicy::new()
            .first_delay(Duration::from_millis(100))
            .max_delay(Duration::from_millis(500));
        let mut largest = [Duration::ZERO; 6];
        for _ in 0..2000 {
            for (delay, largest) in policy.delays().zip(&mut largest) {
                *largest = delay.max(*largest);
            }
        }
        for (largest, bound) in largest.iter().zip([100, 200, 400, 500, 500, 500]) {
            let bound = Duration::from_millis(bound);
            assert!(
                *largest < bound && *largest > bound / 2,
                "{largest:?} {bound:?}"
            );
        }
        assert_eq!(RetryPolicy::off().attempts(), 1);
        assert_eq!(RetryPolicy::new().max_attempts(0).attempts(), 1);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let asked = |value: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            if let Some(date) = date {
                headers.insert("date", date.parse().unwrap());
            }
            retry_after(&headers)
        };
        let date = Some("Sat, 21 Nov 2026 12:00:00 GMT");
        assert_eq!(asked("7", None), Some(Duration::from_secs(7)));
        assert_eq!(
            asked("Sat, 21 Nov 2026 12:00:30 GMT", date),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            asked("Sat, 21 Nov 2026 11:00:00 GMT", date),
            Some(Duration::ZERO)
        );
        assert_eq!(
            asked(&"9".repeat(40), None),
            Some(Duration::from_secs(u64::MAX))
        );
        for bad in ["", "-1", "soon", "1.5"] {
            assert_eq!(asked(bad, date), None, "{bad}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
