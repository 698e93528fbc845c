//! Random interleavings of recording and counting, in virtual time: the rules R1 to R4 under the
//! assumptions A1 and A2.
//!
//! After every write the claim of the proof is checked for every node that is stored. Writers and
//! counters have clocks of their own, and a writer whose 20 s are over gives up.

use super::plain::{Burst, DAY_MS, HOUR_MS, Log, MINUTE_MS, mixed, now};
use super::{Budget, count, reopen};
use crate::entry::Entry;
use crate::identity::EntryId;
use crate::memory::{MemoryStore, fixtures};
use crate::plan::Plan;
use crate::ports::{ReopenTally, StoreError};
use crate::span::Span;
use crate::tally::Period;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A1: clocks differ by less than this.
const CLOCKS_DIFFER_MS: i64 = 40_000;
/// A2: a recording is over after this.
const RECORDING_MS: i64 = 20_000;

/// Where entries are recorded late: in the present hour, and in an hour, day and month that are
/// over.
const PLACES_MS: [i64; 4] = [4 * MINUTE_MS, HOUR_MS, DAY_MS, 20 * DAY_MS];

/// Somebody who acts.
#[derive(Debug, Clone)]
enum Worker {
    /// Records an entry that happened so long before it is recorded.
    Writer { ago_ms: i64, clock_ahead_ms: i64, delays: u64 },
    /// Counts the whole log.
    Counter { clock_ahead_ms: i64 },
}

/// What the workers share: real time, and the log.
struct World {
    elapsed_ms: Cell<i64>,
    log: RefCell<Log>,
    store: MemoryStore,
    workspace: Workspace,
}

/// A store whose marks take effect one by one, each after some turns of other workers.
#[derive(Clone)]
struct Slow(MemoryStore, u64);

impl ReopenTally for Slow {
    async fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let level = u64::try_from(period.key().len()).unwrap();
        wait(mixed(self.1, level) % 6).await;
        self.0.reopen(workspace, period, now).await
    }
}

/// What a worker does, from its first turn to its last.
type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Lets others take so many turns.
async fn wait(mut turns: u64) {
    poll_fn(|context| {
        context.waker().wake_by_ref();
        turns = turns.saturating_sub(1);
        if turns == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl World {
    fn new(seed: u64) -> Self {
        let bursts = PLACES_MS.map(|ago_ms| Burst {
            ago_ms,
            spread_ms: MINUTE_MS,
            count: 110,
            kinds: 1,
            lives: vec![None],
        });
        let log = Log::new(Plan::Enterprise, &bursts);
        // A node that is there hides those below it from whoever counts.
        if seed.is_multiple_of(4) {
            log.store_nodes(seed);
        }
        let (store, workspace) = (log.store.clone(), log.workspace.clone());
        Self { elapsed_ms: Cell::new(0), log: RefCell::new(log), store, workspace }
    }

    fn clock(&self, ahead_ms: i64) -> Timestamp {
        now().plus_ms(self.elapsed_ms.get() + ahead_ms)
    }

    /// 1. Read the clock. 2. Reopen. 3. Write the entry, unless 20 s have passed.
    async fn record(&self, number: u64, ago_ms: i64, clock_ahead_ms: i64, delays: u64) {
        let started_ms = self.elapsed_ms.get();
        let now = self.clock(clock_ahead_ms);
        let occurred_at = now.plus_ms(-ago_ms);
        let store = Slow(self.store.clone(), delays);
        if !reopen(&store, &self.workspace, [occurred_at], now).await.is_empty() {
            return;
        }
        wait(delays % 4).await;
        if self.elapsed_ms.get() - started_ms < RECORDING_MS {
            let mut entry: Entry = fixtures::entry(&self.workspace, occurred_at, 0);
            entry.id = EntryId::new(occurred_at, u128::from(number));
            self.store.load(std::slice::from_ref(&entry));
            self.log.borrow_mut().entries.insert(entry.id, entry);
        }
    }

    async fn count(&self, clock_ahead_ms: i64) {
        let budget = Budget::new(f64::INFINITY, Duration::from_mins(1));
        let (store, now) = (self.store.stepping(), self.clock(clock_ahead_ms));
        count(&store, &self.workspace.id, Span::everything(), now, &budget).await.unwrap();
    }

    async fn work(&self, number: u64, worker: Worker) {
        match worker {
            Worker::Writer { ago_ms, clock_ahead_ms, delays } => {
                self.record(number, ago_ms, clock_ahead_ms, delays).await;
            }
            Worker::Counter { clock_ahead_ms } => self.count(clock_ahead_ms).await,
        }
    }

    /// The claim of the proof for entries that never expire: each node, and each of its parts,
    /// holds as many entries as the table.
    fn check_nodes(&self) {
        let log = self.log.borrow();
        for node in log.nodes() {
            let Some(counted) = &node.counted else { continue };
            for (span, part) in counted.spans(node.period.level()) {
                let stored = log.entries.range(span.low..=span.high).count();
                assert_eq!(u64::try_from(stored), Ok(part.counts.total()), "{}", node.period);
            }
            let ids = node.period.span().low..EntryId::first_of(counted.through);
            let stored = log.entries.range(ids).count();
            assert_eq!(u64::try_from(stored), Ok(counted.total()), "{}", node.period);
        }
    }

    /// Gives the workers their turns. A worker begins with its first turn, and those whose turns
    /// are over before their work are as good as crashed.
    fn play(&self, workers: Vec<Worker>, turns: &[(usize, i64)]) {
        let mut works: Vec<Option<Work<'_>>> = Vec::new();
        for (number, worker) in (1..).zip(workers) {
            works.push(Some(Box::pin(self.work(number, worker))));
        }
        let mut checked = 0;
        for (turn, advance_ms) in turns {
            self.elapsed_ms.set(self.elapsed_ms.get() + advance_ms);
            let place = turn % works.len();
            if let Some(work) = &mut works[place]
                && work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
            {
                works[place] = None;
            }
            if self.store.version() > checked {
                self.check_nodes();
                checked = self.store.version();
            }
        }
    }
}

fn workers() -> impl Strategy<Value = Vec<Worker>> {
    let ahead = || 0..CLOCKS_DIFFER_MS;
    let ago = prop_oneof![
        1 => 0..MINUTE_MS,
        1 => MINUTE_MS..5 * MINUTE_MS,
        3 => (0..4_usize, 0..MINUTE_MS).prop_map(|(place, ms)| PLACES_MS[place] + ms),
    ];
    let writer = (ago, ahead(), any::<u64>()).prop_map(|(ago_ms, clock_ahead_ms, delays)| {
        Worker::Writer { ago_ms, clock_ahead_ms, delays }
    });
    let counter = ahead().prop_map(|clock_ahead_ms| Worker::Counter { clock_ahead_ms });
    let (writers, counters) = (1..4_usize, 1..4_usize);
    (proptest::collection::vec(writer, writers), proptest::collection::vec(counter, counters))
        .prop_map(|(writers, counters)| writers.into_iter().chain(counters).collect())
}

fn turns() -> impl Strategy<Value = Vec<(usize, i64)>> {
    let advance = prop_oneof![6 => Just(0), 2 => 0..5_000_i64, 1 => 0..70_000_i64];
    proptest::collection::vec((any::<usize>(), advance), 20..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_stored_count_is_true_at_every_moment(
        workers in workers(),
        turns in turns(),
        seed: u64,
    ) {
        let world = World::new(seed);
        world.play(workers, &turns);
        world.elapsed_ms.set(world.elapsed_ms.get() + DAY_MS);
        crate::memory::finish(world.count(0));
        world.check_nodes();
    }
}
