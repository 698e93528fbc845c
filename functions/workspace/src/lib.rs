//! The `workspace` function: makes workspaces, changes their plan, and makes viewer tokens for
//! their admins.

mod plan;
mod viewer_token;

pub use plan::{Change, Effect, change_plan};

use shared::http::{Answer, Request};
use shared::job::EnqueueJob;
use shared::problem::ApiError;
use shared::routes::{Operation, matched};
use shared::service::Service;
use shared::store::{ListEntries, ReadJobs, WriteControl};
use shared::tally::LedgerStore;

/// What the store must do for workspaces.
pub trait WorkspaceStore: LedgerStore + ListEntries + ReadJobs + WriteControl {}
impl<S: LedgerStore + ListEntries + ReadJobs + WriteControl> WorkspaceStore for S {}

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
        _ => Err(ApiError::NotFound),
    }
}
