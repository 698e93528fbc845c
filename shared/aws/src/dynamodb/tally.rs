//! Owns the tally nodes in the control table: reads them, stores a count unless its period was
//! reopened, and reopens periods.

use super::item::{Item, malformed, number, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::{Consistency, KeepTally, ReadTally, ReopenTally, StoreError};
use domain::tally::{Counted, Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};

/// The version of the stored shape. A node of another version is read as not counted, so it is
/// counted anew.
const SCHEMA: u32 = 1;
/// Days for which a node outlives the entries of its period: longer than any count can be delayed.
const DAYS_AFTER_EXPIRY: i64 = 2;

impl ReadTally for DynamoStore {
    async fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<Vec<Node>, StoreError> {
        let key = |at| keys::tally(workspace, Period::holding(level, at));
        let ((pk, low), (_, high)) = (key(first), key(last));
        let query = self
            .client
            .query()
            .table_name(&self.tables.control)
            // A3, which R3 asks for.
            .consistent_read(consistency == Consistency::Strong)
            // Holds for the nodes from the first period to the last, both included.
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high));
        self.query_all(query).await?.iter().map(node_of).collect()
    }
}

impl KeepTally for DynamoStore {
    async fn keep(&self, workspace: &Workspace, node: &Node) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.control)
            .set_item(Some(item_of(workspace, node)?));
        Ok(self.put(unless_reopened(put, node.reopened_at)).await?.is_done())
    }
}

/// The put of a count, with the condition that its period was not reopened after `seen`, the last
/// reopening that the count knows of. `None` means that it knows of none.
fn unless_reopened(put: PutItemFluentBuilder, seen: Option<Timestamp>) -> PutItemFluentBuilder {
    match seen {
        // R4. Holds when the period was never reopened.
        None => put.condition_expression("attribute_not_exists(reopened_at)"),
        // R4. Holds when the period was last reopened at the time that was read before the count
        // began.
        Some(seen) => put
            .condition_expression("reopened_at = :seen")
            .expression_attribute_values(":seen", text(seen.rfc3339())),
    }
}

impl ReopenTally for DynamoStore {
    async fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (pk, sk) = keys::tally(&workspace.id, period);
        let update = self
            .control_update((pk, &sk))
            // R1. Holds when the node does not exist, was never reopened, or was last reopened
            // before now. A node that does not exist yet must carry the time, too, or a count that
            // is running now would not see it. When the condition does not hold, the period was
            // reopened at `now` or later: no count is stored until 60 s after that (R3), and the
            // entry at hand is stored by then (A2). So nothing is left to do.
            .condition_expression("attribute_not_exists(reopened_at) OR reopened_at < :now")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":now", text(now.rfc3339()))
            .expression_attribute_values(":schema", number(SCHEMA));
        let update = match expires_at(workspace, period) {
            Some(seconds) => update
                .update_expression(
                    "SET reopened_at = :now, #schema = :schema, expires_at = :expires_at \
                     REMOVE through, counts, entries",
                )
                .expression_attribute_values(":expires_at", number(seconds)),
            None => update.update_expression(
                "SET reopened_at = :now, #schema = :schema \
                 REMOVE expires_at, through, counts, entries",
            ),
        };
        self.update(update).await.map(drop)
    }
}

/// When DynamoDB may delete a node, in seconds since the Unix epoch: [`DAYS_AFTER_EXPIRY`] days
/// after the last entry of its period has expired; `None` means never. A node that is deleted too
/// early, because the plan was raised, is counted again.
fn expires_at(workspace: &Workspace, period: Period) -> Option<i64> {
    let last = workspace.plan.expires_at(period.end())?;
    Some(last.plus_days(DAYS_AFTER_EXPIRY).epoch_seconds())
}

/// The item of a node.
fn item_of(workspace: &Workspace, node: &Node) -> Result<Item, StoreError> {
    let (pk, sk) = keys::tally(&workspace.id, node.period);
    let mut item = Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
    ]);
    let mut set = |name: &str, value: Option<AttributeValue>| {
        item.extend(value.map(|value| (name.to_owned(), value)));
    };
    set("reopened_at", node.reopened_at.map(|at| text(at.rfc3339())));
    set("expires_at", expires_at(workspace, node.period).map(number));
    if let Some(counted) = &node.counted {
        let bytes =
            counted.to_bytes(node.period).map_err(|error| StoreError::Refused(error.into()))?;
        set("through", Some(text(counted.through.rfc3339())));
        set("counts", Some(AttributeValue::B(Blob::new(bytes))));
        set("entries", Some(number(counted.total())));
    }
    Ok(item)
}

