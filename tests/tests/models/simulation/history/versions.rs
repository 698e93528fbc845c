//! A map that keeps all versions of its values, so that it can answer as a stale copy would.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// Each key's values, each with the number of the write that stored it. `None` is a deletion.
#[derive(Debug)]
pub(crate) struct Versions<K, V>(BTreeMap<K, Vec<(u64, Option<V>)>>);

impl<K, V> Default for Versions<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Versions<K, V> {
    /// Adds the value that a write stores under a key. `None` deletes it.
    pub(crate) fn put(&mut self, write: u64, key: K, value: Option<V>) {
        self.0.entry(key).or_default().push((write, value));
    }

    /// The keys and values of a copy that has seen the writes up to `as_of`.
    pub(crate) fn range(
        &self,
        range: impl RangeBounds<K>,
        as_of: u64,
    ) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.range(range).filter_map(move |(key, versions)| {
            let seen = versions.iter().rev().find(|(write, _)| *write <= as_of);
            Some((key, seen?.1.as_ref()?))
        })
    }

    /// The value under a key in such a copy.
    pub(crate) fn get(&self, key: K, as_of: u64) -> Option<&V>
    where
        K: Clone,
    {
        self.range(key.clone()..=key, as_of).next().map(|(_, value)| value)
    }
}
