//! Owns background jobs: work that is too much for one request, done in bounded chunks, each asked
//! for by a message.
//!
//! A job is an item of the control table; it says how far the work has come. A message says "do the
//! next chunk" and nothing else, so that a message that comes twice, late, or never, costs time and
//! nothing more: `docs/jobs.md`.

mod export;
mod parts;
mod retention;

pub use export::{
    Compression, EXPORT_KEPT_DAYS, ExportFile, ExportSpec, ExportView, ExportWork, FileFormat,
    FileView, Manifest,
};
pub use parts::{MAX_PART_NUMBER, PartNumbers};
pub use retention::{
    CLOCKS_DIFFER_MS, Phase, RetentionView, RetentionWork, SETTLED_AFTER_CHANGE_MS, expiry,
};

use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A chunk that was begun so often without an end is not tried again: its job has failed.
pub const MAX_TRIES: u32 = 20;
/// Nobody has worked on a job for so long: its message is lost, or its worker. A chunk takes at
/// most 2 minutes, and its message comes again 3 minutes after it was taken.
pub const IDLE_AFTER_MS: i64 = 5 * 60_000;
/// A new job whose message did not arrive by then gets another.
pub const UNNOTICED_AFTER_MS: i64 = 60_000;

/// What a job does, and its name within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobName {
    /// Writes an export; the id is also that of the entry which tells of it.
    Export(EntryId),
    /// Rewrites when entries expire after a change of plan. A workspace has one; a new change of
    /// plan starts it anew.
    Retention,
}

impl JobName {
    /// Reads a name; anything but its one spelling is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('#') {
            Some(("export", id)) => EntryId::parse(id).map(Self::Export),
            None if text == "retention" => Some(Self::Retention),
            _ => None,
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export(id) => write!(f, "export#{id}"),
            Self::Retention => f.write_str("retention"),
        }
    }
}

/// Which job: of which workspace, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// Whose entries it works on.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub name: JobName,
}

impl JobKey {
    /// Reads `ws_acme#retention` or `ws_acme#export#…`; anything else is none.
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

/// How far a job is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Nobody has begun it.
    Queued,
    /// Somebody has.
    Running,
    /// All is done.
    Done,
    /// It was given up: see its failure.
    Failed,
}

/// What a job does, and how far it has come with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Writing an export.
    Export(Box<ExportWork>),
    /// Rewriting when entries expire.
    Retention(RetentionWork),
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which job.
    pub key: JobKey,
    /// Tells a job that was started anew from what it was before: the workspace's version, of an
    /// export 0.
    pub run: u64,
    /// How many chunks are done.
    pub step: u64,
    /// How often a chunk was begun. Whoever begins one takes the next number, and only the last who
    /// did can store what came of it.
    pub attempt: u64,
    /// How often the present chunk was begun.
    pub tries: u32,
    /// How far it is.
    pub state: JobState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was last begun or stored.
    pub updated_at: Timestamp,
    /// The next chunk waits until then.
    pub not_before: Option<Timestamp>,
    /// When it ended, well or not.
    pub completed_at: Option<Timestamp>,
    /// From when on nobody can see it, in whole seconds; DynamoDB deletes it some time after. None
    /// while it is open.
    pub expires_at: Option<Timestamp>,
    /// The work.
    pub work: Work,
}

impl Job {
    /// A job that nobody has begun.
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

    /// Whether nothing more will be done.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, JobState::Done | JobState::Failed)
    }

    /// Whether a reader at `now` may see it, however late DynamoDB deletes it.
    #[must_use]
    pub fn is_visible(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether nobody seems to work on it and somebody should.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp) -> bool {
        match (self.not_before, self.state) {
            (Some(moment), _) => moment <= now,
            (None, JobState::Queued) => self.requested_at.plus_ms(UNNOTICED_AFTER_MS) <= now,
            (None, _) => self.updated_at.plus_ms(IDLE_AFTER_MS) <= now,
        }
    }

    /// The message that asks for the next chunk.
    #[must_use]
    pub fn message(&self) -> JobMessage {
        JobMessage { job: self.key.to_string(), run: self.run, step: self.step }
    }

    /// This job once more begun.
    #[must_use]
    pub fn begun(&self, now: Timestamp) -> Self {
        let state = JobState::Running;
        Self {
            attempt: self.attempt + 1,
            tries: self.tries + 1,
            state,
            updated_at: now,
            not_before: None,
            ..self.clone()
        }
    }

    /// This job with one more chunk done.
    #[must_use]
    pub fn advanced(&self, work: Work, not_before: Option<Timestamp>, now: Timestamp) -> Self {
        Self { step: self.step + 1, tries: 0, updated_at: now, not_before, work, ..self.clone() }
    }

    /// This job with its end, and for how many days it is still shown.
    #[must_use]
    pub fn closed(&self, state: JobState, work: Work, now: Timestamp, shown_days: i64) -> Self {
        let expires_at =
            Some(Timestamp::clamped(now.plus_days(shown_days).epoch_seconds() * 1_000));
        Self { state, completed_at: Some(now), expires_at, ..self.advanced(work, None, now) }
    }

    /// This job as an operator starts it again after it failed, where it stopped.
    #[must_use]
    pub fn retried(&self, now: Timestamp) -> Self {
        let step = self.step + 1;
        Self {
            state: JobState::Queued,
            step,
            tries: 0,
            updated_at: now,
            requested_at: now,
            completed_at: None,
            expires_at: None,
            ..self.clone()
        }
    }
}

/// Asks for the next chunk of a job, if `step` chunks of this `run` are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMessage {
    /// Which job, as [`JobKey`] spells it.
    pub job: String,
    /// Which run of it.
    pub run: u64,
    /// How many chunks are done.
    pub step: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    fn job() -> Job {
        let key =
            JobKey { workspace_id: WorkspaceId::parse("ws_a").unwrap(), name: JobName::Retention };
        Job::new(key, 3, Work::Retention(RetentionWork::new(Plan::Free)), Timestamp::clamped(0))
    }

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

    #[test]
    fn a_job_is_idle_when_its_message_or_its_worker_must_be_lost() {
        let at = Timestamp::clamped;
        let new = job();
        assert!(!new.is_idle(at(59_999)) && new.is_idle(at(60_000)));
        let begun = new.begun(at(1_000));
        assert!(!begun.is_idle(at(300_999)) && begun.is_idle(at(301_000)));
        let waiting = begun.advanced(begun.work.clone(), Some(at(2_000)), at(1_500));
        assert!(!waiting.is_idle(at(1_999)) && waiting.is_idle(at(2_000)));
        assert_eq!(waiting.begun(at(2_500)).not_before, None);
    }

    #[test]
    fn an_attempt_is_never_counted_back() {
        let at = Timestamp::clamped;
        let twice = job().begun(at(1)).begun(at(2));
        assert_eq!((twice.step, twice.attempt, twice.tries), (0, 2, 2));
        let next = twice.advanced(twice.work.clone(), None, at(3)).begun(at(4));
        assert_eq!((next.step, next.attempt, next.tries), (1, 3, 1));
    }
}
