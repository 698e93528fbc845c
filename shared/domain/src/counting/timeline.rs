//! Owns the timeline: how many matching entries lie in each hour, day, week, month or year.

use crate::identity::EntryId;
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The most periods between the oldest and the newest matching entry, both included. 400 days are
/// in 14 nodes of months, and 400 hours in 18 nodes of days.
pub const MOST_PERIODS: usize = 400;

/// How long the periods of a timeline are. They are those of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A year.
    Year,
    /// A month.
    Month,
    /// A week, from Monday on.
    Week,
    /// A day.
    Day,
    /// An hour.
    Hour,
}

/// How long the periods of a timeline shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// As short as they can be for a chart that one glance takes in.
    Auto,
    /// So long.
    Of(Unit),
}

/// How many matching entries each period holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// How long its periods are.
    pub unit: Unit,
    /// The counts, by the first moments of their periods. Periods that hold none are left out.
    pub counts: BTreeMap<Timestamp, u64>,
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
#[error("must be auto, year, month, week, day or hour")]
pub struct UnknownInterval;

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = || Unit::ALL.into_iter().find(|unit| unit.name() == text).map(Self::Of);
        if text == "auto" { Ok(Self::Auto) } else { named().ok_or(UnknownInterval) }
    }
}

impl Unit {
    /// All units, the longest first.
    pub const ALL: [Self; 5] = [Self::Year, Self::Month, Self::Week, Self::Day, Self::Hour];

    /// Its name, as in requests and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }

    /// The first moment of the period in which a moment lies.
    #[must_use]
    pub fn start_of(self, at: Timestamp) -> Timestamp {
        let start = Period::holding(self.level(), at).start();
        match self {
            Self::Week => start.plus_days(-days_since_monday(start)),
            _ => start,
        }
    }

    /// The first moment after a period, by its first moment.
    #[must_use]
    pub fn end_of(self, start: Timestamp) -> Timestamp {
        match self {
            Self::Week => start.plus_days(7),
            _ => Period::holding(self.level(), start).end(),
        }
    }

    /// The level of the nodes whose parts are its periods, or make them up.
    pub(super) fn level(self) -> Level {
        match self {
            Self::Year => Level::Year,
            Self::Month => Level::Month,
            Self::Week | Self::Day => Level::Day,
            Self::Hour => Level::Hour,
        }
    }
}

/// How many days before a moment its week began. The first day of 1970 was a Thursday.
fn days_since_monday(at: Timestamp) -> i64 {
    (at.ms().div_euclid(24 * 60 * 60 * 1_000) + 3).rem_euclid(7)
}

impl Timeline {
    /// No entry.
    #[must_use]
    pub fn empty(interval: Interval) -> Self {
        let unit = if let Interval::Of(unit) = interval { unit } else { Unit::Hour };
        Self { unit, counts: BTreeMap::new() }
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
        let unit = Extent { oldest, newest }.unit(interval)?;
        Ok(Self::sum(unit, moments().map(|at| (at, 1))))
    }

    /// The timeline of counts by moments within its periods.
    pub fn sum(unit: Unit, counts: impl IntoIterator<Item = (Timestamp, u64)>) -> Self {
        let mut sums = BTreeMap::new();
        for (at, count) in counts {
            *sums.entry(unit.start_of(at)).or_default() += count;
        }
        Self { unit, counts: sums }
    }
}

impl Extent {
    fn unit(self, interval: Interval) -> Result<Unit, TooManyPeriods> {
        match interval {
            Interval::Of(unit) if self.fits(unit, MOST_PERIODS) => Ok(unit),
            Interval::Of(_) => Err(TooManyPeriods),
            Interval::Auto => Ok(self.shortest()),
        }
    }

    /// The shortest periods of which not too many are there for a glance.
    fn shortest(self) -> Unit {
        let fits = |unit: &Unit| self.suits(*unit);
        Unit::ALL.into_iter().rev().find(fits).unwrap_or(Unit::Year)
    }

    /// Whether it has no more periods of a unit than one glance takes in.
    ///
    /// They are also bounded by what they cost: each day whose hours are counted is looked up or
    /// read, and so is each month whose days or weeks are.
    pub(super) fn suits(self, unit: Unit) -> bool {
        match unit {
            Unit::Hour => self.fits(unit, 72),
            Unit::Day => self.fits(unit, 93),
            Unit::Week => self.fits(unit, 54),
            Unit::Month => self.fits(unit, 120),
            Unit::Year => true,
        }
    }

