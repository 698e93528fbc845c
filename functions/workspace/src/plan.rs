//! Makes a workspace, changes its plan, and shows it.

use lambda_http::http::StatusCode;
use shared::body::json_body;
use shared::credential::{Credential, Scope};
use shared::entry::{Content, Entry, Target};
use shared::fields::{Errors, FieldError, Fields};
use shared::http::{Answer, Request};
use shared::identity::Salt;
use shared::json::{Json, JsonText};
use shared::plan::Plan;
use shared::problem::ApiError;
use shared::query::Query;
use shared::service::Service;
use shared::store::{Metered, ReadControl, StoreError, WriteControl};
use shared::timestamp::Timestamp;
use shared::workspace::{MAX_WORKSPACE_ID_CHARS, Workspace, WorkspaceId};

/// The most bytes of a body here.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// How often a change is tried when others change the same workspace.
const TRIES: u32 = 3;

fn answer(status: StatusCode, workspace: &Workspace, now: Timestamp) -> Answer {
    Answer::json(status, &workspace.view(now))
}

/// `GET /v1/workspaces/{workspace_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none): 400.
/// 3. The workspace: 200.
pub(crate) async fn get_workspace<S: Metered + ReadControl>(service: &Service<S>, request: &Request, workspace_id: &str) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::WorkspacesRead).await?;
    Query::parse(&request.query, &[])?;
    Ok(answer(StatusCode::OK, &access.workspace, access.now))
}

/// `PUT /v1/workspaces/{workspace_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none), media type, size, JSON: 400, 415, 413, 400.
/// 3. The workspace's id and the plan: 422.
/// 4. Made: 201. Changed, or the plan was this one: 200. A change is stored with its entry or not at all; if others keep changing it: 409.
pub(crate) async fn put_workspace<S: Metered + ReadControl + WriteControl>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let (credential, id, now) = service.authorize(request, workspace_id, Scope::WorkspacesWrite).await?;
    Query::parse(&request.query, &[])?;
    let plan = read_plan(json_body(request, MAX_BODY_BYTES)?)?;
    let id = id.ok_or_else(wrong_workspace_id)?;
    for _ in 0..TRIES {
        let stored = service.store.workspace(&id).await?;
        let Some(workspace) = planned(stored.as_ref(), &id, plan, now)? else {
            return Ok(answer(StatusCode::OK, stored.as_ref().ok_or(ApiError::Internal)?, now));
        };
        let entry = plan_entry(&credential, stored.as_ref(), &workspace, now)?;
        match service.store.put_workspace(&workspace, &entry).await {
            Ok(()) => {
                let status = if stored.is_none() { StatusCode::CREATED } else { StatusCode::OK };
                return Ok(answer(status, &service.remember(workspace, now), now));
            }
            Err(StoreError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Conflict)
}

fn wrong_workspace_id() -> ApiError {
    let detail = format!("the workspace id in the path must be 1 to {MAX_WORKSPACE_ID_CHARS} of A-Z a-z 0-9 _ -");
    ApiError::ValidationFailed(vec![FieldError { pointer: "/workspace_id".to_owned(), detail }])
}

fn read_plan(body: Json) -> Result<Plan, ApiError> {
    let mut errors = Errors::default();
    let plan = Fields::of(body, "", &mut errors).and_then(|mut fields| {
        let names = Plan::ALL.map(Plan::name).join(", ");
        let plan = fields.text("plan", &mut errors, |text| Plan::named(&text).ok_or_else(|| format!("must be one of {names}")));
        fields.refuse_the_rest(&mut errors);
        plan
    });
    errors.into_result(plan).map_err(ApiError::ValidationFailed)
}

/// The workspace as it will be; none if it is so already.
fn planned(stored: Option<&Workspace>, id: &WorkspaceId, plan: Plan, now: Timestamp) -> Result<Option<Workspace>, ApiError> {
    if let Some(workspace) = stored {
        return Ok((workspace.plan != plan).then(|| workspace.with_plan(plan, now)));
    }
    let salt = Salt::random().ok().ok_or(ApiError::Internal)?;
    Ok(Some(Workspace::new(id.clone(), plan, salt, now)))
}

/// The entry that tells the workspace's admins of the change.
fn plan_entry(credential: &Credential, before: Option<&Workspace>, after: &Workspace, now: Timestamp) -> Result<Entry, ApiError> {
    let value = |workspace: &Workspace| {
        let plan = Json::Object(vec![("plan".to_owned(), Json::Text(workspace.plan.name().to_owned()))]);
        JsonText::of(&plan).ok().ok_or(ApiError::Internal)
    };
    let target = Target { kind: "workspace".to_owned(), id: after.id.to_string(), name: None };
    let content = Content {
        old_value: before.map(value).transpose()?,
        new_value: Some(value(after)?),
        ..Content::by_service(now, credential.actor(), "workspace.plan.update", target)
    };
    Ok(Entry::new(after, content, now))
}
