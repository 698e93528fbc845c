//! Owns the cache of items that were read a short time ago, so that not every request reads them
//! again.

use domain::credential::REMEMBERED_FOR_MS;
use domain::timestamp::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The most items that a cache holds. A full cache is emptied.
const MAX_REMEMBERED: usize = 10_000;

/// Remembers items by their key for less than 60 seconds. It does not remember that an item is
/// missing, so that a new one can be used at once.
#[derive(Debug)]
pub struct Cache<K, V>(Mutex<HashMap<K, (Timestamp, Arc<V>)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// The item that was put under `key` less than 60 seconds before `now`.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<Arc<V>> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = remembered.get(key)?;
        let age_ms = now.ms() - since.ms();
        (0..REMEMBERED_FOR_MS).contains(&age_ms).then(|| Arc::clone(value))
    }

    /// Puts in an item that was read at `now` or later.
    pub fn put(&self, key: K, value: V, now: Timestamp) -> Arc<V> {
        let value = Arc::new(value);
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, (now, Arc::clone(&value)));
        value
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
        assert_eq!(cache.get(&1, at(-1)), None, "a clock set back does not lengthen the life");
    }

    #[test]
    fn the_memory_is_bounded() {
        let cache = Cache::default();
        (0..=MAX_REMEMBERED).for_each(|key| drop(cache.put(key, (), Timestamp::clamped(0))));
        assert_eq!(cache.0.lock().unwrap().len(), 1);
    }
}
