//! Owns the marker, which announces entries that are out of order (J2).

use super::segment::MalformedSegment;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// The most ids of one marker: so many make an item of at most 1 KB, which one write unit pays for.
pub const MARKER_IDS: usize = 40;

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
}

/// The bytes of a marker's ids: postcard's wire format (version 1). Milliseconds since the id
/// before, or since the Unix epoch, and the digest.
type IdBytes = Vec<(i64, [u8; 16])>;

impl Marker {
    /// The markers that announce these entries.
    #[must_use]
    pub fn of(at: Timestamp, ids: impl IntoIterator<Item = EntryId>) -> Vec<Self> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.chunks(MARKER_IDS).map(|ids| Self { at, ids: ids.to_vec() }).collect()
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
        Ok(Self { at, ids: ids.collect::<Option<_>>().ok_or(MalformedSegment)? })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Bytes {
    ids: IdBytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> EntryId {
        EntryId::new(
            Timestamp::clamped(1_700_000_000_000 + i64::from(n) * 977),
            u128::from(n) << 90,
        )
    }

    #[test]
    fn a_hundred_entries_are_announced_by_three_markers_that_read_back() {
        let at = Timestamp::clamped(1_700_000_000_000);
        let markers = Marker::of(at, (1..=100).rev().chain([7]).map(id));
        assert_eq!(markers.iter().map(|marker| marker.ids.len()).collect::<Vec<_>>(), [40, 40, 20]);
        for marker in markers {
            let bytes = marker.to_bytes().unwrap();
            assert!(bytes.len() <= 900, "{}: an item of one write unit", bytes.len());
            assert_eq!(Marker::from_bytes(at, &bytes).unwrap(), marker);
        }
        assert!(Marker::from_bytes(at, &[200]).is_err());
    }
}
