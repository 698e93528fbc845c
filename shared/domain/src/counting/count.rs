//! Counts time that is closed, and keeps the counts: reads what no node knows, once, and adds it up
//! from hours to years.
//!
//! Why what is kept is true stands in `docs/table.md`. In short: the nodes that may be written are
//! read, strongly, before the entries are; the entries are read strongly; and a node is stored only
//! if nobody has reopened its period since.

use super::cover::{Piece, Source};
use super::{Budget, SETTLED_AFTER_REOPENING_MS, closed_until};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::ports::{KeepTally, Metered, ReadControl, ReadSpan, ReadTally, StoreError};
use crate::span::Span;
use crate::tally::{Cell, Histogram};
use crate::tally::{Counted, Node};
use crate::tally::{Level, Period};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use futures::{StreamExt, TryStreamExt};
use std::collections::{BTreeMap, BTreeSet};

/// Entries read by one step of a count, between two looks at the budget.
const STEP_ENTRIES: usize = 2_000;
/// Bytes of a node's item besides its counts and the workspace's id: its names, key, times and
/// number, rounded up.
const ITEM_BYTES: usize = 160;
/// Nodes written at the same time.
const CONCURRENT_WRITES: usize = 16;

/// A node is written when it takes in so many more entries for each KB that writing it costs. An
/// entry is taken in once on each of the four levels, so that all nodes together cost at most 1 /
/// 50 + 3 / 100 = 0.05 WCU per entry. An hour is written sooner: what of it is not counted yet,
/// every list reads.
fn entries_per_write_unit(level: Level) -> u64 {
    match level {
        Level::Hour => 50,
        Level::Day | Level::Month | Level::Year => 100,
    }
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The counts, by period; those kept and those that were not worth it or not allowed.
    pub periods: BTreeMap<Period, Counted>,
    /// How many entries were read for them.
    pub entries_read: u64,
    /// How many nodes were written.
    pub kept: u64,
    /// Whether all that is closed in the span is counted; else the budget was spent before.
    pub is_finished: bool,
}

/// Counts what is closed and not counted of a span, the newest first, and keeps it.
///
/// Steps, and what is lost if it stops after each: read the workspace and the nodes, read the
/// entries (nothing: nobody saw it), write the nodes one by one (nothing: each is true without the
/// others, and what is missing is counted the next time).
///
/// # Errors
/// When the store fails. What was kept before stays, and is true.
pub async fn count<S: Metered + ReadControl + ReadSpan + ReadTally + KeepTally + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    span: Span,
    now: Timestamp,
    budget: &Budget,
) -> Result<Counts, StoreError> {
    // Not the workspace that this request came with: by an old plan, a day may seem past that is
    // still to be seen.
    let Some(workspace) = store.workspace(workspace).await? else {
        return Ok(Counts { is_finished: true, ..Counts::default() });
    };
    let Some(span) = closed_part(&workspace, span, now) else {
        return Ok(Counts { is_finished: true, ..Counts::default() });
    };
    let mut counting = Counting::start(Source::new(store, &workspace, now, true), span).await?;
    counting.read(budget).await?;
    for level in Level::ALL.into_iter().rev() {
        counting.add_up(level);
    }
    let kept = counting.keep().await?;
    let is_finished = counting.read_from <= counting.span.low;
    Ok(Counts { periods: counting.fresh, entries_read: counting.entries_read, kept, is_finished })
}

/// The part of a span that can still be seen and in which nothing happens any more that was not
/// announced.
fn closed_part(workspace: &Workspace, span: Span, now: Timestamp) -> Option<Span> {
    let low = EntryId::first_of(workspace.visible_from(now).unwrap_or(Timestamp::MIN));
    span.within(Span { low, high: EntryId::first_of(closed_until(now)).before()? })
}

/// A count under way.
struct Counting<'a, S> {
    source: Source<'a, S>,
    span: Span,
    unknown: Vec<Span>,
    seen: BTreeMap<Period, Node>,
    hours: BTreeMap<Period, Vec<(EntryId, Cell)>>,
    entries_read: u64,
    /// All that was unknown from here to the end of the span has been read.
    read_from: EntryId,
    fresh: BTreeMap<Period, Counted>,
    worth_keeping: Vec<Node>,
}

