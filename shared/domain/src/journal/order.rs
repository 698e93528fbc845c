//! Owns the rules of time: which entries are out of order (J2), and which recorded time is settled
//! (J3).

use crate::timestamp::Timestamp;

/// J2: an entry is out of order if it happened longer than this before or after it was recorded.
///
/// To find the entries recorded in a stretch of time, a reader reads the ids from this long before
/// it to this long after it, and the markers. A smaller bound makes the end of a busy log cheaper
/// to read; a larger one saves the marker of entries that come a little late. Publishers that
/// record as it happens are within 5 s.
pub const OUT_OF_ORDER_AFTER_MS: i64 = 5_000;

/// J3: recorded time is settled after this: no entry recorded before it is still on its way. An
/// entry is stored within 6 s of its `recorded_at` (A2), and clocks differ by at most 4 s (A1).
pub const SETTLED_AFTER_MS: i64 = 6_000 + 4_000;

/// J2: a marker is at most this much older than the `recorded_at` of the entries that it announces.
/// A writer that took longer announces them again. Both times are read from its own clock.
pub const MARKED_BEFORE_MS: i64 = 5_000;

/// J2: whether an entry that happened at `occurred_at` and is recorded at `recorded_at` needs a
/// marker.
#[must_use]
pub fn is_out_of_order(occurred_at: Timestamp, recorded_at: Timestamp) -> bool {
    (recorded_at.ms() - occurred_at.ms()).abs() > OUT_OF_ORDER_AFTER_MS
}

/// J3: the end of settled time at `now`, inclusive.
#[must_use]
pub fn settled_until(now: Timestamp) -> Timestamp {
    now.plus_ms(-SETTLED_AFTER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn an_entry_is_out_of_order_more_than_five_seconds_before_or_after_it_is_recorded() {
        let now = at("2026-11-22T14:05:00Z");
        for (occurred_at, expected) in [
            ("2026-11-22T14:04:55.000Z", false),
            ("2026-11-22T14:04:54.999Z", true),
            ("2026-11-22T14:05:05.000Z", false),
            ("2026-11-22T14:05:05.001Z", true),
        ] {
            assert_eq!(is_out_of_order(at(occurred_at), now), expected, "{occurred_at}");
        }
    }

    #[test]
    fn time_is_settled_once_every_write_has_landed() {
        assert_eq!(settled_until(at("2026-11-22T14:05:00Z")), at("2026-11-22T14:04:50Z"));
    }
}
