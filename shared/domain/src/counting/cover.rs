//! Covers a span of the log with counts: asks the nodes from years down to hours, and tells what no
//! node counts.

use super::piece::{Piece, Unknown};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::ports::{Consistency, ReadSpan, ReadTally, StoreError};
use crate::span::Span;
use crate::tally::Histogram;
use crate::tally::{Counted, Node};
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use futures::future::try_join_all;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Up to this many entries are read rather than looked up in a node: 64 entries of 450 bytes are 28
/// KB or 3.5 RCU.
pub(super) const FEW_ENTRIES: u64 = 64;

/// What becomes of the entries that are in the table but that nobody can see any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unseen {
    /// They are read like the others. A stored count holds each entry under its life, and its
    /// readers leave out what has expired. So the count stays true when time passes or the plan
    /// changes.
    Included,
    /// They are left out, as every answer to a client does.
    LeftOut,
}

/// Where counts come from: the store, and what was counted within this request.
#[derive(Debug)]
pub(super) struct Source<'a, S> {
    pub(super) store: &'a S,
    pub(super) workspace: &'a Workspace,
    pub(super) now: Timestamp,
    /// The consistency of every read of nodes and entries.
    consistency: Consistency,
    /// What the rows hold.
    unseen: Unseen,
    /// Counts made within this request. They replace stored ones.
    pub(super) fresh: BTreeMap<Period, Counted>,
    /// Every node that was read, with or without a count.
    seen: Mutex<BTreeMap<Period, Node>>,
}

/// What one step of reading found of a span.
#[derive(Debug)]
pub(super) struct Found {
    /// What was read of the span: its newest part, or all of it.
    pub(super) span: Span,
    /// The entries of that part, the newest first.
    pub(super) entries: Vec<Entry>,
    /// How many entries the store read, left out or not.
    pub(super) entries_read: usize,
    /// The older part that is not read yet.
    pub(super) rest: Option<Span>,
}

impl<'a, S: ReadTally + ReadSpan> Source<'a, S> {
    /// The source of an answer. It reads eventually consistent, at half the price: an answer may
    /// lag by moments, because nothing is stored that rests on it.
    pub(super) fn of_answer(store: &'a S, workspace: &'a Workspace, now: Timestamp) -> Self {
        Self::new(store, workspace, now, Consistency::Eventual, Unseen::LeftOut)
    }

    /// The source of counts that are to be stored. R3: all of it is strongly consistent, because a
    /// stored count must not rest on an old copy.
    pub(super) fn of_stored_counts(store: &'a S, workspace: &'a Workspace, now: Timestamp) -> Self {
        Self::new(store, workspace, now, Consistency::Strong, Unseen::Included)
    }

    fn new(
        store: &'a S,
        workspace: &'a Workspace,
        now: Timestamp,
        consistency: Consistency,
        unseen: Unseen,
    ) -> Self {
        let (fresh, seen) = (BTreeMap::new(), Mutex::default());
        Self { store, workspace, now, consistency, unseen, fresh, seen }
    }

    /// Covers an unknown stretch with counts, from its coarsest level down to hours.
    pub(super) async fn cover(&self, unknown: Unknown) -> Result<Vec<Piece>, StoreError> {
        let mut pieces = vec![Piece::from(unknown)];
        for level in Level::ALL {
            pieces = self.divide(pieces, level).await?;
        }
        Ok(pieces)
    }

    /// Replaces unknown pieces by what the nodes of one level know of them.
    async fn divide(&self, pieces: Vec<Piece>, level: Level) -> Result<Vec<Piece>, StoreError> {
        let divided = pieces.into_iter().map(|piece| async move {
            match piece.unknown().filter(|unknown| is_worth_asking(unknown, level)) {
                Some(unknown) => {
                    let nodes = self.counted(unknown.span, level).await?;
                    Ok(carve(unknown, level, &nodes, self.now))
                }
                None => Ok(vec![piece]),
            }
        });
        Ok(try_join_all(divided).await?.into_iter().flatten().collect())
    }

