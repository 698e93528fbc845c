//! Owns the true history: every write that landed, in order. It is the plain list that answers are
//! compared with. It also answers reads as a stale copy of the store would.

mod journal;
mod versions;

use domain::catalog::{Catalog, default_catalog};
use domain::entry::{Entry, NewEntry};
use domain::identity::EntryId;
use domain::journal::{Folded, Marker, MarkerPlace, Segment};
use domain::ports::Slice;
use domain::span::Span;
use domain::tally::{Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use std::collections::BTreeMap;
use std::sync::Arc;
use versions::Versions;

/// The span of all possible ids.
pub(crate) fn everything() -> Span {
    Span::everything()
}

/// The `as_of` of a copy that has seen every write.
pub(crate) const CURRENT: u64 = u64::MAX;

/// An entry that landed.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) entry: Entry,
    /// The text of its id.
    pub(crate) id: String,
    /// The number of the write that stored it.
    pub(crate) write: u64,
    /// From this moment on, its item may be deleted.
    pub(crate) delete_at: Option<Timestamp>,
    /// Whether its item has been deleted.
    pub(crate) is_deleted: bool,
    /// Whether its writer's machine froze, so that it may have landed too late for A2 and have no
    /// number.
    pub(crate) is_frozen: bool,
    /// The number of the write that entered it into the journal, if a check found it to be a
    /// straggler.
    pub(crate) entered: Option<u64>,
}

impl Landed {
    /// The write from which on lists must count it: the one that entered it into the journal if it
    /// was a straggler, otherwise the one that stored it.
    pub(crate) fn counted_since(&self) -> u64 {
        self.entered.unwrap_or(self.write)
    }

    /// The entry as seen by a copy that has seen the writes up to `as_of`.
    fn as_seen(&self, as_of: u64) -> Entry {
        let is_entered = self.entered.is_some_and(|write| write <= as_of);
        let journaled_at = self.entry.journaled_at.filter(|_| is_entered);
        Entry { journaled_at, ..self.entry.clone() }
    }
}

/// Entries that will land although their writer got an error.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) due: Timestamp,
    pub(crate) entries: Vec<NewEntry>,
    /// Whether their writer's machine froze, so that they may land too late for A2.
    pub(crate) is_frozen: bool,
}

/// What landed in the store.
#[derive(Debug)]
pub(crate) struct History {
    /// The true time.
    pub(crate) now: Timestamp,
    /// The workspace as it was last stored.
    pub(crate) workspace: Workspace,
    /// Writes that will land later.
    pub(crate) late: Vec<Late>,
    writes: u64,
    /// How many entries landed or were entered into the journal.
    landed: u64,
    /// The time of each write, by number.
    moments: Vec<Timestamp>,
    entries: BTreeMap<EntryId, Landed>,
    segments: Versions<Timestamp, Segment>,
    markers: Versions<MarkerPlace, Marker>,
    folded: Versions<(), Folded>,
    nodes: Versions<(u32, Period), Node>,
    /// The catalogues that were set, each with its time.
    catalogs: Vec<(Timestamp, Arc<Catalog>)>,
}

impl History {
    /// The catalogue as it is stored. `None` means that no catalogue was set.
    pub(crate) fn catalog(&self) -> Option<Arc<Catalog>> {
        self.catalogs.last().map(|(_, catalog)| Arc::clone(catalog))
    }

    /// Sets a catalogue.
    pub(crate) fn set_catalog(&mut self, catalog: Catalog) {
        self.catalogs.push((self.now, Arc::new(catalog)));
    }

    /// The catalogues that were in force at `from` or later, so that an instance may go by them.
    pub(crate) fn catalogs_since(&self, from: Timestamp) -> Vec<Arc<Catalog>> {
        let first = Arc::new(default_catalog().clone());
        let first = std::iter::once((Timestamp::MIN, first));
        let all: Vec<_> = first.chain(self.catalogs.iter().cloned()).collect();
        let later = all.iter().filter(|(set_at, _)| *set_at > from);
        let before = all.iter().rfind(|(set_at, _)| *set_at <= from);
        before.into_iter().chain(later).map(|(_, catalog)| Arc::clone(catalog)).collect()
    }

