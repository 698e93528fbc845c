//! Reads, writes and announces background jobs.

use super::StoreError;
use crate::entry::Entry;
use crate::job::{Job, JobKey, JobMessage};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Reads jobs: `GetItem` and `Query` on the control table, strongly consistent.
pub trait ReadJobs {
    /// A job.
    fn job(&self, key: &JobKey) -> impl Future<Output = Result<Option<Job>, StoreError>> + Send;
    /// The exports of a workspace, the newest first, at most `limit`.
    fn exports(
        &self,
        workspace: &WorkspaceId,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Job>, StoreError>> + Send;
    /// The jobs that are open, of all workspaces; closed ones may still be among them.
    fn open_jobs(&self) -> impl Future<Output = Result<Vec<JobKey>, StoreError>> + Send;
}

/// Writes jobs: `PutItem` on the control table.
pub trait WriteJobs {
    /// Stores a new job with its line in the list of open ones and the entry that tells of it, all
    /// or nothing.
    fn start_job(
        &self,
        job: &Job,
        entry: &Entry,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Stores a job over what it was made from; [`StoreError::Changed`] if that is not what is
    /// stored any more.
    fn replace_job(
        &self,
        before: &Job,
        after: &Job,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Puts a job on the list of open ones again.
    fn open_job(&self, job: &Job) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Takes a closed job off the list of open ones, unless it was started anew.
    fn take_off(
        &self,
        job: &Job,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Sends messages to whoever works on jobs.
pub trait EnqueueJob {
    /// Sends one. That it fails loses nothing: open jobs are looked after once a minute.
    fn enqueue(&self, message: &JobMessage) -> impl Future<Output = Result<(), StoreError>> + Send;
}
