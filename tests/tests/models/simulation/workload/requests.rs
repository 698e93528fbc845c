//! The requests: entries, lists, polls of the feed, changes of plan and catalogue, and hints of the
//! stream.

use crate::simulation::check::feed_query;
use crate::simulation::workers::{Asked, Task};
use crate::simulation::workload::MINUTE;
use crate::simulation::world::{Role, WORKSPACE, World};
use domain::catalog::{UnknownActions, default_catalog};
use domain::entry::{ActorType, Content};
use domain::journal::Segment;
use domain::tally::{Level, Period};
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::{Ask, actor, content, target};
use web::http::Request;

const ACTIONS: [&str; 4] = ["member.invite", "member.remove", "project.update", "settings.update"];
const TARGET_TYPES: [&str; 3] = ["member", "project", "settings"];
const ACTORS: [&str; 3] = ["usr_1", "usr_2", "usr_3"];

impl World {
    /// A request of the client.
    pub(crate) fn request(&self, method: &str, path: &str, query: &str, body: &Value) -> Request {
        let headers = [
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json".to_owned()),
        ];
        Request {
            method: method.to_owned(),
            path: format!("/v1/workspaces/{WORKSPACE}{path}"),
            query: query.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            request_id: "simulated".to_owned(),
            ..Request::default()
        }
    }

    /// The `occurred_at` of an entry that is sent now: just now, at the edge of being out of order,
    /// late, ahead of the clock, or near a busy moment.
    fn moment(&mut self) -> Timestamp {
        let recent = self.busy.len().saturating_sub(4);
        let place = if self.random.below(4) == 0 { 0 } else { recent };
        let busy = self.busy.get(place..).unwrap_or_default().to_vec();
        let busy = self.random.pick(&busy);
        let moment = match self.random.below(12) {
            0..4 => self.now.plus_ms(-self.ms(0..=4_000)),
            4 => self.now.plus_ms(self.ms(0..=7_000)),
            5 => self.now.plus_ms(-self.ms(3_000..=9_000)),
            6 => self.now.plus_ms(-self.ms(0..=90 * MINUTE)),
            7 => {
                self.now.plus_days(-i64::from(self.random.below(36))).plus_ms(-self.ms(0..=MINUTE))
            }
            8 => self.now.plus_ms(self.ms(0..=4 * MINUTE)),
            9 => busy,
            _ => busy.plus_ms(self.ms(0..=50 * MINUTE) - 25 * i64::from(MINUTE)),
        };
        moment.min(self.now.plus_ms(i64::from(4 * MINUTE)))
    }

    pub(super) fn content(&mut self, moment: Timestamp) -> Content {
        self.entries_made += 1;
        let (action, kind) = (self.random.pick(&ACTIONS), self.random.pick(&TARGET_TYPES));
        content(
            moment,
            actor(self.random.pick(&ACTORS)),
            action,
            target(kind, "one"),
            self.entries_made,
        )
    }

    /// An entry as a client sends it.
    fn entry(&mut self, moment: Timestamp) -> Value {
        let content = self.content(moment);
        assert_eq!(content.actor.kind, ActorType::User);
        json!({
            "occurred_at": content.occurred_at.rfc3339(),
            "action": content.action,
            "actor": { "type": "user", "id": content.actor.id },
            "target": { "type": content.target.kind, "id": content.target.id },
            "external_id": content.external_id,
        })
    }

    async fn record(&mut self, body: Value) {
        let path = if body.get("entries").is_some() { "/entries/batch" } else { "/entries" };
        let request = self.request("POST", path, "", &body);
        let moments: Vec<_> = [&body]
            .into_iter()
            .chain(body.get("entries").and_then(Value::as_array).into_iter().flatten())
            .collect();
        let moments: Vec<_> = moments
            .iter()
            .filter_map(|entry| entry.get("occurred_at")?.as_str())
            .map(str::to_owned)
            .collect();
        self.tell(&format!("to record: {}", moments.join(" ")));
        self.sent.push(body.clone());
        let entries = body.get("entries").and_then(Value::as_array);
        let entries = entries.map_or_else(|| vec![&body], |entries| entries.iter().collect());
        let action = |entry: &&Value| entry["action"].as_str().unwrap().to_owned();
        let actions = entries.iter().map(action).collect();
        let task = Task::Record { actions, begun_at: self.now };
        self.start(Role::Record, task, 1.0, request).await;
    }

    pub(super) async fn record_one(&mut self) {
        let moment = self.moment();
        let entry = self.entry(moment);
        self.record(entry).await;
    }

    pub(super) async fn record_at(&mut self, moments: Vec<Timestamp>) {
        let entries: Vec<_> = moments.into_iter().map(|moment| self.entry(moment)).collect();
        self.record(json!({ "entries": entries })).await;
    }

    pub(super) async fn record_many(&mut self) {
        let count = self.random.pick(&[2, 2, 2, 3, 3, 4, 5, 8, 30, 100]);
        let moments = (0..count).map(|_| self.moment()).collect();
        self.record_at(moments).await;
    }

