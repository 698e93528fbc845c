//! Reads the rows of an export, and their values.

use super::MemoryStore;
use super::query::Query;
use super::script::Call;
use super::size::{entry_bytes, read_units};
use super::state::StoredValues;
use crate::ports::{Direction, ReadRows, Row, Rows, StoreError, Stretch};
use crate::workspace::WorkspaceId;

/// Rows read by one call of the table.
const TABLE_ROWS_PER_CALL: usize = 2_500;
/// Rows read by one call of an index: what an index does not carry is fetched for each.
const INDEX_ROWS_PER_CALL: usize = 100;

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
                    let keys = items.iter().map(super::state::StoredEntry::key);
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
            .map(|item| Row { entry: item.entry, values_apart: item.values_apart });
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
            let values = values
                .ok_or_else(|| StoreError::Malformed("an entry without its values".into()))?;
            values.fill(&mut row.entry);
            row.values_apart = false;
        }
        Ok(())
    }
}
