//! Starts an export: stores its job, the job's line in the list of open jobs, its place among the
//! open exports of its workspace and the entry that tells of it in one transaction.

use crate::clock::Clock;
use crate::counting::{Browse, Budget, Ledger, LedgerStore};
use crate::entry::{Content, NewEntry, Requester, Target};
use crate::filter::Filter;
use crate::identify::identify;
use crate::identity::EntryId;
use crate::job::{
    Compression, ExportSpec, ExportWork, FileFormat, Job, JobKey, JobName, MAX_OPEN_EXPORTS,
    OpenExports, Work, can_end,
};
use crate::json::{Json, JsonText};
use crate::plan::GraceDays;
use crate::ports::{
    ActorSalts, Consistency, ListEntries, ReadCatalog, ReadJobs, StoreError, Stretch, WriteJobs,
};
use crate::recording::stamp;
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
    /// The workspace has [`MAX_OPEN_EXPORTS`] open exports. Wait until one of them ends.
    #[error("the workspace has as many open exports as it may")]
    TooMany,
    /// Every attempt met the start of another export. Try again later.
    #[error("exports of the workspace are being started by others")]
    Contended,
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

/// The most rows that are counted if no counts are kept of them, and the most entries that are read
/// for it.
const MAX_COUNTED: u64 = 10_000;

/// A request for an export.
#[derive(Debug)]
pub struct ExportRequest {
    /// The format of the file.
    pub format: FileFormat,
    /// Whether a CSV file begins with a byte order mark. The caller refuses it for NDJSON.
    pub bom: bool,
    /// Whether the file is compressed.
    pub compression: Compression,
    /// Which entries the export holds.
    pub filter: Filter,
    /// Who requested it.
    pub requester: Requester,
    /// The id of the request. It distinguishes two requests for the same export, one of which came
    /// when the export of the other had ended, so that each gets an id of its own.
    pub request_id: String,
}

impl ExportRequest {
    /// Whether a job is the export that is asked for: the same file, asked for by the same actor.
    /// The name and the address of the actor make no difference.
    fn is_for(&self, job: &Job) -> bool {
        job.export().is_some_and(|(_, work)| {
            let ExportSpec { format, bom, compression, filter, requested_by, .. } = &work.spec;
            (*format, *bom, *compression) == (self.format, self.bom, self.compression)
                && *filter == self.filter
                && requested_by.key() == self.requester.actor().key()
        })
    }
}

/// An export that was started, or one that is open already and the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The export.
    pub job: Job,
    /// Whether this request started it.
    pub is_new: bool,
}

/// Attempts when others start exports of the same workspace concurrently. Each attempt that fails
/// lets another export start. So at the last one, the workspace has as many as it may, unless some
/// have ended meanwhile.
const TRIES: usize = MAX_OPEN_EXPORTS + 1;

