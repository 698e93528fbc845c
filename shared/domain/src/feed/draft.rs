//! Puts an answer of the feed together: reads the entries of numbers, and ends it when it is full.

use super::fetch::rows;
use super::{FeedItem, FeedQuery, FeedStore, MAX_BYTES, Told};
use crate::identity::EntryId;
use crate::journal::Numbered;
use crate::ports::{Consistency, Row, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Entries whose values are in memory at the same time: 16 · 256 KiB = 4 MiB.
const VALUES_TOGETHER: usize = 16;

/// An answer while it is put together.
#[derive(Debug)]
pub(super) struct Draft<'a, S> {
    store: &'a S,
    workspace: &'a Workspace,
    query: &'a FeedQuery,
    now: Timestamp,
    bytes: usize,
    pub(super) items: Vec<FeedItem>,
    /// The last number that was gone through.
    pub(super) next: Option<u64>,
}

/// What was found under a number.
enum Found {
    Row(Box<Row>),
    Told(Told),
}

impl<'a, S: FeedStore> Draft<'a, S> {
    pub(super) fn new(
        store: &'a S,
        workspace: &'a Workspace,
        query: &'a FeedQuery,
        now: Timestamp,
    ) -> Self {
        Self { store, workspace, query, now, bytes: 0, items: Vec::new(), next: query.after }
    }

    /// How many more entries may be added.
    pub(super) fn missing(&self) -> usize {
        self.query.limit.saturating_sub(self.items.len())
    }

    /// Whether the answer ends before a number up to which the journal was gone through.
    pub(super) fn is_behind(&self, position: u64) -> bool {
        self.next.map_or(0, |next| next.saturating_add(1)) < position
    }

    /// Adds entries, in the order of their numbers, that come before `position`. Answers whether
    /// the answer was full before all of them were added.
    pub(super) async fn add(
        &mut self,
        candidates: Vec<(u64, Numbered)>,
        position: u64,
    ) -> Result<bool, StoreError> {
        let mut found = self.found(candidates).await?;
        let mut rest = found.as_mut_slice();
        while !rest.is_empty() {
            let (group, after) = rest.split_at_mut(VALUES_TOGETHER.min(rest.len()));
            if self.query.with_values {
                self.fill(group).await?;
            }
            for (number, found) in group {
                if self.missing() == 0 || self.bytes >= MAX_BYTES {
                    return Ok(true);
                }
                let told = match std::mem::replace(found, Found::Told(Told::Expired)) {
                    Found::Row(row) => Told::Entry(Box::new(row.entry)),
                    Found::Told(told) => told,
                };
                let item = FeedItem { sequence: *number, told };
                self.bytes += self.bytes_of(&item);
                self.items.push(item);
                self.next = Some(*number);
            }
            rest = after;
        }
        self.next = position.checked_sub(1).or(self.next);
        Ok(false)
    }

    /// What is found under the numbers, without what the filter leaves out.
    async fn found(
        &self,
        candidates: Vec<(u64, Numbered)>,
    ) -> Result<Vec<(u64, Found)>, StoreError> {
        let is_visible = |id: EntryId| {
            let from = self.workspace.visible_from(self.now);
            from.is_none_or(|from| id.occurred_at() >= from)
        };
        let wanted: Vec<&Numbered> = candidates
            .iter()
            .map(|(_, entry)| entry)
            .filter(|entry| is_visible(entry.id))
            .collect();
        let mut rows = rows(self.store, &self.workspace.id, &wanted).await?;
        let absent: Vec<EntryId> =
            wanted.iter().map(|entry| entry.id).filter(|id| !rows.contains_key(id)).collect();
        let missing = self.missing_of(absent, &mut rows).await?;
        let filter = &self.query.filter;
        let found = candidates.into_iter().filter_map(|(number, Numbered { id, .. })| {
            let found = match rows.remove(&id) {
                Some(row) if filter.matches(&row.entry) => Found::Row(Box::new(row)),
                None if missing.contains(&id) => Found::Told(Told::Missing),
                None if filter.is_none() => Found::Told(Told::Expired),
                Some(_) | None => return None,
            };
            Some((number, found))
        });
        Ok(found.collect())
    }

    /// Reads entries again that were not found, strongly consistent. Those that are still absent
    /// are missing, unless the workspace as it is now hides them: it was cached for a minute.
    async fn missing_of(
        &self,
        absent: Vec<EntryId>,
        rows: &mut BTreeMap<EntryId, Row>,
    ) -> Result<BTreeSet<EntryId>, StoreError> {
        if absent.is_empty() {
            return Ok(BTreeSet::new());
        }
        let id = &self.workspace.id;
        let again = self.store.rows_of(id, &absent, Consistency::Strong).await?;
        rows.extend(again.into_iter().map(|row| (row.entry.id, row)));
        let workspace = self.store.workspace(id).await?;
        let from = workspace.and_then(|workspace| workspace.visible_from(self.now));
        let is_missing = |id: &EntryId| {
            !rows.contains_key(id) && from.is_none_or(|from| id.occurred_at() >= from)
        };
        Ok(absent.into_iter().filter(is_missing).collect())
    }

    /// Reads the values that lie apart.
    async fn fill(&self, group: &mut [(u64, Found)]) -> Result<(), StoreError> {
        let mut places = Vec::new();
        let mut rows = Vec::new();
        for (_, found) in group {
            if let Found::Row(row) = found
                && row.values_apart
            {
                rows.push((**row).clone());
                places.push(row);
            }
        }
        self.store.fill(&self.workspace.id, &mut rows).await?;
        for (place, row) in places.into_iter().zip(rows) {
            **place = row;
        }
        Ok(())
    }

    /// The bytes of an entry in the answer.
    fn bytes_of(&self, item: &FeedItem) -> usize {
        let mut counter = Counter(0);
        // Counting never fails.
        let view = item.view(self.workspace.plan, self.query.with_values);
        let _ = serde_json::to_writer(&mut counter, &view);
        counter.0
    }
}

/// Counts the bytes that are written to it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
