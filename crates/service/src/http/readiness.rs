//! Probes that come together are answered together: however many there are, they ask the store one
//! at a time, so that they take no connections from those who have work for it.

use std::future::Future;
use std::time::Instant;

use tokio::sync::Mutex;

use super::NotReady;

/// What the last probe was answered.
#[derive(Debug, Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, Result<(), NotReady>)>>);

impl Readiness {
    /// What `check` finds out, or what another found out while this one waited for its turn.
    pub(super) async fn of(
        &self,
        check: impl Future<Output = Result<(), NotReady>>,
    ) -> Result<(), NotReady> {
        let came = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = *last
            && at >= came
        {
            return answer;
        }
        let answer = check.await;
        *last = Some((Instant::now(), answer));
        answer
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn probes_that_come_together_ask_once() {
        let readiness = Arc::new(Readiness::default());
        let asked = Arc::new(AtomicUsize::new(0));
        let probe = |answer| {
            let (readiness, asked) = (Arc::clone(&readiness), Arc::clone(&asked));
            tokio::spawn(async move {
                let check = async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    answer
                };
                readiness.of(check).await
            })
        };
        let probes: Vec<_> = (0..100).map(|_| probe(Err(NotReady::Store))).collect();
        for probe in probes {
            assert_eq!(probe.await.unwrap(), Err(NotReady::Store));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        // Who comes later asks anew.
        assert_eq!(probe(Ok(())).await.unwrap(), Ok(()));
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_probe_that_leaves_leaves_its_turn() {
        let readiness = Readiness::default();
        let stalling = readiness.of(std::future::pending());
        let left = tokio::time::timeout(Duration::from_millis(10), stalling).await;
        assert!(left.is_err());
        assert_eq!(readiness.of(async { Ok(()) }).await, Ok(()));
    }
}
