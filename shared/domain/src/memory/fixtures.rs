//! Makes what tests put into a store.

use crate::catalog::default_catalog;
use crate::directory::Sighting;
use crate::entry::{
    Actor, ActorKey, ActorType, Content, Entry, LivingSalt, NewEntry, Outcome, Recording,
    Requester, SaltKey, Seed, Target,
};
use crate::identity::{EntryId, Salt, hmac_sha256};
use crate::json::JsonText;
use crate::plan::{GraceDays, Plan};
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use crate::unusual::{Rules, Thresholds};
use crate::workspace::{Workspace, WorkspaceId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

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

/// A user with nothing but an id.
#[must_use]
pub fn actor(id: &str) -> Actor {
    Actor::new(ActorType::User, id)
}

/// The IP address of these bits, in the form in which entries are stored. Each bit of `zeros` makes
/// one of the eight groups zero, because zeros are left out of the text of an IPv6 address.
#[must_use]
pub fn address(bits: u128, zeros: u8, is_v4: bool) -> IpAddr {
    if is_v4 {
        return Ipv4Addr::from_bits(u32::try_from(bits >> 96).unwrap_or(u32::MAX)).into();
    }
    let kept = (0..8_u32).filter(|group| zeros & (1 << group) == 0);
    let mask = kept.fold(0, |mask, group| mask | (0xffff_u128 << (group * 16)));
    Ipv6Addr::from_bits(bits & mask).to_canonical()
}

/// The default rules.
#[must_use]
pub fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> =
        LazyLock::new(|| Rules::of(Thresholds::default(), default_catalog()));
    &RULES
}

/// What an entry tells that an actor made at a moment, and that was recorded at once.
#[must_use]
pub fn sighting(actor: ActorKey, at: Timestamp, action: &str) -> Sighting {
    let kind =
        Cell { action: action.into(), target_type: "member".into(), outcome: Outcome::Success };
    Sighting {
        number: 0,
        id: EntryId::new(at, 7),
        actor,
        name: None,
        email: None,
        address: None,
        kind,
        recorded_at: at,
        is_sensitive: false,
        is_late: false,
    }
}

/// A user who asks the service to do something.
#[must_use]
pub fn requester(id: &str) -> Requester {
    Requester::program(actor(id), None)
}

/// A target with nothing but an id.
#[must_use]
pub fn target(kind: &str, id: &str) -> Target {
    Target::new(kind, id)
}

/// The salt that an actor has in tests: its own in each workspace, and the same in every run.
#[must_use]
pub fn salt_of(workspace: &WorkspaceId, actor: &ActorKey) -> Salt {
    let text = format!("{workspace}#{}#{}", actor.kind.name(), actor.id);
    Salt::from_bytes(hmac_sha256(&[7; 32], text.as_bytes()))
}

/// The salt that follows when those before it were destroyed. That of the first generation is
/// [`salt_of`].
#[must_use]
pub fn salt_of_generation(workspace: &WorkspaceId, key: &SaltKey) -> Salt {
    let first = salt_of(workspace, &key.actor);
    if key.generation.is_first() {
        return first;
    }
    Salt::from_bytes(hmac_sha256(first.as_bytes(), &key.generation.number().to_be_bytes()))
}

/// The entry with this content, recorded when it happened with the salt of [`salt_of`].
#[must_use]
pub fn entry_with(workspace: &Workspace, content: Content) -> Entry {
    let recording = Recording {
        at: content.occurred_at,
        key_id: None,
        salt: LivingSalt::first(salt_of(&workspace.id, &content.actor.key())),
        seed: Seed::from_bytes([9; 32]),
    };
    Entry::new(workspace, content, &recording)
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
    let content = Content::new(at, actor("u_1"), "project.update", target("project", "p"));
    let mut content = Content { external_id: Some(format!("evt_{number}")), ..content };
    change(&mut content);
    entry_with(workspace, content)
}

/// An entry to be stored, recorded when it happened by this workspace's plan.
#[must_use]
pub fn new_entry(workspace: &Workspace, entry: &Entry) -> NewEntry {
    NewEntry::new(workspace, entry.clone(), GraceDays::default(), entry.content.occurred_at)
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
