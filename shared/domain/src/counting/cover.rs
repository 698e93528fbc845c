//! Covers a span of the log with counts: walks the nodes from years down to hours, and tells what
//! no node knows.

use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::ports::{ReadSpan, ReadTally, StoreError};
use crate::span::Span;
use crate::tally::Histogram;
use crate::tally::{Counted, Node};
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use futures::future::try_join_all;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Up to so many entries are rather read than looked up in a node: 64 entries of 450 bytes are 28
/// KB or 3.5 RCU.
pub(super) const FEW_ENTRIES: u64 = 64;

/// A piece of a span. Pieces are kept in order, the newest first, and what lies between them holds
/// nothing.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// Counted: what can be seen of it.
    Known { span: Span, visible: Histogram, below: Option<Level> },
    /// Not counted; if a coarser count is there, it says at most how many.
    Unknown { span: Span, at_most: Option<u64> },
    /// Read: the entries that can be seen, the newest first.
    Rows { span: Span, entries: Vec<Entry> },
}

impl Piece {
    pub(super) fn unknown(span: Span) -> Self {
        Self::Unknown { span, at_most: None }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Self::Known { span, .. } | Self::Unknown { span, .. } | Self::Rows { span, .. } => {
                *span
            }
        }
    }

    /// How many of it match; of what is unknown, none is known to.
    pub(super) fn matching(&self, filter: &Filter) -> u64 {
        match self {
            Self::Known { visible, .. } => visible.matching(filter),
            Self::Unknown { .. } => 0,
            Self::Rows { entries, .. } => {
                u64::try_from(entries.iter().filter(|entry| filter.matches_kind(entry)).count())
                    .unwrap_or(u64::MAX)
            }
        }
    }
}

/// Where counts come from: the store, and what was counted within this request.
#[derive(Debug)]
pub(super) struct Source<'a, S> {
    pub(super) store: &'a S,
    pub(super) workspace: &'a Workspace,
    pub(super) now: Timestamp,
    /// Whether to read strongly consistently, which costs twice as much: what is to be stored must
    /// not rest on an old copy.
    pub(super) strong: bool,
    /// Counts made within this request. They go before what is stored.
    pub(super) fresh: BTreeMap<Period, Counted>,
    /// Every node that was read, with or without a count.
    pub(super) seen: Mutex<BTreeMap<Period, Node>>,
}

impl<'a, S: ReadTally + ReadSpan> Source<'a, S> {
    pub(super) fn new(
        store: &'a S,
        workspace: &'a Workspace,
        now: Timestamp,
        strong: bool,
    ) -> Self {
        Self { store, workspace, now, strong, fresh: BTreeMap::new(), seen: Mutex::default() }
    }

    /// Covers a span from years down to hours.
    pub(super) async fn cover(&self, span: Span) -> Result<Vec<Piece>, StoreError> {
        let mut pieces = vec![Piece::unknown(span)];
        for level in Level::ALL {
            pieces = self.divide(pieces, level).await?;
        }
        Ok(pieces)
    }

    /// Replaces what is unknown by what the nodes of one level know of it.
    pub(super) async fn divide(
        &self,
        pieces: Vec<Piece>,
        level: Level,
    ) -> Result<Vec<Piece>, StoreError> {
        let divided = pieces.into_iter().map(|piece| async move {
            match piece {
                Piece::Unknown { span, at_most }
                    if at_most.is_none_or(|count| count > FEW_ENTRIES) =>
                {
                    let nodes = self.counted(span, level).await?;
                    Ok(carve(span, at_most, level, &nodes, self.now))
                }
                other => Ok(vec![other]),
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
        let nodes = self.store.nodes(&self.workspace.id, level, first, last, self.strong).await?;
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

    /// Reads up to `limit` entries of a span: what was read, and what is left. For a count that is
    /// to be stored, expired entries too: whether they can be seen is told by their histogram,
    /// whatever becomes of the plan.
    pub(super) async fn read(&self, span: Span, limit: usize) -> Result<Vec<Piece>, StoreError> {
        let slice = self.store.read(&self.workspace.id, span, limit, self.strong).await?;
        let visible = |entry: &Entry| self.strong || entry.is_visible(self.workspace, self.now);
        let rows = |span, entries: Vec<Entry>| Piece::Rows {
            span,
            entries: entries.into_iter().filter(visible).collect(),
        };
        let Some(stopped_at) = slice.stopped_at.filter(|stopped_at| *stopped_at > span.low) else {
            return Ok(vec![rows(span, slice.entries)]);
        };
        let left = stopped_at.before().map(|high| Piece::unknown(Span { high, ..span }));
        Ok([rows(Span { low: stopped_at, ..span }, slice.entries)]
            .into_iter()
            .chain(left)
            .collect())
    }
}

/// What counts of one level, the newest first, say of a span. Parts that lie in it only in part, or
/// of which some have expired and some have not, stay unknown for a finer level.
fn carve(
    span: Span,
    at_most: Option<u64>,
    level: Level,
    nodes: &[(Period, Counted)],
    now: Timestamp,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = Some(span);
    for (period, counted) in nodes {
        let Some(open) = rest else { break };
        let window = Span {
            low: period.span().low,
            high: EntryId::first_of(counted.through).before().unwrap_or(open.low),
        };
        let Some(window) = window.within(open) else { continue };
        pieces.extend(
            window
                .high
                .after()
                .and_then(|low| open.within(Span { low, ..open }))
                .map(|span| Piece::Unknown { span, at_most }),
        );
        pieces.extend(counted.spans(level).filter_map(|(of_part, part)| {
            Some(piece(of_part, of_part.within(window)?, &part.counts, level, now))
        }));
        rest = window.low.before().and_then(|high| open.within(Span { high, ..open }));
    }
    pieces.extend(rest.map(|span| Piece::Unknown { span, at_most }));
    pieces
}

/// What is known of `inside`, which lies within a part.
fn piece(of_part: Span, inside: Span, counts: &Histogram, level: Level, now: Timestamp) -> Piece {
    let visible = counts.visible(of_part.low.occurred_at(), of_part.high.occurred_at(), now);
    match visible {
        Some(visible) if inside == of_part => {
            Piece::Known { span: of_part, visible, below: level.below() }
        }
        _ => Piece::Unknown { span: inside, at_most: Some(counts.total()) },
    }
}
