//! Lists entries: chooses table or index, reads until enough is found, and knows how far it came.

use super::dynamo::classify;
use super::item::{EntryItem, Item, from_item};
use super::{DynamoStore, ListEntries, Slice, StoreError, Stretch, keys};
use crate::identity::EntryId;
use crate::page::{Filter, Position};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

/// Entries read for one page at most: a filter that matches rarely gives a short page and a token to go on from. At 450 bytes each, 4,000 are
/// 1.8 MB or 220 RCU, eventually consistent (0.5 RCU for 4 KB).
const MAX_READ: usize = 4_000;
/// Entries read by every call but the first: what the first did not find is rare.
const MAX_READ_PER_CALL: usize = 1_000;
/// With a filter, the first call reads this many times what is wanted.
const FILTER_MARGIN: usize = 4;

impl ListEntries for DynamoStore {
    async fn slice(&self, stretch: Stretch<'_>) -> Result<Slice, StoreError> {
        let plan = Plan::of(&stretch);
        let mut slice = Slice::default();
        let (mut start, mut read) = (None, 0);
        loop {
            let missing = stretch.wanted - slice.entries.len();
            let limit = plan.limit(missing, read);
            let output = plan.query(self, &stretch, limit, start).send().await.map_err(classify)?;
            self.count_read(output.consumed_capacity());
            read += usize::try_from(output.scanned_count()).unwrap_or_default();
            for item in output.items.unwrap_or_default() {
                let entry = from_item::<EntryItem>(item)?.into_entry()?;
                if slice.entries.len() < stretch.wanted && entry.is_visible(stretch.workspace, stretch.now) {
                    slice.entries.push(entry);
                }
            }
            // A page of DynamoDB's may end anywhere: at the limit, at 1 MB, empty after the filter. Only a missing key is the end.
            let Some(key) = output.last_evaluated_key else { return Ok(slice) };
            if slice.entries.len() == stretch.wanted || read >= MAX_READ {
                slice.stopped_at = Some(id_of(&key)?);
                return Ok(slice);
            }
            start = Some(key);
        }
    }
}

fn id_of(key: &Item) -> Result<EntryId, StoreError> {
    let id = key.get("id").and_then(|id| id.as_s().ok()).and_then(|id| EntryId::parse(id));
    id.ok_or_else(|| StoreError::Malformed("a last evaluated key without an entry id".into()))
}

/// How a stretch is read: from the table or an index, and with which conditions besides the keys.
struct Plan {
    index: Option<&'static str>,
    partition_name: &'static str,
    partition: String,
    conditions: Vec<(&'static str, &'static str, String)>,
}

impl Plan {
    /// The index by target if a target is given, else the one by actor, else the table; what the keys do not say, a filter expression does.
    fn of(stretch: &Stretch<'_>) -> Self {
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
        Self { index, partition_name, partition, conditions }
    }

    /// How many entries the next call may read.
    fn limit(&self, missing: usize, read: usize) -> usize {
        let limit = match (read, self.conditions.is_empty()) {
            (0, true) => missing,
            (0, false) => missing * FILTER_MARGIN,
            _ => MAX_READ_PER_CALL,
        };
        limit.min(MAX_READ - read)
    }

    fn query(&self, store: &DynamoStore, stretch: &Stretch<'_>, limit: usize, start: Option<Item>) -> QueryFluentBuilder {
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
            .scan_index_forward(matches!(stretch.direction, Position::NewerThan(_)))
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
        query.set_filter_expression((!filters.is_empty()).then(|| filters.join(" AND ")))
    }
}
