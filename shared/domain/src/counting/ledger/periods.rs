//! Tells of the pieces of a ledger in which periods they lie, without reading anything.

use super::super::piece::Piece;
use super::super::timeline::Extent;
use super::pieces::Pieces;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::tally::{Level, Period};
use std::collections::BTreeMap;

impl Pieces {
    /// The places of counted pieces with matching entries that lie in more than one period.
    pub(super) fn across(&self, level: Level, filter: &Filter) -> Vec<usize> {
        let matching = self.matching_pieces(filter);
        matching.filter(|(_, piece)| is_across(piece, level)).map(|(place, _)| place).collect()
    }

    /// Of these, those at the ends: the newest piece with matching entries, and the oldest.
    pub(super) fn ends_across(&self, level: Level, filter: &Filter) -> Vec<usize> {
        let matching: Vec<_> = self.matching_pieces(filter).collect();
        let mut ends: Vec<_> = [matching.first(), matching.last()].into_iter().flatten().collect();
        ends.dedup_by_key(|(place, _)| *place);
        ends.retain(|(_, piece)| is_across(piece, level));
        ends.into_iter().map(|(place, _)| *place).collect()
    }

    /// From the beginning of the oldest piece with matching entries to the end of the newest one.
    pub(super) fn extent(&self, filter: &Filter) -> Option<Extent> {
        let (oldest, newest) = self.outer(filter)?;
        Some(Extent { oldest: oldest.oldest, newest: newest.newest })
    }

    /// From the end of the oldest piece with matching entries to the beginning of the newest one:
    /// what the oldest and the newest matching entry have between them in any case.
    pub(super) fn inner_extent(&self, filter: &Filter) -> Option<Extent> {
        let (oldest, newest) = self.outer(filter)?;
        let inner = Extent { oldest: oldest.newest, newest: newest.oldest };
        (inner.oldest <= inner.newest).then_some(inner)
    }

    /// Where the oldest piece with matching entries lies, and where the newest.
    fn outer(&self, filter: &Filter) -> Option<(Extent, Extent)> {
        let of = |(_, piece): (usize, &Piece)| first_and_last(piece, filter);
        let newest = self.matching_pieces(filter).next().map(of)?;
        let oldest = self.matching_pieces(filter).last().map(of)?;
        Some((oldest, newest))
    }

    /// How many matching entries each period holds, where no piece lies across two.
    pub(super) fn by_period(&self, level: Level, filter: &Filter) -> BTreeMap<Period, u64> {
        let mut counts = BTreeMap::new();
        for (_, piece) in self.matching_pieces(filter) {
            if let Piece::Rows { entries, .. } = piece {
                for entry in entries.iter().filter(|entry| filter.matches_kind(entry)) {
                    *counts.entry(Period::holding(level, entry.id.occurred_at())).or_default() += 1;
                }
            } else {
                let period = Period::holding(level, piece.span().low.occurred_at());
                *counts.entry(period).or_default() += piece.matching(filter);
            }
        }
        counts
    }

    /// The pieces with matching entries, and their places, the newest first.
    fn matching_pieces(&self, filter: &Filter) -> impl Iterator<Item = (usize, &Piece)> {
        self.iter().enumerate().filter(|(_, piece)| piece.matching(filter) > 0)
    }
}

/// Whether it is counted, and lies in more than one period.
fn is_across(piece: &Piece, level: Level) -> bool {
    let span = piece.span();
    let period = |id: EntryId| Period::holding(level, id.occurred_at());
    matches!(piece, Piece::Known { .. }) && period(span.low) != period(span.high)
}

/// The ends of a piece or, if it is read, of its matching entries.
fn first_and_last(piece: &Piece, filter: &Filter) -> Extent {
    let span = piece.span();
    let read = match piece {
        Piece::Rows { entries, .. } => entries.as_slice(),
        Piece::Known { .. } | Piece::Unknown(_) => &[],
    };
    let mut moments =
        read.iter().filter(|entry| filter.matches_kind(entry)).map(|entry| entry.id.occurred_at());
    let newest = moments.next();
    let oldest = moments.next_back().or(newest);
    Extent {
        oldest: oldest.unwrap_or(span.low.occurred_at()),
        newest: newest.unwrap_or(span.high.occurred_at()),
    }
}
