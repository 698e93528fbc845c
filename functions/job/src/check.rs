//! Checks a log when a day is over: starts the check of each log that has entries of that day, and
//! does one chunk of it.

use crate::error::StepError;
use crate::{JobStore, Worker};
use domain::announce::announce;
use domain::checking::check;
use domain::counting::Budget;
use domain::job::{CheckWork, Checked, Job, JobKey, JobName, StepResult, Work};
use domain::journal::SETTLED_AFTER_MS;
use domain::ports::{EnqueueJob, StoreError};
use domain::sequencing::seal;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use std::time::Instant;
use web::integrity::report;
use web::service::Service;

/// A day is checked from this long after its end on. Everything that was recorded in it is settled
/// then, whatever clock noted its plan.
const CHECKED_AFTER_MS: i64 = 10 * 60 * 1_000;
/// Days back for which plans are looked for. An older plan is left to the next check of its log,
/// which goes on where the last one ended.
const DAYS_BACK: i64 = 3;
/// Checks that are started at one look: 36,000 in the ten hours after midnight.
const STARTED_TOGETHER: usize = 60;

/// The last moment of the day that begins at `day`.
fn last_of(day: Timestamp) -> Timestamp {
    day.plus_days(1).plus_ms(-1)
}

/// Starts the checks that are planned for days that are over.
///
/// # Errors
/// When the store fails. A plan whose check was not started stays.
pub(crate) async fn start_planned<S: JobStore, Q: EnqueueJob + Sync>(
    service: &Service<S>,
    queue: &Q,
) -> Result<(), StoreError> {
    let now = service.clock.now();
    let today = now.plus_ms(-CHECKED_AFTER_MS).start_of_day();
    for back in 1..=DAYS_BACK {
        let day = today.plus_days(-back);
        for workspace in service.store.planned_checks(day, STARTED_TOGETHER).await? {
            if let Some(job) = start(service, &workspace, day, now).await? {
                announce(queue, &job).await;
                service.store.end_plan(&workspace, day).await?;
            }
        }
    }
    Ok(())
}

/// Stores the run of a check that reaches to the end of a day, and lists it as open. `None` means
/// that an earlier run is still at work, so that the plan stays.
///
/// The job is stored before its line in the list, and the plan is ended last. If this stops in
/// between, the next look finds the job and lists it.
async fn start<S: JobStore>(
    service: &Service<S>,
    workspace: &WorkspaceId,
    day: Timestamp,
    now: Timestamp,
) -> Result<Option<Job>, StoreError> {
    let key = JobKey { workspace_id: workspace.clone(), name: JobName::Check };
    let run = u64::try_from(day.epoch_seconds() / (24 * 60 * 60)).unwrap_or_default();
    let stored = service.store.job(&key).await?;
    if let Some(stored) = stored.as_ref().filter(|stored| stored.run >= run) {
        if !stored.is_closed() {
            service.store.open_job(stored).await?;
        }
        return Ok(Some(stored.clone()));
    }
    let before = stored.as_ref().and_then(|job| match &job.work {
        Work::Check(work) => Some(work),
        Work::Export(_) | Work::Retention(_) => None,
    });
    let work = CheckWork::until(before, last_of(day));
    let job = Job::new(key, run, Work::Check(work), now);
    match &stored {
        Some(stored) if !stored.is_closed() => return Ok(None),
        Some(stored) => service.store.replace_job(stored, &job).await?,
        None => service.store.insert_job(&job).await?,
    }
    service.store.open_job(&job).await?;
    Ok(Some(job))
}

/// Does one chunk of a check: numbers what is settled, so that only a straggler has no number, and
/// then checks one part of the log after another.
pub(crate) async fn chunk<S: JobStore, Q, F>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    job: &Job,
    work: &CheckWork,
) -> Result<StepResult, StepError> {
    let end = Instant::now() + worker.limits.chunk_time;
    let workspace = service
        .store
        .workspace(&job.key.workspace_id)
        .await?
        .ok_or(StepError::Inconsistent("its workspace does not exist"))?;
    let (clock, store) = (&service.clock, &service.store);
    let now = clock.now();
    if now <= work.until.plus_ms(SETTLED_AFTER_MS) {
        return Err(StepError::Inconsistent("the day is not over"));
    }
    let budget = Budget::new(f64::INFINITY, worker.limits.chunk_time);
    let mut work = work.clone();
    if !seal(store, &workspace.id, now, &budget).await?.is_finished {
        // There is much to number, or another process is numbering. The next chunk looks again.
        return Ok(StepResult::More(Work::Check(work), None));
    }
    while !work.is_done() {
        let from = work.through.unwrap_or(Timestamp::MIN);
        let part = check(store, &workspace, from, work.until, clock).await?;
        tell(&workspace.id, &part);
        work.add(&part);
        // Something landed after its time was numbered: the next chunk numbers it first.
        let is_unsealed = part.through <= from;
        if (is_unsealed || Instant::now() >= end) && !work.is_done() {
            return Ok(StepResult::More(Work::Check(work), None));
        }
    }
    Ok(StepResult::Done(Work::Check(work)))
}

/// Tells the operators what was found. The metric filters of `template.yaml` count these lines.
fn tell(workspace_id: &WorkspaceId, part: &Checked) {
    let workspace_id_text = workspace_id.as_str();
    for entry_id in &part.altered {
        report(workspace_id, *entry_id);
    }
    for entry_id in &part.missing {
        tracing::error!(workspace_id = workspace_id_text, %entry_id, "entry missing");
    }
    for entry_id in &part.stragglers {
        tracing::error!(workspace_id = workspace_id_text, %entry_id, "entry without a number");
    }
}
