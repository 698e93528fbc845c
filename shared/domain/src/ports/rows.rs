//! The ports that read whole entries: the rows of an export, and entries by their ids.

use super::{Consistency, Stopped, StoreError, Stretch};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::span::Span;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// A row of an export or of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The entry, without its values while they are still to be read.
    pub entry: Entry,
    /// Whether its values are stored in an item of their own and are still to be read.
    pub values_apart: bool,
}

/// Rows whose values are in memory at the same time: 16 · 256 KiB = 4 MiB.
const VALUES_TOGETHER: usize = 16;

impl Row {
    /// How many rows from the front are filled together: all before the 17th that has values stored
    /// apart.
    #[must_use]
    pub fn filled_together(rows: &[Self]) -> usize {
        let apart = rows.iter().enumerate().filter(|(_, row)| row.values_apart);
        apart.map(|(place, _)| place).nth(VALUES_TOGETHER).unwrap_or(rows.len())
    }
}

/// Consecutive rows of an export.
#[derive(Debug, Default)]
pub struct Rows {
    /// The rows, newest first. Entries that are hidden or do not match are left out.
    pub rows: Vec<Row>,
    /// The last id that was read. `None` means that the end of the stretch was reached.
    pub stopped_at: Option<EntryId>,
}

/// Reads entries with their values: `Query` on the entries table and its indexes, `BatchGetItem` on
/// the entries table.
pub trait ReadRows {
    /// The newest rows of a stretch, as many as one call returns: at most 1 MB.
    fn rows(&self, stretch: Stretch<'_>) -> impl Future<Output = Result<Rows, StoreError>> + Send;
    /// Reads the values that are stored apart. Those that were removed stay missing. They are up to
    /// 256 KiB each, so pass a few rows at a time.
    fn fill(
        &self,
        workspace: &WorkspaceId,
        rows: &mut [Row],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Finds entries by their ids: `Query` and `BatchGetItem` on the entries table. Hidden entries that
/// DynamoDB has not deleted are included.
pub trait FindRows {
    /// The rows of a span, the oldest first and at most `limit`, as many as one call returns.
    fn rows_within(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Stopped<Row, EntryId>, StoreError>> + Send;
    /// The rows with these ids, in no particular order. Those that are not stored are left out.
    fn rows_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::{at, entry, workspace};
    use crate::plan::Plan;

    #[test]
    fn at_most_sixteen_rows_with_values_apart_are_filled_together() {
        let noon = at("2026-11-22T12:00:00Z");
        let entry = entry(&workspace("ws_a", Plan::Free, noon), noon, 1);
        let rows = |apart: &[bool]| -> Vec<Row> {
            let row = |apart: &bool| Row { entry: entry.clone(), values_apart: *apart };
            apart.iter().map(row).collect()
        };
        assert_eq!(Row::filled_together(&rows(&[false; 40])), 40);
        assert_eq!(Row::filled_together(&rows(&[true; 16])), 16);
        assert_eq!(Row::filled_together(&rows(&[true; 17])), 16);
        assert_eq!(Row::filled_together(&rows(&[[false, true]; 40].concat())), 33);
    }
}
