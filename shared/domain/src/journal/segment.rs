//! Owns the segment: entries with their sequence numbers, in memory and as bytes.

use crate::entry::Outcome;
use crate::identity::EntryId;
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of a segment. With 21 bytes each, and the names of their kinds, it is read for the price
/// of one item of 4 KB. It holds more only if more were recorded in one millisecond.
pub const SEGMENT_ENTRIES: usize = 160;

/// An entry as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// When it was recorded, or entered by a check ([`crate::entry::Entry::journal_time`]).
    pub recorded_at: Timestamp,
    /// Its id.
    pub id: EntryId,
    /// Its kind.
    pub kind: Cell,
}

/// A stretch of the journal: what was recorded after `from`, up to and including `through`.
///
/// Segments form a chain: each begins where the one before it ends. A segment is put under its
/// `from` only if no segment is there. So of two sequencers that continue the same segment one
/// loses (J3), and a segment never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The end of the segment before, exclusive here. The first one begins at [`Timestamp::MIN`].
    pub from: Timestamp,
    /// The end, inclusive.
    pub through: Timestamp,
    /// The sequence number of the first entry. The others follow without a gap.
    pub first: u64,
    /// The entries, by (`recorded_at`, `id`).
    pub entries: Vec<Numbered>,
}

/// The bytes of a segment's entries: postcard's wire format (version 1) of this shape. Each name is
/// written once and referred to by its index.
#[derive(Debug, Serialize, Deserialize)]
struct SegmentBytes {
    actions: Vec<Arc<str>>,
    target_types: Vec<Arc<str>>,
    /// Action, target type, outcome.
    kinds: Vec<(u32, u32, Outcome)>,
    entries: Vec<EntryBytes>,
}

/// An entry: milliseconds since the one before it was recorded, or since the segment's start;
/// milliseconds from then to when it happened; its digest; the index of its kind.
type EntryBytes = (i64, i64, [u8; 16], u32);

/// Bytes that do not hold a segment or a marker.
#[derive(Debug, thiserror::Error)]
#[error("not the bytes of a part of the journal")]
pub struct MalformedSegment;

impl Segment {
    /// The sequence number of the entry that comes after it.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.first + u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// The entries with their sequence numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u64, &Numbered)> {
        (self.first..).zip(&self.entries)
    }

    /// The sequence number of an entry, if it is here.
    #[must_use]
    pub fn number_of(&self, id: EntryId) -> Option<u64> {
        self.numbered().find(|(_, entry)| entry.id == id).map(|(number, _)| number)
    }

    /// The entries as bytes.
    ///
    /// # Errors
    /// Never for a segment that [`Segment::from_bytes`] takes back.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MalformedSegment> {
        let (mut actions, mut target_types, mut kinds) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut before_ms = self.from.ms();
        let mut entries = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let recorded_ms = entry.recorded_at.ms();
            let since = recorded_ms - std::mem::replace(&mut before_ms, recorded_ms);
            let kind = (
                index_of(&mut actions, entry.kind.action.clone()),
                index_of(&mut target_types, entry.kind.target_type.clone()),
                entry.kind.outcome,
            );
            let happened = entry.id.occurred_at().ms() - recorded_ms;
            let digest = entry.id.digest().to_be_bytes();
            entries.push((since, happened, digest, index_of(&mut kinds, kind)));
        }
        let bytes = SegmentBytes {
            actions: in_order(actions),
            target_types: in_order(target_types),
            kinds: in_order(kinds),
            entries,
        };
        postcard::to_allocvec(&bytes).map_err(|_error| MalformedSegment)
    }

    /// Reads what [`Segment::to_bytes`] wrote.
    ///
    /// # Errors
    /// For any other bytes.
    pub fn from_bytes(
        from: Timestamp,
        through: Timestamp,
        first: u64,
        bytes: &[u8],
    ) -> Result<Self, MalformedSegment> {
        let read: SegmentBytes = postcard::from_bytes(bytes).map_err(|_error| MalformedSegment)?;
        let text =
            |texts: &[Arc<str>], index: u32| texts.get(usize::try_from(index).ok()?).cloned();
        let kinds = read.kinds.iter().map(|(action, target_type, outcome)| {
            Some(Cell {
                action: text(&read.actions, *action)?,
                target_type: text(&read.target_types, *target_type)?,
                outcome: *outcome,
            })
        });
        let kinds: Vec<Cell> = kinds.collect::<Option<_>>().ok_or(MalformedSegment)?;
        let mut recorded_ms = from.ms();
        let entries = read.entries.into_iter().map(|(since, happened, digest, kind)| {
            recorded_ms = recorded_ms.checked_add(since)?;
            let occurred_at = Timestamp::from_ms(recorded_ms.checked_add(happened)?)?;
            Some(Numbered {
                recorded_at: Timestamp::from_ms(recorded_ms)?,
                id: EntryId::new(occurred_at, u128::from_be_bytes(digest)),
                kind: kinds.get(usize::try_from(kind).ok()?)?.clone(),
            })
        });
        let entries = entries.collect::<Option<_>>().ok_or(MalformedSegment)?;
        Ok(Self { from, through, first, entries })
    }
}

/// The index of a value, in order of first appearance.
pub(super) fn index_of<T: Ord>(indexes: &mut BTreeMap<T, u32>, value: T) -> u32 {
    let next = u32::try_from(indexes.len()).unwrap_or(u32::MAX);
    *indexes.entry(value).or_insert(next)
}

/// The values by their indexes.
pub(super) fn in_order<T>(indexes: BTreeMap<T, u32>) -> Vec<T> {
    let mut values: Vec<_> = indexes.into_iter().collect();
    values.sort_by_key(|(_, index)| *index);
    values.into_iter().map(|(value, _)| value).collect()
}

#[cfg(test)]
mod tests;
