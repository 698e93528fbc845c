//! Ledgers of random logs over random nodes, against the plain list.

use super::super::plain::{Burst, DAY_MS, HOUR_MS, Log, bursts, filters, mixed, now, plans};
use super::*;
use crate::entry::Entry;
use crate::memory::{Failure, Fate, MemoryStore, finish};
use crate::plan::Plan;
use crate::ports::ReopenTally;
use crate::tally::Cell;
use proptest::prelude::*;
use std::time::Duration;

/// More calls than any of these ledgers makes. A ledger that makes more goes in circles.
const MOST_CALLS: u64 = 5_000;

fn budget(read_units: f64) -> Budget {
    Budget::new(read_units, Duration::from_mins(1))
}

/// The same store with nothing spent, which fails when a ledger goes in circles.
fn guarded(store: &MemoryStore) -> MemoryStore {
    store.scripted(|asked| match asked.number {
        0..MOST_CALLS => Fate::Pass,
        _ => Fate::FailBefore(Failure::Refused),
    })
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

/// Ids to ask about: those of some entries and their neighbours, and the ends.
fn probes(plain: &[Entry], span: Span, seed: u64) -> Vec<EntryId> {
    let some = (0..4).filter_map(|n| {
        let place = mixed(seed, n) % u64::try_from(plain.len()).unwrap().max(1);
        plain.get(usize::try_from(place).unwrap()).map(|entry| entry.id)
    });
    let near = some.flat_map(|id| [id.before(), Some(id), id.after()]).flatten();
    near.chain([span.low, span.high]).collect()
}

/// Ranks to ask for: some in the middle, the first and last ones, and past the end.
fn ranges(total: u64, seed: u64) -> Vec<(u64, u64)> {
    let some = (0..3).map(|n| mixed(seed, n) % (total + 1)).map(|first| (first, first + 20));
    some.chain([(0, 1), (total.saturating_sub(1), total), (total, total + 9), (3, 3)]).collect()
}

fn slice(plain: &[Entry], (first, end): (u64, u64)) -> Vec<EntryId> {
    let place = |rank: u64| usize::try_from(rank).unwrap().min(plain.len());
    ids(&plain[place(first)..place(end)])
}

/// All that a ledger answers, if its budget is large enough.
fn check_exact(log: &Log, filter: &Filter, span: Span, seed: u64) {
    let store = guarded(&log.store);
    let open = || {
        let opened =
            Ledger::open(&store, &log.workspace, filter, span, now(), budget(f64::INFINITY));
        finish(opened).unwrap()
    };
    let plain = log.plain(span, filter);
    let total = u64::try_from(plain.len()).unwrap();
    let mut ledger = open();
    assert!(ledger.is_exact());
    assert_eq!(ledger.total(), total);
    let all_kinds = log.plain(span, &Filter::default());
    let histogram: Histogram = all_kinds.iter().map(|entry| (Cell::of(entry), 1)).collect();
    assert_eq!(ledger.histogram(), histogram);
    assert!(ledger.newest() >= all_kinds.first().map(|entry| entry.id));
    assert_eq!(ledger.newest().is_none(), all_kinds.is_empty());
    // All questions to one ledger, which remembers, and some to a ledger of their own.
    for (place, id) in probes(&plain, span, seed).into_iter().enumerate() {
        let newer = u64::try_from(plain.iter().filter(|entry| entry.id > id).count()).unwrap();
        assert_eq!(finish(ledger.newer_than(id)).unwrap(), Some(newer));
        if place < 2 {
            assert_eq!(finish(open().newer_than(id)).unwrap(), Some(newer));
        }
    }
    for (place, range) in ranges(total, seed).into_iter().enumerate() {
        let rows = slice(&plain, range);
        assert_eq!(ids(&finish(ledger.rows(range.0, range.1)).unwrap()), rows);
        if place < 2 {
            assert_eq!(ids(&finish(open().rows(range.0, range.1)).unwrap()), rows);
        }
    }
    assert_eq!((ledger.total(), ledger.is_exact()), (total, true), "opening changes no total");
    log.check_nodes();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_ledger_answers_as_the_plain_list(
        bursts in bursts(),
        plan in plans(),
        filter in filters(),
        seed: u64,
        ends in (0..400 * DAY_MS, 0..400 * DAY_MS),
        are_deleted: bool,
    ) {
        let log = Log::new(plan, &bursts);
        log.store_nodes(seed);
        if are_deleted {
            log.store.delete_expired(now());
        }
        let visible = log.visible_span();
        let id = |ago_ms: i64| EntryId::new(now().plus_ms(-ago_ms), u128::from(seed));
        let part = Span { low: id(ends.0.max(ends.1)), high: id(ends.0.min(ends.1)) };
        for span in [part.within(visible), Some(visible)].into_iter().flatten() {
            check_exact(&log, &filter, span, seed);
        }
    }

    #[test]
    fn no_stored_count_rests_on_a_read_that_lags(
        bursts in bursts(),
        late in bursts(),
        seed: u64,
    ) {
        let mut log = Log::new(Plan::Enterprise, &bursts);
        log.store_nodes(seed);
        let before = log.store.version();
        for burst in &late {
            log.record_late(burst);
        }
        let store = log.store.scripted(move |asked| match mixed(seed, asked.number) % 2 {
            0 => Fate::Stale(before),
            _ => Fate::Pass,
        });
        let (filter, span) = (Filter::default(), log.visible_span());
        let opened =
            Ledger::open(&store, &log.workspace, &filter, span, now(), budget(f64::INFINITY));
        finish(opened).unwrap();
        log.check_nodes();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_ledger_whose_budget_ends_is_right_as_far_as_it_goes(
        bursts in bursts(),
        plan in plans(),
        filter in filters(),
        seed: u64,
        read_units in prop_oneof![Just(0), 0_u32..60],
        large in 1_400_u32..2_500,
        ago_ms in 0..40 * DAY_MS,
    ) {
        let mut log = Log::new(plan, &bursts);
        // More than one step reads: the budget is looked at between two steps.
        let (spread_ms, lives) = (3 * DAY_MS, vec![None]);
        log.record(&Burst { ago_ms, spread_ms, count: large, kinds: 3, lives });
        if seed.is_multiple_of(2) {
            log.store_nodes(seed);
        }
        let span = log.visible_span();
        let plain = log.plain(span, &filter);
        let total = u64::try_from(plain.len()).unwrap();
        for range in ranges(total, seed) {
            let store = guarded(&log.store);
            let budget = budget(f64::from(read_units));
            let opened = Ledger::open(&store, &log.workspace, &filter, span, now(), budget);
            let mut ledger = finish(opened).unwrap();
            let expected = slice(&plain, range);
            let rows = ids(&finish(ledger.rows(range.0, range.1)).unwrap());
            prop_assert!(expected.starts_with(&rows), "no row is wrong or left out in between");
            prop_assert!(rows == expected || !ledger.is_exact());
            for id in probes(&plain, span, seed) {
                let newer = plain.iter().filter(|entry| entry.id > id).count();
                let found = finish(ledger.newer_than(id)).unwrap();
                prop_assert!(found.is_none_or(|found| found == u64::try_from(newer).unwrap()));
                prop_assert!(found.is_some() || !ledger.is_exact());
            }
            let reached = ledger.reached().unwrap_or(EntryId::LAST);
            let counted = plain.iter().filter(|entry| entry.id >= reached).count();
            prop_assert_eq!(ledger.total(), u64::try_from(counted).unwrap());
            prop_assert!(ledger.total() == total || !ledger.is_exact());
        }
        log.check_nodes();
    }
}

/// With the budget spent and the nodes of days gone, the node of the month says how many entries
/// a day has, but nothing says which. The ledger must not ask the month again and again.
#[test]
fn a_day_whose_node_is_gone_is_opened_once_when_the_budget_is_spent() {
    let day =
        Burst { ago_ms: 5 * DAY_MS, spread_ms: HOUR_MS, count: 3_000, kinds: 1, lives: vec![None] };
    let log = Log::new(Plan::Enterprise, &[day]);
    let newest = log.entries.keys().next_back().copied().unwrap();
    log.store_node(Period::holding(Level::Month, newest.occurred_at()), false);
    let (store, filter) = (guarded(&log.store), Filter::default());
    let opened =
        Ledger::open(&store, &log.workspace, &filter, log.visible_span(), now(), budget(1.0));
    let mut ledger = finish(opened).unwrap();
    assert_eq!((ledger.total(), ledger.is_exact()), (3_000, true));
    assert_eq!(finish(ledger.rows(2_990, 3_000)).unwrap(), []);
    assert!(!ledger.is_exact(), "the rows are too far down to be found within the budget");
    assert_eq!(ledger.total(), 1_400, "two steps of reading");
}

/// Counts that may not be stored yet still answer the request that made them.
#[test]
fn what_was_counted_but_not_stored_is_not_read_again() {
    let hour =
        Burst { ago_ms: DAY_MS, spread_ms: HOUR_MS, count: 3_000, kinds: 1, lives: vec![None] };
    let log = Log::new(Plan::Enterprise, &[hour]);
    let periods = log.entries.keys().flat_map(|id| Period::all_holding(id.occurred_at()));
    for period in periods.collect::<std::collections::BTreeSet<_>>() {
        finish(log.store.reopen(&log.workspace, period, now().plus_ms(-30_000))).unwrap();
    }
    let (store, filter, span) = (guarded(&log.store), Filter::default(), log.visible_span());
    // 0.07 RCU an entry here: enough to count them once, strongly consistent.
    let budget = budget(250.0);
    let ledger = finish(Ledger::open(&store, &log.workspace, &filter, span, now(), budget));
    let ledger = ledger.unwrap();
    assert_eq!((ledger.total(), ledger.is_exact()), (3_000, true));
    assert!(log.nodes().iter().all(|node| node.counted.is_none()));
    assert!(store.spent().read_units < 350.0, "{:?}", store.spent());
}

#[test]
fn a_span_of_which_all_has_expired_has_no_newest_entry() {
    let expired = Burst {
        ago_ms: 60 * DAY_MS,
        spread_ms: HOUR_MS,
        count: 110,
        kinds: 1,
        lives: vec![Some(30)],
    };
    let log = Log::new(Plan::Enterprise, &[expired]);
    let day = Period::holding(Level::Day, now().plus_ms(-60 * DAY_MS));
    log.store_node(day, false);
    let (filter, span) = (Filter::default(), log.visible_span());
    let opened = Ledger::open(&log.store, &log.workspace, &filter, span, now(), budget(100.0));
    let ledger = finish(opened).unwrap();
    assert_eq!((ledger.total(), ledger.newest()), (0, None));
}

#[test]
fn more_uncounted_entries_than_400_are_counted_and_stored() {
    for (count, is_counted) in [(399, false), (401, true)] {
        let burst =
            Burst { ago_ms: 2 * DAY_MS, spread_ms: HOUR_MS, count, kinds: 1, lives: vec![None] };
        let log = Log::new(Plan::Enterprise, &[burst]);
        let (filter, span) = (Filter::default(), log.visible_span());
        let opened =
            Ledger::open(&log.store, &log.workspace, &filter, span, now(), budget(1_000.0));
        assert_eq!(finish(opened).unwrap().total(), u64::from(count));
        assert_eq!(!log.nodes().is_empty(), is_counted);
    }
}
