//! Walks the segments of a journal from a sequence number on.

use crate::counting::Budget;
use crate::journal::{Numbered, SEGMENT_ENTRIES, Segment};
use crate::ports::{Consistency, StoreError};
use crate::sequencing::{SealStore, seal};
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::collections::VecDeque;
use std::time::Duration;

/// The last segments, which are looked at first: who follows the feed is not further behind. 3 of 4
/// KB are 1.5 RCU.
const LAST_SEGMENTS: usize = 3;
/// Segments of one query at most: 250 of 4 KB are 1 MB.
const SEGMENTS_TOGETHER: usize = 250;
/// What sealing may cost a request, in read units, besides what was spent before. One step of it is
/// always done.
const SEAL_READ_UNITS: f64 = 200.0;
/// How long sealing may take.
const SEAL_TIME: Duration = Duration::from_secs(3);

/// The segments from a number on.
///
/// Invariant: the segments that are read follow each other, the last of them ends at `through`, and
/// the number that follows it is `known`.
#[derive(Debug)]
pub(super) struct Chain<'a, S> {
    store: &'a S,
    workspace: &'a WorkspaceId,
    now: Timestamp,
    /// Segments that are read and still hold entries to come.
    segments: VecDeque<Segment>,
    /// The number of the next entry.
    position: u64,
    /// The number that follows the last segment that was read.
    known: u64,
    /// The end of the last segment that was read, inclusive.
    through: Timestamp,
    /// The end of the last known segment, which may be later than `through`.
    closed_through: Timestamp,
    /// Whether the last read came to the end of the journal.
    is_at_end: bool,
    is_sealed: bool,
    /// Segments that the next query reads at most.
    together: usize,
}

impl<'a, S: SealStore> Chain<'a, S> {
    /// Finds the segment with this number, or the end of the journal.
    ///
    /// Segments lie in order of time and not of numbers. So the last ones are looked at first, and
    /// then the place is found by the time at which the entry was probably recorded.
    pub(super) async fn find(
        store: &'a S,
        workspace: &'a WorkspaceId,
        position: u64,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut chain = Self {
            store,
            workspace,
            now,
            segments: VecDeque::new(),
            position,
            known: 0,
            through: Timestamp::MIN,
            closed_through: Timestamp::MIN,
            is_at_end: false,
            is_sealed: false,
            together: LAST_SEGMENTS,
        };
        if position == 0 {
            return Ok(chain);
        }
        let last = Consistency::Eventual;
        let last = store.segments_before(workspace, Timestamp::MAX, LAST_SEGMENTS, last).await?;
        chain.closed_through = last.first().map_or(Timestamp::MIN, |last| last.through);
        let is_among_last = last.last().is_none_or(|oldest| oldest.first <= position);
        if is_among_last {
            chain.is_at_end = true;
            last.into_iter().rev().for_each(|segment| chain.push(segment));
        } else if let Some(newer) = last.last() {
            let segment = search(store, workspace, position, newer).await?;
            chain.push(segment);
        }
        Ok(chain)
    }

    /// The number of the next entry.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The number that follows the last entry that is known to have one.
    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// The end of the last known segment. `None` means that the journal has no segment yet.
    pub(super) fn closed_through(&self) -> Option<Timestamp> {
        Some(self.closed_through).filter(|end| *end > Timestamp::MIN)
    }

    /// Takes at most `most` entries whose kind matches, and goes through at most `most_scanned`
    /// numbers. It takes fewer only if those are over, or at the end of what is settled.
    pub(super) async fn take(
        &mut self,
        most: usize,
        most_scanned: usize,
        matches: impl Fn(&Cell) -> bool,
    ) -> Result<Vec<(u64, Numbered)>, StoreError> {
        let (mut taken, mut scanned) = (Vec::new(), 0);
        self.together = 2 + most / SEGMENT_ENTRIES;
        while taken.len() < most && scanned < most_scanned {
            if !self.is_ready_or_sealed().await? {
                break;
            }
            let Some(segment) = self.segments.front() else { break };
            let position = self.position;
            for (number, entry) in segment.numbered().filter(|(number, _)| *number >= position) {
                if taken.len() >= most || scanned >= most_scanned {
                    break;
                }
                scanned += 1;
                self.position = number + 1;
                if matches(&entry.kind) {
                    taken.push((number, entry.clone()));
                }
            }
        }
        Ok(taken)
    }

    /// Whether a further entry has a number, or is settled so that it gets one now.
    pub(super) async fn has_more(&mut self) -> Result<bool, StoreError> {
        self.together = 1;
        self.is_ready_or_sealed().await
    }

    /// Whether the first of the segments that are read holds the next entry. Otherwise the journal
    /// ends there, also after what is settled was sealed.
    async fn is_ready_or_sealed(&mut self) -> Result<bool, StoreError> {
        while !self.is_ready().await? {
            if self.is_sealed {
                return Ok(false);
            }
            self.seal().await?;
        }
        Ok(true)
    }

