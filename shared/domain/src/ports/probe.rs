//! The port that sees whether the tables answer.

use super::StoreError;
use std::future::Future;

/// Sees whether a table can be read: `GetItem` on each table, for a key under which nothing is ever
/// stored. It reads eventually consistent, for 0.5 read units each.
pub trait ProbeTables {
    /// Reads from the control table.
    fn probe_control(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Reads from the entries table.
    fn probe_entries(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
