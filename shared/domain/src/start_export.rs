//! Starts an export: stores its job, the job's line in the list of open jobs and the entry that
//! tells of it in one transaction.

use crate::counting::{Budget, Ledger, LedgerStore};
use crate::entry::{Content, Requester, Target};
use crate::filter::Filter;
use crate::identify::identify;
use crate::identity::EntryId;
use crate::job::{Compression, ExportSpec, ExportWork, FileFormat, Job, JobKey, JobName, Work};
use crate::json::{Json, JsonText};
use crate::ports::{
    ActorSalts, Consistency, ListEntries, ReadCatalog, ReadJobs, StoreError, Stretch, WriteJobs,
};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use std::time::Duration;

/// The ports that exports need.
pub trait ExportStore:
    LedgerStore + ListEntries + ReadJobs + WriteJobs + ActorSalts + ReadCatalog
{
}

impl<S: LedgerStore + ListEntries + ReadJobs + WriteJobs + ActorSalts + ReadCatalog> ExportStore
    for S
{
}

/// Why an export was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartExportError {
    /// The entry that tells of the export could not be written as JSON.
    #[error("the entry of the export is not JSON")]
    Json(#[from] serde_json::Error),
    /// The store failed; the export may or may not be started.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The read capacity units that one request may spend on the expected number of rows, which only a
/// progress bar shows.
const MAX_READ_UNITS: f64 = 200.0;

/// The time that one request may spend on it.
const MAX_TIME: Duration = Duration::from_secs(3);

/// The most rows of one actor or target that are counted, and the most entries that are read for
/// it.
const MAX_COUNTED: u64 = 10_000;

/// A request for an export.
#[derive(Debug)]
pub struct ExportRequest {
    /// The format of the file.
    pub format: FileFormat,
    /// Whether the file is compressed.
    pub compression: Compression,
    /// Which entries the export holds.
    pub filter: Filter,
    /// Who requested it.
    pub requester: Requester,
    /// The id of the request. It distinguishes two requests for the same export, so that each gets
    /// an id of its own.
    pub request_id: String,
}

/// Starts an export.
///
/// 1. Reads the newest entry, strongly consistently: the export holds entries up to it.
/// 2. Counts the rows to expect.
/// 3. Stores the job, its line in the list of open jobs and the entry in one transaction.
///
/// # Errors
/// When the store fails. Until step 3 nothing is stored; if the answer to step 3 is lost, the
/// export may have started.
pub async fn start_export<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    asked: ExportRequest,
    now: Timestamp,
) -> Result<Job, StartExportError> {
    let content = export_content(workspace, &asked, now)?;
    let key_id = asked.requester.key_id.as_ref();
    let entry = identify(store, workspace, content, key_id, now).await?;
    let as_of = newest(store, workspace).await?;
    let rows_expected = expected(store, workspace, &asked.filter, as_of, now).await?;
    let ExportRequest { format, compression, filter, requester, .. } = asked;
    let requested_by = requester.actor().clone();
    let spec = ExportSpec { format, compression, filter, as_of, requested_by, rows_expected };
    let key = JobKey { workspace_id: workspace.id.clone(), name: JobName::Export(entry.id) };
    let job = Job::new(key, 0, Work::Export(Box::new(ExportWork::new(spec))), now);
    store.start_job(&job, &entry).await?;
    Ok(job)
}

/// The newest entry. The read is strongly consistent, so no acknowledged entry is missing from the
/// export.
async fn newest<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
) -> Result<Option<EntryId>, StoreError> {
    let slice = store.read(&workspace.id, Span::everything(), 1, Consistency::Strong).await?;
    Ok(slice.entries.first().map(|entry| entry.id))
}

/// How many rows there will be; `None` means that counting them would cost too much.
async fn expected<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    filter: &Filter,
    as_of: Option<EntryId>,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let Some(span) = as_of.and_then(|as_of| Span::of(filter, Some(as_of), workspace, now)) else {
        return Ok(Some(0));
    };
    if filter.actor.is_some() || filter.target_id.is_some() {
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

/// The content of the entry that tells the admins of the workspace who exported what.
fn export_content(
    workspace: &Workspace,
    asked: &ExportRequest,
    now: Timestamp,
) -> Result<Content, serde_json::Error> {
    let text = |name: &str, value: &str| (name.to_owned(), Json::Text(value.to_owned()));
    let Filter { action, target_type, actor, target_id, from, to } = &asked.filter;
    let actor = actor.as_ref();
    let texts = [
        ("action", action.as_deref()),
        ("target_type", target_type.as_deref()),
        ("actor_type", actor.map(|actor| actor.kind.name())),
        ("actor_id", actor.map(|actor| actor.id.as_str())),
        ("target_id", target_id.as_deref()),
    ];
    let texts = texts.into_iter().filter_map(|(name, value)| Some(text(name, value?)));
    let times = [("from", from), ("to", to)]
        .into_iter()
        .filter_map(|(name, value)| Some(text(name, &value.as_ref()?.rfc3339())));
    let filters = ("filters".to_owned(), Json::Object(texts.chain(times).collect()));
    let members = vec![
        text("format", asked.format.name()),
        text("compression", asked.compression.name()),
        filters,
    ];
    let new_value = JsonText::of(&Json::Object(members))?;
    let target = Target::new("audit_log", workspace.id.as_str());
    Ok(Content {
        new_value: Some(new_value),
        external_id: Some(asked.request_id.clone()),
        request_id: Some(asked.request_id.clone()),
        ..asked.requester.content(now, "audit_log.export", target)
    })
}

#[cfg(test)]
mod tests;
