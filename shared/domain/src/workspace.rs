//! Owns what the service knows of a workspace: its id, its plan, its salt, and from when on its
//! entries are visible.

use crate::identity::Salt;
use crate::plan::Plan;
use crate::timestamp::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// Characters of a workspace id.
pub const MAX_WORKSPACE_ID_CHARS: usize = 128;

/// A workspace's id: 1 to 128 of `A-Z a-z 0-9 _ -`. It never holds the `#` that separates the parts
/// of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceId(String);

impl WorkspaceId {
    /// Reads an id; anything but its one spelling is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        (is_plain && (1..=MAX_WORKSPACE_ID_CHARS).contains(&text.len()))
            .then(|| Self(text.to_owned()))
    }

    /// The id's text.
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
    /// Its id.
    pub id: WorkspaceId,
    /// Its plan.
    pub plan: Plan,
    /// The secret that makes its entries' ids.
    pub salt: Salt,
    /// Entries before this moment stay hidden whatever the plan becomes: an earlier plan had let
    /// them expire.
    pub hidden_before: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its plan last changed.
    pub updated_at: Timestamp,
    /// Counts the changes; a change is stored only over the version it was made from.
    pub version: u64,
}

impl Workspace {
    /// A new workspace.
    #[must_use]
    pub fn new(id: WorkspaceId, plan: Plan, salt: Salt, now: Timestamp) -> Self {
        Self { id, plan, salt, hidden_before: None, created_at: now, updated_at: now, version: 1 }
    }

    /// The earliest `occurred_at` whose entry anyone may see at `now`; none when all may be seen.
    #[must_use]
    pub fn visible_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.hidden_before.max(self.plan.keeps_from(now))
    }

    /// The workspace as people and programs see it at `now`.
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

    /// This workspace with another plan: what either plan lets expire at `now` stays hidden for
    /// good.
    #[must_use]
    pub fn with_plan(&self, plan: Plan, now: Timestamp) -> Self {
        let hidden_before = self.visible_from(now).max(plan.keeps_from(now));
        Self { plan, hidden_before, updated_at: now, version: self.version + 1, ..self.clone() }
    }
}

/// A workspace's wire form; `Workspace` in `openapi.yaml`. Its salt never leaves the store.
#[derive(Debug, Serialize)]
pub struct WorkspaceView<'a> {
    /// Its id.
    pub workspace_id: &'a WorkspaceId,
    /// Its plan.
    pub plan: Plan,
    /// The plan's retention; null for unlimited.
    pub retention_days: Option<u32>,
    /// The earliest `occurred_at` that can be seen; null when all can.
    pub visible_from: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its plan last changed.
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
