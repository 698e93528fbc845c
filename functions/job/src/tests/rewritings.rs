//! Rewritings after a change of plan: in the end every entry has the life that the plan gives it,
//! whatever happens to the workers.

use super::fuse::{Fuse, Mishap};
use super::layer::Broken;
use super::noon;
use super::world::{World, Wrong, timed};
use crate::{Limits, Pace};
use domain::clock::Clock;
use domain::entry::{Entry, NewEntry};
use domain::identity::EntryId;
use domain::job::delete_at;
use domain::memory::finish;
use domain::memory::fixtures::{entry_of, requester, value_of, workspace};
use domain::memory::{MemoryQueue, MemoryStore};
use domain::plan::{GraceDays, Plan};
use domain::plan_change::change_plan;
use domain::ports::{EnqueueJob, ReadControl};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Changes of plan: one that hides entries and one that keeps them longer.
const CHANGES: [(Plan, Plan); 2] = [(Plan::Basic, Plan::Free), (Plan::Free, Plan::Enterprise)];

/// Days before noon on which something happened: the oldest is deleted next.
const DAYS: [i64; 8] = [30, 29, 28, 12, 7, 2, 1, 60];

/// Entries of those days that the plan has kept until now.
fn log(workspace: &Workspace) -> Vec<Entry> {
    let oldest = workspace.visible_from(noon()).unwrap_or(Timestamp::MIN);
    let days = DAYS.iter().zip(0_u32..);
    let entries = days.map(|(days, number)| {
        entry_of(workspace, noon().plus_days(-days).plus_ms(-3_600_000), number, |one| {
            one.new_value = (number % 3 == 0).then(|| value_of(1_100));
        })
    });
    entries.filter(|entry| entry.content.occurred_at >= oldest).collect()
}

/// Changes the plan, and sends the message for the job that follows.
fn change(store: &MemoryStore, queue: &MemoryQueue, plan: Plan, now: Timestamp) {
    let id = workspace("ws_a", plan, now).id;
    let (asks, grace) = (requester("op"), GraceDays::default());
    let change =
        finish(change_plan(store, &id, plan, &asks, false, grace, &Clock::manual(now))).unwrap();
    finish(queue.enqueue(&change.job.unwrap().message())).unwrap();
}

/// A service in which the plan of a log was just changed.
fn world((before, after): (Plan, Plan), broken: Option<Broken>) -> World {
    let workspace = workspace("ws_a", before, noon().plus_days(-900));
    let world = World::new(&workspace, log(&workspace), broken);
    change(&world.store, &world.queue, after, noon());
    world
}

/// What is wrong in the end, if the entries of `gone` were deleted. It deletes all that goes.
fn check(world: &World, gone: &BTreeSet<EntryId>) -> Result<(), Wrong> {
    let id = &world.log[0].workspace_id;
    let workspace = finish(world.store.workspace(id)).unwrap().unwrap();
    let stored = world.store.lives_of(&workspace);
    let now = world.clock.now();
    let mut items = BTreeMap::<Timestamp, usize>::new();
    for NewEntry { entry, delete_at: end } in &stored {
        let at = entry.content.occurred_at;
        let is_gone = workspace.recoverable_from(now).is_some_and(|from| at < from);
        // What has expired as it should goes when its days of grace are over.
        let is_over = end.is_some_and(|end| end <= now.plus_days(7));
        let is_right = *end == delete_at(&workspace, at, *end, GraceDays::default(), now);
        if !is_right || (is_gone && !is_over) {
            return Err(format!("{} goes at {end:?}, is gone: {is_gone}", entry.id));
        }
        let is_large = entry.content.new_value.as_ref().is_some_and(|v| v.as_str().len() > 1_024);
        if let Some(end) = *end {
            *items.entry(end).or_default() += 1 + usize::from(is_large);
        }
    }
    let left: BTreeSet<_> = stored.iter().map(|new| new.entry.id).collect();
    let lost =
        world.log.iter().find(|entry| !left.contains(&entry.id) && !gone.contains(&entry.id));
    if let Some(entry) = lost {
        return Err(format!("{} is gone", entry.id));
    }
    if let Some(id) = gone.iter().find(|id| left.contains(id)) {
        return Err(format!("{id} was deleted and is there again"));
    }
    // Values go at the same moment as their entry.
    for (end, count) in items {
        let deleted = world.store.delete_expired(end.plus_ms(-1)) + world.store.delete_expired(end);
        if deleted != count {
            return Err(format!("{deleted} items go at {end:?}, not {count}"));
        }
    }
    Ok(())
}

/// Runs the job to its end.
fn run(plans: (Plan, Plan), fuse: &Fuse, broken: Option<Broken>) -> Result<(), Wrong> {
    let world = world(plans, broken);
    world.work_to_the_end(fuse)?;
    check(&world, &BTreeSet::new())
}

/// The number of calls of a run to which nothing happens.
fn calls(plans: (Plan, Plan)) -> u64 {
    let fuse = Fuse::safe();
    run(plans, &fuse, None).unwrap();
    fuse.calls()
}

/// Every mishap at every call of a rewriting.
fn run_mishaps(broken: Option<Broken>) -> Result<u64, Wrong> {
    let mut runs = 0;
    for plans in CHANGES {
        for call in 0..calls(plans) {
            for mishap in Mishap::ALL {
                run(plans, &Fuse::with(call, mishap), broken)
                    .map_err(|wrong| format!("{mishap:?} at call {call} of {plans:?}: {wrong}"))?;
                runs += 1;
            }
        }
    }
    Ok(runs)
}

