//! Owns the versions of what is stored under keys, so that an old copy can be read.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// What each key held since which write; `None` where it was deleted.
#[derive(Debug)]
pub(crate) struct Versions<K, V>(BTreeMap<K, Vec<(u64, Option<V>)>>);

impl<K, V> Default for Versions<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Versions<K, V> {
    /// A write stores or deletes what is under a key.
    pub(crate) fn put(&mut self, write: u64, key: K, value: Option<V>) {
        self.0.entry(key).or_default().push((write, value));
    }

    /// What a copy holds that has seen the writes up to `as_of`.
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

    /// What such a copy holds under a key.
    pub(crate) fn get(&self, key: K, as_of: u64) -> Option<&V>
    where
        K: Clone,
    {
        self.range(key.clone()..=key, as_of).next().map(|(_, value)| value)
    }
}
