//! Owns the profile of an actor.

use super::{Day, Days, History, Latest, Network, Sighting};
use crate::timestamp::Timestamp;

/// The most names, and the most email addresses, of a profile: people change them a few times.
pub(super) const MOST_NAMES: usize = 8;
/// The most networks of a profile.
pub(super) const MOST_NETWORKS: usize = 32;
/// The most actions of a profile.
pub(super) const MOST_ACTIONS: usize = 64;
pub(super) const HOURS: usize = 24;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// What the log tells of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorProfile {
    /// When its first entry happened.
    pub first: Timestamp,
    /// When its last entry happened.
    pub last: Timestamp,
    /// Its names.
    pub names: Latest<String, MOST_NAMES>,
    /// Its email addresses.
    pub emails: Latest<String, MOST_NAMES>,
    /// The networks from which it acted.
    pub networks: Latest<Network, MOST_NETWORKS>,
    /// What it did.
    pub actions: Latest<String, MOST_ACTIONS>,
    /// The days on which it was active.
    pub days: Days,
    /// For each hour of the day in UTC, the last day on which it was active in it.
    pub hours: [Option<Day>; HOURS],
    /// What it did first, and how often it did what is sensitive: what the rules of
    /// [`crate::unusual`] need.
    pub(crate) history: History,
}

/// What may be shown of an actor: only what entries tell that have not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenActor<'a> {
    /// The first day on which it was active. `None` means that it is not known, because more days
    /// were active than are kept.
    pub first_day: Option<Day>,
    /// When its last entry happened.
    pub last: Timestamp,
    /// Its names, the present one first.
    pub names: Vec<&'a str>,
    /// Its email addresses, the present one first.
    pub emails: Vec<&'a str>,
    /// The networks from which it acted, the last one first.
    pub networks: Vec<Network>,
    /// What it did, the last first.
    pub actions: Vec<&'a str>,
    /// On how many days it was active.
    pub active_days: usize,
    /// The hours of the day in UTC in which it was active.
    pub active_hours: Vec<usize>,
    /// The parts of which there is more than is kept.
    pub is_cut: Vec<&'static str>,
}

impl ActorProfile {
    /// What one entry tells of its actor.
    #[must_use]
    pub fn of(sighting: &Sighting) -> Self {
        let mut profile = Self {
            first: sighting.at(),
            last: sighting.at(),
            names: Latest::default(),
            emails: Latest::default(),
            networks: Latest::default(),
            actions: Latest::default(),
            days: Days::default(),
            hours: [None; HOURS],
            history: History::of(sighting),
        };
        let day = sighting.day();
        profile.days.add(day);
        profile.actions.add(sighting.kind.action.to_string(), day);
        if let Some(name) = &sighting.name {
            profile.names.add(name.clone(), day);
        }
        if let Some(email) = &sighting.email {
            profile.emails.add(email.clone(), day);
        }
        if let Some(address) = sighting.address {
            profile.networks.add(Network::of(address), day);
        }
        let hour = (sighting.at().ms() - day.start().ms()) / HOUR_MS;
        let hour = usize::try_from(hour).ok().and_then(|hour| profile.hours.get_mut(hour));
        if let Some(last) = hour {
            *last = Some(day);
        }
        profile
    }

    /// What may be shown if only entries from a day on are visible. `None` means that nothing may
    /// be shown.
    #[must_use]
    pub fn seen_since(&self, from: Day) -> Option<SeenActor<'_>> {
        if Day::of(self.last) < from {
            return None;
        }
        let cuts = [
            ("names", self.names.is_cut_since(from)),
            ("emails", self.emails.is_cut_since(from)),
            ("networks", self.networks.is_cut_since(from)),
            ("actions", self.actions.is_cut_since(from)),
            ("days", self.days.is_cut_since(from)),
        ];
        let hours = self.hours.iter().enumerate();
        Some(SeenActor {
            first_day: self.days.since(from).next().filter(|_| !self.days.is_cut_since(from)),
            last: self.last,
            names: self.names.latest_since(from).into_iter().map(String::as_str).collect(),
            emails: self.emails.latest_since(from).into_iter().map(String::as_str).collect(),
            networks: self.networks.latest_since(from).into_iter().copied().collect(),
            actions: self.actions.latest_since(from).into_iter().map(String::as_str).collect(),
            active_days: self.days.since(from).count(),
            active_hours: hours.filter(|(_, day)| **day >= Some(from)).map(|(at, _)| at).collect(),
            is_cut: cuts.into_iter().filter(|(_, is_cut)| *is_cut).map(|(name, _)| name).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
