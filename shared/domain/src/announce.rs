//! Announces jobs to whoever works on them.

use crate::job::Job;
use crate::ports::{EnqueueJob, chain};

/// Sends a message, or tells the log that it could not: the job is stored, and is found once a
/// minute by whoever looks after open ones.
pub async fn announce(queue: &impl EnqueueJob, job: &Job) {
    if let Err(error) = queue.enqueue(&job.message()).await {
        tracing::warn!(error = %chain(&error), job = %job.key, "a job is not announced; it is found within minutes");
    }
}
