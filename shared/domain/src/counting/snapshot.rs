//! Takes the snapshot of a log: which entries are stored, beyond what the nodes count.
//!
//! It reads the checkpoint, then the segments from there on, then the tail: what was recorded after
//! the last segment. Entries are joined by their ids: each is counted once.

mod chain;
mod tail;

use super::Browse;
use super::Budget;
use super::fold::{Fold, FoldStore, MOST_LOOSE, fold};
use crate::identity::EntryId;
use crate::journal::{AsOf, Numbered, Segment};
use crate::ports::{Consistency, ReadHeads, ReadJournal, ReadSpan, RememberLogs, StoreError};
use crate::remembered::KnownLog;
use crate::sequencing::seal;
use crate::span::Span;
use crate::tally::{Cell, Histogram, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use chain::{Chain, Read};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use tail::{Newest, Tail};

/// What was recorded after the moment through which a log is sealed. `None` means that it is too
/// much to be read.
pub(crate) async fn recorded_after<S: ReadHeads + ReadJournal + ReadSpan + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    sealed: Timestamp,
    now: Timestamp,
) -> Result<Option<Vec<Numbered>>, StoreError> {
    let tail = Tail::read(store, workspace, sealed, Span::everything(), 0, now).await?;
    Ok(tail.is_whole.then_some(tail.entries))
}

/// A tail with more settled entries than this is sealed first.
const MOST_UNSEALED: usize = 400;
/// A tail is also sealed first if more settled entries than this were read one by one: 40 of them
/// cost every list 20 RCU, and numbering them costs 40 RCU and 1 WCU once.
const MOST_LOOKED_FOR: usize = 40;
/// A tail with an entry that is older is sealed first: its stream's hint must be lost.
const OLDEST_UNSEALED_MS: i64 = 10 * 60_000;
/// A tail that is too long to be read is left out if the last segment ended within this time. If it
/// ended earlier, the log was not sealed, and the answer would be old.
const LATELY_MS: i64 = 60_000;
/// How often the journal is read again after it was sealed or folded for this request.
const ROUNDS: u32 = 3;

/// What is stored beyond the nodes, at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The log as it is known: how far the nodes have followed, and nodes.
    pub(super) log: Arc<KnownLog>,
    /// The entries that the nodes may lack, and those that they may hold although they were
    /// recorded after the moment of the browse.
    loose: BTreeMap<EntryId, Loose>,
    /// The end of the last segment, inclusive.
    pub(super) sealed: Timestamp,
    /// The sequence number that follows it.
    next: u64,
    /// The end of the last segment that was read since, inclusive.
    caught_up: Timestamp,
    /// The newest entries of the span that the snapshot was taken for, if they were read.
    pub(super) newest: Option<Newest>,
    /// The moment of the browse.
    pub(super) as_of: AsOf,
    /// Whether the journal was read to its end. Otherwise the budget was spent before.
    pub(super) is_whole: bool,
}

/// An entry as the journal or its tail tells of it.
#[derive(Debug, Clone)]
pub(super) struct Loose {
    kind: Cell,
    /// Its sequence number. `None` means that it is in the tail, so that no node holds it.
    number: Option<u64>,
    /// Whether the browse holds it.
    is_held: bool,
}

impl Snapshot {
    /// Takes a snapshot for the entries of a span, at the moment of a browse.
    ///
    /// Much that is sealed and not folded is folded first, and much that is settled and not sealed
    /// is sealed first, as far as the budget goes.
    pub(super) async fn take<S: FoldStore + ReadSpan + RememberLogs>(
        store: &S,
        workspace: &WorkspaceId,
        span: Span,
        browse: Browse,
        now: Timestamp,
        budget: &Budget,
    ) -> Result<Self, StoreError> {
        let (as_of, newest) = match browse {
            Browse::Begins { newest } => (None, newest),
            Browse::GoesOn(as_of) => (Some(as_of), 0),
        };
        let read_tail =
            async |sealed| Tail::read(store, workspace, sealed, span, newest, now).await;
        for _ in 0..ROUNDS {
            let read = Read::of(store, workspace, as_of, now).await?;
            if read.unfolded() > MOST_LOOSE && !budget.is_spent(store) {
                let folding = fold(store, workspace, Fold::Now, budget).await?;
                if folding.entries > 0 {
                    continue;
                }
            }
            let tail = match as_of {
                // All that the browse holds has a number.
                Some(as_of) if as_of.recorded <= read.sealed() => Tail::empty(),
                _ => read_tail(read.sealed()).await?,
            };
            let is_old =
                tail.oldest.is_some_and(|oldest| oldest < now.plus_ms(-OLDEST_UNSEALED_MS));
            let is_long = tail.settled > MOST_UNSEALED
                || tail.looked_for > MOST_LOOKED_FOR
                || !tail.is_whole
                || is_old;
            if is_long && read.is_whole && !budget.is_spent(store) {
                let sealed = seal(store, workspace, now, budget).await?;
                if sealed.entries > 0 {
                    continue;
                }
            }
            return Ok(Self::of(read, tail, as_of, now));
        }
        let read = Read::of(store, workspace, as_of, now).await?;
        let tail = read_tail(read.sealed()).await?;
        Ok(Self::of(read, tail, as_of, now))
    }

