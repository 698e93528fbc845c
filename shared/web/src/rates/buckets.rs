//! Owns the token buckets: one for each workspace, key or address, in bounded memory.

use super::Rate;
use domain::timestamp::Timestamp;
use lru::LruCache;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a full bucket holds: what its rate gives in 2 seconds. A page that opens asks for several
/// things at once; a backend that has much to send sends batches.
const BURST_US: i64 = 2 * 1_000_000;

/// The most buckets. One more pushes out the bucket that was not used for longest; if that one is
/// used again, it is full. A bucket takes some 200 bytes, so all of them 2 MB.
const MAX_BUCKETS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// Token buckets by key. Each is one number, the moment when it is full again, in microseconds
/// since the Unix epoch: the generic cell rate algorithm (GCRA; ITU-T I.371, annex A), which needs
/// no timer. A check is two look-ups in a hash map.
#[derive(Debug)]
pub(crate) struct Buckets<K: Eq + Hash>(Mutex<LruCache<K, i64>>);

impl<K: Eq + Hash> Default for Buckets<K> {
    fn default() -> Self {
        let mut buckets = LruCache::unbounded();
        buckets.resize(MAX_BUCKETS);
        Self(Mutex::new(buckets))
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    /// Takes a token out of a bucket that gets tokens at `rate`.
    ///
    /// # Errors
    /// When the bucket is empty: the whole seconds, at least 1, after which it has a token.
    pub(crate) fn take(&self, key: &K, rate: Rate, now: Timestamp) -> Result<(), u32> {
        let now_us = now.ms().saturating_mul(1_000);
        let mut buckets = self.lock();
        // No bucket is further from full than by a burst, unless the clock was set back. Then it is
        // full: no client can set the clock.
        let is_possible = |full_at: &i64| *full_at <= now_us.saturating_add(BURST_US);
        let full_at = buckets.get(key).copied().filter(is_possible).unwrap_or(now_us).max(now_us);
        let next = full_at.saturating_add(rate.interval_us());
        let missing_us = next.saturating_sub(now_us).saturating_sub(BURST_US);
        let has_token = missing_us <= 0;
        buckets.put(key.clone(), if has_token { next } else { full_at });
        if has_token {
            return Ok(());
        }
        let seconds = missing_us.unsigned_abs().div_ceil(1_000_000);
        Err(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// Puts back a token that was taken for nothing.
    pub(crate) fn give_back(&self, key: &K, rate: Rate) {
        if let Some(full_at) = self.lock().get_mut(key) {
            *full_at = full_at.saturating_sub(rate.interval_us());
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<K, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::clamped(1_800_000_000_000 + ms)
    }

    /// How many tokens a bucket gives at once.
    fn taken(buckets: &Buckets<u32>, key: u32, rate: Rate, now: Timestamp) -> usize {
        (0..100_000).take_while(|_| buckets.take(&key, rate, now).is_ok()).count()
    }

    #[test]
    fn a_bucket_holds_two_seconds_and_fills_at_its_rate() {
        let (buckets, rate) = (Buckets::default(), Rate::per_second(50));
        assert_eq!(taken(&buckets, 1, rate, at(0)), 100);
        assert_eq!(buckets.take(&1, rate, at(0)), Err(1));
        assert_eq!(taken(&buckets, 2, rate, at(0)), 100, "another key has its own");
        assert_eq!(taken(&buckets, 1, rate, at(19)), 0);
        assert_eq!(taken(&buckets, 1, rate, at(20)), 1);
        assert_eq!(taken(&buckets, 1, rate, at(1_020)), 50);
        assert_eq!(taken(&buckets, 1, rate, at(100_000)), 100, "and no more than it holds");
    }

    #[test]
    fn it_says_when_there_is_a_token_again_and_there_is() {
        let (buckets, rate) = (Buckets::default(), Rate::per_second(1));
        assert_eq!(taken(&buckets, 1, rate, at(0)), 2);
        assert_eq!(buckets.take(&1, rate, at(1)), Err(1));
        assert_eq!(buckets.take(&1, rate, at(1_000)), Ok(()));
        assert_eq!(buckets.take(&1, rate, at(1_001)), Err(1));
    }

    #[test]
    fn a_token_that_is_given_back_can_be_taken_again() {
        let (buckets, rate) = (Buckets::default(), Rate::per_second(1));
        assert_eq!(taken(&buckets, 1, rate, at(0)), 2);
        buckets.give_back(&1, rate);
        assert_eq!(taken(&buckets, 1, rate, at(0)), 1);
        for _ in 0..100 {
            buckets.give_back(&1, rate);
        }
        assert_eq!(taken(&buckets, 1, rate, at(0)), 2, "never more than it holds");
        buckets.give_back(&2, rate);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out() {
        let (buckets, rate) = (Buckets::default(), Rate::per_second(10));
        assert_eq!(taken(&buckets, 1, rate, at(1_000_000)), 20);
        assert_eq!(taken(&buckets, 1, rate, at(0)), 20, "full, and from then on as ever");
        assert_eq!(taken(&buckets, 1, rate, at(1_000)), 10);
    }

    #[test]
    fn memory_is_bounded() {
        let (buckets, rate) = (Buckets::default(), Rate::per_second(10));
        for key in 0..50_000 {
            assert_eq!(buckets.take(&key, rate, at(0)), Ok(()));
            assert!(buckets.take(&0, rate, at(i64::from(key) * 100)).is_ok());
        }
        assert_eq!(buckets.lock().len(), MAX_BUCKETS.get());
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_the_rate_and_one_bucket(
            per_second in 1_u32..200,
            steps in proptest::collection::vec(0_i64..2_000, 1..400),
        ) {
            let (buckets, rate) = (Buckets::default(), Rate::per_second(per_second));
            let (mut now, mut given) = (0, 0_i64);
            for step in steps {
                now += step;
                given += i64::from(buckets.take(&1, rate, at(now)).is_ok());
                // The interval is cut to whole microseconds: a rate is off by 1 in 5,000 at most.
                let most = i64::from(per_second) * (2_000 + now) / 1_000;
                prop_assert!(given <= most + most / 5_000 + 1, "{given} of {most} at {now} ms");
            }
        }
    }
}