    /// A client repeats a request, whether it was acknowledged or not.
    pub(super) async fn record_again(&mut self) {
        if let Some(last) = self.sent.len().checked_sub(1) {
            let body = if self.random.below(2) == 0 {
                self.sent[last].clone()
            } else {
                self.random.pick(&self.sent.iter().collect::<Vec<_>>()).clone()
            };
            self.record(body).await;
        }
    }

    /// Random filters, which usually match something.
    pub(crate) fn ask(&mut self) -> Ask {
        let mut ask = Ask::default();
        if self.random.below(3) == 0 {
            ask.action = Some(self.random.pick(&ACTIONS).to_owned());
        }
        if self.random.below(3) == 0 {
            ask.target_type = Some(self.random.pick(&TARGET_TYPES).to_owned());
        }
        if self.random.below(10) == 0 {
            ask.actor_id = Some(self.random.pick(&ACTORS).to_owned());
        }
        let bound = |world: &mut Self| {
            let busy = world.random.pick(&world.busy.clone());
            let level = world.random.pick(&Level::ALL);
            match world.random.below(6) {
                0 => Some(Period::holding(level, busy).start()),
                1 => Some(busy.plus_ms(world.ms(0..=20 * MINUTE) - 10 * i64::from(MINUTE))),
                _ => None,
            }
        };
        (ask.from, ask.to) = (bound(self), bound(self));
        if ask.from.zip(ask.to).is_some_and(|(from, to)| from > to) {
            std::mem::swap(&mut ask.from, &mut ask.to);
        }
        ask
    }

    pub(super) async fn list(&mut self) {
        let ask = self.ask();
        let page = if self.random.below(2) == 0 { 1 + self.random.below(20) } else { 1 };
        let size: u8 = self.random.pick(&[1, 7, 20, 100]);
        let query = format!("{}page_size={size}&page={page}", ask.query());
        let request = self.request("GET", "/entries", &query, &Value::Null);
        let price = self.random.pick(&[1.0, 1.0, 40.0]);
        let (writes_before, landed_before) = {
            let history = self.layer.history();
            (history.writes(), history.landed())
        };
        let (page, size) = (usize::try_from(page).unwrap(), usize::from(size));
        let asked = Asked { ask, size, page, clock: self.now, writes_before, landed_before };
        self.start(Role::List, Task::List(Box::new(asked)), price, request).await;
    }

    /// Requests the feed from a number on: mostly one of the newest, sometimes any number.
    pub(super) async fn poll(&mut self) {
        let numbered = {
            let history = self.layer.history();
            u32::try_from(history.segments().last().map_or(0, Segment::next)).unwrap()
        };
        let next = match self.random.below(3) {
            0 => self.random.below(numbered + 1),
            _ => numbered.saturating_sub(self.random.below(40)),
        };
        let limit = self.random.pick(&[7, 100, 1_000]);
        let query = feed_query(u64::from(next), limit);
        let request = self.request("GET", "/feed", &query, &Value::Null);
        self.start(Role::List, Task::Poll(u64::from(next)), 1.0, request).await;
    }

    /// An operator folds all that is numbered, or begins a recount.
    pub(crate) async fn operate(&mut self) {
        let task = Task::Operate { is_recount: self.random.below(4) == 0 };
        self.start(Role::Operator, task, 1.0, Request::default()).await;
    }

    /// An event of the stream, which hints that the workspace has new entries.
    pub(crate) fn hint(&self) -> Value {
        let id = format!("{}-{:032x}", self.now.key(), 0);
        let keys = json!({ "workspace_id": { "S": WORKSPACE }, "id": { "S": id } });
        json!({ "Records": [{ "eventName": "INSERT",
            "dynamodb": { "SequenceNumber": "1", "Keys": keys } }] })
    }

    /// Calls `tally` with such a hint, so that it numbers and folds.
    pub(crate) async fn follow(&mut self) {
        let event = self.hint();
        let price = self.random.pick(&[1.0, 1.0, 1.0, 800.0]);
        let request = Request { body: event.to_string().into_bytes(), ..Request::default() };
        self.start(Role::Tally, Task::Follow, price, request).await;
    }

    /// An operator sets another catalogue. It has some of the default actions, retires others, and
    /// accepts or refuses unknown ones.
    pub(crate) fn change_catalog(&mut self) {
        let before = self.layer.history().catalog();
        let mut catalog = default_catalog().clone();
        catalog.version = before.as_ref().map_or(0, |before| before.version) + 1;
        if self.random.below(2) == 0 {
            catalog.unknown_actions = UnknownActions::Accept;
        }
        catalog.accepted_unknown = catalog.unknown_actions == UnknownActions::Accept
            || before.is_some_and(|before| before.accepted_unknown);
        catalog.actions.retain(|action| action.service || self.random.below(4) > 0);
        for action in &mut catalog.actions {
            action.retired = !action.service && self.random.below(5) == 0;
        }
        self.tell(&format!("catalogue {}: {:?}", catalog.version, catalog.unknown_actions));
        self.layer.history().set_catalog(catalog);
    }

    pub(crate) async fn change_plan(&mut self) {
        let plan = self.random.pick(&["free", "free", "basic", "pro", "enterprise"]);
        let request = self.request("PUT", "", "", &json!({ "plan": plan }));
        self.plan_changed_at = self.now;
        self.start(Role::Workspace, Task::Plan, 1.0, request).await;
    }
}
