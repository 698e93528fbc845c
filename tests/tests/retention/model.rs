//! What can be seen by the rule alone, without a look at what is stored.

use domain::entry::Entry;
use domain::identity::EntryId;
use domain::plan::Plan;
use domain::timestamp::Timestamp;

/// Days ago on which there are entries: at both sides of every plan's end, and long before.
pub(crate) const DAYS: [i64; 11] = [0, 1, 29, 30, 31, 89, 90, 91, 364, 365, 366];

/// What the job does between the first change and the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Between {
    /// It runs to its end.
    Done,
    /// It stops where it has to wait.
    UnderWay,
    /// It waits in the queue.
    NotBegun,
}

/// An entry is seen while no plan that was in force has let it expire.
#[derive(Debug)]
pub(crate) struct Model {
    entries: Vec<(Entry, bool)>,
    plan: Plan,
}

impl Model {
    pub(crate) fn new(entries: Vec<Entry>, plan: Plan) -> Self {
        Self { entries: entries.into_iter().map(|entry| (entry, true)).collect(), plan }
    }

    pub(crate) fn expire(&mut self, now: Timestamp) {
        for (entry, is_seen) in &mut self.entries {
            *is_seen &= self.plan.expires_at(entry.content.occurred_at).is_none_or(|end| end > now);
        }
    }

    pub(crate) fn change(&mut self, plan: Plan, now: Timestamp) {
        self.expire(now);
        self.plan = plan;
        self.expire(now);
    }

    /// The entries that can be seen, the newest first.
    pub(crate) fn seen(&self) -> Vec<EntryId> {
        let seen = self.entries.iter().filter(|(_, is_seen)| *is_seen);
        let mut ids: Vec<_> = seen.map(|(entry, _)| entry.id).collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    }
}
