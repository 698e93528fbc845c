//! Owns the rules of time: when an entry is late (R1), which time is closed (R2), and when reopened
//! time may be counted again (R3).
//!
//! `docs/table.md`, "Why it is exact", derives the figures. They rest on two assumptions: clocks
//! differ by less than 40 s (A1), and a recording is over 20 s after its clock was read (A2).

use crate::timestamp::Timestamp;

/// R1: an entry is late if it happened longer ago than this when it is recorded.
pub const LATE_AFTER_MS: i64 = 60_000;

/// R2: a moment is closed this long after it. An entry that is not late is recorded within 60 s
/// (R1) and stored within 20 s more (A2); clocks differ by less than 40 s (A1): 60 + 20 + 40.
pub const CLOSED_AFTER_MS: i64 = 120_000;

/// R3: reopened time may be counted again this much later. The late entry is stored within 20 s
/// (A2); clocks differ by less than 40 s (A1): 20 + 40.
pub const SETTLED_AFTER_REOPENING_MS: i64 = 60_000;

/// R2: the end of closed time at `now`, exclusive: 120 s ago, rounded down to a whole minute.
#[must_use]
pub fn closed_until(now: Timestamp) -> Timestamp {
    let closed = now.plus_ms(-CLOSED_AFTER_MS);
    closed.plus_ms(-closed.ms().rem_euclid(60_000))
}

/// R1: whether an entry that happened at `occurred_at` and is recorded at `now` is late, so that
/// its time must be reopened first.
#[must_use]
pub fn is_late(occurred_at: Timestamp, now: Timestamp) -> bool {
    now.ms() - occurred_at.ms() > LATE_AFTER_MS
}

/// R3: whether a node with this `reopened_at` may be stored by a count that began at `now`. `None`
/// means that it was never reopened.
pub(super) fn is_settled(reopened_at: Option<Timestamp>, now: Timestamp) -> bool {
    reopened_at.is_none_or(|at| now >= at.plus_ms(SETTLED_AFTER_REOPENING_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn an_entry_is_late_when_it_happened_more_than_60_s_ago() {
        let now = at("2026-11-22T14:05:00Z");
        assert!(!is_late(at("2026-11-22T14:04:00.000Z"), now));
        assert!(is_late(at("2026-11-22T14:03:59.999Z"), now));
        assert!(!is_late(at("2026-11-22T14:05:00.001Z"), now));
    }

    #[test]
    fn time_is_closed_120_s_ago_down_to_a_whole_minute() {
        for (now, closed) in [
            ("2026-11-22T14:05:00.000Z", "2026-11-22T14:03:00Z"),
            ("2026-11-22T14:05:59.999Z", "2026-11-22T14:03:00Z"),
            ("2026-11-22T14:04:59.999Z", "2026-11-22T14:02:00Z"),
            ("1969-12-31T23:59:30.000Z", "1969-12-31T23:57:00Z"),
        ] {
            assert_eq!(closed_until(at(now)), at(closed), "{now}");
        }
    }

    #[test]
    fn a_node_may_be_stored_60_s_after_it_was_reopened() {
        let reopened_at = at("2026-11-22T14:05:00Z");
        assert!(is_settled(None, reopened_at));
        assert!(!is_settled(Some(reopened_at), reopened_at.plus_ms(59_999)));
        assert!(is_settled(Some(reopened_at), reopened_at.plus_ms(60_000)));
    }

    /// The arithmetic of the proof: what A1 and A2 leave of each wait.
    #[test]
    fn the_waits_cover_the_time_of_a_recording_and_the_difference_of_clocks() {
        let (recording_ms, clocks_differ_ms) = (20_000, 40_000);
        assert!(CLOSED_AFTER_MS >= LATE_AFTER_MS + recording_ms + clocks_differ_ms);
        assert!(SETTLED_AFTER_REOPENING_MS >= recording_ms + clocks_differ_ms);
    }
}
