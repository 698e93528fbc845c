//! Starts exports, shows their progress, and signs links to their files.

use crate::announce::announce;
use crate::args::{ExportCommand, NewExport};
use crate::catalog::current;
use crate::failure::Failure;
use crate::job::{MAX_EXPORTS, rows, state_name};
use crate::output::{Answer, columns, fields, quoted};
use crate::recording::Recording;
use crate::workspace::found;
use domain::catalog::Catalog;
use domain::clock::Clock;
use domain::entry::{Actor, ActorType, Requester};
use domain::filter::{Filter, Selection};
use domain::identity::EntryId;
use domain::identity::random_request_id;
use domain::job::{
    Compression, ExportFile, ExportView, ExportWork, FileFormat, Job, JobKey, JobName, JobState,
    Work,
};
use domain::links::{Links, links};
use domain::ports::{EnqueueJob, ReadControl, ReadJobs, ShareFile, StoreError};
use domain::start_export::{ExportRequest, ExportStore, start_export};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// The shortest and the longest pause between two looks at an export whose end is waited for.
const PAUSE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(2);

/// The exports as programs get them.
#[derive(Debug, Serialize)]
struct ExportsView<'a> {
    exports: Vec<ExportView<'a>>,
}

/// The actor that an operator is in the log of a workspace.
pub(crate) fn operator() -> Actor {
    Actor::new(ActorType::System, "operator")
}

/// `audit export …`
pub(crate) async fn run<S: ExportStore + ReadControl>(
    store: &S,
    files: Option<&impl ShareFile>,
    queue: Option<&impl EnqueueJob>,
    command: ExportCommand,
    recording: &Recording,
    now: Timestamp,
) -> Result<Answer, Failure> {
    match command {
        ExportCommand::Create(new_export) => create(store, queue, new_export, recording).await,
        ExportCommand::List { workspace } => list(store, &workspace, now).await,
        ExportCommand::Show { workspace, export, .. } => {
            show(
                store,
                files,
                JobKey { workspace_id: workspace, name: JobName::Export(export) },
                now,
            )
            .await
        }
    }
}

/// `audit export create`: only the id goes to stdout, so that a script can capture it.
///
/// 1. The export is stored with its entry and its place among the open jobs, or not at all.
/// 2. Its job is announced. If this stops before, the `job` function finds it within two minutes.
async fn create<S: ExportStore + ReadControl>(
    store: &S,
    queue: Option<&impl EnqueueJob>,
    new_export: NewExport,
    recording: &Recording,
) -> Result<Answer, Failure> {
    let NewExport { workspace, format, bom, gzip, wait, filters } = new_export;
    if bom && format == FileFormat::Ndjson {
        return Err(Failure::BomInNdjson);
    }
    let filter = filters.filter()?;
    let workspace = found(store, &workspace).await?;
    check_names(&filter, &*current(store).await?)?;
    let compression = if gzip { Compression::Gzip } else { Compression::None };
    let asked = ExportRequest {
        format,
        bom,
        compression,
        filter,
        requester: Requester::program(operator(), None),
        request_id: random_request_id(),
    };
    let grace = recording.grace;
    let started = recording
        .run(async |clock| start_export(store, &workspace, &asked, grace, clock).await)
        .await?;
    let announced = announce(queue, &started.job).await;
    let job = if wait { ended(store, &started.job).await? } else { started.job };
    let (id, _) = parts(&job)?;
    let hint = match job.state {
        JobState::Done => {
            format!("Its file can be fetched: audit export show {} {id}", workspace.id)
        }
        JobState::Failed => format!(
            "It failed: look at the job function's log, then run audit job retry {} {id}",
            workspace.id
        ),
        JobState::Queued | JobState::Running => {
            format!("{}: audit export show {} {id}", announced.when(), workspace.id)
        }
    };
    let hint = if started.is_new {
        hint
    } else {
        format!("The same export was open already, and no other is started. {hint}")
    };
    let answer = Answer::new(id.to_string(), &view(&job)?)?
        .with_note(format!("{}\n\n{hint}", fields(&facts(&job)?)));
    Ok(answer.holding(job.state != JobState::Failed))
}

/// Checks that the catalogue knows the names of a filter: a mistyped one would give an empty file.
pub(crate) fn check_names(filter: &Filter, catalog: &Catalog) -> Result<(), Failure> {
    let wrong = |option| move |detail| Failure::Filter(option, detail);
    if filter.target_id.is_some() && filter.target().is_none() {
        return Err(wrong("--target-id")("comes with one --target-type".to_owned()));
    }
    for action in filter.action.iter().flat_map(Selection::named) {
        catalog.filterable_action(action.clone()).map_err(wrong("--action"))?;
    }
    for target_type in filter.target_type.iter().flat_map(Selection::named) {
        let checked = catalog.filterable_target_type(target_type.clone());
        checked.map_err(wrong("--target-type"))?;
    }
    Ok(())
}

/// Waits until the job is closed, at most a quarter longer than it takes and 2 seconds. The id is
/// printed before, so that who stops waiting has it.
async fn ended(store: &impl ReadJobs, started: &Job) -> Result<Job, Failure> {
    let (id, _) = parts(started)?;
    // If stderr does not work, there is no other way to report it.
    let _ = writeln!(io::stderr(), "export {id} is started; waiting for its end");
    let begun = Instant::now();
    loop {
        let pause = (begun.elapsed() / 4).clamp(*PAUSE.start(), *PAUSE.end());
        tokio::time::sleep(pause).await;
        let job = store
            .job(&started.key)
            .await?
            .ok_or_else(|| Failure::Absent("export", id.to_string()))?;
        if job.is_closed() {
            return Ok(job);
        }
    }
}

