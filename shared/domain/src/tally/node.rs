//! Owns the tally node: what is known of one period, in memory and as bytes.

use super::histogram::{Cell, Histogram};
use super::period::{Level, Period};
use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of a run: what is read to find a row once the counts have led to it. 16 entries of 450
/// bytes are 7 KB or 1 RCU.
pub(super) const RUN_ENTRIES: u64 = 16;
/// The most runs of an hour. Beyond, neighbours are joined, so that a node stays a few KB however
/// busy its hour was.
const MAX_RUNS: usize = 256;

/// What is stored of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The period.
    pub period: Period,
    /// When an entry was last announced that came too late for a count made before. It only moves
    /// on.
    pub reopened_at: Option<Timestamp>,
    /// The count, if there is one in force.
    pub counted: Option<Counted>,
}

/// How many entries of each kind a period holds, part by part.
///
/// It says: of all ids from the period's first to the first of `through`, exclusive, exactly these
/// are in the table, except for entries that nobody can see any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The end of what is counted, exclusive: the period's end once it is over.
    pub through: Timestamp,
    /// The parts that hold entries, the oldest first: the periods of the level below, or runs of
    /// entries within an hour.
    pub parts: Vec<Part>,
}

/// A part: from its lowest id to the next part's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The lowest id that can be in it.
    pub low: EntryId,
    /// What it holds.
    pub counts: Histogram,
}

impl Counted {
    /// Nothing yet, counted up to `through`.
    #[must_use]
    pub fn nothing(through: Timestamp) -> Self {
        Self { through, parts: Vec::new() }
    }

    /// What all parts hold.
    #[must_use]
    pub fn sum(&self) -> Histogram {
        let mut sum = Histogram::default();
        self.parts.iter().for_each(|part| sum.add_all(&part.counts));
        sum
    }

    /// How many entries are counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.parts.iter().map(|part| part.counts.total()).sum()
    }

    /// Each part with the ids it may hold, the newest first. A part of an upper level ends with its
    /// own period.
    pub fn spans(&self, level: Level) -> impl Iterator<Item = (Span, &Part)> {
        let ends =
            self.parts.iter().skip(1).map(|next| next.low).chain([EntryId::first_of(self.through)]);
        let spans = self.parts.iter().zip(ends.collect::<Vec<_>>()).map(move |(part, end)| {
            let period = level
                .below()
                .map(|below| Period::holding(below, part.low.occurred_at()).span().high);
            let high = end.before().unwrap_or(part.low);
            (Span { low: part.low, high: period.map_or(high, |period| period.min(high)) }, part)
        });
        spans.rev()
    }

    /// Adds a period of the level below, newer than all parts so far, with what it holds.
    pub fn push(&mut self, period: Period, counts: Histogram) {
        if counts.total() > 0 {
            self.parts.push(Part { low: EntryId::first_of(period.start()), counts });
        }
    }

    /// Adds entries of an hour, the oldest first and newer than all parts so far, as runs.
    pub fn push_entries(&mut self, entries: impl IntoIterator<Item = (EntryId, Cell)>) {
        for (id, cell) in entries {
            match self.parts.last_mut() {
                Some(run) if run.counts.total() < RUN_ENTRIES => run.counts.add(cell, 1),
                _ => self.parts.push(Part { low: id, counts: [(cell, 1)].into_iter().collect() }),
            }
        }
        while self.parts.len() > MAX_RUNS {
            self.join_neighbours();
        }
    }

    fn join_neighbours(&mut self) {
        let mut joined: Vec<Part> = Vec::with_capacity(self.parts.len().div_ceil(2));
        for (index, part) in std::mem::take(&mut self.parts).into_iter().enumerate() {
            match joined.last_mut() {
                Some(before) if index % 2 == 1 => before.counts.add_all(&part.counts),
                _ => joined.push(part),
            }
        }
        self.parts = joined;
    }
}

/// The bytes of a count: postcard's wire format (version 1) of this shape. Names are written once
/// and then meant by their place.
#[derive(Debug, Serialize, Deserialize)]
struct CountedBytes {
    actions: Vec<Arc<str>>,
    target_types: Vec<Arc<str>>,
    /// Action, target type, life in milliseconds.
    cells: Vec<(u32, u32, Option<i64>)>,
    parts: Vec<PartBytes>,
}

/// A part: milliseconds since the part before, or since the period's start; the digest of its
/// lowest id, if that is not zero; kinds and counts.
type PartBytes = (u64, Option<u128>, Vec<(u32, u64)>);

/// A count that cannot be written, or bytes that are none.
#[derive(Debug, thiserror::Error)]
#[error("not the bytes of a count")]
pub struct MalformedCount;

/// The place of each text or kind, in order of first appearance.
#[derive(Debug)]
struct Places<T>(BTreeMap<T, u32>);

impl<T: Ord + Clone> Places<T> {
    fn of(&mut self, value: &T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(value.clone()).or_insert(next)
    }

    fn in_order(self) -> Vec<T> {
        let mut values: Vec<_> = self.0.into_iter().collect();
        values.sort_by_key(|(_, place)| *place);
        values.into_iter().map(|(value, _)| value).collect()
    }
}

