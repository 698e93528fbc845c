//! The `workspace` function: makes workspaces, changes their plan, and makes viewer tokens for their admins.

mod plan;
mod viewer_token;

use shared::http::{Answer, Request};
use shared::problem::ApiError;
use shared::routes::{Operation, matched};
use shared::service::Service;
use shared::store::{Metered, ReadControl, WriteControl};

/// Answers a request.
pub async fn answer<S: Metered + ReadControl + WriteControl + Sync>(service: &Service<S>, request: Request) -> Answer {
    let service = service.for_request();
    service.answer("workspace", &request, Box::pin(handle(&service, &request))).await
}

async fn handle<S: Metered + ReadControl + WriteControl + Sync>(service: &Service<S>, request: &Request) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::PutWorkspace, [workspace_id]) => plan::put_workspace(service, request, workspace_id).await,
        (Operation::GetWorkspace, [workspace_id]) => plan::get_workspace(service, request, workspace_id).await,
        (Operation::CreateViewerToken, [workspace_id]) => viewer_token::create_viewer_token(service, request, workspace_id).await,
        _ => Err(ApiError::NotFound),
    }
}
