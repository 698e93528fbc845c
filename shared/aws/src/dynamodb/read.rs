//! Reads a span of the log from the table, for counting it and for finding rows in it.

use super::call::limit;
use super::item::{EntryItem, from_item, id_of};
use super::{DynamoStore, keys};
use domain::ports::{Consistency, ReadSpan, Slice, StoreError};
use domain::span::Span;
use domain::workspace::WorkspaceId;

/// The attributes of a row in a list: the keys and what the indexes carry, without the values.
const ROW_ATTRIBUTES: [&str; 21] = [
    "workspace_id", "id", "schema", "recorded_at", "journaled_at", "actor", "on_behalf_of",
    "action", "target", "targets", "outcome", "reason", "ip_address", "ip_address_text",
    "user_agent", "location", "session_id", "external_id", "request_id", "summary", "adjusted",
];

impl ReadSpan for DynamoStore {
    async fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        most: usize,
        consistency: Consistency,
    ) -> Result<Slice, StoreError> {
        let mut query = self
            .entries_query("workspace_id", keys::entries(workspace), span)
            .consistent_read(consistency == Consistency::Strong)
            .scan_index_forward(false)
            .projection_expression(ROW_ATTRIBUTES.map(|name| format!("#{name}")).join(","));
        for name in ROW_ATTRIBUTES {
            query = query.expression_attribute_names(format!("#{name}"), name);
        }
        let (mut slice, mut start) = (Slice::default(), None);
        loop {
            let missing = most.saturating_sub(slice.entries.len());
            let query = query.clone().limit(limit(missing)).set_exclusive_start_key(start);
            let page = self.page(query).await?;
            slice.read += page.read;
            for item in page.items {
                slice.entries.push(from_item::<EntryItem>(item)?.into_entry()?);
            }
            let Some(key) = page.last_key else {
                return Ok(slice);
            };
            if slice.entries.len() >= most {
                slice.stopped_at = Some(id_of(&key)?);
                return Ok(slice);
            }
            start = Some(key);
        }
    }
}
