//! A span of a log as one request sees it: how many entries match, and which are the n-th to the
//! m-th.

use super::cover::{FEW_ENTRIES, Piece, Source};
use super::{Budget, count};
use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::ports::{KeepTally, Metered, ReadControl, ReadSpan, ReadTally, StoreError};
use crate::span::Span;
use crate::tally::{Cell, Histogram};
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use futures::future::try_join_all;

/// Entries that no node knows are read up to this many before any are counted for good: 400 entries
/// of 450 bytes are 176 KB or 22 RCU.
const UNCOUNTED_ENTRIES: usize = 400;
/// Entries read by one step when there are more, between two looks at the budget.
const STEP_ENTRIES: usize = 1_000;
/// Two pieces are read with one query if no more entries lie between them: a query of its own costs
/// at least 0.5 RCU, or 18 entries.
const ENTRIES_WORTH_A_QUERY: u64 = 18;

/// A span of a log, with what is known of it so far.
#[derive(Debug)]
pub struct Ledger<'a, S> {
    source: Source<'a, S>,
    filter: &'a Filter,
    budget: Budget,
    /// The newest first.
    pieces: Vec<Piece>,
    newest: Option<EntryId>,
    is_exact: bool,
}

/// What the store must do for a ledger.
pub trait LedgerStore: Metered + ReadControl + ReadSpan + ReadTally + KeepTally + Sync {}
impl<S: Metered + ReadControl + ReadSpan + ReadTally + KeepTally + Sync> LedgerStore for S {}

