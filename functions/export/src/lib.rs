//! The `export` function: starts exports, and shows how far they have come and where their files
//! can be fetched.

mod create;
mod read;
mod request;

use domain::ports::{EnqueueJob, ShareFile};
use domain::start_export::ExportStore;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::routes::{Operation, matched};
use web::service::Service;

/// Answers a request.
pub async fn answer<S: ExportStore, Q: EnqueueJob, F: ShareFile>(
    service: &Service<S>,
    queue: &Q,
    files: &F,
    request: Request,
) -> Answer {
    let service = service.for_request();
    service.answer("export", &request, Box::pin(handle(&service, queue, files, &request))).await
}

async fn handle<S: ExportStore, Q: EnqueueJob, F: ShareFile>(
    service: &Service<S>,
    queue: &Q,
    files: &F,
    request: &Request,
) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::CreateExport, [workspace_id]) => {
            create::create_export(service, queue, request, workspace_id).await
        }
        (Operation::ListExports, [workspace_id]) => {
            read::list_exports(service, request, workspace_id).await
        }
        (Operation::GetExport, [workspace_id, export_id]) => {
            read::get_export(service, files, request, workspace_id, export_id).await
        }
        _ => Err(ApiError::NotFound),
    }
}
