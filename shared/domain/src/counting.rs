//! Owns counting: exact totals of a log that only grows, kept per span of time. Closed time does not
//! change, so a count of it can be stored and used again.
//!
//! A node tells how many entries of each kind a year, month, day or hour holds. It is made by
//! reading that time once; writers never increment it. It can be deleted at any time and is made
//! again. `docs/table.md` has the argument why the totals are exact.

mod budget;
mod closing;
mod count;
mod cover;
mod expiring;
mod ledger;
mod reopen;

pub use budget::Budget;
pub use closing::{
    CLOSED_AFTER_MS, LATE_AFTER_MS, SETTLED_AFTER_REOPENING_MS, closed_until, is_late,
};
pub use count::{Counts, count};
pub use expiring::{Expiring, expiring};
pub use ledger::{Ledger, LedgerStore};
pub use reopen::reopen;
