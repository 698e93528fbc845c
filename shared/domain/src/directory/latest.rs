//! Owns the bounded set of what was seen last.

use super::Day;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::collections::BTreeMap;

/// Values, each with the day on which it was seen last: at most `MOST`, those that were seen last,
/// with a mark if there were more. `At` may be a finer measure of time than a day.
///
/// Invariant: however values are added and merged, it holds the first `MOST` of all of them in the
/// order of (day seen last, value), the greatest first. A value that is left out comes after `MOST`
/// others, whose days only grow; so it is rightly left out unless it is seen again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest<T: Ord, const MOST: usize, At = Day> {
    seen: BTreeMap<T, At>,
    is_cut: bool,
}

impl<T: Ord, const MOST: usize, At> Default for Latest<T, MOST, At> {
    fn default() -> Self {
        Self { seen: BTreeMap::new(), is_cut: false }
    }
}

impl<T: Ord + Clone, const MOST: usize, At: Ord + Copy> Latest<T, MOST, At> {
    /// Adds a value that was seen on a day.
    pub fn add(&mut self, value: T, day: At) {
        let known = self.seen.entry(value).or_insert(day);
        *known = (*known).max(day);
        while self.seen.len() > MOST {
            let least = self.seen.iter().min_by_key(|(value, day)| (**day, *value));
            let Some(least) = least.map(|(value, _)| value.clone()) else { break };
            self.seen.remove(&least);
            self.is_cut = true;
        }
    }

    /// Adds all values of another.
    pub fn merge(&mut self, other: &Self) {
        for (value, day) in &other.seen {
            self.add(value.clone(), *day);
        }
        self.is_cut |= other.is_cut;
    }

    /// The values that were seen on a day or later, with the day on which each was seen last, in
    /// the order of the values.
    pub fn since(&self, from: At) -> impl Iterator<Item = (&T, At)> {
        self.seen.iter().map(|(value, day)| (value, *day)).filter(move |(_, day)| *day >= from)
    }

    /// The values that were seen on a day or later, those first that were seen last.
    #[must_use]
    pub fn latest_since(&self, from: At) -> Vec<&T> {
        let mut values: Vec<_> = self.since(from).collect();
        values.sort_by(|(a, on_a), (b, on_b)| on_b.cmp(on_a).then(a.cmp(b)));
        values.into_iter().map(|(value, _)| value).collect()
    }

    /// Whether there may have been more values on a day or later than are kept. Those that are left
    /// out were seen before all that are kept, or on the same day as the first of them.
    #[must_use]
    pub fn is_cut_since(&self, from: At) -> bool {
        self.is_cut && self.seen.values().all(|day| *day >= from)
    }

    /// Whether there were ever more values than are kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.seen.keys()
    }

    /// Whether a value is kept.
    pub fn has<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.seen.contains_key(value)
    }

    /// How many values are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::at;
    use proptest::prelude::*;

    type Few = Latest<u8, 4>;

    fn day(number: u8) -> Day {
        Day::of(at("2026-01-01T00:00:00Z").plus_days(i64::from(number)))
    }

    fn of(values: &[(u8, u8)]) -> Few {
        let mut few = Few::default();
        for (value, on) in values {
            few.add(*value, day(*on));
        }
        few
    }

    /// What the invariant says.
    fn plain(values: &[(u8, u8)]) -> Few {
        let mut last: BTreeMap<u8, u8> = BTreeMap::new();
        for (value, on) in values {
            let known = last.entry(*value).or_insert(*on);
            *known = (*known).max(*on);
        }
        let mut all: Vec<_> = last.into_iter().collect();
        all.sort_by_key(|(value, on)| std::cmp::Reverse((*on, *value)));
        let is_cut = all.len() > 4;
        let seen = all.into_iter().take(4).map(|(value, on)| (value, day(on))).collect();
        Few { seen, is_cut }
    }

    fn values() -> impl Strategy<Value = Vec<(u8, u8)>> {
        prop::collection::vec((0..9_u8, 0..6_u8), 0..14)
    }

    proptest! {
        #[test]
        fn it_holds_what_was_seen_last_in_whatever_order_it_is_added_and_merged(
            a in values(),
            b in values(),
            c in values(),
        ) {
            let all = [a.clone(), b.clone(), c.clone()].concat();
            prop_assert_eq!(&of(&all), &plain(&all));
            for parts in [[&a, &b, &c], [&c, &a, &b], [&b, &c, &a]] {
                let mut merged = Few::default();
                for part in parts {
                    merged.merge(&of(part));
                }
                merged.merge(&of(&a));
                prop_assert_eq!(&merged, &plain(&all));
                let mut right = of(parts[1]);
                right.merge(&of(parts[2]));
                let mut nested = of(parts[0]);
                nested.merge(&right);
                prop_assert_eq!(&nested, &plain(&all), "it is associative");
            }
        }

        #[test]
        fn what_has_expired_is_not_shown_and_not_missed(values in values(), from in 0..6_u8) {
            let visible: Vec<_> = values.iter().copied().filter(|(_, on)| *on >= from).collect();
            let (all, shown) = (of(&values), of(&visible));
            let of_all: Vec<_> = all.since(day(from)).collect();
            prop_assert_eq!(of_all, shown.since(day(from)).collect::<Vec<_>>());
            // A mark may stay although what was left out has expired; it is never missing.
            prop_assert!(all.is_cut_since(day(from)) >= shown.is_cut);
        }
    }
}
