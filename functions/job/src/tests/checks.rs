//! Checks that are cut off at each call: the next look goes on, and each entry is checked once.

use super::noon;
use crate::{Limits, Worker};
use domain::checking::last_check;
use domain::clock::Clock;
use domain::entry::Entry;
use domain::memory::fixtures::{entry_of, workspace};
use domain::memory::{Asked, Failure, Fate, MemoryFiles, MemoryQueue, MemoryStore, finish};
use domain::plan::Plan;
use domain::ports::PlanChecks;
use serde_json::{Value, json};
use std::time::Duration;
use web::service::Service;

/// Entries of the log, of which the first is a straggler.
const ENTRIES: u32 = 30;
/// More calls than the whole work takes.
const MANY_CALLS: u64 = 400;

struct World {
    store: MemoryStore,
    queue: MemoryQueue,
    clock: Clock,
}

impl World {
    /// A log whose check is planned and due, with an entry that has no number.
    fn new() -> Self {
        let workspace = workspace("ws_a", Plan::Pro, noon().plus_days(-900));
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        let entry = |n: u32| {
            let entry = entry_of(&workspace, noon().plus_ms(i64::from(n)), n, |_| {});
            Entry { recorded_at: entry.content.occurred_at, ..entry }
        };
        let log: Vec<_> = (0..ENTRIES).map(entry).collect();
        let (straggler, others) = log.split_first().unwrap();
        store.load_by(&workspace, others);
        let clock = Clock::manual(noon().plus_ms(60_000));
        let budget = domain::counting::Budget::new(f64::MAX, Duration::from_mins(1));
        let sealed = domain::sequencing::seal(&store, &workspace.id, clock.now(), &budget);
        assert_eq!(finish(sealed).unwrap().entries, u64::from(ENTRIES) - 1);
        store.load_by(&workspace, std::slice::from_ref(straggler));
        finish(store.plan_check(&workspace.id, noon().start_of_day())).unwrap();
        clock.set(noon().start_of_day().plus_days(1).plus_ms(10 * 60_000));
        Self { store, queue: MemoryQueue::default(), clock }
    }

    /// One look, and the work on all messages, by a worker that dies after so many calls.
    fn minute(&self, calls: u64) {
        let killed = Fate::FailBefore(Failure::Unavailable);
        let script = move |asked: Asked| if asked.number < calls { Fate::Pass } else { killed };
        let worker = Worker {
            service: Service::new(self.store.scripted(script), self.clock.clone()),
            queue: self.queue.clone(),
            files: MemoryFiles::default(),
            limits: Limits { chunk_time: Duration::ZERO, ..Limits::default() },
        };
        let _ = finish(worker.look_after());
        while let Some(message) = self.queue.take() {
            if finish(worker.work_on(&message)).is_err() {
                return;
            }
        }
    }

    fn found(&self) -> Value {
        let id = workspace("ws_a", Plan::Pro, noon()).id;
        json!(finish(last_check(&self.store, &id, self.clock.now())).unwrap())
    }
}

#[test]
fn a_check_that_is_cut_off_anywhere_is_finished_later() {
    super::world::timed(|| {
        let mut was_cut_off = 0;
        for calls in 0..MANY_CALLS {
            let world = World::new();
            world.minute(calls);
            was_cut_off += u32::from(world.found()["state"] != "done");
            // A message that was lost, and a job that is idle, are found within minutes.
            for _ in 0..20 {
                world.clock.set(world.clock.now().plus_ms(60_000));
                world.minute(u64::MAX);
            }
            let found = world.found();
            assert_eq!(found["state"], "done", "after {calls} calls: {found}");
            assert_eq!(found["missing"], 0, "after {calls} calls: {found}");
            assert_eq!(found["altered"], 0, "after {calls} calls: {found}");
            assert_eq!(found["entries"], ENTRIES - 1, "after {calls} calls: {found}");
            // A straggler that was entered before the chunk was stored is no straggler afterwards.
            let unnumbered = found["unnumbered"].as_u64().unwrap();
            assert!(unnumbered <= 1, "after {calls} calls: {found}");
            if was_cut_off < u32::try_from(calls).unwrap() {
                break;
            }
        }
        assert!(was_cut_off > 20, "it was cut off at {was_cut_off} calls");
    });
}
