//! Numbers of entries against a plain count.

use super::*;
use crate::clock::Clock;
use crate::counting::Budget;
use crate::entry::{Entry, NewEntry};
use crate::memory::fixtures::{at, entry, workspace};
use crate::memory::{MemoryStore, finish};
use crate::plan::Plan;
use crate::ports::Metered;
use crate::recording::record_all;
use crate::sequencing::seal;
use proptest::prelude::*;
use std::time::Duration;

/// A log with these pauses between its entries, sealed after each of some, and its entries in the
/// order in which they were recorded.
fn log(pauses_ms: &[i64], sealed_every: usize) -> (MemoryStore, Vec<Entry>) {
    let clock = Clock::manual(at("2026-11-22T14:05:00Z"));
    let workspace = workspace("ws_a", Plan::Enterprise, clock.now());
    let (store, mut entries) = (MemoryStore::new(), Vec::new());
    store.put_plain_workspace(&workspace);
    let budget = Budget::new(f64::INFINITY, Duration::from_mins(1));
    for (number, pause_ms) in (0_u32..).zip(pauses_ms) {
        clock.set(clock.now().plus_ms(*pause_ms));
        let entry = entry(&workspace, clock.now(), number);
        let mut new = [NewEntry { entry, delete_at: None }];
        assert!(finish(record_all(&store, &clock, &mut new))[0].is_ok());
        entries.extend(new.map(|new| new.entry));
        if entries.len().is_multiple_of(sealed_every) {
            finish(seal(&store, &workspace.id, clock.now().plus_ms(10_000), &budget)).unwrap();
        }
    }
    (store, entries)
}

fn find(store: &MemoryStore, entries: &[Entry]) -> BTreeMap<EntryId, u64> {
    let asked = entries.iter().map(|entry| (entry.id, entry.recorded_at));
    finish(numbers_of(store, &entries[0].workspace_id, asked)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn each_entry_has_the_number_of_those_recorded_before_it(
        pauses_ms in prop::collection::vec(prop_oneof![1_i64..50, 10_000_i64..90_000], 1..200),
        sealed_every in prop_oneof![Just(1_usize), 2_usize..80],
        first in 0_usize..200,
        step in 1_usize..9,
    ) {
        let (store, entries) = log(&pauses_ms, sealed_every);
        let sealed = entries.len() / sealed_every * sealed_every;
        let asked: Vec<_> =
            entries.iter().skip(first % entries.len()).step_by(step).take(20).cloned().collect();
        let found = find(&store, &asked);
        for entry in &asked {
            let place = entries.iter().position(|one| one.id == entry.id).unwrap();
            let number = (place < sealed).then(|| u64::try_from(place).unwrap());
            prop_assert_eq!(found.get(&entry.id).copied(), number);
        }
    }
}

#[test]
fn a_page_costs_one_or_two_queries() {
    let (store, entries) = log(&[30_000; 100], 1);
    let metered = store.metered();
    assert_eq!(find(&metered, &entries[40..60]).len(), 20);
    assert_eq!((metered.spent().calls, metered.spent().read_units), (2, 1.5));
    let (store, entries) = log(&[50; 400], 100);
    for (place, queries) in [(240, 1), (190, 2), (199, 2)] {
        let metered = store.metered();
        assert_eq!(find(&metered, &entries[place..place + 20]).len(), 20);
        let read_units = 0.5 * f64::from(queries);
        assert_eq!((metered.spent().calls, metered.spent().read_units), (queries, read_units));
    }
}

/// A page with a filter has entries of a long stretch, each in a segment of its own.
#[test]
fn a_page_of_some_of_the_entries_of_a_quiet_log_costs_a_query_for_fifty_segments() {
    let (store, entries) = log(&[30_000; 300], 1);
    let asked: Vec<_> = entries.iter().skip(80).step_by(7).take(20).cloned().collect();
    let metered = store.metered();
    assert_eq!(find(&metered, &asked).len(), 20);
    let spent = metered.spent();
    assert!(spent.calls <= 4 && spent.read_units <= 3.5, "{spent:?}");
    // Where they are further apart than that, each costs a query.
    let (store, entries) = log(&[30_000; 1_300], 1);
    let asked: Vec<_> = entries.iter().step_by(65).take(20).cloned().collect();
    let metered = store.metered();
    assert_eq!(find(&metered, &asked).len(), 20);
    assert!(metered.spent().read_units <= 11.0, "{:?}", metered.spent());
}

/// An export reads entries from the newest to the oldest. Each number is found, and each segment is
/// read about once. The most expensive log is one in which each entry has a segment of its own.
#[test]
fn a_walk_over_a_log_costs_a_fiftieth_of_a_read_unit_an_entry() {
    for (pause_ms, sealed_every, most) in [(30_000, 1, 0.021), (500, 120, 0.006)] {
        let (store, mut entries) = log(&vec![pause_ms; 3_000], sealed_every);
        entries.reverse();
        let metered = store.metered();
        let mut walk = NumberWalk::default();
        for (place, entry) in entries.iter().enumerate() {
            let id = &entry.workspace_id;
            let number = walk.number_of(&metered, id, entry.id, entry.recorded_at);
            let number = finish(number).unwrap();
            assert_eq!(number, Some(u64::try_from(2_999 - place).unwrap()));
        }
        let units = metered.spent().read_units / 3_000.0;
        assert!(units <= most, "{units} read units an entry");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The walk gives the numbers that a search gives, in whatever order entries were recorded.
    #[test]
    fn a_walk_finds_what_a_search_finds(
        pauses_ms in prop::collection::vec(prop_oneof![1_i64..50, 10_000_i64..90_000], 1..600),
        sealed_every in prop_oneof![Just(1_usize), 2_usize..80],
        order in any::<prop::sample::Index>(),
        turn in 1_usize..13,
    ) {
        let (store, entries) = log(&pauses_ms, sealed_every);
        let found = find(&store, &entries);
        let (mut walk, count) = (NumberWalk::default(), entries.len());
        for step in 0..count {
            // Newest first, with jumps.
            let place = (count - 1 - step + order.index(count) * (step % turn / 7)) % count;
            let entry = &entries[place];
            let number = walk.number_of(&store, &entry.workspace_id, entry.id, entry.recorded_at);
            prop_assert_eq!(finish(number).unwrap(), found.get(&entry.id).copied());
        }
    }
}
