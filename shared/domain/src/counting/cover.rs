//! Covers stretches of a log with counts: asks the nodes of one level, and adds what they lack by
//! the snapshot.

use super::FEW_ENTRIES;
use super::piece::{Piece, Unknown};
use super::snapshot::Snapshot;
use crate::entry::Entry;
use crate::ports::{Consistency, ReadJournal, ReadSpan, ReadTally, StoreError, Tally};
use crate::span::Span;
use crate::tally::{Histogram, Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use futures::future::try_join_all;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries that no node counts form pieces of this many, so that a page reads hardly more than its
/// own. Neighbouring pieces are read with one query.
const LOOSE_ENTRIES: usize = 4;

/// Where counts and rows come from.
#[derive(Debug)]
pub(super) struct Source<'a, S> {
    pub(super) store: &'a S,
    pub(super) workspace: &'a Workspace,
    pub(super) snapshot: Snapshot,
}

/// What was read of a stretch.
enum Found {
    /// The nodes of a level that touch it.
    Nodes(Level, BTreeMap<Period, Arc<Node>>),
    /// Its entries, the newest first.
    Rows(Vec<Entry>),
}

impl<S: ReadJournal + ReadTally + ReadSpan + Sync> Source<'_, S> {
    /// Replaces unknown stretches by what the next look at each of them tells, all at once.
    pub(super) async fn look_into(
        &mut self,
        unknown: &[Unknown],
    ) -> Result<Vec<Vec<Piece>>, StoreError> {
        let found = try_join_all(unknown.iter().map(|unknown| self.find(*unknown))).await?;
        let through = found.iter().map(Found::through).max().unwrap_or_default();
        self.snapshot.catch_up(self.store, &self.workspace.id, through).await?;
        let pieces = unknown.iter().zip(found).map(|(unknown, found)| match found {
            Found::Nodes(level, nodes) => carve(&self.snapshot, unknown.span, level, &nodes),
            Found::Rows(entries) => vec![Piece::Rows { span: unknown.span, entries }],
        });
        Ok(pieces.collect())
    }

    async fn find(&self, unknown: Unknown) -> Result<Found, StoreError> {
        match unknown.level {
            Some(level) => Ok(Found::Nodes(level, self.nodes(unknown.span, level).await?)),
            None => Ok(Found::Rows(self.rows(unknown.span).await?)),
        }
    }

    /// The nodes of one level that touch a span, if the process does not remember them. A read at
    /// half the price may be older than the checkpoint (J4); then it is repeated at the full price.
    async fn nodes(
        &self,
        span: Span,
        level: Level,
    ) -> Result<BTreeMap<Period, Arc<Node>>, StoreError> {
        let (first, last) = (span.low.occurred_at(), span.high.occurred_at());
        let asked = Period::holding(level, first)..=Period::holding(level, last);
        if let Some(known) = self.snapshot.log.nodes(&asked) {
            return Ok(known);
        }
        let mut nodes = self.nodes_as(level, first, last, Consistency::Eventual).await?;
        if self.snapshot.is_ahead_of(&asked, &nodes) {
            nodes = self.nodes_as(level, first, last, Consistency::Strong).await?;
        }
        self.snapshot.log.remember(asked, &nodes);
        Ok(nodes)
    }

    async fn nodes_as(
        &self,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<BTreeMap<Period, Arc<Node>>, StoreError> {
        let generation = self.snapshot.log.folded.generation;
        let tally = Tally { workspace: &self.workspace.id, generation };
        let nodes = self.store.nodes(tally, level, first, last, consistency).await?;
        Ok(nodes.into_iter().map(|node| (node.period, Arc::new(node))).collect())
    }

    /// The entries of a span that the browse holds, the newest first.
    async fn rows(&self, span: Span) -> Result<Vec<Entry>, StoreError> {
        Ok(self.newest_rows(span, usize::MAX).await?.0)
    }

    /// What the browse holds of the newest entries of a span, of which at most so many are read,
    /// and the part of the span that is not read.
    pub(super) async fn newest_rows(
        &self,
        span: Span,
        most: usize,
    ) -> Result<(Vec<Entry>, Option<Span>), StoreError> {
        let (mut entries, mut rest) = self.read_already(span, most);
        while let Some(span) = rest.filter(|_| entries.len() < most) {
            let (workspace, left) = (&self.workspace.id, most - entries.len());
            let page = self.store.read(workspace, span, left, Consistency::Eventual).await?;
            entries.extend(page.entries);
            rest = page.stopped_at.and_then(|stopped_at| span.older_than(stopped_at));
        }
        entries.retain(|entry| self.snapshot.holds(entry.id, entry.journal_time()));
        Ok((entries, rest))
    }

    /// Those of the newest entries of a span that the snapshot has read, of which at most so many
    /// are taken, and the rest of the span.
    fn read_already(&self, span: Span, most: usize) -> (Vec<Entry>, Option<Span>) {
        let Some(newest) = self.snapshot.newest.as_ref().filter(|one| one.span.contains(span.high))
        else {
            return (Vec::new(), Some(span));
        };
        let inside = newest.entries.iter().filter(|entry| span.contains(entry.id));
        let entries: Vec<_> = inside.take(most).cloned().collect();
        let end = entries.last().filter(|_| entries.len() == most).map(|last| last.id);
        let rest = span.older_than(end.unwrap_or(newest.span.low));
        (entries, rest)
    }
}

