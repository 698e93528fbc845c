//! Owns the day: what a profile knows of when something was seen.

use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The days up to the newest that a profile keeps: the longest retention that has an end, and one.
/// As bits they are 46 bytes.
const KEPT_DAYS: u32 = 366;

/// A day in UTC, counted from 1 January of the year 1. Entries of a day expire together, so the day
/// on which something was seen last tells exactly if it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(u32);

impl Day {
    /// The day of a moment.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        let days = (moment.ms() - Timestamp::MIN.ms()).div_euclid(DAY_MS);
        Self(u32::try_from(days).unwrap_or_default())
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::MIN.plus_days(i64::from(self.0))
    }

    /// Reads a day as it is displayed. `None` means any other spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let day = Timestamp::parse(&format!("{text}T00:00:00Z")).ok().map(Self::of)?;
        (day.to_string() == text).then_some(day)
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(u32::try_from(i64::from(self.0) + days).unwrap_or_default())
    }

    /// How many days it comes after an earlier one.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Its last moment.
    #[must_use]
    pub fn end(self) -> Timestamp {
        self.start().plus_days(1).plus_ms(-1)
    }
}

/// As a sort key writes it: `2026-11-22`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().rfc3339();
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

/// Days on which something was seen: those of the 366 days up to the newest, with a mark if there
/// were earlier ones. A day that is too old for one newest day is too old for any later one, so the
/// order in which days are added makes no difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days {
    days: BTreeSet<Day>,
    is_cut: bool,
}

impl Days {
    /// Adds a day.
    pub fn add(&mut self, day: Day) {
        self.days.insert(day);
        let oldest_kept = self.oldest_kept();
        let kept = self.days.split_off(&oldest_kept);
        self.is_cut |= !self.days.is_empty();
        self.days = kept;
    }

    /// Adds all days of another.
    pub fn merge(&mut self, other: &Self) {
        other.days.iter().for_each(|day| self.add(*day));
        self.is_cut |= other.is_cut;
    }

    /// The days from one on, the oldest first.
    #[must_use]
    pub fn since(&self, from: Day) -> impl DoubleEndedIterator<Item = Day> {
        self.days.range(from..).copied()
    }

    /// Whether there may have been more days from one on than are kept.
    #[must_use]
    pub fn is_cut_since(&self, from: Day) -> bool {
        self.is_cut && from < self.oldest_kept()
    }

    /// How many days a day comes after the one before it. `None` means that none before it is kept.
    pub(crate) fn gap_before(&self, day: Day) -> Option<u32> {
        self.before(day).map(|before| day.0 - before.0)
    }

    /// The day before another that is kept.
    pub(crate) fn before(&self, day: Day) -> Option<Day> {
        self.days.range(..day).next_back().copied()
    }

    /// The oldest day that may be kept beside the newest one.
    fn oldest_kept(&self) -> Day {
        Day(self.days.last().map_or(0, |newest| (newest.0 + 1).saturating_sub(KEPT_DAYS)))
    }

    /// The oldest day, whether each day from it on was seen (a bit a day, the lowest bit of the
    /// first byte first), and whether there were more.
    pub(super) fn to_bits(&self) -> (u32, Vec<u8>, bool) {
        let base = self.days.first().map_or(0, |day| day.0);
        let mut bits = Vec::new();
        for day in &self.days {
            let place = usize::try_from(day.0 - base).unwrap_or_default();
            if bits.len() <= place / 8 {
                bits.resize(place / 8 + 1, 0_u8);
            }
            if let Some(byte) = bits.get_mut(place / 8) {
                *byte |= 1 << (place % 8);
            }
        }
        (base, bits, self.is_cut)
    }

    /// Reads what [`Days::to_bits`] gave.
    pub(super) fn from_bits((base, bits, is_cut): (u32, Vec<u8>, bool)) -> Self {
        let mut days = Self { days: BTreeSet::new(), is_cut };
        let bits = bits.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
        for (after, is_seen) in (0_u32..).zip(bits) {
            if is_seen {
                days.add(Day(base.saturating_add(after)));
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::at;
    use proptest::prelude::*;

    #[test]
    fn a_day_is_a_day_in_utc() {
        let day = Day::of(at("2026-11-22T23:59:59.999Z"));
        assert_eq!(day.start(), at("2026-11-22T00:00:00Z"));
        assert!(Day::of(at("2026-11-23T00:00:00Z")) > day);
        assert_eq!(Day::of(Timestamp::MIN).start(), Timestamp::MIN);
        assert_eq!(Day::of(Timestamp::MAX).start(), at("9999-12-31T00:00:00Z"));
    }

    #[test]
    fn the_newest_days_are_kept_and_the_others_are_missed_only_while_they_count() {
        let mut days = Days::default();
        (0..400).rev().for_each(|day| days.add(Day(day)));
        assert_eq!(days.since(Day(0)).count(), 366);
        assert!(days.is_cut_since(Day(0)) && days.is_cut_since(Day(33)));
        assert!(!days.is_cut_since(Day(34)), "34 is kept, and so is all after it");
        assert_eq!(days.since(Day(34)).next(), Some(Day(34)));
        assert_eq!(Days::from_bits(days.to_bits()), days);
        assert_eq!(days.to_bits().1.len(), 46);
    }

    proptest! {
        #[test]
        fn days_are_the_same_in_whatever_order_they_are_added_and_merged(
            a in prop::collection::vec(0..900_u32, 0..20),
            b in prop::collection::vec(0..900_u32, 0..20),
        ) {
            let of = |days: &[u32]| {
                let mut all = Days::default();
                for day in days {
                    all.add(Day(*day));
                }
                all
            };
            let all = of(&[a.clone(), b.clone()].concat());
            for (first, second) in [(&a, &b), (&b, &a)] {
                let mut merged = of(first);
                merged.merge(&of(second));
                merged.merge(&of(first));
                prop_assert_eq!(&merged, &all);
            }
            let newest = a.iter().chain(&b).max().copied().unwrap_or_default();
            let is_kept = |day: &&u32| **day + 366 > newest;
            let kept: BTreeSet<u32> = a.iter().chain(&b).filter(is_kept).copied().collect();
            prop_assert_eq!(all.since(Day(0)).map(|day| day.0).collect::<BTreeSet<_>>(), kept);
            prop_assert_eq!(all.is_cut, a.iter().chain(&b).any(|day| *day + 366 <= newest));
            prop_assert!(all.to_bits().1.len() <= 46);
            prop_assert_eq!(Days::from_bits(all.to_bits()), all);
        }
    }
}
