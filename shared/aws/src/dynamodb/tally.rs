//! Owns the tally nodes in the control table: reads them, and stores one if it has followed the
//! journal as far as the one who folds thought it had.

use super::item::{Item, malformed, number, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::{Consistency, KeepTally, ReadTally, StoreError, Tally};
use domain::tally::{Counted, Level, Node, Period};
use domain::timestamp::Timestamp;

/// The version of the stored shape.
const SCHEMA: u32 = 3;

impl ReadTally for DynamoStore {
    async fn nodes(
        &self,
        tally: Tally<'_>,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<Vec<Node>, StoreError> {
        let key = |at| keys::tally(tally, Period::holding(level, at));
        let ((pk, low), (_, high)) = (key(first), key(last));
        let query = self
            .client
            .query()
            .table_name(&self.tables.control)
            // A3, which folding asks for.
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
    async fn keep(
        &self,
        tally: Tally<'_>,
        node: &Node,
        seen: Option<u64>,
    ) -> Result<bool, StoreError> {
        let put = self.control_put(item_of(tally, node)?);
        Ok(self.put(if_unchanged(put, seen)).await?.is_done())
    }
}

/// The put of a node, with the condition that nobody has folded into it since it was read. `None`
/// means that there was none.
fn if_unchanged(put: PutItemFluentBuilder, seen: Option<u64>) -> PutItemFluentBuilder {
    match seen {
        // J4. Holds when the period still has no node.
        None => put.condition_expression("attribute_not_exists(pk)"),
        // J4. Holds when the node has followed the journal as far as it had when it was read.
        Some(seen) => put
            .condition_expression("through = :seen")
            .expression_attribute_values(":seen", number(seen)),
    }
}

/// The item of a node.
fn item_of(tally: Tally<'_>, node: &Node) -> Result<Item, StoreError> {
    let (pk, sk) = keys::tally(tally, node.period);
    let bytes =
        node.counted.to_bytes(node.period).map_err(|error| StoreError::Refused(error.into()))?;
    Ok(Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("through".to_owned(), number(node.through)),
        ("counts".to_owned(), AttributeValue::B(Blob::new(bytes))),
    ]))
}

/// The node that an item holds.
fn node_of(item: &Item) -> Result<Node, StoreError> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok());
    let period = sk.and_then(|sk| Period::from_key(sk));
    let period = period.ok_or_else(|| malformed("key of a tally node"))?;
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
    if number("schema") != Some(u64::from(SCHEMA)) {
        return Err(malformed("a tally node of an unknown schema"));
    }
    let through = number("through").ok_or_else(|| malformed("a tally node without its number"))?;
    let bytes = item.get("counts").and_then(|counts| counts.as_b().ok());
    let bytes = bytes.ok_or_else(|| malformed("a tally node without counts"))?;
    let counted = Counted::from_bytes(bytes.as_ref(), period)
        .map_err(|error| StoreError::Malformed(error.into()))?;
    Ok(Node { period, through, counted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;
    use domain::entry::Outcome;
    use domain::identity::EntryId;
    use domain::workspace::WorkspaceId;

    fn node() -> Node {
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let (action, target_type) = ("member.invite".into(), "member".into());
        let cell = domain::tally::Cell { action, target_type, outcome: Outcome::Failure };
        let entries =
            (0..7).map(|number| (number, EntryId::new(at, u128::from(number)), cell.clone()));
        Node::empty(Period::holding(Level::Day, at)).folded(entries, 9)
    }

    fn item() -> Item {
        let workspace = WorkspaceId::parse("ws_a").unwrap();
        item_of(Tally { workspace: &workspace, generation: 1 }, &node()).unwrap()
    }

    /// Golden: nodes have this shape while the schema is 3.
    #[test]
    fn the_stored_shape_is_fixed_and_reads_back() {
        let item = item();
        let shown: std::collections::BTreeMap<_, _> =
            item.iter().map(|(name, value)| (name.as_str(), format!("{value:?}"))).collect();
        let golden = [
            (
                "counts",
                "B(Blob { inner: 010d6d656d6265722e696e7669746501066d656d626572\
                 010000010180968418000100070\
                 0 })",
            ),
            ("pk", r#"S("tally#ws_a#1")"#),
            ("schema", r#"N("3")"#),
            ("sk", r#"S("d#20261122")"#),
            ("through", r#"N("9")"#),
        ];
        assert_eq!(shown, golden.map(|(name, value)| (name, value.to_owned())).into());
        assert_eq!(node_of(&item).unwrap(), node());
    }

    /// A node that is not understood must not count as one that holds nothing.
    #[test]
    fn what_is_not_readable_is_an_error() {
        for (name, value) in [
            ("schema", AttributeValue::N("2".into())),
            ("counts", AttributeValue::B(Blob::new([9]))),
            ("through", AttributeValue::S("9".into())),
            ("sk", AttributeValue::S("d#2026".into())),
        ] {
            let mut changed = item();
            changed.insert(name.to_owned(), value);
            assert!(matches!(node_of(&changed), Err(StoreError::Malformed(_))), "{name}");
        }
    }

    #[test]
    fn a_node_is_put_only_if_nobody_has_folded_into_it() {
        let built = |seen| {
            let put = if_unchanged(unconnected().client.put_item(), seen);
            put.as_input().get_condition_expression().clone().unwrap()
        };
        assert_eq!(built(None), "attribute_not_exists(pk)");
        assert_eq!(built(Some(7)), "through = :seen");
    }
}
