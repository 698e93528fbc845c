//! Decides what a rewriting does to an entry, and what follows a pass. Pure functions.

use domain::job::{CLOCKS_DIFFER_MS, Phase, RetentionWork, SETTLED_AFTER_CHANGE_MS, delete_at};
use domain::plan::GraceDays;
use domain::ports::{Life, NewLife};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;

/// What decides the lives of entries during one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    /// The workspace after the change of plan.
    pub(super) workspace: &'a Workspace,
    /// When the change of plan was requested.
    pub(super) requested_at: Timestamp,
    /// For how many days entries are kept after they expire.
    pub(super) grace: GraceDays,
}

/// What follows a pass.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another pass, which may begin at that moment.
    Pass(RetentionWork, Timestamp),
    /// Nothing: the work is done.
    Nothing,
}

impl Rule<'_> {
    /// The new life of an entry. `None` means that the entry is not written.
    ///
    /// An entry whose life is already right is still written once, to stamp it with this version of
    /// the workspace: a worker of an earlier run may be about to write another life, and the stamp
    /// fences it off. Only an entry that was recorded after the change needs no stamp, because no
    /// earlier run has read it.
    ///
    /// The bounds of time are those of 40 s ago: whoever raises the plan may have a clock that is
    /// behind, and must not find deleted what it brings back.
    pub(super) fn new_life(&self, life: &Life, now: Timestamp) -> Option<NewLife> {
        let version = self.workspace.version;
        let end = delete_at(
            self.workspace,
            life.id.occurred_at(),
            life.delete_at,
            self.grace,
            now.plus_ms(-CLOCKS_DIFFER_MS),
        );
        let is_right = life.delete_at == end;
        let is_newer = life.recorded_at > self.requested_at.plus_ms(CLOCKS_DIFFER_MS);
        let needs_no_stamp = is_newer || life.version == Some(version);
        let is_of_later_version = life.version.is_some_and(|stored| stored > version);
        let stays = is_of_later_version || (is_right && needs_no_stamp);
        (!stays).then_some(NewLife { delete_at: end, version })
    }

    /// What follows a pass.
    pub(super) fn after_pass(&self, work: &RetentionWork) -> Next {
        let last_grace = self.workspace.graces.iter().map(|grace| grace.until).max();
        let next = match work.phase {
            Phase::FirstPass => {
                Some((Phase::SecondPass, self.requested_at.plus_ms(SETTLED_AFTER_CHANGE_MS)))
            }
            Phase::SecondPass => {
                last_grace.map(|until| (Phase::FinalPass, until.plus_ms(CLOCKS_DIFFER_MS)))
            }
            Phase::FinalPass => None,
        };
        next.map_or(Next::Nothing, |(phase, not_before)| {
            Next::Pass(RetentionWork { phase, position: None, ..work.clone() }, not_before)
        })
    }
}

/// Whether an entry that is to stay could be deleted within a day.
pub(super) fn is_urgent(life: &Life, new: &NewLife, now: Timestamp) -> bool {
    new.lengthens(life) && life.delete_at.is_some_and(|end| end <= now.plus_days(1))
}

#[cfg(test)]
mod tests;
