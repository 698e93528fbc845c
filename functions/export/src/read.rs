//! Shows exports, and signs addresses under which their files can be fetched.

use domain::credential::Scope;
use domain::identity::EntryId;
use domain::job::{ExportFile, ExportView, Job, JobKey, JobName};
use domain::links::{Links, links};
use domain::ports::ShareFile;
use domain::start_export::ExportStore;
use domain::timestamp::Timestamp;
use lambda_http::http::StatusCode;
use serde::Serialize;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::Service;

/// The most exports in one answer. An export is kept for a week.
const MAX_LISTED: usize = 100;

/// The wire form of the exports of a workspace.
#[derive(Debug, Serialize)]
struct ExportList<'a> {
    exports: Vec<ExportView<'a>>,
}

/// `GET /v1/workspaces/{workspace_id}/exports`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty: 400.
/// 3. The exports that have not expired, the newest first: 200.
pub(crate) async fn list_exports<S: ExportStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesExport).await?;
    Query::parse(&request.query, &[])?;
    let jobs = service.store.exports(&access.workspace.id, MAX_LISTED).await?;
    let exports =
        jobs.iter().filter(|job| job.is_visible(access.now)).filter_map(ExportView::of).collect();
    Ok(Answer::json(StatusCode::OK, &ExportList { exports }))
}

/// `GET /v1/workspaces/{workspace_id}/exports/{export_id}`
///
/// 1. Credential, read anew because addresses outlast the request, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty: 400.
/// 3. The export, if its id has the one canonical spelling and it has not expired; else 404.
/// 4. If it is done, addresses for its file and its manifest: 200.
pub(crate) async fn get_export<S: ExportStore, F: ShareFile>(
    service: &Service<S>,
    files: &F,
    request: &Request,
    workspace_id: &str,
    export_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter_strongly(request, workspace_id, Scope::EntriesExport).await?;
    Query::parse(&request.query, &[])?;
    let id = EntryId::parse(export_id).ok_or(ApiError::NotFound)?;
    let key = JobKey { workspace_id: access.workspace.id.clone(), name: JobName::Export(id) };
    let job = service
        .store
        .job(&key)
        .await?
        .filter(|job| job.is_visible(access.now))
        .ok_or(ApiError::NotFound)?;
    let view = with_addresses(files, &job, service.clock.now()).await?;
    Ok(Answer::json(StatusCode::OK, &view))
}

/// Shows an export; if it is done, with addresses for its file and its manifest.
async fn with_addresses<'a, F: ShareFile>(
    files: &F,
    job: &'a Job,
    now: Timestamp,
) -> Result<ExportView<'a>, ApiError> {
    let (mut view, file) =
        ExportView::of(job).zip(ExportFile::of_job(job)).ok_or(ApiError::NotFound)?;
    if let Some(shown) = &mut view.file {
        let Links { url, manifest_url, expires_at } = links(files, &file, now).await?;
        shown.url = Some(url);
        shown.manifest_url = Some(manifest_url);
        shown.url_expires_at = Some(expires_at);
    }
    Ok(view)
}