impl Counted {
    /// The count of a period as bytes.
    ///
    /// # Errors
    /// When a part lies before the one before it.
    pub fn to_bytes(&self, period: Period) -> Result<Vec<u8>, MalformedCount> {
        let (mut actions, mut target_types, mut cells) =
            (Places(BTreeMap::new()), Places(BTreeMap::new()), Places(BTreeMap::new()));
        let (mut parts, mut before_ms): (Vec<PartBytes>, i64) =
            (Vec::with_capacity(self.parts.len()), period.start().ms());
        for part in &self.parts {
            let at_ms = part.low.occurred_at().ms();
            let since = u64::try_from(at_ms - before_ms).map_err(|_negative| MalformedCount)?;
            before_ms = at_ms;
            let counts = part.counts.iter().map(|(cell, count)| {
                let place =
                    (actions.of(&cell.action), target_types.of(&cell.target_type), cell.life_ms);
                (cells.of(&place), count)
            });
            parts.push((
                since,
                Some(part.low.digest()).filter(|digest| *digest > 0),
                counts.collect(),
            ));
        }
        let bytes = CountedBytes {
            actions: actions.in_order(),
            target_types: target_types.in_order(),
            cells: cells.in_order(),
            parts,
        };
        postcard::to_allocvec(&bytes).map_err(|_error| MalformedCount)
    }

    /// Reads what [`Counted::to_bytes`] wrote.
    ///
    /// # Errors
    /// For anything else.
    pub fn from_bytes(
        bytes: &[u8],
        period: Period,
        through: Timestamp,
    ) -> Result<Self, MalformedCount> {
        let (read, rest): (CountedBytes, _) =
            postcard::take_from_bytes(bytes).map_err(|_error| MalformedCount)?;
        let text =
            |texts: &[Arc<str>], place: u32| texts.get(usize::try_from(place).ok()?).cloned();
        let cells = read.cells.iter().map(|(action, target_type, life_ms)| {
            Some(Cell {
                action: text(&read.actions, *action)?,
                target_type: text(&read.target_types, *target_type)?,
                life_ms: *life_ms,
            })
        });
        let cells: Vec<Cell> = cells.collect::<Option<_>>().ok_or(MalformedCount)?;
        let mut at = period.start();
        let parts = read.parts.into_iter().map(|(since, digest, counts)| {
            at = at.plus_ms(i64::try_from(since).ok()?);
            let counts = counts.into_iter().map(|(place, count)| {
                Some((cells.get(usize::try_from(place).ok()?)?.clone(), count))
            });
            Some(Part {
                low: EntryId::new(at, digest.unwrap_or_default()),
                counts: counts.collect::<Option<_>>()?,
            })
        });
        let counted = Self { through, parts: parts.collect::<Option<_>>().ok_or(MalformedCount)? };
        let is_whole = rest.is_empty() && counted.parts.is_sorted_by(|a, b| a.low < b.low);
        is_whole.then_some(counted).ok_or(MalformedCount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(action: &str, target_type: &str, days: Option<i64>) -> Cell {
        Cell {
            action: action.into(),
            target_type: target_type.into(),
            life_ms: days.map(|days| days * 86_400_000),
        }
    }

    fn hour() -> Period {
        Period::holding(Level::Hour, Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap())
    }

    /// Golden: counts have these bytes while a node's schema is 1.
    #[test]
    fn the_bytes_of_a_count_are_fixed() {
        let mut counted = Counted::nothing(hour().end());
        let id = |ms, digest| EntryId::new(hour().start().plus_ms(ms), digest);
        let invite = cell("member.invite", "member", Some(365));
        counted.push_entries((0..16).map(|n| (id(300, n), invite.clone())));
        counted.push_entries([
            (id(300, 16), invite),
            (id(2_000, 5), cell("settings.update", "settings", None)),
        ]);
        let bytes = counted.to_bytes(hour()).unwrap();
        let golden = "020d6d656d6265722e696e766974650f73657474696e67732e75706461746502066d656d6265720873657474696e67730200000180b089fbea0101010002ac02000100100001100200010101";
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden);
        assert_eq!(Counted::from_bytes(&bytes, hour(), counted.through).unwrap(), counted);
    }

    #[test]
    fn a_busy_hour_stays_small_and_loses_nothing() {
        let mut counted = Counted::nothing(hour().end());
        let kinds = ["member.invite", "member.remove", "project.update", "settings.update"]
            .map(|action| cell(action, "member", Some(90)));
        let ids = (0..100_000_u32)
            .map(|n| EntryId::new(hour().start().plus_ms(i64::from(n) * 36), u128::from(n)));
        let entries = ids.zip(kinds.iter().cycle().cloned());
        counted.push_entries(entries);
        assert_eq!(counted.total(), 100_000);
        assert!(counted.parts.len() <= MAX_RUNS);
        assert!(counted.to_bytes(hour()).unwrap().len() < 8 * 1_024);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Counted::from_bytes(&bytes, hour(), hour().end());
        }

        #[test]
        fn spans_hold_every_id_once_and_nothing_is_between_them(ids in proptest::collection::btree_set((0_i64..3_600_000, 0_u128..3), 1..300)) {
            let mut counted = Counted::nothing(hour().end());
            let ids: Vec<_> = ids.into_iter().map(|(ms, digest)| EntryId::new(hour().start().plus_ms(ms), digest)).collect();
            counted.push_entries(ids.iter().map(|id| (*id, cell("a", "b", None))));
            let spans: Vec<_> = counted.spans(Level::Hour).collect();
            for (span, part) in &spans {
                let inside = ids.iter().filter(|id| span.low <= **id && **id <= span.high).count();
                prop_assert_eq!(u64::try_from(inside).unwrap(), part.counts.total());
            }
            prop_assert!(spans.windows(2).all(|pair| pair[1].0.high < pair[0].0.low));
            let bytes = counted.to_bytes(hour()).unwrap();
            prop_assert_eq!(Counted::from_bytes(&bytes, hour(), hour().end()).unwrap(), counted);
        }
    }
}
