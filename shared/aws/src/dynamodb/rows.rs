//! Reads the rows of an export: whole entries, the newest first, as many as one call returns. The
//! values that lie apart are read for a few rows at a time.

use super::call::limit;
use super::item::{EntryItem, Item, ValuesItem, from_item, id_of, malformed, text};
use super::query_plan::QueryPlan;
use super::{DynamoStore, keys};
use domain::identity::EntryId;
use domain::ports::{ReadRows, Row, Rows, StoreError, Stretch};
use domain::workspace::WorkspaceId;
use std::collections::HashMap;

/// Rows read by one query of the table: a little more than fit into the 1 MB that a query returns,
/// at 450 bytes an entry. DynamoDB stops at 1 MB by itself. The embedded store for tests reads the
/// rest of the partition unless there is a limit.
const TABLE_ROWS_PER_CALL: usize = 2_500;
/// Rows read by one query of an index. Each row needs its whole item from the table, too, and one
/// `BatchGetItem` takes 100.
const INDEX_ROWS_PER_CALL: usize = 100;

impl ReadRows for DynamoStore {
    async fn rows(&self, stretch: Stretch<'_>) -> Result<Rows, StoreError> {
        let plan = QueryPlan::of(&stretch);
        let rows_per_call = if plan.is_index() { INDEX_ROWS_PER_CALL } else { TABLE_ROWS_PER_CALL };
        let query = plan
            .query(self)
            .scan_index_forward(false)
            // Strongly consistent, so that every acknowledged entry is in the export. An index
            // does not support that.
            .consistent_read(!plan.is_index())
            .limit(limit(rows_per_call));
        let page = self.page(query).await?;
        let stopped_at = page.stopped_at()?;
        let items =
            if plan.is_index() { self.whole(&stretch, &page.items).await? } else { page.items };
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
            // Values are written before their entry and expire with it. If they are missing because
            // they have just expired, the next try does not find the entry either.
            let item = values
                .remove(&row.entry.id)
                .ok_or_else(|| malformed("an entry without its values"))?;
            from_item::<ValuesItem>(item)?.fill(&mut row.entry)?;
            row.values_apart = false;
        }
        Ok(())
    }
}

impl DynamoStore {
    /// The whole items of the rows of an index, in their order. Items that were deleted meanwhile
    /// are left out.
    async fn whole(&self, stretch: &Stretch<'_>, rows: &[Item]) -> Result<Vec<Item>, StoreError> {
        let ids: Vec<_> = rows.iter().map(id_of).collect::<Result<_, _>>()?;
        let mut items = self.items(&keys::entries(&stretch.workspace.id), &ids).await?;
        Ok(ids.iter().filter_map(|id| items.remove(id)).collect())
    }

    /// The items of these ids in a partition of the entries table. Missing ones are left out.
    async fn items(
        &self,
        partition: &str,
        ids: &[EntryId],
    ) -> Result<HashMap<EntryId, Item>, StoreError> {
        let key = |id: &EntryId| {
            Item::from([
                ("workspace_id".to_owned(), text(partition)),
                ("id".to_owned(), text(id.to_string())),
            ])
        };
        let found = self.get_all(&self.tables.entries, ids.iter().map(key).collect()).await?;
        found.into_iter().map(|item| Ok((id_of(&item)?, item))).collect()
    }
}
