//! The state machine of a job: what a message finds to do, and what a chunk's result makes of the
//! job. Pure functions of the job, the message and the time.

use super::{
    CHECK_SHOWN_DAYS, EXPORT_KEPT_DAYS, Job, JobMessage, JobState, RETENTION_SHOWN_DAYS, Work,
};
use crate::timestamp::Timestamp;

/// A chunk is tried this often. When it is begun once more, the job is given up instead. A message
/// is delivered 10 times (`maxReceiveCount` of `JobsQueue`), so 50 tries are 5 messages, which take
/// three quarters of an hour at least ("Trying again" in `docs/jobs.md`).
pub const MAX_TRIES: u32 = 50;

/// A running job that was not touched for 5 minutes has lost its message: 180 s at most until the
/// queue delivers an unacknowledged message again (`VisibilityTimeout` of `JobsQueue`) + 120 s for
/// the invocation that receives it (`Timeout` of `JobFunction`) = 300 s.
pub const IDLE_AFTER_MS: i64 = (180 + 120) * 1_000;

/// A new job that nobody has begun after 60 s has lost its message. The queue delivers a message
/// within seconds, and open jobs are looked through every 60 s.
pub const UNNOTICED_AFTER_MS: i64 = 60 * 1_000;

/// What a message finds to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// Nothing: the message is of an earlier run or chunk, or the next chunk is not due yet.
    Nothing,
    /// The job is closed: take it off the list of open jobs.
    TakeOff,
    /// The message's chunk is done. The worker may have died before it sent the message for the
    /// next one, so send that message.
    Announce,
    /// Do the next chunk. This is the job with the attempt begun, to be stored before any work.
    Begin(Box<Job>),
}

/// What an attempt at a chunk came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepResult {
    /// More work is left, from the given moment on. `None` means at once.
    More(Work, Option<Timestamp>),
    /// All work is done.
    Done(Work),
    /// The chunk has no tries left.
    GivenUp,
    /// A later run of the job has replaced this one, and that run has its own message.
    Superseded,
}

impl Job {
    /// What a message finds to do at `now`. A closed job is taken off the list whatever the message
    /// says.
    #[must_use]
    pub fn todo(&self, message: &JobMessage, now: Timestamp) -> Todo {
        let is_early = self.not_before.is_some_and(|moment| moment > now);
        if self.is_closed() {
            Todo::TakeOff
        } else if self.run != message.run || is_early {
            Todo::Nothing
        } else if self.step == message.step {
            Todo::Begin(Box::new(self.begun(now)))
        } else if message.step.checked_add(1) == Some(self.step) {
            Todo::Announce
        } else {
            // Others have done at least two more chunks, so a message for a later one was sent.
            Todo::Nothing
        }
    }

    /// Whether the job has lost its message or its worker and needs another message.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp) -> bool {
        match (self.not_before, self.state) {
            (Some(moment), _) => moment <= now,
            (None, JobState::Queued) => self.requested_at.plus_ms(UNNOTICED_AFTER_MS) <= now,
            (None, _) => self.updated_at.plus_ms(IDLE_AFTER_MS) <= now,
        }
    }

    /// The job with one more attempt begun. An export's attempt also takes the next part number, so
    /// that no two attempts ever upload the same part.
    #[must_use]
    pub fn begun(&self, now: Timestamp) -> Self {
        let mut begun = Self {
            attempt: self.attempt + 1,
            tries: self.tries + 1,
            state: JobState::Running,
            updated_at: now,
            not_before: None,
            ..self.clone()
        };
        if let Work::Export(work) = &mut begun.work {
            work.next_part += 1;
        }
        begun
    }

    /// Whether the current chunk was begun more often than it may be tried.
    #[must_use]
    pub fn is_out_of_tries(&self) -> bool {
        self.tries > MAX_TRIES
    }

    /// The job after the attempt that it has begun. `None` means that there is nothing to store.
    #[must_use]
    pub fn after(&self, result: StepResult, now: Timestamp) -> Option<Self> {
        let shown_days = match &self.work {
            Work::Export(_) => EXPORT_KEPT_DAYS,
            Work::Retention(_) => RETENTION_SHOWN_DAYS,
            Work::Check(_) => CHECK_SHOWN_DAYS,
        };
        match result {
            StepResult::More(work, not_before) => Some(self.advanced(work, not_before, now)),
            StepResult::Done(work) => Some(self.closed(JobState::Done, work, now, shown_days)),
            StepResult::GivenUp => {
                Some(self.closed(JobState::Failed, self.work.clone(), now, shown_days))
            }
            StepResult::Superseded => None,
        }
    }

    /// The job with one more chunk done.
    fn advanced(&self, work: Work, not_before: Option<Timestamp>, now: Timestamp) -> Self {
        Self { step: self.step + 1, tries: 0, updated_at: now, not_before, work, ..self.clone() }
    }

    /// The closed job. Readers see it for `shown_days` more days.
    #[must_use]
    pub fn closed(&self, state: JobState, work: Work, now: Timestamp, shown_days: i64) -> Self {
        let expires_at =
            Some(Timestamp::clamped(now.plus_days(shown_days).epoch_seconds() * 1_000));
        Self { state, completed_at: Some(now), expires_at, ..self.advanced(work, None, now) }
    }

    /// The failed job opened again by an operator. It continues at its checkpoint.
    #[must_use]
    pub fn retried(&self, now: Timestamp) -> Self {
        Self {
            state: JobState::Queued,
            step: self.step + 1,
            tries: 0,
            updated_at: now,
            requested_at: now,
            completed_at: None,
            expires_at: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests;
