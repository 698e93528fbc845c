//! Lists entries by actor or target, and counts them: chooses table or index, reads until enough is
//! found, and knows how far it came.

use super::client::classify;
use super::item::{EntryItem, Item, from_item};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::ports::{Direction, ListEntries, Matches, Slice, StoreError, Stretch};

/// Entries read by every call but the first: what the first did not find is rare.
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
        let plan = Plan::of(&stretch);
        let mut slice = Slice::default();
        let mut start = None;
        loop {
            let limit =
                plan.limit(wanted - slice.entries.len(), slice.read).min(most_read - slice.read);
            let query = plan
                .query(self, &stretch, limit, start)
                .scan_index_forward(direction == Direction::OldestFirst);
            let output = query.send().await.map_err(classify)?;
            self.count_read(output.consumed_capacity());
            slice.read += usize::try_from(output.scanned_count()).unwrap_or_default();
            for item in output.items.unwrap_or_default() {
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
            // A page of DynamoDB's may end anywhere: at the limit, at 1 MB, empty after the filter.
            // Only a missing key is the end.
            let Some(key) = output.last_evaluated_key.filter(|key| !key.is_empty()) else {
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
        let plan = Plan::of(&stretch).counting(&stretch);
        let (mut matches, mut start) = (Matches::default(), None);
        while matches.count <= most && matches.read < most_read {
            // As many as are missing, and one to know that there are more; with a filter, nobody
            // knows how many that are.
            let missing =
                usize::try_from(most - matches.count).unwrap_or(usize::MAX).saturating_add(1);
            let limit = if plan.conditions.is_empty() { missing } else { most_read }
                .min(most_read - matches.read);
            let query = plan
                .query(self, &stretch, limit, start)
                .scan_index_forward(false)
                .select(Select::Count);
            let output = query.send().await.map_err(classify)?;
            self.count_read(output.consumed_capacity());
            matches.read += usize::try_from(output.scanned_count()).unwrap_or_default();
            matches.count += u64::try_from(output.count()).unwrap_or_default();
            start = output.last_evaluated_key.filter(|key| !key.is_empty());
            matches.is_whole = start.is_none();
            if matches.is_whole {
                break;
            }
        }
        Ok(matches)
    }
}

pub(super) fn id_of(key: &Item) -> Result<EntryId, StoreError> {
    let id = key.get("id").and_then(|id| id.as_s().ok()).and_then(|id| EntryId::parse(id));
    id.ok_or_else(|| StoreError::Malformed("a last evaluated key without an entry id".into()))
}

/// How a stretch is read: from the table or an index, and with which conditions besides the keys.
pub(super) struct Plan {
    index: Option<&'static str>,
    partition_name: &'static str,
    partition: String,
    conditions: Vec<(&'static str, &'static str, String)>,
    /// Only what has not expired by then, in seconds since the Unix epoch: for counts, which see no
    /// entry.
    live_after: Option<i64>,
}

impl Plan {
    /// The index by target if a target is given, else the one by actor, else the table; what the
    /// keys do not say, a filter expression does.
    pub(super) fn of(stretch: &Stretch<'_>) -> Self {
        let workspace = &stretch.workspace.id;
        let Filter { action, target_type, actor_id, target_id, .. } = stretch.filter;
        let mut conditions = Vec::new();
        let mut condition = |name, placeholder, value: &Option<String>| {
            conditions.extend(value.iter().map(|value| (name, placeholder, value.clone())));
        };
        condition("action", ":action", action);
        let (index, partition_name, partition) = match (target_type, target_id, actor_id) {
            (Some(kind), Some(id), _) => {
                condition("actor.id", ":actor_id", actor_id);
                (Some("by_target"), "target_key", keys::target(workspace, kind, id))
            }
            (_, _, Some(id)) => {
                condition("target.type", ":target_type", target_type);
                (Some("by_actor"), "actor_key", keys::actor(workspace, id))
            }
            _ => {
                condition("target.type", ":target_type", target_type);
                (None, "workspace_id", keys::entries(workspace))
            }
        };
        Self { index, partition_name, partition, conditions, live_after: None }
    }

    /// The same, for a call that sees no entries and so cannot leave out the expired ones itself.
    fn counting(self, stretch: &Stretch<'_>) -> Self {
        Self { live_after: Some(stretch.now.epoch_seconds()), ..self }
    }

    /// How many entries the next call should read.
    fn limit(&self, missing: usize, read: usize) -> usize {
        match (read, self.conditions.is_empty()) {
            (0, true) => missing,
            (0, false) => missing * FILTER_MARGIN,
            _ => MAX_READ_PER_CALL,
        }
    }

    /// Whether an index is read, and not the table.
    pub(super) fn is_index(&self) -> bool {
        self.index.is_some()
    }

    pub(super) fn query(
        &self,
        store: &DynamoStore,
        stretch: &Stretch<'_>,
        limit: usize,
        start: Option<Item>,
    ) -> QueryFluentBuilder {
        let text = |text: String| AttributeValue::S(text);
        let mut query = store
            .client
            .query()
            .table_name(&store.tables.entries)
            .set_index_name(self.index.map(str::to_owned))
            .key_condition_expression("#partition = :partition AND #id BETWEEN :low AND :high")
            .expression_attribute_names("#partition", self.partition_name)
            .expression_attribute_names("#id", "id")
            .expression_attribute_values(":partition", text(self.partition.clone()))
            .expression_attribute_values(":low", text(stretch.span.low.to_string()))
            .expression_attribute_values(":high", text(stretch.span.high.to_string()))
            .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut filters = Vec::new();
        for (path, placeholder, value) in &self.conditions {
            let names: Vec<_> = path.split('.').map(|name| format!("#{name}")).collect();
            for name in path.split('.') {
                query = query.expression_attribute_names(format!("#{name}"), name);
            }
            query = query.expression_attribute_values(*placeholder, text(value.clone()));
            filters.push(format!("{} = {placeholder}", names.join(".")));
        }
        if let Some(seconds) = self.live_after {
            // Seconds are enough: what expires does so at a whole one.
            filters.push("(attribute_not_exists(expires_at) OR expires_at > :now)".to_owned());
            query =
                query.expression_attribute_values(":now", AttributeValue::N(seconds.to_string()));
        }
        query.set_filter_expression((!filters.is_empty()).then(|| filters.join(" AND ")))
    }
}
