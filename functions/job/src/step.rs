//! Takes a job one chunk further: begins it, works, stores what came of it, and asks for the next
//! chunk. In this order.

use crate::pace::Pace;
use crate::{JobStore, Worker, export, retention};
use domain::announce::announce;
use domain::job::{EXPORT_KEPT_DAYS, Job, JobKey, JobMessage, JobState, MAX_TRIES, Work};
use domain::ports::{EnqueueJob, StoreError, WriteFile};
use domain::timestamp::Timestamp;
use std::time::{Duration, Instant};
use web::service::Service;

/// Days for which the end of a rewriting is shown.
const RETENTION_SHOWN_DAYS: i64 = 30;

/// How much one chunk may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes that fill a part of a file; S3 takes none below 5 MiB but the last ("Multipart upload
    /// limits", Amazon S3 user guide).
    pub part_bytes: usize,
    /// No further step of a chunk begins after this time. The function's timeout is above it.
    pub chunk_time: Duration,
    /// How long a chunk may count what was dropped.
    pub counting_time: Duration,
    /// A chunk takes longer than this only if the store hangs; it is given up then.
    pub deadline: Duration,
    /// Entries rewritten together.
    pub rewritten_together: usize,
    /// What a rewriting takes at most.
    pub pace: Pace,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            part_bytes: 8 * 1024 * 1024,
            chunk_time: Duration::from_secs(30),
            counting_time: Duration::from_secs(30),
            deadline: Duration::from_secs(100),
            rewritten_together: 100,
            pace: Pace::default(),
        }
    }
}

/// What a chunk came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is more to do, at once or from a moment on.
    More(Work, Option<Timestamp>),
    /// All is done.
    Done(Work),
}

impl<S: JobStore, Q: EnqueueJob + Sync, F: WriteFile + Sync> Worker<S, Q, F> {
    /// Does the chunk that a message asks for.
    ///
    /// 1. The job, as it is now. If it is gone, closed, of another run or not yet due, there is
    ///    nothing to do. If it is one chunk further, the message for that may have been lost with
    ///    the worker that should have sent it: it is sent.
    /// 2. The chunk is begun: a number that keeps every attempt before from storing anything.
    /// 3. The work.
    /// 4. What came of it is stored. Whoever has begun meanwhile wins, and this attempt came to
    ///    nothing.
    /// 5. The next chunk is asked for. Only now may the message be acknowledged.
    ///
    /// # Errors
    /// When the store, the queue or the files fail: the message is to come again.
    pub async fn work_on(&self, message: &JobMessage) -> Result<(), StoreError> {
        let started = Instant::now();
        let service = self.service.for_request();
        let outcome =
            tokio::time::timeout(self.limits.deadline, Box::pin(self.step(&service, message)))
                .await;
        let outcome = outcome.unwrap_or_else(|_elapsed| {
            Err(StoreError::Unavailable("a chunk took too long".into()))
        });
        let spent = service.store.spent();
        tracing::info!(
            function = "job",
            job = message.job,
            step = message.step,
            is_done = outcome.is_ok(),
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            store_calls = spent.calls,
            read_units = spent.read_units,
            write_units = spent.write_units,
            "chunk"
        );
        outcome
    }

    async fn step(&self, service: &Service<S>, message: &JobMessage) -> Result<(), StoreError> {
        let key = JobKey::parse(&message.job)
            .ok_or_else(|| StoreError::Malformed("a message that names no job".into()))?;
        let Some(job) = service.store.job(&key).await? else { return Ok(()) };
        let now = service.clock.now();
        if job.is_closed() {
            return service.store.take_off(&job, now).await;
        }
        if job.run != message.run || job.not_before.is_some_and(|moment| moment > now) {
            return Ok(());
        }
        if job.step != message.step {
            return if job.step == message.step + 1 {
                self.queue.enqueue(&job.message()).await
            } else {
                Ok(())
            };
        }
        let begun = begin(service, &job, now).await?;
        let outcome = match &begun.work {
            _ if begun.tries > MAX_TRIES => None,
            Work::Export(work) => Some(export::chunk(self, service, &begun, work).await?),
            Work::Retention(work) => Some(retention::chunk(self, service, &begun, work).await?),
        };
        let after = conclude(&begun, outcome, service.clock.now());
        service.store.replace_job(&begun, &after).await?;
        match (after.is_closed(), after.not_before) {
            (true, _) => service.store.take_off(&after, service.clock.now()).await,
            // Whoever looks after open jobs asks for it when it is due.
            (false, Some(_)) => Ok(()),
            (false, None) => self.queue.enqueue(&after.message()).await,
        }
    }

    /// Announces every open job that nobody works on, and takes closed ones off the list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_after(&self) -> Result<(), StoreError> {
        let service = self.service.for_request();
        let now = service.clock.now();
        for key in service.store.open_jobs().await? {
            match service.store.job(&key).await? {
                Some(job) if job.is_closed() => service.store.take_off(&job, now).await?,
                Some(job) if job.is_idle(now) => announce(&self.queue, &job).await,
                Some(_) => {}
                None => tracing::warn!(%key, "a job is on the list of open ones and is not there"),
            }
        }
        Ok(())
    }
}

/// Begins a chunk. Of an export, the number of the part that this attempt may upload is taken with
/// it, so that no other attempt has it.
async fn begin<S: JobStore>(
    service: &Service<S>,
    job: &Job,
    now: Timestamp,
) -> Result<Job, StoreError> {
    let mut begun = job.begun(now);
    if let Work::Export(work) = &mut begun.work {
        work.next_part += 1;
    }
    service.store.replace_job(job, &begun).await?;
    Ok(begun)
}

/// The job with what a chunk came to; without an outcome it is given up.
fn conclude(begun: &Job, outcome: Option<Outcome>, now: Timestamp) -> Job {
    let shown_days = match &begun.work {
        Work::Export(_) => EXPORT_KEPT_DAYS,
        Work::Retention(_) => RETENTION_SHOWN_DAYS,
    };
    match outcome {
        Some(Outcome::More(work, not_before)) => begun.advanced(work, not_before, now),
        Some(Outcome::Done(work)) => begun.closed(JobState::Done, work, now, shown_days),
        None => begun.closed(JobState::Failed, begun.work.clone(), now, shown_days),
    }
}
