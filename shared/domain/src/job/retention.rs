//! What the retention job is: after a change of plan it moves the moment from which each stored
//! entry may be deleted. It changes no answer.

use super::{Job, JobState, Work};
use crate::credential::REMEMBERED_FOR_MS;
use crate::identity::EntryId;
use crate::plan::{GraceDays, Plan};
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
    /// Rewrites all entries from the oldest on. It begins at once, so that entries which would be
    /// deleted next and are to stay are rewritten first.
    FirstPass,
    /// Rewrites all entries again once no instance records by the old plan
    /// ([`SETTLED_AFTER_CHANGE_MS`]).
    SecondPass,
    /// Rewrites all entries once more when the last grace is over. Until then they were kept for a
    /// plan that could still be raised to.
    FinalPass,
}

/// The progress of a retention job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionWork {
    /// The plan that decides.
    pub plan: Plan,
    /// The current phase.
    pub phase: Phase,
    /// The current pass is done up to this id, inclusive. `None` means that it has not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<EntryId>,
    /// How many times an entry got another life.
    pub rewritten: u64,
}

impl RetentionWork {
    /// The work of a job that has not begun.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan, phase: Phase::FirstPass, position: None, rewritten: 0 }
    }
}

/// The moment from which the store may delete an entry, by the state of its workspace at `now`.
/// `stored` is that moment so far. `None` means never.
///
/// While a lowered plan can be raised again, the entry is kept as if the plan had gone on. An entry
/// that is hidden for good, or should be deleted already, goes at `now`, or at `stored` if that is
/// earlier. It does not get the time that a plan would give, because DynamoDB ignores times that
/// are more than five years in the past (DynamoDB developer guide, "Using time to live").
#[must_use]
pub fn delete_at(
    workspace: &Workspace,
    occurred_at: Timestamp,
    stored: Option<Timestamp>,
    grace: GraceDays,
    now: Timestamp,
) -> Option<Timestamp> {
    let is_hidden =
        workspace.hidden_before.is_some_and(|hidden_before| occurred_at < hidden_before);
    let due = if is_hidden { Some(now) } else { workspace.delete_at(occurred_at, grace, now) };
    match due {
        Some(due) if due <= now => {
            let now = Timestamp::clamped(now.epoch_seconds() * 1_000);
            Some(stored.map_or(now, |stored| stored.min(now)))
        }
        later => later,
    }
}

/// The wire form of a retention job; `RetentionJob` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct RetentionView {
    state: JobState,
    phase: Phase,
    rewritten_entries: u64,
    reached: Option<Timestamp>,
    waits_until: Option<Timestamp>,
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
            waits_until: job.not_before,
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

    fn day(n: i64) -> Timestamp {
        Timestamp::clamped(0).plus_days(20_000 + n)
    }

    fn changed(plans: &[(Plan, Timestamp)]) -> Workspace {
        let id = WorkspaceId::parse("w").unwrap();
        let workspace = Workspace::new(id, plans[0].0, Salt::from_bytes([0; 32]), plans[0].1);
        plans[1..].iter().fold(workspace, |workspace, (plan, now)| {
            workspace.with_plan(*plan, *now, GraceDays::default())
        })
    }

    #[test]
    fn a_change_is_settled_after_the_sum_of_the_times_that_an_instance_can_be_behind() {
        let (remembered, recording, clocks) = (60_000, 20_000, 40_000);
        assert_eq!(SETTLED_AFTER_CHANGE_MS, remembered + recording + clocks);
        assert_eq!(CLOCKS_DIFFER_MS, clocks);
    }

    #[test]
    fn a_lowered_plan_shortens_lives_when_its_grace_is_over() {
        let free = changed(&[(Plan::Pro, day(-900)), (Plan::Free, day(0))]);
        let end = |days, stored, now| {
            delete_at(&free, day(days), Some(stored), GraceDays::default(), now)
        };
        let by_pro = day(-31 + 373);
        assert_eq!(end(-31, by_pro, day(0)), Some(by_pro), "not before");
        assert_eq!(end(-31, by_pro, day(7).plus_ms(-1)), Some(by_pro), "not before");
        assert_eq!(end(-31, by_pro, day(7).plus_ms(1_500)), Some(day(7).plus_ms(1_000)));
        assert_eq!(end(-31, day(-3), day(7)), Some(day(-3)), "it goes no later than it would");
        assert_eq!(end(-30, by_pro, day(7)), Some(day(8)), "it is visible until day 1");
        assert_eq!(end(-5, by_pro, day(7)), Some(day(33)));
    }

    #[test]
    fn what_is_hidden_for_good_goes_now_even_if_the_plan_keeps_everything() {
        let enterprise = changed(&[(Plan::Free, day(-900)), (Plan::Enterprise, day(0))]);
        let end =
            |days, stored| delete_at(&enterprise, day(days), stored, GraceDays::default(), day(0));
        assert_eq!(end(-30, Some(day(8))), None, "raised in time");
        assert_eq!(end(-31, Some(day(7))), Some(day(0)), "hidden for good");
        assert_eq!(end(-31, None), Some(day(0)));
    }
}
