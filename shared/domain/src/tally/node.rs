//! Owns the tally node: the counts of one period, in memory and as bytes.

use super::histogram::{Cell, Histogram};
use super::period::{Level, Period};
use crate::entry::Outcome;
use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of a run. A run is what a list reads to find a row, once the counts have led to it: 16
/// entries of 500 bytes are 8 KB or 1 RCU.
const RUN_ENTRIES: u64 = 16;
/// The most runs of an hour. If there are more, neighbours are joined, so that a node stays a few
/// KB however busy its hour was.
const MAX_RUNS: usize = 256;

/// The most bytes of a count. An item has at most 400 KB, with its names and key. 4,000 kinds that
/// are in use in each month of a year take 230 KB: 20 bytes for each name and 4 for each count.
/// Source: "Quotas in Amazon DynamoDB".
const MAX_BYTES: usize = 256 * 1_024;
/// So many counts fit in any case: at most 220 bytes each, of which 194 are for the names.
const SURE_TO_FIT: usize = 1_000;

/// What is stored of a period: a fold over the journal.
///
/// Invariant (J4): every entry of the period with a sequence number below `through` is counted
/// exactly once, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The period.
    pub period: Period,
    /// The sequence number up to which the journal is folded, exclusive.
    pub through: u64,
    /// The counts.
    pub counted: Counted,
}

/// How many entries of each kind a period holds, part by part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The parts that hold entries, the oldest first: the periods of the level below, or runs of
    /// entries within an hour.
    pub parts: Vec<Part>,
    /// The greatest id that is counted, for an hour only: it is the end of the last run.
    pub last: Option<EntryId>,
}

/// A part: from its lowest id to the next part's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The lowest id that can be in it.
    pub low: EntryId,
    /// What it holds.
    pub counts: Histogram,
}

impl Node {
    /// A node that counts nothing yet.
    #[must_use]
    pub fn empty(period: Period) -> Self {
        Self { period, through: 0, counted: Counted::default() }
    }

    /// J4: the node after the folding of entries of its period, in order of their ids, with their
    /// sequence numbers, up to the number `through`. What it holds already is not added again.
    ///
    /// A node whose kinds do not fit in an item tells them apart no longer, now and later. It still
    /// counts its entries.
    #[must_use]
    pub fn folded(
        mut self,
        entries: impl IntoIterator<Item = (u64, EntryId, Cell)>,
        through: u64,
    ) -> Self {
        for (number, id, cell) in entries {
            if number >= self.through {
                self.counted.add(self.period.level(), id, cell);
            }
        }
        self.counted.join_runs();
        if !self.counted.tells_kinds() || self.counted.is_too_large(self.period) {
            self.counted.forget_kinds();
        }
        self.through = self.through.max(through);
        self
    }
}

impl Counted {
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

