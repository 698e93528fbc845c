//! Owns the timeline: how many matching entries lie in each hour, day, month or year.

use crate::identity::EntryId;
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The most periods between the oldest and the newest matching entry, both included. 400 days are
/// in 14 nodes of months, and 400 hours in 18 nodes of days.
pub const MOST_PERIODS: usize = 400;

/// How long the periods of a timeline are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// As short as it can be for a chart that one glance takes in.
    Auto,
    /// Periods of this level.
    Of(Level),
}

/// How many matching entries each period of one level holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// How long its periods are.
    pub level: Level,
    /// The counts, without periods that hold none.
    pub counts: BTreeMap<Period, u64>,
}

/// The moments of the oldest and the newest matching entry, or moments somewhat outside of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) oldest: Timestamp,
    pub(super) newest: Timestamp,
}

/// More than [`MOST_PERIODS`] between the oldest and the newest matching entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must give at most {MOST_PERIODS} periods: choose longer ones, or set from and to")]
pub struct TooManyPeriods;

/// A text that names no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be auto, year, month, day or hour")]
pub struct UnknownInterval;

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = || Level::ALL.into_iter().find(|level| level.name() == text).map(Self::Of);
        if text == "auto" { Ok(Self::Auto) } else { named().ok_or(UnknownInterval) }
    }
}

impl Timeline {
    /// No entry.
    #[must_use]
    pub fn empty(interval: Interval) -> Self {
        let level = if let Interval::Of(level) = interval { level } else { Level::Hour };
        Self { level, counts: BTreeMap::new() }
    }

    /// The timeline of the entries with these ids.
    ///
    /// # Errors
    /// [`TooManyPeriods`] if the interval is too short for them.
    pub fn of(ids: &[EntryId], interval: Interval) -> Result<Self, TooManyPeriods> {
        let moments = || ids.iter().map(EntryId::occurred_at);
        let (Some(oldest), Some(newest)) = (moments().min(), moments().max()) else {
            return Ok(Self::empty(interval));
        };
        let level = Extent { oldest, newest }.level(interval)?;
        let mut counts = BTreeMap::new();
        for at in moments() {
            *counts.entry(Period::holding(level, at)).or_default() += 1;
        }
        Ok(Self { level, counts })
    }
}

impl Extent {
    fn level(self, interval: Interval) -> Result<Level, TooManyPeriods> {
        match interval {
            Interval::Of(level) if self.fits(level, MOST_PERIODS) => Ok(level),
            Interval::Of(_) => Err(TooManyPeriods),
            Interval::Auto => Ok(self.shortest()),
        }
    }

    /// The shortest periods of which not too many are there for a glance.
    fn shortest(self) -> Level {
        let fits = |level: &Level| self.suits(*level);
        Level::ALL.into_iter().rev().find(fits).unwrap_or(Level::Year)
    }

    /// Whether it has no more periods of a level than one glance takes in.
    ///
    /// Hours are fewer, because they cost more: each day with entries is looked up or read.
    pub(super) fn suits(self, level: Level) -> bool {
        match level {
            Level::Hour => self.fits(level, 72),
            Level::Day => self.fits(level, 186),
            Level::Month => self.fits(level, 120),
            Level::Year => true,
        }
    }

    /// Whether it has at most this many periods of a level.
    pub(super) fn fits(self, level: Level, most: usize) -> bool {
        let first = Period::holding(level, self.oldest);
        let next = |period: &Period| Some(Period::holding(level, period.end()));
        let inside = |period: &Period| period.start() <= self.newest;
        std::iter::successors(Some(first), next).take(most + 1).take_while(inside).count() <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::at;

    fn ids(moments: &[&str]) -> Vec<EntryId> {
        moments.iter().map(|moment| EntryId::first_of(at(moment))).collect()
    }

    fn shown(ids: &[EntryId], interval: Interval) -> (Level, Vec<(String, u64)>) {
        let Timeline { level, counts } = Timeline::of(ids, interval).unwrap();
        (level, counts.into_iter().map(|(period, count)| (period.key(), count)).collect())
    }

    #[test]
    fn periods_are_as_short_as_a_glance_takes_in() {
        let level =
            |oldest, newest| Timeline::of(&ids(&[oldest, newest]), Interval::Auto).unwrap().level;
        for (oldest, newest, expected) in [
            ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", Level::Hour),
            ("2026-11-22T12:59:59Z", "2026-11-25T11:00:00Z", Level::Hour),
            ("2026-11-22T12:59:59Z", "2026-11-25T12:00:00Z", Level::Day),
            ("2026-01-01T23:00:00Z", "2026-07-05T01:00:00Z", Level::Day),
            ("2026-01-01T23:00:00Z", "2026-07-06T01:00:00Z", Level::Month),
            ("2016-12-31T00:00:00Z", "2026-11-30T00:00:00Z", Level::Month),
            ("2016-11-30T00:00:00Z", "2026-11-01T00:00:00Z", Level::Year),
            ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", Level::Year),
        ] {
            assert_eq!(level(oldest, newest), expected, "{oldest} to {newest}");
        }
    }

    #[test]
    fn entries_are_counted_in_their_periods_and_empty_ones_are_left_out() {
        let ids =
            ids(&["2026-11-24T00:00:00Z", "2026-11-22T23:59:59.999Z", "2026-11-22T00:00:00Z"]);
        let days = vec![("d#20261122".to_owned(), 2), ("d#20261124".to_owned(), 1)];
        assert_eq!(shown(&ids, Interval::Of(Level::Day)), (Level::Day, days));
        let year = vec![("y#2026".to_owned(), 3)];
        assert_eq!(shown(&ids, Interval::Of(Level::Year)), (Level::Year, year));
        assert_eq!(shown(&[], Interval::Of(Level::Month)), (Level::Month, Vec::new()));
    }

    #[test]
    fn no_timeline_has_more_periods_than_it_may() {
        let of = |newest| {
            Timeline::of(&ids(&["2026-01-01T05:00:00Z", newest]), Interval::Of(Level::Hour))
        };
        assert!(of("2026-01-17T20:59:59Z").is_ok());
        assert_eq!(of("2026-01-17T21:00:00Z"), Err(TooManyPeriods));
    }

    #[test]
    fn an_interval_has_one_name() {
        for (text, interval) in [
            ("auto", Interval::Auto),
            ("year", Interval::Of(Level::Year)),
            ("hour", Interval::Of(Level::Hour)),
        ] {
            assert_eq!(text.parse(), Ok(interval));
        }
        for text in ["", "Auto", "week", "1h", "days", " day"] {
            assert_eq!(text.parse::<Interval>(), Err(UnknownInterval), "{text}");
        }
    }
}