/// Starts an export, unless the same one is open already.
///
/// 1. Reads which exports of the workspace may be open, and looks at each. If one of them is the
///    same, it is the answer. If there are [`MAX_OPEN_EXPORTS`], none is started. Both come before
///    anything that costs more.
/// 2. Reads what was recorded last, strongly consistently: the export holds what was recorded up to
///    then, and not the entry that tells of it. Counts the rows to expect.
/// 3. Reads the clock again, for the entry (J1), and stores the job, its line in the list of open
///    jobs, its place among the open exports and the entry in one transaction, on the condition
///    that nobody has started an export since step 1 (optimistic lock). Otherwise it begins again
///    at step 1.
///
/// # Errors
/// When the store fails, or the workspace has as many open exports as it may. Until step 3 nothing
/// is stored; if the answer to step 3 is lost, the export may have started, and the same request
/// finds it while it is open.
pub async fn start_export<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    asked: &ExportRequest,
    grace: GraceDays,
    clock: &Clock,
) -> Result<Started, StartExportError> {
    let now = clock.now();
    let mut plan = None;
    for _ in 0..TRIES {
        let stored = store.open_exports(&workspace.id).await?;
        let open = still_open(store, workspace, &stored, now).await?;
        if let Some((_, job)) = open.iter().find(|(_, job)| asked.is_for(job)) {
            return Ok(Started { job: job.clone(), is_new: false });
        }
        if open.len() >= MAX_OPEN_EXPORTS {
            return Err(StartExportError::TooMany);
        }
        let (id, job, entry) = match plan {
            Some(plan) => plan,
            None => planned(store, workspace, asked, grace, clock).await?,
        };
        let entry = stamp(entry, clock)?;
        let open = stored.with(open.into_iter().map(|(id, _)| id), id);
        match store.start_export(&job, &open, &entry).await {
            Ok(()) => return Ok(Started { job, is_new: true }),
            // What is counted for the export is counted once.
            Err(StoreError::Changed) => plan = Some((id, job, entry)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(StartExportError::Contended)
}

/// Those of the exports that are open now.
async fn still_open<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    stored: &OpenExports,
    now: Timestamp,
) -> Result<Vec<(EntryId, Job)>, StoreError> {
    let mut open = Vec::with_capacity(stored.exports.len());
    for id in stored.exports.iter().copied().filter(|id| can_end(*id, now)) {
        let key = JobKey { workspace_id: workspace.id.clone(), name: JobName::Export(id) };
        let job = store.job(&key).await?.filter(|job| !job.is_closed());
        open.extend(job.map(|job| (id, job)));
    }
    Ok(open)
}

/// The export as it is to be stored, with its id and the entry that tells of it.
async fn planned<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    asked: &ExportRequest,
    grace: GraceDays,
    clock: &Clock,
) -> Result<(EntryId, Job, NewEntry), StartExportError> {
    let now = clock.now();
    let as_of = newest(store, workspace, now).await?;
    let rows_expected = expected(store, workspace, &asked.filter, as_of, now).await?;
    let content = export_content(workspace, asked, clock.now())?;
    let key_id = asked.requester.key_id.as_ref();
    let new = identify(store, workspace, content, key_id, grace, now).await?;
    let id = new.entry.id;
    let spec = ExportSpec {
        format: asked.format,
        bom: asked.bom,
        compression: asked.compression,
        filter: asked.filter.clone(),
        as_of,
        requested_by: asked.requester.actor().clone(),
        rows_expected,
    };
    let key = JobKey { workspace_id: workspace.id.clone(), name: JobName::Export(id) };
    let job = Job::new(key, 0, Work::Export(Box::new(ExportWork::new(spec))), now);
    Ok((id, job, new))
}

/// The moment up to which entries are in the export. The clock of the instance that recorded the
/// newest entry may be ahead of this one. The read is strongly consistent, so no acknowledged entry
/// is missing.
async fn newest<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let slice = store.read(&workspace.id, Span::everything(), 1, Consistency::Strong).await?;
    Ok(slice.entries.first().map_or(now, |newest| newest.recorded_at.max(now)))
}

/// How many rows there will be; `None` means that counting them would cost too much.
async fn expected<S: ExportStore>(
    store: &S,
    workspace: &Workspace,
    filter: &Filter,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let Some(span) = Span::of(filter, workspace, now) else { return Ok(Some(0)) };
    if filter.needs_entry() {
        let most_read = usize::try_from(MAX_COUNTED).unwrap_or(usize::MAX);
        let stretch = Stretch { workspace, filter, span, recorded_by: Some(as_of), now };
        let matches = store.count(stretch, MAX_COUNTED, most_read).await?;
        return Ok(matches.is_whole.then_some(matches.count));
    }
    let budget = Budget::new(MAX_READ_UNITS, MAX_TIME);
    let ledger = Ledger::open(store, workspace, filter, span, Browse::COUNTED, now, budget).await?;
    Ok(ledger.is_exact().then(|| ledger.total()))
}

/// The content of the entry that tells the admins of the workspace who exported what.
fn export_content(
    workspace: &Workspace,
    asked: &ExportRequest,
    now: Timestamp,
) -> Result<Content, serde_json::Error> {
    let text = |name: &str, value: &str| (name.to_owned(), Json::Text(value.to_owned()));
    let filters = asked.filter.parameters().map(|(name, value)| text(name, &value));
    let filters = ("filters".to_owned(), Json::Object(filters.collect()));
    let members = vec![
        text("format", asked.format.name()),
        ("bom".to_owned(), Json::Bool(asked.bom)),
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
