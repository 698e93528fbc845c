//! Owns the first entry of each value.

use super::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values, each with the first entry that has it: at most `MOST`, those that were met first.
///
/// Invariant: however values are added and merged, it holds the first `MOST` of all of them in the
/// order of (first entry, value). The first entry of a value that is left out comes after those of
/// `MOST` others, and those only move back; so it is rightly left out unless an earlier entry has
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firsts<T: Ord, const MOST: usize>(BTreeMap<T, Place>);

impl<T: Ord, const MOST: usize> Default for Firsts<T, MOST> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord + Clone, const MOST: usize> Firsts<T, MOST> {
    /// Adds an entry that has a value.
    pub(crate) fn add(&mut self, value: T, place: Place) {
        let first = self.0.entry(value).or_insert(place);
        *first = (*first).min(place);
        while self.0.len() > MOST {
            let last = self.0.iter().max_by_key(|(value, first)| (**first, *value));
            let Some(last) = last.map(|(value, _)| value.clone()) else { break };
            self.0.remove(&last);
        }
    }

    /// Adds all of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(value, first)| self.add(value.clone(), first));
    }

    /// The values with their first entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&T, Place)> {
        self.0.iter().map(|(value, first)| (value, *first))
    }

    /// The values that were met before an entry, the first one first.
    pub(crate) fn before(&self, place: Place) -> Vec<(&T, Place)> {
        let mut before: Vec<_> = self.iter().filter(|(_, first)| *first < place).collect();
        before.sort_by_key(|(_, first)| *first);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::EntryId;
    use crate::memory::fixtures::at;
    use proptest::prelude::*;

    fn place(number: u8) -> Place {
        let noon = at("2026-01-01T12:00:00Z");
        Place::of(EntryId::new(noon.plus_ms(i64::from(number)), u128::from(number)))
    }

    fn of(values: &[(u8, u8)]) -> Firsts<u8, 4> {
        let mut firsts = Firsts::default();
        for (value, at) in values {
            firsts.add(*value, place(*at));
        }
        firsts
    }

    /// What the invariant says.
    fn plain(values: &[(u8, u8)]) -> Vec<(u8, Place)> {
        let mut firsts: BTreeMap<u8, u8> = BTreeMap::new();
        for (value, at) in values {
            let first = firsts.entry(*value).or_insert(*at);
            *first = (*first).min(*at);
        }
        let mut all: Vec<_> = firsts.into_iter().collect();
        all.sort_by_key(|(value, at)| (*at, *value));
        all.truncate(4);
        all.sort_unstable();
        all.into_iter().map(|(value, at)| (value, place(at))).collect()
    }

    proptest! {
        #[test]
        fn it_holds_what_was_met_first_in_whatever_order_it_is_added_and_merged(
            a in prop::collection::vec((0..9_u8, 0..40_u8), 0..14),
            b in prop::collection::vec((0..9_u8, 0..40_u8), 0..14),
        ) {
            let all = plain(&[a.clone(), b.clone()].concat());
            for (first, second) in [(&a, &b), (&b, &a)] {
                let mut merged = of(first);
                merged.merge(&of(second));
                merged.merge(&of(first));
                let held: Vec<_> = merged.iter().map(|(value, first)| (*value, first)).collect();
                prop_assert_eq!(&held, &all);
            }
        }
    }
}
