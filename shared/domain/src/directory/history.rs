//! Owns the history of an actor: what the rules of [`crate::unusual`] need to judge its entries.

use super::{Day, Days, Firsts, Network, Place, Sighting};
use crate::entry::Outcome;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The first entries of an actor that are told apart.
pub(crate) const MOST_EARLY: usize = 32;
/// The most networks whose first entries are kept. An actor with more has no usual ones.
pub(crate) const MOST_NETWORKS: usize = 64;
/// The most actions whose first entries are kept.
pub(crate) const MOST_ACTIONS: usize = 64;
/// The first entry after so many days without one is kept.
pub(crate) const SHORTEST_GAP_DAYS: u16 = 14;
/// The hours with sensitive, or denied, entries that are kept: the newest.
pub(crate) const MOST_HOURS: usize = 48;
/// The hours before another that tell what is usual.
pub(crate) const USUAL_HOURS: usize = 24;
/// The days with late entries that are kept: the newest.
pub(crate) const MOST_LATE_DAYS: usize = 31;
/// Hours of the day.
pub(crate) const HOURS_OF_DAY: usize = 24;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The head of a place: its time and the first bits of its digest. It orders entries as their
/// places do, and takes 11 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Head(i64, u32);

impl Head {
    pub(crate) fn of(place: Place) -> Self {
        let first_bits = u32::try_from(place.id().digest() >> 96).unwrap_or_default();
        Self(place.at().ms(), first_bits)
    }
}

/// An hour, counted from 1 January of the year 1 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Hour(u32);

impl Hour {
    pub(crate) fn of(moment: Timestamp) -> Self {
        let hours = (moment.ms() - Timestamp::MIN.ms()).div_euclid(HOUR_MS);
        Self(u32::try_from(hours).unwrap_or_default())
    }

    /// Its first moment.
    pub(crate) fn start(self) -> Timestamp {
        Timestamp::MIN.plus_ms(i64::from(self.0) * HOUR_MS)
    }
}

/// The hour of the day of a moment, in UTC.
pub(crate) fn hour_of_day(moment: Timestamp) -> usize {
    let ms = moment.ms() - moment.start_of_day().ms();
    usize::try_from(ms / HOUR_MS).unwrap_or_default()
}

/// An hour's entries of a kind: the first one, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) first: Place,
    pub(crate) count: u32,
}

/// The newest hours with entries of a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Busy {
    pub(crate) hours: BTreeMap<Hour, Counted>,
    /// Whether there were more hours. Then the oldest do not tell what was usual before them.
    pub(crate) is_cut: bool,
}

impl Busy {
    fn add(&mut self, place: Place) {
        let hour = Hour::of(place.at());
        let counted = self.hours.entry(hour).or_insert(Counted { first: place, count: 0 });
        counted.first = counted.first.min(place);
        counted.count = counted.count.saturating_add(1);
    }

    /// Drops the hours that are too many.
    fn settle(&mut self) {
        while self.hours.len() > MOST_HOURS {
            self.hours.pop_first();
            self.is_cut = true;
        }
    }

    /// The hours that are judged, each with the count of the busiest one of those before it.
    pub(crate) fn judged(&self) -> impl Iterator<Item = (Hour, Counted, u32)> {
        let counts: Vec<u32> = self.hours.values().map(|counted| counted.count).collect();
        let unjudged = if self.is_cut { USUAL_HOURS } else { 0 };
        let hours = self.hours.iter().enumerate().skip(unjudged);
        hours.map(move |(index, (hour, counted))| {
            let before = counts.get(index.saturating_sub(USUAL_HOURS)..index);
            let busiest = before.into_iter().flatten().max().copied();
            (*hour, *counted, busiest.unwrap_or_default())
        })
    }

    /// Whether an hour is so old that it is not judged any more.
    pub(crate) fn forgets(&self, moment: Timestamp) -> bool {
        let oldest_judged = self.hours.keys().nth(USUAL_HOURS).filter(|_| self.is_cut);
        oldest_judged.is_some_and(|oldest| Hour::of(moment) < *oldest)
    }
}

