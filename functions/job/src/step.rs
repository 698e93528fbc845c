//! Does one chunk of a job: begins it, does the work, stores the result, and sends the message for
//! the next chunk. The order of these steps is what makes a lost or duplicated message harmless.

use crate::error::StepError;
use crate::pace::Pace;
use crate::{JobStore, Worker, check, export, retention};
use domain::announce::announce;
use domain::job::{Job, JobKey, JobMessage, StepResult, Todo, Work};
use domain::ports::{EnqueueJob, StoreError, WriteFile};
use domain::timestamp::Timestamp;
use domain::trace::TraceContext;
use std::time::{Duration, Instant};
use web::service::Service;

/// Bounds the work of one chunk.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The size at which the first part of a file is full. S3 accepts no part below 5 MiB except
    /// the last ("Multipart upload limits", Amazon S3 user guide).
    pub part_bytes: usize,
    /// After this time a chunk starts no further step of its work.
    pub chunk_time: Duration,
    /// After this time a chunk is abandoned; it takes that long only when the store hangs. The
    /// function's timeout of 120 s must be longer.
    pub deadline: Duration,
    /// The number of entries in one batch of a rewriting.
    pub rewritten_together: usize,
    /// The write capacity that a rewriting may use.
    pub pace: Pace,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            part_bytes: 8 * 1024 * 1024,
            chunk_time: Duration::from_secs(30),
            deadline: Duration::from_secs(100),
            rewritten_together: 100,
            pace: Pace::default(),
        }
    }
}

impl<S: JobStore, Q: EnqueueJob + Sync, F: WriteFile + Sync> Worker<S, Q, F> {
    /// Does the chunk that a message without a trace asks for; see [`Worker::work`].
    ///
    /// # Errors
    /// [`StepError`]; the message must be delivered again.
    pub async fn work_on(&self, message: &JobMessage) -> Result<(), StepError> {
        self.work(message, &TraceContext::new(), None).await
    }

    /// Does the chunk that a message asks for. The message for the next chunk belongs to the same
    /// trace. `sent_at` is for the log.
    ///
    /// 1. Read the job and decide what the message finds to do ([`Todo`]).
    /// 2. Begin the chunk: store the next attempt number. It is a fencing token, so from now on no
    ///    earlier attempt can store anything.
    /// 3. Do the work.
    /// 4. Store the result. This fails if another attempt has begun since step 2. A run that was
    ///    superseded stores nothing: the later run has its own message.
    /// 5. Send the message for the next chunk, or take a closed job off the list of open jobs. Only
    ///    now may the message be acknowledged.
    ///
    /// # Errors
    /// [`StepError`]; the message must be delivered again.
    pub async fn work(
        &self,
        message: &JobMessage,
        trace: &TraceContext,
        sent_at: Option<Timestamp>,
    ) -> Result<(), StepError> {
        let started = Instant::now();
        let service = self.service.for_request();
        let now = service.clock.now();
        let queue = self.queue.traced(trace);
        let step = Box::pin(self.step(&service, &queue, message));
        let outcome = tokio::time::timeout(self.limits.deadline, step)
            .await
            .unwrap_or_else(|_elapsed| Err(StepError::TimedOut));
        let spent = service.store.spent();
        tracing::info!(
            function = "job",
            job = message.job,
            step = message.step,
            trace_id = trace.trace_id(),
            is_done = outcome.is_ok(),
            lag_ms = sent_at.map(|sent_at| now.ms().saturating_sub(sent_at.ms()).max(0)),
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            store_calls = spent.calls,
            store_retries = spent.retries(),
            read_units = spent.read_units,
            write_units = spent.write_units,
            "chunk"
        );
        outcome
    }

    async fn step(
        &self,
        service: &Service<S>,
        queue: &Q,
        message: &JobMessage,
    ) -> Result<(), StepError> {
        let key = JobKey::parse(&message.job).ok_or(StepError::NoJob)?;
        let Some(job) = service.store.job(&key).await? else { return Ok(()) };
        let now = service.clock.now();
        let begun = match job.todo(message, now) {
            Todo::Nothing => return Ok(()),
            Todo::TakeOff => return Ok(service.store.take_off(&job, now).await?),
            Todo::Announce => return Ok(queue.enqueue(&job.message()).await?),
            Todo::Begin(begun) => begun,
        };
        if !replace(service, &job, &begun).await? {
            return Ok(());
        }
        let result = match &begun.work {
            _ if begun.is_out_of_tries() => StepResult::GivenUp,
            Work::Export(work) => export::chunk(self, service, &begun, work).await?,
            Work::Retention(work) => retention::chunk(self, service, &begun, work).await?,
            Work::Check(work) => check::chunk(self, service, &begun, work).await?,
        };
        let Some(after) = begun.after(result, service.clock.now()) else { return Ok(()) };
        if !replace(service, &begun, &after).await? {
            return Ok(());
        }
        if after.is_closed() {
            service.store.take_off(&after, service.clock.now()).await?;
        } else if after.not_before.is_none() {
            queue.enqueue(&after.message()).await?;
        }
        // A job that waits for a moment gets its message from `look_after`.
        Ok(())
    }

    /// Starts the checks that are planned, sends a message for every open job that has lost its
    /// message, and takes closed jobs off the list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_after(&self) -> Result<(), StoreError> {
        let service = self.service.for_request();
        let now = service.clock.now();
        // What is open is looked after even if no check can be started.
        let planned = check::start_planned(&service, &self.queue).await;
        for key in service.store.open_jobs().await? {
            match service.store.job(&key).await? {
                Some(job) if job.is_closed() => service.store.take_off(&job, now).await?,
                Some(job) if job.is_idle(now) => announce(&self.queue, &job).await,
                Some(_) => {}
                None => tracing::warn!(%key, "a job on the list of open jobs does not exist"),
            }
        }
        planned
    }
}

/// Stores a job over the one it was made from. `false` means that a later run has replaced the job,
/// so that this run has nothing more to do.
async fn replace<S: JobStore>(
    service: &Service<S>,
    before: &Job,
    after: &Job,
) -> Result<bool, StoreError> {
    match service.store.replace_job(before, after).await {
        Ok(()) => Ok(true),
        Err(StoreError::Changed) => {
            let stored = service.store.job(&before.key).await?;
            // In the same run, the message must be delivered again: see `StepError`.
            if stored.is_some_and(|job| job.run == before.run) {
                Err(StoreError::Changed)
            } else {
                Ok(false)
            }
        }
        Err(error) => Err(error),
    }
}
