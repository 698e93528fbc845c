//! Owns the marker, which announces entries that are out of order, and later may confirm which of
//! them are stored (J2).

use super::segment::{MalformedSegment, Numbered, in_order, index_of};
use crate::entry::Outcome;
use crate::identity::EntryId;
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most ids of one marker. A batch of 100 entries has three markers of 1 KB, which one write
/// unit each pays for, and another one when they confirm entries of few kinds.
pub const MARKER_IDS: usize = 34;

/// Days for which a marker is kept: sequencers are never that much behind.
pub const MARKER_DAYS: i64 = 7;

/// The place of a marker among the others: when it was written, and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarkerPlace {
    /// When it was written.
    pub at: Timestamp,
    /// Its name.
    pub name: u128,
}

/// Announces entries that are out of order, before they are stored. An announced entry need not
/// come: its request may fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The writer's clock, read before the `recorded_at` of each of the entries.
    pub at: Timestamp,
    /// The ids of the entries, in order.
    pub ids: Vec<EntryId>,
    /// Those of the entries that the store has acknowledged, in order of their ids: the writer has
    /// stored them, with this `recorded_at`. Empty until then.
    pub confirmed: Vec<Numbered>,
}

/// The bytes of a marker's ids: postcard's wire format (version 1). Milliseconds since the id
/// before, or since the Unix epoch, and the digest.
type IdBytes = Vec<(i64, [u8; 16])>;

/// The bytes of what a marker confirms: postcard's wire format (version 1) of this shape. Each name
/// is written once and referred to by its index.
#[derive(Debug, Serialize, Deserialize)]
struct ConfirmedBytes {
    actions: Vec<Arc<str>>,
    target_types: Vec<Arc<str>>,
    /// How an entry is stored: milliseconds from the marker to its `recorded_at`, action, target
    /// type, outcome.
    states: Vec<(i64, u32, u32, Outcome)>,
    /// For each id of the marker, in order: 0 if it is not confirmed, else 1 more than the index of
    /// its state.
    entries: Vec<u32>,
}

impl Marker {
    /// The markers that announce these entries.
    #[must_use]
    pub fn of(at: Timestamp, ids: impl IntoIterator<Item = EntryId>) -> Vec<Self> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let marker = |ids: &[EntryId]| Self { at, ids: ids.to_vec(), confirmed: Vec::new() };
        ids.chunks(MARKER_IDS).map(marker).collect()
    }

    /// The marker with those of its entries that are in `stored`.
    #[must_use]
    pub fn confirming(self, stored: &BTreeMap<EntryId, Numbered>) -> Self {
        let confirmed = self.ids.iter().filter_map(|id| stored.get(id).cloned()).collect();
        Self { confirmed, ..self }
    }

    /// Its place. The name tells it from other markers of the same millisecond: it follows from
    /// the ids.
    #[must_use]
    pub fn place(&self) -> MarkerPlace {
        let name = self.ids.iter().fold(0, |name, id| name ^ id.digest());
        MarkerPlace { at: self.at, name }
    }

    /// The ids as bytes.
    ///
    /// # Errors
    /// Never for ids in order.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MalformedSegment> {
        let mut before_ms = 0;
        let ids: IdBytes = self
            .ids
            .iter()
            .map(|id| {
                let ms = id.occurred_at().ms();
                (ms - std::mem::replace(&mut before_ms, ms), id.digest().to_be_bytes())
            })
            .collect();
        postcard::to_allocvec(&Bytes { ids }).map_err(|_error| MalformedSegment)
    }

    /// Reads what [`Marker::to_bytes`] wrote.
    ///
    /// # Errors
    /// For any other bytes.
    pub fn from_bytes(at: Timestamp, bytes: &[u8]) -> Result<Self, MalformedSegment> {
        let read: Bytes = postcard::from_bytes(bytes).map_err(|_error| MalformedSegment)?;
        let mut ms = 0_i64;
        let ids = read.ids.into_iter().map(|(since, digest)| {
            ms = ms.checked_add(since)?;
            Some(EntryId::new(Timestamp::from_ms(ms)?, u128::from_be_bytes(digest)))
        });
        let ids = ids.collect::<Option<_>>().ok_or(MalformedSegment)?;
        Ok(Self { at, ids, confirmed: Vec::new() })
    }

    /// What it confirms as bytes.
    ///
    /// # Errors
    /// Never for entries of this marker.
    pub fn confirmed_to_bytes(&self) -> Result<Vec<u8>, MalformedSegment> {
        let (mut actions, mut target_types, mut states) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut entries = Vec::with_capacity(self.ids.len());
        let mut confirmed = self.confirmed.iter().peekable();
        for id in &self.ids {
            let Some(entry) = confirmed.next_if(|entry| entry.id == *id) else {
                entries.push(0);
                continue;
            };
            let Cell { action, target_type, outcome } = entry.kind.clone();
            let since_ms = entry.recorded_at.ms() - self.at.ms();
            let state = (
                since_ms,
                index_of(&mut actions, action),
                index_of(&mut target_types, target_type),
                outcome,
            );
            entries.push(index_of(&mut states, state).saturating_add(1));
        }
        let bytes = ConfirmedBytes {
            actions: in_order(actions),
            target_types: in_order(target_types),
            states: in_order(states),
            entries,
        };
        postcard::to_allocvec(&bytes).map_err(|_error| MalformedSegment)
    }

    /// The marker with what [`Marker::confirmed_to_bytes`] wrote.
    ///
    /// # Errors
    /// For any other bytes.
    pub fn with_confirmed_bytes(self, bytes: &[u8]) -> Result<Self, MalformedSegment> {
        let read: ConfirmedBytes =
            postcard::from_bytes(bytes).map_err(|_error| MalformedSegment)?;
        if read.entries.len() != self.ids.len() {
            return Err(MalformedSegment);
        }
        let text = |texts: &[Arc<str>], index: u32| {
            texts.get(usize::try_from(index).ok()?).map(Arc::clone)
        };
        let state = |id: EntryId, index: u32| {
            let (since_ms, action, target_type, outcome) =
                *read.states.get(usize::try_from(index).ok()?)?;
            Some(Numbered {
                recorded_at: Timestamp::from_ms(self.at.ms().checked_add(since_ms)?)?,
                id,
                kind: Cell {
                    action: text(&read.actions, action)?,
                    target_type: text(&read.target_types, target_type)?,
                    outcome,
                },
            })
        };
        let stored = self.ids.iter().zip(&read.entries);
        let stored = stored.filter_map(|(id, place)| Some(state(*id, place.checked_sub(1)?)));
        let confirmed = stored.collect::<Option<_>>().ok_or(MalformedSegment)?;
        Ok(Self { confirmed, ..self })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Bytes {
    ids: IdBytes,
}

#[cfg(test)]
mod tests;
