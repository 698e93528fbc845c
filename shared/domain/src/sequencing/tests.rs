//! Numbering: each entry gets one number, in order, even if sequencers are killed or race.

use super::*;
use crate::clock::Clock;
use crate::entry::{Entry, NewEntry};
use crate::memory::fixtures::{at, entry, workspace};
use crate::memory::{Asked, Failure, Fate, MemoryStore, finish, interleave};
use crate::plan::Plan;
use crate::recording::record_all;
use crate::workspace::Workspace;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

struct Log {
    store: MemoryStore,
    workspace: Workspace,
    clock: Clock,
}

impl Log {
    fn new() -> Self {
        let start = at("2026-11-22T14:05:00Z");
        let workspace = workspace("ws_a", Plan::Enterprise, start.plus_days(-9));
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        Self { store, workspace, clock: Clock::manual(start) }
    }

    fn record(&self, ago_ms: i64, count: u32, first: u32) -> Vec<Entry> {
        let happened = self.clock.now().plus_ms(-ago_ms);
        let entry = |n| entry(&self.workspace, happened, n);
        let new = |n| NewEntry { entry: entry(n), delete_at: None };
        let mut entries: Vec<_> = (first..first + count).map(new).collect();
        for batch in entries.chunks_mut(100) {
            let outcomes = finish(record_all(&self.store, &self.clock, batch));
            assert!(outcomes.iter().all(Result::is_ok));
        }
        entries.into_iter().map(|new| new.entry).collect()
    }

    fn seal(&self, store: &MemoryStore) -> Result<Sealed, StoreError> {
        finish(seal(store, &self.workspace.id, self.clock.now(), &budget()))
    }

    fn numbered(&self) -> Vec<Numbered> {
        let (mut all, mut at) = (Vec::new(), Timestamp::MIN);
        loop {
            let id = &self.workspace.id;
            let page = finish(self.store.segments(id, at, 1, Consistency::Strong)).unwrap();
            let Some(segment) = page.items.into_iter().next() else { return all };
            let count = u64::try_from(all.len()).unwrap();
            assert_eq!((segment.from, segment.first), (at, count));
            at = segment.through;
            all.extend(segment.entries);
        }
    }
}

fn budget() -> Budget {
    Budget::new(f64::INFINITY, Duration::from_mins(1))
}

#[test]
fn what_is_not_settled_has_no_number_yet() {
    let log = Log::new();
    log.record(0, 3, 0);
    log.clock.set(log.clock.now().plus_ms(9_999));
    assert_eq!(log.seal(&log.store).unwrap(), Sealed { is_finished: true, ..Sealed::default() });
    assert_eq!(log.numbered(), []);
    log.clock.set(log.clock.now().plus_ms(1));
    assert_eq!(log.seal(&log.store).unwrap().entries, 3);
    assert_eq!(log.numbered().len(), 3);
}

#[test]
fn a_late_entry_comes_after_what_was_recorded_before_it() {
    let log = Log::new();
    let first = log.record(0, 1, 0);
    log.clock.set(log.clock.now().plus_ms(1_000));
    let late = log.record(5 * 86_400_000, 2, 1);
    let early = log.record(-200_000, 1, 3);
    log.clock.set(log.clock.now().plus_ms(10_000));
    log.seal(&log.store).unwrap();
    let mut expected: Vec<_> = [first, late, early].concat();
    expected.sort_by_key(|entry| (entry.recorded_at, entry.id));
    let ids: Vec<_> = log.numbered().into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, expected.iter().map(|entry| entry.id).collect::<Vec<_>>());
}

/// A segment ends between two milliseconds: its end says what it holds.
#[test]
fn entries_of_one_millisecond_share_a_segment_however_many_they_are() {
    let log = Log::new();
    log.record(0, 500, 0);
    log.clock.set(log.clock.now().plus_ms(1));
    log.record(0, 1, 500);
    log.clock.set(log.clock.now().plus_ms(10_000));
    let sealed = log.seal(&log.store).unwrap();
    assert_eq!((sealed.entries, sealed.segments), (501, 2));
    assert_eq!(log.numbered().len(), 501);
}

#[test]
fn an_idle_workspace_costs_no_write() {
    let log = Log::new();
    log.record(0, 1, 0);
    for _ in 0..5 {
        log.clock.set(log.clock.now().plus_ms(60_000));
        log.seal(&log.store).unwrap();
    }
    let segment = finish(last_segment(&log.store, &log.workspace.id, Consistency::Strong));
    let segment = segment.unwrap().unwrap();
    assert_eq!((segment.first, segment.next()), (0, 1), "one segment, and no empty ones");
}

