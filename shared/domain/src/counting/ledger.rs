//! A span of a log as one request sees it: how many entries match, and which are the n-th to the
//! m-th.

mod periods;
mod pieces;
mod rows;
mod timeline;

use super::Budget;
use super::browse::Browse;
use super::cover::Source;
use super::fold::FoldStore;
use super::piece::Unknown;
use super::snapshot::Snapshot;
use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::journal::AsOf;
use crate::ports::{ReadControl, ReadSpan, RememberLogs, StoreError};
use crate::span::Span;
use crate::tally::{Histogram, Level};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use pieces::{Pieces, Place, estimated_reach};
use std::collections::BTreeMap;

/// A span of a log, with what is known of it so far.
///
/// Invariants between two calls:
/// - `Pieces` holds its own: the newest piece first, no overlap, nothing in between.
/// - No piece is unknown.
/// - Opening a piece replaces it by finer ones and never by a coarser one, so every loop that opens
///   pieces ends.
#[derive(Debug)]
pub struct Ledger<'a, S> {
    source: Source<'a, S>,
    filter: &'a Filter,
    pieces: Pieces,
}

/// What the store must do for a ledger.
pub trait LedgerStore: FoldStore + ReadControl + ReadSpan + RememberLogs {}
impl<S: FoldStore + ReadControl + ReadSpan + RememberLogs> LedgerStore for S {}

impl<'a, S: LedgerStore> Ledger<'a, S> {
    /// Takes a snapshot of the log at the moment of a browse, and covers a span with counts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        store: &'a S,
        workspace: &'a Workspace,
        filter: &'a Filter,
        span: Span,
        browse: Browse,
        now: Timestamp,
        budget: Budget,
    ) -> Result<Self, StoreError> {
        let snapshot = Snapshot::take(store, &workspace.id, span, browse, now, &budget).await?;
        let source = Source { store, workspace, snapshot };
        let pieces = Pieces::new(vec![Unknown { span, level: Some(Level::Year) }.into()]);
        let mut ledger = Self { source, filter, pieces };
        ledger.settle().await?;
        Ok(ledger)
    }

    /// How many entries match. It is an estimate if the ledger is not exact.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.pieces.matching(self.filter)
    }

    /// How many entries lie, on average, where `wanted` matching ones lie. `None` means that none
    /// matches.
    #[must_use]
    pub fn reach_of(&self, wanted: u64) -> Option<u64> {
        let matching = self.total();
        (matching > 0).then(|| estimated_reach(wanted, self.pieces.total(), matching))
    }

    /// Whether it is known of everything that was recorded if it matches. Otherwise the counts are
    /// so far behind the journal that the budget was spent before they had followed it, or the
    /// filter asks for kinds that a node does not tell apart. Rows and ranks that were found before
    /// mean nothing then: opening a piece may show it.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let hides_matches = self.filter.has_kind() && self.pieces.hides_kinds();
        self.source.snapshot.is_whole && !hides_matches
    }

    /// The moment of the browse that begins here or goes on.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.source.snapshot.as_of
    }

    /// The sequence numbers of the entries that the snapshot knows. `None` means that an entry has
    /// no number yet. Entries that the snapshot does not know are left out.
    #[must_use]
    pub fn numbers(&self, entries: &[Entry]) -> BTreeMap<EntryId, Option<u64>> {
        let snapshot = &self.source.snapshot;
        let number =
            |entry: &Entry| Some((entry.id, snapshot.number_of(entry.id, entry.journal_time())?));
        entries.iter().filter_map(number).collect()
    }

    /// How many entries of each kind there are, whatever action and target type the filter asks
    /// for.
    #[must_use]
    pub fn histogram(&self) -> Histogram {
        self.pieces.histogram()
    }

    /// How many matching entries are newer than this id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn newer_than(&mut self, id: EntryId) -> Result<u64, StoreError> {
        loop {
            match self.pieces.place_of(id, self.filter) {
                Place::Rank(newer) => return Ok(newer),
                Place::OlderThanAll => return Ok(self.total()),
                Place::Within(place) => self.open_up(&[place], u64::MAX).await?,
            }
        }
    }
}

#[cfg(test)]
mod tests;
