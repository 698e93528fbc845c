//! Owns the unusual entries of a day, in memory and as bytes.

use super::{Reason, Reasons};
use crate::directory::Day;
use crate::entry::Outcome;
use crate::identity::EntryId;
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most entries of a day. They take some 25 bytes each, and an item at most 400 KB.
const MOST_ENTRIES: usize = 10_000;

/// An unusual entry, with what a list must know to select and count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// Why it is unusual.
    pub reasons: Reasons,
    /// Its kind.
    pub kind: Cell,
    /// When it was recorded ([`crate::entry::Entry::journal_time`]).
    pub recorded_at: Timestamp,
}

/// The unusual entries of a day in UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnusualDay {
    entries: BTreeMap<EntryId, Flagged>,
    /// Whether there were more than are kept.
    pub is_cut: bool,
}

/// The bytes of a day: postcard's wire format (version 1) of this shape. Each kind is written once
/// and referred to by its index.
#[derive(Debug, Serialize, Deserialize)]
struct DayBytes {
    kinds: Vec<(Arc<str>, Arc<str>, Outcome)>,
    entries: Vec<EntryBytes>,
    is_cut: bool,
}

/// An entry: milliseconds since the one before it happened, or since the day began; milliseconds
/// from then until it was recorded; its digest; the index of its kind; its reasons.
type EntryBytes = (i64, i64, [u8; 16], u32, u8);

/// Bytes that do not hold the unusual entries of a day.
#[derive(Debug, thiserror::Error)]
#[error("not the bytes of the unusual entries of a day")]
pub struct MalformedDay;

