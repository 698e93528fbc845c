//! Appends, gets and lists entries.

use super::StoreError;
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
    /// The same entry was stored before: this one, if the store showed it.
    Duplicate(Option<Box<Entry>>),
}

/// Appends entries: put-if-absent, never over anything.
pub trait AppendEntry {
    /// Appends one: `PutItem` with a condition.
    fn append(&self, entry: &Entry) -> impl Future<Output = Result<Appended, StoreError>> + Send;
    /// Appends many with distinct ids: `BatchExecuteStatement`, 25 a call. Each has its own
    /// outcome, in order.
    fn append_all(
        &self,
        entries: &[Entry],
    ) -> impl Future<Output = Vec<Result<Appended, StoreError>>> + Send;
}

/// Gets one entry: `GetItem` on the entries table.
pub trait GetEntry {
    /// The entry with its values, if it may be seen at `now`.
    fn entry(
        &self,
        workspace: &Workspace,
        id: EntryId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Entry>, StoreError>> + Send;
}

/// A stretch of a list to read.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// Whose log.
    pub workspace: &'a Workspace,
    /// Which entries.
    pub filter: &'a Filter,
    /// Between which ids.
    pub span: Span,
    /// Entries that have expired by then are left out.
    pub now: Timestamp,
}

/// From which end a stretch is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From its newest entry on.
    NewestFirst,
    /// From its oldest entry on.
    OldestFirst,
}

/// What a stretch holds.
#[derive(Debug, Default)]
pub struct Slice {
    /// The entries without their values, from the end that was asked for; at most as many as
    /// wanted.
    pub entries: Vec<Entry>,
    /// How far the reading came, if it stopped before the end of the stretch.
    pub stopped_at: Option<EntryId>,
    /// How many entries were read, matching or not.
    pub read: usize,
}

/// How many entries a stretch holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matches {
    /// How many match, as far as the reading came.
    pub count: u64,
    /// Whether it came to the end of the stretch.
    pub is_whole: bool,
    /// How many entries were read, matching or not.
    pub read: usize,
}

/// Lists entries: `Query` on the entries table and its indexes.
pub trait ListEntries {
    /// Reads a stretch until `wanted` entries are found, its end is reached, or at most `most_read`
    /// entries are read.
    fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> impl Future<Output = Result<Slice, StoreError>> + Send;
    /// Counts the entries of a stretch, the newest first, until more than `most` are found, its end
    /// is reached, or `most_read` are read.
    fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> impl Future<Output = Result<Matches, StoreError>> + Send;
}

/// Reads a span of the log whole: `Query` on the entries table.
pub trait ReadSpan {
    /// The entries of a span, the newest first and without their values, at most `limit` of them,
    /// expired ones that are still there included.
    fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        strong: bool,
    ) -> impl Future<Output = Result<Slice, StoreError>> + Send;
}
