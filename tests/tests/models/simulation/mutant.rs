//! Faults put between the handlers and the store, each of which breaks one rule that keeps totals
//! true. The simulation must notice every one.

use aws::dynamodb::DynamoStore;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::{Consistency, KeepTally, ReadTally, StoreError};
use domain::tally::{Counted, Histogram, Node, Part, Period};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use local::embedded;

/// By how much a mutant that does not wait shifts time: more than any rule waits.
const SHIFT_MS: i64 = 150_000;

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A span is taken for closed at once: whoever counts has a clock that is ahead.
    ClosedAtOnce,
    /// A node is stored at once after its period was reopened.
    SettledAtOnce,
    /// A late entry is written without reopening its time.
    NoMarker,
    /// The marker of a node is removed once a count is stored.
    MarkerRemoved,
    /// A count is stored whatever happened since it was begun.
    StoredUnconditionally,
    /// A node does not know when what it counts expires.
    ExpiryIgnored,
    /// Entries are counted from copies that may be old.
    OldEntries,
    /// Nodes are summed up from copies that may be old.
    OldNodes,
}

impl Mutant {
    pub(crate) const ALL: [Self; 8] = [
        Self::ClosedAtOnce,
        Self::SettledAtOnce,
        Self::NoMarker,
        Self::MarkerRemoved,
        Self::StoredUnconditionally,
        Self::ExpiryIgnored,
        Self::OldEntries,
        Self::OldNodes,
    ];

    /// The seed at which the search begins: it noticed the mutant when this was written. Where it
    /// does not any more, a later one does.
    pub(crate) fn first_seed(self) -> u64 {
        match self {
            Self::ClosedAtOnce => 5,
            Self::SettledAtOnce => 21,
            Self::MarkerRemoved => 14,
            Self::StoredUnconditionally => 6,
            Self::ExpiryIgnored => 10,
            Self::OldEntries => 13,
            Self::OldNodes => 17,
            Self::NoMarker => 0,
        }
    }

    /// How far ahead of the others the clocks of those who count are.
    pub(crate) fn clock_ahead_ms(self) -> i64 {
        if self == Self::ClosedAtOnce { SHIFT_MS } else { 0 }
    }

    /// A node as it was read, as whoever counts sees it.
    pub(crate) fn seen(self, node: Node) -> Node {
        self.shifted(node, -SHIFT_MS)
    }

    /// A node that is to be stored, as it is.
    pub(crate) fn stored(self, node: Node) -> Node {
        let node = self.shifted(node, SHIFT_MS);
        match (self, node.counted) {
            (Self::ExpiryIgnored, Some(counted)) => {
                Node { counted: Some(without_life(counted)), ..node }
            }
            (_, counted) => Node { counted, ..node },
        }
    }

    fn shifted(self, node: Node, ms: i64) -> Node {
        match self {
            Self::SettledAtOnce => {
                Node { reopened_at: node.reopened_at.map(|at| at.plus_ms(ms)), ..node }
            }
            _ => node,
        }
    }
}

fn without_life(counted: Counted) -> Counted {
    let lifeless = |part: Part| {
        let cells = part
            .counts
            .iter()
            .map(|(cell, count)| (domain::tally::Cell { life_ms: None, ..cell.clone() }, count));
        Part { low: part.low, counts: cells.collect::<Histogram>() }
    };
    Counted { parts: counted.parts.into_iter().map(lifeless).collect(), ..counted }
}

/// Stores a count without the condition: over the marker that is there, and then with the one that
/// its maker saw.
pub(crate) async fn keep_unconditionally(
    store: &DynamoStore,
    client: &Client,
    workspace: &Workspace,
    node: &Node,
) -> Result<bool, StoreError> {
    let (level, start) = (node.period.level(), node.period.start());
    let there = store.nodes(&workspace.id, level, start, start, Consistency::Strong).await?;
    let over =
        Node { reopened_at: there.first().and_then(|node| node.reopened_at), ..node.clone() };
    let is_kept = store.keep(workspace, &over).await?;
    set_marker(client, workspace, node.period, node.reopened_at).await;
    Ok(is_kept)
}

/// Sets or removes the marker of a node that is there.
pub(crate) async fn set_marker(
    client: &Client,
    workspace: &Workspace,
    period: Period,
    reopened_at: Option<Timestamp>,
) {
    let update = client.update_item().table_name(embedded::tables().control);
    let update = update
        .key("pk", AttributeValue::S(format!("tally#{}", workspace.id)))
        .key("sk", AttributeValue::S(period.key()));
    let update = match reopened_at {
        None => update.update_expression("REMOVE reopened_at"),
        Some(at) => update
            .update_expression("SET reopened_at = :at")
            .expression_attribute_values(":at", AttributeValue::S(at.rfc3339())),
    };
    update.send().await.unwrap();
}
