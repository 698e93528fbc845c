//! Makes unknown pieces known: reads them, or counts them first if they are large.

use super::super::piece::{Piece, Unknown};
use super::{Ledger, LedgerStore};
use crate::ports::StoreError;
use crate::span::Span;
use futures::future::try_join_all;

/// Entries that no node counts are read, up to this many. If there are more, they are counted and
/// the counts are stored: 400 entries of 450 bytes are 176 KB or 22 RCU.
pub(super) const UNCOUNTED_ENTRIES: usize = 400;
/// Entries read by one step if there are more, between two looks at the budget.
pub(super) const STEP_ENTRIES: usize = 1_000;

impl<S: LedgerStore> Ledger<'_, S> {
    /// Makes known what came out unknown when counted pieces were opened. If that is much, because
    /// their nodes are gone, it is counted anew.
    pub(super) async fn settle(&mut self) -> Result<(), StoreError> {
        if self.read_unknown(UNCOUNTED_ENTRIES).await? {
            return Ok(());
        }
        let unknown: Vec<Unknown> = self.pieces.unknown().collect();
        let (Some(newest), Some(oldest)) = (unknown.first(), unknown.last()) else { return Ok(()) };
        self.count(Span { low: oldest.span.low, high: newest.span.high }).await?;
        let covers = unknown.into_iter().map(|unknown| self.source.cover(unknown));
        let covers = try_join_all(covers).await?;
        self.pieces.replace_unknown(covers);
        self.read_rest().await
    }

    /// Reads what is still unknown, as far as the budget goes, and leaves out the rest.
    pub(super) async fn read_rest(&mut self) -> Result<(), StoreError> {
        while !self.read_unknown(STEP_ENTRIES).await? {
            if self.budget.is_spent(self.source.store) {
                self.pieces.truncate_at_unknown();
                self.is_exact = false;
                break;
            }
        }
        Ok(())
    }

    /// Reads unknown pieces, the newest first, up to `limit` entries in all. Returns whether
    /// nothing is unknown any more.
    pub(super) async fn read_unknown(&mut self, limit: usize) -> Result<bool, StoreError> {
        let mut left = limit;
        let mut replacements = Vec::new();
        for unknown in self.pieces.unknown() {
            if left == 0 {
                break;
            }
            let read = self.source.read(unknown.span, left).await?;
            left = if read.rest.is_some() { 0 } else { left.saturating_sub(read.entries_read) };
            let rows = Piece::Rows { span: read.span, entries: read.entries };
            let rest = read.rest.map(|span| Piece::from(Unknown { span, ..unknown }));
            replacements.push([rows].into_iter().chain(rest).collect());
        }
        self.pieces.replace_unknown(replacements);
        Ok(self.pieces.unknown().next().is_none())
    }
}
