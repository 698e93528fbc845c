//! Lists jobs, and retries failed ones.

use crate::announce::announce;
use crate::args::JobCommand;
use crate::failure::Failure;
use crate::output::{Answer, columns};
use crate::workspace::found;
use domain::job::{Job, JobKey, JobName, JobState, Phase, Work};
use domain::ports::{EnqueueJob, ReadControl, ReadJobs, WriteJobs};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;

/// How many exports of a workspace are listed at most. They are kept for a week.
pub(crate) const MAX_EXPORTS: usize = 100;

/// A job as programs get it.
#[derive(Debug, Serialize)]
struct JobView<'a> {
    workspace_id: &'a WorkspaceId,
    kind: &'static str,
    /// The job's name for `audit job retry`.
    job: String,
    state: JobState,
    progress: Progress,
    requested_at: Timestamp,
    updated_at: Timestamp,
    /// When the next chunk may begin; `None` means at once.
    not_before: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    /// Whether no worker has it although one should.
    is_idle: bool,
    /// The number of chunks done.
    chunks: u64,
    /// How often the current chunk was begun.
    tries: u32,
}

/// The progress of a job.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Progress {
    Export { rows_written: u64, rows_expected: Option<u64>, bytes: u64 },
    Retention { phase: Phase, rewritten_entries: u64, reached: Option<Timestamp> },
    Check { entries: u64, unnumbered: u64, missing: u64, altered: u64, reached: Option<Timestamp> },
}

/// The jobs as programs get them.
#[derive(Debug, Serialize)]
struct JobsView<'a> {
    jobs: Vec<JobView<'a>>,
}

/// `audit job …`
pub(crate) async fn run(
    store: &(impl ReadControl + ReadJobs + WriteJobs),
    queue: Option<&impl EnqueueJob>,
    command: JobCommand,
    now: Timestamp,
) -> Result<Answer, Failure> {
    match command {
        JobCommand::List { workspace: Some(id) } => {
            found(store, &id).await?;
            list(&of_workspace(store, &id, now).await?, now)
        }
        JobCommand::List { workspace: None } => list(&open(store).await?, now),
        JobCommand::Retry { workspace: workspace_id, job: name } => {
            retry(store, queue, JobKey { workspace_id, name }, now).await
        }
    }
}

/// All visible jobs of a workspace.
async fn of_workspace(
    store: &impl ReadJobs,
    id: &WorkspaceId,
    now: Timestamp,
) -> Result<Vec<Job>, Failure> {
    let mut jobs = store.exports(id, MAX_EXPORTS).await?;
    for name in [JobName::Retention, JobName::Check] {
        jobs.extend(store.job(&JobKey { workspace_id: id.clone(), name }).await?);
    }
    jobs.retain(|job| job.is_visible(now));
    Ok(jobs)
}

/// The open jobs of all workspaces. A closed job may stay on the list for another minute.
async fn open(store: &impl ReadJobs) -> Result<Vec<Job>, Failure> {
    let mut jobs = Vec::new();
    for key in store.open_jobs().await? {
        jobs.extend(store.job(&key).await?.filter(|job| !job.is_closed()));
    }
    Ok(jobs)
}

/// `audit job list`: oldest first.
fn list(jobs: &[Job], now: Timestamp) -> Result<Answer, Failure> {
    let mut jobs: Vec<_> = jobs.iter().map(|job| JobView::of(job, now)).collect();
    jobs.sort_by(|a, b| {
        (a.requested_at, a.workspace_id, &a.job).cmp(&(b.requested_at, b.workspace_id, &b.job))
    });
    if jobs.is_empty() {
        return Ok(Answer::new(String::new(), &JobsView { jobs })?
            .with_note("There are no such jobs.".to_owned()));
    }
    let header = ["WORKSPACE", "KIND", "JOB", "STATE", "PROGRESS", "REQUESTED", "UPDATED", "IDLE"]
        .map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(jobs.iter().map(JobView::row)).collect();
    let is_any_idle = jobs.iter().any(|job| job.is_idle);
    let answer = Answer::new(columns(&rows), &JobsView { jobs })?;
    let idle = "Idle jobs are announced again within a minute. \
                If one stays idle, look at the job function's log and alarms.";
    Ok(if is_any_idle { answer.with_note(idle.to_owned()) } else { answer })
}

