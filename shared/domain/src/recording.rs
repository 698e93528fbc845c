//! Records entries that are ready: announces those that are out of order, puts each one with the
//! clock read anew, and confirms those that were announced together.
//!
//! The rules of the journal that writers keep are enforced here (`docs/table.md`, "The journal"):
//!
//! | rule | kept by |
//! |---|---|
//! | J1 | [`record_all`], [`stamp`]: `recorded_at` is the clock right before the attempt |
//! | J2 | [`record_all`]: the marker is stored before the entry, and confirms it only after it |

use crate::clock::Clock;
use crate::entry::{Entry, NewEntry};
use crate::identity::EntryId;
use crate::journal::{MARKED_BEFORE_MS, Marker, Numbered, is_out_of_order};
use crate::ports::{AppendEntry, Appended, MarkEntries, StoreError, chain};
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// What the store must do to record entries.
pub trait RecordEntries: AppendEntry + MarkEntries + Sync {}
impl<S: AppendEntry + MarkEntries + Sync> RecordEntries for S {}

/// Attempts to store an entry that the store does not confirm. If an earlier attempt has stored it
/// after all, the next one finds a duplicate.
const ATTEMPTS: u32 = 3;
/// Markers that are written for an entry within one attempt at most. Each takes a call of the
/// store, and is too old after [`MARKED_BEFORE_MS`].
const MARKINGS: u32 = 3;
/// A marker confirms entries only if there are at least this many. A sequencer reads each entry
/// that is not confirmed, for 1 read unit. A confirmation costs 1 write unit, which costs as much
/// as 5 read units ("Amazon DynamoDB pricing", on-demand).
const CONFIRMED_TOGETHER: usize = 5;
/// The pause before the second attempt. The one before the third is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Records one entry, and sets the `recorded_at` with which it is stored.
///
/// # Errors
/// When the store fails, or another entry is stored under the id.
pub async fn record<S: RecordEntries>(
    store: &S,
    clock: &Clock,
    new: &mut NewEntry,
) -> Result<Appended, StoreError> {
    let outcomes = record_all(store, clock, std::slice::from_mut(new)).await;
    let missing = || Err(StoreError::Unavailable("no outcome for an entry".into()));
    outcomes.into_iter().next().unwrap_or_else(missing)
}

/// Records entries of one workspace, with distinct ids, and sets the `recorded_at` with which each
/// is stored. There is one outcome for each, in their order.
///
/// 1. Entries that are out of order are looked for. One that is stored is a duplicate, and nothing
///    is written for it.
/// 2. Markers announce the others that are out of order (J2). If that fails, they are not recorded.
/// 3. The clock is read, and the entries are put, each if no entry has its id (J1). Those that the
///    store does not confirm are put again, with the clock read again.
/// 4. Each marker that announces several entries is stored again, and confirms those that step 3
///    has stored (J2), so that nobody needs to read them to number or count them. If that fails,
///    they are read.
pub async fn record_all<S: RecordEntries>(
    store: &S,
    clock: &Clock,
    entries: &mut [NewEntry],
) -> Vec<Result<Appended, StoreError>> {
    let mut recording = Recording { store, clock, outcomes: BTreeMap::new(), markers: Vec::new() };
    let mut open: Vec<&mut NewEntry> = entries.iter_mut().collect();
    let ids: Vec<EntryId> = open.iter().map(|new| new.entry.id).collect();
    open = recording.look(open).await;
    let mut marked = BTreeMap::new();
    for attempt in 1..=ATTEMPTS {
        open = recording.mark(open, &mut marked).await;
        open = recording.put(open, attempt).await;
        if open.is_empty() {
            break;
        }
        clock.pause(FIRST_PAUSE * attempt).await;
    }
    recording.confirm(entries).await;
    let missing = || Err(StoreError::Unavailable("no outcome for an entry".into()));
    ids.iter().map(|id| recording.outcomes.remove(id).unwrap_or_else(missing)).collect()
}

/// J1: sets the `recorded_at` of an entry that is stored in a transaction with other items, right
/// before the attempt. Such an entry happens now, so it needs no marker (J2).
///
/// # Errors
/// [`StoreError::Unavailable`] if so much time has passed since then that it would need one.
pub fn stamp(mut new: NewEntry, clock: &Clock) -> Result<NewEntry, StoreError> {
    let now = clock.now();
    if is_out_of_order(new.entry.id.occurred_at(), now) {
        return Err(StoreError::Unavailable("the request has taken too long".into()));
    }
    new.entry.recorded_at = now;
    Ok(new)
}

/// Entries while they are recorded.
struct Recording<'a, S> {
    store: &'a S,
    clock: &'a Clock,
    outcomes: BTreeMap<EntryId, Result<Appended, StoreError>>,
    /// The markers that were stored.
    markers: Vec<Marker>,
}

