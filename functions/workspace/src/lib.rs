//! The `workspace` function: makes workspaces, shows them, changes their plans, makes viewer tokens
//! for their admins, and sets the catalogue.

mod admin_body;
mod catalog;
mod plan;
mod viewer_token;

use domain::plan_change::PlanChangeStore;
use domain::ports::{EnqueueJob, ReadCatalog, WriteCatalog};
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::routes::{Operation, matched};
use web::service::Service;

/// What the store must do.
pub trait WorkspaceStore: PlanChangeStore + ReadCatalog + WriteCatalog {}

impl<S: PlanChangeStore + ReadCatalog + WriteCatalog> WorkspaceStore for S {}

/// Answers a request.
pub async fn answer<S: WorkspaceStore, Q: EnqueueJob>(
    service: &Service<S>,
    queue: &Q,
    request: Request,
) -> Answer {
    let service = service.for_request();
    service.answer("workspace", &request, Box::pin(handle(&service, queue, &request))).await
}

async fn handle<S: WorkspaceStore, Q: EnqueueJob>(
    service: &Service<S>,
    queue: &Q,
    request: &Request,
) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::PutWorkspace, [workspace_id]) => {
            plan::put_workspace(service, queue, request, workspace_id).await
        }
        (Operation::GetWorkspace, [workspace_id]) => {
            plan::get_workspace(service, request, workspace_id).await
        }
        (Operation::CreateViewerToken, [workspace_id]) => {
            viewer_token::create_viewer_token(service, request, workspace_id).await
        }
        (Operation::PutCatalog, []) => catalog::put_catalog(service, request).await,
        _ => Err(ApiError::NotFound),
    }
}
