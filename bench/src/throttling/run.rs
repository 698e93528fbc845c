//! Plays one run: events in the order of simulated time, each a request to the real handlers.

use super::publisher::{Publisher, Seen};
use super::throttle::Throttle;
use super::{Scenario, WORKSPACES};
use crate::Fault;
use crate::meter::Meter;
use domain::clock::Clock;
use domain::credential::{Credential, Scope, Token};
use domain::memory::fixtures::workspace;
use domain::memory::{Asked, MemoryStore};
use domain::plan::Plan;
use domain::ports::WriteControl;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use fastrand::Rng;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::{Arc, Mutex, PoisonError};
use web::http::{Answer, Request};
use web::rates::Rates;
use web::service::Service;

/// For how long entries are made, in milliseconds.
const MADE_FOR_MS: i64 = 120_000;
/// How often each publisher of the hot workspace makes a batch: 40 × 100 / 2 s = 2,000 entries a
/// second, twice what a partition gives.
const HOT_EVERY_MS: i64 = 2_000;
const HOT_BATCH: usize = 100;
/// How often each other workspace makes an entry, and how often it lists.
const EVERY_MS: i64 = 1_000;
const LISTED_EVERY_MS: i64 = 10_000;
/// No run is longer.
const LAST_MS: i64 = 3_600_000;

/// What is stored: the ids of all entries, by workspace.
pub(super) type Stored = BTreeSet<(usize, String)>;

/// What all have seen at the end.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) hot: Seen,
    /// Those in the partition of the hot one.
    pub(super) beside: Seen,
    pub(super) others: Seen,
    pub(super) stored: Stored,
}

impl Outcome {
    fn seen_by(&mut self, workspace: usize, scenario: Scenario) -> &mut Seen {
        match workspace {
            0 => &mut self.hot,
            _ if workspace <= scenario.beside => &mut self.beside,
            _ => &mut self.others,
        }
    }
}

/// What happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The hot workspace gets a partition of its own.
    Move,
    /// A publisher makes entries.
    Make(usize),
    /// A publisher sends what it keeps.
    Send(usize),
    /// A workspace asks for its first page.
    List(usize),
}

/// Everything that a run has.
struct Run<'a> {
    scenario: Scenario,
    meter: &'a Meter,
    start: Timestamp,
    clock: Clock,
    throttle: Arc<Mutex<Throttle>>,
    services: Vec<Service<MemoryStore>>,
    token: String,
    publishers: Vec<Publisher>,
    /// Whether each publisher has sent something, or waits to send again.
    is_busy: Vec<bool>,
    events: BinaryHeap<Reverse<(i64, Event)>>,
    rng: Rng,
    outcome: Outcome,
}

/// Plays a run until everything is acknowledged.
pub(super) async fn run(scenario: Scenario, meter: &Meter) -> Result<Outcome, Fault> {
    let start = Timestamp::parse("2026-11-28T10:00:00.000Z")?;
    let workspaces: Vec<_> = (0..WORKSPACES)
        .map(|number| workspace(&format!("ws_{number}"), Plan::Pro, start))
        .collect();
    let store = MemoryStore::new();
    for workspace in &workspaces {
        store.put_plain_workspace(workspace);
    }
    let token = key(&store, start).await?;
    let mut run = Run::new(scenario, meter, start, &store, token);
    while let Some(Reverse((now_ms, event))) = run.events.pop() {
        if now_ms > LAST_MS {
            return Err("not everything is acknowledged within an hour".into());
        }
        run.happen(now_ms, event).await?;
    }
    if run.publishers.iter().any(|publisher| !publisher.is_done()) {
        return Err("a publisher keeps entries and does not send them".into());
    }
    run.outcome.stored = stored(&store, &workspaces)?;
    Ok(run.outcome)
}

/// A key that may do everything.
async fn key(store: &MemoryStore, now: Timestamp) -> Result<String, Fault> {
    let token = Token::random()?;
    let credential = Credential::of(&token, Scope::ALL.to_vec(), now);
    store.put_credential(&credential, None).await?;
    Ok(token.text())
}

/// The ids of all entries. Each is stored once, as it is a key.
fn stored(store: &MemoryStore, workspaces: &[Workspace]) -> Result<Stored, Fault> {
    let mut all = Stored::new();
    for (number, workspace) in workspaces.iter().enumerate() {
        for entry in store.stored(workspace) {
            if !all.insert((number, entry.id.to_string())) {
                return Err(format!("{} is stored twice", entry.id).into());
            }
        }
    }
    Ok(all)
}

