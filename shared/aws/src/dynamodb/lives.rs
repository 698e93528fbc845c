//! Reads when stored entries expire, and changes it: the one thing of an entry that ever changes.

use super::client::classify;
use super::item::{Item, from_item};
use super::list::id_of;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::identity::EntryId;
use domain::ports::{Life, Lives, NewLife, RewriteLife, StoreError};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Deserialize;

/// What is read of an entry.
#[derive(Debug, Deserialize)]
struct LifeItem {
    id: String,
    recorded_at: Timestamp,
    #[serde(default)]
    values_apart: bool,
    #[serde(default)]
    expires_at: Option<i64>,
    #[serde(default)]
    retention_version: Option<u64>,
}

const LIFE_ATTRIBUTES: &str = "id, recorded_at, values_apart, expires_at, retention_version";

impl LifeItem {
    fn into_life(self) -> Result<Life, StoreError> {
        Ok(Life {
            id: EntryId::parse(&self.id)
                .ok_or_else(|| StoreError::Malformed("id of an entry".into()))?,
            recorded_at: self.recorded_at,
            values_apart: self.values_apart,
            expires_at: self
                .expires_at
                .and_then(|seconds| Timestamp::from_ms(seconds.checked_mul(1_000)?)),
            version: self.retention_version,
        })
    }
}

impl RewriteLife for DynamoStore {
    async fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> Result<Lives, StoreError> {
        let text = AttributeValue::S;
        // The oldest first: those are the next to go. Strongly consistent: an entry that is not
        // seen keeps the expiry of another plan.
        let query = self
            .client
            .query()
            .table_name(&self.tables.entries)
            .consistent_read(true)
            .scan_index_forward(true);
        let query = query
            .key_condition_expression("workspace_id = :partition AND id BETWEEN :low AND :high");
        let query = query.expression_attribute_values(":partition", text(keys::entries(workspace)));
        let query = query.expression_attribute_values(":low", text(span.low.to_string()));
        let query = query.expression_attribute_values(":high", text(span.high.to_string()));
        let query = query
            .projection_expression(LIFE_ATTRIBUTES)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let output = query
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(classify)?;
        self.count_read(output.consumed_capacity());
        let last = output
            .last_evaluated_key
            .as_ref()
            .filter(|key| !key.is_empty())
            .map(id_of)
            .transpose()?;
        let read = |item: Item| from_item::<LifeItem>(item)?.into_life();
        let entries =
            output.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Lives { entries, stopped_at: last })
    }

    async fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        // Values first: they never go before their entry. Should this stop in between, the entry is
        // still to be rewritten, and both are again.
        if life.values_apart && !self.rewrite_item(keys::values(workspace), life, new).await? {
            return Ok(false);
        }
        self.rewrite_item(keys::entries(workspace), life, new).await
    }
}

impl DynamoStore {
    async fn rewrite_item(
        &self,
        partition: String,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let version = AttributeValue::N(new.version.to_string());
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.entries)
            .key("workspace_id", AttributeValue::S(partition));
        let update = update
            .key("id", AttributeValue::S(life.id.to_string()))
            .expression_attribute_values(":version", version);
        // Holds when the item is there (an update alone would make one that is nothing but an
        // expiry), when no later plan has decided on it, …
        let mut condition = "attribute_exists(id) AND (attribute_not_exists(retention_version) OR retention_version <= :version)".to_owned();
        let update = match new.expires_at {
            Some(end) => update
                .update_expression("SET expires_at = :end, retention_version = :version")
                .expression_attribute_values(":end", number(end.epoch_seconds())),
            None => update.update_expression("SET retention_version = :version REMOVE expires_at"),
        };
        let update = if new.lengthens(life) {
            // … and, when it is to live longer, while it lives: what has expired never comes back.
            condition.push_str(" AND (attribute_not_exists(expires_at) OR expires_at > :now)");
            update.expression_attribute_values(":now", number(new.now.epoch_seconds()))
        } else {
            update
        };
        match update
            .condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
        {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                Ok(true)
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                self.count_write([]);
                Ok(false)
            }
            Err(error) => Err(classify(error)),
        }
    }
}
