//! Appends entries: the values first, then the entry, each put-if-absent.

use super::MemoryStore;
use super::script::Call;
use super::size::write_units;
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
        self.change(Call::PutEntry, |state, at| match state.entries.get(at, &item.key()) {
            None => {
                state.entries.put(at, item.key(), Some(item.clone()));
                Ok((Appended::Recorded, item.write_units()))
            }
            Some(stored) => Ok((duplicate(entry, stored)?, 0.0)),
        })
        .await
    }

    async fn append_all(&self, entries: &[Entry]) -> Vec<Result<Appended, StoreError>> {
        let mut outcomes = Vec::with_capacity(entries.len());
        let mut puts = Vec::with_capacity(entries.len());
        for entry in entries {
            let (item, values) = split(entry);
            puts.push(match values {
                Some(values) => self.put_values(&item, &values).await.map(|()| item),
                None => Ok(item),
            });
        }
        for (place, put) in puts.into_iter().enumerate() {
            if place % ENTRIES_PER_CALL == 0 {
                self.count_call();
            }
            outcomes.push(match put {
                Ok(item) => self.insert(&item).await,
                Err(error) => Err(error),
            });
        }
        outcomes
    }
}

impl MemoryStore {
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
    }
    if found.content == entry.content {
        Ok(Appended::Duplicate(Some(Box::new(found))))
    } else {
        Err(StoreError::AlreadyExists)
    }
}
