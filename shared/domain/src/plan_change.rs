//! Changes a workspace's plan: counts what the change hides, and stores it together with the entry
//! that tells of it and the job that follows from it.

use crate::counting::{Budget, Ledger, LedgerStore};
use crate::entry::{Actor, Content, Entry, Target};
use crate::filter::Filter;
use crate::identity::{EntryId, Salt};
use crate::job::{Job, JobKey, JobName, RetentionWork, Work};
use crate::json::{Json, JsonText};
use crate::plan::Plan;
use crate::ports::{ListEntries, ReadJobs, StoreError, WriteControl};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use serde::Serialize;
use std::time::Duration;

/// What the store must do to change a plan.
pub trait PlanChangeStore: LedgerStore + ListEntries + ReadJobs + WriteControl {}

impl<S: LedgerStore + ListEntries + ReadJobs + WriteControl> PlanChangeStore for S {}

/// Why a plan was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlanChangeError {
    /// The workspace was changed by somebody else at each try: read it again, then decide.
    #[error("the workspace is being changed by others")]
    Contended,
    /// The operating system gave no random bits for the salt of a new workspace.
    #[error("no random bits")]
    Random(#[from] getrandom::Error),
    /// The entry that tells of the change could not be written as JSON.
    #[error("the entry of the change is not JSON")]
    Json(#[from] serde_json::Error),
    /// The store failed; the change may or may not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often a change is tried when others change the same workspace.
const TRIES: u32 = 3;

/// What counting may cost one request, in read capacity units, and how long it may take.
pub const MAX_READ_UNITS: f64 = 1_000.0;

/// How long counting may hold up one answer.
pub const MAX_TIME: Duration = Duration::from_secs(5);

/// What a change of plan does to the entries that can be seen; `PlanEffect` in `openapi.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlanEffect {
    /// How many are hidden by it, at once and for good.
    pub hidden_entries: u64,
    /// Whether that is exact; else there are at least so many.
    pub is_exact: bool,
    /// What happened from then on stays; none if all does.
    pub kept_from: Option<Timestamp>,
}

/// A change of plan.
#[derive(Debug)]
pub struct PlanChange {
    /// The workspace after it.
    pub workspace: Workspace,
    /// What it does.
    pub effect: PlanEffect,
    /// Whether the workspace is made by it.
    pub is_new: bool,
    /// The job that follows from it; none if nothing changes, or nothing was there.
    pub job: Option<Job>,
}

/// Changes a workspace's plan, or says what that would do.
///
/// # Errors
/// [`PlanChangeError::Contended`] when others keep changing it; when the store fails.
pub async fn change_plan<S: PlanChangeStore>(
    store: &S,
    id: &WorkspaceId,
    plan: Plan,
    actor: &Actor,
    is_dry_run: bool,
    now: Timestamp,
) -> Result<PlanChange, PlanChangeError> {
    for _ in 0..TRIES {
        let stored = store.workspace(id).await?;
        let change = planned(store, stored.as_ref(), id, plan, now).await?;
        let is_planned = stored.as_ref() == Some(&change.workspace);
        if is_planned || is_dry_run {
            return Ok(change);
        }
        let entry = plan_entry(actor, stored.as_ref(), &change.workspace, now)?;
        match store.put_workspace(&change.workspace, change.job.as_ref(), &entry).await {
            Ok(()) => return Ok(change),
            Err(StoreError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PlanChangeError::Contended)
}

/// The change that the plan makes of what is stored.
async fn planned<S: PlanChangeStore>(
    store: &S,
    stored: Option<&Workspace>,
    id: &WorkspaceId,
    plan: Plan,
    now: Timestamp,
) -> Result<PlanChange, PlanChangeError> {
    let Some(before) = stored else {
        let salt = Salt::random()?;
        let workspace = Workspace::new(id.clone(), plan, salt, now);
        let effect = PlanEffect {
            hidden_entries: 0,
            is_exact: true,
            kept_from: workspace.visible_from(now),
        };
        return Ok(PlanChange { workspace, effect, is_new: true, job: None });
    };
    if before.plan == plan {
        let effect =
            PlanEffect { hidden_entries: 0, is_exact: true, kept_from: before.visible_from(now) };
        return Ok(PlanChange { workspace: before.clone(), effect, is_new: false, job: None });
    }
    let workspace = before.with_plan(plan, now);
    let effect = effect(store, before, &workspace, now).await?;
    let job = Job::new(
        retention_key(id),
        workspace.version,
        Work::Retention(RetentionWork::new(plan)),
        now,
    );
    Ok(PlanChange { workspace, effect, is_new: false, job: Some(job) })
}

/// Counts what can be seen before a change and not after it.
async fn effect<S: PlanChangeStore>(
    store: &S,
    before: &Workspace,
    after: &Workspace,
    now: Timestamp,
) -> Result<PlanEffect, StoreError> {
    let kept_from = after.visible_from(now);
    let low = EntryId::first_of(before.visible_from(now).unwrap_or(Timestamp::MIN));
    let hidden = kept_from
        .and_then(|from| EntryId::first_of(from).before())
        .filter(|high| low <= *high)
        .map(|high| Span { low, high });
    let Some(span) = hidden else {
        return Ok(PlanEffect { hidden_entries: 0, is_exact: true, kept_from });
    };
    let filter = Filter::default();
    let ledger =
        Ledger::open(store, before, &filter, span, now, Budget::new(MAX_READ_UNITS, MAX_TIME))
            .await?;
    Ok(PlanEffect { hidden_entries: ledger.total(), is_exact: ledger.is_exact(), kept_from })
}

/// The key of a workspace's retention job: it has at most one.
#[must_use]
pub fn retention_key(id: &WorkspaceId) -> JobKey {
    JobKey { workspace_id: id.clone(), name: JobName::Retention }
}

/// The entry that tells the workspace's admins of the change.
fn plan_entry(
    actor: &Actor,
    before: Option<&Workspace>,
    after: &Workspace,
    now: Timestamp,
) -> Result<Entry, serde_json::Error> {
    let value = |workspace: &Workspace| {
        let plan =
            Json::Object(vec![("plan".to_owned(), Json::Text(workspace.plan.name().to_owned()))]);
        JsonText::of(&plan)
    };
    let target = Target { kind: "workspace".to_owned(), id: after.id.to_string(), name: None };
    let content = Content {
        old_value: before.map(value).transpose()?,
        new_value: Some(value(after)?),
        ..Content::by_service(now, actor.clone(), "workspace.plan.update", target)
    };
    Ok(Entry::new(after, content, now))
}

#[cfg(test)]
mod tests;
