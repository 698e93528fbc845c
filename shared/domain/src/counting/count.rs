//! Counts closed time and stores the counts: reads what no node counts, once, and adds it up from
//! hours to years.
//!
//! `docs/table.md`, "Why it is exact", proves that a stored count is true. The comments here name
//! its assumptions (A1 to A4) and rules (R1 to R4) at the lines that keep them.

mod sums;

use super::Budget;
use super::closing::{closed_until, is_settled};
use super::cover::Source;
use super::piece::{Piece, Unknown};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::ports::{KeepTally, Metered, ReadControl, ReadSpan, ReadTally, StoreError};
use crate::span::Span;
use crate::tally::{Cell, Counted, Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeMap;

/// Entries read by one step of a count, between two looks at the budget.
const STEP_ENTRIES: usize = 2_000;
/// Bytes of a node's item besides its counts and the workspace's id: its names, key, times and
/// number, rounded up.
const ITEM_BYTES: usize = 160;
/// Nodes written at the same time.
const CONCURRENT_WRITES: usize = 16;

/// How many more entries than before a node must count for each KB that writing it costs. Each
/// entry is added once on each of the four levels, so all nodes together cost at most 1 / 50 +
/// 3 / 100 = 0.05 WCU per entry. An hour is written sooner, because every list reads what its hours
/// do not count yet.
fn entries_per_write_unit(level: Level) -> u64 {
    match level {
        Level::Hour => 50,
        Level::Day | Level::Month | Level::Year => 100,
    }
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The counts by period. Those that were not worth storing, or may not be stored yet, are among
    /// them: they hold for this request.
    pub periods: BTreeMap<Period, Counted>,
    /// How many entries were read for them.
    pub entries_read: u64,
    /// How many nodes were stored.
    pub kept: u64,
    /// Whether all closed time of the span is counted. Otherwise the budget was spent before.
    pub is_finished: bool,
}

/// Counts the closed time of a span that is not counted yet, the newest first, and stores the
/// counts.
///
/// The order of the steps makes the counts true. `now` is the caller's clock, read before all of
/// them.
///
/// 1. Read the workspace, strongly consistent (A4).
/// 2. Cut the span to the time that is closed and can be seen (R2, A4).
/// 3. Read the nodes from years down to hours, strongly consistent, each with its `reopened_at`
///    (R3). From here on, whoever reopens one of them is noticed in step 6.
/// 4. Read the entries that no node counts, strongly consistent (R3, A3), within the budget.
/// 5. Add up hours, days, months and years, and drop the nodes that were reopened too late (R2,
///    R3).
/// 6. Store each node if its `reopened_at` is still the one of step 3 (R4).
///
/// Nothing is lost if it stops: before step 6 nobody has seen a result, and each node that is
/// stored is true without the others.
///
/// # Errors
/// When the store fails. Counts that were stored before stay, and are true.
pub async fn count<S: Metered + ReadControl + ReadSpan + ReadTally + KeepTally + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    span: Span,
    now: Timestamp,
    budget: &Budget,
) -> Result<Counts, StoreError> {
    let nothing_to_do = Counts { is_finished: true, ..Counts::default() };
    // A4: the workspace of the request may be an older, cached one. By its plan, a day that a
    // raised plan keeps could be taken for hidden.
    let Some(workspace) = store.workspace(workspace).await? else { return Ok(nothing_to_do) };
    let Some(span) = closed_part(&workspace, span, now) else { return Ok(nothing_to_do) };
    let source = Source::of_stored_counts(store, &workspace, now);
    let mut counting = Counting::start(source, span).await?;
    counting.read(budget).await?;
    for level in Level::ALL.into_iter().rev() {
        counting.add_up(level);
    }
    let kept = counting.keep().await?;
    let is_finished = counting.read_from <= counting.span.low;
    Ok(Counts { periods: counting.fresh, entries_read: counting.entries_read, kept, is_finished })
}

/// The part of a span that can still be seen (A4: what is hidden stays hidden) and that is closed
/// (R2: from now on, only announced entries happen in it).
fn closed_part(workspace: &Workspace, span: Span, now: Timestamp) -> Option<Span> {
    let low = EntryId::first_of(workspace.visible_from(now).unwrap_or(Timestamp::MIN));
    span.within(Span { low, high: EntryId::first_of(closed_until(now)).before()? })
}

/// A count under way.
struct Counting<'a, S> {
    source: Source<'a, S>,
    span: Span,
    /// What no node counts, the newest first, until it is read.
    unknown: Vec<Span>,
    /// The nodes as they were read before the entries (R3), with or without a count.
    seen: BTreeMap<Period, Node>,
    /// The entries that were read, by hour, the newest first.
    hours: BTreeMap<Period, Vec<(EntryId, Cell)>>,
    entries_read: u64,
    /// Everything from here to the end of the span is counted or read.
    read_from: EntryId,
    /// The counts that were made.
    fresh: BTreeMap<Period, Counted>,
    /// Those of them that are to be stored.
    worth_keeping: Vec<Node>,
}

