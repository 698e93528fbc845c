//! Owns counting: exact totals of a log, kept per span of time. Closed time does not change, so a
//! count of it can be stored and reused.
//!
//! A node says how many entries of each kind a year, month, day or hour holds. It is made by
//! reading that time once, and writers never increment it. A node can be deleted at any time and is
//! made again.
//!
//! `docs/table.md`, "Why it is exact", proves that the totals are exact. Comments name its
//! assumptions (A1 to A4) and rules (R1 to R4) at the lines that keep them:
//!
//! | rule | kept by |
//! |---|---|
//! | R1 | [`is_late`], [`reopen`], and the adapter behind [`ReopenTally`] |
//! | R2 | [`closed_until`], applied by [`count`] |
//! | R3 | [`count`]: nodes before entries, strongly consistent, and 60 s after a reopening |
//! | R4 | [`count`], and the adapter behind [`KeepTally`] |
//!
//! [`ReopenTally`]: crate::ports::ReopenTally
//! [`KeepTally`]: crate::ports::KeepTally

mod budget;
mod closing;
mod count;
mod cover;
mod expiring;
mod ledger;
mod piece;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod races;
mod reopen;

pub use budget::Budget;
pub use closing::{
    CLOSED_AFTER_MS, LATE_AFTER_MS, SETTLED_AFTER_REOPENING_MS, closed_until, is_late,
};
pub use count::{Counts, count};
pub use expiring::{Expiring, expiring};
pub use ledger::{Ledger, LedgerStore};
pub use reopen::reopen;
