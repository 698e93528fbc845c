//! The ports to the journal: segments, markers, the checkpoint of folding, and the heads of entries
//! from which segments are made.

use super::{Consistency, StoreError};
use crate::identity::EntryId;
use crate::journal::{Folded, Marker, MarkerPlace, Numbered, Segment};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Items of a query, and where it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped<T, At> {
    /// The items.
    pub items: Vec<T>,
    /// The key of the last item that was read; a further read goes on after it. `None` means that
    /// the end was reached.
    pub stopped_at: Option<At>,
}

/// Reads segments and the checkpoint of folding: `Query` and `GetItem` on the control table.
pub trait ReadJournal {
    /// The segments that begin at `from` or later, the oldest first, as many as one call returns
    /// and at most `limit`.
    fn segments(
        &self,
        workspace: &WorkspaceId,
        from: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Stopped<Segment, Timestamp>, StoreError>> + Send;
    /// The segments that begin before `before`, the newest first, as many as one call returns and
    /// at most `limit`.
    fn segments_before(
        &self,
        workspace: &WorkspaceId,
        before: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Vec<Segment>, StoreError>> + Send;
    /// How far the counts have followed. `None` means that nothing was ever folded.
    fn folded(
        &self,
        workspace: &WorkspaceId,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Option<Folded>, StoreError>> + Send;
}

/// Writes segments and the checkpoint of folding: `PutItem` on the control table.
pub trait WriteJournal {
    /// Stores a segment if none begins where it begins, and answers whether it did (J3).
    fn put_segment(
        &self,
        workspace: &WorkspaceId,
        segment: &Segment,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Stores the checkpoint if the stored one has the generation and the number of `before`
    /// (optimistic lock). With `None`, stores it only if no checkpoint is stored. Answers whether
    /// it did (J4).
    fn put_folded(
        &self,
        workspace: &WorkspaceId,
        before: Option<&Folded>,
        after: &Folded,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Announces entries that are out of order, and confirms them: `PutItem` on the control table.
pub trait MarkEntries {
    /// Stores a marker (J2). It may be deleted after [`crate::journal::MARKER_DAYS`].
    fn mark(
        &self,
        workspace: &WorkspaceId,
        marker: &Marker,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Stores a marker again with what it confirms (J2), in one attempt. Nothing depends on it.
    fn confirm(
        &self,
        workspace: &WorkspaceId,
        marker: &Marker,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Reads what a segment is made of: `Query` on the control table for markers, `Query` and
/// `BatchGetItem` on the entries table.
pub trait ReadHeads {
    /// The markers whose place is after `after`, through a moment that is included, in order of
    /// their places, as many as one call returns.
    fn markers(
        &self,
        workspace: &WorkspaceId,
        after: MarkerPlace,
        through: Timestamp,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Stopped<Marker, MarkerPlace>, StoreError>> + Send;
    /// The entries of a span, the oldest first and at most `limit`, without what a segment does not
    /// hold.
    fn heads(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Stopped<Numbered, EntryId>, StoreError>> + Send;
    /// The entries with these ids, in no particular order. Those that are not stored are left out.
    fn heads_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> impl Future<Output = Result<Vec<Numbered>, StoreError>> + Send;
}
