//! Owns the values of a tally: how many entries of each kind a year, month, day or hour holds.
//!
//! It does not read or store anything: [`crate::counting`] does.

mod histogram;
mod node;
mod period;

pub use histogram::{Cell, Histogram};
pub use node::{Counted, MalformedCount, Node, Part};
pub use period::{Level, Period};
