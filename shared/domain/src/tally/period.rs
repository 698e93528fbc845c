//! Owns the calendar of tally nodes: years, months, days and hours in UTC, each a prefix of the
//! sort key.

use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use std::fmt;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A year, such as `2026`.
    Year,
    /// A month, such as `202611`.
    Month,
    /// A day, such as `20261122`.
    Day,
    /// An hour, such as `20261122T14`.
    Hour,
}

impl Level {
    /// All levels, the longest period first.
    pub const ALL: [Self; 4] = [Self::Year, Self::Month, Self::Day, Self::Hour];

    /// The level that divides this one; an hour is divided by entries, not by the calendar.
    #[must_use]
    pub fn below(self) -> Option<Self> {
        match self {
            Self::Year => Some(Self::Month),
            Self::Month => Some(Self::Day),
            Self::Day => Some(Self::Hour),
            Self::Hour => None,
        }
    }

    /// How many characters of the sort key name a period, the letter of the level in a node's key,
    /// the rest of its first moment's key, and days that always lead from its start into the next
    /// one, but not past it.
    fn shape(self) -> (usize, char, &'static str, i64) {
        match self {
            Self::Year => (4, 'y', "0101T000000.000Z", 366),
            Self::Month => (6, 'm', "01T000000.000Z", 31),
            Self::Day => (8, 'd', "T000000.000Z", 1),
            Self::Hour => (11, 'h', "0000.000Z", 0),
        }
    }
}

/// A year, month, day or hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    level: Level,
    start: Timestamp,
}

impl Period {
    /// The period of that level in which a moment lies.
    #[must_use]
    pub fn holding(level: Level, at: Timestamp) -> Self {
        let start = match level {
            // Asked for every entry that is counted: no calendar, no text.
            Level::Hour => at.plus_ms(-at.ms().rem_euclid(HOUR_MS)),
            Level::Day => at.start_of_day(),
            Level::Year | Level::Month => {
                let (chars, _, rest, _) = level.shape();
                let start = at
                    .key()
                    .get(..chars)
                    .and_then(|prefix| Timestamp::from_key(&format!("{prefix}{rest}")));
                // A prefix of a moment's key with the rest of a first moment is always a moment.
                start.unwrap_or(at)
            }
        };
        Self { level, start }
    }

    /// The four periods in which a moment lies, the longest first.
    #[must_use]
    pub fn all_holding(at: Timestamp) -> [Self; 4] {
        Level::ALL.map(|level| Self::holding(level, at))
    }

    /// How long it is.
    #[must_use]
    pub fn level(self) -> Level {
        self.level
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first moment after it; of the last period there can be, the last moment in it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = match self.level.shape() {
            (.., 0) => self.start.plus_ms(HOUR_MS),
            (.., days) => Self::holding(self.level, self.start.plus_days(days)).start,
        };
        if next > self.start { next } else { Timestamp::MAX }
    }

    /// The ids of what happened in it.
    #[must_use]
    pub fn span(self) -> Span {
        Span {
            low: EntryId::first_of(self.start),
            high: EntryId::first_of(self.end()).before().unwrap_or(EntryId::LAST),
        }
    }

    /// The letter of its level, `#`, and the prefix that all its sort keys have: `d#20261122`.
    #[must_use]
    pub fn key(self) -> String {
        let (chars, letter, ..) = self.level.shape();
        format!("{letter}#{}", self.start.key().get(..chars).unwrap_or_default())
    }

    /// Reads [`Period::key`]; anything else is none.
    #[must_use]
    pub fn from_key(text: &str) -> Option<Self> {
        let (letter, prefix) = text.split_once('#')?;
        let level = Level::ALL.into_iter().find(|level| letter.chars().eq([level.shape().1]))?;
        let start = Timestamp::from_key(&format!("{prefix}{}", level.shape().2))?;
        (prefix.len() == level.shape().0).then_some(Self { level, start })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moment_lies_in_four_periods() {
        let at = Timestamp::parse("2028-02-29T14:05:06.789Z").unwrap();
        let shown = Period::all_holding(at).map(|period| (period.key(), period.end().rfc3339()));
        let expected = [
            ("y#2028", "2029-01-01T00:00:00.000Z"),
            ("m#202802", "2028-03-01T00:00:00.000Z"),
            ("d#20280229", "2028-03-01T00:00:00.000Z"),
            ("h#20280229T14", "2028-02-29T15:00:00.000Z"),
        ];
        assert_eq!(
            shown.map(|(key, end)| (key, end)),
            expected.map(|(key, end)| (key.to_owned(), end.to_owned()))
        );
    }

    #[test]
    fn only_the_one_spelling_of_a_key_is_read() {
        for bad in [
            "", "y#", "y#202", "y#20261", "m#202613", "d#20260230", "h#20261122T24", "x#2026",
            "y2026", "yy#2026", "h#20261122t14",
        ] {
            assert_eq!(Period::from_key(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn periods_follow_each_other_without_gap_and_nest(ms in -62_135_596_800_000_i64..=253_402_300_799_999) {
            let at = Timestamp::clamped(ms);
            let periods = Period::all_holding(at);
            for period in periods {
                prop_assert!(period.start() <= at && (at < period.end() || period.end() == Timestamp::MAX));
                prop_assert_eq!(Period::from_key(&period.key()), Some(period));
                prop_assert!(at.key().starts_with(period.key().split_once('#').unwrap().1));
                if period.end() < Timestamp::MAX {
                    prop_assert_eq!(Period::holding(period.level(), period.end()).start(), period.end());
                    prop_assert_eq!(Period::holding(period.level(), period.end().plus_ms(-1)), period);
                }
            }
            for pair in periods.windows(2) {
                prop_assert!(pair[0].start() <= pair[1].start() && pair[1].end() <= pair[0].end());
            }
        }
    }
}
