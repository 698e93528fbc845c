//! Owns the workspace: its id, plan and salt, and which of its entries are visible.

use crate::identity::Salt;
use crate::plan::Plan;
use crate::timestamp::Timestamp;
use serde::{Serialize, Serializer};
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
    /// Entries that occurred before this moment are hidden for good, whatever the plan becomes,
    /// because they expired under an earlier plan. `None` means that no entry is hidden for good.
    pub hidden_before: Option<Timestamp>,
    /// When the workspace was created.
    pub created_at: Timestamp,
    /// When the plan last changed.
    pub updated_at: Timestamp,
    /// The number of the last change, from 1. It is an optimistic lock: a change is stored only
    /// over the version that it was made from.
    pub version: u64,
}

impl Workspace {
    /// A new workspace, at version 1.
    #[must_use]
    pub fn new(id: WorkspaceId, plan: Plan, salt: Salt, now: Timestamp) -> Self {
        Self { id, plan, salt, hidden_before: None, created_at: now, updated_at: now, version: 1 }
    }

    /// The earliest `occurred_at` of a visible entry at `now`. `None` means that all are visible.
    #[must_use]
    pub fn visible_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.hidden_before.max(self.plan.keeps_from(now))
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

    /// The workspace with another plan. Entries that have expired at `now` under either plan are
    /// hidden for good.
    #[must_use]
    pub fn with_plan(&self, plan: Plan, now: Timestamp) -> Self {
        let hidden_before = self.visible_from(now).max(plan.keeps_from(now));
        Self { plan, hidden_before, updated_at: now, version: self.version + 1, ..self.clone() }
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
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_of_an_id_is_read() {
        for good in ["ws_a", "W-1", "0", &"w".repeat(128)] {
            assert_eq!(WorkspaceId::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "ws a",
            "ws#a",
            "ws%5Fa",
            "../ws",
            "*",
            "ws_a,ws_b",
            "ws_a\0",
            "wś",
            &"w".repeat(129),
        ] {
            assert_eq!(WorkspaceId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn lowering_a_plan_hides_for_good_and_raising_brings_nothing_back() {
        let day = |n: i64| Timestamp::clamped(0).plus_days(20_000 + n);
        let pro = Workspace::new(
            WorkspaceId::parse("w").unwrap(),
            Plan::Pro,
            Salt::from_bytes([0; 32]),
            day(0),
        );
        assert_eq!(pro.visible_from(day(0)), Some(day(-365)));
        let free = pro.with_plan(Plan::Free, day(0));
        assert_eq!(free.visible_from(day(0)), Some(day(-30)));
        let enterprise = free.with_plan(Plan::Enterprise, day(10));
        assert_eq!(enterprise.visible_from(day(10)), Some(day(-20)));
        assert_eq!(enterprise.visible_from(day(1_000)), Some(day(-20)));
        let basic = enterprise.with_plan(Plan::Basic, day(1_000));
        assert_eq!(basic.visible_from(day(1_000)), Some(day(910)));
        let unlimited = Workspace::new(
            WorkspaceId::parse("w").unwrap(),
            Plan::Enterprise,
            Salt::from_bytes([0; 32]),
            day(0),
        );
        assert_eq!(unlimited.visible_from(day(0)), None);
    }
}
