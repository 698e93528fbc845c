//! The wire forms of actors and addresses.

use domain::directory::{ActorProfile, AddressProfile, Day, Network, SeenActor, SeenAddress};
use domain::entry::ActorKey;
use domain::lookup::Hits;
use domain::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use web::list_query::SearchQuery;

/// The wire form of a page of a search; `SearchPage` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub(super) struct PageView {
    number: u16,
    size: u8,
    total: usize,
    total_pages: usize,
    total_is_exact: bool,
}

impl PageView {
    pub(super) fn of<K, P>(hits: &Hits<K, P>, query: &SearchQuery) -> Self {
        Self {
            number: query.page,
            size: query.page_size,
            total: hits.total,
            total_pages: hits.total.div_ceil(usize::from(query.page_size)),
            total_is_exact: hits.is_whole,
        }
    }
}

/// The rows of what was found.
pub(super) fn of_hits<K, P, Row>(
    hits: &Hits<K, P>,
    row: impl Fn(&K, &P) -> Option<Row>,
) -> Vec<Row> {
    hits.items.iter().filter_map(|(key, profile)| row(key, profile)).collect()
}

/// The wire form of an actor in a list; `ActorRow` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub(super) struct ActorRow {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    name: Option<String>,
    email: Option<String>,
    first_day: Option<String>,
    last_entry_at: Timestamp,
    active_days: usize,
}

impl ActorRow {
    /// `None` means that nothing of the actor is visible.
    pub(super) fn of(key: &ActorKey, profile: &ActorProfile, from: Day) -> Option<Self> {
        let seen = profile.seen_since(from)?;
        Some(Self::of_seen(key, &seen))
    }

    fn of_seen(key: &ActorKey, seen: &SeenActor<'_>) -> Self {
        Self {
            kind: key.kind.name(),
            id: key.id.clone(),
            name: seen.names.first().map(|name| (*name).to_owned()),
            email: seen.emails.first().map(|email| (*email).to_owned()),
            first_day: seen.first_day.map(date),
            last_entry_at: seen.last,
            active_days: seen.active_days,
        }
    }
}

/// The wire form of an actor; `ActorProfile` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub(super) struct ActorView {
    #[serde(flatten)]
    row: ActorRow,
    names: Vec<String>,
    emails: Vec<String>,
    networks: Vec<String>,
    actions: Vec<String>,
    active_hours: Vec<usize>,
    incomplete: Vec<&'static str>,
}

impl ActorView {
    /// `None` means that nothing of the actor is visible.
    pub(super) fn of(key: &ActorKey, profile: &ActorProfile, from: Day) -> Option<Self> {
        let seen = profile.seen_since(from)?;
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Some(Self {
            row: ActorRow::of_seen(key, &seen),
            names: owned(&seen.names),
            emails: owned(&seen.emails),
            networks: seen.networks.iter().map(Network::to_string).collect(),
            actions: owned(&seen.actions),
            active_hours: seen.active_hours,
            incomplete: seen.is_cut,
        })
    }
}

/// The wire form of an address in a list; `AddressRow` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub(super) struct AddressRow {
    address: String,
    network: String,
    first_day: Option<String>,
    last_entry_at: Timestamp,
    active_days: usize,
    actor_count: usize,
}

impl AddressRow {
    /// `None` means that nothing of the address is visible.
    pub(super) fn of(address: &IpAddr, profile: &AddressProfile, from: Day) -> Option<Self> {
        Some(Self::of_seen(*address, &profile.seen_since(from)?))
    }

    fn of_seen(address: IpAddr, seen: &SeenAddress<'_>) -> Self {
        Self {
            address: address.to_string(),
            network: Network::of(address).to_string(),
            first_day: seen.first_day.map(date),
            last_entry_at: seen.last,
            active_days: seen.active_days,
            actor_count: seen.actors.len(),
        }
    }
}

/// The wire form of an address; `AddressProfile` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub(super) struct AddressView {
    #[serde(flatten)]
    row: AddressRow,
    actors: Vec<ActorRow>,
    incomplete: Vec<&'static str>,
}

impl AddressView {
    pub(super) fn of(
        address: IpAddr,
        seen: &SeenAddress<'_>,
        known: &BTreeMap<ActorKey, ActorProfile>,
        from: Day,
    ) -> Self {
        let row = |key: &&ActorKey| ActorRow::of(key, known.get(*key)?, from);
        Self {
            row: AddressRow::of_seen(address, seen),
            actors: seen.actors.iter().filter_map(row).collect(),
            incomplete: seen.is_cut.clone(),
        }
    }
}

/// A day as RFC 3339 writes it.
fn date(day: Day) -> String {
    day.start().rfc3339().chars().take(10).collect()
}
