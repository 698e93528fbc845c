//! Owns what each kind of actor does in the sample, and how often.

use domain::entry::Outcome;
use domain::entry::Outcome::{Denied, Failure, Success};
use domain::plan::Plan;
use fastrand::Rng;

/// Something that an actor does. Most deeds are named after an action of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    UpdateSettings,
    InviteMember,
    RemoveMember,
    CreateProject,
    UpdateProject,
    CreateKey,
    RevokeKey,
    ConnectIntegration,
    DisconnectIntegration,
    ExportLog,
    CreateViewerToken,
    /// The plan changes from the first to the second.
    UpdatePlan(Plan, Plan),
    /// The next oddity: valid content that looks like an attack or a mistake.
    Oddity,
}

/// A deed with its weight among all deeds of the actor, and its outcome.
pub(super) type Habit = (u32, Deed, Outcome);

/// What an admin does.
pub(super) const ADMIN: &[Habit] = &[
    (20, Deed::UpdateSettings, Success),
    (16, Deed::InviteMember, Success),
    (7, Deed::RemoveMember, Success),
    (6, Deed::CreateProject, Success),
    (26, Deed::UpdateProject, Success),
    (1, Deed::UpdateProject, Failure),
    (9, Deed::CreateKey, Success),
    (2, Deed::RevokeKey, Success),
    (6, Deed::ConnectIntegration, Success),
    (2, Deed::ConnectIntegration, Failure),
    (2, Deed::DisconnectIntegration, Success),
    (1, Deed::DisconnectIntegration, Failure),
    (3, Deed::ExportLog, Success),
    (1, Deed::InviteMember, Failure),
];

/// What a member does.
pub(super) const MEMBER: &[Habit] = &[
    (18, Deed::CreateProject, Success),
    (72, Deed::UpdateProject, Success),
    (2, Deed::UpdateProject, Failure),
    (3, Deed::UpdateSettings, Denied),
    (2, Deed::InviteMember, Denied),
    (3, Deed::CreateKey, Denied),
];

/// What a deployment pipeline does: it updates projects and their keys.
pub(super) const DEPLOY: &[Habit] = &[
    (70, Deed::UpdateProject, Success),
    (3, Deed::UpdateProject, Failure),
    (8, Deed::CreateKey, Success),
    (5, Deed::RevokeKey, Success),
    (2, Deed::UpdateSettings, Denied),
];

/// What the directory sync does: it invites and removes members.
pub(super) const DIRECTORY: &[Habit] = &[
    (55, Deed::InviteMember, Success),
    (5, Deed::InviteMember, Failure),
    (30, Deed::RemoveMember, Success),
    (1, Deed::RemoveMember, Denied),
];

/// What the product's console does: it creates viewer tokens for admins.
pub(super) const CONSOLE: &[Habit] = &[(1, Deed::CreateViewerToken, Success)];

/// What the product does by itself: it revokes old keys, disconnects broken integrations and
/// applies policies.
pub(super) const HOUSEKEEPING: &[Habit] = &[
    (22, Deed::RevokeKey, Success),
    (8, Deed::DisconnectIntegration, Success),
    (20, Deed::UpdateSettings, Success),
    (22, Deed::RemoveMember, Success),
    (2, Deed::RevokeKey, Failure),
];

/// Chooses one of the deeds at random, by weight.
pub(super) fn choose(rng: &mut Rng, habits: &[Habit]) -> (Deed, Outcome) {
    let total: u32 = habits.iter().map(|(weight, ..)| weight).sum();
    let mut drawn = rng.u32(0..total.max(1));
    for (weight, deed, outcome) in habits {
        match drawn.checked_sub(*weight) {
            Some(rest) => drawn = rest,
            None => return (*deed, *outcome),
        }
    }
    (Deed::UpdateProject, Success)
}
