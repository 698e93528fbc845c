//! Owns the entries of one actor while its year is generated.

use crate::calendar::{MINUTE_MS, moment};
use domain::directory::Sighting;
use domain::entry::{ActorKey, Outcome};
use domain::identity::EntryId;
use domain::tally::Cell;
use domain::timestamp::Timestamp;
use domain::unusual::Rules;
use fastrand::Rng;
use std::net::IpAddr;

/// How soon an entry is recorded, in milliseconds.
const SOON_MS: i64 = 400;

/// The entries of an actor.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    actor: ActorKey,
    rules: &'a Rules,
    pub(crate) all: Vec<Sighting>,
}

/// What is done, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed {
    pub(crate) action: &'static str,
    pub(crate) target: &'static str,
    pub(crate) outcome: Outcome,
}

impl Deed {
    /// What is done and succeeds.
    pub(crate) fn done((action, target): (&'static str, &'static str)) -> Self {
        Self { action, target, outcome: Outcome::Success }
    }

    /// What is attempted and denied.
    pub(crate) fn denied((action, target): (&'static str, &'static str)) -> Self {
        Self { action, target, outcome: Outcome::Denied }
    }
}

impl<'a> Entries<'a> {
    pub(crate) fn new(actor: ActorKey, rules: &'a Rules) -> Self {
        Self { actor, rules, all: Vec::new() }
    }

    /// Adds an entry at a minute of a day in UTC.
    pub(crate) fn add(
        &mut self,
        rng: &mut Rng,
        (day, minute): (i64, i64),
        address: Option<IpAddr>,
        deed: Deed,
    ) -> EntryId {
        let at = moment(day, minute).plus_ms(rng.i64(0..MINUTE_MS));
        let id = EntryId::new(at, rng.u128(..));
        self.all.push(Sighting {
            number: 0,
            id,
            actor: self.actor.clone(),
            name: None,
            email: None,
            address,
            kind: Cell {
                action: deed.action.into(),
                target_type: deed.target.into(),
                outcome: deed.outcome,
            },
            recorded_at: at.plus_ms(SOON_MS),
            is_sensitive: self.rules.is_sensitive(deed.action),
            is_late: false,
        });
        id
    }

    /// Has the entries of a time recorded at its end.
    pub(crate) fn record_late(&mut self, from: Timestamp, to: Timestamp) {
        let hours = i64::from(self.rules.thresholds.recorded_late_after_hours);
        for entry in &mut self.all {
            if (from..to).contains(&entry.at()) {
                entry.recorded_at = to;
                entry.is_late = to.ms() - entry.at().ms() >= hours * 60 * MINUTE_MS;
            }
        }
    }

    /// The entries in the order in which they were recorded, with numbers in this order. Profiles
    /// need no more of the numbers than the order within one actor.
    pub(crate) fn numbered(mut self) -> Vec<Sighting> {
        self.all.sort_by_key(|entry| (entry.recorded_at, entry.id));
        for (number, entry) in (0..).zip(&mut self.all) {
            entry.number = number;
        }
        self.all
    }
}