/// Deletes at every call what would go soon.
fn run_deletions(broken: Option<Broken>) -> Result<(), Wrong> {
    for plans in CHANGES {
        for call in 0..calls(plans) {
            let world = world(plans, broken);
            let (store, log) = (world.store.clone(), Arc::clone(&world.log));
            let gone = Arc::<Mutex<BTreeSet<EntryId>>>::default();
            let deleted = Arc::clone(&gone);
            let fuse = Fuse::doing(call, move || {
                store.delete_expired(noon().plus_days(20));
                let left = store.stored(&workspace("ws_a", Plan::Free, noon()));
                let left: BTreeSet<_> = left.iter().map(|entry| entry.id).collect();
                let ids = log.iter().map(|entry| entry.id);
                deleted.lock().unwrap().extend(ids.filter(|id| !left.contains(id)));
            });
            world
                .work_to_the_end(&fuse)
                .and_then(|()| check(&world, &gone.lock().unwrap()))
                .map_err(|wrong| format!("deleted at call {call} of {plans:?}: {wrong}"))?;
        }
    }
    Ok(())
}

#[test]
fn every_entry_has_the_right_life_whatever_happens_at_any_call() {
    let runs = timed(|| run_mishaps(None)).unwrap();
    assert!(runs > 500, "{runs} runs");
}

#[test]
fn what_was_deleted_meanwhile_never_comes_back() {
    timed(|| run_deletions(None)).unwrap();
}

#[test]
fn a_plan_that_changes_again_at_any_call_ends_the_run_before_quietly() {
    timed(|| {
        for (plans, next) in CHANGES.into_iter().zip([Plan::Pro, Plan::Basic]) {
            for call in 0..calls(plans) {
                let world = world(plans, None);
                let (store, queue) = (world.store.clone(), world.queue.clone());
                let clock = world.clock.clone();
                let fuse = Fuse::doing(call, move || change(&store, &queue, next, clock.now()));
                while let Some(message) = world.queue.take() {
                    let outcome = world.deliver(&message, &fuse);
                    assert!(outcome.is_ok(), "changed at call {call}: {outcome:?}");
                }
                world.work_to_the_end(&fuse).unwrap();
                check(&world, &BTreeSet::new()).unwrap();
            }
        }
    });
}

#[test]
fn what_is_recorded_by_the_old_plan_meanwhile_is_found_by_the_second_pass() {
    timed(|| {
        for plans in CHANGES {
            let world = world(plans, None);
            world.drain(&Fuse::safe()).unwrap();
            // An instance that still has the old plan in its cache.
            let old = workspace("ws_a", plans.0, noon().plus_days(-900));
            let late = [
                entry_of(&old, noon().plus_days(-20), 100, |_| {}),
                entry_of(&old, noon().plus_ms(50_000), 101, |_| {}),
            ];
            let late = late.map(|entry| Entry { recorded_at: noon().plus_ms(50_000), ..entry });
            world.store.load_by(&old, &late);
            world.work_to_the_end(&Fuse::safe()).unwrap();
            check(&world, &BTreeSet::new()).unwrap();
        }
    });
}

#[test]
fn a_worker_of_an_earlier_run_that_was_held_up_changes_nothing() {
    timed(|| {
        for calls in 0..40 {
            let world = world(CHANGES[0], None);
            let message = world.queue.take().unwrap();
            let later = noon().plus_ms(1_000);
            world
                .hold_up(&message, calls, || {
                    world.clock.set(later);
                    change(&world.store, &world.queue, Plan::Pro, later);
                })
                .unwrap();
            world.work_to_the_end(&Fuse::safe()).unwrap();
            check(&world, &BTreeSet::new())
                .unwrap_or_else(|wrong| panic!("held up at call {calls}: {wrong}"));
        }
    });
}

#[test]
fn every_broken_rule_of_rewritings_is_noticed() {
    timed(|| {
        let wrong = run_mishaps(Some(Broken::AcknowledgedBeforeStoring)).unwrap_err();
        assert!(wrong.contains("no message"), "{wrong}");
        let wrong = run_mishaps(Some(Broken::StoredAfterAcknowledging)).unwrap_err();
        assert!(wrong.contains("no message"), "{wrong}");
        let wrong = run_deletions(Some(Broken::RewrittenUnconditionally)).unwrap_err();
        assert!(wrong.contains("is there again"), "{wrong}");
    });
}

/// How long the first chunk of a job takes at a pace, so many days after the change of plan.
fn time_of_a_chunk(plans: (Plan, Plan), days: i64, pace: Pace) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut world = world(plans, None);
    world.limits = Limits { pace, ..world.limits };
    world.clock.set(noon().plus_days(days));
    let message = world.queue.take().unwrap();
    let worker = world.worker(&Fuse::safe());
    let started = Instant::now();
    runtime.block_on(worker.work_on(&message)).unwrap();
    started.elapsed()
}

#[test]
fn a_chunk_is_as_slow_as_its_pace() {
    // Three entries of at least 1 WCU at 200 WCU per second.
    let pace = Pace { usual: 200.0, urgent: f64::INFINITY };
    assert!(time_of_a_chunk(CHANGES[0], 0, pace) >= Duration::from_millis(15));
}

#[test]
fn what_would_go_within_a_day_has_a_pace_of_its_own() {
    // At 0.01 WCU per second a chunk would take five minutes. The oldest entry expires half a day
    // after the change, and goes seven days later.
    let (slow, fast) = (0.01, f64::INFINITY);
    let raised = (Plan::Free, Plan::Enterprise);
    let urgent = time_of_a_chunk(raised, 7, Pace { usual: slow, urgent: fast });
    let usual = time_of_a_chunk(raised, 0, Pace { usual: fast, urgent: slow });
    assert!(urgent.max(usual) < Duration::from_mins(1), "{urgent:?}, {usual:?}");
}
