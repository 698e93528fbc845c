//! The plans of checks in the control table, and the entries that a check enters into the journal.

use super::call::limit;
use super::item::{Item, from_item, malformed, number, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::entry::Entry;
use domain::ports::{EnterJournal, FollowPlans, PlanChecks, StoreError};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Deserialize;

/// The version of the stored shape.
const SCHEMA: u32 = 1;
/// A plan is kept for this many days after its day. A check that was not started by then is done
/// with the next one of its log.
const PLAN_DAYS: i64 = 7;

/// The attributes of a plan that are read.
#[derive(Debug, Deserialize)]
struct PlanItem {
    sk: String,
    schema: u32,
}

impl PlanItem {
    fn into_workspace(self) -> Result<WorkspaceId, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of a planned check"));
        }
        WorkspaceId::parse(&self.sk).ok_or_else(|| malformed("workspace of a planned check"))
    }
}

/// The item of a plan.
fn plan_of(workspace: &WorkspaceId, day: Timestamp) -> Item {
    let (pk, sk) = keys::check_plan(workspace, day);
    let expires_at = day.plus_days(1 + PLAN_DAYS).epoch_seconds();
    Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("expires_at".to_owned(), number(expires_at)),
    ])
}

impl PlanChecks for DynamoStore {
    async fn plan_check(&self, workspace: &WorkspaceId, day: Timestamp) -> Result<(), StoreError> {
        let plan = plan_of(workspace, day);
        self.put(self.control_put(plan)).await.map(drop)
    }
}

impl FollowPlans for DynamoStore {
    async fn planned_checks(
        &self,
        day: Timestamp,
        most: usize,
    ) -> Result<Vec<WorkspaceId>, StoreError> {
        let query = self
            .control_query(keys::check_plans(day))
            .projection_expression("sk, #schema")
            // A reserved word of DynamoDB.
            .expression_attribute_names("#schema", "schema")
            .limit(limit(most));
        let workspace = |item| from_item::<PlanItem>(item)?.into_workspace();
        self.page(query).await?.items.into_iter().map(workspace).collect()
    }

    async fn end_plan(&self, workspace: &WorkspaceId, day: Timestamp) -> Result<(), StoreError> {
        let (pk, sk) = keys::check_plan(workspace, day);
        let delete = self
            .client
            .delete_item()
            .table_name(&self.tables.control)
            .key("pk", text(pk))
            .key("sk", text(sk));
        self.delete(delete).await
    }
}

impl EnterJournal for DynamoStore {
    async fn enter_journal(&self, entry: &Entry, at: Timestamp) -> Result<bool, StoreError> {
        let workspace = &entry.workspace_id;
        // The rows first: if this stops in between, the entry is entered later, and its rows again.
        for index in 0..entry.content.targets.len() {
            let row = keys::further_target(workspace, index);
            let update = self.journaled_at(row, entry, at);
            self.update_once(update.condition_expression("attribute_exists(id)")).await?;
        }
        let update = self.journaled_at(keys::entries(workspace), entry, at);
        let update = match entry.journaled_at {
            Some(before) => update
                .condition_expression("attribute_exists(id) AND journaled_at = :before")
                .expression_attribute_values(":before", text(before.rfc3339())),
            None => update.condition_expression(
                "attribute_exists(id) AND attribute_not_exists(journaled_at)",
            ),
        };
        Ok(self.update_once(update).await?.is_done())
    }
}

impl DynamoStore {
    /// The update that sets `journaled_at` on the item of an entry in this partition.
    fn journaled_at(
        &self,
        partition: String,
        entry: &Entry,
        at: Timestamp,
    ) -> UpdateItemFluentBuilder {
        self.entry_update(partition, entry.id)
            .update_expression("SET journaled_at = :at")
            .expression_attribute_values(":at", text(at.rfc3339()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Item {
        let day = Timestamp::parse("2026-11-22T00:00:00.000Z").unwrap();
        plan_of(&WorkspaceId::parse("ws_a").unwrap(), day)
    }

    /// Golden: plans have this shape while the schema is 1.
    #[test]
    fn the_stored_shape_is_fixed_and_an_unknown_schema_is_an_error() {
        let mut plan = plan();
        let of = |name: &str| plan[name].clone();
        assert_eq!(plan.len(), 4);
        assert_eq!((of("pk"), of("sk")), (text("checks#20261122"), text("ws_a")));
        assert_eq!((of("schema"), of("expires_at")), (number(1), number(1_795_996_800)));
        let read = |item: &Item| from_item::<PlanItem>(item.clone()).unwrap().into_workspace();
        assert_eq!(read(&plan).unwrap().as_str(), "ws_a");
        plan.insert("schema".to_owned(), number(SCHEMA + 1));
        assert!(matches!(read(&plan), Err(StoreError::Malformed(_))));
    }

    #[test]
    fn a_plan_is_kept_for_a_week_after_its_day() {
        let plan = plan();
        assert_eq!(plan["pk"], text("checks#20261122"));
        assert_eq!(plan["sk"], text("ws_a"));
        let week = Timestamp::parse("2026-11-30T00:00:00.000Z").unwrap();
        assert_eq!(plan["expires_at"], number(week.epoch_seconds()));
    }
}
