//! The ports that append, get, list and count entries.

use super::{Consistency, StoreError};
use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::future::Future;

/// How an append ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// The entry is stored now.
    Recorded,
    /// The same entry was stored before. The stored entry is included if the store returned it.
    Duplicate(Option<Box<Entry>>),
}

/// Appends entries. A put is conditional on the absence of the id, so nothing is overwritten.
pub trait AppendEntry {
    /// Appends one entry: `PutItem` with a condition. Another entry under the same id is
    /// [`StoreError::AlreadyExists`].
    fn append(&self, entry: &Entry) -> impl Future<Output = Result<Appended, StoreError>> + Send;
    /// Appends entries with distinct ids: `BatchExecuteStatement`, 25 entries per call. The answer
    /// has one outcome for each entry, in the same order.
    fn append_all(
        &self,
        entries: &[Entry],
    ) -> impl Future<Output = Vec<Result<Appended, StoreError>>> + Send;
}

/// Gets one entry: `GetItem` on the entries table.
pub trait GetEntry {
    /// The entry with its values. `None` means that it is not stored, or is hidden at `now`.
    fn entry(
        &self,
        workspace: &Workspace,
        id: EntryId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Entry>, StoreError>> + Send;
}

/// Which part of which list to read.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// The workspace whose log is read.
    pub workspace: &'a Workspace,
    /// Only entries that pass this filter.
    pub filter: &'a Filter,
    /// Only ids within this span.
    pub span: Span,
    /// The current time: entries that have expired are left out.
    pub now: Timestamp,
}

/// The end from which a stretch is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Descending ids.
    NewestFirst,
    /// Ascending ids.
    OldestFirst,
}

/// Entries of a stretch.
#[derive(Debug, Default)]
pub struct Slice {
    /// At most as many entries as wanted, in the direction of reading. Callers must not rely on
    /// their old and new values: some adapters leave them out.
    pub entries: Vec<Entry>,
    /// The last id that was read; a further read goes on after it. `None` means that the end of the
    /// stretch was reached.
    pub stopped_at: Option<EntryId>,
    /// How many entries were read, matching or not.
    pub read: usize,
}

/// How many entries of a stretch match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matches {
    /// How many of the entries that were read match.
    pub count: u64,
    /// Whether the end of the stretch was reached, so that the count is exact.
    pub is_whole: bool,
    /// How many entries were read, matching or not.
    pub read: usize,
}

/// Lists entries: `Query` on the entries table and its indexes.
pub trait ListEntries {
    /// Reads a stretch until `wanted` entries are found, the end is reached, or `most_read` entries
    /// are read.
    fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> impl Future<Output = Result<Slice, StoreError>> + Send;
    /// Counts the entries of a stretch, newest first, until more than `most` match, the end is
    /// reached, or `most_read` entries are read.
    fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> impl Future<Output = Result<Matches, StoreError>> + Send;
}

/// Reads every entry of a span: `Query` on the entries table.
pub trait ReadSpan {
    /// At most `limit` entries of a span, newest first and without their values. Expired entries
    /// that DynamoDB has not deleted are included.
    fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Slice, StoreError>> + Send;
}
