//! Owns what happens in the sample, when and by whom: the ordinary days, and a few incidents worth
//! finding in a log.

use super::cast::{CURL, MACHINES, Machine, PYTHON, Person};
use super::habits::{Deed, Habit, choose};
use super::rhythm::Span;
use super::{Profile, names, oddities};
use domain::entry::{Actor, Outcome};
use domain::timestamp::Timestamp;
use fastrand::Rng;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// How long before now the last entries happen, in milliseconds.
const LAST_MS: [i64; 6] =
    [14 * MINUTE, 9 * MINUTE, 6 * MINUTE + 211, 4 * MINUTE, 95 * SECOND + 7, 12 * SECOND];

/// One event in a workspace: who does what, when, from where, and with which outcome. What exactly
/// changes is decided when [`super::World`] plays the scene.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) at: Timestamp,
    pub(super) actor: Actor,
    pub(super) ip_address: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) deed: Deed,
    pub(super) outcome: Outcome,
    /// `None` for entries that the service itself records.
    pub(super) request_id: Option<String>,
}

/// What the scenes of one actor in one place have in common.
struct Session {
    actor: Actor,
    ip_address: Option<String>,
    user_agent: Option<String>,
    habits: &'static [Habit],
}

impl Session {
    fn of_person(profile: &Profile, person: &Person, is_late: bool, rng: &mut Rng) -> Self {
        let (address, browser) = person.place(rng, profile.cast.site);
        let actor = person.actor(is_late);
        Self {
            actor,
            ip_address: Some(address),
            user_agent: Some(browser.to_owned()),
            habits: person.habits,
        }
    }

    fn of_machine(profile: &Profile, machine: &Machine) -> Self {
        let user_agent = machine.program.map(str::to_owned);
        Self {
            actor: machine.actor(profile.id),
            ip_address: machine.address(),
            user_agent,
            habits: machine.habits,
        }
    }

    /// A scene of this session. Entries that the service itself records have no place.
    fn scene(&self, rng: &mut Rng, at: Timestamp, deed: Deed, outcome: Outcome) -> Scene {
        let is_own =
            matches!(deed, Deed::ExportLog | Deed::CreateViewerToken | Deed::UpdatePlan(..));
        Scene {
            at,
            actor: self.actor.clone(),
            ip_address: self.ip_address.clone().filter(|_| !is_own),
            user_agent: self.user_agent.clone().filter(|_| !is_own),
            deed,
            outcome,
            request_id: (!is_own).then(|| names::id(rng, "req")),
        }
    }

    fn habitual_scene(&self, rng: &mut Rng, at: Timestamp) -> Scene {
        let (deed, outcome) = choose(rng, self.habits);
        self.scene(rng, at, deed, outcome)
    }
}

/// Everything that happens until the end of the day, the earliest first.
pub(super) fn scenes(profile: &Profile, span: &Span, rng: &mut Rng) -> Vec<Scene> {
    let mut scenes = Vec::with_capacity(profile.entries);
    if let Some(admin) = profile.cast.people.first() {
        scenes.extend(stubborn_integration(profile, span, admin, rng));
        scenes.extend(all_oddities(profile, span, admin, rng));
        if profile.has_intruder {
            scenes.extend(hour_of_an_intruder(span, admin, profile, rng));
        }
    }
    if let Some(intruded) = profile.cast.people.last() {
        scenes.extend(night_of_refusals(profile, span, intruded, rng));
    }
    for machine in &MACHINES {
        scenes.extend(plan_change(profile, span, machine, rng));
        scenes.extend(bulk_import(profile, span, machine, rng));
    }
    while scenes.len() + LAST_MS.len() < profile.entries {
        scenes.extend(any_session(profile, span, rng));
    }
    scenes.sort_by_key(|scene| scene.at);
    scenes
}

/// The scenes of the last minutes before now, so that the log looks in use.
pub(super) fn last_minutes(profile: &Profile, span: &Span, rng: &mut Rng) -> Vec<Scene> {
    let moments = LAST_MS.map(|ms| span.now.plus_ms(-ms - rng.i64(0..9 * SECOND)));
    let moments = moments.into_iter().filter(|at| span.has(*at));
    moments
        .filter_map(|at| {
            Some(
                Session::of_person(profile, any_person(profile, rng)?, true, rng)
                    .habitual_scene(rng, at),
            )
        })
        .collect()
}

/// A random person. The first of the cast is chosen most often, the last one least often.
fn any_person(profile: &Profile, rng: &mut Rng) -> Option<&'static Person> {
    let people = profile.cast.people;
    let index = rng.choice(0..people.len())?.min(rng.choice(0..people.len())?);
    people.get(index)
}

/// One of the machines at random, by its share; `None` means that a person acts.
fn any_machine(rng: &mut Rng) -> Option<&'static Machine> {
    let mut drawn = rng.u32(0..1_000);
    MACHINES.iter().find(|machine| match drawn.checked_sub(machine.share) {
        Some(rest) => {
            drawn = rest;
            false
        }
        None => true,
    })
}

/// An ordinary session: a few minutes of a person's work, or one request of a program.
fn any_session(profile: &Profile, span: &Span, rng: &mut Rng) -> Vec<Scene> {
    let Some(machine) = any_machine(rng) else {
        return any_person(profile, rng)
            .map_or_else(Vec::new, |person| office_session(profile, span, person, rng));
    };
    let session = Session::of_machine(profile, machine);
    let mut at = if machine.is_system() { span.job_moment(rng) } else { span.any_moment(rng) };
    let count = rng.u8(1..=4);
    let scenes = (0..count).map(|_| {
        // Programs are quick: the entries of one request often share a millisecond.
        at = at.plus_ms(rng.i64(0..3) * rng.i64(0..400));
        session.habitual_scene(rng, at)
    });
    scenes.collect()
}