/// `audit job retry`
///
/// 1. The job is stored as queued.
/// 2. It is put on the list of open jobs. In the other order, it could be taken off the list while
///    it is still stored as failed.
/// 3. It is announced.
///
/// If this stops after step 1, the job is queued but no worker gets it. Running the command again
/// puts it on the list.
async fn retry(
    store: &(impl ReadJobs + WriteJobs),
    queue: Option<&impl EnqueueJob>,
    key: JobKey,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let absent = || Failure::Absent("job", key.to_string());
    let job = store.job(&key).await?.filter(|job| job.is_visible(now)).ok_or_else(absent)?;
    let retried = match job.state {
        JobState::Failed => {
            let retried = job.retried(now);
            store.replace_job(&job, &retried).await?;
            retried
        }
        JobState::Queued | JobState::Running if !store.open_jobs().await?.contains(&key) => job,
        state => return Err(Failure::NotFailed(name(&key), state_name(state))),
    };
    store.open_job(&retried).await?;
    let text =
        format!("job {} of {} is {}", name(&key), key.workspace_id, state_name(retried.state));
    let when = announce(queue, &retried).await.when();
    let note = format!("{when}: audit job list --workspace {}", key.workspace_id);
    Ok(Answer::new(text, &JobView::of(&retried, now))?.with_note(note))
}

impl<'a> JobView<'a> {
    fn of(job: &'a Job, now: Timestamp) -> Self {
        let (kind, progress) = match &job.work {
            Work::Export(work) => (
                "export",
                Progress::Export {
                    rows_written: work.rows,
                    rows_expected: work.spec.rows_expected,
                    bytes: work.bytes,
                },
            ),
            Work::Retention(work) => {
                let reached = work.position.map(|id| id.occurred_at());
                (
                    "retention",
                    Progress::Retention {
                        phase: work.phase,
                        rewritten_entries: work.rewritten,
                        reached,
                    },
                )
            }
            Work::Check(work) => (
                "check",
                Progress::Check {
                    entries: work.entries,
                    unnumbered: work.stragglers,
                    missing: work.missing,
                    altered: work.altered,
                    reached: work.through,
                },
            ),
        };
        Self {
            workspace_id: &job.key.workspace_id,
            kind,
            job: name(&job.key),
            state: job.state,
            progress,
            requested_at: job.requested_at,
            updated_at: job.updated_at,
            not_before: job.not_before,
            completed_at: job.completed_at,
            is_idle: !job.is_closed() && job.is_idle(now),
            chunks: job.step,
            tries: job.tries,
        }
    }

    fn row(&self) -> [String; 8] {
        [
            self.workspace_id.to_string(),
            self.kind.to_owned(),
            self.job.clone(),
            state_name(self.state).to_owned(),
            self.progress.text(),
            self.requested_at.rfc3339(),
            self.updated_at.rfc3339(),
            if self.is_idle { "idle" } else { "no" }.to_owned(),
        ]
    }
}

impl Progress {
    fn text(&self) -> String {
        match self {
            Self::Export { rows_written, rows_expected, .. } => rows(*rows_written, *rows_expected),
            Self::Retention { phase, rewritten_entries, reached } => {
                let phase = match phase {
                    Phase::FirstPass => "first pass",
                    Phase::SecondPass => "second pass",
                    Phase::FinalPass => "final pass",
                };
                let reached =
                    reached.map(|at| format!(", reached {}", at.rfc3339())).unwrap_or_default();
                format!("{phase}, {rewritten_entries} rewritten{reached}")
            }
            Self::Check { entries, missing, altered, .. } => {
                format!("{entries} checked, {missing} missing, {altered} altered")
            }
        }
    }
}

/// The rows written, and the rows expected if that is known.
pub(crate) fn rows(written: u64, expected: Option<u64>) -> String {
    expected.map_or_else(
        || format!("{written} rows"),
        |expected| format!("{written} of {expected} rows"),
    )
}

/// A state in one word.
pub(crate) fn state_name(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Failed => "failed",
    }
}

/// The job's name within its workspace.
fn name(key: &JobKey) -> String {
    match key.name {
        JobName::Export(id) => id.to_string(),
        JobName::Retention | JobName::Check => key.name.to_string(),
    }
}
