//! The world of one seed: a database, instances of the functions with skewed clocks, the true time,
//! and a trace of what happened.

use crate::simulation::check::{Browse, Follower};
use crate::simulation::gate::Gate;
use crate::simulation::history::History;
use crate::simulation::jobs::Queue;
use crate::simulation::layer::Layer;
use crate::simulation::mutant::Mutant;
use crate::simulation::workers::Worker;
use aws::dynamodb::{DynamoStore, items_of_credential, items_of_entry, items_of_workspace};
use domain::clock::Clock;
use domain::credential::{Credential, Scope, Token};
use domain::entry::Entry;
use domain::identity::Salt;
use domain::memory::fixtures::new_entry;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use local::embedded::{self, Embedded};
use local::setup;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tests::{Random, at};
use tokio::net::TcpListener;
use web::rates::Rates;
use web::service::Service;

/// The workspace of every seed.
pub(crate) const WORKSPACE: &str = "ws_a";
/// The most by which a clock differs from the true time. So two clocks differ by at most 4 s (A1).
const MAX_SKEW_MS: u32 = 2_000;
/// When a seed begins. Most of these moments are shortly before the end of a day, a month or a
/// year.
const STARTS: [&str; 7] = [
    "2026-11-22T12:00:00.000Z", "2026-11-30T21:30:00.000Z", "2026-12-30T23:40:00.000Z",
    "2026-12-31T22:10:00.000Z", "2027-02-27T20:00:00.000Z", "2028-02-28T23:00:00.000Z",
    "2027-06-29T03:00:00.000Z",
];

/// The function that an instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Record,
    List,
    Tally,
    Workspace,
    Job,
    /// `audit`, the command line.
    Operator,
}

/// One instance of a function, with its own clock and its own cache of credentials and workspaces.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) role: Role,
    pub(crate) service: Service<Layer>,
    pub(crate) skew_ms: i64,
}

/// The world of one seed.
pub(crate) struct World {
    pub(crate) random: Random,
    /// The true time.
    pub(crate) now: Timestamp,
    pub(crate) layer: Layer,
    pub(crate) embedded: Embedded,
    pub(crate) token: String,
    pub(crate) instances: Vec<Instance>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) workers_made: usize,
    /// The queue of jobs.
    pub(crate) queue: Queue,
    /// Whether eventually consistent reads may be stale.
    pub(crate) has_old_copies: bool,
    /// One call in this many meets each kind of fault.
    pub(crate) calls_per_fault: u32,
    /// Whether machines freeze while they record, so that their entries may land too late for A2.
    pub(crate) has_frozen: bool,
    /// The bodies that clients sent, and may send again.
    pub(crate) sent: Vec<Value>,
    pub(crate) entries_made: usize,
    /// Moments around which many entries were recorded.
    pub(crate) busy: Vec<Timestamp>,
    /// The open browses.
    pub(crate) browses: Vec<Browse>,
    /// The clients that follow the feed.
    pub(crate) followers: [Follower; 2],
    /// When jobs were last done before a leap in time.
    pub(crate) kept_up_at: Timestamp,
    pub(crate) plan_changed_at: Timestamp,
    pub(crate) trace: Vec<String>,
    /// The first wrong answer to a worker.
    pub(crate) wrong: Option<String>,
}

