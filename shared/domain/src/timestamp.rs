//! Owns moments in time: UTC, whole milliseconds, years 0001 to 9999, and their two spellings.
//!
//! Both spellings have a fixed width, so that text order equals time order (see the property test
//! `text_order_is_time_order`).

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MS_PER_SECOND: i64 = 1_000;
const MS_PER_DAY: i64 = 24 * 60 * 60 * MS_PER_SECOND;
/// 0001-01-01T00:00:00.000Z in milliseconds since the Unix epoch.
const MIN_MS: i64 = -62_135_596_800_000;
/// 9999-12-31T23:59:59.999Z in milliseconds since the Unix epoch. Later years have five digits,
/// which would break the text order.
const MAX_MS: i64 = 253_402_300_799_999;

/// A moment in UTC, to the millisecond, within the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The error for a text that is not an accepted time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an RFC 3339 time with an offset, such as 2026-11-22T14:05:06.789Z \
     (years 0001 to 9999, at most 9 fraction digits, no leap second)"
)]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The earliest moment: 0001-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(MIN_MS);
    /// The latest moment: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(MAX_MS);

    /// The moment `ms` milliseconds after the Unix epoch. `None` means that it is outside the years
    /// 0001 to 9999.
    #[must_use]
    pub fn from_ms(ms: i64) -> Option<Self> {
        (MIN_MS..=MAX_MS).contains(&ms).then_some(Self(ms))
    }

    /// The moment `ms` milliseconds after the Unix epoch, clamped to the years 0001 to 9999.
    #[must_use]
    pub fn clamped(ms: i64) -> Self {
        Self(ms.clamp(MIN_MS, MAX_MS))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down: the unit of DynamoDB's TTL attribute.
    #[must_use]
    pub fn epoch_seconds(self) -> i64 {
        self.0.div_euclid(MS_PER_SECOND)
    }

    /// The moment `ms` milliseconds later, or earlier if negative, clamped to the first and last
    /// moment.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::clamped(self.0.saturating_add(ms))
    }

    /// The moment this many days of 24 hours later, or earlier if negative, clamped to the first
    /// and last moment.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_ms(days.saturating_mul(MS_PER_DAY))
    }

    /// Midnight UTC at the start of this moment's day.
    #[must_use]
    pub fn start_of_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MS_PER_DAY))
    }

    /// The start of this moment's second.
    #[must_use]
    pub fn start_of_second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(1_000))
    }

    /// Reads RFC 3339 text and truncates it to the millisecond.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] for any other text. This includes three spellings that chrono accepts:
    /// a space instead of `T`, a leap second, and more than nine fraction digits.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let time = parse_strictly(text)?;
        Self::from_ms(time.timestamp_millis()).ok_or(InvalidTimestamp)
    }

    /// Reads RFC 3339 text and rounds it up to the millisecond, so that a lower or exclusive upper
    /// bound between two milliseconds keeps its meaning.
    ///
    /// # Errors
    /// [`InvalidTimestamp`], as [`Timestamp::parse`].
    pub fn parse_rounding_up(text: &str) -> Result<Self, InvalidTimestamp> {
        let time = parse_strictly(text)?;
        let rest = time.timestamp_subsec_nanos() % 1_000_000;
        Self::from_ms(time.timestamp_millis() + i64::from(rest > 0)).ok_or(InvalidTimestamp)
    }

    fn date_time(self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0)
    }

    /// The spelling in the API: `2026-11-22T14:05:06.789Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.date_time().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The spelling in keys: `20261122T140506.789Z`.
    #[must_use]
    pub fn key(self) -> String {
        self.date_time().format("%Y%m%dT%H%M%S%.3fZ").to_string()
    }

    /// Reads the spelling in keys. `None` means any other spelling.
    #[must_use]
    pub fn from_key(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text.get(..8)?, "%Y%m%d").ok()?;
        let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
        let time = date.and_hms_milli_opt(
            digits(9..11)?,
            digits(11..13)?,
            digits(13..15)?,
            digits(16..19)?,
        )?;
        let moment = Self::from_ms(time.and_utc().timestamp_millis())?;
        (moment.key() == text).then_some(moment)
    }
}

