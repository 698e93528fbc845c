//! Reads the rows of an export.

use super::{StoreError, Stretch};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// An entry on its way into an export.
#[derive(Debug)]
pub struct Row {
    /// The entry; without its values, if they lie apart.
    pub entry: Entry,
    /// Whether its values lie in an item of their own and are still to be read.
    pub values_apart: bool,
}

/// Rows of an export.
#[derive(Debug, Default)]
pub struct Rows {
    /// Entries, the newest first; those that cannot be seen or do not match are left out.
    pub rows: Vec<Row>,
    /// How far the reading came, if it stopped before the end of the stretch.
    pub stopped_at: Option<EntryId>,
}

/// Reads entries whole: `Query` on the entries table and its indexes, `BatchGetItem` on the entries
/// table.
pub trait ReadRows {
    /// The newest entries of a stretch, as many as one call gives: at most 1 MB of entries.
    fn rows(&self, stretch: Stretch<'_>) -> impl Future<Output = Result<Rows, StoreError>> + Send;
    /// Reads the values of the rows whose values lie apart: up to 256 KiB each, so a few rows at a
    /// time.
    fn fill(
        &self,
        workspace: &WorkspaceId,
        rows: &mut [Row],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
