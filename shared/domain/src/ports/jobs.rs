//! The ports that read, write and enqueue background jobs.

use super::StoreError;
use crate::entry::NewEntry;
use crate::job::{Job, JobKey, JobMessage, OpenExports};
use crate::timestamp::Timestamp;
use crate::trace::TraceContext;
use crate::workspace::WorkspaceId;
use std::future::Future;
use std::time::Duration;

/// Reads jobs: `GetItem` and `Query` on the control table, strongly consistent.
pub trait ReadJobs {
    /// The job with this key.
    fn job(&self, key: &JobKey) -> impl Future<Output = Result<Option<Job>, StoreError>> + Send;
    /// At most `limit` exports of a workspace, newest first.
    fn exports(
        &self,
        workspace: &WorkspaceId,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Job>, StoreError>> + Send;
    /// The exports of a workspace that may be open, and the version of the list. Before the first
    /// export, the list is empty and its version is 0.
    fn open_exports(
        &self,
        workspace: &WorkspaceId,
    ) -> impl Future<Output = Result<OpenExports, StoreError>> + Send;
    /// The open jobs of all workspaces. Jobs that were closed just now may still be listed.
    fn open_jobs(&self) -> impl Future<Output = Result<Vec<JobKey>, StoreError>> + Send;
}

/// Writes jobs: `PutItem` on the control table, and `TransactWriteItems` to start one.
pub trait WriteJobs {
    /// Stores a new export, its line in the list of open jobs, the open exports of the workspace
    /// with it, and the entry that tells of it, all or nothing. If the export or the entry exists,
    /// or the stored open exports are not the version before `open` (an optimistic lock), the
    /// answer is [`StoreError::Changed`].
    fn start_export(
        &self,
        job: &Job,
        open: &OpenExports,
        entry: &NewEntry,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Replaces the stored job. Run, step and attempt of `before` are an optimistic lock: if they
    /// are not what is stored, the answer is [`StoreError::Changed`].
    fn replace_job(
        &self,
        before: &Job,
        after: &Job,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Stores a job if none has its key: otherwise the answer is [`StoreError::Changed`]. It is not
    /// on the list of open jobs yet.
    fn insert_job(&self, job: &Job) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Puts a job on the list of open jobs.
    fn open_job(&self, job: &Job) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Takes a closed job off the list of open jobs, unless another run of it was started.
    fn take_off(
        &self,
        job: &Job,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Sends messages to the workers.
pub trait EnqueueJob: Clone {
    /// The same queue, whose messages say which trace they belong to. A queue that cannot say so
    /// sends them without.
    #[must_use]
    fn traced(&self, trace: &TraceContext) -> Self {
        let _ = trace;
        self.clone()
    }

    /// Sends one message. A failure loses nothing: idle open jobs are enqueued again once a minute.
    fn enqueue(&self, message: &JobMessage) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Says when a message that was delivered is delivered again: `ChangeMessageVisibility`.
pub trait DelayMessage {
    /// Has the queue deliver a message again `delay` from now, in whole seconds of at most 12
    /// hours. `receipt` is the handle of its last delivery. A failure loses nothing: the queue then
    /// delivers the message again after its own visibility timeout.
    fn delay_message(
        &self,
        receipt: &str,
        delay: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