impl<'a, S: Metered + ReadSpan + ReadTally + KeepTally + Sync> Counting<'a, S> {
    /// R3: reads the nodes, and no entries yet.
    async fn start(mut source: Source<'a, S>, span: Span) -> Result<Self, StoreError> {
        let pieces = source.cover(Unknown::new(span)).await?;
        let unknown = pieces.iter().filter_map(Piece::unknown).map(|unknown| unknown.span);
        Ok(Self {
            unknown: unknown.collect(),
            seen: source.take_seen(),
            source,
            span,
            hours: BTreeMap::new(),
            entries_read: 0,
            read_from: span.low,
            fresh: BTreeMap::new(),
            worth_keeping: Vec::new(),
        })
    }

    /// Reads what no node counts, the newest first, until the budget is spent. Each query starts
    /// where the one before it ended, so no entry is read twice.
    async fn read(&mut self, budget: &Budget) -> Result<(), StoreError> {
        for span in std::mem::take(&mut self.unknown) {
            let mut rest = Some(span);
            while let Some(span) = rest {
                if budget.is_spent(self.source.store) {
                    self.read_from = span.high.after().unwrap_or(EntryId::LAST);
                    return Ok(());
                }
                let read = self.source.read(span, STEP_ENTRIES).await?;
                self.take(&read.entries);
                rest = read.rest;
            }
        }
        Ok(())
    }

    fn take(&mut self, entries: &[Entry]) {
        for entry in entries {
            let hour = Period::holding(Level::Hour, entry.id.occurred_at());
            self.hours.entry(hour).or_default().push((entry.id, Cell::of(entry)));
            self.entries_read += 1;
        }
    }

    /// Counts every period of a level of which more can be counted than before, and decides which
    /// of them are stored.
    fn add_up(&mut self, level: Level) {
        let until = countable_until(level, self.source.now);
        for period in self.candidates(level) {
            let before = self.count_before(period);
            let through = period.end().min(until);
            if through <= before.through || !self.knows(before.through, through) {
                continue;
            }
            let Some(counted) = self.extended(period, &before, through) else { continue };
            let reopened_at = self.seen.get(&period).and_then(|node| node.reopened_at);
            // R3: a late entry that is on its way may be missing until 60 s after its mark.
            let is_settled = is_settled(reopened_at, self.source.now);
            let gained = counted.total().saturating_sub(before.total());
            if is_settled && gained >= self.entries_worth_writing(period, &counted) {
                let counted = Some(counted.clone());
                self.worth_keeping.push(Node { period, reopened_at, counted });
            }
            self.fresh.insert(period, counted);
        }
    }

    /// The count that was read of a period, or an empty one to begin with.
    fn count_before(&self, period: Period) -> Counted {
        let counted = self.seen.get(&period).and_then(|node| node.counted.clone());
        counted.unwrap_or_else(|| Counted::nothing(period.start()))
    }

    /// How many more entries than before a count must hold to be worth the cost of its write.
    fn entries_worth_writing(&self, period: Period, counted: &Counted) -> u64 {
        let bytes = counted.to_bytes(period).map_or(usize::MAX, |bytes| {
            bytes.len() + ITEM_BYTES + self.source.workspace.id.as_str().len()
        });
        let write_units = u64::try_from(bytes.div_ceil(1_024)).unwrap_or(u64::MAX);
        write_units.saturating_mul(entries_per_write_unit(period.level()))
    }

    /// R4: stores the nodes, each only if its `reopened_at` is still the one that was read. Returns
    /// how many were stored.
    async fn keep(&mut self) -> Result<u64, StoreError> {
        let (store, workspace) = (self.source.store, self.source.workspace);
        let nodes = std::mem::take(&mut self.worth_keeping);
        let writes = futures::stream::iter(
            nodes.into_iter().map(|node| async move { store.keep(workspace, &node).await }),
        );
        let writes = writes.buffer_unordered(CONCURRENT_WRITES);
        writes.try_fold(0, |kept, is_kept| async move { Ok(kept + u64::from(is_kept)) }).await
    }
}

/// R2: how far the periods of a level can be counted: to the end of closed time, rounded down to a
/// whole part of the level, so that the next count continues with whole parts.
fn countable_until(level: Level, now: Timestamp) -> Timestamp {
    let closed = closed_until(now);
    level.below().map_or(closed, |below| Period::holding(below, closed).start())
}

#[cfg(test)]
mod tests;
