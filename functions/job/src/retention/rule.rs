//! Decides what a rewriting does to an entry, and what follows a pass. Pure functions.

use domain::counting::SETTLED_AFTER_REOPENING_MS;
use domain::job::{CLOCKS_DIFFER_MS, Phase, RetentionWork, SETTLED_AFTER_CHANGE_MS, expiry};
use domain::ports::{Life, NewLife};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;

/// What decides the expiry of entries during one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    /// The workspace after the change of plan.
    pub(super) workspace: &'a Workspace,
    /// When the change of plan was requested.
    pub(super) requested_at: Timestamp,
}

impl Rule<'_> {
    /// The new life of an entry. `None` means that the entry is not written.
    ///
    /// An entry whose expiry is already right is still written, to stamp it with this version of
    /// the workspace: a worker of an earlier run may be about to write another expiry, and the
    /// stamp fences it off. Only an entry that was recorded after the change needs no stamp,
    /// because no earlier run has read it.
    pub(super) fn new_life(&self, life: &Life, now: Timestamp) -> Option<NewLife> {
        let end = expiry(self.workspace, life.id.occurred_at(), life.expires_at, self.requested_at);
        let new = NewLife { expires_at: end, version: self.workspace.version, now };
        let is_decided = life.version.is_some_and(|version| version >= self.workspace.version);
        let is_newer = life.recorded_at > self.requested_at.plus_ms(CLOCKS_DIFFER_MS);
        let is_right = life.expires_at == end;
        let has_expired = life.expires_at.is_some_and(|stored| stored <= now);
        let stays = is_decided
            || (is_right && is_newer)
            || (has_expired && (is_right || new.lengthens(life)));
        (!stays).then_some(new)
    }

    /// Whether the plan and its predecessors leave the entry visible, so that it is counted.
    pub(super) fn is_seen(&self, life: &Life) -> bool {
        self.workspace
            .hidden_before
            .is_none_or(|hidden_before| life.id.occurred_at() >= hidden_before)
    }
}

/// Whether an entry that is to stay would expire within a day.
pub(super) fn is_urgent(life: &Life, new: &NewLife) -> bool {
    new.lengthens(life) && life.expires_at.is_some_and(|end| end <= new.now.plus_days(1))
}

/// The progress after a pass, and when the next phase may begin.
pub(super) fn after_pass(
    work: &RetentionWork,
    requested_at: Timestamp,
    now: Timestamp,
) -> (RetentionWork, Timestamp) {
    let (phase, not_before) = match work.phase {
        Phase::FirstPass => (Phase::SecondPass, requested_at.plus_ms(SETTLED_AFTER_CHANGE_MS)),
        Phase::SecondPass | Phase::Recounting => {
            (Phase::Recounting, now.plus_ms(SETTLED_AFTER_REOPENING_MS))
        }
    };
    (RetentionWork { phase, position: None, ..work.clone() }, not_before)
}

#[cfg(test)]
mod tests;
