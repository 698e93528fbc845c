//! Owns what is stored: the rows of the two tables, in the domain's types.

use super::size;
use super::table::{Table, Version};
use crate::catalog::Catalog;
use crate::credential::Credential;
use crate::directory::{Followed, Term};
use crate::entry::{Entry, NewEntry, SaltKey, StoredSalt};
use crate::identity::EntryId;
use crate::job::{Job, JobKey, OpenExports};
use crate::journal::{Folded, MARKER_DAYS, Marker, MarkerPlace, Segment};
use crate::json::JsonText;
use crate::ports::{Ends, StoreError};
use crate::tally::Period;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::sync::Arc;

/// Old value, new value and metadata together above this lie in an item of their own.
const MAX_INLINE_VALUE_BYTES: usize = 1_024;

/// The key of an entry, and of its values.
pub(super) type EntryKey = (WorkspaceId, EntryId);

/// An entry's item.
#[derive(Debug, Clone)]
pub(super) struct StoredEntry {
    /// The entry, with its values unless they lie apart.
    pub(super) entry: Entry,
    pub(super) values_apart: bool,
    /// The TTL attribute, in whole seconds.
    pub(super) delete_at: Option<Timestamp>,
    /// The version of the workspace by which its life was last rewritten.
    pub(super) version: Option<u64>,
}

/// The item of values that lie apart.
#[derive(Debug, Clone)]
pub(super) struct StoredValues {
    pub(super) old_value: Option<JsonText>,
    pub(super) new_value: Option<JsonText>,
    pub(super) metadata: Option<JsonText>,
    pub(super) delete_at: Option<Timestamp>,
    pub(super) version: Option<u64>,
}

/// A tally node's item.
#[derive(Debug, Clone)]
pub(super) struct StoredNode {
    pub(super) through: u64,
    /// The bytes of its counts.
    pub(super) counts: Vec<u8>,
}

/// The key of a profile: the workspace, its kind, and the text of its key.
pub(super) type ProfileKey = (WorkspaceId, &'static str, String);

/// A profile's item.
#[derive(Debug, Clone)]
pub(super) struct StoredProfile {
    pub(super) version: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Ends,
}

/// A line of the list of open jobs.
#[derive(Debug, Clone)]
pub(super) struct OpenLine {
    pub(super) run: u64,
    /// Set once the job was taken off the list.
    pub(super) expires_at: Option<Timestamp>,
}

/// All that is stored.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) version: Version,
    pub(super) workspaces: Table<WorkspaceId, Workspace>,
    /// By the text of the key id.
    pub(super) credentials: Table<String, Credential>,
    pub(super) salts: Table<(WorkspaceId, SaltKey), StoredSalt>,
    /// By version.
    pub(super) catalogs: Table<u64, Arc<Catalog>>,
    pub(super) entries: Table<EntryKey, StoredEntry>,
    pub(super) values: Table<EntryKey, StoredValues>,
    /// By workspace, generation and period.
    pub(super) nodes: Table<(WorkspaceId, u32, Period), StoredNode>,
    /// By where they begin.
    pub(super) segments: Table<(WorkspaceId, Timestamp), Segment>,
    pub(super) folded: Table<WorkspaceId, Folded>,
    pub(super) profiles: Table<ProfileKey, StoredProfile>,
    /// When terms may be deleted, by workspace and term.
    pub(super) terms: Table<(WorkspaceId, Term), Option<Timestamp>>,
    pub(super) followed: Table<WorkspaceId, Followed>,
    pub(super) markers: Table<(WorkspaceId, MarkerPlace), Marker>,
    pub(super) jobs: Table<JobKey, Job>,
    /// The plans of checks, by day and workspace.
    pub(super) plans: Table<(Timestamp, WorkspaceId), ()>,
    pub(super) open_jobs: Table<JobKey, OpenLine>,
    pub(super) open_exports: Table<WorkspaceId, OpenExports>,
}

/// A moment as the TTL attribute holds it: in whole seconds.
pub(super) fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::clamped(moment.epoch_seconds().saturating_mul(1_000))
}

/// Splits an entry into its item and, if its values are large, theirs.
pub(super) fn split(new: &NewEntry) -> (StoredEntry, Option<StoredValues>) {
    let mut entry = new.entry.clone();
    let delete_at = new.delete_at.map(whole_seconds);
    let content = &entry.content;
    let bytes: usize = [&content.old_value, &content.new_value, &content.metadata]
        .into_iter()
        .flatten()
        .map(|value| value.as_str().len())
        .sum();
    let values_apart = bytes > MAX_INLINE_VALUE_BYTES;
    let values = values_apart.then(|| StoredValues {
        old_value: entry.content.old_value.take(),
        new_value: entry.content.new_value.take(),
        metadata: entry.content.metadata.take(),
        delete_at,
        version: None,
    });
    (StoredEntry { entry, values_apart, delete_at, version: None }, values)
}

