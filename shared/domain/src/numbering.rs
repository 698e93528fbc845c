//! Finds the sequence numbers of entries.

use crate::identity::EntryId;
use crate::journal::Segment;
use crate::ports::{Consistency, ReadJournal, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use futures::future::try_join_all;
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;
mod walk;

pub use walk::NumberWalk;

/// A segment with fewer entries is one of a quiet log: its neighbours are small, too, and are read
/// with one query.
const SMALL_SEGMENT: usize = 20;
/// Small segments of one query: 50 of 150 bytes are 7.5 KB, for 1 read unit at most.
const SMALL_TOGETHER: usize = 50;
/// A query that finds fewer entries costs as much as one for each, which need not wait for each
/// other.
const WORTH_A_QUERY: usize = 2;

/// The sequence numbers of entries, by their ids and when they were recorded. Those that have none
/// yet, because they were recorded moments ago, are left out.
///
/// Segments lie in order of recorded time, so one is found with one query. A page of a list takes
/// one or two, unless its entries were recorded at times far apart.
///
/// # Errors
/// When the store fails.
pub async fn numbers_of<S: ReadJournal + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    entries: impl IntoIterator<Item = (EntryId, Timestamp)>,
) -> Result<BTreeMap<EntryId, u64>, StoreError> {
    numbers_by(store, workspace, entries, Consistency::Eventual).await
}

/// As [`numbers_of`]. A strongly consistent search misses no number that was given before.
///
/// # Errors
/// When the store fails.
pub(crate) async fn numbers_by<S: ReadJournal + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    entries: impl IntoIterator<Item = (EntryId, Timestamp)>,
    consistency: Consistency,
) -> Result<BTreeMap<EntryId, u64>, StoreError> {
    let mut search = Search { open: entries.into_iter().collect(), found: BTreeMap::new() };
    let (mut most, mut is_first) = (1, true);
    while let Some(newest) = search.newest() {
        let open = search.open.len();
        let segments = store.segments_before(workspace, newest, most, consistency).await?;
        search.take(newest, &segments);
        if search.open.len() + WORTH_A_QUERY > open && !is_first {
            break;
        }
        let oldest = segments.last();
        let is_quiet = oldest.is_none_or(|segment| segment.entries.len() < SMALL_SEGMENT);
        most = if is_quiet { SMALL_TOGETHER.min(5 * open) } else { 1 };
        is_first = false;
    }
    let rest = search.open.values().copied().map(async |recorded_at| {
        let segments = store.segments_before(workspace, recorded_at, 1, consistency).await?;
        Ok::<_, StoreError>((recorded_at, segments))
    });
    for (recorded_at, segments) in try_join_all(rest).await? {
        search.take(recorded_at, &segments);
    }
    Ok(search.found)
}

/// Entries whose numbers are looked for.
struct Search {
    /// Those that are not found yet, with when they were recorded.
    open: BTreeMap<EntryId, Timestamp>,
    found: BTreeMap<EntryId, u64>,
}

impl Search {
    /// When the newest of the open entries was recorded: its segment begins before that.
    fn newest(&self) -> Option<Timestamp> {
        self.open.values().max().copied()
    }

    /// Takes the numbers that segments tell: the last ones that begin before a moment. What was
    /// recorded by then and since the oldest of them began, and is not among them, has no number.
    fn take(&mut self, before: Timestamp, segments: &[Segment]) {
        for segment in segments {
            for (number, entry) in segment.numbered() {
                if self.open.remove(&entry.id).is_some() {
                    self.found.insert(entry.id, number);
                }
            }
        }
        let from = segments.last().map_or(Timestamp::MIN, |oldest| oldest.from);
        self.open.retain(|_, recorded_at| *recorded_at <= from || before < *recorded_at);
    }
}
