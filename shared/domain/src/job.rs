//! Background jobs: work that is too large for one request and is done in bounded chunks.
//!
//! A job is an item of the control table and the checkpoint of its own work. A queue message says
//! "do the next chunk" and nothing else, so a message that is duplicated, late or lost costs time
//! but never correctness (`docs/jobs.md`).
//!
//! This module owns the values and decides, from a job's state alone, what comes next
//! ([`Job::todo`], [`Job::after`]). It does no I/O: the `job` function does the work.

mod check;
mod export;
mod open;
mod parts;
mod retention;
mod step;
mod view;

pub use check::{CHECK_IDS_KEPT, CHECK_SHOWN_DAYS, CheckView, CheckWork, Checked, LastCheck};
pub use export::{Compression, EXPORT_KEPT_DAYS, ExportFile, ExportSpec, ExportWork, FileFormat};
pub use open::{MAX_OPEN_EXPORTS, OpenExports, can_end};
pub use parts::{MAX_PART_NUMBER, PartNumbers, part_bytes};
pub use retention::{
    CLOCKS_DIFFER_MS, Phase, RETENTION_SHOWN_DAYS, RetentionView, RetentionWork,
    SETTLED_AFTER_CHANGE_MS, delete_at,
};
pub use step::{IDLE_AFTER_MS, MAX_TRIES, StepResult, Todo, UNNOTICED_AFTER_MS};
pub use view::{ExportView, FileView, Manifest};

use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a job does, which is also its name within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobName {
    /// Writes an export. The id is that of the entry that records the export.
    Export(EntryId),
    /// Rewrites the lives of stored entries after a change of plan. A workspace has at most one
    /// such job; the next change of plan starts it again as another run.
    Retention,
    /// Checks the log. A workspace has at most one such job; each day with entries starts it again
    /// as another run.
    Check,
}

impl JobName {
    /// Reads `retention`, `check` or `export#<id>`. `None` means any other spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('#') {
            Some(("export", id)) => EntryId::parse(id).map(Self::Export),
            None if text == "retention" => Some(Self::Retention),
            None if text == "check" => Some(Self::Check),
            _ => None,
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export(id) => write!(f, "export#{id}"),
            Self::Retention => f.write_str("retention"),
            Self::Check => f.write_str("check"),
        }
    }
}

/// Identifies a job: its workspace and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// The workspace whose entries the job works on.
    pub workspace_id: WorkspaceId,
    /// The job's name in the workspace.
    pub name: JobName,
}

impl JobKey {
    /// Reads `ws_acme#retention` or `ws_acme#export#<id>`. `None` means any other spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (workspace_id, name) = text.split_once('#')?;
        Some(Self { workspace_id: WorkspaceId::parse(workspace_id)?, name: JobName::parse(name)? })
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.workspace_id, self.name)
    }
}

/// The state of a job as clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// No chunk has begun.
    Queued,
    /// At least one chunk has begun.
    Running,
    /// All work is done.
    Done,
    /// The job was given up after [`MAX_TRIES`] tries of one chunk.
    Failed,
}

/// The work of a job and its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Writing an export.
    Export(Box<ExportWork>),
    /// Rewriting the lives of entries.
    Retention(RetentionWork),
    /// Checking the log.
    Check(CheckWork),
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Identifies the job.
    pub key: JobKey,
    /// Distinguishes the runs of a retention job, by the workspace's version after the change of
    /// plan, and those of a check, by the day that is checked. Always 0 for an export.
    pub run: u64,
    /// The number of chunks that are done.
    pub step: u64,
    /// The number of times that any chunk was begun. It is a fencing token: an attempt can store
    /// its result only while no later attempt has begun.
    pub attempt: u64,
    /// The number of times that the current chunk was begun.
    pub tries: u32,
    /// The state that clients see.
    pub state: JobState,
    /// When the job was requested, or retried by an operator.
    pub requested_at: Timestamp,
    /// When a chunk was last begun or stored.
    pub updated_at: Timestamp,
    /// The next chunk must not begin before this moment. `None` means that it may begin at once.
    pub not_before: Option<Timestamp>,
    /// When the job was done or given up. `None` while it is open.
    pub completed_at: Option<Timestamp>,
    /// From this moment on, in whole seconds, no reader sees the job; DynamoDB deletes it some time
    /// later. `None` while it is open.
    pub expires_at: Option<Timestamp>,
    /// The work and its progress.
    pub work: Work,
}

impl Job {
    /// A job of which no chunk has begun.
    #[must_use]
    pub fn new(key: JobKey, run: u64, work: Work, now: Timestamp) -> Self {
        Self {
            key,
            run,
            step: 0,
            attempt: 0,
            tries: 0,
            state: JobState::Queued,
            requested_at: now,
            updated_at: now,
            not_before: None,
            completed_at: None,
            expires_at: None,
            work,
        }
    }

    /// The id and the work of an export. `None` means that the job is not an export.
    #[must_use]
    pub fn export(&self) -> Option<(EntryId, &ExportWork)> {
        match (self.key.name, &self.work) {
            (JobName::Export(id), Work::Export(work)) => Some((id, work)),
            _ => None,
        }
    }

    /// Whether the job is done or was given up.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, JobState::Done | JobState::Failed)
    }

    /// Whether a reader at `now` may see the job, even if DynamoDB has not deleted it yet.
    #[must_use]
    pub fn is_visible(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// The message that asks for the next chunk.
    #[must_use]
    pub fn message(&self) -> JobMessage {
        JobMessage { job: self.key.to_string(), run: self.run, step: self.step }
    }
}

/// A queue message: asks for the next chunk of a job of which `step` chunks are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMessage {
    /// The job, in the spelling of [`JobKey`].
    pub job: String,
    /// The run of the job.
    pub run: u64,
    /// The number of chunks that are done.
    pub step: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_a_key_is_read() {
        let id = EntryId::new(Timestamp::clamped(5), 7);
        for key in ["ws_a#retention".to_owned(), format!("ws_a#export#{id}")] {
            assert_eq!(JobKey::parse(&key).unwrap().to_string(), key);
        }
        for bad in [
            "", "ws_a", "ws_a#", "ws_a#retention#", "#retention", "ws_a#export", "ws_a#export#",
            "ws_a#export#x", "ws_a#other",
        ] {
            assert_eq!(JobKey::parse(bad), None, "{bad}");
        }
    }
}
