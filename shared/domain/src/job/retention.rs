//! Owns what the job after a change of plan does: every stored entry gets the expiry that the plan
//! gives it.

use super::{Job, JobState, Work};
use crate::identity::EntryId;
use crate::plan::Plan;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use serde::{Deserialize, Serialize};

/// How far the clocks of two machines may be apart.
pub const CLOCKS_DIFFER_MS: i64 = 40_000;
/// So long after a change of plan nothing is recorded by the old one any more: an instance
/// remembers a workspace for 60 s, records within 20 s, and 40 s are left for clocks that differ.
pub const SETTLED_AFTER_CHANGE_MS: i64 = 120_000;

/// What is being done. The phases follow each other in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// All entries, the oldest first, at once: those that would go next are saved first.
    FirstPass,
    /// All entries again, once nobody records by the old plan any more.
    SecondPass,
    /// The counts that were dropped are made again.
    Recounting,
}

/// A rewriting, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionWork {
    /// The plan that decides.
    pub plan: Plan,
    /// What is being done.
    pub phase: Phase,
    /// Up to this id, included, the present pass is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<EntryId>,
    /// How many entries have got another expiry.
    pub rewritten: u64,
}

impl RetentionWork {
    /// A rewriting that has not begun.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan, phase: Phase::FirstPass, position: None, rewritten: 0 }
    }
}

/// When a stored entry is to expire by what its workspace is now, if the rewriting was asked for at
/// `requested_at`; none is never.
///
/// An entry that is hidden for good is to go as soon as DynamoDB gets to it. Its time is that of
/// the change of plan and not the one that a plan would give it: DynamoDB leaves alone what has
/// expired more than five years ago (DynamoDB developer guide, "Using time to live").
#[must_use]
pub fn expiry(
    workspace: &Workspace,
    occurred_at: Timestamp,
    stored: Option<Timestamp>,
    requested_at: Timestamp,
) -> Option<Timestamp> {
    if workspace.hidden_before.is_some_and(|hidden_before| occurred_at < hidden_before) {
        let change = Timestamp::clamped(requested_at.epoch_seconds() * 1_000);
        return Some(stored.map_or(change, |stored| stored.min(change)));
    }
    workspace.plan.expires_at(occurred_at)
}

/// The wire form; `RetentionJob` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct RetentionView {
    state: JobState,
    phase: Phase,
    rewritten_entries: u64,
    reached: Option<Timestamp>,
    requested_at: Timestamp,
    updated_at: Timestamp,
    completed_at: Option<Timestamp>,
}

impl RetentionView {
    /// What people and programs see of a rewriting; none of another job.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        let Work::Retention(work) = &job.work else { return None };
        Some(Self {
            state: job.state,
            phase: work.phase,
            rewritten_entries: work.rewritten,
            reached: work.position.map(|id| id.occurred_at()),
            requested_at: job.requested_at,
            updated_at: job.updated_at,
            completed_at: job.completed_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Salt;
    use crate::workspace::WorkspaceId;

    #[test]
    fn what_is_hidden_goes_now_and_what_is_not_goes_by_the_plan() {
        let day = |n: i64| Timestamp::clamped(0).plus_days(20_000 + n);
        let pro = Workspace::new(
            WorkspaceId::parse("w").unwrap(),
            Plan::Pro,
            Salt::from_bytes([0; 32]),
            day(0),
        );
        let free = pro.with_plan(Plan::Free, day(0));
        let change = day(0).plus_ms(1_500);
        assert_eq!(expiry(&free, day(-31), Some(day(300)), change), Some(day(0).plus_ms(1_000)));
        assert_eq!(
            expiry(&free, day(-31), Some(day(-3)), change),
            Some(day(-3)),
            "it goes no later than it would"
        );
        assert_eq!(expiry(&free, day(-31), None, change), Some(day(0).plus_ms(1_000)));
        assert_eq!(expiry(&free, day(-30), Some(day(300)), change), Some(day(1)));
        let enterprise = free.with_plan(Plan::Enterprise, day(0));
        assert_eq!(expiry(&enterprise, day(-30), Some(day(1)), change), None);
        assert_eq!(
            expiry(&enterprise, day(-31), Some(day(300)), change),
            Some(day(0).plus_ms(1_000)),
            "hidden for good"
        );
    }
}
