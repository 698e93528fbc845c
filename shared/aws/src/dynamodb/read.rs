//! Reads a span of the log as it lies in the table, for counting it and for finding rows in it.

use super::client::classify;
use super::item::{EntryItem, from_item};
use super::list::id_of;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::ports::{ReadSpan, Slice, StoreError};
use domain::span::Span;
use domain::workspace::WorkspaceId;

/// What a row of a list shows, and nothing of the values: the attributes that the indexes carry,
/// and the keys.
const ROW_ATTRIBUTES: [&str; 14] = [
    "workspace_id", "id", "schema", "recorded_at", "actor", "action", "target", "ip_address",
    "user_agent", "user_agent_truncated", "outcome", "external_id", "request_id", "expires_at",
];

impl ReadSpan for DynamoStore {
    async fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        strong: bool,
    ) -> Result<Slice, StoreError> {
        let text = AttributeValue::S;
        let (mut slice, mut start) = (Slice::default(), None);
        loop {
            let mut query = self
                .client
                .query()
                .table_name(&self.tables.entries)
                .consistent_read(strong)
                .scan_index_forward(false)
                .key_condition_expression(
                    "#workspace_id = :partition AND #id BETWEEN :low AND :high",
                )
                .expression_attribute_values(":partition", text(keys::entries(workspace)))
                .expression_attribute_values(":low", text(span.low.to_string()))
                .expression_attribute_values(":high", text(span.high.to_string()))
                .projection_expression(ROW_ATTRIBUTES.map(|name| format!("#{name}")).join(","))
                .limit(
                    i32::try_from(limit.saturating_sub(slice.entries.len()).max(1))
                        .unwrap_or(i32::MAX),
                )
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            for name in ROW_ATTRIBUTES {
                query = query.expression_attribute_names(format!("#{name}"), name);
            }
            let output = query.send().await.map_err(classify)?;
            self.count_read(output.consumed_capacity());
            slice.read += usize::try_from(output.scanned_count()).unwrap_or_default();
            for item in output.items.unwrap_or_default() {
                slice.entries.push(from_item::<EntryItem>(item)?.into_entry()?);
            }
            // A page of DynamoDB's may end anywhere: at the limit or at 1 MB. Only a missing key is
            // the end.
            let Some(key) = output.last_evaluated_key.filter(|key| !key.is_empty()) else {
                return Ok(slice);
            };
            if slice.entries.len() >= limit {
                slice.stopped_at = Some(id_of(&key)?);
                return Ok(slice);
            }
            start = Some(key);
        }
    }
}
