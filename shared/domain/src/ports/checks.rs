//! The ports of the nightly check: which logs are due, and entries that are to get a number.

use super::StoreError;
use crate::entry::Entry;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Notes which logs are to be checked when a day is over: `PutItem` on the control table.
pub trait PlanChecks {
    /// Notes that entries were recorded on the day that begins at `day`. Idempotent.
    fn plan_check(
        &self,
        workspace: &WorkspaceId,
        day: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Reads and ends the plans of [`PlanChecks`]: `Query` and `DeleteItem` on the control table.
pub trait FollowPlans {
    /// At most `limit` workspaces whose check is planned for the day that begins at `day`, in order
    /// of their ids.
    fn planned_checks(
        &self,
        day: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<WorkspaceId>, StoreError>> + Send;
    /// Removes a plan, because its check was started. Idempotent.
    fn end_plan(
        &self,
        workspace: &WorkspaceId,
        day: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Enters entries into the journal that have no number: `UpdateItem` on the entries table.
pub trait EnterJournal {
    /// Sets when the entry was entered, on it and on its rows under further targets, if it is
    /// stored and its stored `journaled_at` is that of `entry` (an optimistic lock). Answers
    /// whether it did.
    fn enter_journal(
        &self,
        entry: &Entry,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
