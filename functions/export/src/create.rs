//! Starts exports.

use crate::request::{Wanted, read_export_request};
use domain::announce::announce;
use domain::credential::Scope;
use domain::job::{ExportView, JobKey, JobName};
use domain::ports::EnqueueJob;
use domain::start_export::{ExportRequest, ExportStore, Started, start_export};
use lambda_http::http::{StatusCode, header};
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::Service;

/// `POST /v1/workspaces/{workspace_id}/exports`
///
/// 1. Credential, read anew because the export outlasts the request, workspace, scope: 401, 404,
///    403.
/// 2. Query, which must be empty, media type, size, JSON: 400, 415, 413, 400.
/// 3. Format, byte order mark, compression and filters: 422.
/// 4. An export that is open and the same: 200. Three others that are open, or others that keep
///    being started at the same moment: 429.
/// 5. The export is stored together with the entry that tells of it, or not at all. Then its job is
///    announced to the queue: 202.
pub(crate) async fn create_export<S: ExportStore, Q: EnqueueJob>(
    service: &Service<S>,
    queue: &Q,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter_strongly(request, workspace_id, Scope::EntriesExport).await?;
    Query::parse(&request.query, &[])?;
    let catalog = service.catalog(access.now).await?;
    let Wanted { format, bom, compression, filter } = read_export_request(request, &catalog)?;
    let asked = ExportRequest {
        format,
        bom,
        compression,
        filter,
        requester: access.credential.requester(),
        request_id: request.request_id.clone(),
    };
    let (store, grace) = (&service.store, service.grace);
    let Started { job, is_new } =
        start_export(store, &access.workspace, &asked, grace, &service.clock).await?;
    if is_new {
        announce(&queue.traced(&request.trace), &job).await;
    }
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    let view = ExportView::of(&job).ok_or(ApiError::Internal)?;
    let JobKey { workspace_id, name: JobName::Export(id) } = &job.key else {
        return Err(ApiError::Internal);
    };
    let location = format!("/v1/workspaces/{workspace_id}/exports/{id}");
    Ok(Answer::json(status, &view).with_header(header::LOCATION, &location))
}
