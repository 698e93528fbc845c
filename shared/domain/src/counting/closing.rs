//! Owns the rules of when a moment is closed: from then on what it holds can be counted for good.

use crate::timestamp::Timestamp;

/// An entry that happened longer ago than this when it is recorded is late: it reopens its time
/// first.
pub const LATE_AFTER_MS: i64 = 60_000;

/// A moment is closed this long after it. What is not late is recorded within 60 s and stored
/// within 20 s more; 40 s are left for clocks that differ.
pub const CLOSED_AFTER_MS: i64 = 120_000;

/// After it was reopened, time may be counted for good again this much later: the late entry was
/// stored within 20 s, 40 s are left for clocks that differ.
pub const SETTLED_AFTER_REOPENING_MS: i64 = 60_000;

/// The end of closed time at `now`, exclusive: a whole minute.
#[must_use]
pub fn closed_until(now: Timestamp) -> Timestamp {
    let closed = now.plus_ms(-CLOSED_AFTER_MS);
    closed.plus_ms(-closed.ms().rem_euclid(60_000))
}

/// Whether an entry that happened at `occurred_at` and is recorded at `now` must reopen its time.
#[must_use]
pub fn is_late(occurred_at: Timestamp, now: Timestamp) -> bool {
    now.ms() - occurred_at.ms() > LATE_AFTER_MS
}
