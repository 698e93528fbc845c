//! Owns the calendar of tally nodes: years, months, days and hours in UTC, each a prefix of the
//! sort key.

use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use std::fmt;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

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

    /// The level of the parts. `None` means that the parts are runs of entries: those of an hour.
    #[must_use]
    pub fn below(self) -> Option<Self> {
        match self {
            Self::Year => Some(Self::Month),
            Self::Month => Some(Self::Day),
            Self::Day => Some(Self::Hour),
            Self::Hour => None,
        }
    }

    /// The level whose periods have the periods of this level as parts. `None` means that this is
    /// the level of years.
    #[must_use]
    pub fn above(self) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.below() == Some(self))
    }

    /// How its periods are named, and how long they are.
    fn shape(self) -> Shape {
        match self {
            Self::Year => Shape {
                letter: 'y',
                key_chars: 4,
                first_moment: "0101T000000.000Z",
                length: Length::AtMostDays(366),
            },
            Self::Month => Shape {
                letter: 'm',
                key_chars: 6,
                first_moment: "01T000000.000Z",
                length: Length::AtMostDays(31),
            },
            Self::Day => Shape {
                letter: 'd',
                key_chars: 8,
                first_moment: "T000000.000Z",
                length: Length::Ms(DAY_MS),
            },
            Self::Hour => Shape {
                letter: 'h',
                key_chars: 11,
                first_moment: "0000.000Z",
                length: Length::Ms(HOUR_MS),
            },
        }
    }
}

/// How the periods of a level are named, and how long they are.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// The letter of the level in a node's key.
    letter: char,
    /// How many characters of the sort key name a period: 8 in `20261122`.
    key_chars: usize,
    /// What follows them in the key of the period's first moment.
    first_moment: &'static str,
    /// How to reach the next period.
    length: Length,
}

/// How to reach the next period from the start of one.
#[derive(Debug, Clone, Copy)]
enum Length {
    /// All periods of the level have this many milliseconds.
    Ms(i64),
    /// The calendar decides. This many days after the start of a period always lie in the next one:
    /// the longest period has so many, and none is short enough to be skipped.
    AtMostDays(i64),
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
            // Called for every entry that is counted, so it uses neither calendar nor text.
            Level::Hour => at.plus_ms(-at.ms().rem_euclid(HOUR_MS)),
            Level::Day => at.start_of_day(),
            Level::Year | Level::Month => {
                let Shape { key_chars, first_moment, .. } = level.shape();
                let start = at
                    .key()
                    .get(..key_chars)
                    .and_then(|prefix| Timestamp::from_key(&format!("{prefix}{first_moment}")));
                // The prefix of a moment's key followed by the rest of a first moment is always a
                // moment.
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

    /// The first moment after it. The last period of all, in the year 9999, ends with the last
    /// moment.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = match self.level.shape().length {
            Length::Ms(ms) => self.start.plus_ms(ms),
            Length::AtMostDays(days) => Self::holding(self.level, self.start.plus_days(days)).start,
        };
        if next > self.start { next } else { Timestamp::MAX }
    }

    /// The ids that entries of this period can have.
    #[must_use]
    pub fn span(self) -> Span {
        Span {
            low: EntryId::first_of(self.start),
            high: EntryId::first_of(self.end()).before().unwrap_or(EntryId::LAST),
        }
    }

    /// The sort key of its node: the letter of its level, `#`, and the prefix that the ids of all
    /// its entries share, such as `d#20261122`.
    #[must_use]
    pub fn key(self) -> String {
        let Shape { letter, key_chars, .. } = self.level.shape();
        format!("{letter}#{}", self.start.key().get(..key_chars).unwrap_or_default())
    }

    /// Reads what [`Period::key`] wrote. Any other text gives `None`.
    #[must_use]
    pub fn from_key(text: &str) -> Option<Self> {
        let (letter, prefix) = text.split_once('#')?;
        let level =
            Level::ALL.into_iter().find(|level| letter.chars().eq([level.shape().letter]))?;
        let Shape { key_chars, first_moment, .. } = level.shape();
        let start = Timestamp::from_key(&format!("{prefix}{first_moment}"))?;
        (prefix.len() == key_chars).then_some(Self { level, start })
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
        fn periods_follow_each_other_without_gap_and_nest(
            ms in Timestamp::MIN.ms()..=Timestamp::MAX.ms(),
        ) {
            let at = Timestamp::clamped(ms);
            let periods = Period::all_holding(at);
            for period in periods {
                let (start, end) = (period.start(), period.end());
                prop_assert!(start <= at && (at < end || end == Timestamp::MAX));
                prop_assert_eq!(Period::from_key(&period.key()), Some(period));
                prop_assert!(at.key().starts_with(period.key().split_once('#').unwrap().1));
                if end < Timestamp::MAX {
                    let holding = |at| Period::holding(period.level(), at);
                    prop_assert_eq!(holding(end).start(), end);
                    prop_assert_eq!(holding(end.plus_ms(-1)), period);
                }
            }
            for pair in periods.windows(2) {
                prop_assert!(pair[0].start() <= pair[1].start() && pair[1].end() <= pair[0].end());
            }
        }
    }
}
