//! Owns the spelling of a key's lifetime on the command line.

use domain::timestamp::Timestamp;

/// The longest lifetime: ten years. An extra digit must not make a key that lives for centuries; a
/// key without an end is made by leaving the option out.
const MAX_SECONDS: i64 = 3_650 * 24 * 60 * 60;
const WHAT_IT_MUST_BE: &str =
    "must be a whole number and a unit, such as 90d, 12h, 30m or 45s, at most 3650d";

/// The lifetime of a key: 1 second to ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    seconds: i64,
}

impl Life {
    /// Reads `Ns`, `Nm`, `Nh` or `Nd`.
    ///
    /// # Errors
    /// What the text must be. A sign, a fraction, a leading zero, white space and a second unit are
    /// refused.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        Self::read(text).ok_or(WHAT_IT_MUST_BE)
    }

    fn read(text: &str) -> Option<Self> {
        let units = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60)];
        let (number, unit_seconds) = units
            .into_iter()
            .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
        if number.starts_with('0') || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let seconds = number.parse::<i64>().ok()?.checked_mul(unit_seconds)?;
        (seconds <= MAX_SECONDS).then_some(Self { seconds })
    }

    /// When a lifetime that starts at `now` ends, rounded down to the second, the unit in which it
    /// is stored.
    pub(crate) fn end(self, now: Timestamp) -> Timestamp {
        Timestamp::clamped((now.epoch_seconds() + self.seconds) * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_a_whole_number_of_one_unit() {
        for (text, seconds) in [
            ("1s", 1),
            ("45s", 45),
            ("30m", 1_800),
            ("12h", 43_200),
            ("90d", 7_776_000),
            ("3650d", MAX_SECONDS),
        ] {
            assert_eq!(Life::parse(text), Ok(Life { seconds }), "{text}");
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        let wrong = ",d,90,0d,00d,090d,-1d,+1d,1.5d,1d12h,90 d, 90d,90d ,90D,1w,1y,3651d,\
                     315360001s,9223372036854775807d,99999999999999999999s,９0d";
        for text in wrong.split(',') {
            assert_eq!(Life::parse(text), Err(WHAT_IT_MUST_BE), "{text}");
        }
    }

    #[test]
    fn a_life_ends_on_a_whole_second_and_never_late() {
        let now = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        assert_eq!(Life::parse("90d").unwrap().end(now).rfc3339(), "2027-02-20T14:05:06.000Z");
        assert_eq!(Life::parse("1s").unwrap().end(now).rfc3339(), "2026-11-22T14:05:07.000Z");
    }
}
