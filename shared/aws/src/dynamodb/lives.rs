//! Reads when stored entries expire, and changes it. Nothing else of an entry ever changes.

use super::call::limit;
use super::item::{expiry, from_item, malformed, number, text};
use super::query_plan::NOT_EXPIRED;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::identity::EntryId;
use domain::ports::{Life, Lives, NewLife, RewriteLife, StoreError};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The attributes of an entry that say when it expires, and who set that.
#[derive(Debug, Deserialize)]
struct LifeItem {
    id: String,
    recorded_at: Timestamp,
    #[serde(default)]
    values_apart: bool,
    #[serde(default)]
    targets: Vec<IgnoredAny>,
    #[serde(default)]
    expires_at: Option<i64>,
    #[serde(default)]
    retention_version: Option<u64>,
}

/// The projection of [`LifeItem`].
const LIFE_ATTRIBUTES: &str =
    "id, recorded_at, values_apart, targets, expires_at, retention_version";

impl LifeItem {
    fn into_life(self) -> Result<Life, StoreError> {
        Ok(Life {
            id: EntryId::parse(&self.id).ok_or_else(|| malformed("id of an entry"))?,
            recorded_at: self.recorded_at,
            values_apart: self.values_apart,
            further_targets: self.targets.len(),
            expires_at: self.expires_at.map(expiry),
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
            // Strongly consistent: an entry that is missed keeps the expiry of another plan.
            .consistent_read(true)
            // The oldest first: they are the next to expire.
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
        // Values and rows first, so that they never expire before their entry. If this stops in
        // between, the entry is still to be rewritten, and the next run rewrites them all.
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
    /// Rewrites the expiry of an entry, of its values or of a row under a further target; says
    /// whether the condition held.
    async fn rewrite_item(
        &self,
        partition: String,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.entries)
            .key("workspace_id", text(partition))
            .key("id", text(life.id.to_string()));
        Ok(self.update(with_new_life(update, life, new)).await?.is_done())
    }
}

/// Holds when the item exists and no later version of the workspace has set its expiry. Without the
/// first part, an update would create an item with nothing but an expiry.
const NOT_DECIDED_LATER: &str = "attribute_exists(id) AND \
     (attribute_not_exists(retention_version) OR retention_version <= :version)";

/// Adds to an update the new expiry of an entry, and the condition on which it is written.
fn with_new_life(
    update: UpdateItemFluentBuilder,
    life: &Life,
    new: NewLife,
) -> UpdateItemFluentBuilder {
    let update = update.expression_attribute_values(":version", number(new.version));
    let update = if new.lengthens(life) {
        // A longer life needs an entry that has not expired: an expired one never comes back.
        update
            .condition_expression(format!("{NOT_DECIDED_LATER} AND ({NOT_EXPIRED})"))
            .expression_attribute_values(":now", number(new.now.epoch_seconds()))
    } else {
        update.condition_expression(NOT_DECIDED_LATER)
    };
    match new.expires_at {
        Some(end) => update
            .update_expression("SET expires_at = :end, retention_version = :version")
            .expression_attribute_values(":end", number(end.epoch_seconds())),
        None => update.update_expression("SET retention_version = :version REMOVE expires_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;

    /// The condition and the update that turn one expiry into another, in ms since the epoch.
    fn built(old: Option<i64>, new: Option<i64>) -> (String, String) {
        let now = Timestamp::clamped(5_000);
        let life = Life {
            id: EntryId::new(now, 1),
            recorded_at: now,
            values_apart: false,
            further_targets: 0,
            expires_at: old.map(Timestamp::clamped),
            version: None,
        };
        let new = NewLife { expires_at: new.map(Timestamp::clamped), version: 3, now };
        let update = with_new_life(unconnected().client.update_item(), &life, new);
        let input = update.as_input();
        (
            input.get_condition_expression().clone().unwrap(),
            input.get_update_expression().clone().unwrap(),
        )
    }

    #[test]
    fn only_a_longer_life_needs_an_entry_that_has_not_expired() {
        let decided = "attribute_exists(id) AND \
                       (attribute_not_exists(retention_version) OR retention_version <= :version)";
        let live = format!("{decided} AND (attribute_not_exists(expires_at) OR expires_at > :now)");
        let set = "SET expires_at = :end, retention_version = :version";
        let remove = "SET retention_version = :version REMOVE expires_at";
        assert_eq!(built(Some(9_000), Some(8_000)), (decided.into(), set.into()));
        assert_eq!(built(None, Some(8_000)), (decided.into(), set.into()));
        assert_eq!(built(None, None), (decided.into(), remove.into()));
        assert_eq!(built(Some(8_000), Some(9_000)), (live.clone(), set.into()));
        assert_eq!(built(Some(8_000), None), (live, remove.into()));
    }
}
