//! Owns a table that remembers every version of its rows, so that a read can be answered as of an
//! earlier one.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// How many writes the store had seen.
pub(super) type Version = u64;

/// Rows by key, in order, each with all that it ever was.
#[derive(Debug)]
pub(super) struct Table<K, V>(BTreeMap<K, Vec<(Version, Option<V>)>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Table<K, V> {
    /// The row as of a version; `None` means that it was not there.
    pub(super) fn get(&self, at: Version, key: &K) -> Option<&V> {
        self.0.get(key).and_then(|past| as_of(past, at))
    }

    /// The rows of a range as of a version, in order.
    pub(super) fn range(
        &self,
        at: Version,
        range: impl RangeBounds<K>,
    ) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.range(range).filter_map(move |(key, past)| Some((key, as_of(past, at)?)))
    }

    /// All rows as of a version, in order.
    pub(super) fn iter(&self, at: Version) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.range(at, ..)
    }

    /// Writes a row; `None` deletes it.
    pub(super) fn put(&mut self, at: Version, key: K, row: Option<V>) {
        self.0.entry(key).or_default().push((at, row));
    }
}

fn as_of<V>(past: &[(Version, Option<V>)], at: Version) -> Option<&V> {
    past.iter().rev().find(|(version, _)| *version <= at).and_then(|(_, row)| row.as_ref())
}
