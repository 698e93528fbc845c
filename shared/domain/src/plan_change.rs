//! Changes the plan of a workspace: counts the entries that the change hides or brings back, and
//! stores the change, the entry that tells of it and the job that follows from it in one
//! transaction.

use crate::clock::Clock;
use crate::counting::{Budget, LedgerStore, number_between};
use crate::entry::{Content, Requester, Target};
use crate::identify::identify;
use crate::identity::Salt;
use crate::job::{Job, JobKey, JobName, RetentionWork, Work};
use crate::json::{Json, JsonText};
use crate::plan::{GraceDays, Plan};
use crate::ports::{ActorSalts, ListEntries, ReadJobs, StoreError, WriteControl};
use crate::recording::stamp;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use serde::Serialize;

/// The ports that a change of plan needs.
pub trait PlanChangeStore:
    LedgerStore + ListEntries + ReadJobs + WriteControl + ActorSalts
{
}

impl<S: LedgerStore + ListEntries + ReadJobs + WriteControl + ActorSalts> PlanChangeStore for S {}

/// Why a plan was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlanChangeError {
    /// Every attempt met a concurrent change of the workspace. Read it again, then decide.
    #[error("the workspace is being changed by others")]
    Contended,
    /// The operating system has no random bits for the salt of a new workspace.
    #[error("no random bits")]
    Random(#[from] getrandom::Error),
    /// The entry that tells of the change could not be written as JSON.
    #[error("the entry of the change is not JSON")]
    Json(#[from] serde_json::Error),
    /// The store failed; the change may or may not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Attempts when others change the same workspace concurrently.
const TRIES: u32 = 3;

/// What a change of plan does to the entries; `PlanEffect` in `openapi.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlanEffect {
    /// How many visible entries it hides, at once.
    pub hidden_entries: u64,
    /// How many hidden entries it brings back.
    pub restored_entries: u64,
    /// Whether the numbers are exact. Otherwise they are lower bounds.
    pub is_exact: bool,
    /// Entries that occurred at or after this time are visible; `None` means that all are.
    pub kept_from: Option<Timestamp>,
    /// Until when, exclusive, raising the plan brings back what the change hides. `None` means that
    /// it hides nothing, or for good.
    pub restorable_until: Option<Timestamp>,
}

/// A change of plan.
#[derive(Debug)]
pub struct PlanChange {
    /// The workspace after the change.
    pub workspace: Workspace,
    /// What the change does to the entries.
    pub effect: PlanEffect,
    /// Whether the workspace did not exist before.
    pub is_new: bool,
    /// The rewriting job that follows. `None` means that the plan stays the same or that the
    /// workspace is new.
    pub job: Option<Job>,
}

/// Changes the plan of a workspace, or answers what the change would do.
///
/// 1. Reads the workspace, and counts what the change hides or brings back. A dry run ends here,
///    and so does a change to the plan that is stored already.
/// 2. Reads the clock again, for the entry (J1), and stores the workspace, the entry and the job in
///    one transaction, on the condition that the workspace is still the one that was read
///    (optimistic lock). If it is not, the change starts again at step 1.
///
/// The entry happens after that of the change before it, whose time is the workspace's
/// `updated_at`, also within one millisecond and by a clock that is behind. So a list has the
/// entries of changes in the order in which these took effect.
///
/// # Errors
/// [`PlanChangeError::Contended`] when the workspace changed during each of three attempts; any
/// other error when the store fails. If the answer to step 2 is lost, the change may be stored; a
/// retry then finds the plan in place and changes nothing.
pub async fn change_plan<S: PlanChangeStore>(
    store: &S,
    id: &WorkspaceId,
    plan: Plan,
    requester: &Requester,
    is_dry_run: bool,
    grace: GraceDays,
    clock: &Clock,
) -> Result<PlanChange, PlanChangeError> {
    for _ in 0..TRIES {
        let stored = store.workspace(id).await?;
        let first = stored.as_ref().map(|before| before.updated_at.plus_ms(1));
        let now = clock.now().max(first.unwrap_or(Timestamp::MIN));
        let mut change = planned(store, stored.as_ref(), id, plan, grace, now).await?;
        let is_planned = stored.as_ref() == Some(&change.workspace);
        if is_planned || is_dry_run {
            return Ok(change);
        }
        // Counting may have taken long.
        let now = clock.now().max(now);
        change.workspace.updated_at = now;
        if change.is_new {
            change.workspace.created_at = now;
        }
        let content = plan_content(requester, stored.as_ref(), &change.workspace, now)?;
        let key_id = requester.key_id.as_ref();
        let entry = identify(store, &change.workspace, content, key_id, grace, now).await?;
        let entry = stamp(entry, clock)?;
        match store.put_workspace(&change.workspace, change.job.as_ref(), &entry).await {
            Ok(()) => return Ok(change),
            Err(StoreError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PlanChangeError::Contended)
}

/// The change from what is stored to the plan.
async fn planned<S: PlanChangeStore>(
    store: &S,
    stored: Option<&Workspace>,
    id: &WorkspaceId,
    plan: Plan,
    grace: GraceDays,
    now: Timestamp,
) -> Result<PlanChange, PlanChangeError> {
    let Some(before) = stored else {
        let salt = Salt::random()?;
        let workspace = Workspace::new(id.clone(), plan, salt, now);
        let effect = no_effect(&workspace, now);
        return Ok(PlanChange { workspace, effect, is_new: true, job: None });
    };
    if before.plan == plan {
        let effect = no_effect(before, now);
        return Ok(PlanChange { workspace: before.clone(), effect, is_new: false, job: None });
    }
    let workspace = before.with_plan(plan, now, grace);
    let effect = effect(store, before, &workspace, now).await?;
    let job = Job::new(
        retention_key(id),
        workspace.version,
        Work::Retention(RetentionWork::new(plan)),
        now,
    );
    Ok(PlanChange { workspace, effect, is_new: false, job: Some(job) })
}

/// Counts the entries that are visible before a change and hidden after it, or the other way round.
async fn effect<S: PlanChangeStore>(
    store: &S,
    before: &Workspace,
    after: &Workspace,
    now: Timestamp,
) -> Result<PlanEffect, StoreError> {
    let (was_from, is_from) = (before.visible_from(now), after.visible_from(now));
    let budget = Budget::of_request();
    // At most one of the two is not empty.
    let hidden = number_between(store, before, was_from, is_from, now, budget).await?;
    let restored = number_between(store, before, is_from, was_from, now, budget).await?;
    let mut graces = after.graces_at(now);
    Ok(PlanEffect {
        hidden_entries: hidden.entries,
        restored_entries: restored.entries,
        is_exact: hidden.is_exact && restored.is_exact,
        kept_from: is_from,
        restorable_until: graces.find(|grace| grace.plan == before.plan).map(|grace| grace.until),
    })
}

/// The effect of a change that changes nothing.
fn no_effect(workspace: &Workspace, now: Timestamp) -> PlanEffect {
    PlanEffect {
        hidden_entries: 0,
        restored_entries: 0,
        is_exact: true,
        kept_from: workspace.visible_from(now),
        restorable_until: None,
    }
}

/// The key of the retention job of a workspace, which has at most one.
#[must_use]
pub fn retention_key(id: &WorkspaceId) -> JobKey {
    JobKey { workspace_id: id.clone(), name: JobName::Retention }
}

/// The content of the entry that tells the admins of the workspace about the change.
fn plan_content(
    requester: &Requester,
    before: Option<&Workspace>,
    after: &Workspace,
    now: Timestamp,
) -> Result<Content, serde_json::Error> {
    let value = |workspace: &Workspace| {
        let plan =
            Json::Object(vec![("plan".to_owned(), Json::Text(workspace.plan.name().to_owned()))]);
        JsonText::of(&plan)
    };
    let target = Target::new("workspace", after.id.as_str());
    Ok(Content {
        old_value: before.map(value).transpose()?,
        new_value: Some(value(after)?),
        ..requester.content(now, "workspace.plan.update", target)
    })
}

#[cfg(test)]
mod tests;
