//! Owns counting: exact totals of a log, kept per span of time.
//!
//! A node says how many entries of each kind a year, month, day or hour holds. It is a fold over
//! the journal, and is not incremented when an entry is written. An answer joins the nodes, what
//! the journal holds beyond them, and its tail.
//!
//! `docs/table.md`, "The journal", proves that the totals are exact. Comments name its assumptions
//! (A1 to A3) and rules (J1 to J4) at the lines that keep them:
//!
//! | rule | kept by |
//! |---|---|
//! | J1, J2 | [`crate::recording`] |
//! | J3 | [`crate::sequencing`] |
//! | J4 | [`fold`], [`Ledger`], and the adapters behind [`KeepTally`] and [`WriteJournal`] |
//!
//! [`KeepTally`]: crate::ports::KeepTally
//! [`WriteJournal`]: crate::ports::WriteJournal

mod browse;
mod cover;
mod expiring;
mod fold;
mod ledger;
mod piece;
#[cfg(test)]
pub(crate) mod plain;
mod restorable;
mod snapshot;
mod timeline;

pub use crate::budget::Budget;
pub use browse::Browse;
pub use expiring::{Expiring, expiring};
pub use fold::{Fold, FoldStore, Folding, fold, recount};
pub use ledger::{Ledger, LedgerStore};
pub(crate) use restorable::number_between;
pub use restorable::{Restorable, restorable};
pub(crate) use snapshot::recorded_after;
pub use timeline::{Interval, MOST_PERIODS, Timeline, TooManyPeriods, Unit, UnknownInterval};

/// Up to this many entries of a period are read, and not looked up in a node: 64 entries of 500
/// bytes are 32 KB or 4 RCU. So most periods with so few entries have no node.
const FEW_ENTRIES: u64 = 64;
