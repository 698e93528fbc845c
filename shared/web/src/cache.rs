//! Owns the cache of items that were read a short time ago, so that not every request reads them
//! again.

use domain::credential::REMEMBERED_FOR_MS;
use domain::timestamp::Timestamp;
use lru::LruCache;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most items that a cache holds. One more pushes out the item that was not used for longest.
pub(crate) const MAX_REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// Remembers items by their key for less than 60 seconds.
#[derive(Debug)]
pub struct Cache<K: Eq + Hash, V>(Mutex<LruCache<K, (Timestamp, Arc<V>)>>);

impl<K: Eq + Hash, V> Default for Cache<K, V> {
    fn default() -> Self {
        // Not `new`, which makes room for all items at once.
        let mut items = LruCache::unbounded();
        items.resize(MAX_REMEMBERED);
        Self(Mutex::new(items))
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// The item that was put under `key` less than 60 seconds before `now`.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<Arc<V>> {
        let mut items = self.lock();
        let (since, value) = items.get(key)?;
        let age_ms = now.ms() - since.ms();
        (0..REMEMBERED_FOR_MS).contains(&age_ms).then(|| Arc::clone(value))
    }

    /// Whether an item lies under `key`, however old it is.
    pub fn has_met(&self, key: &K) -> bool {
        self.lock().contains(key)
    }

    /// Puts in an item that was read at `now` or later.
    pub fn put(&self, key: K, value: V, now: Timestamp) -> Arc<V> {
        let value = Arc::new(value);
        self.lock().put(key, (now, Arc::clone(&value)));
        value
    }

    /// Takes an item out.
    pub fn forget(&self, key: &K) {
        self.lock().pop(key);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<K, (Timestamp, Arc<V>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_remembered_for_less_than_sixty_seconds() {
        let at = Timestamp::clamped;
        let cache = Cache::default();
        assert_eq!(cache.get(&1, at(0)), None);
        cache.put(1, "one", at(0));
        assert_eq!(cache.get(&1, at(59_999)).as_deref(), Some(&"one"));
        assert_eq!(cache.get(&1, at(60_000)), None);
        assert!(cache.has_met(&1) && !cache.has_met(&2));
        assert_eq!(cache.get(&1, at(-1)), None, "a clock set back does not lengthen the life");
        cache.forget(&1);
        assert_eq!(cache.get(&1, at(0)), None);
    }

    #[test]
    fn the_memory_is_bounded_and_what_is_used_stays_in_it() {
        let (cache, now) = (Cache::default(), Timestamp::clamped(0));
        for key in 0..3 * MAX_REMEMBERED.get() {
            cache.put(key, (), now);
            assert!(cache.get(&0, now).is_some(), "{key} others");
        }
        assert_eq!(cache.lock().len(), MAX_REMEMBERED.get());
        assert!(cache.get(&1, now).is_none());
    }
}
