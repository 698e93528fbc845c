//! Makes a workspace, changes its plan, says what a change would do, and shows the workspace.

use crate::WorkspaceStore;
use lambda_http::http::StatusCode;
use serde::Serialize;
use shared::body::json_body;
use shared::credential::Scope;
use shared::entry::{Actor, Content, Entry, Target};
use shared::expiring::{Expiring, expiring};
use shared::fields::{Errors, FieldError, Fields};
use shared::http::{Answer, Request};
use shared::identity::{EntryId, Salt};
use shared::job::{EnqueueJob, Job, JobKey, JobName, RetentionView, RetentionWork, Work, announce};
use shared::json::{Json, JsonText};
use shared::page::{Filter, Span};
use shared::plan::Plan;
use shared::problem::ApiError;
use shared::query::Query;
use shared::service::Service;
use shared::store::StoreError;
use shared::tally::{Budget, Ledger};
use shared::timestamp::Timestamp;
use shared::workspace::{MAX_WORKSPACE_ID_CHARS, Workspace, WorkspaceId, WorkspaceView};
use std::time::Duration;

/// The most bytes of a body here.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// How often a change is tried when others change the same workspace.
const TRIES: u32 = 3;
/// What counting may cost one request, in read capacity units, and how long it may take.
const MAX_READ_UNITS: f64 = 1_000.0;
const MAX_TIME: Duration = Duration::from_secs(5);

/// A workspace with all that is known of its retention; `Workspace` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct WorkspaceAnswer<'a> {
    #[serde(flatten)]
    workspace: WorkspaceView<'a>,
    /// What the change did, or would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    /// How many entries expire soon; only where somebody asks for the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Expiring>,
    /// The rewriting that the last change of plan began; null when there was none for a month.
    retention_job: Option<RetentionView>,
}

/// What a change of plan does to the entries that can be seen; `PlanEffect` in `openapi.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// How many are hidden by it, at once and for good.
    pub hidden_entries: u64,
    /// Whether that is exact; else there are at least so many.
    pub is_exact: bool,
    /// What happened from then on stays; none if all does.
    pub kept_from: Option<Timestamp>,
}

/// A change of plan.
#[derive(Debug)]
pub struct Change {
    /// The workspace after it.
    pub workspace: Workspace,
    /// What it does.
    pub effect: Effect,
    /// Whether the workspace is made by it.
    pub is_new: bool,
    /// The job that follows from it; none if nothing changes, or nothing was there.
    pub job: Option<Job>,
}

/// `GET /v1/workspaces/{workspace_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none): 400.
/// 3. The workspace, how many of its entries expire soon, and how far the rewriting after its last
///    change of plan is: 200.
pub(crate) async fn get_workspace<S: WorkspaceStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::WorkspacesRead).await?;
    Query::parse(&request.query, &[])?;
    let expiring = expiring(
        &service.store,
        &access.workspace,
        access.now,
        Budget::new(MAX_READ_UNITS, MAX_TIME),
    )
    .await?;
    let job = service
        .store
        .job(&retention_key(&access.workspace.id))
        .await?
        .filter(|job| job.is_visible(access.now));
    let retention_job = job.as_ref().and_then(RetentionView::of);
    let workspace = access.workspace.view(access.now);
    Ok(Answer::json(
        StatusCode::OK,
        &WorkspaceAnswer { workspace, effect: None, expiring: Some(expiring), retention_job },
    ))
}

/// `PUT /v1/workspaces/{workspace_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, media type, size, JSON: 400, 415, 413, 400.
/// 3. The workspace's id, the plan and `dry_run`: 422.
/// 4. What the change hides is counted. A dry run ends here: 200.
/// 5. Made: 201. Changed, or the plan was this one: 200. A change is stored with its entry and its
///    job or not at all; if others keep changing it: 409.
pub(crate) async fn put_workspace<S: WorkspaceStore, Q: EnqueueJob>(
    service: &Service<S>,
    queue: &Q,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let (credential, id, now) =
        service.authorize(request, workspace_id, Scope::WorkspacesWrite).await?;
    let is_dry_run = read_dry_run(Query::parse(&request.query, &["dry_run"])?)?;
    let plan = read_plan(json_body(request, MAX_BODY_BYTES)?)?;
    let id = id.ok_or_else(wrong_workspace_id)?;
    let change =
        change_plan(&service.store, &id, plan, &credential.actor(), is_dry_run, now).await?;
    let status = if change.is_new && !is_dry_run { StatusCode::CREATED } else { StatusCode::OK };
    if !is_dry_run {
        service.remember(change.workspace.clone(), now);
        if let Some(job) = &change.job {
            announce(queue, job).await;
        }
    }
    let retention_job = change.job.as_ref().filter(|_| !is_dry_run).and_then(RetentionView::of);
    let workspace = change.workspace.view(now);
    Ok(Answer::json(
        status,
        &WorkspaceAnswer { workspace, effect: Some(change.effect), expiring: None, retention_job },
    ))
}

