//! The ports that read, keep and reopen tally nodes.

use super::{Consistency, StoreError};
use crate::tally::{Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::future::Future;

/// Reads tally nodes: `Query` on the control table.
pub trait ReadTally {
    /// The nodes of one level from the period of `first` to that of `last`, both included, oldest
    /// first. Periods without a node are left out.
    fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Vec<Node>, StoreError>> + Send;
}

/// Keeps counts: `PutItem` on the control table.
pub trait KeepTally {
    /// Stores a node if `node.reopened_at` is still the stored one (optimistic lock), and answers
    /// whether it did.
    fn keep(
        &self,
        workspace: &Workspace,
        node: &Node,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Reopens periods: `UpdateItem` on the control table.
pub trait ReopenTally {
    /// Drops the count of a period and sets its time of reopening, so that a count that began
    /// before cannot be stored. The time never moves back: a later one stays.
    fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