/// What an entry and its values cost in a transaction: twice as much, except in the indexes, which
/// are written after it.
pub(super) fn transacted_units(new: &NewEntry) -> f64 {
    let (item, values) = split(new);
    let values = values.map_or(0.0, |values| size::write_units(values.bytes()));
    2.0 * (item.table_units() + values + item.rows_units()) + item.index_units() + item.rows_units()
}

impl StoredEntry {
    pub(super) fn key(&self) -> EntryKey {
        (self.entry.workspace_id.clone(), self.entry.id)
    }

    /// The entry as a row of a list: without its values.
    pub(super) fn row(&self) -> Entry {
        let mut entry = self.entry.clone();
        (entry.content.old_value, entry.content.new_value) = (None, None);
        (entry.content.metadata, entry.seal, entry.key_id) = (None, None, None);
        entry
    }

    /// What a write of it costs: the table, and each of the two indexes. With rows under further
    /// targets, it is a transaction.
    pub(super) fn write_units(&self) -> f64 {
        let rows = self.rows_units();
        let times = if rows > 0.0 { 2.0 } else { 1.0 };
        times * (self.table_units() + rows) + self.index_units() + rows
    }

    /// What its rows under further targets cost in the table, and again in the index by target.
    fn rows_units(&self) -> f64 {
        let rows = self.entry.content.targets.iter();
        rows.map(|_| size::write_units(size::index_bytes(&self.entry))).sum()
    }

    pub(super) fn table_units(&self) -> f64 {
        size::write_units(size::entry_bytes(&self.entry))
    }

    pub(super) fn index_units(&self) -> f64 {
        2.0 * size::write_units(size::index_bytes(&self.entry))
    }
}

impl StoredValues {
    /// Whether both hold the same values.
    pub(super) fn say_the_same_as(&self, other: &Self) -> bool {
        (&self.old_value, &self.new_value, &self.metadata)
            == (&other.old_value, &other.new_value, &other.metadata)
    }

    pub(super) fn fill(&self, entry: &mut Entry) {
        entry.content.old_value.clone_from(&self.old_value);
        entry.content.new_value.clone_from(&self.new_value);
        entry.content.metadata.clone_from(&self.metadata);
    }

    pub(super) fn bytes(&self) -> usize {
        let values = [&self.old_value, &self.new_value, &self.metadata];
        100 + values.into_iter().flatten().map(|value| 9 + value.as_str().len()).sum::<usize>()
    }
}

impl State {
    /// The version of the next write.
    pub(super) fn next(&mut self) -> Version {
        self.version += 1;
        self.version
    }

    /// Stores an entry and its values, whatever is there.
    pub(super) fn put_whole_entry(&mut self, at: Version, new: &NewEntry) {
        let (item, values) = split(new);
        let key = item.key();
        if let Some(values) = values {
            self.values.put(at, key.clone(), Some(values));
        }
        self.entries.put(at, key, Some(item));
    }

    /// Whether an entry, or values, have this entry's id: what would make a transaction fail.
    pub(super) fn refuses(&self, new: &NewEntry) -> Result<(), StoreError> {
        let (item, values) = split(new);
        let key = item.key();
        let is_taken = self.entries.get(self.version, &key).is_some()
            || (values.is_some() && self.values.get(self.version, &key).is_some());
        if is_taken { Err(StoreError::Changed) } else { Ok(()) }
    }

    /// Every entry of a workspace, the oldest first, with its values and its life.
    pub(super) fn stored(&self, workspace: &WorkspaceId) -> Vec<NewEntry> {
        let all = (workspace.clone(), EntryId::first_of(Timestamp::MIN))
            ..=(workspace.clone(), EntryId::LAST);
        let entries = self.entries.range(self.version, all).map(|(key, item)| {
            let mut entry = item.entry.clone();
            if let Some(values) = self.values.get(self.version, key) {
                values.fill(&mut entry);
            }
            NewEntry { entry, delete_at: item.delete_at }
        });
        entries.collect()
    }

    pub(super) fn delete_expired(&mut self, now: Timestamp) -> usize {
        let at = self.next();
        let is_over = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        let entries = expired(&mut self.entries, at, |item| is_over(item.delete_at));
        let values = expired(&mut self.values, at, |item| is_over(item.delete_at));
        expired(&mut self.profiles, at, |profile| is_over(profile.ends.profile));
        expired(&mut self.terms, at, |end| is_over(*end));
        expired(&mut self.markers, at, |marker| marker.at.plus_days(MARKER_DAYS) <= now);
        expired(&mut self.credentials, at, |credential| is_over(credential.expires_at));
        expired(&mut self.jobs, at, |job| is_over(job.expires_at));
        expired(&mut self.open_jobs, at, |line| is_over(line.expires_at));
        entries + values
    }
}

/// Deletes the rows that have expired, and says how many.
fn expired<K: Ord + Clone, V>(
    table: &mut Table<K, V>,
    at: Version,
    is_over: impl Fn(&V) -> bool,
) -> usize {
    let over: Vec<K> =
        table.iter(at).filter(|(_, row)| is_over(row)).map(|(key, _)| key.clone()).collect();
    let count = over.len();
    for key in over {
        table.put(at, key, None);
    }
    count
}
