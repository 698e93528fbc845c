//! What the job `check` is: it compares a log, one closed day after another, with its journal, and
//! each entry with its id.

use super::{Job, JobState, Work};
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// A finished or failed check is shown for this many days, and the next run goes on from it. It is
/// as good as kept: a log without entries for ten years is checked from its beginning again.
pub const CHECK_SHOWN_DAYS: i64 = 3_650;

/// The most ids of missing or altered entries that are kept.
pub const CHECK_IDS_KEPT: usize = 20;

/// The progress of a check. A log has one such job. Each run goes on where the one before ended, so
/// the counts are those of the whole log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckWork {
    /// The end, inclusive, of the recorded time that this run checks.
    pub until: Timestamp,
    /// The end, inclusive, of the recorded time that has been checked. `None` means that nothing
    /// was checked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Timestamp>,
    /// Numbered entries that were there.
    pub entries: u64,
    /// Entries that had no number. They are checked again where they got one.
    pub stragglers: u64,
    /// Entries that have a number and are gone, although the plan still shows their time.
    pub missing: u64,
    /// Entries that do not fit their ids.
    pub altered: u64,
    /// The first that are missing or altered, in the order in which they were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<EntryId>,
}

impl CheckWork {
    /// The work of the next run, which continues that of the run before.
    #[must_use]
    pub fn until(before: Option<&Self>, until: Timestamp) -> Self {
        let empty = Self {
            until,
            through: None,
            entries: 0,
            stragglers: 0,
            missing: 0,
            altered: 0,
            found: Vec::new(),
        };
        before.map_or(empty, |before| Self { until, ..before.clone() })
    }

    /// Adds what was found in the next part of the log.
    pub fn add(&mut self, part: &Checked) {
        let count = |ids: &[EntryId]| u64::try_from(ids.len()).unwrap_or(u64::MAX);
        self.through = Some(part.through);
        self.entries += part.entries;
        self.stragglers += count(&part.stragglers);
        self.missing += count(&part.missing);
        self.altered += count(&part.altered);
        let room = CHECK_IDS_KEPT.saturating_sub(self.found.len());
        self.found.extend(part.missing.iter().chain(&part.altered).copied().take(room));
    }

    /// Whether nothing of this run is left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.through.is_some_and(|through| through >= self.until)
    }
}

/// What was found in a part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The end, inclusive, of the recorded time that was checked.
    pub through: Timestamp,
    /// How many of the numbered entries are stored.
    pub entries: u64,
    /// The entries without a number. They were entered into the journal.
    pub stragglers: Vec<EntryId>,
    /// The entries that have a number and are gone, although the plan still shows their time.
    pub missing: Vec<EntryId>,
    /// The entries that do not fit their ids.
    pub altered: Vec<EntryId>,
}

/// The wire form of a check; `JournalCheck` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct CheckView {
    state: JobState,
    checked_at: Timestamp,
    checked_through: Option<Timestamp>,
    entries: u64,
    unnumbered: u64,
    missing: u64,
    altered: u64,
    found: Vec<EntryId>,
}

/// What the last check of a log found; `null` on the wire before the first.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct LastCheck(pub Option<CheckView>);

impl CheckView {
    /// The wire form of a check. `None` means that the job does something else.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        let Work::Check(work) = &job.work else { return None };
        Some(Self {
            state: job.state,
            checked_at: job.completed_at.unwrap_or(job.updated_at),
            checked_through: work.through,
            entries: work.entries,
            unnumbered: work.stragglers,
            missing: work.missing,
            altered: work.altered,
            found: work.found.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::clamped(ms)
    }

    #[test]
    fn a_run_goes_on_where_the_one_before_ended_and_keeps_twenty_ids() {
        let ids = |first: u8, count: u8| -> Vec<_> {
            (first..first + count).map(|n| EntryId::new(at(n.into()), n.into())).collect()
        };
        let mut work = CheckWork::until(None, at(100));
        assert!(!work.is_done());
        let part = Checked {
            through: at(50),
            entries: 30,
            stragglers: ids(0, 2),
            missing: ids(0, 15),
            altered: ids(20, 10),
        };
        work.add(&part);
        assert!(!work.is_done());
        let mut next = CheckWork::until(Some(&work), at(200));
        let nothing = Vec::new;
        next.add(&Checked {
            through: at(200),
            entries: 5,
            stragglers: nothing(),
            missing: nothing(),
            altered: nothing(),
        });
        assert!(next.is_done());
        assert_eq!((next.entries, next.stragglers, next.missing, next.altered), (35, 2, 15, 10));
        assert_eq!(next.found, [ids(0, 15), ids(20, 5)].concat());
    }
}
