//! Appends entries: the values first, then the entry, each put-if-absent.

use super::MemoryStore;
use super::script::Call;
use super::size::{entry_bytes, read_units, write_units};
use super::state::{StoredEntry, StoredValues, split};
use crate::entry::Entry;
use crate::ports::{AppendEntry, Appended, StoreError};

/// Entries of a batch that share a call.
const ENTRIES_PER_CALL: usize = 25;

impl AppendEntry for MemoryStore {
    async fn append(&self, entry: &Entry) -> Result<Appended, StoreError> {
        let (item, values) = split(entry);
        if let Some(values) = values {
            self.put_values(&item, &values).await?;
        }
        self.put_entry(entry, &item).await
    }

    async fn append_all(&self, entries: &[Entry]) -> Vec<Result<Appended, StoreError>> {
        let mut ready = Vec::with_capacity(entries.len());
        for entry in entries {
            ready.push(self.prepare(entry).await);
        }
        let (mut outcomes, mut inserts) = (Vec::with_capacity(entries.len()), 0);
        for ready in ready {
            outcomes.push(match ready {
                Ok(Ready::Insert(item)) => {
                    if inserts % ENTRIES_PER_CALL == 0 {
                        self.count_call();
                    }
                    inserts += 1;
                    self.insert(&item).await
                }
                Ok(Ready::Done(appended)) => Ok(appended),
                Err(error) => Err(error),
            });
        }
        outcomes
    }
}

/// What is still to do for an entry of a batch.
enum Ready {
    /// Its item is to be inserted.
    Insert(Box<StoredEntry>),
    /// Nothing: this is how it ended.
    Done(Appended),
}

impl MemoryStore {
    /// Stores the values of an entry of a batch; and the entry itself, if it has rows under further
    /// targets.
    async fn prepare(&self, entry: &Entry) -> Result<Ready, StoreError> {
        let (item, values) = split(entry);
        if let Some(values) = values {
            self.put_values(&item, &values).await?;
        }
        if item.entry.content.targets.is_empty() {
            Ok(Ready::Insert(Box::new(item)))
        } else {
            self.put_entry(entry, &item).await.map(Ready::Done)
        }
    }

    /// Stores an entry. With rows under further targets it is a transaction.
    async fn put_entry(&self, entry: &Entry, item: &StoredEntry) -> Result<Appended, StoreError> {
        if !item.entry.content.targets.is_empty() {
            return self.put_with_rows(entry, item).await;
        }
        self.change(Call::PutEntry, |state, at| match state.entries.get(at, &item.key()) {
            None => {
                state.entries.put(at, item.key(), Some(item.clone()));
                Ok((Appended::Recorded, item.write_units()))
            }
            Some(stored) => Ok((duplicate(entry, stored)?, 0.0)),
        })
        .await
    }

    /// Stores an entry and its rows. A transaction does not return what is stored, so that is read
    /// if it fails.
    async fn put_with_rows(
        &self,
        entry: &Entry,
        item: &StoredEntry,
    ) -> Result<Appended, StoreError> {
        let put = self
            .change(Call::PutWithRows, |state, at| {
                if state.entries.get(at, &item.key()).is_some() {
                    return Err(StoreError::Changed);
                }
                state.entries.put(at, item.key(), Some(item.clone()));
                Ok(((), item.write_units()))
            })
            .await;
        match put {
            Ok(()) => return Ok(Appended::Recorded),
            Err(StoreError::Changed) => {}
            Err(error) => return Err(error),
        }
        let stored = self
            .look_now(Call::GetEntry, |view| {
                let item = view.state.entries.get(view.at, &item.key()).cloned();
                let bytes = item.as_ref().map_or(0, |item| entry_bytes(&item.entry));
                (item, read_units(bytes))
            })
            .await?;
        let deleted = || StoreError::Unavailable("the stored entry is gone".into());
        duplicate(entry, &stored.ok_or_else(deleted)?)
    }

    /// Stores values under their entry's id, unless values are there that live as long.
    async fn put_values(
        &self,
        item: &StoredEntry,
        values: &StoredValues,
    ) -> Result<(), StoreError> {
        self.change(Call::PutValues, |state, at| {
            let holds = state.values.get(at, &item.key()).is_none_or(|stored| {
                match (stored.expires_at, values.expires_at) {
                    (Some(stored), Some(new)) => stored < new,
                    (Some(_), None) => true,
                    (None, _) => false,
                }
            });
            if !holds {
                return Ok(((), 0.0));
            }
            state.values.put(at, item.key(), Some(values.clone()));
            Ok(((), write_units(values.bytes())))
        })
        .await
    }

    /// One statement of a batch: an entry that is there is a duplicate, and is not shown.
    async fn insert(&self, item: &StoredEntry) -> Result<Appended, StoreError> {
        self.change(Call::InsertEntry, |state, at| {
            if state.entries.get(at, &item.key()).is_some() {
                // A statement that fails is paid for, and the answer says so.
                return Ok((Appended::Duplicate(None), item.table_units()));
            }
            state.entries.put(at, item.key(), Some(item.clone()));
            Ok((Appended::Recorded, item.write_units()))
        })
        .await
    }
}

/// Compares the stored entry with the one that met it: the same content is a duplicate, other
/// content under the same id a conflict.
fn duplicate(entry: &Entry, stored: &StoredEntry) -> Result<Appended, StoreError> {
    let mut found = stored.entry.clone();
    if stored.values_apart {
        found.content.old_value.clone_from(&entry.content.old_value);
        found.content.new_value.clone_from(&entry.content.new_value);
        found.content.metadata.clone_from(&entry.content.metadata);
    }
    if found.content.says_the_same_as(&entry.content) {
        Ok(Appended::Duplicate(Some(Box::new(found))))
    } else {
        Err(StoreError::AlreadyExists)
    }
}