    /// Whether it has at most this many periods of a unit.
    pub(super) fn fits(self, unit: Unit, most: usize) -> bool {
        let first = unit.start_of(self.oldest);
        let next = |start: &Timestamp| Some(unit.end_of(*start));
        let inside = |start: &Timestamp| *start <= self.newest;
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

    #[test]
    fn periods_are_as_short_as_a_glance_takes_in() {
        let of = |ends: &[&str]| Timeline::of(&ids(ends), Interval::Auto).unwrap().unit;
        for (oldest, newest, expected) in [
            ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", Unit::Hour),
            ("2026-11-22T12:59:59Z", "2026-11-25T11:00:00Z", Unit::Hour),
            ("2026-11-22T12:59:59Z", "2026-11-25T12:00:00Z", Unit::Day),
            ("2026-01-01T23:00:00Z", "2026-04-03T01:00:00Z", Unit::Day),
            ("2026-01-01T23:00:00Z", "2026-04-04T01:00:00Z", Unit::Week),
            // From a Monday to a Sunday, and one day longer.
            ("2025-11-24T00:00:00Z", "2026-12-06T23:59:59Z", Unit::Week),
            ("2025-11-24T00:00:00Z", "2026-12-07T00:00:00Z", Unit::Month),
            ("2016-12-31T00:00:00Z", "2026-11-30T00:00:00Z", Unit::Month),
            ("2016-11-30T00:00:00Z", "2026-11-01T00:00:00Z", Unit::Year),
            ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", Unit::Year),
        ] {
            assert_eq!(of(&[oldest, newest]), expected, "{oldest} to {newest}");
        }
    }

    #[test]
    fn entries_are_counted_in_their_periods_and_empty_ones_are_left_out() {
        // A Sunday, and the Tuesday after it.
        let ids =
            ids(&["2026-11-24T00:00:00Z", "2026-11-22T23:59:59.999Z", "2026-11-22T00:00:00Z"]);
        for (unit, expected) in [
            (Unit::Day, vec![("2026-11-22T00:00:00Z", 2), ("2026-11-24T00:00:00Z", 1)]),
            (Unit::Week, vec![("2026-11-16T00:00:00Z", 2), ("2026-11-23T00:00:00Z", 1)]),
            (Unit::Month, vec![("2026-11-01T00:00:00Z", 3)]),
            (Unit::Year, vec![("2026-01-01T00:00:00Z", 3)]),
        ] {
            let counts = expected.into_iter().map(|(start, count)| (at(start), count)).collect();
            let expected = Timeline { unit, counts };
            assert_eq!(Timeline::of(&ids, Interval::Of(unit)), Ok(expected));
        }
        let month = Interval::Of(Unit::Month);
        assert_eq!(Timeline::of(&[], month), Ok(Timeline::empty(month)));
    }

    #[test]
    fn a_week_begins_with_monday_also_at_the_ends_of_time() {
        for (moment, start, end) in [
            ("2026-11-22T23:59:59.999Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
            ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z"),
            ("0001-01-03T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-08T00:00:00Z"),
            ("9999-12-31T23:00:00Z", "9999-12-27T00:00:00Z", "9999-12-31T23:59:59.999Z"),
        ] {
            let first = Unit::Week.start_of(at(moment));
            assert_eq!((first, Unit::Week.end_of(first)), (at(start), at(end)), "{moment}");
        }
    }

    #[test]
    fn no_timeline_has_more_periods_than_it_may() {
        let of = |newest| {
            Timeline::of(&ids(&["2026-01-01T05:00:00Z", newest]), Interval::Of(Unit::Hour))
        };
        assert!(of("2026-01-17T20:59:59Z").is_ok());
        assert_eq!(of("2026-01-17T21:00:00Z"), Err(TooManyPeriods));
    }

    #[test]
    fn an_interval_has_one_name() {
        for (text, interval) in [
            ("auto", Interval::Auto),
            ("year", Interval::Of(Unit::Year)),
            ("week", Interval::Of(Unit::Week)),
            ("hour", Interval::Of(Unit::Hour)),
        ] {
            assert_eq!(text.parse(), Ok(interval));
        }
        for text in ["", "Auto", "quarter", "1h", "days", " day"] {
            assert_eq!(text.parse::<Interval>(), Err(UnknownInterval), "{text}");
        }
    }
}
