//! Owns the sample: four workspaces, one per plan, with a past that looks lived in, for a first
//! look at the service.
//!
//! It only makes [`Content`]; storing it, and the workspaces' salts, are the caller's. Nobody in it
//! exists: the addresses are those set aside for documentation (RFC 5737, RFC 3849), the domains
//! those of RFC 2606, section 3.
//!
//! The sample of a moment is always the same. Of two moments on one day, the later one's sample
//! holds all of the earlier one's, except what that one shows as its last few minutes.

mod cast;
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

/// One workspace of the sample with everything that happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleWorkspace {
    /// Its id, for example `ws_acme`.
    pub id: WorkspaceId,
    /// Its plan.
    pub plan: Plan,
    /// What happened, the oldest first; no two are equal, none is older than the plan keeps or in
    /// the future.
    pub contents: Vec<Content>,
}

/// What one workspace of the sample is made from.
struct Profile {
    id: &'static str,
    plan: Plan,
    /// Where its random numbers start.
    seed: u64,
    /// How many entries there are when the day is over.
    entries: usize,
    /// The change of plan that is in the log.
    plan_change: (Plan, Plan),
    cast: &'static Cast,
}

static PROFILES: [Profile; 4] = [
    Profile {
        id: "ws_acme",
        plan: Plan::Pro,
        seed: 0xAC3E,
        entries: 3_000,
        plan_change: (Plan::Basic, Plan::Pro),
        cast: &ACME,
    },
    Profile {
        id: "ws_globex",
        plan: Plan::Basic,
        seed: 0x610B,
        entries: 900,
        plan_change: (Plan::Free, Plan::Basic),
        cast: &GLOBEX,
    },
    Profile {
        id: "ws_initech",
        plan: Plan::Free,
        seed: 0x1217,
        entries: 300,
        plan_change: (Plan::Basic, Plan::Free),
        cast: &INITECH,
    },
    Profile {
        id: "ws_umbrella",
        plan: Plan::Enterprise,
        seed: 0xB3E1,
        entries: 1_800,
        plan_change: (Plan::Pro, Plan::Enterprise),
        cast: &UMBRELLA,
    },
];

/// The sample as of `now`: about 6,000 entries, as far back as each plan keeps them (three years
/// where it keeps them for good).
#[must_use]
pub fn sample(now: Timestamp) -> Vec<SampleWorkspace> {
    PROFILES.iter().filter_map(|profile| tell(profile, now)).collect()
}

/// One workspace's past. None only if the profile's id were no workspace id, which a test rules
/// out.
fn tell(profile: &'static Profile, now: Timestamp) -> Option<SampleWorkspace> {
    let id = WorkspaceId::parse(profile.id)?;
    let span = Span::up_to(now, profile.plan);
    let mut rng = Rng::with_seed(profile.seed);
    let scenes = story::scenes(profile, &span, &mut rng);
    let last_minutes = story::last_minutes(profile, &span, &mut rng.fork());
    let mut world = World::new(profile, span.from, rng);
    // What is still ahead of `now` comes last, so that leaving it out changes nothing of what is
    // not.
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
