//! Owns what a process remembers of the logs whose counts it has read, so that the next page of a
//! log costs less.
//!
//! Segments never change. A node does, but whatever changes it is in the journal: a node that was
//! read under a checkpoint holds the entries of its period with a sequence number below that
//! checkpoint (J4), whatever was folded since. So an old checkpoint, the nodes that were read under
//! it and all segments since tell the same as the newest ones, and no late entry is missed.

mod nodes;

use crate::identity::EntryId;
use crate::journal::{Folded, Segment};
use crate::tally::{Node, Period};
use crate::timestamp::Timestamp;
use crate::unusual::Judgement;
use crate::workspace::WorkspaceId;
use nodes::KnownNodes;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

/// A checkpoint is read again after so long, so that a recount is noticed.
const REMEMBERED_FOR_MS: i64 = 60_000;
/// A checkpoint is read again if so many entries were numbered since: each list joins them with
/// what the nodes count.
const MOST_SINCE: usize = 500;
/// Entries of segments that are kept of a log, about: 100 bytes each.
const ENTRIES_KEPT: usize = 4_000;
/// What is kept of all logs together, in counts of one kind in one part of a period and in entries
/// of segments: of some 60 to 100 bytes each, that is 20 MB at most.
const MOST_KEPT: usize = 200_000;

/// The most directories of which it is remembered when they have followed. A full memory is
/// emptied.
const MOST_FOLLOWED: usize = 10_000;

/// What a process remembers of logs. The log that was used last is forgotten last.
#[derive(Debug, Default)]
pub struct LogMemory(Mutex<Logs>);

#[derive(Debug, Default)]
struct Logs {
    /// Each with when it was last used.
    known: HashMap<WorkspaceId, (u64, Arc<KnownLog>)>,
    uses: u64,
    /// When the directories have followed last.
    followed: HashMap<WorkspaceId, FollowedLately>,
    /// Up to which entry logs are judged, and when this was read.
    judged: HashMap<WorkspaceId, (Timestamp, Judgement)>,
}

/// How far a directory had followed the journal when the process has seen it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowedLately {
    /// When.
    pub at: Timestamp,
    /// The number up to which every entry was added, exclusive.
    pub next: u64,
}

/// A log as it was read: how far its nodes had followed the journal, the segments since, and nodes.
#[derive(Debug)]
pub struct KnownLog {
    /// The checkpoint.
    pub folded: Folded,
    /// When the checkpoint was read.
    read_at: Timestamp,
    /// Where the segments begin, exclusive: not after the end of what the checkpoint has folded.
    start: Timestamp,
    segments: Vec<Arc<Segment>>,
    /// Nodes that were read under this checkpoint.
    nodes: Arc<Mutex<KnownNodes>>,
}

impl LogMemory {
    /// What is remembered of a log.
    #[must_use]
    pub fn of(&self, workspace: &WorkspaceId) -> Option<Arc<KnownLog>> {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logs.uses += 1;
        let now = logs.uses;
        let (last_used, log) = logs.known.get_mut(workspace)?;
        *last_used = now;
        Some(Arc::clone(log))
    }

    /// When the process has let the directory of a workspace follow the journal last, and how far.
    #[must_use]
    pub fn followed(&self, workspace: &WorkspaceId) -> Option<FollowedLately> {
        let logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logs.followed.get(workspace).copied()
    }

    /// Remembers how far the directory of a workspace has followed the journal.
    pub fn has_followed(&self, workspace: &WorkspaceId, followed: FollowedLately) {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.followed.len() >= MOST_FOLLOWED {
            logs.followed.clear();
        }
        logs.followed.insert(workspace.clone(), followed);
    }

    /// Up to which entry the log of a workspace was judged, and when this was read.
    #[must_use]
    pub fn judged(&self, workspace: &WorkspaceId) -> Option<(Timestamp, Judgement)> {
        let logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logs.judged.get(workspace).copied()
    }

    /// Remembers up to which entry the log of a workspace is judged.
    pub fn has_judged(&self, workspace: &WorkspaceId, read_at: Timestamp, judgement: Judgement) {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.judged.len() >= MOST_FOLLOWED {
            logs.judged.clear();
        }
        logs.judged.insert(workspace.clone(), (read_at, judgement));
    }

    /// Remembers a log, unless what is remembered of it is newer.
    pub fn keep(&self, workspace: &WorkspaceId, log: &Arc<KnownLog>) {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logs.uses += 1;
        let (now, place) = (logs.uses, |log: &KnownLog| (log.folded.order(), log.through()));
        let is_newer = |known: &KnownLog| place(known) > place(log);
        if !logs.known.get(workspace).is_some_and(|(_, known)| is_newer(known)) {
            logs.known.insert(workspace.clone(), (now, Arc::clone(log)));
        }
        logs.forget();
    }
}

