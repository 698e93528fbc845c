//! Owns the log that is measured: one workspace with a year of entries, whose times, kinds, actors
//! and targets have a realistic distribution.
//!
//! The log is deterministic: the same number of entries has the same log in every run, ids
//! included.

use crate::{Fault, IMPORTED_AT_ONCE};
use aws::dynamodb::{Item, item_of_salt, items_of_entry, items_of_workspace};
use domain::entry::{Actor, ActorType, Content, Entry, NewEntry, Target};
use domain::identity::{EntryId, Salt};
use domain::json::JsonText;
use domain::memory::fixtures::{entry_with, salt_of};
use domain::plan::{GraceDays, Plan};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use fastrand::Rng;
use local::embedded::{self, Database};
use local::setup;
use std::collections::BTreeSet;
use std::ops::Range;

/// The id of the workspace.
pub(crate) const WORKSPACE: &str = "ws_bench";
/// The end of the log: an afternoon on a weekday.
const END: &str = "2026-11-18T15:30:00.000Z";
const HOURS: i64 = 365 * 24;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The kinds of entries: action, target type and weight. The weights add up to about a thousand.
/// The last kind is [`RARE`]; its weight is 0, because its number of entries is fixed.
const KINDS: [(&str, &str, u32); 20] = [
    ("settings.update", "project", 130),
    ("project.update", "project", 240),
    ("member.invite", "member", 110),
    ("settings.update", "settings", 90),
    ("project.create", "project", 80),
    ("settings.update", "workspace", 60),
    ("project.update", "member", 50),
    ("member.remove", "member", 45),
    ("integration.connect", "integration", 40),
    ("settings.update", "integration", 32),
    ("project.update", "integration", 26),
    ("api_key.create", "api_key", 22),
    ("settings.update", "member", 18),
    ("member.invite", "project", 15),
    ("integration.disconnect", "integration", 12),
    ("member.remove", "project", 10),
    ("api_key.create", "workspace", 8),
    ("settings.update", "api_key", 6),
    ("member.invite", "workspace", 4),
    ("api_key.revoke", "api_key", 0),
];
/// The index of the rare kind.
const RARE: u8 = 19;
/// A common action: about 30 % of all entries.
pub(crate) const COMMON_ACTION: &str = "settings.update";
/// Together with [`COMMON_ACTION`], a common pair: about 13 % of all entries.
pub(crate) const COMMON_TARGET_TYPE: &str = "project";
/// The action of the rare kind: 50 entries in a million, and at least 25.
pub(crate) const RARE_ACTION: &str = "api_key.revoke";

/// The time and the kind of an entry, and the seed of its other content.
#[derive(Debug, Clone, Copy)]
struct Happening {
    at: Timestamp,
    kind: u8,
    seed: u32,
}

/// A generated log.
#[derive(Debug)]
pub(crate) struct Log {
    /// The workspace.
    pub(crate) workspace: Workspace,
    /// The ids of the entries, the oldest first.
    pub(crate) ids: Vec<EntryId>,
    happenings: Vec<Happening>,
}

impl Log {
    /// Generates a log of this many entries in the year before [`END`].
    pub(crate) fn of(entries: usize) -> Result<Self, Fault> {
        Self::ending(entries, Timestamp::parse(END)?)
    }

    /// Generates a log of this many entries in the year before `end`.
    pub(crate) fn ending(entries: usize, end: Timestamp) -> Result<Self, Fault> {
        let start = end.plus_ms(-HOURS * HOUR_MS);
        let id = WorkspaceId::parse(WORKSPACE).ok_or("the id of the workspace is not valid")?;
        let workspace = Workspace::new(id, Plan::Pro, Salt::from_bytes([7; 32]), start);
        let mut rng = Rng::with_seed(7);
        let times = times(entries, start, &mut rng);
        let rare = (entries / 20_000).max(25).min(entries);
        let mut kinds: Vec<u8> = (0..entries)
            .map(|place| if place < rare { RARE } else { common_kind(&mut rng) })
            .collect();
        rng.shuffle(&mut kinds);
        let mut log = Self { workspace, ids: Vec::new(), happenings: Vec::with_capacity(entries) };
        for ((at, kind), seed) in times.into_iter().zip(kinds).zip(0..) {
            log.happenings.push(Happening { at, kind, seed });
        }
        let mut with_ids: Vec<_> = log
            .happenings
            .iter()
            .map(|one| Ok((entry_with(&log.workspace, content(*one)?).id, *one)))
            .collect::<Result<_, Fault>>()?;
        with_ids.sort_unstable_by_key(|(id, _)| *id);
        (log.ids, log.happenings) = with_ids.into_iter().unzip();
        Ok(log)
    }

    /// How many entries the log has.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The entry at this place, recorded when it happened. The oldest entry has place 0.
    pub(crate) fn entry(&self, place: usize) -> Result<Entry, Fault> {
        Ok(entry_with(&self.workspace, self.content(place)?))
    }

    /// The same with the moment from which it may be deleted.
    pub(crate) fn new_entry(&self, place: usize) -> Result<NewEntry, Fault> {
        let entry = self.entry(place)?;
        let recorded_at = entry.recorded_at;
        Ok(NewEntry::new(&self.workspace, entry, GraceDays::default(), recorded_at))
    }

