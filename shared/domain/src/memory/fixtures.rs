//! Makes what tests put into a store.

use crate::entry::{Actor, ActorType, Content, Entry, Target};
use crate::identity::Salt;
use crate::json::JsonText;
use crate::plan::Plan;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};

/// A moment, from its RFC 3339 text.
///
/// # Panics
/// When the text is no time.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test with a wrong time fails")]
pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A workspace with the same salt, and so with the same ids of entries, in every run.
///
/// # Panics
/// When the text is no workspace id.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test with a wrong id fails")]
pub fn workspace(id: &str, plan: Plan, now: Timestamp) -> Workspace {
    Workspace::new(WorkspaceId::parse(id).unwrap(), plan, Salt::from_bytes([7; 32]), now)
}

/// An actor with nothing but an id.
#[must_use]
pub fn actor(id: &str) -> Actor {
    Actor { kind: ActorType::User, id: id.to_owned(), name: None, email: None }
}

/// A target with nothing but an id.
#[must_use]
pub fn target(kind: &str, id: &str) -> Target {
    Target { kind: kind.to_owned(), id: id.to_owned(), name: None }
}

/// An entry of `project.update` by `u_1`, recorded when it happened; `number` tells it apart from
/// its like.
#[must_use]
pub fn entry(workspace: &Workspace, at: Timestamp, number: u32) -> Entry {
    entry_of(workspace, at, number, |_| {})
}

/// An entry like [`entry`], with its content changed before its id is made.
#[must_use]
pub fn entry_of(
    workspace: &Workspace,
    at: Timestamp,
    number: u32,
    change: impl FnOnce(&mut Content),
) -> Entry {
    let content = Content::by_service(at, actor("u_1"), "project.update", target("project", "p"));
    let mut content = Content { external_id: Some(format!("evt_{number}")), ..content };
    change(&mut content);
    Entry::new(workspace, content, at)
}

/// A value as a JSON text of so many bytes, at least two. Above 1,024 bytes an entry's values lie
/// in an item of their own.
///
/// # Panics
/// Never: a text between quotes is JSON.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a text between quotes is JSON")]
pub fn value_of(bytes: usize) -> JsonText {
    JsonText::from_stored(format!("\"{}\"", "v".repeat(bytes.saturating_sub(2)))).unwrap()
}