impl<S: RecordEntries> Recording<'_, S> {
    /// Looks for the entries that are out of order, and answers those that are still to be stored.
    /// A retry of an old entry thus costs a read, and no marker.
    async fn look<'e>(&mut self, open: Vec<&'e mut NewEntry>) -> Vec<&'e mut NewEntry> {
        let now = self.clock.now();
        let (late, mut rest): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|new| is_out_of_order(new.entry.id.occurred_at(), now));
        if late.is_empty() {
            return rest;
        }
        let wanted: Vec<&Entry> = late.iter().map(|new| &new.entry).collect();
        let found = self.store.look(&wanted).await;
        for (new, found) in late.into_iter().zip(found) {
            match found {
                Ok(None) => rest.push(new),
                Ok(Some(duplicate)) => drop(self.outcomes.insert(new.entry.id, Ok(duplicate))),
                Err(error) => drop(self.outcomes.insert(new.entry.id, Err(error))),
            }
        }
        rest
    }

    /// J1, J2: stamps the entries with the clock, after markers announce all that are out of order
    /// by it. Answers those that may be put. `marked` says when each was last announced.
    async fn mark<'e>(
        &mut self,
        mut open: Vec<&'e mut NewEntry>,
        marked: &mut BTreeMap<EntryId, Timestamp>,
    ) -> Vec<&'e mut NewEntry> {
        let mut now = self.clock.now();
        let mut late = unannounced(&open, marked, now);
        for _ in 0..MARKINGS {
            let Some(workspace) = late.first().and_then(|_| workspace_of(&open)) else { break };
            for marker in Marker::of(now, late) {
                match self.store.mark(&workspace, &marker).await {
                    Ok(()) => {
                        marked.extend(marker.ids.iter().map(|id| (*id, now)));
                        self.markers.push(marker);
                    }
                    Err(error) => self.give_up(&mut open, &marker.ids, &error),
                }
            }
            now = self.clock.now();
            late = unannounced(&open, marked, now);
        }
        let too_slow = StoreError::Unavailable("the store takes markers too slowly".into());
        self.give_up(&mut open, &late, &too_slow);
        // Some entries may have been given up. The others are announced, or in order, with this
        // `recorded_at`.
        for new in &mut open {
            new.entry.recorded_at = now;
        }
        open
    }

    /// J2: stores the markers again with those of their entries that these attempts have stored.
    ///
    /// An entry that was stored before is not confirmed, because its `recorded_at` is that of
    /// another attempt or writer. Neither is an entry whose storage the store has not acknowledged.
    /// Nothing depends on a confirmation, so its failure is no error.
    async fn confirm(&self, entries: &[NewEntry]) {
        let Some(workspace) = entries.first().map(|new| &new.entry.workspace_id) else { return };
        let is_stored =
            |id: &EntryId| matches!(self.outcomes.get(id), Some(Ok(Appended::Recorded)));
        let stored = entries.iter().map(|new| &new.entry).filter(|entry| is_stored(&entry.id));
        let stored: BTreeMap<_, _> = stored.map(|entry| (entry.id, numbered(entry))).collect();
        let markers = self.markers.iter().map(|marker| marker.clone().confirming(&stored));
        let markers: Vec<_> =
            markers.filter(|marker| marker.confirmed.len() >= CONFIRMED_TOGETHER).collect();
        let confirmed = markers.iter().map(|marker| self.store.confirm(workspace, marker));
        for error in join_all(confirmed).await.into_iter().filter_map(Result::err) {
            tracing::debug!(error = %chain(&error), "a marker confirms nothing");
        }
    }

    /// Ends entries with an error.
    fn give_up(&mut self, open: &mut Vec<&mut NewEntry>, ids: &[EntryId], error: &StoreError) {
        self.outcomes.extend(ids.iter().map(|id| (*id, Err(error.copy()))));
        open.retain(|new| !ids.contains(&new.entry.id));
    }

    /// Puts the entries, and answers those that the store did not confirm, if there is another
    /// attempt.
    async fn put<'e>(
        &mut self,
        open: Vec<&'e mut NewEntry>,
        attempt: u32,
    ) -> Vec<&'e mut NewEntry> {
        let appended = match open.as_slice() {
            [] => return Vec::new(),
            [one] => vec![self.store.append(one).await],
            all => {
                let all: Vec<NewEntry> = all.iter().map(|new| (**new).clone()).collect();
                self.store.append_all(&all).await
            }
        };
        let mut again = Vec::new();
        for (new, appended) in open.into_iter().zip(appended) {
            let is_open =
                matches!(appended, Err(StoreError::Throttled(_) | StoreError::Unavailable(_)));
            if is_open && attempt < ATTEMPTS {
                again.push(new);
            } else {
                self.outcomes.insert(new.entry.id, appended);
            }
        }
        again
    }
}

fn workspace_of(open: &[&mut NewEntry]) -> Option<WorkspaceId> {
    open.first().map(|new| new.entry.workspace_id.clone())
}

/// The entry as the journal knows it.
fn numbered(entry: &Entry) -> Numbered {
    Numbered { recorded_at: entry.recorded_at, id: entry.id, kind: Cell::of(entry) }
}

/// The entries that need a marker at `now` and have none that is young enough (J2).
fn unannounced(
    open: &[&mut NewEntry],
    marked: &BTreeMap<EntryId, Timestamp>,
    now: Timestamp,
) -> Vec<EntryId> {
    let is_announced =
        |id: &EntryId| marked.get(id).is_some_and(|at| now.ms() - at.ms() <= MARKED_BEFORE_MS);
    let ids = open.iter().map(|new| new.entry.id);
    ids.filter(|id| is_out_of_order(id.occurred_at(), now) && !is_announced(id)).collect()
}
