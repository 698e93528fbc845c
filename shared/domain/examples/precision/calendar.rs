//! Owns the calendar of the year: days, weekdays and time zones.

use domain::timestamp::Timestamp;

/// Days of the year that is generated: 2026. A day is counted from 1 January, which is 0.
pub(crate) const DAYS: i64 = 365;
pub(crate) const MINUTE_MS: i64 = 60_000;
/// Minutes of a day.
pub(crate) const DAY_MINUTES: i64 = 24 * 60;
/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

/// The moment so many minutes after a day began in UTC.
pub(crate) fn moment(day: i64, minute: i64) -> Timestamp {
    Timestamp::clamped(START_MS + (day * DAY_MINUTES + minute) * MINUTE_MS)
}

/// The day of a moment.
pub(crate) fn day_of(at: Timestamp) -> i64 {
    (at.ms() - START_MS).div_euclid(DAY_MINUTES * MINUTE_MS)
}

/// The day of the week, Monday being 0. 1 January 2026 is a Thursday.
pub(crate) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// Where somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Berlin,
    NewYork,
    Bangalore,
    SanFrancisco,
    Tokyo,
}

impl Zone {
    /// The zones that have an office. More people work in the first ones.
    pub(crate) const WITH_OFFICE: [Self; 5] =
        [Self::Berlin, Self::Berlin, Self::NewYork, Self::NewYork, Self::Bangalore];
    /// All zones.
    pub(crate) const ALL: [Self; 5] =
        [Self::Berlin, Self::NewYork, Self::Bangalore, Self::SanFrancisco, Self::Tokyo];

    /// A number for it, from 0 on.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Berlin => 0,
            Self::NewYork => 1,
            Self::Bangalore => 2,
            Self::SanFrancisco => 3,
            Self::Tokyo => 4,
        }
    }

    /// Minutes that its clocks are ahead of UTC on a day, with summer time.
    pub(crate) fn ahead_of_utc(self, day: i64) -> i64 {
        let in_europe = i64::from((87..297).contains(&day)) * 60;
        let in_america = i64::from((66..304).contains(&day)) * 60;
        match self {
            Self::Berlin => 60 + in_europe,
            Self::NewYork => -300 + in_america,
            Self::Bangalore => 330,
            Self::SanFrancisco => -480 + in_america,
            Self::Tokyo => 540,
        }
    }
}
