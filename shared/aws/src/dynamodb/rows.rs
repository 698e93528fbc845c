//! Reads whole entries: the rows of an export, the newest first, as many as one call returns, and
//! entries by their ids. The values that lie apart are read for a few rows at a time.

use super::call::limit;
use super::item::{EntryItem, Item, ValuesItem, from_item, id_of, text};
use super::query_plan::QueryPlan;
use super::{DynamoStore, keys};
use domain::identity::EntryId;
use domain::ports::{Consistency, FindRows, ReadRows, Row, Rows, Stopped, StoreError, Stretch};
use domain::span::Span;
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
        let mut page = self.page(query).await?;
        let stopped_at = page.stopped_at()?;
        page.items.retain(|item| plan.asks_for(item));
        let items =
            if plan.is_index() { self.whole(&stretch, &page.items).await? } else { page.items };
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            let row = row_of(item)?;
            if row.entry.is_visible(stretch.workspace, stretch.now) {
                rows.push(row);
            }
        }
        Ok(Rows { rows, stopped_at })
    }

    async fn fill(&self, workspace: &WorkspaceId, rows: &mut [Row]) -> Result<(), StoreError> {
        let apart: Vec<_> =
            rows.iter().filter(|row| row.values_apart).map(|row| row.entry.id).collect();
        let values = self.items(&keys::values(workspace), &apart, Consistency::Strong).await?;
        let mut values = by_id(values)?;
        for row in rows.iter_mut().filter(|row| row.values_apart) {
            // Values are written before their entry and expire with it. If they are missing,
            // somebody removed them: the entry is given without them, and does not fit its id.
            if let Some(item) = values.remove(&row.entry.id) {
                from_item::<ValuesItem>(item)?.fill(&mut row.entry)?;
            }
            row.values_apart = false;
        }
        Ok(())
    }
}

impl FindRows for DynamoStore {
    async fn rows_within(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        most: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Row, EntryId>, StoreError> {
        let query = self
            .entries_query("workspace_id", keys::entries(workspace), span)
            .consistent_read(consistency == Consistency::Strong)
            .limit(limit(most.min(TABLE_ROWS_PER_CALL)));
        let page = self.page(query).await?;
        let stopped_at = page.stopped_at()?;
        let items = page.items.into_iter().map(row_of).collect::<Result<_, _>>()?;
        Ok(Stopped { items, stopped_at })
    }

    async fn rows_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Row>, StoreError> {
        let items = self.items(&keys::entries(workspace), ids, consistency).await?;
        items.into_iter().map(row_of).collect()
    }
}

impl DynamoStore {
    /// The whole items of the rows of an index, in their order. Items that were deleted meanwhile
    /// are left out.
    async fn whole(&self, stretch: &Stretch<'_>, rows: &[Item]) -> Result<Vec<Item>, StoreError> {
        let ids: Vec<_> = rows.iter().map(id_of).collect::<Result<_, _>>()?;
        let partition = keys::entries(&stretch.workspace.id);
        let mut items = by_id(self.items(&partition, &ids, Consistency::Strong).await?)?;
        Ok(ids.iter().filter_map(|id| items.remove(id)).collect())
    }

    /// The items of these ids in a partition of the entries table, in no particular order. Missing
    /// ones are left out.
    async fn items(
        &self,
        partition: &str,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let key = |id: &EntryId| {
            Item::from([
                ("workspace_id".to_owned(), text(partition)),
                ("id".to_owned(), text(id.to_string())),
            ])
        };
        let keys = ids.iter().map(key).collect();
        self.get_all(&self.tables.entries, keys, consistency).await
    }
}

fn by_id(items: Vec<Item>) -> Result<HashMap<EntryId, Item>, StoreError> {
    items.into_iter().map(|item| Ok((id_of(&item)?, item))).collect()
}

fn row_of(item: Item) -> Result<Row, StoreError> {
    let item: EntryItem = from_item(item)?;
    let values_apart = item.values_apart;
    Ok(Row { entry: item.into_entry()?, values_apart })
}
