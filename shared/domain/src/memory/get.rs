//! Gets one entry with its values.

use super::script::Call;
use super::size::{entry_bytes, read_units};
use super::state::{EntryKey, StoredEntry, StoredValues};
use super::{MemoryStore, View};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::ports::{GetEntry, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

impl GetEntry for MemoryStore {
    async fn entry(
        &self,
        workspace: &Workspace,
        id: EntryId,
        now: Timestamp,
    ) -> Result<Option<Entry>, StoreError> {
        let key = (workspace.id.clone(), id);
        let item = self
            .look(Call::GetEntry, false, |view| {
                let item = view.state.entries.get(view.at, &key).cloned();
                let units = read_units(item.as_ref().map_or(0, |item| entry_bytes(&item.entry)));
                (item, units)
            })
            .await?;
        let Some(item) = item.filter(|item| item.entry.is_visible(workspace, now)) else {
            return Ok(None);
        };
        self.filled(item).await.map(Some)
    }
}

impl MemoryStore {
    /// The entry of an item, with its values.
    pub(super) async fn filled(&self, item: StoredEntry) -> Result<Entry, StoreError> {
        let (key, mut entry) = (item.key(), item.entry);
        if item.values_apart {
            // The values were written before the entry, but this read may be behind.
            let mut values = self.look(Call::GetValues, false, |view| values(view, &key)).await?;
            if values.is_none() {
                values = self.look_now(Call::GetValues, |view| self::values(view, &key)).await?;
            }
            if let Some(values) = values {
                values.fill(&mut entry);
            }
        }
        Ok(entry)
    }
}

/// The values under a key, and what reading them costs.
fn values(view: &View<'_>, key: &EntryKey) -> (Option<StoredValues>, f64) {
    let values = view.state.values.get(view.at, key).cloned();
    let units = read_units(values.as_ref().map_or(0, StoredValues::bytes));
    (values, units)
}
