//! Owns the list of pieces that a ledger consists of: ranks, totals and rows, without reading
//! anything.

use super::super::piece::{Piece, Unknown, count};
use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::span::Span;
use crate::tally::{Cell, Histogram};
use std::ops::RangeInclusive;

/// Two pieces are read with one query if at most this many entries lie between them: a query of its
/// own costs at least 0.5 RCU, or 18 entries.
const ENTRIES_WORTH_A_QUERY: u64 = 18;

/// The pieces of a span.
///
/// Invariants, which debug builds check after every change:
/// - The newest piece comes first, and no two pieces overlap.
/// - No entry that the browse holds lies between two pieces. The caller that makes the pieces
///   ensures this.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces(Vec<Piece>);

/// Where an id lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// This many matching entries are newer.
    Rank(u64),
    /// It lies in the counted piece at this place, and only its rows can tell.
    Within(usize),
    /// Every piece is newer.
    OlderThanAll,
}

impl Pieces {
    /// The list of these pieces, the newest first.
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        debug_assert!(
            pieces
                .iter()
                .zip(pieces.iter().skip(1))
                .all(|(newer, older)| { older.span().high < newer.span().low }),
            "the newest piece comes first, and no two overlap"
        );
        Self(pieces)
    }

    /// The pieces, the newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Piece> {
        self.0.iter()
    }

    /// The piece at a place.
    pub(super) fn get(&self, place: usize) -> Option<&Piece> {
        self.0.get(place)
    }

    /// The unknown pieces, the newest first.
    pub(super) fn unknown(&self) -> impl Iterator<Item = Unknown> {
        self.0.iter().filter_map(Piece::unknown)
    }

    /// How many entries match.
    pub(super) fn matching(&self, filter: &Filter) -> u64 {
        self.0.iter().map(|piece| piece.matching(filter)).sum()
    }

    /// How many entries there are, matching or not.
    pub(super) fn total(&self) -> u64 {
        let totals = self.0.iter().map(|piece| match piece {
            Piece::Known { counts, .. } => counts.total(),
            Piece::Rows { entries, .. } => u64::try_from(entries.len()).unwrap_or(u64::MAX),
            Piece::Unknown(_) => 0,
        });
        totals.sum()
    }

    /// Whether a counted piece has entries whose kinds are not told apart.
    pub(super) fn hides_kinds(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Known { counts, .. } => counts.untold() > 0,
            Piece::Rows { .. } | Piece::Unknown(_) => false,
        })
    }

    /// How many entries there are of each kind.
    pub(super) fn histogram(&self) -> Histogram {
        let mut histogram = Histogram::default();
        for piece in &self.0 {
            match piece {
                Piece::Known { counts, .. } => histogram.add_all(counts),
                Piece::Rows { entries, .. } => {
                    for entry in entries {
                        histogram.add(Cell::of(entry), 1);
                    }
                }
                Piece::Unknown(_) => {}
            }
        }
        histogram
    }

    /// Where an id lies among the matching entries.
    pub(super) fn place_of(&self, id: EntryId, filter: &Filter) -> Place {
        let mut newer = 0;
        for (place, piece) in self.0.iter().enumerate() {
            let span = piece.span();
            if span.low > id {
                newer += piece.matching(filter);
                continue;
            }
            return match piece {
                Piece::Rows { entries, .. } => {
                    let above = entries.iter().take_while(|entry| entry.id > id);
                    Place::Rank(newer + count(above, filter))
                }
                _ if span.high <= id || piece.matching(filter) == 0 => Place::Rank(newer),
                _ => Place::Within(place),
            };
        }
        Place::OlderThanAll
    }

    /// The places of counted pieces that hold matching entries from the `first` newest to before
    /// the `end` newest.
    pub(super) fn counted_between(&self, first: u64, end: u64, filter: &Filter) -> Vec<usize> {
        let mut places = Vec::new();
        let mut newer = 0;
        for (place, piece) in self.0.iter().enumerate() {
            let through = newer + piece.matching(filter);
            let holds_some = newer < through && newer < end && first < through;
            if holds_some && matches!(piece, Piece::Known { .. }) {
                places.push(place);
            }
            newer = through;
        }
        places
    }

    /// The matching entries that are read, from the `first` newest to before the `end` newest.
    pub(super) fn rows_between(&self, first: u64, end: u64, filter: &Filter) -> Vec<Entry> {
        let (mut rank, mut rows) = (0, Vec::new());
        for piece in &self.0 {
            let Piece::Rows { entries, .. } = piece else {
                rank += piece.matching(filter);
                continue;
            };
            for entry in entries.iter().filter(|entry| filter.matches_kind(entry)) {
                if (first..end).contains(&rank) {
                    rows.push(entry.clone());
                }
                rank += 1;
            }
        }
        rows
    }

    /// The ranges of places to read with one query each, and the span of each: the places that are
    /// asked for, joined where little lies between them.
    pub(super) fn groups(&self, places: &[usize]) -> Vec<(RangeInclusive<usize>, Span)> {
        let mut groups: Vec<(RangeInclusive<usize>, Span)> = Vec::new();
        for &place in places {
            let Some(span) = self.get(place).map(Piece::span) else { continue };
            match groups.last_mut() {
                Some((joined, of_group))
                    if self.entries_between(*joined.end(), place) <= ENTRIES_WORTH_A_QUERY =>
                {
                    *joined = *joined.start()..=place;
                    of_group.low = span.low;
                }
                _ => groups.push((place..=place, span)),
            }
        }
        groups
    }

    /// Whether newer entries of one of these pieces were read before, and did not hold what was
    /// expected of them.
    pub(super) fn is_skimmed(&self, places: &RangeInclusive<usize>) -> bool {
        let pieces = self.0.get(places.clone()).unwrap_or_default();
        pieces.iter().any(|piece| matches!(piece, Piece::Known { is_skimmed: true, .. }))
    }

    /// How many entries of some counted pieces have to be read, from the newest on, to find the
    /// matching ones among them that come before the `end` newest of all. Within a piece, this is
    /// an estimate: matching entries are taken to lie evenly among the others.
    pub(super) fn entries_until(
        &self,
        places: &RangeInclusive<usize>,
        end: u64,
        filter: &Filter,
    ) -> u64 {
        let newer = self.0.iter().take(*places.start());
        let mut wanted = end.saturating_sub(newer.map(|piece| piece.matching(filter)).sum());
        let mut entries: u64 = 0;
        for piece in self.0.get(places.clone()).unwrap_or_default() {
            let Piece::Known { counts, .. } = piece else { continue };
            let (total, matching) = (counts.total(), counts.matching(filter));
            entries += match wanted {
                0 => break,
                _ if wanted >= matching => total,
                _ => estimated_reach(wanted, total, matching).min(total),
            };
            wanted = wanted.saturating_sub(matching);
        }
        entries
    }

    /// Replaces groups of counted pieces, the newest first, by what was read of each: its newest
    /// entries, and the part of its span that was not read.
    pub(super) fn replace_read(
        &mut self,
        groups: Vec<(RangeInclusive<usize>, Span)>,
        read: Vec<(Vec<Entry>, Option<Span>)>,
    ) {
        let finer = groups.into_iter().zip(read).map(|((places, span), (entries, rest))| {
            let older = self.0.get(places.clone()).unwrap_or_default().iter();
            let older: Vec<_> = older.filter_map(|piece| unread(piece, &entries, rest?)).collect();
            let low = rest.and_then(|rest| rest.high.after()).unwrap_or(span.low);
            let rows = Piece::Rows { span: Span { low, ..span }, entries };
            (places, std::iter::once(rows).chain(older).collect())
        });
        let finer = finer.collect();
        self.replace(finer);
    }

    /// How many entries a query would read in vain that reads two pieces and all between them. What
    /// is read already is not read again, and what is unknown may be anything.
    fn entries_between(&self, newer: usize, older: usize) -> u64 {
        let between = self.0.get(newer + 1..older).unwrap_or_default();
        let counts = between.iter().map(|piece| match piece {
            Piece::Known { counts, .. } => counts.total(),
            Piece::Rows { .. } | Piece::Unknown(_) => u64::MAX,
        });
        counts.fold(0, u64::saturating_add)
    }

    /// Replaces ranges of places, the newest first, by finer pieces.
    pub(super) fn replace(&mut self, finer: Vec<(RangeInclusive<usize>, Vec<Piece>)>) {
        let mut pieces = std::mem::take(&mut self.0);
        // The oldest first, so that the places of the newer ones stay as they are.
        for (places, finer) in finer.into_iter().rev() {
            pieces.splice(places, finer);
        }
        *self = Self::new(pieces);
    }

    /// Replaces unknown pieces, the newest first, by finer ones; those for which there is no
    /// replacement stay.
    pub(super) fn replace_unknown(&mut self, finer: Vec<Vec<Piece>>) {
        let mut finer = finer.into_iter();
        let pieces = std::mem::take(&mut self.0).into_iter().flat_map(|piece| match piece {
            Piece::Unknown(_) => finer.next().unwrap_or_else(|| vec![piece]),
            Piece::Known { .. } | Piece::Rows { .. } => vec![piece],
        });
        *self = Self::new(pieces.collect());
    }
}

/// How many of `total` entries have to be read to find `wanted` of the `matching` ones, if these
/// lie evenly among the others: one more than lie before the last wanted one on average.
pub(super) fn estimated_reach(wanted: u64, total: u64, matching: u64) -> u64 {
    if matching == total { wanted } else { ((wanted + 1) * total).div_ceil(matching) }
}

/// What is left of a counted piece after the entries above `rest` were read.
fn unread(piece: &Piece, read: &[Entry], rest: Span) -> Option<Piece> {
    let Piece::Known { span, counts, below, .. } = piece else { return None };
    let span = Span { high: rest.high, ..*span }.within(*span)?;
    if span == piece.span() {
        return Some(piece.clone());
    }
    let mut counts = counts.clone();
    for entry in read.iter().filter(|entry| piece.span().contains(entry.id)) {
        counts.remove(&Cell::of(entry), 1);
    }
    let has_more = counts.total() > 0;
    has_more.then_some(Piece::Known { span, counts, below: *below, is_skimmed: true })
}
