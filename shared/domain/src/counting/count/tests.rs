//! Counts of random logs against the plain list, and each rule of the proof at its boundary.

use super::super::plain::{Burst, DAY_MS, HOUR_MS, Log, MINUTE_MS, bursts, now, plans};
use super::*;
use crate::memory::{Call, Fate, MemoryStore, finish, fixtures};
use crate::plan::Plan;
use crate::ports::ReopenTally;
use proptest::prelude::*;
use std::time::Duration;

fn budget(read_units: f64) -> Budget {
    Budget::new(read_units, Duration::from_mins(1))
}

/// Counts the whole log at a moment.
fn count_at(store: &MemoryStore, log: &Log, now: Timestamp) -> Counts {
    let budget = budget(f64::INFINITY);
    finish(count(store, &log.workspace.id, Span::everything(), now, &budget)).unwrap()
}

fn burst(ago_ms: i64, count: u32) -> Burst {
    Burst { ago_ms, spread_ms: MINUTE_MS, count, kinds: 1, lives: vec![None] }
}

/// A log whose hour, day, month and year are each worth storing as soon as they may be.
fn log() -> Log {
    let ages = [5 * MINUTE_MS, HOUR_MS, DAY_MS, 10 * DAY_MS, 40 * DAY_MS];
    Log::new(Plan::Enterprise, &ages.map(|ago_ms| burst(ago_ms, 110)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_count_is_that_of_the_plain_list(
        bursts in bursts(),
        plan in plans(),
        seed: u64,
        end_ms in prop_oneof![Just(0), 0..2 * DAY_MS],
        start_ms in prop_oneof![Just(None), (0..2 * DAY_MS).prop_map(Some)],
        are_deleted: bool,
    ) {
        let log = Log::new(plan, &bursts);
        log.store_nodes(seed);
        if are_deleted {
            log.store.delete_expired(now());
        }
        let before = log.nodes();
        let ago = |ms: i64| EntryId::first_of(now().plus_ms(-ms));
        let low = start_ms.map_or(Span::everything().low, |start_ms| ago(end_ms + start_ms));
        let span = Span { low, high: ago(end_ms) };
        let budget = budget(f64::INFINITY);
        let counts = finish(count(&log.store, &log.workspace.id, span, now(), &budget)).unwrap();
        prop_assert!(counts.is_finished);
        for (period, counted) in &counts.periods {
            log.check_count(*period, counted);
        }
        log.check_nodes();
        let changed = log.nodes().iter().filter(|node| !before.contains(node)).count();
        prop_assert!(counts.kept >= u64::try_from(changed).unwrap());
    }

    #[test]
    fn a_count_whose_budget_ends_stores_only_what_is_true(
        bursts in bursts(),
        plan in plans(),
        seed: u64,
        read_units in 0_u32..150,
    ) {
        let log = Log::new(plan, &bursts);
        log.store_nodes(seed);
        for round in 0..200 {
            let store = log.store.metered();
            // More each time: what is not worth storing must be read again each time.
            let budget = budget(f64::from(read_units * (round + 1)));
            let counted = count(&store, &log.workspace.id, Span::everything(), now(), &budget);
            let counts = finish(counted).unwrap();
            counts.periods.iter().for_each(|(period, counted)| log.check_count(*period, counted));
            log.check_nodes();
            if counts.is_finished || read_units == 0 {
                break;
            }
            prop_assert!(round < 199, "each round comes further");
        }
    }
}

#[test]
fn all_levels_of_a_closed_log_are_stored_and_nothing_is_read_twice() {
    let log = log();
    let counts = count_at(&log.store, &log, now());
    assert_eq!((counts.entries_read, counts.is_finished), (550, true));
    let stored: Vec<_> = log.nodes().iter().map(|node| node.period.key()).collect();
    let expected = [
        "y#2026", "m#202610", "m#202611", "m#202612", "d#20261023", "d#20261122", "d#20261201",
        "d#20261202", "h#20261023T14", "h#20261122T14", "h#20261201T14", "h#20261202T13",
        "h#20261202T14",
    ];
    assert_eq!(stored, expected);
    assert_eq!(counts.kept, 13);
    let again = count_at(&log.store, &log, now());
    assert_eq!((again.entries_read, again.kept), (0, 0));
}

/// R2: 14:05:30 less 120 s, rounded down to a minute, and upper levels to whole parts.
#[test]
fn each_level_counts_to_the_last_whole_part_of_closed_time() {
    let counts = count_at(&log().store, &log(), now());
    let through = |level| {
        let period = Period::holding(level, now());
        counts.periods[&period].through.rfc3339()
    };
    assert_eq!(through(Level::Hour), "2026-12-02T14:03:00.000Z");
    assert_eq!(through(Level::Day), "2026-12-02T14:00:00.000Z");
    assert_eq!(through(Level::Month), "2026-12-02T00:00:00.000Z");
    assert_eq!(through(Level::Year), "2026-12-01T00:00:00.000Z");
}

/// R3: a node is stored from 60 s after its mark on, and counted for this request before that.
#[test]
fn a_node_is_not_stored_within_60_s_of_its_mark() {
    for (age_ms, is_stored) in [(59_999, false), (60_000, true)] {
        let log = log();
        let hour = Period::holding(Level::Hour, now());
        let marked_at = now().plus_ms(-age_ms);
        finish(log.store.reopen(&log.workspace, hour, marked_at)).unwrap();
        let counts = count_at(&log.store, &log, now());
        log.check_count(hour, &counts.periods[&hour]);
        let node = log.nodes().into_iter().find(|node| node.period == hour).unwrap();
        assert_eq!(node.reopened_at, Some(marked_at), "the mark stays");
        assert_eq!(node.counted.is_some(), is_stored, "after {age_ms} ms");
    }
}

/// R4: whoever reopens a node while it is being counted wins, at whichever call.
#[test]
fn a_node_that_is_reopened_during_the_count_is_not_stored() {
    let calls = {
        let store = log().store.metered();
        count_at(&store, &log(), now());
        u64::from(crate::ports::Metered::spent(&store).calls)
    };
    for moment in 0..calls {
        let log = log();
        let (other, workspace) = (log.store.clone(), log.workspace.clone());
        let store = log.store.scripted(move |asked| {
            if asked.number == moment {
                for period in Period::all_holding(now()) {
                    finish(other.reopen(&workspace, period, now())).unwrap();
                }
            }
            Fate::Pass
        });
        count_at(&store, &log, now());
        for period in Period::all_holding(now()) {
            let node = log.nodes().into_iter().find(|node| node.period == period).unwrap();
            assert_eq!(node, Node { period, reopened_at: Some(now()), counted: None }, "{moment}");
        }
    }
}

/// A4: what a plan has hidden stays hidden, and is not counted.
#[test]
fn hidden_time_is_not_counted() {
    // The oldest day that the plan keeps, and the newest that it does not.
    let log = Log::new(Plan::Free, &[burst(30 * DAY_MS, 110), burst(31 * DAY_MS, 120)]);
    assert_eq!(count_at(&log.store, &log, now()).entries_read, 110);
    let raised = log.workspace.with_plan(Plan::Enterprise, now());
    log.store.put_plain_workspace(&raised);
    assert_eq!(count_at(&log.store, &log, now()).entries_read, 0);
}

/// The workspace is read with the count: a cached one may have an older plan.
#[test]
fn the_stored_workspace_decides_what_is_hidden() {
    let log = Log::new(Plan::Enterprise, &[burst(40 * DAY_MS, 110)]);
    let lowered = log.workspace.with_plan(Plan::Free, now());
    log.store.put_plain_workspace(&lowered);
    assert_eq!(count_at(&log.store, &log, now()).entries_read, 0);
}

/// A span may begin within a run of an hour that is counted in part: what is read of the run again
/// is not added again.
#[test]
fn entries_of_a_count_that_is_continued_are_not_counted_twice() {
    let log = Log::new(Plan::Enterprise, &[burst(DAY_MS, 110)]);
    let ids: Vec<_> = log.entries.keys().copied().collect();
    let hour = Period::holding(Level::Hour, ids[0].occurred_at());
    let through = ids[50].occurred_at();
    let counted = Some(log.true_count(hour, through));
    let node = Node { period: hour, reopened_at: None, counted };
    assert!(finish(log.store.keep(&log.workspace, &node)).unwrap());
    let (span, budget) = (Span { low: ids[5], high: EntryId::LAST }, budget(f64::INFINITY));
    let counted = count(&log.store, &log.workspace.id, span, now(), &budget);
    let counts = finish(counted).unwrap();
    assert_eq!(counts.periods[&hour], log.true_count(hour, hour.end()));
    log.check_nodes();
}

/// An entry that has expired may not be deleted yet, and a plan may be raised: a stored count keeps
/// it under its life.
#[test]
fn a_stored_count_holds_expired_entries_under_their_life() {
    let expired = Burst { lives: vec![Some(30)], ..burst(60 * DAY_MS, 110) };
    let log = Log::new(Plan::Enterprise, &[expired]);
    let counts = count_at(&log.store, &log, now());
    let day = Period::holding(Level::Day, now().plus_ms(-60 * DAY_MS));
    assert_eq!(counts.periods[&day].total(), 110);
}

#[test]
fn a_spent_budget_reads_nothing_and_is_not_finished() {
    let (log, budget) = (log(), budget(0.0));
    let counted = count(&log.store, &log.workspace.id, Span::everything(), now(), &budget);
    let counts = finish(counted).unwrap();
    assert_eq!((counts.entries_read, counts.kept, counts.is_finished), (0, 0, false));
}

/// R2: entries of open time are not even read.
#[test]
fn open_time_is_not_read() {
    let log = Log::new(Plan::Enterprise, &[burst(0, 110), burst(HOUR_MS, 7)]);
    let counts = count_at(&log.store, &log, now());
    assert_eq!((counts.entries_read, counts.is_finished), (7, true));
}

#[test]
fn a_workspace_that_is_not_there_has_nothing_to_count() {
    let other = fixtures::workspace("ws_b", Plan::Free, now());
    let budget = budget(1_000.0);
    let log = log();
    let counted = count(&log.store, &other.id, Span::everything(), now(), &budget);
    assert_eq!(finish(counted).unwrap(), Counts { is_finished: true, ..Counts::default() });
}

/// An hour of up to 1 KB is worth storing for 50 entries, a day for 100.
#[test]
fn a_node_is_stored_when_it_gains_enough_entries() {
    for (count, stored) in [
        (49, vec![]),
        (50, vec!["h#20261201T14"]),
        (99, vec!["h#20261201T14"]),
        (100, vec!["m#202612", "d#20261201", "h#20261201T14"]),
    ] {
        let log = Log::new(Plan::Enterprise, &[burst(DAY_MS, count)]);
        count_at(&log.store, &log, now());
        let keys: Vec<_> = log.nodes().iter().map(|node| node.period.key()).collect();
        assert_eq!(keys, stored, "{count} entries");
    }
}

#[test]
fn a_count_that_fails_while_it_stores_leaves_true_nodes() {
    let log = log();
    let mut keeps = 0;
    let store = log.store.scripted(move |asked| {
        keeps += u32::from(asked.call == Call::Keep);
        if keeps == 4 { Fate::FailAfter(crate::memory::Failure::Unavailable) } else { Fate::Pass }
    });
    let budget = budget(f64::INFINITY);
    let counted = count(&store, &log.workspace.id, Span::everything(), now(), &budget);
    assert!(finish(counted).is_err());
    log.check_nodes();
    assert!(!log.nodes().is_empty());
    assert!(count_at(&log.store, &log, now()).is_finished);
    log.check_nodes();
}
