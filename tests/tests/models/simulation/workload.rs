//! What happens in a world: entries, late ones, batches, bursts, lists, counts, plans, expiry, and
//! time that moves on in small steps and leaps.

use crate::simulation::workers::Task;
use crate::simulation::world::{Role, WORKSPACE, World};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::{ActorType, Content, Entry};
use domain::memory::fixtures::entry_with;
use domain::tally::{Level, Period};
use domain::timestamp::Timestamp;
use local::embedded;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::{Ask, actor, content, target};
use web::http::Request;

const ACTIONS: [&str; 4] = ["member.invite", "member.remove", "project.update", "settings.update"];
const TARGET_TYPES: [&str; 3] = ["member", "project", "settings"];
const ACTORS: [&str; 3] = ["usr_1", "usr_2", "usr_3"];
const MINUTE: u32 = 60_000;
const HOUR_MS: i64 = 3_600_000;

impl World {
    /// One thing that happens, and then some calls.
    pub(crate) async fn round(&mut self) {
        match self.random.below(14) {
            0..3 => self.burst().await,
            3..6 => self.jump().await,
            6..10 => return self.contend().await,
            10 => return self.overlap().await,
            11 => return self.overtake().await,
            12 => return self.rewrite().await,
            _ => {}
        }
        for _ in 0..=self.random.below(3) {
            match self.random.below(20) {
                0..3 => self.record_one().await,
                3..7 => self.record_many().await,
                7 => self.record_again().await,
                8..11 => self.list().await,
                11..17 => self.count().await,
                17 => self.change_plan().await,
                18 => self.work().await,
                _ => self.expire().await,
            }
            let calls = self.random.below(25);
            self.steps(calls).await;
        }
        let calls = self.random.pick(&[0, 10, 60]);
        self.steps(calls).await;
    }

    pub(crate) async fn steps(&mut self, calls: u32) {
        for _ in 0..calls {
            if self.step().await.is_none() {
                break;
            }
        }
    }

    /// Two record late into the same hour, the second before the first is over, both as slowly as
    /// they may; then somebody counts.
    async fn overlap(&mut self) {
        let ms = self.ms(100_000..=240_000);
        self.advance(ms).await;
        for pause in [14_000..=19_800, 100..=4_000] {
            let after_ms = self.ms(0..=MINUTE);
            let moment = self.busy.last().map_or(self.now, |busy| busy.plus_ms(after_ms));
            self.record_at(vec![moment]).await;
            let calls = 3 + self.random.below(6);
            self.steps(calls).await;
            self.slow_down();
            let ms = self.ms(pause);
            self.advance(ms).await;
        }
        let calls = 1 + self.random.below(3);
        self.steps(calls).await;
        let ms = self.ms(3_000..=60_000);
        self.advance(ms).await;
        self.count().await;
        self.steps(25).await;
    }

    /// Somebody counts and is held up before storing; a late entry comes; somebody else counts and
    /// stores; then the first goes on.
    async fn overtake(&mut self) {
        self.burst().await;
        let ms = self.ms(130_000..=240_000);
        self.advance(ms).await;
        self.count().await;
        for _ in 0..40 {
            if self.hold_up_who_is_about_to_keep(400_000) || self.step().await.is_none() {
                break;
            }
        }
        let ms = self.ms(0..=5_000);
        let moment = self.busy.last().map_or(self.now, |busy| busy.plus_ms(ms));
        self.record_at(vec![moment]).await;
        self.steps(20).await;
        let ms = self.ms(75_000..=110_000);
        self.advance(ms).await;
        self.count().await;
        self.steps(50).await;
        self.advance(400_000).await;
        self.steps(50).await;
    }

