//! Owns the changing state of a workspace. Each deed starts from the state that the earlier ones
//! left, so the new value of one change is the old value of the next.

use super::done::Done;
use super::fields::PROJECT;
use super::habits::Deed;
use super::story::Scene;
use super::things::{Members, Thing};
use super::{Profile, names, oddities, things};
use domain::adjusted::{Adjustment, Reason};
use domain::entry::{Content, Outcome, Target};
use domain::plan::Plan;
use domain::text::MAX_USER_AGENT_CHARS;
use domain::timestamp::Timestamp;
use fastrand::Rng;

/// The least number of things of a kind. When no more than these are left, nothing is removed.
const FEWEST: usize = 3;

/// How long a viewer token is valid: 15 minutes.
const VIEWER_TOKEN_LIFE_MS: i64 = 15 * 60 * 1_000;
/// The errors of failed deeds.
const ERRORS: [&str; 3] = [
    r#"{"code":"timeout","message":"no answer within 10.0 s","retryable":true}"#,
    r#"{"code":"tls","message":"certificate has expired","retryable":false}"#,
    concat!(
        r#"{"code":"conflict","details":[{"field":"name","why":"is taken"}],"message":"cannot "#,
        r#"be saved","retryable":false}"#,
    ),
];

/// The list in which a workspace keeps its things of one kind.
type Place = fn(&mut World) -> &mut Vec<Thing>;

/// A workspace at one moment of the sample.
pub(super) struct World {
    profile: &'static Profile,
    rng: Rng,
    settings: Vec<Thing>,
    projects: Vec<Thing>,
    members: Vec<Thing>,
    keys: Vec<Thing>,
    integrations: Vec<Thing>,
    oddities: std::vec::IntoIter<Done>,
}

impl World {
    /// The workspace as it was before the sample begins.
    pub(super) fn new(profile: &'static Profile, from: Timestamp, mut rng: Rng) -> Self {
        let several = |rng: &mut Rng, new: fn(&mut Rng, Timestamp) -> Thing| {
            (0..2 * FEWEST).map(|_| new(rng, from)).collect()
        };
        Self {
            profile,
            settings: things::settings(&mut rng),
            projects: several(&mut rng, things::project),
            members: several(&mut rng, things::member),
            keys: several(&mut rng, things::key),
            integrations: several(&mut rng, things::integration),
            oddities: oddities::all().into_iter(),
            rng,
        }
    }

    /// Plays a scene: changes the workspace, and returns the content of the scene's entry.
    pub(super) fn play(&mut self, scene: Scene) -> Content {
        let Done { action, target, old_value, new_value } = self.done(&scene);
        let (user_agent, adjusted) = as_recorded(scene.user_agent);
        // Entries that the service itself records have no id of a publisher.
        let is_published = scene.request_id.is_some();
        let external_id =
            (is_published && self.rng.u8(0..4) > 0).then(|| names::id(&mut self.rng, "evt"));
        Content {
            ip_address: scene.ip_address,
            user_agent,
            adjusted,
            old_value,
            new_value,
            outcome: scene.outcome,
            external_id,
            request_id: scene.request_id.filter(|_| self.rng.u8(0..5) > 0),
            ..Content::new(scene.at, scene.actor, action, target)
        }
    }

    fn done(&mut self, scene: &Scene) -> Done {
        let is_success = scene.outcome == Outcome::Success;
        let done = match scene.deed {
            Deed::InviteMember => {
                Some(self.add("member.invite", scene, |world| &mut world.members, things::member))
            }
            Deed::CreateProject => Some(self.add(
                "project.create",
                scene,
                |world| &mut world.projects,
                things::project,
            )),
            Deed::CreateKey => {
                Some(self.add("api_key.create", scene, |world| &mut world.keys, things::key))
            }
            Deed::ConnectIntegration => Some(self.add(
                "integration.connect",
                scene,
                |world| &mut world.integrations,
                things::integration,
            )),
            Deed::RemoveMember => {
                self.remove("member.remove", is_success, |world| &mut world.members)
            }
            Deed::RevokeKey => self.remove("api_key.revoke", is_success, |world| &mut world.keys),
            Deed::DisconnectIntegration => {
                self.remove("integration.disconnect", is_success, |world| &mut world.integrations)
            }
            Deed::UpdateProject => self.update_project(is_success),
            Deed::ExportLog => Some(self.export_log()),
            Deed::CreateViewerToken => self.create_viewer_token(scene.at),
            Deed::UpdatePlan(before, after) => Some(self.update_plan(before, after)),
            Deed::Oddity => self.oddities.next(),
            Deed::UpdateSettings => None,
        };
        done.unwrap_or_else(|| self.update_settings(is_success))
    }

