//! Checks a log: compares what is stored with the numbers of the journal, and each entry with its
//! id. It finds what the assumptions of the journal exclude, and what nobody may do.
//!
//! | found | means |
//! |---|---|
//! | straggler | an entry without a number: it landed later than A2 allows, or a clock was wrong |
//! | missing | a number whose entry is gone, although the plan still shows its time |
//! | altered | an entry that does not fit its id |
//!
//! A straggler is entered into the journal with a marker, as if it were recorded now
//! ([`crate::entry::Entry::journal_time`]). So it follows the rules J1 and J2, and the sequencer
//! numbers it.

use crate::clock::Clock;
use crate::entry::Integrity;
use crate::identity::EntryId;
use crate::job::{CheckView, Checked, JobKey, JobName, LastCheck};
use crate::journal::{MARKED_BEFORE_MS, Marker};
use crate::ports::{
    Consistency, EnterJournal, FindRows, MarkEntries, ReadHeads, ReadJobs, ReadJournal, ReadRows,
    ReadSalts, Row, StoreError,
};
use crate::sequencing::{Window, ids_around};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::verify::verify_all;
use crate::workspace::{Workspace, WorkspaceId};
use std::collections::{BTreeMap, BTreeSet};

/// Segments of one part: 5 of 160 entries are 800 entries.
const SEGMENTS_TOGETHER: usize = 5;
/// Ids that are read together.
const IDS_TOGETHER: usize = 100;

/// What the store must do to check a log.
pub trait CheckStore:
    ReadHeads + ReadJournal + ReadRows + FindRows + ReadSalts + MarkEntries + EnterJournal + Sync
{
}
impl<S> CheckStore for S where
    S: ReadHeads
        + ReadJournal
        + ReadRows
        + FindRows
        + ReadSalts
        + MarkEntries
        + EnterJournal
        + Sync
{
}

/// Checks the first part of what was recorded after `from`, through `until`.
///
/// Everything through `until` must be settled, and sealed since. An entry that was recorded after
/// the last segment is no straggler: it only waits for its number, and the part ends before it.
/// So the time of an entry is changed only when no sequencer can number it by that time any more.
///
/// 1. Read the segments of the part, then what is stored of it (J2, J3), strongly consistent,
///    whatever markers confirm.
/// 2. Compare both by their ids. What only the journal has is looked for once more.
/// 3. Read the entries whole, and compare each with its id.
/// 4. Enter the stragglers into the journal.
///
/// # Errors
/// When the store fails. What was entered stays.
pub async fn check<S: CheckStore>(
    store: &S,
    workspace: &Workspace,
    from: Timestamp,
    until: Timestamp,
    clock: &Clock,
) -> Result<Checked, StoreError> {
    let id = &workspace.id;
    let Part { numbered, sealed, through } = Part::read(store, id, from, until).await?;
    let mut window = Window::stored(store, id, from, through).await?;
    if window.entries.iter().any(|entry| entry.recorded_at > sealed) {
        window.through = sealed.max(from);
        window.entries.retain(|entry| entry.recorded_at <= window.through);
    }
    let is_inside = |at: Timestamp| from < at && at <= window.through;
    let numbered: BTreeSet<EntryId> =
        numbered.into_iter().filter(|(_, at)| is_inside(*at)).map(|(id, _)| id).collect();
    let mut stored: BTreeSet<EntryId> = window.entries.iter().map(|entry| entry.id).collect();
    let stragglers: Vec<_> = stored.difference(&numbered).copied().collect();
    let absent: Vec<_> = numbered.difference(&stored).copied().collect();
    // Entries out of order whose markers are gone.
    let late = store.heads_of(id, &absent, Consistency::Strong).await?;
    stored.extend(late.into_iter().map(|entry| entry.id));
    let now = clock.now();
    let shown = workspace.visible_from(now);
    let is_shown = |id: &EntryId| shown.is_none_or(|from| id.occurred_at() >= from);
    let missing = absent.into_iter().filter(|id| !stored.contains(id)).filter(is_shown).collect();
    let in_order = ids_around(from, window.through);
    let mut reading =
        Reading { store, workspace: id, now, left: stored, altered: Vec::new(), read: 0 };
    reading.within(in_order).await?;
    reading.rest().await?;
    let Reading { altered, read, .. } = reading;
    let entries = read.saturating_sub(u64::try_from(stragglers.len()).unwrap_or(u64::MAX));
    enter(store, id, &stragglers, clock).await?;
    Ok(Checked { through: window.through, entries, stragglers, missing, altered })
}