impl<'a, S: LedgerStore> Ledger<'a, S> {
    /// Covers a span with counts. What no node knows is read; if that is much, it is counted for
    /// good first, as far as the budget goes.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        store: &'a S,
        workspace: &'a Workspace,
        filter: &'a Filter,
        span: Span,
        now: Timestamp,
        budget: Budget,
    ) -> Result<Self, StoreError> {
        let source = Source::new(store, workspace, now, false);
        let pieces = source.cover(span).await?;
        let mut ledger = Self { source, filter, budget, pieces, newest: None, is_exact: true };
        if !ledger.read_unknown(UNCOUNTED_ENTRIES).await? {
            ledger.count(span).await?;
            ledger.pieces = ledger.source.cover(span).await?;
            while !ledger.read_unknown(STEP_ENTRIES).await? && !ledger.budget.is_spent(store) {}
            ledger.leave_out_unknown();
        }
        ledger.newest = ledger.newest_id();
        Ok(ledger)
    }

    /// How many entries match; if the ledger is not exact, at least so many.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.matching(self.filter)).sum()
    }

    /// Whether all that is in the span is counted.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// An id that no entry of the span exceeds, whatever the filter; none if there is no entry.
    #[must_use]
    pub fn newest(&self) -> Option<EntryId> {
        self.newest
    }

    /// The least id down to which the span is counted; none if nothing of it is.
    #[must_use]
    pub fn reached(&self) -> Option<EntryId> {
        self.pieces.last().map(|piece| piece.span().low)
    }

    /// How many entries of each kind can be seen, whatever the filter's action and target type.
    #[must_use]
    pub fn histogram(&self) -> Histogram {
        let mut histogram = Histogram::default();
        for piece in &self.pieces {
            match piece {
                Piece::Known { visible, .. } => histogram.add_all(visible),
                Piece::Rows { entries, .. } => {
                    for entry in entries {
                        histogram.add(Cell::of(entry), 1);
                    }
                }
                Piece::Unknown { .. } => {}
            }
        }
        histogram
    }

    /// How many entries that match are newer than this id; none if that is not known, because the
    /// budget was spent before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn newer_than(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        loop {
            let place = self.pieces.iter().position(|piece| piece.span().low <= id);
            let Some(place) = place else { return Ok(self.is_exact.then(|| self.total())) };
            let above: u64 =
                self.pieces.iter().take(place).map(|piece| piece.matching(self.filter)).sum();
            match self.pieces.get(place) {
                Some(Piece::Rows { entries, .. }) => {
                    let newer = entries
                        .iter()
                        .filter(|entry| entry.id > id && self.filter.matches_kind(entry))
                        .count();
                    return Ok(Some(above + u64::try_from(newer).unwrap_or(u64::MAX)));
                }
                Some(piece) if piece.span().high <= id || piece.matching(self.filter) == 0 => {
                    return Ok(Some(above));
                }
                _ => self.open_up(&[place]).await?,
            }
        }
    }

    /// The entries that match from the `first` newest (0 for the very newest) to before the `end`
    /// newest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rows(&mut self, first: u64, end: u64) -> Result<Vec<Entry>, StoreError> {
        loop {
            let counted = self.counted_between(first, end);
            if counted.is_empty() {
                break;
            }
            self.open_up(&counted).await?;
        }
        let (mut rank, mut rows) = (0, Vec::new());
        for piece in &self.pieces {
            if let Piece::Rows { entries, .. } = piece {
                for entry in entries.iter().filter(|entry| self.filter.matches_kind(entry)) {
                    if (first..end).contains(&rank) {
                        rows.push(entry.clone());
                    }
                    rank += 1;
                }
            } else {
                rank += piece.matching(self.filter);
            }
        }
        Ok(rows)
    }

    /// The places of counted pieces that hold some of the entries from `first` to before `end`.
    fn counted_between(&self, first: u64, end: u64) -> Vec<usize> {
        let mut rank = 0;
        let mut places = Vec::new();
        for (place, piece) in self.pieces.iter().enumerate() {
            let before = rank;
            rank += piece.matching(self.filter);
            if matches!(piece, Piece::Known { .. }) && before < rank && before < end && rank > first
            {
                places.push(place);
            }
        }
        places
    }

    /// Replaces counted pieces by finer ones: by the parts of the nodes below, or, once they are
    /// small, by their rows.
    async fn open_up(&mut self, places: &[usize]) -> Result<(), StoreError> {
        let is_small = |piece: &Piece| matches!(piece, Piece::Known { visible, below, .. } if below.is_none() || visible.total() <= FEW_ENTRIES);
        let (small, large): (Vec<_>, Vec<_>) =
            places.iter().copied().partition(|place| self.pieces.get(*place).is_some_and(is_small));
        let mut replaced: Vec<(std::ops::RangeInclusive<usize>, Vec<Piece>)> = Vec::new();
        if large.is_empty() {
            let groups = self.groups(&small);
            let reads = groups.iter().map(|(_, span)| self.source.read(*span, usize::MAX));
            let rows = try_join_all(reads).await?;
            replaced.extend(groups.into_iter().map(|(places, _)| places).zip(rows));
        } else {
            let this = &*self;
            let pieces =
                large.iter().filter_map(|place| Some((*place, this.pieces.get(*place)?.clone())));
            let divided = pieces.map(|(place, piece)| async move {
                Ok::<_, StoreError>((place..=place, this.divided(piece).await?))
            });
            replaced.extend(try_join_all(divided).await?);
        }
        for (places, pieces) in replaced.into_iter().rev() {
            self.pieces.splice(places, pieces);
        }
        self.settle_unknown().await
    }

    /// Small pieces to read, joined where little lies between them: their places and the span to
    /// read.
    fn groups(&self, places: &[usize]) -> Vec<(std::ops::RangeInclusive<usize>, Span)> {
        let mut groups: Vec<(std::ops::RangeInclusive<usize>, Span)> = Vec::new();
        for &place in places {
            let Some(span) = self.pieces.get(place).map(Piece::span) else { continue };
            let between = |last: usize| {
                let pieces = self.pieces.get(last + 1..place).unwrap_or_default();
                let counts = pieces.iter().map(|piece| match piece {
                    Piece::Known { visible, .. } => visible.total(),
                    _ => u64::MAX,
                });
                counts.fold(0, u64::saturating_add)
            };
            match groups.last_mut() {
                Some((joined, of_group)) if between(*joined.end()) <= ENTRIES_WORTH_A_QUERY => {
                    *joined = *joined.start()..=place;
                    of_group.low = span.low;
                }
                _ => groups.push((place..=place, span)),
            }
        }
        groups
    }

    /// What the node below says of a counted piece, or the nodes below that one if it is missing.
    async fn divided(&self, piece: Piece) -> Result<Vec<Piece>, StoreError> {
        let Piece::Known { span, below: Some(below), .. } = piece else { return Ok(vec![piece]) };
        let mut pieces = vec![Piece::unknown(span)];
        for level in Level::ALL.into_iter().filter(|level| *level >= below) {
            if pieces.iter().all(|piece| !matches!(piece, Piece::Unknown { .. })) {
                break;
            }
            pieces = self.source.divide(pieces, level).await?;
        }
        Ok(pieces)
    }

    /// Reads what came out unknown of a piece that was counted; if it is much, because its nodes
    /// are gone, it is counted anew.
    async fn settle_unknown(&mut self) -> Result<(), StoreError> {
        let unknown: Vec<Span> = self
            .pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Unknown { .. }))
            .map(Piece::span)
            .collect();
        let (Some(newest), Some(oldest)) = (unknown.first(), unknown.last()) else { return Ok(()) };
        if self.read_unknown(UNCOUNTED_ENTRIES).await? {
            return Ok(());
        }
        self.count(Span { low: oldest.low, high: newest.high }).await?;
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in std::mem::take(&mut self.pieces) {
            match piece {
                Piece::Unknown { span, .. } => pieces.extend(self.source.cover(span).await?),
                other => pieces.push(other),
            }
        }
        self.pieces = pieces;
        while !self.read_unknown(STEP_ENTRIES).await? && !self.budget.is_spent(self.source.store) {}
        self.leave_out_unknown();
        Ok(())
    }

    /// Reads what is unknown, the newest first, up to `limit` entries in all; says whether nothing
    /// is left.
    async fn read_unknown(&mut self, limit: usize) -> Result<bool, StoreError> {
        let mut left = limit;
        let mut place = 0;
        while let Some(piece) = self.pieces.get(place) {
            if let Piece::Unknown { span, .. } = piece {
                let read = self.source.read(*span, left).await?;
                let entries =
                    read.iter()
                        .map(|piece| {
                            if let Piece::Rows { entries, .. } = piece { entries.len() } else { 0 }
                        })
                        .sum();
                let (count, is_whole) = (read.len(), read.len() == 1);
                self.pieces.splice(place..=place, read);
                left = left.saturating_sub(entries);
                if !is_whole
                    || (left == 0
                        && self
                            .pieces
                            .iter()
                            .skip(place + 1)
                            .any(|piece| matches!(piece, Piece::Unknown { .. })))
                {
                    return Ok(false);
                }
                place += count;
            } else {
                place += 1;
            }
        }
        Ok(true)
    }

    /// Counts what is closed of a span for good, within the budget, in whole days, so that what is
    /// counted can be kept.
    async fn count(&mut self, span: Span) -> Result<(), StoreError> {
        let day = |id: EntryId| Period::holding(Level::Day, id.occurred_at()).span();
        let days = Span { low: day(span.low).low, high: day(span.high).high };
        let workspace = self.source.workspace;
        let counts =
            count(self.source.store, &workspace.id, days, self.source.now, &self.budget).await?;
        self.source.fresh.extend(counts.periods);
        Ok(())
    }

    /// Gives up on what is still unknown, and on all that is older: how many entries lie in between
    /// is not known.
    fn leave_out_unknown(&mut self) {
        if let Some(place) =
            self.pieces.iter().position(|piece| matches!(piece, Piece::Unknown { .. }))
        {
            self.pieces.truncate(place);
            self.is_exact = false;
        }
    }

    fn newest_id(&self) -> Option<EntryId> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Rows { entries, .. } => entries.first().map(|entry| entry.id),
            Piece::Known { span, visible, .. } => (visible.total() > 0).then_some(span.high),
            Piece::Unknown { .. } => None,
        })
    }
}
