//! Owns the queue of jobs here: does what SQS and the schedule do between whoever starts a job and
//! the `job` function.

use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use domain::announce::announce;
use domain::job::JobMessage;
use domain::ports::{EnqueueJob, ReadJobs, StoreError, chain};
use job::{Limits, Worker};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use web::service::Service;

/// How often open jobs are looked after. In a deployment it is once a minute.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After so long a message that failed comes again. In a deployment it is three minutes.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Chunks done at the same time.
const CONCURRENT_CHUNKS: usize = 4;

/// A queue in this process.
#[derive(Debug, Clone, Default)]
pub struct LocalQueue {
    messages: Arc<Mutex<VecDeque<JobMessage>>>,
    arrived: Arc<Notify>,
}

impl EnqueueJob for LocalQueue {
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        self.put(message.clone());
        Ok(())
    }
}

impl LocalQueue {
    /// Puts a message into the queue, unless it is there already.
    pub fn put(&self, message: JobMessage) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if !messages.contains(&message) {
            messages.push_back(message);
        }
        self.arrived.notify_one();
    }

    /// Takes the message that waits longest; it is out of the queue then.
    #[must_use]
    pub fn take(&self) -> Option<JobMessage> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    async fn next(&self) -> JobMessage {
        loop {
            if let Some(message) = self.take() {
                return message;
            }
            self.arrived.notified().await;
        }
    }
}

/// Works on jobs until the future is dropped: what is in the queue, one chunk after another, and
/// what is open and left alone.
pub fn follow(
    service: &Service<DynamoStore>,
    queue: LocalQueue,
    files: S3Files,
) -> impl Future<Output = ()> + use<> {
    let worker = Worker { service: service.clone(), queue, files, limits: Limits::default() };
    async move {
        if let Err(error) = resume(&worker).await {
            tracing::warn!(error = %chain(&error), "jobs that were open when the service stopped are not resumed");
        }
        let looks = async {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                if let Err(error) = worker.look_after().await {
                    tracing::warn!(error = %chain(&error), "open jobs cannot be looked after");
                }
            }
        };
        // Several at once, as Lambda does: an export need not wait for a rewriting.
        let works = futures::future::join_all((0..CONCURRENT_CHUNKS).map(|_| work(&worker)));
        tokio::join!(looks, works);
    }
}

/// Does one chunk after another, of whichever job is next.
async fn work(worker: &Worker<DynamoStore, LocalQueue, S3Files>) {
    loop {
        let message = worker.queue.next().await;
        if let Err(error) = worker.work_on(&message).await {
            tracing::warn!(error = %chain(&error), "a chunk is not done and is tried again");
            tokio::time::sleep(AGAIN_AFTER).await;
            worker.queue.put(message);
        }
    }
}

/// Announces what was open when the service stopped: its messages were in that process.
async fn resume(worker: &Worker<DynamoStore, LocalQueue, S3Files>) -> Result<(), StoreError> {
    let store = &worker.service.store;
    for key in store.open_jobs().await? {
        if let Some(job) = store.job(&key).await?.filter(|job| !job.is_closed()) {
            announce(&worker.queue, &job).await;
        }
    }
    Ok(())
}

/// What the functions work with here besides the store: the queue, and the files.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The queue.
    pub queue: LocalQueue,
    /// The files.
    pub files: S3Files,
}
