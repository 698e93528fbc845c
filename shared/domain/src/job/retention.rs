//! What the retention job is: after a change of plan it gives every stored entry the expiry of the
//! new plan.

use super::{Job, JobState, Work};
use crate::credential::REMEMBERED_FOR_MS;
use crate::identity::EntryId;
use crate::plan::Plan;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use serde::{Deserialize, Serialize};

/// A finished or failed retention job is shown for this many days.
pub const RETENTION_SHOWN_DAYS: i64 = 30;

/// The assumed bound on the difference between the clocks of two machines.
pub const CLOCKS_DIFFER_MS: i64 = 40 * 1_000;

/// This long after a change of plan, no instance records by the old plan any more: 60 s for which
/// an instance caches a workspace + 20 s in which it records an entry + 40 s between clocks =
/// 120 s.
pub const SETTLED_AFTER_CHANGE_MS: i64 = REMEMBERED_FOR_MS + 20 * 1_000 + CLOCKS_DIFFER_MS;

/// The phases of the job, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Rewrites all entries from the oldest on. It begins at once, so that entries which would
    /// expire next and are to stay are rewritten first.
    FirstPass,
    /// Rewrites all entries again once no instance records by the old plan
    /// ([`SETTLED_AFTER_CHANGE_MS`]).
    SecondPass,
    /// Counts again what the passes have dropped from the tally.
    Recounting,
}

/// The progress of a retention job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionWork {
    /// The plan that decides the expiry.
    pub plan: Plan,
    /// The current phase.
    pub phase: Phase,
    /// The current pass is done up to this id, inclusive. `None` means that it has not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<EntryId>,
    /// How many entries got another expiry.
    pub rewritten: u64,
}

impl RetentionWork {
    /// The work of a job that has not begun.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan, phase: Phase::FirstPass, position: None, rewritten: 0 }
    }
}

/// The expiry that a stored entry must have by the present state of its workspace, for a job that
/// was requested at `requested_at`. `None` means never.
///
/// A hidden entry is never shown again, so it expires at the moment of the change of plan. It does
/// not get the time that a plan would give, because DynamoDB ignores expiry times that are more
/// than five years in the past (DynamoDB developer guide, "Using time to live").
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

/// The wire form of a retention job; `RetentionJob` in `openapi.yaml`.
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
    /// The wire form of a retention job. `None` means that the job does something else.
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