/// `audit export list`: newest first.
async fn list(
    store: &(impl ReadJobs + ReadControl),
    id: &WorkspaceId,
    now: Timestamp,
) -> Result<Answer, Failure> {
    found(store, id).await?;
    let mut jobs = store.exports(id, MAX_EXPORTS).await?;
    jobs.retain(|job| job.is_visible(now));
    let view = ExportsView { exports: jobs.iter().filter_map(ExportView::of).collect() };
    if jobs.is_empty() {
        return Ok(Answer::new(String::new(), &view)?.with_note("There are no exports.".to_owned()));
    }
    let header =
        ["EXPORT", "STATE", "FORMAT", "PROGRESS", "REQUESTED", "KEPT UNTIL"].map(str::to_owned);
    let mut table = vec![header];
    for job in &jobs {
        let (id, work) = parts(job)?;
        table.push([
            id.to_string(),
            state_name(job.state).to_owned(),
            format(work),
            rows(work.rows, work.spec.rows_expected),
            id.occurred_at().rfc3339(),
            job.expires_at.map(Timestamp::rfc3339).unwrap_or_default(),
        ]);
    }
    Answer::new(columns(&table), &view)
}

/// `audit export show`
async fn show(
    store: &(impl ReadJobs + ReadControl),
    files: Option<&impl ShareFile>,
    key: JobKey,
    now: Timestamp,
) -> Result<Answer, Failure> {
    found(store, &key.workspace_id).await?;
    let JobName::Export(id) = key.name else { return Err(not_an_export()) };
    let absent = || Failure::Absent("export", id.to_string());
    let job = store.job(&key).await?.filter(|job| job.is_visible(now)).ok_or_else(absent)?;
    let (mut view, mut lines) = (view(&job)?, facts(&job)?);
    let Some(shown) = &mut view.file else { return Answer::new(fields(&lines), &view) };
    let Some(files) = files else {
        let note = "For a link to the file, name the bucket: --exports-bucket or EXPORTS_BUCKET.";
        return Ok(Answer::new(fields(&lines), &view)?.with_note(note.to_owned()));
    };
    let file = ExportFile::of_job(&job).ok_or_else(not_an_export)?;
    let Links { url, manifest_url, expires_at } = links(files, &file, Clock::System.now()).await?;
    lines.extend([
        ("fetch until", expires_at.rfc3339()),
        ("file at", url.clone()),
        ("manifest at", manifest_url.clone()),
    ]);
    (shown.url, shown.manifest_url, shown.url_expires_at) =
        (Some(url), Some(manifest_url), Some(expires_at));
    Answer::new(fields(&lines), &view)
}

/// What people are told about an export.
fn facts(job: &Job) -> Result<Vec<(&'static str, String)>, Failure> {
    let (id, work) = parts(job)?;
    let by = &work.spec.requested_by;
    let mut lines = vec![
        ("export", id.to_string()),
        ("workspace", job.key.workspace_id.to_string()),
        ("state", state_name(job.state).to_owned()),
        ("format", format(work)),
        ("filters", filters(&work.spec.filter)),
        (
            "requested",
            format!("{} by {} {}", id.occurred_at().rfc3339(), by.kind.name(), quoted(&by.id)),
        ),
        ("progress", rows(work.rows, work.spec.rows_expected)),
        ("updated", job.updated_at.rfc3339()),
    ];
    lines.extend(job.completed_at.map(|at| ("completed", at.rfc3339())));
    if let Some(sha256) = work.sha256.as_ref().filter(|_| job.state == JobState::Done) {
        lines.push(("file", ExportFile::of(&job.key.workspace_id, id, &work.spec).name));
        lines.push(("bytes", work.bytes.to_string()));
        lines.push(("SHA-256", sha256.clone()));
        lines.extend(job.expires_at.map(|at| ("kept until", at.rfc3339())));
    }
    Ok(lines)
}

fn format(work: &ExportWork) -> String {
    let spec = &work.spec;
    let bom = if spec.bom { " with a byte order mark" } else { "" };
    match spec.compression {
        Compression::None => format!("{}{bom}", spec.format.name()),
        Compression::Gzip => format!("{}{bom}, {}", spec.format.name(), spec.compression.name()),
    }
}

fn filters(filter: &Filter) -> String {
    let shown = |(name, text): (&str, String)| match name {
        "from" | "to" => format!("{name} {text}"),
        _ => format!("{name} {}", quoted(&text)),
    };
    let all: Vec<_> = filter.parameters().map(shown).collect();
    if all.is_empty() { "none: every entry".to_owned() } else { all.join(", ") }
}

fn view(job: &Job) -> Result<ExportView<'_>, Failure> {
    ExportView::of(job).ok_or_else(not_an_export)
}

fn parts(job: &Job) -> Result<(EntryId, &ExportWork), Failure> {
    match (job.key.name, &job.work) {
        (JobName::Export(id), Work::Export(work)) => Ok((id, work)),
        _ => Err(not_an_export()),
    }
}

fn not_an_export() -> Failure {
    StoreError::Malformed("a job that should be an export".into()).into()
}
