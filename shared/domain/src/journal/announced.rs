//! Owns what markers say of entries: that they may be stored, or that they are.

use super::{Marker, Numbered};
use crate::identity::EntryId;
use std::collections::{BTreeMap, BTreeSet};

/// What markers say of the entries that they announce.
///
/// An entry may be announced more than once: by each attempt that took long, and by a check that
/// enters it into the journal. The newest of its markers decides, because an older one may confirm
/// a time at which the journal does not have the entry any more.
#[derive(Debug, Default)]
pub struct Announced(BTreeMap<EntryId, Option<Numbered>>);

impl Announced {
    /// Adds markers, in order of their places.
    pub fn add(&mut self, markers: Vec<Marker>) {
        for Marker { ids, confirmed, .. } in markers {
            self.0.extend(ids.into_iter().map(|id| (id, None)));
            self.0.extend(confirmed.into_iter().map(|entry| (entry.id, Some(entry))));
        }
    }

    /// How many entries are announced.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no entry is announced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries of which only the table can tell whether they are stored.
    #[must_use]
    pub fn open(&self) -> BTreeSet<EntryId> {
        self.0.iter().filter(|(_, known)| known.is_none()).map(|(id, _)| *id).collect()
    }

    /// The entries that are confirmed.
    pub fn confirmed(self) -> impl Iterator<Item = Numbered> {
        self.0.into_values().flatten()
    }

    /// The same without confirmations, so that every entry is read from the table.
    #[must_use]
    pub fn unbelieved(self) -> Self {
        Self(self.0.into_keys().map(|id| (id, None)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Outcome;
    use crate::tally::Cell;
    use crate::timestamp::Timestamp;

    fn at(ms: i64) -> Timestamp {
        Timestamp::clamped(1_700_000_000_000 + ms)
    }

    fn id(n: u32) -> EntryId {
        EntryId::new(at(-60_000), n.into())
    }

    fn marker(ms: i64, ids: &[u32], confirmed: &[u32]) -> Marker {
        let kind =
            || Cell { action: "a".into(), target_type: "t".into(), outcome: Outcome::Success };
        let stored = |n: &u32| Numbered { recorded_at: at(ms), id: id(*n), kind: kind() };
        let confirmed = confirmed.iter().map(stored).collect();
        Marker { at: at(ms), ids: ids.iter().map(|n| id(*n)).collect(), confirmed }
    }

    #[test]
    fn the_newest_marker_of_an_entry_decides() {
        let mut announced = Announced::default();
        announced.add(vec![marker(0, &[1, 2, 3], &[1, 2]), marker(5, &[2, 4], &[4])]);
        announced.add(vec![marker(9, &[3], &[3])]);
        assert_eq!(announced.len(), 4);
        assert_eq!(announced.open(), BTreeSet::from([id(2)]));
        let confirmed: Vec<_> =
            announced.confirmed().map(|entry| (entry.id, entry.recorded_at)).collect();
        assert_eq!(confirmed, [(id(1), at(0)), (id(3), at(9)), (id(4), at(5))]);
    }
}