    /// A history in which nothing has landed yet.
    pub(crate) fn new(workspace: Workspace, now: Timestamp) -> Self {
        Self {
            now,
            workspace,
            late: Vec::new(),
            writes: 0,
            landed: 0,
            moments: Vec::new(),
            entries: BTreeMap::new(),
            segments: Versions::default(),
            markers: Versions::default(),
            catalogs: Vec::new(),
            folded: Versions::default(),
            nodes: Versions::default(),
        }
    }

    fn next_write(&mut self) -> u64 {
        self.moments.push(self.now);
        self.writes += 1;
        self.writes
    }

    /// Adds a new entry. `is_frozen` says that its writer's machine froze.
    pub(crate) fn record(&mut self, new: &NewEntry, is_frozen: bool) {
        let write = self.next_write();
        self.landed += 1;
        let NewEntry { entry, delete_at } = new;
        self.entries.insert(
            entry.id,
            Landed {
                entry: entry.clone(),
                id: entry.id.to_string(),
                write,
                delete_at: *delete_at,
                is_deleted: false,
                is_frozen,
                entered: None,
            },
        );
    }

    /// Enters a straggler into the journal, as a check does.
    pub(crate) fn enter(&mut self, id: EntryId, at: Timestamp) {
        let write = self.next_write();
        self.landed += 1;
        if let Some(landed) = self.entries.get_mut(&id) {
            landed.entry.journaled_at = Some(at);
            landed.entered = Some(write);
        }
    }

    /// Changes when an entry's item may be deleted.
    pub(crate) fn rewrite(&mut self, id: EntryId, delete_at: Option<Timestamp>) {
        self.next_write();
        if let Some(landed) = self.entries.get_mut(&id) {
            landed.delete_at = delete_at;
        }
    }

    /// Deletes an entry's item.
    pub(crate) fn delete(&mut self, id: EntryId) {
        if let Some(landed) = self.entries.get_mut(&id) {
            landed.is_deleted = true;
        }
    }

    /// The last write seen by a copy that is at least this many writes and this much time behind.
    pub(crate) fn as_of(&self, writes: u64, ms: i64) -> u64 {
        let by_time = self.moments.partition_point(|at| *at <= self.now.plus_ms(-ms));
        u64::try_from(by_time).unwrap().min(self.writes.saturating_sub(writes))
    }

    /// A read of a span by a copy that has seen the writes up to `as_of`.
    pub(crate) fn old_read(&self, span: Span, limit: usize, as_of: u64) -> Slice {
        let seen = self.seen(span, as_of).rev();
        let entries: Vec<_> = seen.take(limit).map(|landed| landed.as_seen(as_of)).collect();
        let stopped_at = entries.last().map(|entry| entry.id).filter(|_| entries.len() == limit);
        Slice { read: entries.len(), stopped_at, entries }
    }

    /// The entries of a span in such a copy, the oldest first.
    fn seen(&self, span: Span, as_of: u64) -> impl DoubleEndedIterator<Item = &Landed> {
        self.stored(span).filter(move |landed| landed.write <= as_of)
    }

    /// The entry with this id, if it ever landed.
    pub(crate) fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(&id).map(|landed| &landed.entry)
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    /// How many entries landed or were entered into the journal.
    pub(crate) fn landed(&self) -> u64 {
        self.landed
    }

    /// The entries of a span whose items are not deleted, the oldest first.
    pub(crate) fn stored(&self, span: Span) -> impl DoubleEndedIterator<Item = &Landed> {
        self.entries
            .range(span.low..=span.high)
            .map(|(_, landed)| landed)
            .filter(|landed| !landed.is_deleted)
    }

    /// Whether the plan shows an entry at `now`, even if its item is deleted.
    pub(crate) fn is_visible(&self, entry: &Entry, now: Timestamp) -> bool {
        entry.is_visible(&self.workspace, now)
    }

    /// Everything that ever landed, the newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Landed> {
        self.entries.values().rev()
    }

    /// The plain sorted list: the stored entries that are visible at `now`, the newest first.
    pub(crate) fn visible(&self, now: Timestamp) -> impl Iterator<Item = &Landed> {
        self.stored(everything()).rev().filter(move |landed| self.is_visible(&landed.entry, now))
    }
}
