//! Owns the workspace of a year: its people, its programs, and what happens once.

use crate::attacker::{Attack, attack};
use crate::calendar::{DAYS, moment};
use crate::chance::{self, in_1000, one_of};
use crate::entries::{Deed, Entries};
use crate::person::Person;
use crate::programs::{PROGRAMS, program};
use crate::roles::Role;
use domain::directory::Sighting;
use domain::entry::{ActorKey, ActorType};
use domain::unusual::Rules;
use fastrand::Rng;

/// People who are in the workspace for some of the year.
const PEOPLE: u64 = 200;
/// People who administer it.
const ADMINS: u64 = 4;
/// Those whose entries an import brings.
const IMPORTED: std::ops::Range<u64> = 40..52;
/// The first days after the quarters, on which the first administrator cleans up.
const CLEANED_UP_ON: [i64; 4] = [89, 180, 272, 362];

/// The year of an actor.
#[derive(Debug)]
pub(crate) struct Year {
    /// The entries, in the order in which they were recorded.
    pub(crate) entries: Vec<Sighting>,
    /// The first day of a person and the day after the last.
    pub(crate) employed: Option<(i64, i64)>,
    /// What the attacker did, if this is the victim.
    pub(crate) attack: Option<Attack>,
}

/// The years of all actors of a workspace, one after another.
pub(crate) fn years(seed: u64, rules: &Rules) -> impl Iterator<Item = Year> {
    let mut rng = chance::of(seed, u64::MAX);
    let imported_on = rng.i64(60..300);
    let attacked_on = rng.i64(60..DAYS - 1);
    // The victim is somebody who works there on that day. Others are passed over.
    let victim = rng.u64(0..PEOPLE);
    let victim = (0..PEOPLE)
        .map(|more| (victim + more) % PEOPLE)
        .find(|number| is_there(seed, *number, attacked_on));
    let people = (0..PEOPLE).map(move |number| {
        let attacked_on = (victim == Some(number)).then_some(attacked_on);
        let imported_on = IMPORTED.contains(&number).then_some(imported_on);
        person(seed, number, rules, attacked_on, imported_on)
    });
    people.chain((0..PROGRAMS).map(move |number| program(seed, number, rules)))
}

fn born(seed: u64, number: u64) -> (Person, Rng) {
    let mut rng = chance::of(seed, number);
    let some = one_of(&mut rng, &Role::OF_MOST).unwrap_or(Role::Engineer);
    let role = if number < ADMINS { Role::Admin } else { some };
    let mut person = Person::new(role, &mut rng);
    // There is somebody to clean up.
    if number == 0 {
        person.employed = (0, DAYS);
    }
    (person, rng)
}

fn is_there(seed: u64, number: u64, day: i64) -> bool {
    let (from, to) = born(seed, number).0.employed;
    from < day && day < to
}

fn person(
    seed: u64,
    number: u64,
    rules: &Rules,
    attacked_on: Option<i64>,
    imported_on: Option<i64>,
) -> Year {
    let (mut person, mut rng) = born(seed, number);
    let key = ActorKey { kind: ActorType::User, id: format!("u_{number}") };
    let mut entries = Entries::new(key, rules);
    let rng = &mut rng;
    person.live(rng, &mut entries);
    if number == 0 {
        for day in CLEANED_UP_ON {
            let size = (rng.i64(25..60), 40);
            person.run(day, size, Deed::done(("member.remove", "member")), rng, &mut entries);
        }
    }
    if person.role == Role::Engineer {
        scripts(&person, rng, &mut entries);
    }
    if let Some(day) = imported_on {
        entries.record_late(moment(day - 14, 0), moment(day, 0));
    }
    let attack = attacked_on.map(|day| attack(&person, day, rng, &mut entries));
    Year { entries: entries.numbered(), employed: Some(person.employed), attack }
}

/// What some engineers do once a year: run a script without the permission for it, or replace all
/// keys.
fn scripts(person: &Person, rng: &mut Rng, entries: &mut Entries<'_>) {
    let (from, to) = person.employed;
    if in_1000(rng, 150) {
        let (day, size) = (rng.i64(from..to), (rng.i64(8..40), 20));
        person.run(day, size, Deed::denied(("project.update", "project")), rng, entries);
    }
    if in_1000(rng, 50) {
        let (day, count) = (rng.i64(from..to), rng.i64(8..30));
        for deed in [("api_key.create", "api_key"), ("api_key.revoke", "api_key")] {
            person.run(day, (count, 60), Deed::done(deed), rng, entries);
        }
    }
}