    /// Whether the first of the segments that are read holds the next entry. Reads on if not.
    async fn is_ready(&mut self) -> Result<bool, StoreError> {
        loop {
            while self.segments.front().is_some_and(|front| front.next() <= self.position) {
                self.segments.pop_front();
            }
            if !self.segments.is_empty() {
                return Ok(true);
            }
            if self.is_at_end {
                return Ok(false);
            }
            self.read_on().await?;
        }
    }

    /// Reads the segments that follow. A replica that lacks one of them ends before it; so once all
    /// is sealed, they are read strongly consistent, and their end is that of the journal.
    async fn read_on(&mut self) -> Result<(), StoreError> {
        let (from, most) = (self.through, self.together);
        let consistency = if self.is_sealed { Consistency::Strong } else { Consistency::Eventual };
        let page = self.store.segments(self.workspace, from, most, consistency).await?;
        self.together = SEGMENTS_TOGETHER.min(2 * self.together);
        self.is_at_end = page.stopped_at.is_none();
        for segment in page.items {
            if segment.from != self.through {
                self.is_at_end = true;
                break;
            }
            self.push(segment);
        }
        // Nothing that follows was read, so asking again would not help.
        self.is_at_end |= self.through == from;
        Ok(())
    }

    fn push(&mut self, segment: Segment) {
        self.through = segment.through;
        self.closed_through = self.closed_through.max(segment.through);
        self.known = segment.next();
        if segment.next() > self.position {
            self.segments.push_back(segment);
        }
    }

    /// Seals what is settled, and reads on.
    async fn seal(&mut self) -> Result<(), StoreError> {
        let read_units = self.store.spent().read_units + SEAL_READ_UNITS;
        seal(self.store, self.workspace, self.now, &Budget::new(read_units, SEAL_TIME)).await?;
        self.is_sealed = true;
        self.read_on().await
    }
}

/// The segment with a number. It is older than the segment `newer`.
///
/// Each step reads one segment where the number should be if entries came evenly, or half-way
/// between two moments if the step before did not even halve what is left. Each step excludes the
/// segment that it reads, so the search ends.
async fn search<S: SealStore>(
    store: &S,
    workspace: &WorkspaceId,
    position: u64,
    newer: &Segment,
) -> Result<Segment, StoreError> {
    let first = store.segments(workspace, Timestamp::MIN, 1, Consistency::Eventual).await?;
    let first = first.items.into_iter().next().ok_or_else(broken)?;
    if position < first.next() {
        return Ok(first);
    }
    let mut low = (first.through, first.next());
    let mut high = (newer.from, newer.first);
    let mut is_even = true;
    while low.1 < high.1 && low.0 < high.0 {
        let before = if is_even { between(low, high, position) } else { middle(low.0, high.0) };
        let segment = probe(store, workspace, before, low.0).await?;
        if segment.first <= position && position < segment.next() {
            return Ok(segment);
        }
        let left = high.1 - low.1;
        if position < segment.first {
            high = (segment.from, segment.first);
        } else {
            low = (segment.through, segment.next());
        }
        is_even = high.1.saturating_sub(low.1) <= left / 2;
    }
    Err(broken())
}

/// The last segment that begins before a moment, which is later than `from`. A segment begins at
/// `from`; a replica that does not know it yet is not enough.
async fn probe<S: SealStore>(
    store: &S,
    workspace: &WorkspaceId,
    before: Timestamp,
    from: Timestamp,
) -> Result<Segment, StoreError> {
    for consistency in [Consistency::Eventual, Consistency::Strong] {
        let found = store.segments_before(workspace, before, 1, consistency).await?;
        if let Some(segment) = found.into_iter().next().filter(|segment| segment.from >= from) {
            return Ok(segment);
        }
    }
    Err(broken())
}

/// The moment after `low` and up to `high` at which a number was recorded if entries came evenly.
fn between(low: (Timestamp, u64), high: (Timestamp, u64), position: u64) -> Timestamp {
    let time = i128::from(high.0.ms() - low.0.ms());
    let numbers = i128::from(high.1) - i128::from(low.1);
    let share = i128::from(position) - i128::from(low.1);
    let after = time * (2 * share + 1) / (2 * numbers.max(1));
    let after = i64::try_from(after.clamp(1, time.max(1))).unwrap_or(1);
    low.0.plus_ms(after)
}

fn middle(low: Timestamp, high: Timestamp) -> Timestamp {
    low.plus_ms((high.ms() - low.ms() + 1) / 2)
}

fn broken() -> StoreError {
    StoreError::Malformed("a journal whose segments do not follow each other".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_lies_after_the_older_segment_and_not_after_the_newer_one() {
        let at = |ms| Timestamp::clamped(ms);
        for (low, high, position) in
            [((0, 0), (1_000, 10), 0), ((0, 0), (1_000, 10), 9), ((5, 3), (6, 900), 500)]
        {
            let guess = between((at(low.0), low.1), (at(high.0), high.1), position);
            assert!(at(low.0) < guess && guess <= at(high.0), "{low:?} {high:?} {guess:?}");
            let middle = middle(at(low.0), at(high.0));
            assert!(at(low.0) < middle && middle <= at(high.0));
        }
    }
}
