//! Sends the message that lets a worker begin a job.

use crate::job::Job;
use crate::ports::{EnqueueJob, chain};

/// Sends the message for a job's next chunk. If that fails, it logs a warning and nothing is lost:
/// once a minute the `job` function sends messages for open jobs that nobody works on.
pub async fn announce(queue: &impl EnqueueJob, job: &Job) {
    if let Err(error) = queue.enqueue(&job.message()).await {
        tracing::warn!(
            error = %chain(&error), job = %job.key,
            "a job is not announced; it is found within minutes"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{JobKey, JobName, RetentionWork, Work};
    use crate::memory::{Failure, Fate, MemoryQueue, finish};
    use crate::plan::Plan;
    use crate::timestamp::Timestamp;
    use crate::workspace::WorkspaceId;

    #[test]
    fn a_job_is_announced_and_a_queue_that_fails_stops_nobody() {
        let workspace_id = WorkspaceId::parse("ws_a").unwrap();
        let key = JobKey { workspace_id, name: JobName::Retention };
        let work = Work::Retention(RetentionWork::new(Plan::Free));
        let job = Job::new(key, 3, work, Timestamp::clamped(0));
        let queue = MemoryQueue::default();
        finish(announce(&queue, &job));
        assert_eq!((queue.take(), queue.take()), (Some(job.message()), None));
        let failing = queue.scripted(|_| Fate::FailBefore(Failure::Throttled));
        finish(announce(&failing, &job));
        assert_eq!(queue.take(), None);
    }
}
