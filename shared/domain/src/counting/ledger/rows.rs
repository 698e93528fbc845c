//! Finds the rows of a ledger: opens counted pieces until the rows that are asked for are read.

use super::super::cover::FEW_ENTRIES;
use super::super::piece::{Piece, Unknown};
use super::{Ledger, LedgerStore};
use crate::entry::Entry;
use crate::ports::StoreError;
use futures::future::try_join_all;

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
    /// below them; small ones wait until no large one is left, and are read together then.
    pub(super) async fn open_up(&mut self, places: &[usize]) -> Result<(), StoreError> {
        let is_large = |place: &usize| self.pieces.get(*place).is_some_and(is_worth_dividing);
        let (large, small): (Vec<_>, Vec<_>) = places.iter().copied().partition(is_large);
        if large.is_empty() {
            self.read_places(&small).await?;
        } else {
            self.divide(&large).await?;
        }
        self.settle().await
    }

    /// Reads counted pieces, near ones with one query.
    async fn read_places(&mut self, places: &[usize]) -> Result<(), StoreError> {
        let groups = self.pieces.groups(places);
        let reads = groups.iter().map(|(_, span)| self.source.read(*span, usize::MAX));
        let rows = try_join_all(reads).await?.into_iter().map(|read| {
            let rest = read.rest.map(|span| Piece::from(Unknown::new(span)));
            let rows = Piece::Rows { span: read.span, entries: read.entries };
            [rows].into_iter().chain(rest).collect()
        });
        self.pieces.replace(groups.iter().map(|(places, _)| places.clone()).zip(rows).collect());
        Ok(())
    }

    /// Divides counted pieces by the nodes below them, or by the nodes below those if they are
    /// missing.
    async fn divide(&mut self, places: &[usize]) -> Result<(), StoreError> {
        let finer = places.iter().filter_map(|place| match self.pieces.get(*place)? {
            Piece::Known { span, below, .. } => {
                let unknown = Unknown { span: *span, at_most: None, from_level: *below };
                let source = &self.source;
                Some(async move { Ok((*place..=*place, source.cover(unknown).await?)) })
            }
            _ => None,
        });
        let finer = try_join_all(finer).await?;
        self.pieces.replace(finer);
        Ok(())
    }
}

/// Whether a piece is counted in smaller parts, and is so large that looking those up costs less
/// than reading it.
fn is_worth_dividing(piece: &Piece) -> bool {
    matches!(piece, Piece::Known { visible, below: Some(_), .. } if visible.total() > FEW_ENTRIES)
}
