//! Owns the sample for a first look at the service: four workspaces, one for each plan, with a
//! realistic history.
//!
//! This module only makes [`Content`]. The caller stores it and chooses the salts of the
//! workspaces. All people are invented. The addresses are reserved for documentation (RFC 5737, RFC
//! 3849), and so are the domains (RFC 2606, section 3).
//!
//! The sample is deterministic: the same moment always has the same sample. A later moment on the
//! same day has all entries of the earlier one, except those of the earlier one's last minutes.

mod cast;
mod done;
mod fields;
mod habits;
mod names;
mod oddities;
mod rhythm;
mod story;
#[cfg(test)]
mod tests;
mod things;
mod world;

use cast::{ACME, Cast, GLOBEX, INITECH, UMBRELLA};
use domain::entry::Content;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use fastrand::Rng;
use rhythm::Span;
use std::collections::HashSet;
use world::World;

/// One workspace of the sample, with everything that happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleWorkspace {
    /// Its id, for example `ws_acme`.
    pub id: WorkspaceId,
    /// Its plan.
    pub plan: Plan,
    /// What happened, the oldest first. All contents are distinct. They are not in the future, and
    /// not older than the plan keeps.
    pub contents: Vec<Content>,
}

/// The parameters from which one workspace of the sample is made.
struct Profile {
    id: &'static str,
    plan: Plan,
    /// The seed of its random numbers.
    seed: u64,
    /// How many entries there are at the end of the day.
    entries: usize,
    /// The change of plan that is in the log: from the first to the second.
    plan_change: (Plan, Plan),
    cast: &'static Cast,
    /// Whether somebody uses an admin's session for an hour.
    has_intruder: bool,
}

static PROFILES: [Profile; 4] = [
    Profile {
        id: "ws_acme",
        plan: Plan::Pro,
        seed: 0xAC3E,
        entries: 3_000,
        plan_change: (Plan::Basic, Plan::Pro),
        cast: &ACME,
        has_intruder: true,
    },
    Profile {
        id: "ws_globex",
        plan: Plan::Basic,
        seed: 0x610B,
        entries: 900,
        plan_change: (Plan::Free, Plan::Basic),
        cast: &GLOBEX,
        has_intruder: false,
    },
    Profile {
        id: "ws_initech",
        plan: Plan::Free,
        seed: 0x1217,
        entries: 300,
        plan_change: (Plan::Basic, Plan::Free),
        cast: &INITECH,
        has_intruder: false,
    },
    Profile {
        id: "ws_umbrella",
        plan: Plan::Enterprise,
        seed: 0xB3E1,
        entries: 1_800,
        plan_change: (Plan::Pro, Plan::Enterprise),
        cast: &UMBRELLA,
        has_intruder: false,
    },
];

/// The sample at `now`: about 6,000 entries, as far back as each plan keeps them, or three years
/// for the plan that keeps them without limit.
#[must_use]
pub fn sample(now: Timestamp) -> Vec<SampleWorkspace> {
    PROFILES.iter().filter_map(|profile| tell(profile, now)).collect()
}

/// The history of one workspace; `None` if the id of the profile is not a valid workspace id, which
/// a test rules out.
fn tell(profile: &'static Profile, now: Timestamp) -> Option<SampleWorkspace> {
    let id = WorkspaceId::parse(profile.id)?;
    let span = Span::up_to(now, profile.plan);
    let mut rng = Rng::with_seed(profile.seed);
    let scenes = story::scenes(profile, &span, &mut rng);
    let last_minutes = story::last_minutes(profile, &span, &mut rng.fork());
    let mut world = World::new(profile, span.from, rng);
    // Scenes are in the order of time. So leaving out those after `now` changes none of the earlier
    // ones.
    let mut contents: Vec<_> = scenes
        .into_iter()
        .filter(|scene| span.has(scene.at))
        .map(|scene| world.play(scene))
        .collect();
    contents.extend(last_minutes.into_iter().map(|scene| world.play(scene)));
    contents.sort_by_key(|content| content.occurred_at);
    let mut seen = HashSet::new();
    contents.retain(|content| {
        seen.insert((content.occurred_at, content.action.clone(), content.target.id.clone()))
    });
    Some(SampleWorkspace { id, plan: profile.plan, contents })
}
