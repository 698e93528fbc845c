//! Reads the rows of an export: whole entries, the newest first, as many as one call gives, and
//! their values few at a time.

use super::client::classify;
use super::item::{EntryItem, Item, ValuesItem, from_item};
use super::list::{Plan, id_of};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use domain::identity::EntryId;
use domain::ports::{ReadRows, Row, Rows, StoreError, Stretch};
use domain::workspace::WorkspaceId;
use std::collections::HashMap;

/// Items asked for by one `BatchGetItem` (DynamoDB API reference: 100 items, 16 MB).
const ITEMS_PER_CALL: usize = 100;
/// Rows read by one call of the table: a little more than the 1 MB that a call gives holds of
/// entries of 450 bytes. DynamoDB stops at 1 MB by itself; the embedded one looks at all that it is
/// not told to leave.
const TABLE_ROWS_PER_CALL: usize = 2_500;
/// Rows read by one call of an index: what an index does not carry is fetched for each.
const INDEX_ROWS_PER_CALL: usize = 100;

impl ReadRows for DynamoStore {
    async fn rows(&self, stretch: Stretch<'_>) -> Result<Rows, StoreError> {
        let plan = Plan::of(&stretch);
        let limit = if plan.is_index() { INDEX_ROWS_PER_CALL } else { TABLE_ROWS_PER_CALL };
        // Strongly consistent, so that nothing that was acknowledged is missing; an index cannot be
        // read like that.
        let query = plan
            .query(self, &stretch, limit, None)
            .scan_index_forward(false)
            .consistent_read(!plan.is_index());
        let output = query.send().await.map_err(classify)?;
        self.count_read(output.consumed_capacity());
        let stopped_at = output
            .last_evaluated_key
            .as_ref()
            .filter(|key| !key.is_empty())
            .map(id_of)
            .transpose()?;
        let mut items = output.items.unwrap_or_default();
        if plan.is_index() {
            items = self.whole(&stretch, items).await?;
        }
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            let item: EntryItem = from_item(item)?;
            let values_apart = item.values_apart;
            let entry = item.into_entry()?;
            if entry.is_visible(stretch.workspace, stretch.now) {
                rows.push(Row { entry, values_apart });
            }
        }
        Ok(Rows { rows, stopped_at })
    }

    async fn fill(&self, workspace: &WorkspaceId, rows: &mut [Row]) -> Result<(), StoreError> {
        let apart: Vec<_> =
            rows.iter().filter(|row| row.values_apart).map(|row| row.entry.id).collect();
        let mut values = self.items(&keys::values(workspace), &apart).await?;
        for row in rows.iter_mut().filter(|row| row.values_apart) {
            // They were written before their entry, and go with it. Should they have gone just now,
            // so has the entry: another try tells.
            let item = values
                .remove(&row.entry.id)
                .ok_or_else(|| StoreError::Malformed("an entry without its values".into()))?;
            from_item::<ValuesItem>(item)?.fill(&mut row.entry)?;
            row.values_apart = false;
        }
        Ok(())
    }
}

impl DynamoStore {
    /// The whole items of an index's rows, in their order; what is gone meanwhile is left out.
    async fn whole(&self, stretch: &Stretch<'_>, rows: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let ids: Vec<_> = rows.iter().map(id_of).collect::<Result<_, _>>()?;
        let mut items = self.items(&keys::entries(&stretch.workspace.id), &ids).await?;
        Ok(ids.iter().filter_map(|id| items.remove(id)).collect())
    }

    /// The items of these ids in a partition of the entries table, as far as they are there.
    /// Strongly consistent.
    async fn items(
        &self,
        partition: &str,
        ids: &[EntryId],
    ) -> Result<HashMap<EntryId, Item>, StoreError> {
        let key = |id: &EntryId| {
            let (partition, id) =
                (AttributeValue::S(partition.to_owned()), AttributeValue::S(id.to_string()));
            Item::from([("workspace_id".to_owned(), partition), ("id".to_owned(), id)])
        };
        let mut items = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(ITEMS_PER_CALL) {
            let mut wanted: Vec<Item> = ids.iter().map(key).collect();
            while !wanted.is_empty() {
                let asked = wanted.len();
                let keys = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .consistent_read(true)
                    .build();
                let keys = keys.map_err(|error| StoreError::Refused(error.into()))?;
                let get = self.client.batch_get_item().request_items(&self.tables.entries, keys);
                let output = get
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(classify)?;
                output
                    .consumed_capacity()
                    .iter()
                    .for_each(|consumed| self.count_read(Some(consumed)));
                for item in output.responses.unwrap_or_default().into_values().flatten() {
                    items.insert(id_of(&item)?, item);
                }
                wanted = output
                    .unprocessed_keys
                    .unwrap_or_default()
                    .into_values()
                    .flat_map(|keys| keys.keys)
                    .collect();
                if wanted.len() == asked {
                    return Err(StoreError::Throttled("no item of a batch was read".into()));
                }
            }
        }
        Ok(items)
    }
}
