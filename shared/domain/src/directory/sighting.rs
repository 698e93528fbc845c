//! Owns the sighting: what one entry tells of who acted and from where.

use super::Day;
use crate::entry::{ActorKey, Entry};
use crate::identity::EntryId;
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use std::net::IpAddr;

/// What an entry tells of who acted and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The sequence number of the entry.
    pub number: u64,
    /// The entry.
    pub id: EntryId,
    /// Who.
    pub actor: ActorKey,
    /// The actor's name at that moment.
    pub name: Option<String>,
    /// The actor's email address at that moment.
    pub email: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
    /// What was done, to what kind of target, and how it ended.
    pub kind: Cell,
    /// When it was recorded ([`Entry::journal_time`]).
    pub recorded_at: Timestamp,
    /// Whether the action is sensitive.
    pub is_sensitive: bool,
    /// Whether it was recorded long after it happened.
    pub is_late: bool,
}

impl Sighting {
    /// What an entry with this sequence number tells by itself: not whether it is sensitive or
    /// late, which is a matter of rules ([`crate::unusual::Rules::sighting`]).
    #[must_use]
    pub fn of(entry: &Entry, number: u64) -> Self {
        let content = &entry.content;
        Self {
            number,
            id: entry.id,
            actor: content.actor.key(),
            name: content.actor.name.clone(),
            email: content.actor.email.clone(),
            address: content.ip_address.as_ref().and_then(|address| address.parse().ok()),
            kind: Cell::of(entry),
            recorded_at: entry.journal_time(),
            is_sensitive: false,
            is_late: false,
        }
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.id.occurred_at()
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::of(self.at())
    }
}
