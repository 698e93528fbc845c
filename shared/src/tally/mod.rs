//! Owns the tally: exact counts of a log that only grows, kept per span of time, because what
//! closed time holds is a fact that can be remembered.
//!
//! A node tells how many entries of each kind a year, month, day or hour holds. It is made by
//! reading that time once, never by counting up. It can be deleted at any time and is made again.
//! What it must not do: be wrong. `docs/table.md` has the argument.

mod count;
mod cover;
mod histogram;
mod ledger;
mod node;
mod period;
mod reopen;

pub use count::{Counts, count};
pub use histogram::{Cell, Histogram};
pub use ledger::{Ledger, LedgerStore};
pub use node::{Counted, MalformedCount, Node, Part};
pub use period::{Level, Period};
pub use reopen::reopen;

use crate::store::Metered;
use crate::timestamp::Timestamp;
use std::time::{Duration, Instant};

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

/// How much one request may spend on counting.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    read_units: f64,
    until: Instant,
}

impl Budget {
    /// So many read capacity units since the store's meter was set to zero, and so much time from
    /// now.
    #[must_use]
    pub fn new(read_units: f64, time: Duration) -> Self {
        Self { read_units, until: Instant::now() + time }
    }

    /// Whether either is spent.
    pub fn is_spent(&self, store: &impl Metered) -> bool {
        store.spent().read_units >= self.read_units || Instant::now() >= self.until
    }
}
