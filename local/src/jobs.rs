//! Works on jobs. It does what SQS and the schedule do between the functions that start a job and
//! the `job` function.

mod queue;

pub use queue::LocalQueue;

use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use domain::announce::announce;
use domain::job::JobState;
use domain::ports::{ReadJobs, StoreError, chain};
use job::{Limits, Worker};
use std::future::Future;
use std::time::Duration;
use web::service::Service;

/// How often open jobs are checked for lost messages. In a deployment it is once a minute.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Chunks worked on at the same time.
const CONCURRENT_CHUNKS: usize = 4;

/// Works on jobs until the future is dropped. It handles the messages in the queue, and checks the
/// list of open jobs for those whose message was lost.
pub fn follow(
    service: &Service<DynamoStore>,
    queue: LocalQueue,
    files: S3Files,
) -> impl Future<Output = ()> + use<> {
    let worker = Worker { service: service.clone(), queue, files, limits: Limits::default() };
    async move {
        if let Err(error) = resume(&worker).await {
            tracing::warn!(error = %chain(&error), "cannot resume the jobs of the previous run");
        }
        let looks = async {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                // Before: jobs that `audit` has started, which has no queue here.
                let found = announce_new(&worker).await;
                if let Err(error) = found.and(worker.look_after().await) {
                    tracing::warn!(error = %chain(&error), "cannot check the open jobs");
                }
            }
        };
        // Several at once, as in Lambda: an export need not wait until expiries are rewritten.
        let works = futures::future::join_all((0..CONCURRENT_CHUNKS).map(|_| work(&worker)));
        tokio::join!(looks, works);
    }
}

/// Works on one chunk after another, each of the next job in the queue.
async fn work(worker: &Worker<DynamoStore, LocalQueue, S3Files>) {
    loop {
        let delivery = worker.queue.receive().await;
        if worker.receive(&delivery).await {
            worker.queue.acknowledge(&delivery.receipt);
        }
    }
}

/// Announces the jobs that were open when the service stopped. Their messages were in memory and
/// are lost.
async fn resume(worker: &Worker<DynamoStore, LocalQueue, S3Files>) -> Result<(), StoreError> {
    let store = &worker.service.store;
    for key in store.open_jobs().await? {
        if let Some(job) = store.job(&key).await?.filter(|job| !job.is_closed()) {
            announce(&worker.queue, &job).await;
        }
    }
    Ok(())
}

/// Announces the jobs that nobody has begun. A message that is there already is not put twice, and
/// a chunk that two begin is done by one of them.
async fn announce_new(worker: &Worker<DynamoStore, LocalQueue, S3Files>) -> Result<(), StoreError> {
    let store = &worker.service.store;
    for key in store.open_jobs().await? {
        let job = store.job(&key).await?;
        if let Some(job) = job.filter(|job| job.state == JobState::Queued) {
            announce(&worker.queue, &job).await;
        }
    }
    Ok(())
}

/// What the functions need besides the store: the queue of jobs and the files of exports.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The queue.
    pub queue: LocalQueue,
    /// The files.
    pub files: S3Files,
}
