//! Owns the tally nodes in the control table: reads them, stores a count if its time was not
//! reopened, and reopens time.

use super::client::classify;
use super::item::Item;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::ports::{KeepTally, ReadTally, ReopenTally, StoreError};
use domain::tally::{Counted, Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};

/// The version of the stored shape. A node of another version counts nothing here, and can be
/// counted anew.
const SCHEMA: &str = "1";
/// Days that a node outlives the entries of its period: longer than anyone who counts can be held
/// up.
const DAYS_AFTER_EXPIRY: i64 = 2;

impl ReadTally for DynamoStore {
    async fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        strong: bool,
    ) -> Result<Vec<Node>, StoreError> {
        let key = |at| keys::tally(workspace, Period::holding(level, at));
        let ((pk, low), (_, high)) = (key(first), key(last));
        let (mut nodes, mut start) = (Vec::new(), None);
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.tables.control)
                .consistent_read(strong)
                .set_exclusive_start_key(start);
            let query = query.key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high");
            let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.clone()));
            let query = query.expression_attribute_values(":low", AttributeValue::S(low.clone()));
            let query = query.expression_attribute_values(":high", AttributeValue::S(high.clone()));
            let output = query
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(classify)?;
            self.count_read(output.consumed_capacity());
            for item in output.items.unwrap_or_default() {
                nodes.push(node_of(&item)?);
            }
            start = output.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(nodes);
            }
        }
    }
}

impl KeepTally for DynamoStore {
    async fn keep(&self, workspace: &Workspace, node: &Node) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.control)
            .set_item(Some(item_of(workspace, node)?));
        let put = match node.reopened_at {
            // Holds only when the period was never reopened.
            None => put.condition_expression("attribute_not_exists(reopened_at)"),
            // Holds only when the period was last reopened when the one who counted thought it was,
            // which is before the count began.
            Some(seen) => put
                .condition_expression("reopened_at = :seen")
                .expression_attribute_values(":seen", AttributeValue::S(seen.rfc3339())),
        };
        match put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                Ok(true)
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                self.count_write([]);
                Ok(false)
            }
            Err(error) => Err(classify(error)),
        }
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
        let update = self.client.update_item().table_name(&self.tables.control);
        let update = update.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
        // A node that is not there yet must carry the time too, or whoever is counting now would
        // not see it. Holds when the period was not reopened since. If it was, nobody may store a
        // count before 60 s after that, and this entry is stored by then: nothing is to be done.
        let update =
            update.condition_expression("attribute_not_exists(reopened_at) OR reopened_at < :now");
        let (set, seconds) = match expires_at(workspace, period) {
            Some(seconds) => {
                (", expires_at = :expires_at REMOVE", Some(AttributeValue::N(seconds.to_string())))
            }
            None => (" REMOVE expires_at,", None),
        };
        let update = update
            .update_expression(format!(
                "SET reopened_at = :now, #schema = :schema{set} through, counts, entries"
            ))
            .expression_attribute_names("#schema", "schema");
        let values = [
            (":now", AttributeValue::S(now.rfc3339())),
            (":schema", AttributeValue::N(SCHEMA.to_owned())),
        ];
        let values = values.into_iter().chain(seconds.map(|seconds| (":expires_at", seconds)));
        let update = update.set_expression_attribute_values(Some(
            values.map(|(name, value)| (name.to_owned(), value)).collect(),
        ));
        match update.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(output) => self.count_write(output.consumed_capacity()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                self.count_write([]);
            }
            Err(error) => return Err(classify(error)),
        }
        Ok(())
    }
}

/// When DynamoDB may delete a node, in seconds since the Unix epoch: some days after the last entry
/// of its period has expired. A node that goes too early, because the plan was raised, is counted
/// again.
fn expires_at(workspace: &Workspace, period: Period) -> Option<i64> {
    let last = workspace.plan.expires_at(period.end())?;
    Some(last.plus_days(DAYS_AFTER_EXPIRY).epoch_seconds())
}

fn item_of(workspace: &Workspace, node: &Node) -> Result<Item, StoreError> {
    let (pk, sk) = keys::tally(&workspace.id, node.period);
    let mut item = Item::from([
        ("pk".to_owned(), AttributeValue::S(pk)),
        ("sk".to_owned(), AttributeValue::S(sk)),
        ("schema".to_owned(), AttributeValue::N(SCHEMA.to_owned())),
    ]);
    let mut set = |name: &str, value: Option<AttributeValue>| {
        item.extend(value.map(|value| (name.to_owned(), value)));
    };
    set("reopened_at", node.reopened_at.map(|at| AttributeValue::S(at.rfc3339())));
    set(
        "expires_at",
        expires_at(workspace, node.period).map(|seconds| AttributeValue::N(seconds.to_string())),
    );
    if let Some(counted) = &node.counted {
        let bytes =
            counted.to_bytes(node.period).map_err(|error| StoreError::Refused(error.into()))?;
        set("through", Some(AttributeValue::S(counted.through.rfc3339())));
        set("counts", Some(AttributeValue::B(Blob::new(bytes))));
        set("entries", Some(AttributeValue::N(counted.total().to_string())));
    }
    Ok(item)
}

/// The node that an item holds. Its times must be readable, since they keep counts true; a count
/// that is not readable is as good as none.
fn node_of(item: &Item) -> Result<Node, StoreError> {
    let malformed = |what: &str| StoreError::Malformed(what.into());
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
    let period =
        text("sk").and_then(Period::from_key).ok_or_else(|| malformed("key of a tally node"))?;
    let reopened_at = text("reopened_at")
        .map(Timestamp::parse)
        .transpose()
        .map_err(|error| StoreError::Malformed(error.into()))?;
    let through = text("through").and_then(|through| Timestamp::parse(through).ok());
    let is_ours = item
        .get("schema")
        .and_then(|schema| schema.as_n().ok())
        .is_some_and(|schema| schema == SCHEMA);
    let bytes = item.get("counts").and_then(|counts| counts.as_b().ok()).filter(|_| is_ours);
    let counted = through
        .zip(bytes)
        .and_then(|(through, bytes)| Counted::from_bytes(bytes.as_ref(), period, through).ok());
    if counted.is_none() && item.contains_key("counts") {
        tracing::warn!(%period, "the count of a tally node is not readable here and is counted anew");
    }
    Ok(Node { period, reopened_at, counted })
}

#[cfg(test)]
mod tests {
    use super::*;
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
                "B(Blob { inner: 010d6d656d6265722e696e7669746501066d656d62657201000000018096841800010007 })",
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
}
