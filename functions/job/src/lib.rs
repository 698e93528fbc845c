//! The `job` function: does background jobs, one bounded chunk for each message of the queue, and
//! once a minute looks after jobs that nobody works on.
//!
//! A chunk is stored before its message is acknowledged, and whoever begins one makes it impossible
//! for all others to store theirs. So a message may come twice, late, out of order or never, and a
//! worker may be killed at any moment: `docs/jobs.md` goes through the steps.

mod event;
mod export;
mod file;
mod pace;
mod retention;
mod step;

pub use event::JobEvent;
pub use pace::Pace;
pub use step::Limits;

use domain::counting::LedgerStore;
use domain::ports::{
    EnqueueJob, ReadJobs, ReadRows, ReopenTally, RewriteLife, StoreError, WriteFile, WriteJobs,
    chain,
};
use web::batch::BatchResponse;
use web::service::Service;

/// What the store must do for jobs.
pub trait JobStore:
    LedgerStore + ReadJobs + WriteJobs + ReadRows + RewriteLife + ReopenTally
{
}
impl<S: LedgerStore + ReadJobs + WriteJobs + ReadRows + RewriteLife + ReopenTally> JobStore for S {}

/// What a worker works with.
#[derive(Debug, Clone)]
pub struct Worker<S, Q, F> {
    /// The store and the clock.
    pub service: Service<S>,
    /// Where messages for further chunks go.
    pub queue: Q,
    /// Where files go.
    pub files: F,
    /// How much one chunk may be.
    pub limits: Limits,
}

impl<S: JobStore, Q: EnqueueJob + Sync, F: WriteFile + Sync> Worker<S, Q, F> {
    /// Does what an event asks for.
    ///
    /// 1. A batch of messages: the next chunk of each one's job. What fails goes back to the queue,
    ///    and with it all after it, since the order of a FIFO queue is to be kept.
    /// 2. Anything else is the clock's tick: jobs that nobody works on are announced again.
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
                None => Err(StoreError::Malformed("a message that is about no job".into())),
            };
            if let Err(error) = outcome {
                tracing::warn!(error = %chain(&error), "a chunk is not done");
                response.fail(message_id);
            }
        }
        response
    }
}
