//! Gets one entry, and its values if they lie apart.

use super::item::{EntryItem, Item, ValuesItem, from_item, text};
use super::{DynamoStore, keys};
use domain::entry::Entry;
use domain::identity::EntryId;
use domain::ports::{GetEntry, StoreError};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};

impl GetEntry for DynamoStore {
    async fn entry(
        &self,
        workspace: &Workspace,
        id: EntryId,
        now: Timestamp,
    ) -> Result<Option<Entry>, StoreError> {
        let Some(item) = self.item(keys::entries(&workspace.id), id, false).await? else {
            return Ok(None);
        };
        let item: EntryItem = from_item(item)?;
        let values_apart = item.values_apart;
        let mut entry = item.into_entry()?;
        if !entry.is_visible(workspace, now) {
            return Ok(None);
        }
        if values_apart && let Some(values) = self.values(&workspace.id, id).await? {
            values.fill(&mut entry)?;
        }
        Ok(Some(entry))
    }
}

impl DynamoStore {
    /// The values of an entry whose values lie apart. They were written before the entry, but an
    /// eventually consistent read may miss them: then a strongly consistent one follows. `None`
    /// means that somebody removed them.
    pub(super) async fn values(
        &self,
        workspace: &WorkspaceId,
        id: EntryId,
    ) -> Result<Option<ValuesItem>, StoreError> {
        let mut item = self.item(keys::values(workspace), id, false).await?;
        if item.is_none() {
            item = self.item(keys::values(workspace), id, true).await?;
        }
        item.map(from_item).transpose()
    }

    /// The item of an entry or of its values.
    pub(super) async fn item(
        &self,
        partition: String,
        id: EntryId,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.tables.entries)
            .key("workspace_id", text(partition))
            .key("id", text(id.to_string()))
            .consistent_read(consistent);
        self.get(get).await
    }
}