/// A session of a person in office hours.
fn office_session(profile: &Profile, span: &Span, person: &Person, rng: &mut Rng) -> Vec<Scene> {
    let mut at = span.office_moment(rng, person.zone_minutes);
    let session = Session::of_person(profile, person, at >= span.midnight_at(50), rng);
    let count = rng.u8(1..=3) * rng.u8(1..=3);
    let scenes = (0..count).map(|_| {
        at = at.plus_ms(rng.i64(4 * SECOND..4 * MINUTE));
        session.habitual_scene(rng, at)
    });
    scenes.collect()
}

/// The change of the workspace's plan, by the console.
fn plan_change(profile: &Profile, span: &Span, machine: &Machine, rng: &mut Rng) -> Option<Scene> {
    let (before, after) = profile.plan_change;
    let at = span.workday_at(20).plus_ms(9 * HOUR + 12 * MINUTE + 8_123);
    let session = Session::of_machine(profile, machine);
    (machine.id == "key_console")
        .then(|| session.scene(rng, at, Deed::UpdatePlan(before, after), Outcome::Success))
}

/// A bulk import by the directory: 36 new members, nine in each of four milliseconds.
fn bulk_import(profile: &Profile, span: &Span, machine: &Machine, rng: &mut Rng) -> Vec<Scene> {
    let start = span.workday_at(35).plus_ms(10 * HOUR + 250);
    let session = Session::of_machine(profile, machine);
    let count = if machine.id == "key_directory" { 9 * 4 } else { 0 };
    (0..count)
        .map(|number| {
            session.scene(
                rng,
                start.plus_ms(number / 9 * 130),
                Deed::InviteMember,
                Outcome::Success,
            )
        })
        .collect()
}

/// An integration that connects only at the sixth try.
fn stubborn_integration(
    profile: &Profile,
    span: &Span,
    admin: &Person,
    rng: &mut Rng,
) -> Vec<Scene> {
    let start = span.workday_at(60).plus_ms(14 * HOUR + 31 * MINUTE);
    let session = Session::of_person(profile, admin, true, rng);
    let tries = (0..6).map(|number| {
        let outcome = if number < 5 { Outcome::Failure } else { Outcome::Success };
        session.scene(
            rng,
            start.plus_ms(number * 47 * SECOND + number * number * 311),
            Deed::ConnectIntegration,
            outcome,
        )
    });
    tries.collect()
}

/// An attack at night: an intruder tries in quick succession what a person's account may do, and
/// everything is denied.
fn night_of_refusals(
    profile: &Profile,
    span: &Span,
    intruded: &Person,
    rng: &mut Rng,
) -> Vec<Scene> {
    let start = span.midnight_at(93).plus_ms(3 * HOUR + 12 * MINUTE);
    // Longer than the part of a user agent that is kept.
    let user_agent = format!("{PYTHON} {}", "sqlmap/1.8 (https://example.net/) ".repeat(20));
    let session = Session {
        ip_address: Some("203.0.113.66".to_owned()),
        user_agent: Some(user_agent),
        ..Session::of_person(profile, intruded, true, rng)
    };
    let mut at = start;
    let tries = (0..profile.entries / 40).map(|number| {
        at = at.plus_ms(rng.i64(90..1_900));
        let deed = match number % 9 {
            7 => Deed::InviteMember,
            8 => Deed::UpdateSettings,
            _ => Deed::CreateKey,
        };
        session.scene(rng, at, deed, Outcome::Denied)
    });
    tries.collect()
}

/// Somebody has an admin's session and uses it for an hour of the night, six days ago: looks
/// around, makes a key, exports the log, removes most members, and disconnects what would tell.
fn hour_of_an_intruder(
    span: &Span,
    admin: &Person,
    profile: &Profile,
    rng: &mut Rng,
) -> Vec<Scene> {
    let session = Session {
        ip_address: Some("192.0.2.66".to_owned()),
        user_agent: Some(CURL.to_owned()),
        ..Session::of_person(profile, admin, true, rng)
    };
    let mut at = span.now.start_of_day().plus_days(-6).plus_ms(3 * HOUR + 11 * MINUTE);
    at = at.plus_ms(-admin.zone_minutes * MINUTE);
    let deeds = [(Deed::CreateViewerToken, 1), (Deed::UpdateSettings, 2), (Deed::CreateKey, 1)]
        .into_iter()
        .chain([(Deed::ExportLog, 1), (Deed::RemoveMember, 41), (Deed::RevokeKey, 3)])
        .chain([(Deed::DisconnectIntegration, 2)]);
    deeds
        .flat_map(|(deed, count)| std::iter::repeat_n(deed, count))
        .map(|deed| {
            at = at.plus_ms(rng.i64(9 * SECOND..70 * SECOND));
            session.scene(rng, at, deed, Outcome::Success)
        })
        .collect()
}

/// The oddities, spread over the second half of the span.
fn all_oddities(profile: &Profile, span: &Span, admin: &Person, rng: &mut Rng) -> Vec<Scene> {
    let oddities = (0_i64..).take(oddities::COUNT).map(|number| {
        let percent = 56 + 3 * number;
        let at = span.midnight_at(percent).plus_ms(11 * HOUR + number * 37 * SECOND + number);
        Session::of_person(profile, admin, true, rng).scene(rng, at, Deed::Oddity, Outcome::Success)
    });
    oddities.collect()
}