    fn of(read: Read, tail: Tail, as_of: Option<AsOf>, now: Timestamp) -> Self {
        let sealed = read.sealed();
        let Read { log, segments, is_whole } = read;
        let next = segments.last().map_or(0, |segment| segment.next()).max(log.folded.next);
        // A tail that is too long to be read is left out: the browse is of the last sealed moment.
        let entries = if tail.is_whole { tail.entries } else { Vec::new() };
        let is_whole = is_whole && (tail.is_whole || sealed >= now.plus_ms(-LATELY_MS));
        let last = entries.iter().map(|entry| entry.recorded_at).max();
        let recorded = if is_whole { last.unwrap_or(sealed).max(sealed) } else { now };
        let as_of = as_of.unwrap_or(AsOf { sealed, recorded });
        let mut loose = BTreeMap::new();
        for segment in &segments {
            loose.extend(segment.numbered().map(|(number, entry)| {
                let is_held = entry.recorded_at <= as_of.recorded;
                (entry.id, Loose { kind: entry.kind.clone(), number: Some(number), is_held })
            }));
        }
        for entry in entries {
            let is_held = entry.recorded_at <= as_of.recorded;
            let in_tail = Loose { kind: entry.kind, number: None, is_held };
            loose.entry(entry.id).or_insert(in_tail);
        }
        loose.retain(|_, entry| match entry.number {
            Some(number) => !entry.is_held || number >= log.folded.next,
            None => entry.is_held,
        });
        let newest = tail.newest;
        Self { log, loose, sealed, next, caught_up: sealed, newest, as_of, is_whole }
    }

    /// The entries of a span that the browse holds, if nodes with this `through` count `counted` in
    /// it.
    pub(super) fn corrected(&self, counted: &Histogram, span: Span, through: u64) -> Histogram {
        let mut counts = counted.clone();
        for (_, entry) in self.loose.range(span.low..=span.high) {
            let is_counted = entry.number.is_some_and(|number| number < through);
            match (entry.is_held, is_counted) {
                (true, false) => counts.add(entry.kind.clone(), 1),
                (false, true) => counts.remove(&entry.kind, 1),
                _ => {}
            }
        }
        counts
    }

    /// The entries of a span that the browse holds and that no node counts if it has this
    /// `through`, the oldest first.
    pub(super) fn uncounted(
        &self,
        span: Span,
        through: u64,
    ) -> impl Iterator<Item = (EntryId, &Cell)> {
        let entries = self.loose.range(span.low..=span.high);
        entries
            .filter(move |(_, entry)| {
                entry.is_held && entry.number.is_none_or(|number| number >= through)
            })
            .map(|(id, entry)| (*id, &entry.kind))
    }

    /// Whether the browse holds an entry that is stored: it was recorded by its moment, and by the
    /// end of the journal or its tail when that was read.
    pub(super) fn holds(&self, id: EntryId, journal_time: Timestamp) -> bool {
        journal_time <= self.as_of.recorded
            && (journal_time <= self.sealed
                || self.loose.get(&id).is_some_and(|entry| entry.is_held))
    }

    /// The sequence number of an entry. The inner `None` means that the entry has no number yet,
    /// the outer one that the snapshot does not know it.
    #[expect(clippy::option_option, reason = "having no number and not knowing it are two things")]
    pub(super) fn number_of(&self, id: EntryId, journal_time: Timestamp) -> Option<Option<u64>> {
        let loose = self.loose.get(&id).map(|entry| entry.number);
        loose.or_else(|| self.log.number_of(id, journal_time))
    }

    /// The number below which a node that was read counts all entries, or a period without a node
    /// has none (J4). It is at least that of the checkpoint.
    pub(super) fn through(&self, node: Option<u64>) -> u64 {
        node.unwrap_or_default().max(self.log.folded.next)
    }

    /// Whether nodes that were read, by their `through`, are older than the checkpoint, because the
    /// read was eventually consistent.
    pub(super) fn is_ahead_of(
        &self,
        asked: &RangeInclusive<Period>,
        nodes: &BTreeMap<Period, Arc<Node>>,
    ) -> bool {
        let folded = &self.log.folded;
        let is_older = |node: &Arc<Node>| node.through < folded.next;
        let mut touched = folded.touched.iter().filter(|period| asked.contains(period));
        touched.any(|period| nodes.get(period).is_none_or(is_older))
    }

    /// Reads on in the journal if a node has followed it further than the snapshot: what was sealed
    /// since, the browse holds only if it was in the tail.
    pub(super) async fn catch_up<S: ReadJournal>(
        &mut self,
        store: &S,
        workspace: &WorkspaceId,
        through: u64,
    ) -> Result<(), StoreError> {
        if through <= self.next {
            return Ok(());
        }
        let mut at = self.caught_up;
        while self.next < through {
            let chain = Chain::read(store, workspace, at, Consistency::Strong).await?;
            if chain.segments.is_empty() {
                break;
            }
            for (number, entry) in chain.segments.iter().flat_map(Segment::numbered) {
                let new = || Loose { kind: entry.kind.clone(), number: None, is_held: false };
                self.loose.entry(entry.id).or_insert_with(new).number = Some(number);
                self.next = number + 1;
            }
            at = chain.through;
        }
        self.caught_up = at;
        Ok(())
    }
}
