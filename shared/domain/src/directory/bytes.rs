//! Merges profiles, and writes them as bytes: postcard's wire format (version 1).

use super::actor::{HOURS, MOST_ACTIONS, MOST_NAMES, MOST_NETWORKS};
use super::address::MOST_ACTORS;
use super::{
    ActorProfile, AddressProfile, Day, Days, History, Latest, MalformedProfile, Network, Profile,
    Roster, Sighting, Term, terms,
};
use crate::entry::ActorKey;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

/// First and last time in milliseconds since the Unix epoch.
type Times = (i64, i64);
/// The oldest day, the days from it on as bits, and whether there were more.
type DayBits = (u32, Vec<u8>, bool);

/// The shape of an actor's profile.
#[derive(Debug, Serialize, Deserialize)]
struct ActorBytes {
    times: Times,
    names: Latest<String, MOST_NAMES>,
    emails: Latest<String, MOST_NAMES>,
    networks: Latest<Network, MOST_NETWORKS>,
    actions: Latest<String, MOST_ACTIONS>,
    days: DayBits,
    hours: [Option<Day>; HOURS],
    history: History,
}

/// The shape of an address's profile.
#[derive(Debug, Serialize, Deserialize)]
struct AddressBytes {
    times: Times,
    actors: Latest<ActorKey, MOST_ACTORS>,
    days: DayBits,
}

fn times((first, last): Times) -> Result<[Timestamp; 2], MalformedProfile> {
    let time = |ms| Timestamp::from_ms(ms).ok_or(MalformedProfile);
    Ok([time(first)?, time(last)?])
}

fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, MalformedProfile> {
    match postcard::take_from_bytes(bytes) {
        Ok((shape, [])) => Ok(shape),
        _ => Err(MalformedProfile),
    }
}

fn written(shape: &impl Serialize) -> Result<Vec<u8>, MalformedProfile> {
    postcard::to_allocvec(shape).map_err(|_error| MalformedProfile)
}

impl Profile for ActorProfile {
    type Key = ActorKey;
    const KIND: &'static str = "actor";

    fn seen_in(sighting: &Sighting) -> Option<(ActorKey, Self)> {
        Some((sighting.actor.clone(), Self::of(sighting)))
    }

    fn key_text(key: &ActorKey) -> String {
        format!("{}#{}", key.kind.name(), key.id)
    }

    fn terms(&self, key: &ActorKey) -> BTreeSet<Term> {
        terms::of_actor(key, self).into_iter().map(|text| (text, key.clone())).collect()
    }

    fn merge(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.names.merge(&other.names);
        self.emails.merge(&other.emails);
        self.networks.merge(&other.networks);
        self.actions.merge(&other.actions);
        self.days.merge(&other.days);
        for (hour, of_other) in self.hours.iter_mut().zip(other.hours) {
            *hour = (*hour).max(of_other);
        }
        self.history.merge(&other.history, &self.days);
    }

    fn count(&mut self, sightings: &[&Sighting]) {
        self.history.count(sightings.iter().copied());
    }

    fn settle(&mut self) {
        self.history.settle();
    }

    fn last(&self) -> Timestamp {
        self.last
    }

    fn to_bytes(&self) -> Result<Vec<u8>, MalformedProfile> {
        let Self { first, last, names, emails, networks, actions, days, hours, history } =
            self.clone();
        let times = (first.ms(), last.ms());
        let days = days.to_bits();
        written(&ActorBytes { times, names, emails, networks, actions, days, hours, history })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedProfile> {
        let bytes: ActorBytes = read(bytes)?;
        let ActorBytes { names, emails, networks, actions, days, hours, history, .. } = bytes;
        let ([first, last], days) = (times(bytes.times)?, Days::from_bits(days));
        Ok(Self { first, last, names, emails, networks, actions, days, hours, history })
    }
}

impl Profile for AddressProfile {
    type Key = IpAddr;
    const KIND: &'static str = "address";

    fn seen_in(sighting: &Sighting) -> Option<(IpAddr, Self)> {
        Some((sighting.address?, Self::of(sighting)))
    }

    /// The 16 bytes of its IPv6 form in hexadecimal, so that the addresses of a prefix are a range.
    fn key_text(key: &IpAddr) -> String {
        let address = match key {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => *address,
        };
        format!("{:032x}", address.to_bits())
    }

    fn merge(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.actors.merge(&other.actors);
        self.days.merge(&other.days);
    }

    fn last(&self) -> Timestamp {
        self.last
    }

    fn to_bytes(&self) -> Result<Vec<u8>, MalformedProfile> {
        let Self { first, last, actors, days } = self.clone();
        written(&AddressBytes { times: (first.ms(), last.ms()), actors, days: days.to_bits() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedProfile> {
        let AddressBytes { times: read_times, actors, days } = read(bytes)?;
        let [first, last] = times(read_times)?;
        Ok(Self { first, last, actors, days: Days::from_bits(days) })
    }
}

impl AddressProfile {
    /// The address with this text as a key ([`Profile::key_text`]).
    #[must_use]
    pub fn key_of(text: &str) -> Option<IpAddr> {
        let bits = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32)?;
        Some(Ipv6Addr::from_bits(bits).to_canonical())
    }
}

impl<P: Profile> Profile for Roster<P> {
    type Key = ();
    const KIND: &'static str = "seen-last";

    fn seen_in(sighting: &Sighting) -> Option<((), Self)> {
        Some(((), Self::of(sighting)?))
    }

    fn key_text((): &()) -> String {
        P::KIND.to_owned()
    }

    fn merge(&mut self, other: &Self) {
        self.seen.merge(&other.seen);
        self.last = self.last.max(other.last);
    }

    fn last(&self) -> Timestamp {
        self.last
    }

    fn to_bytes(&self) -> Result<Vec<u8>, MalformedProfile> {
        written(&(self.last.ms(), &self.seen))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedProfile> {
        let (last, seen) = read(bytes)?;
        Ok(Self { seen, last: Timestamp::from_ms(last).ok_or(MalformedProfile)? })
    }
}