    /// Imports the entries at these places into an embedded store, past its API.
    pub(crate) fn import(&self, database: &Database, places: Range<usize>) -> Result<(), Fault> {
        for from in places.clone().step_by(IMPORTED_AT_ONCE) {
            let mut items = Vec::new();
            for place in from..(from + IMPORTED_AT_ONCE).min(places.end) {
                items.extend(items_of_entry(&self.new_entry(place)?)?);
            }
            setup::import(database, &embedded::tables().entries, items)?;
        }
        Ok(())
    }

    /// The items of the workspace and of the salts from which the ids follow.
    pub(crate) fn control_items(&self) -> Result<Vec<Item>, Fault> {
        let mut items = items_of_workspace(&self.workspace)?;
        let actors: BTreeSet<_> = (0..self.len())
            .map(|place| Ok(self.content(place)?.actor.key()))
            .collect::<Result<_, Fault>>()?;
        for actor in actors {
            items.push(item_of_salt(
                &self.workspace.id,
                &actor,
                &salt_of(&self.workspace.id, &actor),
            )?);
        }
        Ok(items)
    }

    /// The content of the entry at this place.
    pub(crate) fn content(&self, place: usize) -> Result<Content, Fault> {
        content(*self.happenings.get(place).ok_or("no entry has this place")?)
    }

    /// The action and the target type of the entry at this place.
    pub(crate) fn kind(&self, place: usize) -> (&'static str, &'static str) {
        self.happenings.get(place).map_or(("", ""), |one| names(one.kind))
    }

    /// The time of the newest entry.
    pub(crate) fn end(&self) -> Timestamp {
        self.ids.last().map_or(Timestamp::MIN, EntryId::occurred_at)
    }
}

/// The action and the target type of a kind.
fn names(kind: u8) -> (&'static str, &'static str) {
    KINDS
        .get(usize::from(kind))
        .map_or(("", ""), |(action, target_type, _)| (*action, *target_type))
}

/// A random kind, by weight.
fn common_kind(rng: &mut Rng) -> u8 {
    let all: u32 = KINDS.iter().map(|(.., weight)| weight).sum();
    let mut left = rng.u32(..all);
    let place = KINDS.iter().position(|(.., weight)| {
        let is_it = left < *weight;
        left = left.saturating_sub(*weight);
        is_it
    });
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

/// The times of the entries, the oldest first. They follow the working hours of three time zones,
/// with quiet nights and weekends, and a burst in about one hour of eighty.
fn times(entries: usize, start: Timestamp, rng: &mut Rng) -> Vec<Timestamp> {
    let mut ends: Vec<u64> = Vec::new();
    for hour in 0..HOURS {
        let burst = if rng.u32(..80) == 0 { 6 } else { 1 };
        ends.push(
            ends.last().copied().unwrap_or_default()
                + busyness(start.plus_ms(hour * HOUR_MS)) * burst,
        );
    }
    let all = ends.last().copied().unwrap_or_default();
    let mut times: Vec<_> = (0..entries)
        .map(|_| {
            let place = rng.u64(..all);
            let hour = i64::try_from(ends.partition_point(|end| *end <= place)).unwrap_or_default();
            start.plus_ms(hour * HOUR_MS + rng.i64(0..HOUR_MS))
        })
        .collect();
    times.sort_unstable();
    times
}

/// The weight of the hour that begins at `at`: how busy three offices (UTC−8, UTC+1 and UTC+8) are
/// at their local time.
fn busyness(at: Timestamp) -> u64 {
    let offices = [(-8, 3), (1, 5), (8, 2)];
    let of_office = |(hours_east, people): (i64, u64)| {
        let hour = at.ms().div_euclid(HOUR_MS) + hours_east;
        // 1 January 1970 was a Thursday.
        let is_weekend = (hour.div_euclid(24) + 3).rem_euclid(7) >= 5;
        let at_work = match hour.rem_euclid(24) {
            9..=11 | 13..=16 => 100,
            8 | 12 | 17 => 60,
            18..=21 => 15,
            _ => 3,
        };
        people * if is_weekend { at_work.min(12) } else { at_work }
    };
    offices.map(of_office).iter().sum()
}

/// The content of an entry: about 450 bytes in the table.
fn content(one: Happening) -> Result<Content, Fault> {
    let mut rng = Rng::with_seed(u64::from(one.seed));
    let (action, target_type) = names(one.kind);
    // Squared and cubed, so that a few actors and targets have most of the entries.
    let skewed = |rng: &mut Rng, of: f64, power: i32| rng.f64().powi(power) * of;
    let actor = skewed(&mut rng, 200.0, 2);
    let target = skewed(&mut rng, 3_000.0, 3);
    let value = |role: &str| JsonText::from_stored(format!(r#"{{"role":"{role}"}}"#));
    let actor = Actor {
        name: Some(format!("Ada L. {actor:.0}")),
        email: Some(format!("ada{actor:.0}@example.com")),
        ..Actor::new(ActorType::User, format!("usr_{actor:06.0}"))
    };
    let target = Target {
        name: rng.bool().then(|| format!("Target {target:.0}")),
        ..Target::new(target_type, format!("tgt_{target:06.0}"))
    };
    Ok(Content {
        ip_address: Some(format!("203.0.113.{}", rng.u8(..))),
        user_agent: (rng.u8(..5) == 0).then(|| {
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned()
        }),
        old_value: if rng.bool() { Some(value("viewer")?) } else { None },
        new_value: Some(value("editor")?),
        external_id: Some(format!("evt_{}", one.seed)),
        request_id: (rng.u8(..4) == 0).then(|| format!("req_{seed:08x}", seed = one.seed)),
        ..Content::new(one.at, actor, action, target)
    })
}
