//! Lists entries and counts them: reads the table or an index until enough is found, and reports
//! how far it came.

use super::DynamoStore;
use super::call::limit;
use super::item::{EntryItem, from_item, id_of};
use super::query_plan::QueryPlan;
use aws_sdk_dynamodb::types::Select;
use domain::ports::{Direction, ListEntries, Matches, Slice, StoreError, Stretch};

/// Entries read by every call but the first: what the first call did not find is rare.
const MAX_READ_PER_CALL: usize = 1_000;
/// With a filter, the first call reads this many times what is wanted.
const FILTER_MARGIN: usize = 4;

impl ListEntries for DynamoStore {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let plan = QueryPlan::of(&stretch);
        let mut slice = Slice::default();
        let mut start = None;
        loop {
            let missing = wanted - slice.entries.len();
            let to_read = entries_to_read(&plan, missing, slice.read).min(most_read - slice.read);
            let query = plan
                .query(self)
                .scan_index_forward(direction == Direction::OldestFirst)
                .limit(limit(to_read))
                .set_exclusive_start_key(start);
            let page = self.page(query).await?;
            slice.read += page.read;
            for item in page.items.into_iter().filter(|item| plan.asks_for(item)) {
                let entry = from_item::<EntryItem>(item)?.into_entry()?;
                if !entry.is_visible(stretch.workspace, stretch.now) {
                    continue;
                }
                if slice.entries.len() >= wanted {
                    slice.stopped_at = slice.entries.last().map(|last| last.id);
                    return Ok(slice);
                }
                slice.entries.push(entry);
            }
            let Some(key) = page.last_key else {
                return Ok(slice);
            };
            if slice.entries.len() >= wanted || slice.read >= most_read {
                slice.stopped_at = Some(id_of(&key)?);
                return Ok(slice);
            }
            start = Some(key);
        }
    }

    async fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> Result<Matches, StoreError> {
        let plan = QueryPlan::of(&stretch);
        let (mut matches, mut start) = (Matches::default(), None);
        while matches.count <= most && matches.read < most_read {
            // Without a filter: as many as are missing, and one more to know that there are more.
            // With a filter, nobody knows how many entries hold that many matches.
            let missing =
                usize::try_from(most - matches.count).unwrap_or(usize::MAX).saturating_add(1);
            let to_read = if plan.is_filtered() { most_read } else { missing };
            let query = plan.query(self).scan_index_forward(false);
            let query = if plan.is_wider() {
                // Reading entries costs as much as counting them, and then tells their addresses.
                query.projection_expression("#ip_address")
            } else {
                query.select(Select::Count)
            };
            let query = query
                .limit(limit(to_read.min(most_read - matches.read)))
                .set_exclusive_start_key(start);
            let page = self.page(query).await?;
            matches.read += page.read;
            matches.count += if plan.is_wider() {
                page.items.iter().map(|item| u64::from(plan.asks_for(item))).sum()
            } else {
                page.count
            };
            matches.is_whole = page.last_key.is_none();
            if matches.is_whole {
                break;
            }
            start = page.last_key;
        }
        Ok(matches)
    }
}

/// How many entries the next call should read, when so many are missing and so many were read.
fn entries_to_read(plan: &QueryPlan, missing: usize, read: usize) -> usize {
    match (read, plan.is_filtered()) {
        (0, false) => missing,
        (0, true) => missing * FILTER_MARGIN,
        _ => MAX_READ_PER_CALL,
    }
}