impl<'a> Run<'a> {
    fn new(
        scenario: Scenario,
        meter: &'a Meter,
        start: Timestamp,
        store: &MemoryStore,
        token: String,
    ) -> Self {
        let (clock, throttle) =
            (Clock::manual(start), Arc::new(Mutex::new(Throttle::new(scenario))));
        let service = |workspace| {
            let throttle = Arc::clone(&throttle);
            let script = move |asked: Asked| {
                throttle.lock().unwrap_or_else(PoisonError::into_inner).fate(workspace, asked.call)
            };
            let store = store.of_new_process().scripted(script);
            Service::new(store, clock.clone()).with_rates(Rates::UNLIMITED)
        };
        let services = (0..WORKSPACES).map(service).collect();
        let hot = (0..scenario.publishers).map(|number| Publisher::new(0, number, HOT_BATCH));
        let others = (1..WORKSPACES).map(|workspace| Publisher::new(workspace, 0, 1));
        let publishers: Vec<_> = hot.chain(others).collect();
        let mut events = BinaryHeap::from([Reverse((scenario.moved_after * 1_000, Event::Move))]);
        // Each begins at a moment of its own, so that they do not all ask at once.
        for (number, at_ms) in (0..publishers.len()).zip((0..).step_by(7)) {
            events.push(Reverse((at_ms, Event::Make(number))));
        }
        for (workspace, at_ms) in (1..WORKSPACES).zip((0..).step_by(97)) {
            events.push(Reverse((at_ms, Event::List(workspace))));
        }
        let (is_busy, rng) = (vec![false; publishers.len()], Rng::with_seed(5));
        let outcome = Outcome::default();
        Self {
            scenario,
            meter,
            start,
            clock,
            throttle,
            services,
            token,
            publishers,
            is_busy,
            events,
            rng,
            outcome,
        }
    }

    async fn happen(&mut self, now_ms: i64, event: Event) -> Result<(), Fault> {
        let now = self.start.plus_ms(now_ms);
        self.clock.set(now);
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).now_ms = now_ms;
        match event {
            Event::Move => {
                let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
                throttle.isolate(0);
            }
            Event::Make(number) => {
                let publisher = self.publishers.get_mut(number).ok_or("no such publisher")?;
                publisher.make(now, now_ms);
                let every_ms = if publisher.workspace == 0 { HOT_EVERY_MS } else { EVERY_MS };
                if now_ms + every_ms < MADE_FOR_MS {
                    self.events.push(Reverse((now_ms + every_ms, Event::Make(number))));
                }
                let is_busy = self.is_busy.get_mut(number).ok_or("no such publisher")?;
                if !std::mem::replace(is_busy, true) {
                    self.events.push(Reverse((now_ms, Event::Send(number))));
                }
            }
            Event::Send(number) => self.send(now_ms, number).await?,
            Event::List(workspace) => self.list(now_ms, workspace).await?,
        }
        Ok(())
    }

    /// Lets a publisher send, unless it has nothing left.
    async fn send(&mut self, now_ms: i64, number: usize) -> Result<(), Fault> {
        let publisher = self.publishers.get(number).ok_or("no such publisher")?;
        if publisher.is_done() {
            *self.is_busy.get_mut(number).ok_or("no such publisher")? = false;
            return Ok(());
        }
        let (workspace, path) =
            (publisher.workspace, if publisher.sends_single() { "" } else { "/batch" });
        let request = self.request("POST", workspace, path, publisher.body().to_string());
        let service = self.services.get(workspace).ok_or("no such workspace")?;
        let answer = record::answer(service, request).await;
        self.charge(now_ms, workspace);
        let seen = self.outcome.seen_by(workspace, self.scenario);
        let publisher = self.publishers.get_mut(number).ok_or("no such publisher")?;
        let wait_ms = publisher.take(&answer, now_ms, seen, &mut self.rng)?;
        self.events.push(Reverse((now_ms + wait_ms, Event::Send(number))));
        Ok(())
    }

    /// Asks for the first page. A reader who is refused asks again in its time.
    async fn list(&mut self, now_ms: i64, workspace: usize) -> Result<(), Fault> {
        let request = self.request("GET", workspace, "", String::new());
        let service = self.services.get(workspace).ok_or("no such workspace")?;
        let Answer { status, body, .. } = list::answer(service, request).await;
        self.charge(now_ms, workspace);
        if !matches!(status.as_u16(), 200 | 429 | 503) {
            return Err(format!("{status} {}", String::from_utf8_lossy(&body)).into());
        }
        if now_ms + LISTED_EVERY_MS < MADE_FOR_MS {
            self.events.push(Reverse((now_ms + LISTED_EVERY_MS, Event::List(workspace))));
        }
        Ok(())
    }

    /// Charges the partition with what the last request has read.
    fn charge(&self, now_ms: i64, workspace: usize) {
        let units = self.meter.take().read_units;
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(partition) = throttle.partition(workspace) {
            partition.charge_read(now_ms, units);
        }
    }

    fn request(&self, method: &str, workspace: usize, path: &str, body: String) -> Request {
        let headers = [
            ("authorization".to_owned(), format!("Bearer {}", self.token)),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        Request {
            method: method.to_owned(),
            path: format!("/v1/workspaces/ws_{workspace}/entries{path}"),
            headers: headers.into(),
            body: body.into_bytes(),
            request_id: "bench".to_owned(),
            ..Request::default()
        }
    }
}
