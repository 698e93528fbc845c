//! R1 at its boundary: which periods are marked, and what the caller learns.

use super::*;
use crate::memory::{Call, Failure, Fate, MemoryStore, finish, fixtures};
use crate::plan::Plan;
use crate::ports::{Consistency, ReadTally};
use crate::tally::{Level, Node};

fn now() -> Timestamp {
    fixtures::at("2026-12-02T14:05:30Z")
}

fn workspace() -> Workspace {
    fixtures::workspace("ws_a", Plan::Enterprise, now())
}

fn marks(store: &MemoryStore) -> Vec<(String, Option<Timestamp>)> {
    let nodes = Level::ALL.into_iter().flat_map(|level| {
        let (first, last) = (Timestamp::MIN, Timestamp::MAX);
        let strong = Consistency::Strong;
        finish(store.nodes(&workspace().id, level, first, last, strong)).unwrap()
    });
    nodes.map(|Node { period, reopened_at, .. }| (period.key(), reopened_at)).collect()
}

#[test]
fn a_late_entry_marks_its_hour_day_month_and_year() {
    let store = MemoryStore::new();
    let failed = finish(reopen(&store, &workspace(), [now().plus_ms(-60_001)], now()));
    assert!(failed.is_empty());
    let keys = ["y#2026", "m#202612", "d#20261202", "h#20261202T14"];
    assert_eq!(marks(&store), keys.map(|key| (key.to_owned(), Some(now()))));
}

#[test]
fn an_entry_in_time_marks_nothing() {
    let store = MemoryStore::new();
    let in_time = [now().plus_ms(-60_000), now(), now().plus_ms(60_000)];
    assert!(finish(reopen(&store, &workspace(), in_time, now())).is_empty());
    assert_eq!(marks(&store), []);
}

#[test]
fn each_period_is_marked_once_for_many_entries() {
    let store = MemoryStore::new().scripted(|_| Fate::Pass);
    let hours_ago = |hours: i64| now().plus_ms(-hours * 3_600_000);
    let late = (0..100).map(|n| hours_ago(2).plus_ms(n)).chain([hours_ago(3)]);
    assert!(finish(reopen(&store, &workspace(), late, now())).is_empty());
    assert_eq!(crate::ports::Metered::spent(&store).calls, 5, "two hours, a day, month and year");
}

#[test]
fn a_mark_only_grows() {
    let store = MemoryStore::new();
    let late = now().plus_days(-1);
    finish(reopen(&store, &workspace(), [late], now()));
    finish(reopen(&store, &workspace(), [late], now().plus_ms(-1)));
    assert!(marks(&store).iter().all(|(_, mark)| *mark == Some(now())));
    finish(reopen(&store, &workspace(), [late], now().plus_ms(1)));
    assert!(marks(&store).iter().all(|(_, mark)| *mark == Some(now().plus_ms(1))));
}

/// The caller must not write the entry if a single mark failed, so every failure is told.
#[test]
fn every_period_that_could_not_be_marked_is_told() {
    for failing in 0..4 {
        let store = MemoryStore::new();
        let scripted = store.scripted(move |asked| {
            assert_eq!(asked.call, Call::Reopen);
            if asked.number == failing { Fate::FailBefore(Failure::Throttled) } else { Fate::Pass }
        });
        let failed = finish(reopen(&scripted, &workspace(), [now().plus_days(-1)], now()));
        assert_eq!(failed.len(), 1);
        assert!(failed.into_values().all(|error| matches!(error, StoreError::Throttled(_))));
        assert_eq!(marks(&store).len(), 3, "the others are marked all the same");
    }
}
