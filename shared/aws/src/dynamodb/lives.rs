//! Reads from when on stored entries may be deleted, and changes it. Besides that, only a check of
//! the journal changes an entry (`checks.rs`).

use super::call::limit;
use super::item::{expiry, from_item, malformed, number, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::identity::EntryId;
use domain::ports::{Life, Lives, NewLife, RewriteLife, StoreError};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The attributes of an entry that say from when on it may be deleted, and who set that.
#[derive(Debug, Deserialize)]
struct LifeItem {
    id: String,
    recorded_at: Timestamp,
    #[serde(default)]
    values_apart: bool,
    #[serde(default)]
    targets: Vec<IgnoredAny>,
    #[serde(default)]
    delete_at: Option<i64>,
    #[serde(default)]
    retention_version: Option<u64>,
}

/// The projection of [`LifeItem`].
const LIFE_ATTRIBUTES: &str =
    "id, recorded_at, values_apart, targets, delete_at, retention_version";

impl LifeItem {
    fn into_life(self) -> Result<Life, StoreError> {
        Ok(Life {
            id: EntryId::parse(&self.id).ok_or_else(|| malformed("id of an entry"))?,
            recorded_at: self.recorded_at,
            values_apart: self.values_apart,
            further_targets: self.targets.len(),
            delete_at: self.delete_at.map(expiry),
            version: self.retention_version,
        })
    }
}

impl RewriteLife for DynamoStore {
    async fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        most: usize,
    ) -> Result<Lives, StoreError> {
        let query = self
            .entries_query("workspace_id", keys::entries(workspace), span)
            // Strongly consistent: an entry that is missed keeps the life of another plan.
            .consistent_read(true)
            // The oldest first: they are the next to be deleted.
            .scan_index_forward(true)
            .projection_expression(LIFE_ATTRIBUTES)
            .limit(limit(most));
        let page = self.page(query).await?;
        let stopped_at = page.stopped_at()?;
        let life = |item| from_item::<LifeItem>(item)?.into_life();
        let entries = page.items.into_iter().map(life).collect::<Result<_, _>>()?;
        Ok(Lives { entries, stopped_at })
    }

    async fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        // Values and rows first, so that they are never deleted before their entry. If this stops
        // in between, the entry is still to be rewritten, and the next run rewrites them all.
        let rows = (0..life.further_targets).map(|index| keys::further_target(workspace, index));
        for partition in life.values_apart.then(|| keys::values(workspace)).into_iter().chain(rows)
        {
            if !self.rewrite_item(partition, life, new).await? {
                return Ok(false);
            }
        }
        self.rewrite_item(keys::entries(workspace), life, new).await
    }
}

impl DynamoStore {
    /// An update of the item of an entry in this partition, without what it sets.
    pub(super) fn entry_update(&self, partition: String, id: EntryId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.tables.entries)
            .key("workspace_id", text(partition))
            .key("id", text(id.to_string()))
    }

    /// Rewrites the life of an entry, of its values or of a row under a further target; says
    /// whether the condition held.
    async fn rewrite_item(
        &self,
        partition: String,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let update = self.entry_update(partition, life.id);
        Ok(self.update(with_new_life(update, new)).await?.is_done())
    }
}

/// Holds when the item exists and no later version of the workspace has set its life. Without the
/// first part, an update would bring a deleted item back with nothing but a life.
const NOT_DECIDED_LATER: &str = "attribute_exists(id) AND \
     (attribute_not_exists(retention_version) OR retention_version <= :version)";

/// Adds to an update the new life of an entry, and the condition on which it is written.
fn with_new_life(update: UpdateItemFluentBuilder, new: NewLife) -> UpdateItemFluentBuilder {
    let update = update
        .condition_expression(NOT_DECIDED_LATER)
        .expression_attribute_values(":version", number(new.version));
    match new.delete_at {
        Some(end) => update
            .update_expression("SET delete_at = :end, retention_version = :version")
            .expression_attribute_values(":end", number(end.epoch_seconds())),
        None => update.update_expression("SET retention_version = :version REMOVE delete_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;

    #[test]
    fn a_life_is_written_unless_a_later_version_has_decided() {
        let built = |delete_at: Option<i64>| {
            let new = NewLife { delete_at: delete_at.map(Timestamp::clamped), version: 3 };
            let update = with_new_life(unconnected().client.update_item(), new);
            let input = update.as_input();
            let condition = input.get_condition_expression().clone();
            assert_eq!(condition.as_deref(), Some(NOT_DECIDED_LATER));
            input.get_update_expression().clone().unwrap()
        };
        let set = "SET delete_at = :end, retention_version = :version";
        assert_eq!(built(Some(9_000)), set);
        assert_eq!(built(None), "SET retention_version = :version REMOVE delete_at");
    }
}
