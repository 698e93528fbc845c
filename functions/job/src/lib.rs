//! The `job` function: does background jobs in bounded chunks, one chunk per queue message, and
//! once a minute sends messages for jobs that have lost theirs.
//!
//! A chunk is stored before its message is acknowledged, and beginning a chunk keeps all earlier
//! attempts from storing theirs. So messages may be duplicated, late, out of order or lost, and a
//! worker may be killed at any moment. `docs/jobs.md` goes through the steps.

mod backoff;
mod check;
mod error;
mod event;
mod export;
mod file;
mod pace;
mod retention;
mod step;

pub use backoff::delay_after;
pub use error::StepError;
pub use event::{Delivery, JobEvent};
pub use pace::Pace;
pub use step::Limits;

use domain::checking::CheckStore;
use domain::ports::{
    DelayMessage, EnqueueJob, FollowPlans, KeepFollowed, ReadControl, ReadJobs, ReadUnusual,
    RewriteLife, WriteFile, WriteJobs, chain,
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
    + ReadUnusual
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
        + ReadUnusual
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

impl<S: JobStore, Q: EnqueueJob + DelayMessage + Sync, F: WriteFile + Sync> Worker<S, Q, F> {
    /// Handles one invocation of the function.
    ///
    /// 1. For a batch of messages: do one chunk for each message. A failed message and all messages
    ///    after it are reported as failures, because the queue is FIFO and must keep its order.
    /// 2. For any other event, which is the tick of the schedule: look after open jobs.
    pub async fn handle(&self, event: JobEvent) -> BatchResponse {
        let mut response = BatchResponse::default();
        let Some(deliveries) = event.deliveries() else {
            if let Err(error) = self.look_after().await {
                tracing::warn!(error = %chain(&error), "open jobs cannot be looked after");
            }
            return response;
        };
        for (message_id, delivery) in deliveries {
            if response.failures() > 0 || !self.receive(&delivery).await {
                response.fail(message_id);
            }
        }
        response
    }

    /// Does the chunk of a delivered message, and says whether the message is to be acknowledged.
    /// If not, it is delivered again after a time that grows with the number of its deliveries: see
    /// [`delay_after`]. If the queue cannot be told so, it delivers the message again after its own
    /// time.
    pub async fn receive(&self, delivery: &Delivery) -> bool {
        let outcome = match &delivery.message {
            Some(message) => self.work(message, &delivery.trace, delivery.sent_at).await,
            None => Err(StepError::NoJob),
        };
        let Err(error) = outcome else { return true };
        let delay = delay_after(delivery.count, fastrand::u64);
        tracing::warn!(
            error = %chain(&error),
            trace_id = delivery.trace.trace_id(),
            delivery = delivery.count,
            again_after_s = delay.as_secs(),
            "a chunk is not done"
        );
        if let Err(error) = self.queue.delay_message(&delivery.receipt, delay).await {
            tracing::warn!(error = %chain(&error), "a message cannot be delayed");
        }
        false
    }
}

#[cfg(test)]
mod tests;