impl World {
    /// Makes the world of a seed.
    pub(crate) async fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut random = Random::new(seed);
        let embedded = Embedded::start(
            embedded::open(None).unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
        )
        .unwrap();
        let client = embedded::client(&embedded.endpoint);
        let inner = DynamoStore::new(client.clone(), embedded::tables());
        let now = at(random.pick(&STARTS)).plus_ms(i64::from(random.below(3_600_000)));
        let plan = random.pick(&[
            Plan::Free,
            Plan::Free,
            Plan::Free,
            Plan::Basic,
            Plan::Pro,
            Plan::Enterprise,
        ]);
        let salt = std::array::from_fn(|_| u8::try_from(random.below(256)).unwrap());
        let workspace = Workspace::new(
            WorkspaceId::parse(WORKSPACE).unwrap(),
            plan,
            Salt::from_bytes(salt),
            now,
        );
        let history = Arc::new(Mutex::new(History::new(workspace.clone(), now)));
        let layer = Layer {
            inner,
            client,
            gate: Gate::default(),
            history,
            mutant,
            broken: Arc::default(),
            worker: None,
            role: None,
            reads_from_memory: false,
            price: 1.0,
            logs: Arc::default(),
            segments_per_call: usize::MAX,
        };
        let token = Token::random().unwrap();
        let control = items_of_workspace(&workspace)
            .unwrap()
            .into_iter()
            .chain(items_of_credential(&credential(&token, now)).unwrap());
        setup::import(&embedded.database, &embedded::tables().control, control.collect()).unwrap();
        let instances = instances(&mut random, &layer, mutant, now);
        let must_be_old = mutant == Some(Mutant::OldCopies);
        let must_freeze = mutant == Some(Mutant::StragglersIgnored);
        Self {
            has_old_copies: random.below(2) == 0 || must_be_old,
            calls_per_fault: random.pick(&[20, 60, 200, u32::MAX]),
            has_frozen: random.below(3) == 0 || must_freeze,
            random,
            now,
            layer,
            embedded,
            token: token.text(),
            instances,
            workers: Vec::new(),
            workers_made: 0,
            queue: Queue::default(),
            sent: Vec::new(),
            entries_made: 0,
            busy: vec![now],
            browses: Vec::new(),
            followers: Default::default(),
            kept_up_at: now,
            plan_changed_at: Timestamp::MIN,
            trace: Vec::new(),
            wrong: None,
        }
    }

    /// Writes a line of the trace.
    pub(crate) fn tell(&mut self, text: &str) {
        self.trace.push(format!("{} {text}", self.now.key()));
    }

    /// Moves the true time, and every clock with it.
    pub(crate) fn set_time(&mut self, now: Timestamp) {
        self.now = now;
        self.layer.history().now = now;
        self.instances
            .iter()
            .for_each(|instance| instance.service.clock.set(now.plus_ms(instance.skew_ms)));
    }

    /// An instance with the true time and empty caches, whose calls pass the gate at once.
    pub(crate) fn plain_service(&self, reads_from_memory: bool) -> Service<Layer> {
        let layer = Layer { reads_from_memory, ..self.layer.of(None, None, 1.0) };
        Service::new(layer, Clock::manual(self.now)).with_rates(Rates::UNLIMITED)
    }

    /// The workspace as it is stored.
    pub(crate) fn workspace(&self) -> Workspace {
        self.layer.history().workspace.clone()
    }

    /// A random number from a range of milliseconds.
    pub(crate) fn ms(&mut self, range: std::ops::RangeInclusive<u32>) -> i64 {
        i64::from(range.start() + self.random.below(range.end() - range.start() + 1))
    }

    /// Stores entries without a handler, each recorded when it happened, to get many new ones in
    /// little time. They must be in order, and not in the future.
    pub(crate) fn import(&mut self, entries: &[Entry]) {
        let workspace = self.workspace();
        let new: Vec<_> = entries.iter().map(|entry| new_entry(&workspace, entry)).collect();
        let items = new.iter().flat_map(|new| items_of_entry(new).unwrap()).collect();
        setup::import(&self.embedded.database, &embedded::tables().entries, items).unwrap();
        let mut history = self.layer.history();
        for new in &new {
            history.now = new.entry.content.occurred_at;
            history.record(new, false);
        }
        history.now = self.now;
    }

    /// Deletes items of a table.
    pub(crate) fn delete(&self, table: &str, keys: &[(&str, String, &str, String)]) {
        for keys in keys.chunks(25) {
            let delete = |(pk, of_pk, sk, of_sk): &(&str, String, &str, String)| {
                serde_json::json!({ "DeleteRequest": { "Key": { *pk: { "S": of_pk },
                *sk: { "S": of_sk } } } })
            };
            let requests: Vec<Value> = keys.iter().map(delete).collect();
            let request = serde_json::json!({ "RequestItems": { table: requests } });
            self.embedded
                .database
                .batch_write_item(serde_json::from_value(request).unwrap())
                .unwrap();
        }
    }
}

fn credential(token: &Token, now: Timestamp) -> Credential {
    Credential { name: Some("test".to_owned()), ..Credential::of(token, Scope::ALL.to_vec(), now) }
}

fn instances(
    random: &mut Random,
    layer: &Layer,
    mutant: Option<Mutant>,
    now: Timestamp,
) -> Vec<Instance> {
    let is_skewed = random.below(4) > 0;
    let roles = [
        Role::Record,
        Role::Record,
        Role::Record,
        Role::List,
        Role::List,
        Role::Tally,
        Role::Tally,
        Role::Workspace,
        Role::Job,
        Role::Job,
        Role::Operator,
    ];
    let instance = |role| {
        let skew_ms = match random.below(4) {
            _ if !is_skewed => 0,
            0 => -i64::from(MAX_SKEW_MS),
            1 => i64::from(MAX_SKEW_MS),
            _ => i64::from(random.below(2 * MAX_SKEW_MS + 1)) - i64::from(MAX_SKEW_MS),
        };
        let skew_ms = skew_ms + mutant.map_or(0, |mutant| mutant.clock_ahead_ms(role));
        let clock = Clock::manual(now.plus_ms(skew_ms));
        let service =
            Service::new(layer.of(None, Some(role), 1.0), clock).with_rates(Rates::UNLIMITED);
        Instance { role, service, skew_ms }
    };
    roles.map(instance).into()
}
