//! How many requests one caller may make.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use crate::auth::CredentialId;
use crate::config::Rate;

/// How many callers of a kind are known apart. Those beyond share one allowance.
const KNOWN: usize = 65_536;

/// The number of callers from which on idle ones are looked for.
const FEW: usize = 1024;

/// Whoever makes requests.
pub(super) struct Callers {
    credentials: Limiter<CredentialId, DefaultClock>,
    networks: Limiter<IpAddr, DefaultClock>,
}

impl Callers {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            credentials: Limiter::new(rate, KNOWN, DefaultClock::default()),
            networks: Limiter::new(rate, KNOWN, DefaultClock::default()),
        }
    }

    /// Counts a request of a credential; where it is one too many, answers after which time another
    /// would not be.
    pub(super) fn credential(&self, id: &CredentialId) -> Result<(), Duration> {
        self.credentials.check(id)
    }

    /// As [`Callers::credential`], of somebody who has none.
    pub(super) fn address(&self, address: IpAddr) -> Result<(), Duration> {
        self.networks.check(&network(address))
    }
}

/// What an address is known by: whoever has one IPv6 address mostly has 64 bits of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        address => address,
    }
}

type Instants<C> = NoOpMiddleware<<C as Clock>::Instant>;

/// Allowances of callers by key, a bounded number of them.
struct Limiter<K: Hash + Eq + Clone, C: Clock> {
    known: RateLimiter<K, HashMapStateStore<K>, C, Instants<C>>,
    /// What callers share who are too many to be known.
    others: RateLimiter<NotKeyed, InMemoryState, C, Instants<C>>,
    clock: C,
    greatest: usize,
    /// The number of callers at which idle ones are forgotten.
    crowd: AtomicUsize,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limiter<K, C> {
    fn new(rate: Rate, greatest: usize, clock: C) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self {
            known: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            others: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            greatest,
            crowd: AtomicUsize::new(FEW.min(greatest)),
        }
    }

    fn check(&self, key: &K) -> Result<(), Duration> {
        if self.known.len() >= self.crowd.load(Ordering::Relaxed) {
            self.forget();
        }
        let checked = if self.known.len() < self.greatest {
            self.known.check_key(key)
        } else {
            self.others.check()
        };
        checked.map_err(|refused: NotUntil<C::Instant>| refused.wait_time_from(self.clock.now()))
    }

    /// Forgets callers whose allowance is whole again. They are looked for when there are twice as
    /// many as were left the last time, so that the search costs little a request.
    fn forget(&self) {
        self.known.retain_recent();
        self.known.shrink_to_fit();
        let crowd = (2 * self.known.len()).clamp(FEW.min(self.greatest), self.greatest);
        self.crowd.store(crowd, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter(per_second: u32, burst: u32, greatest: usize) -> Limiter<u32, FakeRelativeClock> {
        let rate = Rate {
            per_second: NonZeroU32::new(per_second).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        };
        Limiter::new(rate, greatest, FakeRelativeClock::default())
    }

    #[test]
    fn a_caller_has_its_burst_and_then_its_rate() {
        let limiter = limiter(2, 3, 100);
        for _ in 0..3 {
            assert_eq!(limiter.check(&1), Ok(()));
        }
        assert_eq!(limiter.check(&1), Err(Duration::from_millis(500)));
        assert_eq!(limiter.check(&2), Ok(()), "another caller");
        limiter.clock.advance(Duration::from_millis(499));
        assert_eq!(limiter.check(&1), Err(Duration::from_millis(1)));
        limiter.clock.advance(Duration::from_millis(1));
        assert_eq!(limiter.check(&1), Ok(()));
        assert!(limiter.check(&1).is_err());
    }

    #[test]
    fn idle_callers_are_forgotten_and_the_number_of_known_ones_is_bounded() {
        let limiter = limiter(1, 1, 5000);
        for caller in 0..100_000 {
            // Old ones are idle by the time there are many.
            limiter.clock.advance(Duration::from_millis(2));
            limiter.check(&caller).unwrap();
            assert!(limiter.known.len() <= 2 * FEW, "{}", limiter.known.len());
        }
    }

    #[test]
    fn too_many_callers_at_once_share_an_allowance() {
        let limiter = limiter(1, 1, 2000);
        for caller in 0..2000 {
            assert_eq!(limiter.check(&caller), Ok(()));
        }
        assert_eq!(limiter.check(&2000), Ok(()));
        assert!(limiter.check(&2001).is_err());
        assert_eq!(limiter.known.len(), 2000);
        limiter.clock.advance(Duration::from_secs(10));
        assert_eq!(limiter.check(&2001), Ok(()));
        assert_eq!(limiter.known.len(), 1, "all of them were idle");
    }

    #[test]
    fn a_network_is_one_caller() {
        let same = ["2001:db8::1", "2001:db8::ffff:1"].map(|text| network(text.parse().unwrap()));
        assert_eq!(same[0], same[1]);
        assert_ne!(same[0], network("2001:db8:0:1::1".parse().unwrap()));
        let four: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), four);
        assert_ne!(network("192.0.2.2".parse().unwrap()), four);
    }
}
