//! Starts an export: a job, its line in the list of open jobs, and the entry that tells of it,
//! stored together or not at all.

use crate::ExportStore;
use lambda_http::http::{StatusCode, header};
use shared::credential::Scope;
use shared::entry::{Actor, Content, Entry, Target};
use shared::http::{Answer, Request};
use shared::identity::EntryId;
use shared::job::{
    Compression, EnqueueJob, ExportSpec, ExportView, ExportWork, FileFormat, Job, JobKey, JobName,
    Work, announce,
};
use shared::json::{Json, JsonText};
use shared::page::{Filter, Span};
use shared::problem::ApiError;
use shared::query::Query;
use shared::service::Service;
use shared::store::Stretch;
use shared::tally::{Budget, Ledger};
use shared::timestamp::Timestamp;
use shared::workspace::Workspace;
use std::time::Duration;

/// What it may cost to know how many rows there will be, in read capacity units: it is for a
/// progress bar.
const MAX_READ_UNITS: f64 = 200.0;
/// How long that may hold up the answer.
const MAX_TIME: Duration = Duration::from_secs(3);
/// Up to so many rows of one actor or target are counted, and up to so many are read for it.
const MAX_COUNTED: u64 = 10_000;

/// What somebody asked for.
#[derive(Debug)]
pub struct Asked {
    /// How rows are written.
    pub format: FileFormat,
    /// Whether the file is compressed.
    pub compression: Compression,
    /// Which entries.
    pub filter: Filter,
    /// Who asked.
    pub actor: Actor,
    /// What tells this request from another for the same: it keeps two exports from having one id.
    pub request_id: String,
}

/// `POST /v1/workspaces/{workspace_id}/exports`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none), media type, size, JSON: 400, 415, 413, 400.
/// 3. Format, compression and filters: 422.
/// 4. The export, stored with the entry that tells of it, or not at all; then announced: 202.
pub(crate) async fn create_export<S: ExportStore, Q: EnqueueJob>(
    service: &Service<S>,
    queue: &Q,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesExport).await?;
    Query::parse(&request.query, &[])?;
    let (format, compression, filter) = ExportSpec::read(request)?;
    let asked = Asked {
        format,
        compression,
        filter,
        actor: access.credential.actor(),
        request_id: request.request_id.clone(),
    };
    let job = start(&service.store, &access.workspace, asked, access.now).await?;
    announce(queue, &job).await;
    let view = ExportView::of(&job).ok_or(ApiError::Internal)?;
    let JobKey { workspace_id, name: JobName::Export(id) } = &job.key else {
        return Err(ApiError::Internal);
    };
    let location = format!("/v1/workspaces/{workspace_id}/exports/{id}");
    Ok(Answer::json(StatusCode::ACCEPTED, &view).with_header(header::LOCATION, &location))
}

/// Stores the job of an export, with the entry that tells of it.
///
/// # Errors
/// When the store fails; then nothing is stored.
pub async fn start<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    asked: Asked,
    now: Timestamp,
) -> Result<Job, ApiError> {
    let entry = export_entry(workspace, &asked, now)?;
    let as_of = newest(store, workspace).await?;
    let rows_expected = expected(store, workspace, &asked.filter, as_of, now).await?;
    let Asked { format, compression, filter, actor, .. } = asked;
    let spec =
        ExportSpec { format, compression, filter, as_of, requested_by: actor, rows_expected };
    let key = JobKey { workspace_id: workspace.id.clone(), name: JobName::Export(entry.id) };
    let job = Job::new(key, 0, Work::Export(Box::new(ExportWork::new(spec))), now);
    store.start_job(&job, &entry).await?;
    Ok(job)
}

/// The newest entry that anybody was told is recorded: a strongly consistent read.
async fn newest<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
) -> Result<Option<EntryId>, ApiError> {
    let slice = store.read(&workspace.id, Span::everything(), 1, true).await?;
    Ok(slice.entries.first().map(|entry| entry.id))
}

/// How many rows there will be; none if that cannot be known cheaply.
async fn expected<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    filter: &Filter,
    as_of: Option<EntryId>,
    now: Timestamp,
) -> Result<Option<u64>, ApiError> {
    let Some(span) = as_of.and_then(|as_of| Span::of(filter, Some(as_of), workspace, now)) else {
        return Ok(Some(0));
    };
    if filter.actor_id.is_some() || filter.target_id.is_some() {
        let most_read = usize::try_from(MAX_COUNTED).unwrap_or(usize::MAX);
        let matches =
            store.count(Stretch { workspace, filter, span, now }, MAX_COUNTED, most_read).await?;
        return Ok(matches.is_whole.then_some(matches.count));
    }
    let ledger =
        Ledger::open(store, workspace, filter, span, now, Budget::new(MAX_READ_UNITS, MAX_TIME))
            .await?;
    Ok(ledger.is_exact().then(|| ledger.total()))
}

/// The entry that tells the workspace's admins who took what out.
fn export_entry(workspace: &Workspace, asked: &Asked, now: Timestamp) -> Result<Entry, ApiError> {
    let text = |name: &str, value: &str| (name.to_owned(), Json::Text(value.to_owned()));
    let Filter { action, target_type, actor_id, target_id, from, to } = &asked.filter;
    let texts = [
        ("action", action),
        ("target_type", target_type),
        ("actor_id", actor_id),
        ("target_id", target_id),
    ];
    let texts = texts.into_iter().filter_map(|(name, value)| Some(text(name, value.as_ref()?)));
    let times = [("from", from), ("to", to)]
        .into_iter()
        .filter_map(|(name, value)| Some(text(name, &value.as_ref()?.rfc3339())));
    let filters = ("filters".to_owned(), Json::Object(texts.chain(times).collect()));
    let members = vec![
        text("format", asked.format.name()),
        text("compression", asked.compression.name()),
        filters,
    ];
    let new_value = JsonText::of(&Json::Object(members)).ok().ok_or(ApiError::Internal)?;
    let target = Target { kind: "audit_log".to_owned(), id: workspace.id.to_string(), name: None };
    let content = Content {
        new_value: Some(new_value),
        request_id: Some(asked.request_id.clone()),
        ..Content::by_service(now, asked.actor.clone(), "audit_log.export", target)
    };
    Ok(Entry::new(workspace, content, now))
}
