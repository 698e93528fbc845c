//! Gets one entry.

use super::client::classify;
use super::item::{EntryItem, Item, ValuesItem, from_item};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
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
        if values_apart {
            self.values(&workspace.id, id).await?.fill(&mut entry)?;
        }
        Ok(Some(entry))
    }
}

impl DynamoStore {
    /// The values of an entry that says it has them. They were written before it, but a read may be
    /// behind: the second one is not.
    async fn values(&self, workspace: &WorkspaceId, id: EntryId) -> Result<ValuesItem, StoreError> {
        let mut item = self.item(keys::values(workspace), id, false).await?;
        if item.is_none() {
            item = self.item(keys::values(workspace), id, true).await?;
        }
        from_item(item.ok_or_else(|| StoreError::Malformed("an entry without its values".into()))?)
    }

    async fn item(
        &self,
        partition: String,
        id: EntryId,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let get =
            self.client.get_item().table_name(&self.tables.entries).consistent_read(consistent);
        let get = get.key("workspace_id", AttributeValue::S(partition));
        let get = get
            .key("id", AttributeValue::S(id.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output = get.send().await.map_err(classify)?;
        self.count_read(output.consumed_capacity());
        Ok(output.item)
    }
}