/// What the last check of a log found.
///
/// # Errors
/// When the store fails.
pub async fn last_check<S: ReadJobs>(
    store: &S,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<LastCheck, StoreError> {
    let key = JobKey { workspace_id: workspace.clone(), name: JobName::Check };
    let job = store.job(&key).await?.filter(|job| job.is_visible(now));
    Ok(LastCheck(job.as_ref().and_then(CheckView::of)))
}

/// What the next segments say.
struct Part {
    /// The entries that they name, each with when it was recorded.
    numbered: BTreeMap<EntryId, Timestamp>,
    /// The end, inclusive, of the last of them.
    sealed: Timestamp,
    /// The end, inclusive, of the time for which they are all.
    through: Timestamp,
}

impl Part {
    /// Reads the next segments after `from`, of what was recorded through `until`.
    async fn read<S: ReadJournal + Sync>(
        store: &S,
        workspace: &WorkspaceId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self, StoreError> {
        let after = from.plus_ms(1);
        let first = store.segments_before(workspace, after, 1, Consistency::Strong).await?;
        let next = store.segments(workspace, after, SEGMENTS_TOGETHER, Consistency::Strong).await?;
        let is_last = next.stopped_at.is_none();
        let segments: Vec<_> = first.into_iter().chain(next.items).collect();
        let sealed = segments.last().map_or(Timestamp::MIN, |last| last.through);
        let through = if is_last { until } else { sealed.min(until) };
        let entries = segments.into_iter().flat_map(|segment| segment.entries);
        let numbered = entries.map(|entry| (entry.id, entry.recorded_at)).collect();
        Ok(Self { numbered, sealed, through })
    }
}

/// Reads entries whole and compares them with their ids.
struct Reading<'a, S> {
    store: &'a S,
    workspace: &'a WorkspaceId,
    now: Timestamp,
    /// The entries that are still to be read.
    left: BTreeSet<EntryId>,
    altered: Vec<EntryId>,
    read: u64,
}

impl<S: CheckStore> Reading<'_, S> {
    /// Reads those of a span.
    async fn within(&mut self, span: Span) -> Result<(), StoreError> {
        let mut rest = Some(span);
        while let Some(span) = rest.filter(|_| !self.left.is_empty()) {
            let page = self
                .store
                .rows_within(self.workspace, span, usize::MAX, Consistency::Eventual)
                .await?;
            rest = page.stopped_at.and_then(|stopped_at| span.newer_than(stopped_at));
            self.compare(page.items).await?;
        }
        Ok(())
    }

    /// Reads those that are left, by their ids, strongly consistent.
    async fn rest(&mut self) -> Result<(), StoreError> {
        let ids: Vec<_> = self.left.iter().copied().collect();
        for ids in ids.chunks(IDS_TOGETHER) {
            let rows = self.store.rows_of(self.workspace, ids, Consistency::Strong).await?;
            self.compare(rows).await?;
        }
        Ok(())
    }

    async fn compare(&mut self, mut rows: Vec<Row>) -> Result<(), StoreError> {
        rows.retain(|row| self.left.remove(&row.entry.id));
        let mut rest = rows.as_mut_slice();
        while !rest.is_empty() {
            let (group, after) = rest.split_at_mut(Row::filled_together(rest));
            self.store.fill(self.workspace, group).await?;
            let entries = group.iter().map(|row| &row.entry);
            let checked = verify_all(self.store, self.workspace, entries, self.now).await?;
            for (row, integrity) in group.iter().zip(checked) {
                self.read += 1;
                if integrity == Integrity::Failed {
                    self.altered.push(row.entry.id);
                }
            }
            rest = after;
        }
        Ok(())
    }
}

/// Enters entries into the journal as if they were recorded now: a marker (J2), then the clock read
/// right before the attempt (J1).
async fn enter<S: CheckStore>(
    store: &S,
    workspace: &WorkspaceId,
    ids: &[EntryId],
    clock: &Clock,
) -> Result<(), StoreError> {
    for ids in ids.chunks(IDS_TOGETHER) {
        for row in store.rows_of(workspace, ids, Consistency::Strong).await? {
            let marker = Marker { at: clock.now(), ids: vec![row.entry.id], confirmed: Vec::new() };
            store.mark(workspace, &marker).await?;
            let now = clock.now();
            if now > marker.at.plus_ms(MARKED_BEFORE_MS) {
                return Err(StoreError::Unavailable("the marker is too old".into()));
            }
            // If somebody else has entered it meanwhile, that is the same to this check.
            store.enter_journal(&row.entry, now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
