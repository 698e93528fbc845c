//! Owns the networks from which people act, and how these change in a year.

use crate::calendar::Zone;
use crate::chance::{in_100_years, in_1000, one_of};
use fastrand::Rng;
use std::net::{IpAddr, Ipv6Addr};

/// Networks of a carrier's gateways in a zone.
const CARRIER_NETWORKS: u8 = 24;

/// Where somebody sits when acting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The office of a zone.
    Office(Zone),
    Home,
    Phone,
    /// A hotel, a customer, an airport, a café: some network of this number.
    Guest([u8; 3]),
}

/// A network of which nothing is known: a hotel, a customer, or where an attacker sits.
pub(crate) fn anywhere(rng: &mut Rng) -> [u8; 3] {
    [rng.u8(130..220), rng.u8(..), rng.u8(..)]
}

/// The wireless network of an airport of a zone. Everybody who travels there meets it.
pub(crate) fn airport(zone: Zone, rng: &mut Rng) -> [u8; 3] {
    [57, zone.number(), rng.u8(0..3)]
}

/// An address of IPv6 in the network of these bytes: /48, then `site` to /64, then `host`.
fn v6(head: [u8; 6], site: u16, host: u64) -> IpAddr {
    let mut octets = [0; 16];
    octets.iter_mut().zip(head).for_each(|(octet, byte)| *octet = byte);
    let rest = u128::from(site) << 64 | u128::from(host);
    Ipv6Addr::from(u128::from(Ipv6Addr::from(octets)) | rest).into()
}

/// The line of a home. A lease gives an address of one of the networks that the provider has for
/// the neighbourhood.
#[derive(Debug, Clone)]
struct Home {
    is_v6: bool,
    /// The provider in the zone, and the neighbourhood.
    provider: [u8; 2],
    networks: Vec<u8>,
    /// How many leases there are in a hundred years.
    leases: u32,
    network: u8,
    host: u8,
    /// The temporary address of today in a network of IPv6 (RFC 8981).
    today: u64,
}

impl Home {
    fn new(zone: Zone, rng: &mut Rng) -> Self {
        let is_v6 = in_1000(rng, 250);
        // Most have one network for good. Of some, each restart of the router may give another.
        let networks = match (in_1000(rng, 250), is_v6) {
            (false, _) => 1,
            (true, false) => rng.usize(2..6),
            (true, true) => rng.usize(4..16),
        };
        let mut home = Self {
            is_v6,
            provider: [60 + zone.number() * 8 + rng.u8(0..4), rng.u8(0..40)],
            networks: (0..networks).map(|_| rng.u8(..)).collect(),
            leases: 100 * rng.u32(2..16),
            network: 0,
            host: 0,
            today: rng.u64(..),
        };
        home.renew(rng);
        home
    }

    fn renew(&mut self, rng: &mut Rng) {
        self.network = one_of(rng, &self.networks).unwrap_or_default();
        self.host = rng.u8(1..255);
    }

    fn next_day(&mut self, rng: &mut Rng) {
        if in_100_years(rng, self.leases) {
            self.renew(rng);
        }
        self.today = rng.u64(..);
    }

    fn address(&self) -> IpAddr {
        let [provider, area] = self.provider;
        if self.is_v6 {
            let head = [0x2a, 2, 0, provider, area, self.network];
            return v6(head, u16::from(self.host), self.today);
        }
        [provider, area, self.network, self.host].into()
    }
}

/// A phone. Its carrier has a few gateways for it at a time, and others after some weeks.
#[derive(Debug, Clone)]
struct Phone {
    is_v6: bool,
    carrier: u8,
    gateways: Vec<u8>,
    /// What of the address is another one each day.
    today: u64,
}

impl Phone {
    fn new(zone: Zone, rng: &mut Rng) -> Self {
        Self {
            is_v6: in_1000(rng, 300),
            carrier: 64 + zone.number() * 8 + rng.u8(0..3),
            gateways: (0..3).map(|_| rng.u8(0..CARRIER_NETWORKS)).collect(),
            today: rng.u64(..),
        }
    }

    fn next_day(&mut self, rng: &mut Rng) {
        if in_100_years(rng, 300) {
            let other = rng.u8(0..CARRIER_NETWORKS);
            if let Some(gateway) = rng.choice(&mut self.gateways) {
                *gateway = other;
            }
        }
        self.today = rng.u64(..);
    }

    fn address(&self, rng: &mut Rng) -> IpAddr {
        let gateway = one_of(rng, &self.gateways).unwrap_or_default();
        let [first, second, ..] = self.today.to_be_bytes();
        if self.is_v6 {
            let site = u16::from_be_bytes([first, second]);
            return v6([0x2a, 0, 0, self.carrier, 0, gateway], site, self.today);
        }
        [self.carrier, 1, gateway, first].into()
    }
}

/// The networks of a person.
#[derive(Debug, Clone)]
pub(crate) struct Networks {
    zone: Zone,
    home: Home,
    phone: Phone,
    /// Cafés, relatives and shared offices where the person sits now and then.
    haunts: Vec<[u8; 3]>,
}

impl Networks {
    pub(crate) fn new(zone: Zone, rng: &mut Rng) -> Self {
        Self {
            zone,
            home: Home::new(zone, rng),
            phone: Phone::new(zone, rng),
            haunts: (0..rng.usize(0..4)).map(|_| anywhere(rng)).collect(),
        }
    }

    /// What changes from one day to the next: leases, gateways, a new provider, a new phone.
    pub(crate) fn next_day(&mut self, rng: &mut Rng) {
        self.home.next_day(rng);
        if in_100_years(rng, 15) {
            self.home = Home::new(self.zone, rng);
        }
        if in_100_years(rng, 20) {
            self.phone = Phone::new(self.zone, rng);
        }
        self.phone.next_day(rng);
    }

    /// A café or the like: mostly one of the known ones.
    pub(crate) fn haunt(&mut self, rng: &mut Rng) -> Place {
        if self.haunts.is_empty() || in_1000(rng, 250) {
            self.haunts.push(anywhere(rng));
        }
        Place::Guest(one_of(rng, &self.haunts).unwrap_or_default())
    }

    /// An address at a place.
    pub(crate) fn address(&self, place: Place, rng: &mut Rng) -> IpAddr {
        match place {
            Place::Office(zone) => [198, 51, zone.number(), rng.u8(1..4)].into(),
            Place::Home => self.home.address(),
            Place::Phone => self.phone.address(rng),
            Place::Guest([a, b, c]) => [a, b, c, rng.u8(1..8)].into(),
        }
    }

    /// A network of the carrier of the person's phone, which other customers have.
    pub(crate) fn of_same_carrier(&self, rng: &mut Rng) -> [u8; 3] {
        [self.phone.carrier, 1, rng.u8(..)]
    }

    /// A network of the provider of the person's home in the same town.
    pub(crate) fn of_same_provider(&self, rng: &mut Rng) -> [u8; 3] {
        let [provider, area] = self.home.provider;
        [provider, area, rng.u8(..)]
    }
}