/// Reads a time with chrono after checking that it has the form
/// `YYYY-MM-DDTHH:MM:SS[.1-9 digits](Z|±HH:MM)` (RFC 3339, section 5.6).
fn parse_strictly(text: &str) -> Result<DateTime<Utc>, InvalidTimestamp> {
    let rest = strip_pattern(text, "dddd-dd-ddTdd:dd:dd").ok_or(InvalidTimestamp)?;
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if !(1..=9).contains(&(fraction.len() - zone.len())) {
                return Err(InvalidTimestamp);
            }
            zone
        }
    };
    let is_offset = |pattern| strip_pattern(zone, pattern) == Some("");
    let is_zone = zone == "Z" || is_offset("+dd:dd") || is_offset("-dd:dd");
    let is_leap_second = text.get(17..19) == Some("60");
    if !is_zone || is_leap_second {
        return Err(InvalidTimestamp);
    }
    DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).ok().ok_or(InvalidTimestamp)
}

/// What follows a leading match of `pattern`, in which `d` stands for an ASCII digit and any other
/// character for itself. `None` means that the text does not match.
fn strip_pattern<'a>(text: &'a str, pattern: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(pattern.len())?;
    let is_match = head.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        _ => byte == wanted,
    });
    is_match.then_some(rest)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_offsets_and_up_to_nine_fraction_digits() {
        for (text, utc) in [
            ("2026-11-22T14:05:06Z", "2026-11-22T14:05:06.000Z"),
            ("2026-11-22T14:05:06.7Z", "2026-11-22T14:05:06.700Z"),
            ("2026-11-22T14:05:06.789999999Z", "2026-11-22T14:05:06.789Z"),
            ("2026-11-22T14:05:06+02:00", "2026-11-22T12:05:06.000Z"),
            ("0001-01-01T00:00:00-00:00", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(
                Timestamp::parse(text).map(Timestamp::rfc3339).as_deref(),
                Ok(utc),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for text in [
            "", "2026-11-22", "2026-11-22T14:05:06", "2026-11-22 14:05:06Z",
            "2026-11-22t14:05:06Z", "2026-11-22T14:05:06z", "2026-11-22T14:05Z",
            "2026-11-22T14:05:60Z", "2026-11-22T14:05:06.Z", "2026-11-22T14:05:06,5Z",
            "2026-11-22T14:05:06.1234567890Z", "20261122T140506Z", "2026-02-30T00:00:00Z",
            "2026-11-22T24:00:00Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-11-22T14:05:06+2:00",
            "2026-11-22T14:05:06+24:00", "2026-11-22T14:05:06Z ", "\u{ff12}026-11-22T14:05:06Z",
            "+2026-11-22T14:05:06Z",
        ] {
            assert_eq!(Timestamp::parse(text), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn a_bound_below_the_millisecond_rounds_up() {
        let rounded = |text| Timestamp::parse_rounding_up(text).map(Timestamp::rfc3339);
        assert_eq!(
            rounded("2026-11-22T14:05:06.7890001Z").as_deref(),
            Ok("2026-11-22T14:05:06.790Z")
        );
        assert_eq!(rounded("2026-11-22T14:05:06.789Z").as_deref(), Ok("2026-11-22T14:05:06.789Z"));
        assert_eq!(rounded("9999-12-31T23:59:59.9999Z"), Err(InvalidTimestamp));
    }

    proptest! {
        #[test]
        fn text_order_is_time_order(
            a in MIN_MS..=MAX_MS, b in MIN_MS..=MAX_MS, near in -2000_i64..2000,
        ) {
            for b in [b, a.saturating_add(near).clamp(MIN_MS, MAX_MS)] {
                let (a, b) = (Timestamp(a), Timestamp(b));
                prop_assert_eq!(a.cmp(&b), a.key().cmp(&b.key()));
                prop_assert_eq!(a.cmp(&b), a.rfc3339().cmp(&b.rfc3339()));
            }
        }

        #[test]
        fn both_spellings_read_back(ms in MIN_MS..=MAX_MS) {
            let moment = Timestamp(ms);
            prop_assert_eq!(Timestamp::from_key(&moment.key()), Some(moment));
            prop_assert_eq!(Timestamp::parse(&moment.rfc3339()), Ok(moment));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
            let _ = Timestamp::from_key(&text);
        }
    }
}