    /// The counts of one level that touch a span, the newest first.
    async fn counted(
        &self,
        span: Span,
        level: Level,
    ) -> Result<Vec<(Period, Counted)>, StoreError> {
        let (first, last) = (span.low.occurred_at(), span.high.occurred_at());
        let nodes =
            self.store.nodes(&self.workspace.id, level, first, last, self.consistency).await?;
        let mut counted = BTreeMap::new();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for node in nodes {
            seen.insert(node.period, node.clone());
            counted.extend(node.counted.map(|count| (node.period, count)));
        }
        let periods = Period::holding(level, first)..=Period::holding(level, last);
        counted.extend(self.fresh.range(periods).map(|(period, count)| (*period, count.clone())));
        Ok(counted.into_iter().rev().collect())
    }

    /// Hands over every node that was read so far.
    pub(super) fn take_seen(&mut self) -> BTreeMap<Period, Node> {
        std::mem::take(self.seen.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the newest entries of a span, at most `limit` of them.
    pub(super) async fn read(&self, span: Span, limit: usize) -> Result<Found, StoreError> {
        let mut slice = self.store.read(&self.workspace.id, span, limit, self.consistency).await?;
        let entries_read = slice.entries.len();
        if self.unseen == Unseen::LeftOut {
            slice.entries.retain(|entry| entry.is_visible(self.workspace, self.now));
        }
        let stopped_at = slice.stopped_at.filter(|stopped_at| *stopped_at > span.low);
        Ok(Found {
            span: Span { low: stopped_at.unwrap_or(span.low), ..span },
            entries: slice.entries,
            entries_read,
            rest: stopped_at.and_then(|stopped_at| span.older_than(stopped_at)),
        })
    }
}

/// Whether the nodes of a level can tell something of a stretch that reading it would not tell for
/// less.
fn is_worth_asking(unknown: &Unknown, level: Level) -> bool {
    unknown.from_level.is_some_and(|from| from <= level)
        && unknown.at_most.is_none_or(|count| count > FEW_ENTRIES)
}

/// What counts of one level, the newest first, say of an unknown stretch.
///
/// The pieces are the newest first, do not overlap, and leave out only what the counts say is
/// empty. A part stays unknown, for a finer level, if it lies only partly in the stretch, or if
/// some of one kind has expired and some has not.
fn carve(
    unknown: Unknown,
    level: Level,
    nodes: &[(Period, Counted)],
    now: Timestamp,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = Some(unknown.span);
    for (period, counted) in nodes {
        let Some(open) = rest else { break };
        let Some(window) = counted_span(*period, counted).and_then(|span| span.within(open)) else {
            continue;
        };
        pieces.extend(open.newer_than(window.high).map(|span| Unknown { span, ..unknown }.into()));
        pieces.extend(counted.spans(level).filter_map(|(of_part, part)| {
            Some(piece(of_part, of_part.within(window)?, &part.counts, level, now))
        }));
        rest = open.older_than(window.low);
    }
    pieces.extend(rest.map(|span| Unknown { span, ..unknown }.into()));
    pieces
}

/// The ids that a count says everything of. `None` means that it has counted no time yet.
fn counted_span(period: Period, counted: &Counted) -> Option<Span> {
    let low = period.span().low;
    let high = EntryId::first_of(counted.through).before()?;
    (low <= high).then_some(Span { low, high })
}

/// What is known of `inside`, which lies within a part.
fn piece(of_part: Span, inside: Span, counts: &Histogram, level: Level, now: Timestamp) -> Piece {
    let visible = counts.visible(of_part.low.occurred_at(), of_part.high.occurred_at(), now);
    match visible {
        Some(visible) if inside == of_part => {
            Piece::Known { span: of_part, visible, below: level.below() }
        }
        _ => Unknown { span: inside, at_most: Some(counts.total()), from_level: level.below() }
            .into(),
    }
}

#[cfg(test)]
mod tests;
