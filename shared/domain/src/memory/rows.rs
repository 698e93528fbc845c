//! Reads whole entries: the rows of an export, entries by their ids, and their values.

use super::query::Query;
use super::script::Call;
use super::size::{entry_bytes, read_units};
use super::state::{StoredEntry, StoredValues};
use super::{MemoryStore, View};
use crate::identity::EntryId;
use crate::ports::{
    Consistency, Direction, FindRows, ReadRows, Row, Rows, Stopped, StoreError, Stretch,
};
use crate::span::Span;
use crate::workspace::WorkspaceId;

/// Rows read by one call of the table.
const TABLE_ROWS_PER_CALL: usize = 2_500;
/// Rows read by one call of an index: what an index does not carry is fetched for each.
const INDEX_ROWS_PER_CALL: usize = 100;
/// Items that one call gets by their keys.
const ITEMS_PER_CALL: usize = 100;

impl ReadRows for MemoryStore {
    async fn rows(&self, stretch: Stretch<'_>) -> Result<Rows, StoreError> {
        let query = Query::of_stretch(&stretch, Direction::NewestFirst);
        let limit = if query.is_index() { INDEX_ROWS_PER_CALL } else { TABLE_ROWS_PER_CALL };
        // An index cannot be read strongly consistently.
        let (mut items, last) = self
            .look(Call::Rows, !query.is_index(), |view| {
                let page = query.page(view, limit, None);
                let items: Vec<_> = page.items.into_iter().cloned().collect();
                ((items, page.last), page.units)
            })
            .await?;
        if query.is_index() && !items.is_empty() {
            // The whole items, as they are now; what is gone meanwhile is left out.
            items = self
                .look_now(Call::Fill, |view| {
                    let keys = items.iter().map(StoredEntry::key);
                    let whole: Vec<_> = keys
                        .filter_map(|key| view.state.entries.get(view.at, &key).cloned())
                        .collect();
                    let units = whole.iter().map(|item| read_units(entry_bytes(&item.entry))).sum();
                    (whole, units)
                })
                .await?;
        }
        let rows = items
            .into_iter()
            .filter(|item| item.entry.is_visible(stretch.workspace, stretch.now))
            .map(row);
        Ok(Rows { rows: rows.collect(), stopped_at: last })
    }

    async fn fill(&self, workspace: &WorkspaceId, rows: &mut [Row]) -> Result<(), StoreError> {
        let mut apart: Vec<_> = rows.iter_mut().filter(|row| row.values_apart).collect();
        if apart.is_empty() {
            return Ok(());
        }
        let values: Vec<Option<StoredValues>> = self
            .look_now(Call::Fill, |view| {
                let values = apart.iter().map(|row| {
                    view.state.values.get(view.at, &(workspace.clone(), row.entry.id)).cloned()
                });
                let values: Vec<_> = values.collect();
                let units = values.iter().flatten().map(|values| read_units(values.bytes())).sum();
                (values, units)
            })
            .await?;
        for (row, values) in apart.iter_mut().zip(values) {
            if let Some(values) = values {
                values.fill(&mut row.entry);
            }
            row.values_apart = false;
        }
        Ok(())
    }
}

impl FindRows for MemoryStore {
    async fn rows_within(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Row, EntryId>, StoreError> {
        let query = Query::of_span(workspace, span, Direction::OldestFirst);
        self.look(Call::RowsWithin, consistency == Consistency::Strong, |view| {
            let page = query.page(view, limit, None);
            let items = page.items.into_iter().cloned().map(row).collect();
            (Stopped { items, stopped_at: page.last }, page.units)
        })
        .await
    }

    async fn rows_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for ids in ids.chunks(ITEMS_PER_CALL) {
            let found = self.look(Call::RowsOf, consistency == Consistency::Strong, |view| {
                let (stored, units) = items_of(view, workspace, ids);
                (stored.into_iter().cloned().map(row).collect::<Vec<_>>(), units)
            });
            rows.extend(found.await?);
        }
        Ok(rows)
    }
}

/// The items of these ids, and what reading them costs. A missing item costs what a small one
/// does. Source: "Read consistency and capacity units", DynamoDB Developer Guide.
pub(super) fn items_of<'v>(
    view: &View<'v>,
    workspace: &WorkspaceId,
    ids: &[EntryId],
) -> (Vec<&'v StoredEntry>, f64) {
    let get = |id: &EntryId| view.state.entries.get(view.at, &(workspace.clone(), *id));
    let found: Vec<_> = ids.iter().map(get).collect();
    let bytes = |item: Option<&StoredEntry>| item.map_or(0, |item| entry_bytes(&item.entry));
    let units = found.iter().map(|item| read_units(bytes(*item))).sum();
    (found.into_iter().flatten().collect(), units)
}

fn row(item: StoredEntry) -> Row {
    Row { entry: item.entry, values_apart: item.values_apart }
}
