//! A span of a log as one request sees it: how many entries match, and which are the n-th to the
//! m-th.

mod pieces;
mod rows;
mod unknown;

use super::cover::Source;
use super::piece::Unknown;
use super::{Budget, count};
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::ports::{KeepTally, Metered, ReadControl, ReadSpan, ReadTally, StoreError};
use crate::span::Span;
use crate::tally::Histogram;
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use pieces::{Pieces, Place};
use unknown::UNCOUNTED_ENTRIES;

/// A span of a log, with what is known of it so far.
///
/// Invariants between two calls:
/// - `Pieces` holds its own: the newest piece first, no overlap, nothing in between.
/// - No piece is unknown. What could not be counted within the budget is left out, with everything
///   older, and the ledger is not exact from then on. So a rank always counts every newer entry.
/// - Opening a piece replaces it by finer ones and never by a coarser one, so every loop that opens
///   pieces ends.
#[derive(Debug)]
pub struct Ledger<'a, S> {
    source: Source<'a, S>,
    filter: &'a Filter,
    budget: Budget,
    pieces: Pieces,
    newest: Option<EntryId>,
    is_exact: bool,
}

/// What the store must do for a ledger.
pub trait LedgerStore: Metered + ReadControl + ReadSpan + ReadTally + KeepTally + Sync {}
impl<S: Metered + ReadControl + ReadSpan + ReadTally + KeepTally + Sync> LedgerStore for S {}

impl<'a, S: LedgerStore> Ledger<'a, S> {
    /// Covers a span with counts and makes sure that nothing of it is unknown:
    ///
    /// 1. Cover the span with the counts that are stored.
    /// 2. Read what no node counts, if that is at most 400 entries.
    /// 3. If it is more, count the span and store the counts, as far as the budget goes, and cover
    ///    the span again.
    /// 4. Read what is left, as far as the budget goes, and leave out the rest.
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
        let source = Source::of_answer(store, workspace, now);
        let pieces = Pieces::new(source.cover(Unknown::new(span)).await?);
        let mut ledger = Self { source, filter, budget, pieces, newest: None, is_exact: true };
        if !ledger.read_unknown(UNCOUNTED_ENTRIES).await? {
            ledger.count(span).await?;
            ledger.pieces = Pieces::new(ledger.source.cover(Unknown::new(span)).await?);
            ledger.read_rest().await?;
        }
        ledger.newest = ledger.pieces.newest_id();
        Ok(ledger)
    }

    /// How many entries match. It is a lower bound if the ledger is not exact.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.pieces.matching(self.filter)
    }

    /// Whether the whole span is counted.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// An upper bound of the ids of the span's entries, whatever the filter. `None` means that
    /// there is no entry.
    #[must_use]
    pub fn newest(&self) -> Option<EntryId> {
        self.newest
    }

    /// The least id down to which the span is counted. `None` means that nothing of it is counted.
    #[must_use]
    pub fn reached(&self) -> Option<EntryId> {
        self.pieces.low()
    }

    /// How many entries of each kind can be seen, whatever action and target type the filter asks
    /// for.
    #[must_use]
    pub fn histogram(&self) -> Histogram {
        self.pieces.histogram()
    }

    /// How many matching entries are newer than this id. `None` means that the budget was spent
    /// before they were counted.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn newer_than(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        loop {
            match self.pieces.place_of(id, self.filter) {
                Place::Rank(newer) => return Ok(Some(newer)),
                Place::OlderThanAll => return Ok(self.is_exact.then(|| self.total())),
                Place::Within(place) => self.open_up(&[place]).await?,
            }
        }
    }

    /// Counts the closed part of a span within the budget, and stores the counts. It takes whole
    /// days, so that the counts are worth storing.
    async fn count(&mut self, span: Span) -> Result<(), StoreError> {
        let day = |id: EntryId| Period::holding(Level::Day, id.occurred_at()).span();
        let days = Span { low: day(span.low).low, high: day(span.high).high };
        let Source { store, workspace, now, .. } = self.source;
        let counts = count(store, &workspace.id, days, now, &self.budget).await?;
        self.source.fresh.extend(counts.periods);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