    fn add(
        &mut self,
        action: &'static str,
        scene: &Scene,
        place: Place,
        new: fn(&mut Rng, Timestamp) -> Thing,
    ) -> Done {
        let thing = new(&mut self.rng, scene.at);
        let (target, mut asked) = (thing.target(), thing.members.clone());
        match scene.outcome {
            Outcome::Success => place(self).push(thing),
            Outcome::Failure => asked = asked.with("error", names::any(&mut self.rng, &ERRORS)),
            Outcome::Denied => {}
        }
        Done { action, target, old_value: None, new_value: asked.value() }
    }

    /// Removes a thing; `None` means that too few would be left.
    fn remove(&mut self, action: &'static str, is_success: bool, place: Place) -> Option<Done> {
        let count = place(self).len();
        let index = self.rng.choice(0..count).filter(|_| count > FEWEST)?;
        let things = place(self);
        let thing = if is_success { things.swap_remove(index) } else { things.get(index)?.clone() };
        Some(Done {
            action,
            target: thing.target(),
            old_value: thing.members.value(),
            new_value: None,
        })
    }

    fn update_settings(&mut self, is_success: bool) -> Done {
        let mut none = Thing::default();
        let page = self.rng.choice(&mut self.settings).unwrap_or(&mut none);
        let (before, after) = page.change(&mut self.rng, things::settings_fields(page));
        if is_success {
            page.take(&after);
        }
        Done {
            action: "settings.update",
            target: page.target(),
            old_value: before.value(),
            new_value: after.value(),
        }
    }

    fn update_project(&mut self, is_success: bool) -> Option<Done> {
        let project = self.rng.choice(&mut self.projects)?;
        let new_name = (self.rng.u8(0..12) == 0).then(|| names::project(&mut self.rng));
        let (mut before, mut after) = project.change(&mut self.rng, PROJECT);
        if let Some(new_name) = new_name {
            before = before.with_text("name", project.name.as_deref().unwrap_or_default());
            after = after.with_text("name", &new_name);
            project.name = Some(new_name).filter(|_| is_success).or(project.name.take());
        }
        if is_success {
            project.take(&after);
        }
        Some(Done {
            action: "project.update",
            target: project.target(),
            old_value: before.value(),
            new_value: after.value(),
        })
    }

    fn update_plan(&self, before: Plan, after: Plan) -> Done {
        let plan = |plan: Plan| Members::default().with_text("plan", plan.name()).value();
        let target =
            Target { kind: "workspace".to_owned(), id: self.profile.id.to_owned(), name: None };
        Done {
            action: "workspace.plan.update",
            target,
            old_value: plan(before),
            new_value: plan(after),
        }
    }

    fn audit_log(&self) -> Target {
        Target { kind: "audit_log".to_owned(), id: self.profile.id.to_owned(), name: None }
    }

    fn export_log(&mut self) -> Done {
        let filters = names::any(
            &mut self.rng,
            &["{}", r#"{"outcome":"denied"}"#, r#"{"action":["api_key.create","api_key.revoke"]}"#],
        );
        let asked = Members::default()
            .with_text("export_id", &names::id(&mut self.rng, "exp"))
            .with("filters", filters)
            .with_text("format", names::any(&mut self.rng, &["csv", "ndjson"]));
        Done {
            action: "audit_log.export",
            target: self.audit_log(),
            old_value: None,
            new_value: asked.value(),
        }
    }

    fn create_viewer_token(&mut self, at: Timestamp) -> Option<Done> {
        let person = self.rng.choice(self.profile.cast.people)?;
        let end = Timestamp::clamped(at.plus_ms(VIEWER_TOKEN_LIFE_MS).epoch_seconds() * 1_000);
        let key_id: String = (0..16).map(|_| self.rng.digit(16)).collect();
        let token = Members::default()
            .with_text("key_id", &key_id)
            .with_text("expires_at", &end.rfc3339())
            .with_text("admin_id", person.id);
        let token =
            person.email.iter().fold(token, |token, email| token.with_text("admin_email", email));
        Some(Done {
            action: "audit_log.viewer_token.create",
            target: self.audit_log(),
            old_value: None,
            new_value: token.value(),
        })
    }
}

/// A user agent as the service records it: a long one is cut, and the entry says so.
fn as_recorded(user_agent: Option<String>) -> (Option<String>, Vec<Adjustment>) {
    let Some(sent) = user_agent else { return (None, Vec::new()) };
    let kept: String = sent.chars().take(MAX_USER_AGENT_CHARS).collect();
    let cut = Adjustment { pointer: "/user_agent".to_owned(), reason: Reason::Cut };
    let adjusted = if kept == sent { Vec::new() } else { vec![cut] };
    (Some(kept), adjusted)
}
