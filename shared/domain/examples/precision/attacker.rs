//! Owns the attacker: somebody who has taken over a person's account for an hour.

use crate::calendar::day_of;
use crate::chance::{in_1000, one_of};
use crate::entries::{Deed, Entries};
use crate::networks::anywhere;
use crate::person::Person;
use crate::roles::{Role, Weighted};
use domain::directory::Network;
use domain::identity::EntryId;
use fastrand::Rng;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What somebody looks at who does not raise attention.
const QUIET: [(&str, &str); 3] =
    [("document.view", "document"), ("search.run", "workspace"), ("file.download", "file")];
const EXPORTS: [(&str, &str); 3] =
    [("audit_log.export", "audit_log"), ("report.export", "report"), ("file.download", "file")];

/// What the attacker did.
#[derive(Debug)]
pub(crate) struct Attack {
    /// The entries.
    pub(crate) ids: BTreeSet<EntryId>,
    /// In a few words, how.
    pub(crate) how: String,
}

/// A network that the person has never used: of a host or a far provider, or one that the
/// customers of the person's own providers have.
fn network(person: &Person, used: &BTreeSet<Network>, rng: &mut Rng) -> ([u8; 3], &'static str) {
    loop {
        let (network, of) = match rng.u32(0..4) {
            0 => (person.networks.of_same_carrier(rng), "same carrier"),
            1 => (person.networks.of_same_provider(rng), "same provider"),
            _ => (anywhere(rng), "far"),
        };
        if !used.contains(&Network::V4(network)) {
            return (network, of);
        }
    }
}

/// Adds the attacker's hour.
pub(crate) fn attack(
    person: &Person,
    day: i64,
    rng: &mut Rng,
    entries: &mut Entries<'_>,
) -> Attack {
    let used = entries.all.iter().filter_map(|entry| entry.address).map(Network::of).collect();
    let done: BTreeSet<String> = entries
        .all
        .iter()
        .filter(|entry| day_of(entry.at()) <= day)
        .map(|entry| entry.kind.action.to_string())
        .collect();
    let is_new = |(action, ..): &Weighted| !done.contains(*action);
    let new: Vec<_> = Role::all_actions().into_iter().filter(is_new).collect();
    let ([a, b, c], from) = network(person, &used, rng);
    let address: IpAddr = [a, b, c, rng.u8(1..255)].into();
    let at_work = in_1000(rng, 500);
    let start = person.hour_of_attack(day, at_work, rng);
    let is_burst = in_1000(rng, 500);
    let is_curious = in_1000(rng, 700);
    let denied = if in_1000(rng, 400) { rng.i64(2..15) } else { 0 };
    // Slowly over an hour, or within some minutes.
    let minutes = if is_burst { rng.i64(10..30) } else { 60 };
    let mut deeds = Vec::new();
    for _ in 0..rng.usize(2..8) {
        let (action, target, _) = one_of(rng, &new).unwrap_or(("document.view", "document", 0));
        let quiet = one_of(rng, &QUIET).unwrap_or(("search.run", "workspace"));
        deeds.push(Deed::done(if is_curious { (action, target) } else { quiet }));
    }
    deeds.push(Deed::done(("api_key.create", "api_key")));
    deeds.extend(one_of(rng, &EXPORTS).map(Deed::done));
    let removals = if is_burst { rng.i64(20..60) } else { rng.i64(1..4) };
    deeds.extend((0..removals).map(|_| Deed::done(("member.remove", "member"))));
    deeds.extend((0..denied).map(|_| Deed::denied(("settings.update", "workspace"))));
    let mut ids = BTreeSet::new();
    for deed in deeds {
        let minute = start + rng.i64(0..minutes);
        ids.insert(entries.add(rng, (day, minute), Some(address), deed));
    }
    let size = if is_burst { "burst" } else { "slow" };
    let time = if at_work { "at work" } else { "any hour" };
    Attack { ids, how: format!("{size}, {from}, {time}") }
}
