//! Shows exports, and signs addresses under which their files can be fetched.

use crate::ExportStore;
use lambda_http::http::StatusCode;
use serde::Serialize;
use shared::credential::Scope;
use shared::files::{FileHead, ShareFile};
use shared::http::{Answer, Request};
use shared::identity::EntryId;
use shared::job::{ExportFile, ExportView, Job, JobKey, JobName, Work};
use shared::problem::ApiError;
use shared::query::Query;
use shared::service::Service;
use shared::store::StoreError;
use shared::timestamp::Timestamp;
use std::time::Duration;

/// The most exports in one answer. They are kept for a week.
const MAX_LISTED: usize = 100;
/// For how long an address of a file is good.
const LINK_LIFE: Duration = Duration::from_mins(10);

/// The wire form of the exports of a workspace.
#[derive(Debug, Serialize)]
struct ExportList<'a> {
    exports: Vec<ExportView<'a>>,
}

/// `GET /v1/workspaces/{workspace_id}/exports`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none): 400.
/// 3. The exports that are there still, the newest first: 200.
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
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none): 400.
/// 3. The export, if it is there still: 404.
/// 4. If it is done, an address for its file: 200.
pub(crate) async fn get_export<S: ExportStore, F: ShareFile>(
    service: &Service<S>,
    files: &F,
    request: &Request,
    workspace_id: &str,
    export_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesExport).await?;
    Query::parse(&request.query, &[])?;
    let id = EntryId::parse(export_id).ok_or(ApiError::NotFound)?;
    let key = JobKey { workspace_id: access.workspace.id.clone(), name: JobName::Export(id) };
    let job = service
        .store
        .job(&key)
        .await?
        .filter(|job| job.is_visible(access.now))
        .ok_or(ApiError::NotFound)?;
    let view = shared_view(files, &job, service).await?;
    Ok(Answer::json(StatusCode::OK, &view))
}

/// The export with addresses for its file and its manifest, if it is done.
async fn shared_view<'a, S: ExportStore, F: ShareFile>(
    files: &F,
    job: &'a Job,
    service: &Service<S>,
) -> Result<ExportView<'a>, ApiError> {
    let mut view = ExportView::of(job).ok_or(ApiError::NotFound)?;
    if let Some(shown) = &mut view.file {
        let Links { url, manifest_url, expires_at } =
            links(files, job, service.clock.now()).await?;
        (shown.url, shown.manifest_url, shown.url_expires_at) =
            (Some(url), Some(manifest_url), Some(expires_at));
    }
    Ok(view)
}

/// Addresses of a finished export's file and of its manifest.
#[derive(Debug)]
pub struct Links {
    /// Of the file.
    pub url: String,
    /// Of the manifest.
    pub manifest_url: String,
    /// Until when both are good.
    pub expires_at: Timestamp,
}

/// Signs addresses of a finished export's file and of its manifest. `now` is from before the
/// signing, so that they are good for at least as long as they say.
///
/// # Errors
/// [`StoreError::Malformed`] for a job that is no export; when they cannot be signed.
pub async fn links<F: ShareFile>(
    files: &F,
    job: &Job,
    now: Timestamp,
) -> Result<Links, StoreError> {
    let (JobName::Export(id), Work::Export(work)) = (job.key.name, &job.work) else {
        return Err(StoreError::Malformed("an export of another kind".into()));
    };
    let file = ExportFile::of(&job.key.workspace_id, id, &work.spec);
    let (key, manifest) = (file.key(), file.manifest_key());
    let manifest =
        FileHead { key: &manifest, name: "manifest.json", media_type: "application/json" };
    Ok(Links {
        url: files
            .link(FileHead { key: &key, name: &file.name, media_type: file.media_type }, LINK_LIFE)
            .await?,
        manifest_url: files.link(manifest, LINK_LIFE).await?,
        expires_at: now.plus_ms(i64::try_from(LINK_LIFE.as_millis()).unwrap_or_default()),
    })
}
