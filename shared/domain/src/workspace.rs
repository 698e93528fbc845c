//! Owns the workspace: its id, plan and salt, and which of its entries are visible.

use crate::identity::Salt;
use crate::plan::{GraceDays, Plan};
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The most characters of a workspace id.
pub const MAX_WORKSPACE_ID_CHARS: usize = 128;

/// The id of a workspace: 1 to 128 of `A-Z a-z 0-9 _ -`. It never contains `#`, which separates the
/// parts of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceId(String);

impl WorkspaceId {
    /// Reads an id. `None` means that the text is not an id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        (is_plain && (1..=MAX_WORKSPACE_ID_CHARS).contains(&text.len()))
            .then(|| Self(text.to_owned()))
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for WorkspaceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A workspace as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The id.
    pub id: WorkspaceId,
    /// The plan.
    pub plan: Plan,
    /// The secret key from which the ids of entries are derived.
    pub salt: Salt,
    /// Entries that occurred before this moment are hidden for good, whatever the plan becomes:
    /// when the plan last changed, no plan could bring them back any more. `None` means that no
    /// entry is hidden for good.
    pub hidden_before: Option<Timestamp>,
    /// The plans that were lowered a short time ago, at most one of each kind. The store keeps what
    /// they would have kept, so that a raised plan brings it back.
    pub graces: Vec<Grace>,
    /// When the workspace was created.
    pub created_at: Timestamp,
    /// When the plan last changed.
    pub updated_at: Timestamp,
    /// The number of the last change, from 1. It is an optimistic lock: a change is stored only
    /// over the version that it was made from.
    pub version: u64,
}

/// A plan that a workspace had until it was lowered. Until the grace is over, the store treats the
/// entries as if the plan had gone on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grace {
    /// The plan that was lowered.
    pub plan: Plan,
    /// When it was lowered.
    pub since: Timestamp,
    /// The end, exclusive: from this moment on, the plan brings nothing back.
    pub until: Timestamp,
}

impl Workspace {
    /// A new workspace, at version 1.
    #[must_use]
    pub fn new(id: WorkspaceId, plan: Plan, salt: Salt, now: Timestamp) -> Self {
        let (hidden_before, graces) = (None, Vec::new());
        Self { id, plan, salt, hidden_before, graces, created_at: now, updated_at: now, version: 1 }
    }

    /// The earliest `occurred_at` of a visible entry at `now`. `None` means that all are visible.
    ///
    /// Nothing else decides what is visible. The bound never depends on what is stored of an entry,
    /// and it is the start of a UTC day.
    #[must_use]
    pub fn visible_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.hidden_before.max(self.plan.keeps_from(now))
    }

    /// The earliest `occurred_at` of an entry that is visible at `now` or that a raised plan can
    /// bring back. `None` means that all are.
    ///
    /// It never moves back, neither when time passes nor when the plan changes. So what lies before
    /// it can be forgotten.
    #[must_use]
    pub fn recoverable_from(&self, now: Timestamp) -> Option<Timestamp> {
        let bounds = self.plans_in_force(now).map(|plan| plan.keeps_from(now));
        // `None` is the least of all: an unlimited plan keeps everything.
        self.hidden_before.max(bounds.min().flatten())
    }

    /// The graces that are not over at `now`.
    pub fn graces_at(&self, now: Timestamp) -> impl Iterator<Item = &Grace> {
        self.graces.iter().filter(move |grace| grace.until > now)
    }

    /// The plan, and those that were lowered and can still be raised to.
    fn plans_in_force(&self, now: Timestamp) -> impl Iterator<Item = Plan> {
        [self.plan].into_iter().chain(self.graces_at(now).map(|grace| grace.plan))
    }

    /// When an entry expires by the plan. `None` means never.
    #[must_use]
    pub fn expires_at(&self, occurred_at: Timestamp) -> Option<Timestamp> {
        self.plan.expires_at(occurred_at)
    }

    /// From when on the store may delete an entry, as far as is known at `now`: the latest moment
    /// that the plan, or one that was lowered and can still be raised to, gives it. `None` means
    /// never.
    #[must_use]
    pub fn delete_at(
        &self,
        occurred_at: Timestamp,
        grace: GraceDays,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let moments = self.plans_in_force(now).map(|plan| plan.delete_at(occurred_at, grace));
        // `None` is later than every moment.
        moments.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// The wire form of the workspace at `now`.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> WorkspaceView<'_> {
        WorkspaceView {
            workspace_id: &self.id,
            plan: self.plan,
            retention_days: self.plan.retention_days(),
            visible_from: self.visible_from(now),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// The workspace with another plan.
    ///
    /// - What can no longer be brought back at `now` is hidden for good, so that a raised plan
    ///   brings back only what was hidden by lowering it, within the days of grace.
    /// - A plan that keeps more than the new one, the present plan among them, can be raised to
    ///   until its grace is over. A grace of no day is over at once.
    #[must_use]
    pub fn with_plan(&self, plan: Plan, now: Timestamp, grace: GraceDays) -> Self {
        let left = Grace { plan: self.plan, since: now, until: grace.after(now) };
        let earlier = self.graces_at(now).copied().filter(|earlier| earlier.plan != self.plan);
        let graces = earlier.chain([left].into_iter().filter(|left| left.until > now));
        Self {
            plan,
            hidden_before: self.recoverable_from(now),
            graces: graces.filter(|grace| plan.keeps_less_than(grace.plan)).collect(),
            updated_at: now,
            version: self.version + 1,
            ..self.clone()
        }
    }
}

/// The wire form of a workspace; `Workspace` in `openapi.yaml`. It never contains the salt.
#[derive(Debug, Serialize)]
pub struct WorkspaceView<'a> {
    /// The id.
    pub workspace_id: &'a WorkspaceId,
    /// The plan.
    pub plan: Plan,
    /// The retention of the plan in days. `None`, and `null` on the wire, means unlimited.
    pub retention_days: Option<u32>,
    /// The earliest `occurred_at` of a visible entry. `None`, and `null` on the wire, means that
    /// all are visible.
    pub visible_from: Option<Timestamp>,
    /// When the workspace was created.
    pub created_at: Timestamp,
    /// When the plan last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests;
