//! Finds the rows of a ledger: opens counted pieces until the rows that are asked for are read.

use super::super::FEW_ENTRIES;
use super::super::piece::{Piece, Unknown};
use super::{Ledger, LedgerStore};
use crate::entry::Entry;
use crate::ports::StoreError;

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
            self.open_up(&counted).await?;
        }
    }

    /// Replaces counted pieces by finer ones. Large pieces come first and are divided by the nodes
    /// below them; small ones wait until no large one is left, and near ones are read together
    /// then.
    pub(super) async fn open_up(&mut self, places: &[usize]) -> Result<(), StoreError> {
        let is_large = |place: &usize| self.pieces.get(*place).is_some_and(is_worth_dividing);
        let (large, small): (Vec<_>, Vec<_>) = places.iter().copied().partition(is_large);
        let finer: Vec<_> = if large.is_empty() {
            let groups = self.pieces.groups(&small).into_iter();
            groups.map(|(places, span)| (places, Unknown { span, level: None })).collect()
        } else {
            let divided = large.into_iter().filter_map(|place| match self.pieces.get(place)? {
                Piece::Known { span, below, .. } => {
                    Some((place..=place, Unknown { span: *span, level: *below }))
                }
                _ => None,
            });
            divided.collect()
        };
        let finer = finer.into_iter().map(|(places, unknown)| (places, vec![unknown.into()]));
        self.pieces.replace(finer.collect());
        self.settle().await
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
}

/// Whether a piece is counted in smaller parts, and is so large that looking those up costs less
/// than reading it.
fn is_worth_dividing(piece: &Piece) -> bool {
    matches!(piece, Piece::Known { counts, below: Some(_), .. } if counts.total() > FEW_ENTRIES)
}
