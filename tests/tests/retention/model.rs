//! What can be seen by the rule alone, without the store.

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

/// An entry is kept while the plan in force keeps it, or a plan that was in force until 7 days ago.
/// Once no such plan keeps it, it is gone for good. It can be seen while it is kept and the present
/// plan keeps it.
#[derive(Debug)]
pub(crate) struct Model {
    entries: Vec<(Entry, bool)>,
    /// Each plan with the moment at which it was left.
    left: Vec<(Plan, Timestamp)>,
    plan: Plan,
}

impl Model {
    pub(crate) fn new(entries: Vec<Entry>, plan: Plan) -> Self {
        let entries = entries.into_iter().map(|entry| (entry, true)).collect();
        Self { entries, left: Vec::new(), plan }
    }

    fn expire(&mut self, now: Timestamp) {
        let left = self.left.iter().filter(|(_, left_at)| now < left_at.plus_days(7));
        let plans: Vec<_> = left.map(|(plan, _)| *plan).chain([self.plan]).collect();
        for (entry, is_kept) in &mut self.entries {
            *is_kept &= plans.iter().any(|plan| keeps(*plan, entry, now));
        }
    }

    pub(crate) fn change(&mut self, plan: Plan, now: Timestamp) {
        self.expire(now);
        self.left.push((self.plan, now));
        self.plan = plan;
    }

    /// The entries that can be seen, the newest first.
    pub(crate) fn seen(&mut self, now: Timestamp) -> Vec<EntryId> {
        self.expire(now);
        let seen =
            self.entries.iter().filter(|(entry, is_kept)| *is_kept && keeps(self.plan, entry, now));
        let mut ids: Vec<_> = seen.map(|(entry, _)| entry.id).collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    }
}

fn keeps(plan: Plan, entry: &Entry, now: Timestamp) -> bool {
    plan.expires_at(entry.content.occurred_at).is_none_or(|end| end > now)
}
