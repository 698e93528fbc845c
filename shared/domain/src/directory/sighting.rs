//! Owns the sighting: what one entry tells of who acted and from where.

use super::Day;
use crate::entry::{ActorKey, Entry};
use crate::timestamp::Timestamp;
use std::net::IpAddr;

/// What an entry tells of who acted and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: ActorKey,
    /// The actor's name at that moment.
    pub name: Option<String>,
    /// The actor's email address at that moment.
    pub email: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
    /// What was done.
    pub action: String,
}

impl Sighting {
    /// What an entry tells.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let content = &entry.content;
        Self {
            at: content.occurred_at,
            actor: content.actor.key(),
            name: content.actor.name.clone(),
            email: content.actor.email.clone(),
            address: content.ip_address.as_ref().and_then(|address| address.parse().ok()),
            action: content.action.clone(),
        }
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::of(self.at)
    }
}
