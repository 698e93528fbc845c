//! Jobs, and the list of open ones.

use super::MemoryStore;
use super::script::Call;
use super::size::{
    CONTROL_ITEM_BYTES, OPEN_EXPORTS_BYTES, OPEN_JOB_BYTES, read_units, write_units,
};
use super::state::{OpenLine, State, transacted_units, whole_seconds};
use super::table::Version;
use crate::entry::NewEntry;
use crate::identity::EntryId;
use crate::job::{Job, JobKey, JobName, OpenExports};
use crate::ports::{ReadJobs, StoreError, WriteJobs};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

impl ReadJobs for MemoryStore {
    async fn job(&self, key: &JobKey) -> Result<Option<Job>, StoreError> {
        self.look_now(Call::GetJob, |view| {
            (view.state.jobs.get(view.at, key).cloned(), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }

    async fn exports(&self, workspace: &WorkspaceId, limit: usize) -> Result<Vec<Job>, StoreError> {
        let key = |id| JobKey { workspace_id: workspace.clone(), name: JobName::Export(id) };
        let all = key(EntryId::first_of(Timestamp::MIN))..=key(EntryId::LAST);
        self.look_now(Call::Exports, |view| {
            let jobs = view.state.jobs.range(view.at, all).rev().take(limit);
            let jobs: Vec<_> = jobs.map(|(_, job)| job.clone()).collect();
            let units = read_units(jobs.len() * CONTROL_ITEM_BYTES);
            (jobs, units)
        })
        .await
    }

    async fn open_exports(&self, workspace: &WorkspaceId) -> Result<OpenExports, StoreError> {
        self.look_now(Call::OpenExports, |view| {
            let open = view.state.open_exports.get(view.at, workspace).cloned();
            (open.unwrap_or_default(), read_units(OPEN_EXPORTS_BYTES))
        })
        .await
    }

    async fn open_jobs(&self) -> Result<Vec<JobKey>, StoreError> {
        self.look_now(Call::OpenJobs, |view| {
            let lines = view.state.open_jobs.iter(view.at);
            let (mut open, mut bytes) = (Vec::new(), 0);
            for (key, line) in lines {
                bytes += OPEN_JOB_BYTES;
                open.extend(line.expires_at.is_none().then(|| key.clone()));
            }
            (open, read_units(bytes))
        })
        .await
    }
}

impl WriteJobs for MemoryStore {
    async fn start_export(
        &self,
        job: &Job,
        open: &OpenExports,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        self.change(Call::StartExport, |state, at| {
            let workspace = &job.key.workspace_id;
            let stored = state.open_exports.get(at, workspace).map(|open| open.version);
            let is_next = match open.version {
                // None was started yet.
                0 | 1 => stored.is_none(),
                // The stored version is the one that this version was made from.
                version => stored == Some(version - 1),
            };
            let is_there = state.jobs.get(at, &job.key).is_some()
                || state.open_jobs.get(at, &job.key).is_some();
            if is_there || !is_next {
                return Err(StoreError::Changed);
            }
            state.refuses(entry)?;
            state.open_exports.put(at, workspace.clone(), Some(open.clone()));
            let units = write_units(OPEN_EXPORTS_BYTES) + state.put_job(at, job);
            let units = 2.0 * units + transacted_units(entry);
            state.put_whole_entry(at, entry);
            Ok(((), units))
        })
        .await
    }

    async fn replace_job(&self, before: &Job, after: &Job) -> Result<(), StoreError> {
        self.change(Call::ReplaceJob, |state, at| {
            let is_same = |job: &Job| {
                (job.run, job.step, job.attempt) == (before.run, before.step, before.attempt)
            };
            if !state.jobs.get(at, &after.key).is_some_and(is_same) {
                return Err(StoreError::Changed);
            }
            let expires_at = after.expires_at.map(whole_seconds);
            state.jobs.put(at, after.key.clone(), Some(Job { expires_at, ..after.clone() }));
            Ok(((), write_units(CONTROL_ITEM_BYTES)))
        })
        .await
    }

    async fn insert_job(&self, job: &Job) -> Result<(), StoreError> {
        self.change(Call::InsertJob, |state, at| {
            if state.jobs.get(at, &job.key).is_some() {
                return Err(StoreError::Changed);
            }
            let expires_at = job.expires_at.map(whole_seconds);
            state.jobs.put(at, job.key.clone(), Some(Job { expires_at, ..job.clone() }));
            Ok(((), write_units(CONTROL_ITEM_BYTES)))
        })
        .await
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        self.change(Call::OpenJob, |state, at| {
            state.put_open_job(at, job, None);
            Ok(((), write_units(OPEN_JOB_BYTES)))
        })
        .await
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        self.change(Call::TakeOff, |state, at| {
            // A job that was started anew in between stays on the list.
            let holds = state
                .open_jobs
                .get(at, &job.key)
                .is_some_and(|line| line.run == job.run && line.expires_at.is_none());
            if !holds {
                return Ok(((), 0.0));
            }
            state.put_open_job(at, job, Some(whole_seconds(now)));
            Ok(((), write_units(OPEN_JOB_BYTES)))
        })
        .await
    }
}

impl State {
    /// Stores a job and its line in the list of open ones; says what that costs.
    pub(super) fn put_job(&mut self, at: Version, job: &Job) -> f64 {
        let expires_at = job.expires_at.map(whole_seconds);
        self.jobs.put(at, job.key.clone(), Some(Job { expires_at, ..job.clone() }));
        self.put_open_job(at, job, None);
        write_units(CONTROL_ITEM_BYTES) + write_units(OPEN_JOB_BYTES)
    }

    fn put_open_job(&mut self, at: Version, job: &Job, expires_at: Option<Timestamp>) {
        self.open_jobs.put(at, job.key.clone(), Some(OpenLine { run: job.run, expires_at }));
    }
}
