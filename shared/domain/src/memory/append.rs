//! Appends entries: the values first, then the entry. Each is inserted if it is absent, and else
//! compared with what is there.

use super::script::Call;
use super::size::{entry_bytes, read_units, write_units};
use super::state::{EntryKey, State, StoredEntry, StoredValues, split};
use super::table::Version;
use super::{MemoryStore, View};
use crate::entry::{Entry, NewEntry};
use crate::ports::{AppendEntry, Appended, StoreError};
use crate::timestamp::Timestamp;

/// Entries of a batch that share a call.
const ENTRIES_PER_CALL: usize = 25;

impl AppendEntry for MemoryStore {
    async fn append(&self, new: &NewEntry) -> Result<Appended, StoreError> {
        let (item, values) = split(new);
        if let Some(values) = values {
            self.put_values(&item, &values).await?;
        }
        self.put_entry(&new.entry, &item).await
    }

    async fn append_all(&self, entries: &[NewEntry]) -> Vec<Result<Appended, StoreError>> {
        let mut ready = Vec::with_capacity(entries.len());
        for entry in entries {
            ready.push(self.prepare(entry).await);
        }
        let (mut outcomes, mut inserts, mut met) = (Vec::with_capacity(entries.len()), 0, vec![]);
        for (place, ready) in ready.into_iter().enumerate() {
            outcomes.push(match ready {
                Ok(Ready::Insert(item)) => {
                    if inserts % ENTRIES_PER_CALL == 0 {
                        self.count_call();
                    }
                    inserts += 1;
                    match self.insert(&item).await {
                        Ok(true) => Ok(Appended::Recorded),
                        Ok(false) => {
                            met.push(place);
                            Err(gone())
                        }
                        Err(error) => Err(error),
                    }
                }
                Ok(Ready::Done(appended)) => Ok(appended),
                Err(error) => Err(error),
            });
        }
        self.compare(entries, &met, &mut outcomes).await;
        outcomes
    }

    async fn look(&self, entries: &[&Entry]) -> Vec<Result<Option<Appended>, StoreError>> {
        let read = |view: &View<'_>| {
            let key = |entry: &&Entry| (entry.workspace_id.clone(), entry.id);
            let items = entries.iter().map(|entry| view.state.entries.get(view.at, &key(entry)));
            let items: Vec<_> = items.map(Option::<&StoredEntry>::cloned).collect();
            let bytes = |item: &Option<StoredEntry>| {
                item.as_ref().map_or(0, |item| entry_bytes(&item.entry))
            };
            let units = items.iter().map(|item| read_units(bytes(item))).sum();
            (items, units)
        };
        let found = match self.look(Call::Look, false, read).await {
            Ok(found) => found,
            Err(error) => return entries.iter().map(|_| Err(error.copy())).collect(),
        };
        let mut looked = Vec::with_capacity(entries.len());
        for (sent, item) in entries.iter().zip(found) {
            looked.push(match item {
                Some(item) => {
                    self.filled(item).await.and_then(|stored| Appended::met(stored, sent).map(Some))
                }
                None => Ok(None),
            });
        }
        looked
    }
}

/// What is still to do for an entry of a batch.
enum Ready {
    /// Its item is to be inserted.
    Insert(Box<StoredEntry>),
    /// Nothing: this is how it ended.
    Done(Appended),
}

/// The error when what was met is not there any more: a second attempt stores it.
fn gone() -> StoreError {
    StoreError::Unavailable("the stored entry is gone".into())
}

/// The entry under a key with all its values, and what reading its item costs.
fn whole(view: &View<'_>, key: &EntryKey) -> (Option<Entry>, f64) {
    let item = view.state.entries.get(view.at, key).cloned();
    let units = read_units(item.as_ref().map_or(0, |item| entry_bytes(&item.entry)));
    let entry = item.map(|item| {
        let mut entry = item.entry;
        // They were compared before: see `put_values`.
        if let Some(values) = view.state.values.get(view.at, key).filter(|_| item.values_apart) {
            values.fill(&mut entry);
        }
        entry
    });
    (entry, units)
}

/// Inserts an item and says whether it was absent.
fn insert(state: &mut State, at: Version, item: &StoredEntry) -> bool {
    let is_absent = state.entries.get(at, &item.key()).is_none();
    if is_absent {
        state.entries.put(at, item.key(), Some(item.clone()));
    }
    is_absent
}

impl MemoryStore {
    /// Stores the values of an entry of a batch; and the entry itself, if it has rows under further
    /// targets.
    async fn prepare(&self, new: &NewEntry) -> Result<Ready, StoreError> {
        let (item, values) = split(new);
        if let Some(values) = values {
            self.put_values(&item, &values).await?;
        }
        if item.entry.content.targets.is_empty() {
            Ok(Ready::Insert(Box::new(item)))
        } else {
            self.put_entry(&new.entry, &item).await.map(Ready::Done)
        }
    }

