//! The ports that read and keep tally nodes.

use super::{Consistency, StoreError};
use crate::remembered::LogMemory;
use crate::tally::{Level, Node};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Which nodes: those of a workspace, of one generation. A recount makes another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally<'a> {
    /// The workspace.
    pub workspace: &'a WorkspaceId,
    /// The generation.
    pub generation: u32,
}

/// Reads tally nodes: `Query` on the control table.
pub trait ReadTally {
    /// The nodes of one level from the period of `first` to that of `last`, both included, oldest
    /// first. Periods without a node are left out.
    fn nodes(
        &self,
        tally: Tally<'_>,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Vec<Node>, StoreError>> + Send;
}

/// Remembers, for as long as the process lives, what was read of the counts of logs.
pub trait RememberLogs {
    /// What is remembered.
    fn remembered(&self) -> &LogMemory;
}

/// Keeps counts: `PutItem` on the control table.
pub trait KeepTally {
    /// Stores a node if the stored one has this `through` (optimistic lock). With `None`, stores it
    /// only if no node of the period is stored. Answers whether it did.
    fn keep(
        &self,
        tally: Tally<'_>,
        node: &Node,
        seen: Option<u64>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
