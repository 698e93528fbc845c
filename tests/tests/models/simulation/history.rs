//! Owns what really happened: every write that landed, in order. It is the plain list that answers
//! are compared with, and what an old copy of the store would answer.

use domain::entry::Entry;
use domain::identity::EntryId;
use domain::ports::Slice;
use domain::span::Span;
use domain::tally::{Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use std::collections::BTreeMap;

/// All ids there can be.
pub(crate) fn everything() -> Span {
    Span::everything()
}

/// An entry that landed.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) entry: Entry,
    /// Its id's text.
    pub(crate) id: String,
    /// The number of the write.
    pub(crate) write: u64,
    /// When it expired by which write, if it was rewritten: until that write, and what it became
    /// with it.
    rewritten: Vec<(u64, Option<Timestamp>)>,
    /// Whether its item was deleted, as DynamoDB does with what has expired.
    is_deleted: bool,
}

impl Landed {
    /// The entry as a copy has it that has seen the writes up to `as_of`.
    fn as_of(&self, as_of: u64) -> Entry {
        let before =
            self.rewritten.iter().find(|(write, _)| *write > as_of).map(|(_, before)| *before);
        Entry { expires_at: before.unwrap_or(self.entry.expires_at), ..self.entry.clone() }
    }
}

/// What landed in the store.
#[derive(Debug)]
pub(crate) struct History {
    /// The true time.
    pub(crate) now: Timestamp,
    /// The workspace as it was last stored.
    pub(crate) workspace: Workspace,
    writes: u64,
    /// The time of each write, by number.
    moments: Vec<Timestamp>,
    entries: BTreeMap<EntryId, Landed>,
    nodes: BTreeMap<Period, Vec<(u64, Option<Node>)>>,
}

impl History {
    /// Nothing has landed yet.
    pub(crate) fn new(workspace: Workspace, now: Timestamp) -> Self {
        Self {
            now,
            workspace,
            writes: 0,
            moments: Vec::new(),
            entries: BTreeMap::new(),
            nodes: BTreeMap::new(),
        }
    }

    fn next_write(&mut self) -> u64 {
        self.moments.push(self.now);
        self.writes += 1;
        self.writes
    }

    /// An entry that was not there is stored.
    pub(crate) fn record(&mut self, entry: &Entry) {
        let write = self.next_write();
        self.entries.insert(
            entry.id,
            Landed {
                entry: entry.clone(),
                id: entry.id.to_string(),
                write,
                rewritten: Vec::new(),
                is_deleted: false,
            },
        );
    }

    /// A node is stored, or deleted.
    pub(crate) fn set_node(&mut self, period: Period, node: Option<Node>) {
        let write = self.next_write();
        self.nodes.entry(period).or_default().push((write, node));
    }

    /// A period is reopened, unless it was at that moment or later.
    pub(crate) fn reopen(&mut self, period: Period, now: Timestamp) {
        let there =
            self.nodes.get(&period).and_then(|versions| versions.last()?.1.as_ref()?.reopened_at);
        if there.is_none_or(|at| at < now) {
            self.set_node(period, Some(Node { period, reopened_at: Some(now), counted: None }));
        }
    }

    /// An entry gets another expiry.
    pub(crate) fn rewrite(&mut self, id: EntryId, expires_at: Option<Timestamp>) {
        let write = self.next_write();
        if let Some(landed) = self.entries.get_mut(&id) {
            landed.rewritten.push((write, landed.entry.expires_at));
            landed.entry.expires_at = expires_at;
        }
    }

    /// An entry's item is deleted.
    pub(crate) fn delete(&mut self, id: EntryId) {
        if let Some(landed) = self.entries.get_mut(&id) {
            landed.is_deleted = true;
        }
    }

    /// The last write that a copy has seen that is so many writes, or so much time, behind.
    pub(crate) fn as_of(&self, writes: u64, ms: i64) -> u64 {
        let by_time = self.moments.partition_point(|at| *at <= self.now.plus_ms(-ms));
        u64::try_from(by_time).unwrap().min(self.writes.saturating_sub(writes))
    }

    /// What a copy that has seen the writes up to `as_of` says of a span.
    pub(crate) fn old_read(&self, span: Span, limit: usize, as_of: u64) -> Slice {
        let seen = self
            .entries
            .range(span.low..=span.high)
            .rev()
            .filter(|(_, landed)| landed.write <= as_of && !landed.is_deleted);
        let entries: Vec<_> = seen.take(limit).map(|(_, landed)| landed.as_of(as_of)).collect();
        let stopped_at = entries.last().map(|entry| entry.id).filter(|_| entries.len() == limit);
        Slice { read: entries.len(), stopped_at, entries }
    }

    /// The nodes that such a copy has.
    pub(crate) fn old_nodes(
        &self,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        as_of: u64,
    ) -> Vec<Node> {
        let range = self.nodes.range(Period::holding(level, first)..=Period::holding(level, last));
        range
            .filter_map(|(_, versions)| {
                versions.iter().rev().find(|(write, _)| *write <= as_of)?.1.clone()
            })
            .collect()
    }

    /// The periods that have a node.
    pub(crate) fn nodes(&self) -> Vec<Period> {
        self.nodes
            .iter()
            .filter(|(_, versions)| versions.last().is_some_and(|(_, node)| node.is_some()))
            .map(|(period, _)| *period)
            .collect()
    }

    /// Whether an entry of this id ever landed.
    pub(crate) fn has(&self, id: EntryId) -> bool {
        self.entries.contains_key(&id)
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    /// The entries of a span whose items are there, the oldest first.
    pub(crate) fn stored(&self, span: Span) -> impl DoubleEndedIterator<Item = &Landed> {
        self.entries
            .range(span.low..=span.high)
            .map(|(_, landed)| landed)
            .filter(|landed| !landed.is_deleted)
    }

    /// Whether an entry that landed may be seen at `now`, be its item there or not.
    pub(crate) fn is_visible(&self, entry: &Entry, now: Timestamp) -> bool {
        let from = self.workspace.visible_from(now);
        entry.expires_at.is_none_or(|end| end > now)
            && from.is_none_or(|from| entry.content.occurred_at >= from)
    }

    /// Everything that ever landed, the newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Landed> {
        self.entries.values().rev()
    }

    /// The plain sorted list: what may be seen at `now`, the newest first.
    pub(crate) fn visible(&self, now: Timestamp) -> impl Iterator<Item = &Landed> {
        self.stored(everything()).rev().filter(move |landed| self.is_visible(&landed.entry, now))
    }
}