impl Logs {
    /// Forgets the logs that were not used for longest, until little enough is kept.
    fn forget(&mut self) {
        let mut kept: usize = self.known.values().map(|(_, log)| log.weight()).sum();
        while kept > MOST_KEPT && self.known.len() > 1 {
            let longest = self.known.iter().min_by_key(|(_, (used, _))| *used);
            let Some(workspace) = longest.map(|(workspace, _)| workspace.clone()) else { return };
            let forgotten = self.known.remove(&workspace);
            kept -= forgotten.map_or(0, |(_, log)| log.weight());
        }
    }
}

impl KnownLog {
    /// A log as it was read: the checkpoint at `read_at`, then the segments from `start` on.
    #[must_use]
    pub fn new(
        folded: Folded,
        read_at: Timestamp,
        start: Timestamp,
        segments: Vec<Segment>,
    ) -> Self {
        let segments = segments.into_iter().map(Arc::new).collect();
        Self { folded, read_at, start, segments, nodes: Arc::default() }
    }

    /// The end of the last segment, inclusive.
    #[must_use]
    pub fn through(&self) -> Timestamp {
        self.segments.last().map_or(self.start, |segment| segment.through)
    }

    /// The sequence number that follows the last segment.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.next()).max(self.folded.next)
    }

    /// Where the segments begin, exclusive.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Whether the checkpoint need not be read again.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        let age_ms = now.ms() - self.read_at.ms();
        let since: usize = self.after(self.folded.through).map(|one| one.entries.len()).sum();
        (0..REMEMBERED_FOR_MS).contains(&age_ms) && since <= MOST_SINCE
    }

    /// The segments that begin at a moment or later. It must not be before the first one.
    pub fn after(&self, moment: Timestamp) -> impl Iterator<Item = &Arc<Segment>> {
        let place = self.segments.partition_point(|segment| segment.from < moment);
        self.segments.iter().skip(place)
    }

    /// The sequence number of an entry, if a segment covers when it was recorded. The inner `None`
    /// means that it has none.
    #[must_use]
    pub fn number_of(&self, id: EntryId, journal_time: Timestamp) -> Option<Option<u64>> {
        let place = self.segments.partition_point(|segment| segment.through < journal_time);
        let segment = self.segments.get(place).filter(|segment| segment.from < journal_time)?;
        Some(segment.number_of(id))
    }

    /// The same log with the segments that follow.
    #[must_use]
    pub fn extended(&self, more: Vec<Segment>) -> Self {
        let more = more.into_iter().map(Arc::new);
        Self {
            folded: self.folded.clone(),
            segments: self.segments.iter().cloned().chain(more).collect(),
            nodes: Arc::clone(&self.nodes),
            ..*self
        }
    }

    /// The same log under another checkpoint of its generation, which was read at `read_at`. Nodes
    /// that the entries between the two have touched are forgotten, and so are old segments.
    #[must_use]
    pub fn refolded(&self, folded: Folded, read_at: Timestamp) -> Self {
        let since = self.after(self.folded.through);
        let folded_since = since.take_while(|segment| segment.first < folded.next);
        let touched: BTreeSet<Period> = folded_since
            .flat_map(|segment| &segment.entries)
            .flat_map(|entry| Period::all_holding(entry.id.occurred_at()))
            .collect();
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner).without(&touched);
        let (start, segments) = self.newest(folded.through);
        Self { folded, read_at, start, segments, nodes: Arc::new(Mutex::new(nodes)) }
    }

    /// The segments after a moment, and as many before it as are kept, with where they begin.
    fn newest(&self, moment: Timestamp) -> (Timestamp, Vec<Arc<Segment>>) {
        let mut entries = 0;
        let is_kept = |segment: &&Arc<Segment>| {
            entries += segment.entries.len().max(1);
            segment.from >= moment || entries <= ENTRIES_KEPT
        };
        let mut kept: Vec<_> = self.segments.iter().rev().take_while(is_kept).cloned().collect();
        kept.reverse();
        (kept.first().map_or(moment, |segment| segment.from), kept)
    }

    /// The nodes of some periods of one level, if it is known which of them there are.
    #[must_use]
    pub fn nodes(&self, asked: &RangeInclusive<Period>) -> Option<BTreeMap<Period, Arc<Node>>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).get(asked)
    }

    /// Remembers which nodes there are of some periods of one level. They are not older than the
    /// checkpoint.
    pub fn remember(&self, asked: RangeInclusive<Period>, nodes: &BTreeMap<Period, Arc<Node>>) {
        let mut known = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(asked, nodes.clone());
    }

    fn weight(&self) -> usize {
        let entries: usize = self.segments.iter().map(|segment| segment.entries.len().max(1)).sum();
        entries + self.nodes.lock().unwrap_or_else(PoisonError::into_inner).weight()
    }
}

#[cfg(test)]
mod tests;
