//! The port that reads the rows of an export.

use super::{StoreError, Stretch};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// A row of an export.
#[derive(Debug)]
pub struct Row {
    /// The entry, without its values while they are still to be read.
    pub entry: Entry,
    /// Whether its values are stored in an item of their own and are still to be read.
    pub values_apart: bool,
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
    /// Reads the values that are stored apart. They are up to 256 KiB each, so pass a few rows at a
    /// time.
    fn fill(
        &self,
        workspace: &WorkspaceId,
        rows: &mut [Row],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
