//! A bounded memory of what was read a short time ago, so that not every request reads the same
//! item again.

use domain::credential::REMEMBERED_FOR_MS;
use domain::timestamp::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The most things remembered; a full cache forgets everything and starts again.
const MAX_REMEMBERED: usize = 10_000;

/// What was read, by key, and when. Only what exists is remembered, never that something was
/// missing.
#[derive(Debug)]
pub struct Cache<K, V>(Mutex<HashMap<K, (Timestamp, Arc<V>)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// What was remembered under `key` less than 60 seconds ago.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<Arc<V>> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = remembered.get(key)?;
        let age_ms = now.ms() - since.ms();
        (0..REMEMBERED_FOR_MS).contains(&age_ms).then(|| Arc::clone(value))
    }

    /// Remembers `value`, read after `now`.
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
