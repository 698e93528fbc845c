//! Owns the tally node: the counts of one period, in memory and as bytes.

use super::histogram::{Cell, Histogram};
use super::period::{Level, Period};
use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of a run. A run is what a list reads to find a row, once the counts have led to it: 16
/// entries of 450 bytes are 7 KB or 1 RCU.
const RUN_ENTRIES: u64 = 16;
/// The most runs of an hour. If there are more, neighbours are joined, so that a node stays a few
/// KB however busy its hour was.
const MAX_RUNS: usize = 256;

/// What is stored of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The period.
    pub period: Period,
    /// The high-water mark of late entries: the latest `now` of a writer that announced one (R1).
    /// It only grows and is never removed, so it serves as the version of an optimistic lock (R4).
    /// `None` means that no late entry was ever announced.
    pub reopened_at: Option<Timestamp>,
    /// The count. `None` means that no stored count holds.
    pub counted: Option<Counted>,
}

/// How many entries of each kind a period holds, part by part.
///
/// Invariant, proved in `docs/table.md`: every entry of the period that happened before `through`
/// and can still be seen is counted exactly once, under its present expiry. Besides, only entries
/// that nobody can see any more are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The end of what is counted, exclusive: the period's end once all of it is counted.
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

    /// Each part with the ids it may hold, the newest first. A run ends where the next one begins,
    /// any other part with its own period.
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

/// The bytes of a count: postcard's wire format (version 1) of this shape. Each name is written
/// once and referred to by its index.
#[derive(Debug, Serialize, Deserialize)]
struct CountedBytes {
    actions: Vec<Arc<str>>,
    target_types: Vec<Arc<str>>,
    /// Action, target type, life in milliseconds.
    cells: Vec<(u32, u32, Option<i64>)>,
    parts: Vec<PartBytes>,
}

/// A part: milliseconds since the part before it, or since the period's start; the digest of its
/// lowest id, if that is not zero; the indexes of its kinds with their counts.
type PartBytes = (u64, Option<u128>, Vec<(u32, u64)>);

/// A count that cannot be written, or bytes that do not hold one.
#[derive(Debug, thiserror::Error)]
#[error("not the bytes of a count")]
pub struct MalformedCount;

/// The index of each text or kind, in order of first appearance.
#[derive(Debug)]
struct Indexes<T>(BTreeMap<T, u32>);

impl<T: Ord + Clone> Indexes<T> {
    fn of(&mut self, value: &T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(value.clone()).or_insert(next)
    }

    fn in_order(self) -> Vec<T> {
        let mut values: Vec<_> = self.0.into_iter().collect();
        values.sort_by_key(|(_, index)| *index);
        values.into_iter().map(|(value, _)| value).collect()
    }
}

impl Counted {
    /// The count of a period as bytes.
    ///
    /// # Errors
    /// When the parts are not in order.
    pub fn to_bytes(&self, period: Period) -> Result<Vec<u8>, MalformedCount> {
        let (mut actions, mut target_types, mut cells) =
            (Indexes(BTreeMap::new()), Indexes(BTreeMap::new()), Indexes(BTreeMap::new()));
        let (mut parts, mut before_ms): (Vec<PartBytes>, i64) =
            (Vec::with_capacity(self.parts.len()), period.start().ms());
        for part in &self.parts {
            let at_ms = part.low.occurred_at().ms();
            let since = u64::try_from(at_ms - before_ms).map_err(|_negative| MalformedCount)?;
            before_ms = at_ms;
            let counts = part.counts.iter().map(|(cell, count)| {
                let kind =
                    (actions.of(&cell.action), target_types.of(&cell.target_type), cell.life_ms);
                (cells.of(&kind), count)
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
    /// For any other bytes.
    pub fn from_bytes(
        bytes: &[u8],
        period: Period,
        through: Timestamp,
    ) -> Result<Self, MalformedCount> {
        let (read, rest): (CountedBytes, _) =
            postcard::take_from_bytes(bytes).map_err(|_error| MalformedCount)?;
        let text =
            |texts: &[Arc<str>], index: u32| texts.get(usize::try_from(index).ok()?).cloned();
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
            let counts = counts.into_iter().map(|(index, count)| {
                Some((cells.get(usize::try_from(index).ok()?)?.clone(), count))
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
mod tests;
