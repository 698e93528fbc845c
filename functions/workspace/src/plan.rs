//! Shows a workspace, makes it, and changes its plan or says what the change would do.

use crate::admin_body::admin_body;
use domain::announce::announce;
use domain::checking::last_check;
use domain::counting::{Budget, Expiring, Restorable, expiring, restorable};
use domain::credential::Scope;
use domain::entry::{Admin, Requester};
use domain::fields::Fields;
use domain::job::{LastCheck, RetentionView};
use domain::json::{Json, Repairs};
use domain::plan::Plan;
use domain::plan_change::{PlanChangeStore, PlanEffect, change_plan, retention_key};
use domain::ports::EnqueueJob;
use domain::validation::{Errors, FieldError};
use domain::workspace::{MAX_WORKSPACE_ID_CHARS, WorkspaceView};
use lambda_http::http::StatusCode;
use serde::Serialize;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::{Check, Service};

/// The wire form of a workspace with all that is known of its retention; `Workspace` in
/// `openapi.yaml`.
#[derive(Debug, Serialize)]
struct WorkspaceAnswer<'a> {
    #[serde(flatten)]
    workspace: WorkspaceView<'a>,
    /// What the change of plan did, or would do. Absent where the workspace is only shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<PlanEffect>,
    /// How many entries expire soon. Absent where the plan is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Expiring>,
    /// What raising the plan would bring back. Absent where the plan is changed, or if none was
    /// lowered a short time ago.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grace: Vec<Restorable>,
    /// What the last check of the journal found. Absent where the plan is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal_check: Option<LastCheck>,
    /// The job that the last change of plan started. `None` means that there was none in the last
    /// month.
    retention_job: Option<RetentionView>,
}

/// `GET /v1/workspaces/{workspace_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty: 400.
/// 3. The workspace, how many of its entries expire soon, how many a raised plan would bring back,
///    how far the job of its last change of plan has come, and what the last check of its journal
///    found: 200.
pub(crate) async fn get_workspace<S: PlanChangeStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::WorkspacesRead).await?;
    Query::parse(&request.query, &[])?;
    let (store, now, budget) = (&service.store, access.now, Budget::of_request());
    let expiring = Some(expiring(store, &access.workspace, now, budget).await?);
    let grace = restorable(store, &access.workspace, now, budget).await?;
    let id = &access.workspace.id;
    let job = store.job(&retention_key(id)).await?.filter(|job| job.is_visible(now));
    let answer = WorkspaceAnswer {
        workspace: access.workspace.view(now),
        effect: None,
        expiring,
        grace,
        journal_check: Some(last_check(store, id, now).await?),
        retention_job: job.as_ref().and_then(RetentionView::of),
    };
    Ok(Answer::json(StatusCode::OK, &answer))
}

/// `PUT /v1/workspaces/{workspace_id}`
///
/// 1. Credential, read anew because the change lasts, workspace, scope: 401, 404, 403.
/// 2. Query, media type, size, JSON: 400, 415, 413, 400.
/// 3. The workspace's id, the plan and `dry_run`: 422.
/// 4. The entries that the change hides or brings back are counted. A dry run ends here: 200.
/// 5. The workspace is made: 201. Its plan is changed, or was this one already: 200. The change,
///    its entry and its job are stored together or not at all. If others keep changing the
///    workspace: 409.
pub(crate) async fn put_workspace<S: PlanChangeStore, Q: EnqueueJob>(
    service: &Service<S>,
    queue: &Q,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let (credential, id, now) =
        service.authorize(request, workspace_id, Scope::WorkspacesWrite, Check::Strong).await?;
    let is_dry_run = read_dry_run(Query::parse(&request.query, &["dry_run"])?)?;
    let (plan, admin) = read_plan(admin_body(request)?)?;
    let id = id.ok_or_else(wrong_workspace_id)?;
    let requester = match admin {
        Some(admin) => Requester::admin(admin, credential.key_id.clone()),
        None => credential.requester(),
    };
    let (store, grace, clock) = (&service.store, service.grace, &service.clock);
    let change = change_plan(store, &id, plan, &requester, is_dry_run, grace, clock).await?;
    let status = if change.is_new && !is_dry_run { StatusCode::CREATED } else { StatusCode::OK };
    if !is_dry_run {
        service.remember(change.workspace.clone(), now);
        if let Some(job) = &change.job {
            announce(&queue.traced(&request.trace), job).await;
        }
    }
    let retention_job = change.job.as_ref().filter(|_| !is_dry_run).and_then(RetentionView::of);
    let workspace = change.workspace.view(now);
    let effect = Some(change.effect);
    let answer = WorkspaceAnswer {
        workspace,
        effect,
        expiring: None,
        grace: Vec::new(),
        journal_check: None,
        retention_job,
    };
    Ok(Answer::json(status, &answer))
}

fn wrong_workspace_id() -> ApiError {
    let detail = format!(
        "the workspace id in the path must be 1 to {MAX_WORKSPACE_ID_CHARS} of A-Z a-z 0-9 _ -"
    );
    invalid("/workspace_id", detail)
}

fn invalid(pointer: &str, detail: String) -> ApiError {
    ApiError::ValidationFailed(vec![FieldError { pointer: pointer.to_owned(), detail }])
}

fn read_dry_run(mut query: Query) -> Result<bool, ApiError> {
    match query.take("dry_run").as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid("/dry_run", "must be true or false".to_owned())),
    }
}

/// Reads the plan, and the admin for whom the backend changes it, if it says so.
fn read_plan((body, repairs): (Json, Repairs)) -> Result<(Plan, Option<Admin>), ApiError> {
    let mut errors = Errors::default();
    let plan = Fields::of(body, "", &mut errors).and_then(|mut fields| {
        let names = Plan::ALL.map(Plan::name).join(", ");
        let plan = fields.text("plan", &mut errors, |text| {
            Plan::named(&text).ok_or_else(|| format!("must be one of {names}"))
        });
        let admin = fields
            .optional_object("admin", &mut errors)
            .and_then(|admin| Admin::read(admin, &repairs, &mut errors));
        fields.refuse_the_rest(&mut errors);
        Some((plan?, admin))
    });
    errors.into_result(plan).map_err(ApiError::ValidationFailed)
}
