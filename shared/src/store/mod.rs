//! Owns what is stored and how: the ports that the functions see, and DynamoDB behind them.
//!
//! A [`StoreError`] says what the caller must do; it knows no HTTP.

mod append;
mod batch;
mod control;
mod dynamo;
mod get;
mod item;
mod jobs;
mod keys;
mod list;
mod lives;
mod operator;
mod read;
mod rows;
mod tally;

pub use control::{items_of_credential, items_of_workspace};
#[cfg(any(feature = "s3", feature = "sqs"))]
pub(crate) use dynamo::classify;
pub use dynamo::{DynamoStore, Tables};
pub use item::{Item, items_of_entry};
pub use jobs::{ReadJobs, WriteJobs};
pub use lives::{Life, Lives, NewLife, RewriteLife};
pub use operator::OperateCredentials;
pub use rows::{ReadRows, Row, Rows};

use crate::credential::{Credential, KeyId};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::job::Job;
use crate::page::{Filter, Span};
use crate::tally::{Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::fmt::Write;
use std::future::Future;

/// What lies behind an error, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else is stored under this key: do not try again.
    #[error("another item has this key")]
    AlreadyExists,
    /// It has changed since it was read: read it again, then decide.
    #[error("the item has changed since it was read")]
    Changed,
    /// The store asks to slow down: try again later.
    #[error("the store is throttling")]
    Throttled(#[source] Cause),
    /// No answer, so it may or may not be done: trying again is safe.
    #[error("the store did not answer")]
    Unavailable(#[source] Cause),
    /// The store will never do this: a fault of this service or its set-up.
    #[error("the store refused")]
    Refused(#[source] Cause),
    /// What is stored is not what this service stores.
    #[error("a stored item is malformed")]
    Malformed(#[source] Cause),
}

/// An error and all that is behind it, on one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// What a request has cost so far, in DynamoDB's capacity units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls that were answered.
    pub calls: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

/// Counts what is spent.
pub trait Metered: Clone {
    /// The same store, with nothing spent yet.
    #[must_use]
    fn metered(&self) -> Self;
    /// What was spent since.
    fn spent(&self) -> Spent;
}

/// Reads what requests need before their work: `GetItem` on the control table.
pub trait ReadControl {
    /// The credential of that key id. Strongly consistent: a new token works at once.
    fn credential(
        &self,
        key_id: &KeyId,
    ) -> impl Future<Output = Result<Option<Credential>, StoreError>> + Send;
    /// The workspace of that id. Strongly consistent.
    fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<Workspace>, StoreError>> + Send;
}

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

/// Reads tally nodes: `Query` on the control table.
pub trait ReadTally {
    /// The nodes of one level from the period of `first` to that of `last`, both included, the
    /// oldest first. Missing ones are left out.
    fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        strong: bool,
    ) -> impl Future<Output = Result<Vec<Node>, StoreError>> + Send;
}

/// Keeps counts: `PutItem` on the control table.
pub trait KeepTally {
    /// Stores a count if its period was not reopened since `node.reopened_at`; says whether it did.
    fn keep(
        &self,
        workspace: &Workspace,
        node: &Node,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Reopens time: `UpdateItem` on the control table.
pub trait ReopenTally {
    /// Drops what was counted of a period, and keeps everybody who counts now from storing it. The
    /// time of reopening only moves on: if it is later already, it stays.
    fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Writes to the control table; what a workspace's admins should know of is recorded as an entry in
/// the same transaction.
pub trait WriteControl {
    /// Stores a new workspace, or one made from the version before it, with the entry that says so,
    /// and starts the job that follows from it.
    fn put_workspace(
        &self,
        workspace: &Workspace,
        job: Option<&Job>,
        entry: &Entry,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Stores a new credential, with the entry that says so if it is of a workspace.
    fn put_credential(
        &self,
        credential: &Credential,
        entry: Option<&Entry>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