/// More than one window holds: the sequencer goes on until all is numbered, and stops within its
/// budget.
#[test]
fn a_long_backlog_is_numbered_in_portions() {
    let log = Log::new();
    for n in 0..40 {
        log.record(0, 500, n * 500);
        log.clock.set(log.clock.now().plus_ms(30_000));
    }
    let spent = Budget::new(0.0, Duration::from_mins(1));
    let portion = finish(seal(&log.store, &log.workspace.id, log.clock.now(), &spent)).unwrap();
    assert!(!portion.is_finished && portion.entries > 0, "{portion:?}");
    let rest = log.seal(&log.store).unwrap();
    assert!(rest.is_finished);
    assert_eq!(portion.entries + rest.entries, 20_000);
    let ids: BTreeSet<_> = log.numbered().into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids.len(), 20_000);
}

/// The ids of a history that is imported lie long before the time at which it was recorded.
#[test]
fn more_imported_entries_than_a_window_holds_are_numbered() {
    let log = Log::new();
    for n in 0..90 {
        log.record(5 * 86_400_000 - i64::from(n) * 60_000, 100, n * 100);
    }
    log.clock.set(log.clock.now().plus_ms(10_000));
    let sealed = log.seal(&log.store).unwrap();
    assert_eq!((sealed.entries, sealed.is_finished), (9_000, true), "{sealed:?}");
    assert_eq!(log.numbered().len(), 9_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn killed_at_any_call_it_numbers_each_entry_once(
        kills in prop::collection::vec((0_u64..12, any::<bool>()), 0..6),
        bursts in prop::collection::vec(
            (prop_oneof![Just(0_i64), 0..9_000_i64, -200_000..900_000_i64], 1_u32..300), 1..6),
    ) {
        let log = Log::new();
        let mut first = 0;
        let mut kills = kills.into_iter();
        for (ago_ms, count) in bursts {
            log.record(ago_ms, count, first);
            first += count;
            log.clock.set(log.clock.now().plus_ms(4_000));
            if let Some((calls, is_after)) = kills.next() {
                let store = log.store.scripted(move |asked: Asked| match asked.number {
                    number if number < calls => Fate::Pass,
                    _ if is_after => Fate::FailAfter(Failure::Unavailable),
                    _ => Fate::FailBefore(Failure::Unavailable),
                });
                let _ = log.seal(&store);
            }
        }
        log.clock.set(log.clock.now().plus_ms(10_000));
        log.seal(&log.store).unwrap();
        let numbered = log.numbered();
        let order = numbered.iter().map(|entry| (entry.recorded_at, entry.id));
        let mut order: Vec<_> = order.collect();
        let expected: BTreeSet<_> = log
            .store
            .stored(&log.workspace)
            .iter()
            .map(|entry| (entry.recorded_at, entry.id))
            .collect();
        prop_assert!(order.is_sorted());
        order.dedup();
        prop_assert_eq!(order, expected.into_iter().collect::<Vec<_>>());
    }

    /// Sequencers whose clocks differ, and entries that are recorded meanwhile.
    #[test]
    fn racing_sequencers_number_each_entry_once(
        clocks in prop::collection::vec(0_i64..30_000, 3),
        schedule in prop::collection::vec(0_usize..3, 0..60),
    ) {
        let log = Log::new();
        for n in 0..10 {
            log.record(i64::from(n % 3) * 4_000, 70, n * 70);
            log.clock.set(log.clock.now().plus_ms(2_500));
        }
        let (store, id, budget) = (log.store.stepping(), &log.workspace.id, budget());
        let tasks = clocks.iter().map(|ahead_ms| -> Pin<Box<dyn Future<Output = ()> + '_>> {
            let now = log.clock.now().plus_ms(*ahead_ms - 20_000);
            let (store, budget) = (&store, &budget);
            Box::pin(async move {
                seal(store, id, now, budget).await.unwrap();
            })
        });
        interleave(tasks, schedule);
        log.clock.set(log.clock.now().plus_ms(40_000));
        log.seal(&log.store).unwrap();
        let numbered = log.numbered();
        prop_assert_eq!(numbered.len(), 700);
        prop_assert!(numbered.is_sorted_by_key(|entry| (entry.recorded_at, entry.id)));
    }
}
