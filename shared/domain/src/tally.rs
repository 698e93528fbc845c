//! Owns what a tally remembers: how many entries of each kind a year, month, day or hour holds.
//!
//! These are values only. [`crate::counting`] makes and reads them.

mod histogram;
mod node;
mod period;

pub use histogram::{Cell, Histogram};
pub use node::{Counted, MalformedCount, Node, Part};
pub use period::{Level, Period};
