//! Answers that hold for a while, each asked for once however many want it.

use std::hash::Hash;
use std::time::Duration;

use jiff::Timestamp;
use moka::future::Cache;

/// No answer is remembered for longer.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Answers by key.
pub(super) struct Flights<K, V>(Cache<K, Answer<V>>);

/// An answer.
#[derive(Clone)]
pub(super) struct Answer<V> {
    /// What was answered.
    pub(super) value: V,
    /// When it was asked for.
    asked: Timestamp,
    /// Until when it holds.
    until: Timestamp,
}

impl<V> Answer<V> {
    fn holds(&self, now: Timestamp, since: Option<Timestamp>) -> bool {
        now < self.until && since.is_none_or(|since| self.asked >= since)
    }
}

impl<K, V> Flights<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Remembers so many answers, none for longer than `longest` by the machine's own clock.
    pub(super) fn new(answers: u64, longest: Duration) -> Self {
        Self(
            Cache::builder()
                .max_capacity(answers)
                .time_to_live(longest.min(LONGEST))
                .build(),
        )
    }

    /// The answer that holds at `now` and was asked for at `since` or later; else what `ask`
    /// answers, with the time until which that holds. `ask` gets the earlier answer that holds no
    /// longer. Whoever wants the same meanwhile waits for this one.
    pub(super) async fn get<F>(
        &self,
        key: K,
        now: Timestamp,
        since: Option<Timestamp>,
        ask: impl FnOnce(Option<Answer<V>>) -> F,
    ) -> V
    where
        F: Future<Output = (V, Timestamp)>,
    {
        let before = self.0.get(&key).await;
        if let Some(answer) = &before
            && answer.holds(now, since)
        {
            return answer.value.clone();
        }
        let ask = async {
            let (value, until) = ask(before).await;
            Answer {
                value,
                asked: now,
                until,
            }
        };
        let entry = self.0.entry(key);
        let answer = entry
            .or_insert_with_if(ask, |answer| !answer.holds(now, since))
            .await;
        answer.into_value().value
    }

    /// Forgets an answer if it is the one that `wrong` means.
    pub(super) async fn forget(&self, key: &K, wrong: impl FnOnce(&V) -> bool) {
        if self
            .0
            .get(key)
            .await
            .is_some_and(|answer| wrong(&answer.value))
        {
            self.0.invalidate(key).await;
        }
    }
}
