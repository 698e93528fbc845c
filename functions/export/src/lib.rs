//! The `export` function: starts exports, and shows how far they are and where their files can be
//! fetched.

mod create;
mod read;

pub use create::{Asked, start};
pub use read::{Links, links};

use shared::files::ShareFile;
use shared::http::{Answer, Request};
use shared::job::EnqueueJob;
use shared::problem::ApiError;
use shared::routes::{Operation, matched};
use shared::service::Service;
use shared::store::{ListEntries, ReadJobs, WriteJobs};
use shared::tally::LedgerStore;

/// What the store must do for exports.
pub trait ExportStore: LedgerStore + ListEntries + ReadJobs + WriteJobs {}
impl<S: LedgerStore + ListEntries + ReadJobs + WriteJobs> ExportStore for S {}

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
