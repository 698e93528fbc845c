//! Announces the jobs that a command starts, so that a worker begins them at once.

use domain::job::Job;
use domain::ports::{EnqueueJob, StoreError, chain};

/// How a job that was started comes to a worker.
#[derive(Debug)]
pub(crate) enum Announced {
    /// By its message in the queue.
    Sent,
    /// By the list of open jobs: the command does not know the queue.
    NoQueue,
    /// By the list of open jobs: the queue did not take the message.
    Failed(StoreError),
}

impl Announced {
    /// When a worker begins the job, and why not earlier.
    pub(crate) fn when(&self) -> String {
        let late = "It is picked up within two minutes";
        match self {
            Self::Sent => "It is picked up at once".to_owned(),
            Self::NoQueue => {
                format!("{late} (at once with --jobs-queue-url or JOBS_QUEUE_URL)")
            }
            Self::Failed(error) => {
                format!("{late} (it is not announced: {})", chain(error))
            }
        }
    }
}

/// Sends the message for a job's next chunk. If that fails, nothing is lost: once a minute the
/// `job` function looks after open jobs that nobody works on.
pub(crate) async fn announce(queue: Option<&impl EnqueueJob>, job: &Job) -> Announced {
    let Some(queue) = queue else { return Announced::NoQueue };
    match queue.enqueue(&job.message()).await {
        Ok(()) => Announced::Sent,
        Err(error) => Announced::Failed(error),
    }
}