    /// What it takes in memory, in counts of one kind in one part.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.parts.iter().map(|part| 1 + part.counts.kinds()).sum()
    }

    /// How many entries of a period of the level below are counted.
    #[must_use]
    pub fn total_of(&self, period: Period) -> u64 {
        let low = EntryId::first_of(period.start());
        let place = self.parts.binary_search_by_key(&low, |part| part.low).ok();
        place.and_then(|place| self.parts.get(place)).map_or(0, |part| part.counts.total())
    }

    /// Each part with the ids that it holds everything of, the newest first. A run ends where the
    /// next one begins, the last one with the greatest id that is counted, and any other part with
    /// its own period.
    pub fn spans(&self, level: Level) -> impl Iterator<Item = (Span, &Part)> {
        let nexts = self.parts.iter().skip(1).map(|next| next.low.before());
        let ends = nexts.chain([self.last]);
        let spans = self.parts.iter().zip(ends.collect::<Vec<_>>()).map(move |(part, end)| {
            let high = match level.below() {
                Some(below) => Period::holding(below, part.low.occurred_at()).span().high,
                None => end.unwrap_or(part.low),
            };
            (Span { low: part.low, high }, part)
        });
        spans.rev()
    }

    /// Adds an entry of a period of this level.
    pub fn add(&mut self, level: Level, id: EntryId, cell: Cell) {
        match level.below() {
            Some(below) => {
                let low = EntryId::first_of(Period::holding(below, id.occurred_at()).start());
                match self.parts.binary_search_by_key(&low, |part| part.low) {
                    Ok(place) => self.add_to(place, cell),
                    Err(place) => self.parts.insert(place, Part::of(low, cell)),
                }
            }
            None => self.add_to_run(id, cell),
        }
    }

    /// Adds an entry of an hour to its run. A run begins only above everything that is counted,
    /// because the ids within a run are not known: an entry below goes to the run that spans it.
    fn add_to_run(&mut self, id: EntryId, cell: Cell) {
        let is_newest = self.last.is_none_or(|last| id > last);
        let is_full = self.parts.last().is_none_or(|run| run.counts.total() >= RUN_ENTRIES);
        if is_newest {
            self.last = Some(id);
        }
        if is_newest && is_full {
            self.parts.push(Part::of(id, cell));
            return;
        }
        let above = self.parts.partition_point(|run| run.low <= id);
        if above == 0
            && let Some(oldest) = self.parts.first_mut()
        {
            oldest.low = id;
        }
        self.add_to(above.saturating_sub(1), cell);
    }

    fn add_to(&mut self, place: usize, cell: Cell) {
        if let Some(part) = self.parts.get_mut(place) {
            part.counts.add(cell, 1);
        }
    }

    /// Joins neighbouring parts until there are at most [`MAX_RUNS`]. Only hours have more.
    fn join_runs(&mut self) {
        while self.parts.len() > MAX_RUNS {
            self.join_neighbours();
        }
    }

    /// Whether the kinds of all entries are told apart.
    fn tells_kinds(&self) -> bool {
        self.parts.iter().all(|part| part.counts.untold() == 0)
    }

    fn is_too_large(&self, period: Period) -> bool {
        self.weight() > SURE_TO_FIT
            && self.to_bytes(period).is_ok_and(|bytes| bytes.len() > MAX_BYTES)
    }

    fn forget_kinds(&mut self) {
        for part in &mut self.parts {
            part.counts = part.counts.without_kinds();
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

impl Part {
    fn of(low: EntryId, cell: Cell) -> Self {
        Self { low, counts: [(cell, 1)].into_iter().collect() }
    }
}

/// The bytes of a count: postcard's wire format (version 1) of this shape. Each name is written
/// once and referred to by its index.
#[derive(Debug, Serialize, Deserialize)]
struct CountedBytes {
    actions: Vec<Arc<str>>,
    target_types: Vec<Arc<str>>,
    /// Action, target type, outcome.
    cells: Vec<(u32, u32, Outcome)>,
    parts: Vec<PartBytes>,
    /// Milliseconds since the period's start, and the digest.
    last: Option<(u64, [u8; 16])>,
}

/// A part: milliseconds since the part before it, or since the period's start; the digest of its
/// lowest id, if that is not zero; the indexes of its kinds with their counts.
type PartBytes = (u64, Option<[u8; 16]>, Vec<(u32, u64)>);

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
        let start_ms = period.start().ms();
        let since = |from_ms: i64, at: Timestamp| {
            u64::try_from(at.ms() - from_ms).map_err(|_negative| MalformedCount)
        };
        let (mut parts, mut before_ms): (Vec<PartBytes>, i64) =
            (Vec::with_capacity(self.parts.len()), start_ms);
        for part in &self.parts {
            let at = part.low.occurred_at();
            let gap = since(std::mem::replace(&mut before_ms, at.ms()), at)?;
            let counts = part.counts.iter().map(|(cell, count)| {
                let (action, target_type) = (&cell.action, &cell.target_type);
                let kind = (actions.of(action), target_types.of(target_type), cell.outcome);
                (cells.of(&kind), count)
            });
            let digest = Some(part.low.digest()).filter(|digest| *digest > 0);
            parts.push((gap, digest.map(u128::to_be_bytes), counts.collect()));
        }
        let last = self.last.map(|last| {
            Ok::<_, MalformedCount>((
                since(start_ms, last.occurred_at())?,
                last.digest().to_be_bytes(),
            ))
        });
        let bytes = CountedBytes {
            actions: actions.in_order(),
            target_types: target_types.in_order(),
            cells: cells.in_order(),
            parts,
            last: last.transpose()?,
        };
        postcard::to_allocvec(&bytes).map_err(|_error| MalformedCount)
    }

    /// Reads what [`Counted::to_bytes`] wrote.
    ///
    /// # Errors
    /// For any other bytes.
    pub fn from_bytes(bytes: &[u8], period: Period) -> Result<Self, MalformedCount> {
        let (read, rest): (CountedBytes, _) =
            postcard::take_from_bytes(bytes).map_err(|_error| MalformedCount)?;
        let text =
            |texts: &[Arc<str>], index: u32| texts.get(usize::try_from(index).ok()?).cloned();
        let cells = read.cells.iter().map(|(action, target_type, outcome)| {
            Some(Cell {
                action: text(&read.actions, *action)?,
                target_type: text(&read.target_types, *target_type)?,
                outcome: *outcome,
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
                low: EntryId::new(at, digest.map(u128::from_be_bytes).unwrap_or_default()),
                counts: counts.collect::<Option<_>>()?,
            })
        });
        let parts: Vec<Part> = parts.collect::<Option<_>>().ok_or(MalformedCount)?;
        let last = read.last.map(|(since, digest)| {
            let at = period.start().plus_ms(i64::try_from(since).ok()?);
            Some(EntryId::new(at, u128::from_be_bytes(digest)))
        });
        let last = last.map(|last| last.ok_or(MalformedCount)).transpose()?;
        let is_whole = rest.is_empty() && parts.is_sorted_by(|a, b| a.low < b.low);
        is_whole.then_some(Self { parts, last }).ok_or(MalformedCount)
    }
}

#[cfg(test)]
mod tests;