/// What an actor did first, and how often it did what is sensitive or was denied.
///
/// Merging is commutative, associative and idempotent but for the counts: these take each entry
/// once, because entries are counted in the order of their sequence numbers and `counted` tells how
/// far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) first: Place,
    /// The first entries, [`MOST_EARLY`] at most.
    pub(crate) early: BTreeSet<Head>,
    pub(crate) networks: Firsts<Network, MOST_NETWORKS>,
    pub(crate) actions: Firsts<String, MOST_ACTIONS>,
    /// The first sensitive entry from each network.
    pub(crate) sensitive_networks: Firsts<Network, MOST_NETWORKS>,
    /// The first entry with each sensitive action.
    pub(crate) sensitive_actions: Firsts<String, MOST_ACTIONS>,
    /// The first entry in each hour of the day in UTC.
    pub(crate) hours: [Option<Place>; HOURS_OF_DAY],
    /// The first entry of each day that comes after [`SHORTEST_GAP_DAYS`] without one.
    pub(crate) starts: BTreeMap<Day, Place>,
    /// The first late entry of the newest days that have one, and whether there were more.
    pub(crate) late: BTreeMap<Day, Place>,
    pub(crate) is_late_cut: bool,
    pub(crate) sensitive: Busy,
    pub(crate) denied: Busy,
    /// The sequence number up to which entries are counted, exclusive.
    counted: u64,
}

impl History {
    /// What one entry tells. It is not counted.
    pub(crate) fn of(sighting: &Sighting) -> Self {
        let (place, day) = (Place::of(sighting.id), sighting.day());
        let mut history = Self {
            first: place,
            early: BTreeSet::from([Head::of(place)]),
            networks: Firsts::default(),
            actions: Firsts::default(),
            sensitive_networks: Firsts::default(),
            sensitive_actions: Firsts::default(),
            hours: [None; HOURS_OF_DAY],
            starts: BTreeMap::from([(day, place)]),
            late: BTreeMap::new(),
            is_late_cut: false,
            sensitive: Busy::default(),
            denied: Busy::default(),
            counted: 0,
        };
        let (action, network) =
            (sighting.kind.action.to_string(), sighting.address.map(Network::of));
        if let Some(network) = network {
            history.networks.add(network, place);
        }
        if sighting.is_sensitive {
            history.sensitive_actions.add(action.clone(), place);
            if let Some(network) = network {
                history.sensitive_networks.add(network, place);
            }
        }
        history.actions.add(action, place);
        if let Some(hour) = history.hours.get_mut(hour_of_day(place.at())) {
            *hour = Some(place);
        }
        if sighting.is_late {
            history.late.insert(day, place);
        }
        history
    }

    /// Adds what another tells. `days` are the active days of both.
    pub(crate) fn merge(&mut self, other: &Self, days: &Days) {
        self.first = self.first.min(other.first);
        self.early.extend(&other.early);
        while self.early.len() > MOST_EARLY {
            self.early.pop_last();
        }
        self.networks.merge(&other.networks);
        self.actions.merge(&other.actions);
        self.sensitive_networks.merge(&other.sensitive_networks);
        self.sensitive_actions.merge(&other.sensitive_actions);
        for (hour, of_other) in self.hours.iter_mut().zip(other.hours) {
            *hour = [*hour, of_other].into_iter().flatten().min();
        }
        merge_first(&mut self.starts, &other.starts);
        // A day so close to the oldest one that is kept may follow one that is not.
        self.starts.retain(|day, _| {
            !days.is_cut_since(day.plus_days(-i64::from(SHORTEST_GAP_DAYS)))
                && days.gap_before(*day).is_none_or(|gap| gap >= SHORTEST_GAP_DAYS.into())
        });
        merge_first(&mut self.late, &other.late);
        self.is_late_cut |= other.is_late_cut;
        if other.counted > self.counted {
            self.counted = other.counted;
            self.sensitive.clone_from(&other.sensitive);
            self.denied.clone_from(&other.denied);
        }
    }

    /// Drops what is too old to be kept, once it is judged. So how many entries are added together
    /// makes no difference to what is found.
    pub(crate) fn settle(&mut self) {
        self.sensitive.settle();
        self.denied.settle();
        while self.late.len() > MOST_LATE_DAYS {
            self.late.pop_first();
            self.is_late_cut = true;
        }
    }

    /// Counts those of these entries that were not counted yet. They are in the order of their
    /// numbers.
    pub(crate) fn count<'a>(&mut self, sightings: impl IntoIterator<Item = &'a Sighting>) {
        for sighting in sightings {
            let place = Place::of(sighting.id);
            let is_denied = sighting.kind.outcome == Outcome::Denied;
            if sighting.number < self.counted || !(sighting.is_sensitive || is_denied) {
                continue;
            }
            if sighting.is_sensitive {
                self.sensitive.add(place);
            }
            if is_denied {
                self.denied.add(place);
            }
            self.counted = sighting.number + 1;
        }
    }
}

/// Adds the first entries of another, each if it comes first.
fn merge_first(first: &mut BTreeMap<Day, Place>, other: &BTreeMap<Day, Place>) {
    for (day, place) in other {
        let known = first.entry(*day).or_insert(*place);
        *known = (*known).min(*place);
    }
}
