//! The `job` function: does background jobs in bounded chunks, one chunk per queue message, and
//! once a minute sends messages for jobs that have lost theirs.
//!
//! A chunk is stored before its message is acknowledged, and beginning a chunk keeps all earlier
//! attempts from storing theirs. So messages may be duplicated, late, out of order or lost, and a
//! worker may be killed at any moment. `docs/jobs.md` goes through the steps.

mod check;
mod error;
mod event;
mod export;
mod file;
mod pace;
mod retention;
mod step;

pub use error::StepError;
pub use event::JobEvent;
pub use pace::Pace;
pub use step::Limits;

use domain::checking::CheckStore;
use domain::ports::{
    EnqueueJob, FollowPlans, KeepFollowed, ReadControl, ReadJobs, RewriteLife, WriteFile,
    WriteJobs, chain,
};
use domain::sequencing::SealStore;
use web::batch::BatchResponse;
use web::service::Service;

/// The ports that jobs need of the store.
pub trait JobStore:
    SealStore
    + CheckStore
    + FollowPlans
    + KeepFollowed
    + ReadControl
    + ReadJobs
    + WriteJobs
    + RewriteLife
{
}
impl<S> JobStore for S where
    S: SealStore
        + CheckStore
        + FollowPlans
        + KeepFollowed
        + ReadControl
        + ReadJobs
        + WriteJobs
        + RewriteLife
{
}

/// Works on jobs, with everything that this takes.
#[derive(Debug, Clone)]
pub struct Worker<S, Q, F> {
    /// The store and the clock.
    pub service: Service<S>,
    /// The queue for the messages of the next chunks.
    pub queue: Q,
    /// The file store for exports.
    pub files: F,
    /// The bounds of one chunk.
    pub limits: Limits,
}

impl<S: JobStore, Q: EnqueueJob + Sync, F: WriteFile + Sync> Worker<S, Q, F> {
    /// Handles one invocation of the function.
    ///
    /// 1. For a batch of messages: do one chunk for each message. A failed message and all messages
    ///    after it are reported as failures, because the queue is FIFO and must keep its order.
    /// 2. For any other event, which is the tick of the schedule: look after open jobs.
    pub async fn handle(&self, event: JobEvent) -> BatchResponse {
        let mut response = BatchResponse::default();
        let Some(messages) = event.messages() else {
            if let Err(error) = self.look_after().await {
                tracing::warn!(error = %chain(&error), "open jobs cannot be looked after");
            }
            return response;
        };
        for (message_id, message) in messages {
            if response.failures() > 0 {
                response.fail(message_id);
                continue;
            }
            let outcome = match message {
                Some(message) => self.work_on(&message).await,
                None => Err(StepError::NoJob),
            };
            if let Err(error) = outcome {
                tracing::warn!(error = %chain(&error), "a chunk is not done");
                response.fail(message_id);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests;
