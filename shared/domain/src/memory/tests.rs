//! What the store in memory promises besides equal answers: faults, old copies, interleavings.

use super::fixtures::{at, entry, entry_of, value_of, workspace};
use super::*;
use crate::filter::Filter;
use crate::plan::Plan;
use crate::ports::{
    AppendEntry, Appended, Direction, GetEntry, ListEntries, ReadControl, ReadSpan, Stretch,
    WriteControl,
};
use crate::span::Span;

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

/// A store with a workspace, and so many entries a second apart, the oldest at noon.
fn log(count: u32) -> (MemoryStore, Workspace, Vec<Entry>) {
    let (store, workspace) = (MemoryStore::new(), workspace("ws_a", Plan::Free, noon()));
    let entries: Vec<_> =
        (0..count).map(|n| entry(&workspace, noon().plus_ms(i64::from(n) * 1_000), n)).collect();
    store.put_plain_workspace(&workspace);
    store.load(&entries);
    (store, workspace, entries)
}

#[test]
fn an_entry_is_appended_once_and_shown_until_it_expires() {
    let (store, workspace, _) = log(0);
    let large =
        entry_of(&workspace, noon(), 1, |content| content.new_value = Some(value_of(2_000)));
    assert_eq!(finish(store.append(&large)).unwrap(), Appended::Recorded);
    let again = finish(store.append(&large)).unwrap();
    assert_eq!(again, Appended::Duplicate(Some(Box::new(large.clone()))));
    let get = |now| finish(store.entry(&workspace, large.id, now)).unwrap();
    let end = large.expires_at.unwrap();
    assert_eq!(get(end.plus_ms(-1)), Some(large.clone()), "with its values");
    assert_eq!(get(end), None);
    assert_eq!(store.delete_expired(end), 2, "the entry and its values");
    assert_eq!(store.stored(&workspace), []);
}

#[test]
fn a_workspace_is_stored_only_over_the_version_it_was_made_from() {
    let (store, workspace) = (MemoryStore::new(), workspace("ws_a", Plan::Free, noon()));
    let put = |workspace: &Workspace, number| {
        finish(store.put_workspace(workspace, None, &entry(workspace, noon(), number)))
    };
    put(&workspace, 1).unwrap();
    assert!(matches!(put(&workspace, 2), Err(StoreError::Changed)), "it is there");
    let pro = workspace.with_plan(Plan::Pro, noon());
    let basic = workspace.with_plan(Plan::Basic, noon());
    put(&pro, 3).unwrap();
    assert!(matches!(put(&basic, 4), Err(StoreError::Changed)), "made from an older version");
    assert_eq!(finish(store.workspace(&workspace.id)).unwrap(), Some(pro.clone()));
    assert_eq!(store.stored(&pro).len(), 2, "what is refused leaves no entry");
}

#[test]
fn a_slice_says_where_it_stopped_and_a_page_may_end_anywhere() {
    let (store, workspace, entries) = log(10);
    let filter = Filter::default();
    let stretch =
        Stretch { workspace: &workspace, filter: &filter, span: Span::everything(), now: noon() };
    let ids = |store: &MemoryStore, direction, wanted, most_read| {
        let slice = finish(store.slice(stretch, direction, wanted, most_read)).unwrap();
        let ids: Vec<_> = slice.entries.iter().map(|entry| entry.id).collect();
        (ids, slice.stopped_at)
    };
    let expected: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    let newest: Vec<_> = expected.iter().rev().copied().collect();
    let whole = (newest.clone(), None);
    assert_eq!(ids(&store, Direction::NewestFirst, 11, 100), whole);
    let short = store.scripted(|_| Fate::ShortPage(3));
    assert_eq!(ids(&short, Direction::NewestFirst, 11, 100), whole, "however short the pages");
    let (first, stopped_at) = ids(&store, Direction::OldestFirst, 4, 100);
    assert_eq!((first.as_slice(), stopped_at), (&expected[..4], Some(expected[3])));
    let (first, stopped_at) = ids(&store, Direction::NewestFirst, 8, 5);
    assert_eq!((first.as_slice(), stopped_at), (&newest[..5], Some(newest[4])), "of five read");
}

#[test]
fn a_meter_counts_what_dynamodb_would() {
    let (store, workspace, entries) = log(60);
    let metered = store.metered();
    finish(metered.read(&workspace.id, Span::everything(), usize::MAX, true)).unwrap();
    let spent = metered.spent();
    assert_eq!((spent.calls, spent.write_units), (1, 0.0));
    assert!((4.0..8.0).contains(&spent.read_units), "60 entries of 300 to 450 bytes: {spent:?}");
    assert_eq!(store.spent(), Spent::default(), "each handle has its own");
    let metered = store.metered();
    finish(metered.append(&entry(&workspace, noon(), 100))).unwrap();
    assert_eq!(metered.spent(), Spent { calls: 1, read_units: 0.0, write_units: 3.0 });
    finish(metered.append(&entries[0])).unwrap();
    let refused = Spent { calls: 2, read_units: 0.0, write_units: 3.0 };
    assert_eq!(metered.spent(), refused, "as the adapter counts a condition that does not hold");
    let batch: Vec<_> = (200..230).map(|n| entry(&workspace, noon(), n)).collect();
    let metered = store.metered();
    finish(metered.append_all(&batch));
    assert_eq!(metered.spent(), Spent { calls: 2, read_units: 0.0, write_units: 90.0 });
}