impl UnusualDay {
    /// The entries, by their ids.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (EntryId, &Flagged)> {
        self.entries.iter().map(|(id, flagged)| (*id, flagged))
    }

    /// An entry.
    #[must_use]
    pub fn get(&self, id: EntryId) -> Option<&Flagged> {
        self.entries.get(&id)
    }

    /// Whether it holds no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds reasons to an entry.
    pub fn add(&mut self, id: EntryId, new: Flagged) {
        let is_full = self.entries.len() >= MOST_ENTRIES;
        if let Some(known) = self.entries.get_mut(&id) {
            new.reasons.iter().for_each(|reason| known.reasons.add(reason));
        } else if is_full {
            self.is_cut = true;
        } else {
            self.entries.insert(id, new);
        }
    }

    /// Takes reasons away from an entry.
    pub fn remove(&mut self, id: EntryId, gone: impl IntoIterator<Item = Reason>) {
        let Some(known) = self.entries.get_mut(&id) else { return };
        gone.into_iter().for_each(|reason| known.reasons.remove(reason));
        if known.reasons.is_empty() {
            self.entries.remove(&id);
        }
    }

    /// The entries of this day as bytes.
    ///
    /// # Errors
    /// Never for a day that [`UnusualDay::from_bytes`] takes back.
    pub fn to_bytes(&self, day: Day) -> Result<Vec<u8>, MalformedDay> {
        let mut kinds: Vec<&Cell> = self.entries.values().map(|flagged| &flagged.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut before = day.start().ms();
        let mut entries = Vec::with_capacity(self.entries.len());
        for (id, flagged) in &self.entries {
            let at = id.occurred_at().ms();
            let kind = kinds.binary_search(&&flagged.kind).map_err(|_absent| MalformedDay)?;
            let kind = u32::try_from(kind).map_err(|_error| MalformedDay)?;
            let (recorded, reasons) = (flagged.recorded_at.ms() - at, flagged.reasons.bits());
            entries.push((at - before, recorded, id.digest().to_be_bytes(), kind, reasons));
            before = at;
        }
        let kind = |kind: &Cell| (kind.action.clone(), kind.target_type.clone(), kind.outcome);
        let kinds = kinds.into_iter().map(kind).collect();
        let bytes = DayBytes { kinds, entries, is_cut: self.is_cut };
        postcard::to_allocvec(&bytes).map_err(|_error| MalformedDay)
    }

    /// Reads what [`UnusualDay::to_bytes`] wrote.
    ///
    /// # Errors
    /// For any other bytes.
    pub fn from_bytes(day: Day, bytes: &[u8]) -> Result<Self, MalformedDay> {
        let Ok((DayBytes { kinds, entries, is_cut }, [])) = postcard::take_from_bytes(bytes) else {
            return Err(MalformedDay);
        };
        let mut read = Self { entries: BTreeMap::new(), is_cut };
        let mut at = day.start().ms();
        let moment = |ms: Option<i64>| ms.and_then(Timestamp::from_ms).ok_or(MalformedDay);
        for (after, recorded, digest, kind, reasons) in entries {
            let happened = moment(at.checked_add(after))?;
            at = happened.ms();
            let index = usize::try_from(kind).map_err(|_error| MalformedDay)?;
            let (action, target_type, outcome) = kinds.get(index).ok_or(MalformedDay)?.clone();
            let id = EntryId::new(happened, u128::from_be_bytes(digest));
            let flagged = Flagged {
                reasons: Reasons::from_bits(reasons),
                kind: Cell { action, target_type, outcome },
                recorded_at: moment(at.checked_add(recorded))?,
            };
            read.entries.insert(id, flagged);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::at;

    fn flagged(reasons: &[Reason], action: &str) -> Flagged {
        Flagged {
            reasons: reasons.iter().copied().collect(),
            kind: Cell {
                action: action.into(),
                target_type: "member".into(),
                outcome: Outcome::Denied,
            },
            recorded_at: at("2026-11-22T14:05:07Z"),
        }
    }

    /// Golden: days have these bytes while the schema is 1.
    #[test]
    fn the_bytes_are_fixed_and_read_back() {
        let noon = at("2026-11-22T12:00:00Z");
        let day = Day::of(noon);
        let mut of_day = UnusualDay::default();
        of_day.add(EntryId::new(noon, 7), flagged(&[Reason::NewActor], "b"));
        of_day.add(EntryId::new(noon.plus_ms(5), 8), flagged(&[Reason::Burst], "a"));
        of_day.add(EntryId::new(noon, 7), flagged(&[Reason::Returned], "b"));
        let bytes = of_day.to_bytes(day).unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(&bytes),
            "02\
             0161066d656d62657202\
             0162066d656d62657202\
             02\
             80b89929f0b09407\
             0000000000000000000000000000000701\
             09\
             0ae6b09407\
             0000000000000000000000000000000800\
             20\
             00"
        );
        assert_eq!(UnusualDay::from_bytes(day, &bytes).unwrap(), of_day);
        for end in 0..bytes.len() {
            assert!(UnusualDay::from_bytes(day, &bytes[..end]).is_err());
        }
    }

    #[test]
    fn reasons_come_and_go_and_the_last_one_takes_the_entry_with_it() {
        let id = EntryId::new(at("2026-11-22T12:00:00Z"), 7);
        let mut day = UnusualDay::default();
        day.add(id, flagged(&[Reason::NewActor, Reason::Burst], "a"));
        day.remove(id, [Reason::Burst, Reason::Returned]);
        assert_eq!(day.get(id).unwrap().reasons, [Reason::NewActor].into_iter().collect());
        day.remove(id, [Reason::NewActor]);
        assert!(day.is_empty());
        day.remove(id, [Reason::NewActor]);
    }

    #[test]
    fn a_day_is_bounded_and_says_so() {
        let noon = at("2026-11-22T12:00:00Z");
        let mut day = UnusualDay::default();
        for digest in 0..=10_000 {
            assert!(!day.is_cut);
            day.add(EntryId::new(noon, digest), flagged(&[Reason::NewActor], "a"));
        }
        assert!(day.is_cut);
        assert_eq!(day.iter().count(), 10_000);
        let bytes = day.to_bytes(Day::of(noon)).unwrap();
        assert!(bytes.len() < 300_000, "{}", bytes.len());
    }
}
