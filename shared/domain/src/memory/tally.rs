//! Reads and keeps tally nodes.

use super::MemoryStore;
use super::script::Call;
use super::size::{read_units, write_units};
use super::state::StoredNode;
use crate::ports::{Consistency, KeepTally, ReadTally, StoreError, Tally};
use crate::tally::{Counted, Level, Node, Period};
use crate::timestamp::Timestamp;

/// The most bytes of an item. Source: "Quotas in Amazon DynamoDB".
const MAX_ITEM_BYTES: usize = 400 * 1_024;

impl ReadTally for MemoryStore {
    async fn nodes(
        &self,
        tally: Tally<'_>,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<Vec<Node>, StoreError> {
        let key = |at| (tally.workspace.clone(), tally.generation, Period::holding(level, at));
        if first > last {
            return Ok(Vec::new());
        }
        self.look(Call::Nodes, consistency == Consistency::Strong, |view| {
            let rows = view.state.nodes.range(view.at, key(first)..=key(last));
            let (mut nodes, mut bytes) = (Vec::new(), 0);
            for ((_, _, period), stored) in rows {
                nodes.push(node_of(*period, stored));
                bytes += bytes_of(tally, stored);
            }
            (nodes, read_units(bytes))
        })
        .await?
        .into_iter()
        .collect()
    }
}

impl KeepTally for MemoryStore {
    async fn keep(
        &self,
        tally: Tally<'_>,
        node: &Node,
        seen: Option<u64>,
    ) -> Result<bool, StoreError> {
        let counts = node.counted.to_bytes(node.period);
        let counts = counts.map_err(|error| StoreError::Refused(error.into()))?;
        let new = StoredNode { through: node.through, counts };
        if bytes_of(tally, &new) > MAX_ITEM_BYTES {
            return Err(StoreError::Refused("an item has at most 400 KB".into()));
        }
        let key = (tally.workspace.clone(), tally.generation, node.period);
        self.change(Call::Keep, |state, at| {
            // The node has followed as far as the one who folded thought it had.
            if state.nodes.get(at, &key).map(|stored| stored.through) != seen {
                return Ok((false, 0.0));
            }
            state.nodes.put(at, key.clone(), Some(new.clone()));
            Ok((true, write_units(bytes_of(tally, &new))))
        })
        .await
    }
}

fn node_of(period: Period, stored: &StoredNode) -> Result<Node, StoreError> {
    let counted = Counted::from_bytes(&stored.counts, period)
        .map_err(|error| StoreError::Malformed(error.into()))?;
    Ok(Node { period, through: stored.through, counted })
}

/// What a node's item weighs: its names, keys and numbers, and its counts.
fn bytes_of(tally: Tally<'_>, stored: &StoredNode) -> usize {
    70 + tally.workspace.as_str().len() + stored.counts.len()
}