/// The node that an item holds. An unreadable time of reopening is an error, because it keeps wrong
/// counts from being stored. An unreadable count is read as no count.
fn node_of(item: &Item) -> Result<Node, StoreError> {
    let stored = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let period =
        stored("sk").and_then(Period::from_key).ok_or_else(|| malformed("key of a tally node"))?;
    let reopened_at = stored("reopened_at")
        .map(Timestamp::parse)
        .transpose()
        .map_err(|error| StoreError::Malformed(error.into()))?;
    let through = stored("through").and_then(|through| Timestamp::parse(through).ok());
    let is_ours = item
        .get("schema")
        .and_then(|schema| schema.as_n().ok())
        .is_some_and(|schema| *schema == SCHEMA.to_string());
    let bytes = item.get("counts").and_then(|counts| counts.as_b().ok()).filter(|_| is_ours);
    let counted = through
        .zip(bytes)
        .and_then(|(through, bytes)| Counted::from_bytes(bytes.as_ref(), period, through).ok());
    if counted.is_none() && item.contains_key("counts") {
        tracing::warn!(%period, "cannot read the count of a tally node; it is counted anew");
    }
    Ok(Node { period, reopened_at, counted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;
    use domain::identity::Salt;
    use domain::plan::Plan;

    fn workspace(plan: Plan) -> Workspace {
        Workspace::new(
            WorkspaceId::parse("ws_a").unwrap(),
            plan,
            Salt::from_bytes([0; 32]),
            Timestamp::clamped(0),
        )
    }

    fn node() -> Node {
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let period = Period::holding(Level::Day, at);
        let mut counted = Counted::nothing(period.end());
        let cell = domain::tally::Cell {
            action: "member.invite".into(),
            target_type: "member".into(),
            life_ms: None,
        };
        counted.push(Period::holding(Level::Hour, at), [(cell, 7)].into_iter().collect());
        Node { period, reopened_at: Some(at.plus_days(1)), counted: Some(counted) }
    }

    /// Golden: nodes have this shape while the schema is 1.
    #[test]
    fn the_stored_shape_is_fixed_and_reads_back() {
        let item = item_of(&workspace(Plan::Free), &node()).unwrap();
        let shown: std::collections::BTreeMap<_, _> =
            item.iter().map(|(name, value)| (name.as_str(), format!("{value:?}"))).collect();
        let golden = [
            (
                "counts",
                "B(Blob { inner: 010d6d656d6265722e696e7669746501066d656d626572\
                 01000000018096841800010007 })",
            ),
            ("entries", r#"N("7")"#),
            // 26 December: the last entries of the period's end go 30 days after their day, and the
            // node 2 days later.
            ("expires_at", r#"N("1798243200")"#),
            ("pk", r#"S("tally#ws_a")"#),
            ("reopened_at", r#"S("2026-11-23T14:05:06.789Z")"#),
            ("schema", r#"N("1")"#),
            ("sk", r#"S("d#20261122")"#),
            ("through", r#"S("2026-11-23T00:00:00.000Z")"#),
        ];
        assert_eq!(shown, golden.map(|(name, value)| (name, value.to_owned())).into());
        assert_eq!(node_of(&item).unwrap(), node());
        assert!(
            !item_of(&workspace(Plan::Enterprise), &node()).unwrap().contains_key("expires_at")
        );
    }

    #[test]
    fn what_is_not_readable_here_counts_nothing_but_keeps_the_time_of_reopening() {
        let item = item_of(&workspace(Plan::Free), &node()).unwrap();
        for (name, value) in [
            ("schema", AttributeValue::N("2".into())),
            ("counts", AttributeValue::B(Blob::new([9]))),
            ("through", AttributeValue::S("soon".into())),
        ] {
            let mut changed = item.clone();
            changed.insert(name.to_owned(), value);
            assert_eq!(node_of(&changed).unwrap(), Node { counted: None, ..node() }, "{name}");
        }
        let mut changed = item;
        changed.insert("reopened_at".to_owned(), AttributeValue::S("soon".into()));
        assert!(matches!(node_of(&changed), Err(StoreError::Malformed(_))));
    }

    #[test]
    fn a_count_is_put_only_if_its_period_was_last_reopened_when_it_began() {
        let built = |seen| {
            let put = unless_reopened(unconnected().client.put_item(), seen);
            put.as_input().get_condition_expression().clone().unwrap()
        };
        assert_eq!(built(None), "attribute_not_exists(reopened_at)");
        assert_eq!(built(Some(Timestamp::clamped(0))), "reopened_at = :seen");
    }
}
