//! Reads, keeps and reopens tally nodes.

use super::MemoryStore;
use super::script::Call;
use super::size::{read_units, write_units};
use super::state::StoredNode;
use crate::ports::{Consistency, KeepTally, ReadTally, ReopenTally, StoreError};
use crate::tally::{Counted, Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};

/// Days that a node outlives the entries of its period.
const DAYS_AFTER_EXPIRY: i64 = 2;

impl ReadTally for MemoryStore {
    async fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<Vec<Node>, StoreError> {
        let key = |at| (workspace.clone(), Period::holding(level, at));
        if first > last {
            return Ok(Vec::new());
        }
        self.look(Call::Nodes, consistency == Consistency::Strong, |view| {
            let rows = view.state.nodes.range(view.at, key(first)..=key(last));
            let (mut nodes, mut bytes) = (Vec::new(), 0);
            for ((_, period), stored) in rows {
                nodes.push(node_of(*period, stored));
                bytes += bytes_of(workspace, stored);
            }
            (nodes, read_units(bytes))
        })
        .await
    }
}

impl KeepTally for MemoryStore {
    async fn keep(&self, workspace: &Workspace, node: &Node) -> Result<bool, StoreError> {
        let counted = node.counted.as_ref().map(|counted| {
            let bytes =
                counted.to_bytes(node.period).map_err(|error| StoreError::Refused(error.into()))?;
            Ok::<_, StoreError>((counted.through, bytes))
        });
        let new = StoredNode {
            reopened_at: node.reopened_at,
            counted: counted.transpose()?,
            expires_at: expires_at(workspace, node.period),
        };
        let key = (workspace.id.clone(), node.period);
        self.change(Call::Keep, |state, at| {
            // The period was last reopened when the one who counted thought it was.
            let reopened_at = state.nodes.get(at, &key).and_then(|stored| stored.reopened_at);
            if reopened_at != node.reopened_at {
                return Ok((false, 0.0));
            }
            state.nodes.put(at, key.clone(), Some(new.clone()));
            Ok((true, write_units(bytes_of(&workspace.id, &new))))
        })
        .await
    }
}

impl ReopenTally for MemoryStore {
    async fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = (workspace.id.clone(), period);
        let expires_at = expires_at(workspace, period);
        self.change(Call::Reopen, |state, at| {
            let stored = state.nodes.get(at, &key);
            // A later time of reopening stays.
            if stored.and_then(|stored| stored.reopened_at).is_some_and(|since| since >= now) {
                return Ok(((), 0.0));
            }
            let new = StoredNode { reopened_at: Some(now), counted: None, expires_at };
            let bytes = bytes_of(&workspace.id, stored.unwrap_or(&new));
            state.nodes.put(at, key.clone(), Some(new));
            Ok(((), write_units(bytes)))
        })
        .await
    }
}

/// When a node may be deleted: some days after the last entry of its period has expired.
fn expires_at(workspace: &Workspace, period: Period) -> Option<Timestamp> {
    let last = workspace.plan.expires_at(period.end())?;
    Some(last.plus_days(DAYS_AFTER_EXPIRY))
}

fn node_of(period: Period, stored: &StoredNode) -> Node {
    let counted = stored
        .counted
        .as_ref()
        .and_then(|(through, bytes)| Counted::from_bytes(bytes, period, *through).ok());
    Node { period, reopened_at: stored.reopened_at, counted }
}

/// What a node's item weighs: its names, keys and times, and its counts.
fn bytes_of(workspace: &WorkspaceId, stored: &StoredNode) -> usize {
    let counts = stored.counted.as_ref().map_or(0, |(_, bytes)| 45 + bytes.len());
    let reopened_at = if stored.reopened_at.is_some() { 35 } else { 0 };
    52 + workspace.as_str().len() + reopened_at + counts
}