impl<'a, S: Metered + ReadSpan + ReadTally + KeepTally + Sync> Counting<'a, S> {
    async fn start(source: Source<'a, S>, span: Span) -> Result<Self, StoreError> {
        let pieces = source.cover(span).await?;
        let unknown = pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Unknown { .. }))
            .map(Piece::span)
            .collect();
        let seen = std::mem::take(
            &mut *source.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        );
        let (hours, fresh) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self {
            source,
            span,
            unknown,
            seen,
            hours,
            entries_read: 0,
            read_from: span.low,
            fresh,
            worth_keeping: Vec::new(),
        })
    }

    async fn read(&mut self, budget: &Budget) -> Result<(), StoreError> {
        for span in std::mem::take(&mut self.unknown) {
            let mut rest = Some(span);
            while let Some(span) = rest {
                if budget.is_spent(self.source.store) {
                    self.read_from = span.high.after().unwrap_or(EntryId::LAST);
                    return Ok(());
                }
                rest = None;
                for piece in self.source.read(span, STEP_ENTRIES).await? {
                    match piece {
                        Piece::Rows { entries, .. } => self.take(&entries),
                        other => rest = Some(other.span()),
                    }
                }
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

    /// Counts every period of a level that can be counted now.
    fn add_up(&mut self, level: Level) {
        let until = match level {
            Level::Hour => closed_until(self.source.now),
            Level::Day => Period::holding(Level::Hour, closed_until(self.source.now)).start(),
            Level::Month => Period::holding(Level::Day, closed_until(self.source.now)).start(),
            Level::Year => Period::holding(Level::Month, closed_until(self.source.now)).start(),
        };
        for period in self.candidates(level) {
            let before = self
                .seen
                .get(&period)
                .and_then(|node| node.counted.clone())
                .unwrap_or_else(|| Counted::nothing(period.start()));
            let through = period.end().min(until);
            if through <= before.through || !self.knows(before.through, through) {
                continue;
            }
            let Some(counted) = self.extended(period, &before, through) else { continue };
            let gained = counted.total().saturating_sub(before.total());
            let bytes = counted.to_bytes(period).map_or(usize::MAX, |bytes| {
                bytes.len() + ITEM_BYTES + self.source.workspace.id.as_str().len()
            });
            let write_units = u64::try_from(bytes.div_ceil(1_024)).unwrap_or(u64::MAX);
            let reopened_at = self.seen.get(&period).and_then(|node| node.reopened_at);
            let is_settled = reopened_at
                .is_none_or(|at| self.source.now >= at.plus_ms(SETTLED_AFTER_REOPENING_MS));
            if is_settled && gained >= write_units.saturating_mul(entries_per_write_unit(level)) {
                self.worth_keeping.push(Node {
                    period,
                    reopened_at,
                    counted: Some(counted.clone()),
                });
            }
            self.fresh.insert(period, counted);
        }
    }

    /// The periods of a level in which something was read, or of which the level below has counts,
    /// or whose count can be continued.
    fn candidates(&self, level: Level) -> BTreeSet<Period> {
        let read = self.hours.keys().copied();
        let counted =
            self.seen.values().filter(|node| node.counted.is_some()).map(|node| node.period);
        let known = read.chain(counted).chain(self.fresh.keys().copied());
        known
            .filter(|period| period.level() >= level)
            .map(|period| Period::holding(level, period.start()))
            .collect()
    }

    /// Whether all that can be seen between two moments is known.
    fn knows(&self, from: Timestamp, to: Timestamp) -> bool {
        let can_be_seen = self
            .source
            .workspace
            .visible_from(self.source.now)
            .map_or(from, |visible| visible.max(from));
        let needed = Span {
            low: EntryId::first_of(can_be_seen),
            high: EntryId::first_of(to).before().unwrap_or(EntryId::LAST),
        };
        needed.low > needed.high
            || (needed.low >= self.span.low.max(self.read_from) && needed.high <= self.span.high)
    }

    /// A count with what came after it; none if some of that is not counted to its end.
    fn extended(&self, period: Period, before: &Counted, through: Timestamp) -> Option<Counted> {
        let mut counted = Counted { through, ..before.clone() };
        let Some(below) = period.level().below() else {
            let entries = self.hours.get(&period).into_iter().flatten().rev();
            counted.push_entries(
                entries
                    .filter(|(id, _)| {
                        id.occurred_at() >= before.through && id.occurred_at() < through
                    })
                    .cloned(),
            );
            return Some(counted);
        };
        for (part, sum) in self.sums(below, before.through, through) {
            counted.push(part, sum?);
        }
        Some(counted)
    }

    /// What each period of a level between two moments holds, the oldest first; none where one is
    /// not counted to its end.
    fn sums(
        &self,
        level: Level,
        from: Timestamp,
        to: Timestamp,
    ) -> BTreeMap<Period, Option<Histogram>> {
        let range = Period::holding(level, from)..Period::holding(level, to);
        let seen = self
            .seen
            .range(range.clone())
            .filter_map(|(period, node)| Some((*period, node.counted.as_ref()?)));
        let counts: BTreeMap<Period, &Counted> = seen
            .chain(self.fresh.range(range).map(|(period, counted)| (*period, counted)))
            .collect();
        counts
            .into_iter()
            .map(|(period, counted)| {
                (period, (counted.through >= period.end()).then(|| counted.sum()))
            })
            .collect()
    }

    /// Writes what is worth it; says how many were written.
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