    /// Some count what others change: the same hours, again and again, with just so much time in
    /// between as matters.
    async fn contend(&mut self) {
        if self.random.below(3) == 0 {
            self.burst().await;
        }
        let ms = self.ms(100_000..=240_000);
        self.advance(ms).await;
        for _ in 0..2 + self.random.below(5) {
            match self.random.below(9) {
                0..4 => self.count().await,
                4 => self.record_one().await,
                5..8 => self.record_many().await,
                _ => self.list().await,
            }
            let calls = self.random.pick(&[0, 4, 8, 15, 40]);
            self.steps(calls).await;
            let ms = i64::from(self.random.pick(&[0, 0, 1_000, 10_000, 35_000, 65_000, 80_000]));
            self.advance(ms).await;
        }
    }

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
        }
    }

    /// When an entry happens that is sent now: just now, at the edge of being late, or late, mostly
    /// where much is.
    fn moment(&mut self) -> Timestamp {
        let recent = self.busy.len().saturating_sub(4);
        let place = if self.random.below(4) == 0 { 0 } else { recent };
        let busy = self.busy.get(place..).unwrap_or_default().to_vec();
        let busy = self.random.pick(&busy);
        let moment = match self.random.below(12) {
            0..3 => self.now.plus_ms(-self.ms(0..=50_000)),
            3 => self.now.plus_ms(self.ms(0..=MINUTE)),
            4 => self.now.plus_ms(-self.ms(50_000..=150_000)),
            5 => self.now.plus_ms(-self.ms(0..=90 * MINUTE)),
            6 => busy,
            7 => {
                self.now.plus_days(-i64::from(self.random.below(36))).plus_ms(-self.ms(0..=MINUTE))
            }
            _ => busy.plus_ms(self.ms(0..=50 * MINUTE) - 25 * i64::from(MINUTE)),
        };
        moment.min(self.now.plus_ms(120_000))
    }

    fn content(&mut self, moment: Timestamp) -> Content {
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
        self.start(Role::Record, Task::Record, 1.0, request).await;
    }

    async fn record_one(&mut self) {
        let moment = self.moment();
        let entry = self.entry(moment);
        self.record(entry).await;
    }

    async fn record_at(&mut self, moments: Vec<Timestamp>) {
        let entries: Vec<_> = moments.into_iter().map(|moment| self.entry(moment)).collect();
        self.record(json!({ "entries": entries })).await;
    }

    async fn record_many(&mut self) {
        let count = self.random.pick(&[2, 2, 2, 3, 3, 4, 5, 8, 30, 100]);
        let moments = (0..count).map(|_| self.moment()).collect();
        self.record_at(moments).await;
    }

    /// A client tries again what it sent, acknowledged or not.
    async fn record_again(&mut self) {
        if let Some(last) = self.sent.len().checked_sub(1) {
            let body = if self.random.below(2) == 0 {
                self.sent[last].clone()
            } else {
                self.random.pick(&self.sent.iter().collect::<Vec<_>>()).clone()
            };
            self.record(body).await;
        }
    }

    /// Much happens in little time, or in some hours.
    pub(crate) async fn burst(&mut self) {
        let count = self.random.pick(&[105, 110, 120, 130, 160, 160, 220, 450]);
        let ms = i64::from(self.random.pick(&[
            30,
            20_000,
            5 * MINUTE,
            15 * MINUTE,
            40 * MINUTE,
            180 * MINUTE,
        ]));
        let start = self.now;
        self.advance(ms).await;
        let workspace = self.workspace();
        let moments: Vec<_> = (0..count).map(|n| start.plus_ms(n * ms / count)).collect();
        let entries: Vec<_> = moments
            .into_iter()
            .map(|moment| entry_with(&workspace, self.content(moment)))
            .collect();
        self.import(&entries);
        self.busy.push(start.plus_ms(ms / 2));
        self.tell(&format!("{count} entries since {}", start.key()));
    }

    /// Time moves on: a bit, to about the end of an hour or a day, or by days.
    async fn jump(&mut self) {
        let next = |now: Timestamp, level| Period::holding(level, now).end().ms() - now.ms();
        let ms = match self.random.below(20) {
            0..5 => self.ms(10_000..=100_000),
            5..9 => self.ms(2 * MINUTE..=15 * MINUTE),
            9..13 => next(self.now, Level::Hour) + self.ms(0..=200_000) - 20_000,
            13..17 => next(self.now, Level::Day) + self.ms(0..=200_000) - 25_000,
            17 => next(self.now, Level::Month) + self.ms(0..=200_000) - 25_000,
            18 => 24 * HOUR_MS * i64::from(self.random.below(9)),
            _ => 24 * HOUR_MS * i64::from(20 + self.random.below(15)),
        };
        self.advance(ms.max(0)).await;
    }

    /// Filters that find something.
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

    async fn list(&mut self) {
        let ask = self.ask();
        let page = if self.random.below(2) == 0 {
            format!("&page={}", 1 + self.random.below(20))
        } else {
            String::new()
        };
        let size = self.random.pick(&[1, 7, 20, 100]);
        let request = self.request(
            "GET",
            "/entries",
            &format!("{}page_size={size}{page}", ask.query()),
            &Value::Null,
        );
        let price = self.random.pick(&[1.0, 1.0, 40.0]);
        let writes_before = self.layer.history().writes();
        self.start(Role::List, Task::List { ask, clock: self.now, writes_before }, price, request)
            .await;
    }

    /// The stream hints at something to count.
    pub(crate) async fn count(&mut self) {
        let id = format!("{}-{:032x}", self.now.key(), 0);
        let keys = json!({ "workspace_id": { "S": WORKSPACE }, "id": { "S": id } });
        let event = json!({ "Records": [{ "eventName": "INSERT",
            "dynamodb": { "SequenceNumber": "1", "Keys": keys } }] });
        let price = self.random.pick(&[1.0, 1.0, 1.0, 800.0]);
        let request = Request { body: event.to_string().into_bytes(), ..Request::default() };
        self.start(Role::Tally, Task::Other, price, request).await;
    }

    pub(crate) async fn change_plan(&mut self) {
        let plan = self.random.pick(&["free", "free", "basic", "pro", "enterprise"]);
        let request = self.request("PUT", "", "", &json!({ "plan": plan }));
        self.plan_changed_at = self.now;
        self.start(Role::Workspace, Task::Plan, 1.0, request).await;
    }

    /// DynamoDB deletes what has expired: all of it, or some.
    pub(crate) async fn expire(&mut self) {
        let is_thorough = self.random.below(2) == 0;
        let mut gone = Vec::new();
        {
            let history = self.layer.history();
            let expired = history
                .stored(crate::simulation::history::everything())
                .filter(|landed| landed.entry.expires_at.is_some_and(|end| end <= self.now));
            gone.extend(expired.map(|landed| landed.entry.id));
        }
        gone.retain(|_| is_thorough || self.random.below(2) == 0);
        let keys: Vec<_> = gone
            .iter()
            .map(|id| ("workspace_id", WORKSPACE.to_owned(), "id", id.to_string()))
            .collect();
        self.delete(&embedded::tables().entries, &keys);
        for id in &gone {
            self.layer.history().delete(*id);
        }
        let nodes = self.expired_nodes().await;
        self.delete_nodes(&nodes);
        self.tell(&format!(
            "{} entries and {} nodes were deleted because they had expired",
            gone.len(),
            nodes.len()
        ));
    }

    async fn expired_nodes(&self) -> Vec<Period> {
        let query = self
            .layer
            .client
            .query()
            .table_name(embedded::tables().control)
            .key_condition_expression("pk = :pk");
        let query = query.filter_expression("expires_at <= :now");
        let query = query
            .expression_attribute_values(":pk", AttributeValue::S(format!("tally#{WORKSPACE}")));
        let query = query.expression_attribute_values(
            ":now",
            AttributeValue::N(self.now.epoch_seconds().to_string()),
        );
        let items = query.send().await.unwrap().items.unwrap_or_default();
        items.iter().filter_map(|item| Period::from_key(item.get("sk")?.as_s().ok()?)).collect()
    }

    /// Deletes nodes.
    pub(crate) fn delete_nodes(&self, periods: &[Period]) {
        let key = |period: &Period| ("pk", format!("tally#{WORKSPACE}"), "sk", period.key());
        self.delete(&embedded::tables().control, &periods.iter().map(key).collect::<Vec<_>>());
        for period in periods {
            self.layer.history().set_node(*period, None);
        }
    }

    /// What the actions and target types of entries are, and how many there are of each.
    pub(crate) fn kinds<'a>(
        entries: impl Iterator<Item = &'a Entry>,
    ) -> BTreeMap<(String, String), u64> {
        let mut kinds = BTreeMap::new();
        for entry in entries {
            *kinds
                .entry((entry.content.action.clone(), entry.content.target.kind.clone()))
                .or_default() += 1;
        }
        kinds
    }
}
