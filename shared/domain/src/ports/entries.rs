//! The ports that append, get, list and count entries.

use super::{Consistency, StoreError};
use crate::entry::{Entry, NewEntry};
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
    /// The same entry was stored before. It is the stored one, compared with the one that was to
    /// be appended.
    Duplicate(Box<Entry>),
}

impl Appended {
    /// How the append of `sent` ended, if `stored` is what was found under its id, with all its
    /// values.
    ///
    /// # Errors
    /// [`StoreError::Altered`] when it is not the same entry.
    pub fn met(stored: Entry, sent: &Entry) -> Result<Self, StoreError> {
        if stored.holds(&sent.content) {
            Ok(Self::Duplicate(Box::new(stored)))
        } else {
            Err(StoreError::altered(sent))
        }
    }
}

/// Appends entries. A statement inserts only what is absent, so nothing is overwritten. What is
/// there already is read, strongly consistent, and compared with everything that the id is made
/// from, values that lie apart included; if it is not the same, the answer is
/// [`StoreError::Altered`].
///
/// On the entries table: `PartiQLInsert` and `GetItem`; `BatchGetItem` for the duplicates of a
/// batch; `UpdateItem` on values and rows that an attempt before a longer retention left behind.
pub trait AppendEntry {
    /// Appends one entry, in one attempt: `ExecuteStatement`, or `ExecuteTransaction` for an entry
    /// with further targets.
    fn append(&self, new: &NewEntry) -> impl Future<Output = Result<Appended, StoreError>> + Send;
    /// Appends entries with distinct ids, in one attempt: `BatchExecuteStatement`, 25 entries per
    /// call. The answer has one outcome for each entry, in the same order.
    fn append_all(
        &self,
        entries: &[NewEntry],
    ) -> impl Future<Output = Vec<Result<Appended, StoreError>>> + Send;
    /// Looks whether entries are stored: `BatchGetItem`. The answer has a duplicate for each one
    /// that is, [`StoreError::Altered`] for each under whose id something else is stored, and
    /// `None` for each that is not found. The read need not be strongly consistent.
    fn look(
        &self,
        entries: &[&Entry],
    ) -> impl Future<Output = Vec<Result<Option<Appended>, StoreError>>> + Send;
}

/// Gets one entry: `GetItem` on the entries table.
pub trait GetEntry {
    /// The entry with its values. Values that lie apart and were removed are missing in it; it then
    /// does not fit its id. `None` means that it is not stored, or is hidden at `now`.
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
    /// Only ids within this span. A caller that counts must cut it to what is visible, as
    /// [`Span::of`] does: a count shows no entries that could be left out afterwards.
    pub span: Span,
    /// Only entries that were recorded by this moment. `None` means all.
    pub recorded_by: Option<Timestamp>,
    /// The current time: entries that the plan hides are left out.
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
    /// At most `limit` entries of a span, newest first and without their values. Hidden entries
    /// that DynamoDB has not deleted are included.
    fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Slice, StoreError>> + Send;
}
