//! Owns the profile of an address.

use super::{Day, Days, Latest, Sighting};
use crate::entry::ActorKey;
use crate::timestamp::Timestamp;

/// The most actors of a profile. With usual ids they are 1 KB.
pub(super) const MOST_ACTORS: usize = 50;

/// What the log tells of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressProfile {
    /// When the first entry from it happened.
    pub first: Timestamp,
    /// When the last entry from it happened.
    pub last: Timestamp,
    /// Who acted from it.
    pub actors: Latest<ActorKey, MOST_ACTORS>,
    /// The days on which somebody acted from it.
    pub days: Days,
}

/// What may be shown of an address: only what entries tell that have not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAddress<'a> {
    /// The first day on which somebody acted from it. `None` means that it is not known, because
    /// more days were active than are kept.
    pub first_day: Option<Day>,
    /// When the last entry from it happened.
    pub last: Timestamp,
    /// Who acted from it, the last one first.
    pub actors: Vec<&'a ActorKey>,
    /// On how many days somebody acted from it.
    pub active_days: usize,
    /// The parts of which there is more than is kept.
    pub is_cut: Vec<&'static str>,
}

impl AddressProfile {
    /// What one entry from it tells.
    #[must_use]
    pub fn of(sighting: &Sighting) -> Self {
        let (mut actors, mut days) = (Latest::default(), Days::default());
        actors.add(sighting.actor.clone(), sighting.day());
        days.add(sighting.day());
        Self { first: sighting.at(), last: sighting.at(), actors, days }
    }

    /// What may be shown if only entries from a day on are visible. `None` means that nothing may
    /// be shown.
    #[must_use]
    pub fn seen_since(&self, from: Day) -> Option<SeenAddress<'_>> {
        if Day::of(self.last) < from {
            return None;
        }
        let cuts =
            [("actors", self.actors.is_cut_since(from)), ("days", self.days.is_cut_since(from))];
        Some(SeenAddress {
            first_day: self.days.since(from).next().filter(|_| !self.days.is_cut_since(from)),
            last: self.last,
            actors: self.actors.latest_since(from),
            active_days: self.days.since(from).count(),
            is_cut: cuts.into_iter().filter(|(_, is_cut)| *is_cut).map(|(name, _)| name).collect(),
        })
    }
}
