//! Finds the rows of a ledger: opens counted pieces until the rows that are asked for are read.

use super::super::FEW_ENTRIES;
use super::super::piece::{Piece, Unknown};
use super::{Ledger, LedgerStore};
use crate::entry::Entry;
use crate::ports::StoreError;
use futures::future::try_join_all;
use std::ops::RangeInclusive;

/// Leaving fewer entries of a piece unread saves nothing: half a read unit is 9 entries of 450
/// bytes.
const WORTH_LEAVING: u64 = 9;

impl<S: LedgerStore> Ledger<'_, S> {
    /// The matching entries from the `first` newest (0 for the very newest) to before the `end`
    /// newest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rows(&mut self, first: u64, end: u64) -> Result<Vec<Entry>, StoreError> {
        loop {
            let counted = self.pieces.counted_between(first, end, self.filter);
            if counted.is_empty() {
                return Ok(self.pieces.rows_between(first, end, self.filter));
            }
            self.open_up(&counted, end).await?;
        }
    }

    /// Replaces counted pieces by finer ones, to find the rows before the `end` newest. Those of
    /// which much would have to be read come first and are divided by the nodes below them; the
    /// others wait until no such one is left, and near ones are read together then.
    pub(super) async fn open_up(&mut self, places: &[usize], end: u64) -> Result<(), StoreError> {
        let is_large = |place: &usize| self.is_worth_dividing(*place, end);
        let (large, small): (Vec<_>, Vec<_>) = places.iter().copied().partition(is_large);
        if large.is_empty() {
            return self.read(&small, end).await;
        }
        let divided = large.into_iter().filter_map(|place| match self.pieces.get(place)? {
            Piece::Known { span, below, .. } => {
                let unknown = Unknown { span: *span, level: *below };
                Some((place..=place, vec![unknown.into()]))
            }
            _ => None,
        });
        let divided = divided.collect();
        self.pieces.replace(divided);
        self.settle().await
    }

    /// Reads counted pieces as far as the `end` newest matching entries go.
    async fn read(&mut self, places: &[usize], end: u64) -> Result<(), StoreError> {
        let groups = self.pieces.groups(places);
        let (source, pieces) = (&self.source, &self.pieces);
        let read = groups.iter().map(|(places, span)| {
            let most = if pieces.is_skimmed(places) { u64::MAX } else { self.reach(places, end) };
            source.newest_rows(*span, usize::try_from(most).unwrap_or(usize::MAX))
        });
        let read = try_join_all(read).await?;
        self.pieces.replace_read(groups, read);
        Ok(())
    }

    /// How many entries of these pieces to read.
    fn reach(&self, places: &RangeInclusive<usize>, end: u64) -> u64 {
        let reach = self.pieces.entries_until(places, end, self.filter);
        let total = self.pieces.entries_until(places, u64::MAX, self.filter);
        if total.saturating_sub(reach) < WORTH_LEAVING { u64::MAX } else { reach }
    }

    /// Makes every unknown piece known.
    pub(super) async fn settle(&mut self) -> Result<(), StoreError> {
        loop {
            let unknown: Vec<Unknown> = self.pieces.unknown().collect();
            if unknown.is_empty() {
                return Ok(());
            }
            let finer = self.source.look_into(&unknown).await?;
            self.pieces.replace_unknown(finer);
        }
    }

    /// Whether a piece is counted in smaller parts, and looking those up costs less than reading it
    /// as far as the `end` newest matching entries go.
    fn is_worth_dividing(&self, place: usize, end: u64) -> bool {
        let Some(Piece::Known { counts, below: Some(_), .. }) = self.pieces.get(place) else {
            return false;
        };
        let places = place..=place;
        let is_skimmed = self.pieces.is_skimmed(&places);
        let reach = if is_skimmed { counts.total() } else { self.reach(&places, end) };
        reach.min(counts.total()) > FEW_ENTRIES
    }
}