    /// Stores an entry; with rows under further targets it is a transaction. What is there already
    /// is read and compared.
    async fn put_entry(&self, entry: &Entry, item: &StoredEntry) -> Result<Appended, StoreError> {
        let has_rows = !item.entry.content.targets.is_empty();
        let put = if has_rows {
            let put = |state: &mut State, at| {
                let is_new = insert(state, at, item);
                is_new.then(|| (true, item.write_units())).ok_or(StoreError::Changed)
            };
            match self.change(Call::PutWithRows, put).await {
                Err(StoreError::Changed) => Ok(false),
                put => put,
            }
        } else {
            let put = |state: &mut State, at| {
                let is_new = insert(state, at, item);
                Ok((is_new, if is_new { item.write_units() } else { 0.0 }))
            };
            self.change(Call::PutEntry, put).await
        };
        if put? {
            return Ok(Appended::Recorded);
        }
        let stored = self.look_now(Call::GetEntry, |view| whole(view, &item.key())).await?;
        Appended::met(stored.ok_or_else(gone)?, entry)
    }

    /// Stores values under their entry's id. What is there already is compared, and lengthened if
    /// it would expire sooner.
    async fn put_values(
        &self,
        item: &StoredEntry,
        values: &StoredValues,
    ) -> Result<(), StoreError> {
        let key = item.key();
        let put = |state: &mut State, at| {
            if state.values.get(at, &key).is_some() {
                return Ok((false, 0.0));
            }
            state.values.put(at, key.clone(), Some(values.clone()));
            Ok((true, write_units(values.bytes())))
        };
        if self.change(Call::PutValues, put).await? {
            return Ok(());
        }
        let read = |view: &View<'_>| {
            let stored = view.state.values.get(view.at, &key).cloned();
            let units = read_units(stored.as_ref().map_or(0, StoredValues::bytes));
            (stored, units)
        };
        let stored = self.look_now(Call::GetValues, read).await?.ok_or_else(gone)?;
        if !stored.say_the_same_as(values) {
            return Err(StoreError::altered(&item.entry));
        }
        if lives_as_long(stored.delete_at, values.delete_at) {
            return Ok(());
        }
        let lengthen = |state: &mut State, at| {
            let stored = state.values.get(at, &key).cloned().ok_or(StoreError::Changed)?;
            if lives_as_long(stored.delete_at, values.delete_at) {
                return Ok(((), 0.0));
            }
            let units = write_units(stored.bytes());
            let longer = StoredValues { delete_at: values.delete_at, ..stored };
            state.values.put(at, key.clone(), Some(longer));
            Ok(((), units))
        };
        self.change(Call::LengthenValues, lengthen).await
    }

    /// One statement of a batch. Says whether the entry was absent.
    async fn insert(&self, item: &StoredEntry) -> Result<bool, StoreError> {
        self.change(Call::InsertEntry, |state, at| {
            let is_new = insert(state, at, item);
            // A statement that fails is paid for, and the answer says so.
            Ok((is_new, if is_new { item.write_units() } else { item.table_units() }))
        })
        .await
    }

    /// Compares the entries at these places with what is stored under their ids.
    async fn compare(
        &self,
        entries: &[NewEntry],
        places: &[usize],
        outcomes: &mut [Result<Appended, StoreError>],
    ) {
        let met: Vec<_> =
            places.iter().filter_map(|place| Some((*place, &entries.get(*place)?.entry))).collect();
        if met.is_empty() {
            return;
        }
        let read = |view: &View<'_>| {
            let found =
                met.iter().map(|(_, sent)| whole(view, &(sent.workspace_id.clone(), sent.id)));
            let (stored, units): (Vec<_>, Vec<_>) = found.unzip();
            (stored, units.into_iter().sum())
        };
        let stored: Vec<_> = match self.look_now(Call::GetDuplicates, read).await {
            Ok(stored) => stored.into_iter().map(|stored| stored.ok_or_else(gone)).collect(),
            Err(error) => met.iter().map(|_| Err(error.copy())).collect(),
        };
        for ((place, sent), stored) in met.into_iter().zip(stored) {
            if let Some(outcome) = outcomes.get_mut(place) {
                *outcome = stored.and_then(|stored| Appended::met(stored, sent));
            }
        }
    }
}

/// Whether an item that may be deleted at `stored` lives at least as long as one that may be
/// deleted at `new`. `None` means never.
fn lives_as_long(stored: Option<Timestamp>, new: Option<Timestamp>) -> bool {
    match (stored, new) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(stored), Some(new)) => stored >= new,
    }
}