/// Changes a workspace's plan, or says what that would do.
///
/// # Errors
/// [`ApiError::Conflict`] when others keep changing it; when the store fails.
pub async fn change_plan<S: WorkspaceStore>(
    store: &S,
    id: &WorkspaceId,
    plan: Plan,
    actor: &Actor,
    is_dry_run: bool,
    now: Timestamp,
) -> Result<Change, ApiError> {
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
    Err(ApiError::Conflict)
}

/// The change that the plan makes of what is stored.
async fn planned<S: WorkspaceStore>(
    store: &S,
    stored: Option<&Workspace>,
    id: &WorkspaceId,
    plan: Plan,
    now: Timestamp,
) -> Result<Change, ApiError> {
    let Some(before) = stored else {
        let salt = Salt::random().ok().ok_or(ApiError::Internal)?;
        let workspace = Workspace::new(id.clone(), plan, salt, now);
        let effect =
            Effect { hidden_entries: 0, is_exact: true, kept_from: workspace.visible_from(now) };
        return Ok(Change { workspace, effect, is_new: true, job: None });
    };
    if before.plan == plan {
        let effect =
            Effect { hidden_entries: 0, is_exact: true, kept_from: before.visible_from(now) };
        return Ok(Change { workspace: before.clone(), effect, is_new: false, job: None });
    }
    let workspace = before.with_plan(plan, now);
    let effect = effect(store, before, &workspace, now).await?;
    let job = Job::new(
        retention_key(id),
        workspace.version,
        Work::Retention(RetentionWork::new(plan)),
        now,
    );
    Ok(Change { workspace, effect, is_new: false, job: Some(job) })
}

/// Counts what can be seen before a change and not after it.
async fn effect<S: WorkspaceStore>(
    store: &S,
    before: &Workspace,
    after: &Workspace,
    now: Timestamp,
) -> Result<Effect, ApiError> {
    let kept_from = after.visible_from(now);
    let low = EntryId::first_of(before.visible_from(now).unwrap_or(Timestamp::MIN));
    let hidden = kept_from
        .and_then(|from| EntryId::first_of(from).before())
        .filter(|high| low <= *high)
        .map(|high| Span { low, high });
    let Some(span) = hidden else {
        return Ok(Effect { hidden_entries: 0, is_exact: true, kept_from });
    };
    let filter = Filter::default();
    let ledger =
        Ledger::open(store, before, &filter, span, now, Budget::new(MAX_READ_UNITS, MAX_TIME))
            .await?;
    Ok(Effect { hidden_entries: ledger.total(), is_exact: ledger.is_exact(), kept_from })
}

fn retention_key(id: &WorkspaceId) -> JobKey {
    JobKey { workspace_id: id.clone(), name: JobName::Retention }
}

fn wrong_workspace_id() -> ApiError {
    let detail = format!(
        "the workspace id in the path must be 1 to {MAX_WORKSPACE_ID_CHARS} of A-Z a-z 0-9 _ -"
    );
    ApiError::ValidationFailed(vec![FieldError { pointer: "/workspace_id".to_owned(), detail }])
}

fn read_dry_run(mut query: Query) -> Result<bool, ApiError> {
    match query.take("dry_run").as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            let detail = "must be true or false".to_owned();
            Err(ApiError::ValidationFailed(vec![FieldError {
                pointer: "/dry_run".to_owned(),
                detail,
            }]))
        }
    }
}

fn read_plan(body: Json) -> Result<Plan, ApiError> {
    let mut errors = Errors::default();
    let plan = Fields::of(body, "", &mut errors).and_then(|mut fields| {
        let names = Plan::ALL.map(Plan::name).join(", ");
        let plan = fields.text("plan", &mut errors, |text| {
            Plan::named(&text).ok_or_else(|| format!("must be one of {names}"))
        });
        fields.refuse_the_rest(&mut errors);
        plan
    });
    errors.into_result(plan).map_err(ApiError::ValidationFailed)
}

/// The entry that tells the workspace's admins of the change.
fn plan_entry(
    actor: &Actor,
    before: Option<&Workspace>,
    after: &Workspace,
    now: Timestamp,
) -> Result<Entry, ApiError> {
    let value = |workspace: &Workspace| {
        let plan =
            Json::Object(vec![("plan".to_owned(), Json::Text(workspace.plan.name().to_owned()))]);
        JsonText::of(&plan).ok().ok_or(ApiError::Internal)
    };
    let target = Target { kind: "workspace".to_owned(), id: after.id.to_string(), name: None };
    let content = Content {
        old_value: before.map(value).transpose()?,
        new_value: Some(value(after)?),
        ..Content::by_service(now, actor.clone(), "workspace.plan.update", target)
    };
    Ok(Entry::new(after, content, now))
}