impl Found {
    /// The sequence number up to which some node has followed the journal.
    fn through(&self) -> u64 {
        match self {
            Self::Nodes(_, nodes) => {
                nodes.values().map(|node| node.through).max().unwrap_or_default()
            }
            Self::Rows(_) => 0,
        }
    }
}

/// What the nodes of one level say of a span, with what they lack by the snapshot.
///
/// The pieces are the newest first, do not overlap, and leave out only what is empty. A part that
/// lies only partly in the span stays unknown, for the next level. A period below a year that has
/// no node holds few entries, and is read.
fn carve(
    snapshot: &Snapshot,
    span: Span,
    level: Level,
    nodes: &BTreeMap<Period, Arc<Node>>,
) -> Vec<Piece> {
    if nodes.is_empty() && level != Level::Year {
        return vec![Unknown { span, level: None }.into()];
    }
    let mut carving = Carving { snapshot, pieces: Vec::new(), rest: Some(span) };
    for (period, node) in nodes.iter().rev() {
        let Some(window) = period.span().within(span) else { continue };
        carving.skip_to(window.high, snapshot.through(None));
        let through = snapshot.through(Some(node.through));
        for (of_part, part) in node.counted.spans(level) {
            let Some(inside) = of_part.within(window) else { continue };
            carving.skip_to(inside.high, through);
            carving.part(of_part, inside, &part.counts, level, through);
        }
        if let Some(below) = window.low.before() {
            carving.skip_to(below, through);
        }
    }
    carving.end(snapshot.through(None))
}

/// A span while it is carved into pieces, the newest first.
struct Carving<'a> {
    snapshot: &'a Snapshot,
    pieces: Vec<Piece>,
    /// What is not carved yet.
    rest: Option<Span>,
}

impl Carving<'_> {
    /// Goes down to an id, which is then the highest of the rest. No node counts what is skipped.
    fn skip_to(&mut self, high: crate::identity::EntryId, through: u64) {
        let Some(rest) = self.rest else { return };
        if let Some(skipped) = rest.newer_than(high) {
            self.loose(skipped, through);
        }
        self.rest = Span { high, ..rest }.within(rest);
    }

    /// Adds a part of a node. If only `inside` of it lies in the span, that is added as unknown, to
    /// be opened further.
    fn part(&mut self, whole: Span, inside: Span, counts: &Histogram, level: Level, through: u64) {
        if inside == whole {
            let counts = self.snapshot.corrected(counts, whole, through);
            if counts.total() > 0 {
                let below = level.below();
                self.pieces.push(Piece::Known { span: whole, counts, below, is_skimmed: false });
            }
        } else {
            // A period with so few entries has no node.
            let level = level.below().filter(|_| counts.total() > FEW_ENTRIES);
            self.pieces.push(Unknown { span: inside, level }.into());
        }
        self.rest = self.rest.and_then(|rest| rest.older_than(inside.low));
    }

    /// Adds the entries of a span that no node counts.
    fn loose(&mut self, span: Span, through: u64) {
        let entries: Vec<_> = self.snapshot.uncounted(span, through).collect();
        for run in entries.rchunks(LOOSE_ENTRIES) {
            let (Some((low, _)), Some((high, _))) = (run.first(), run.last()) else { continue };
            let counts = run.iter().map(|(_, kind)| ((*kind).clone(), 1)).collect();
            let span = Span { low: *low, high: *high };
            self.pieces.push(Piece::Known { span, counts, below: None, is_skimmed: false });
        }
    }

    fn end(mut self, through: u64) -> Vec<Piece> {
        if let Some(rest) = self.rest {
            self.loose(rest, through);
        }
        self.pieces
    }
}
