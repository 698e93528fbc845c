//! Reads, keeps and reopens tally nodes.

use super::StoreError;
use crate::tally::{Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::future::Future;

/// Reads tally nodes: `Query` on the control table.
pub trait ReadTally {
    /// The nodes of one level from the period of `first` to that of `last`, both included, the
    /// oldest first. Missing ones are left out.
    fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        strong: bool,
    ) -> impl Future<Output = Result<Vec<Node>, StoreError>> + Send;
}

/// Keeps counts: `PutItem` on the control table.
pub trait KeepTally {
    /// Stores a count if its period was not reopened since `node.reopened_at`; says whether it did.
    fn keep(
        &self,
        workspace: &Workspace,
        node: &Node,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Reopens time: `UpdateItem` on the control table.
pub trait ReopenTally {
    /// Drops what was counted of a period, and keeps everybody who counts now from storing it. The
    /// time of reopening only moves on: if it is later already, it stays.
    fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
