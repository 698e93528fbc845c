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
