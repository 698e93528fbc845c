//! What the store in memory promises besides equal answers: faults, old copies, interleavings.

use super::fixtures::{at, entry, entry_of, new_entry, target, value_of, workspace};
use super::*;
use crate::entry::{Content, Entry};
use crate::filter::Filter;
use crate::plan::{GraceDays, Plan};
use crate::ports::{
    AppendEntry, Appended, Consistency, Direction, GetEntry, ListEntries, ReadControl, ReadSpan,
    Stretch, WriteControl,
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
    let new = new_entry(&workspace, &large);
    assert_eq!(finish(store.append(&new)).unwrap(), Appended::Recorded);
    let again = finish(store.append(&new)).unwrap();
    assert_eq!(again, Appended::Duplicate(Box::new(large.clone())));
    let get = |now| finish(store.entry(&workspace, large.id, now)).unwrap();
    let end = workspace.expires_at(noon()).unwrap();
    assert_eq!(get(end.plus_ms(-1)), Some(large.clone()), "with its values");
    assert_eq!(get(end), None);
    assert_eq!(store.delete_expired(end), 0, "the plan may be raised in time");
    let gone = new.delete_at.unwrap();
    assert_eq!(gone, end.plus_days(7));
    assert_eq!(store.delete_expired(gone), 2, "the entry and its values");
    assert_eq!(store.stored(&workspace), []);
}

/// A change of what an entry says.
type Alter<'a> = &'a dyn Fn(&mut Content);

#[test]
fn what_was_altered_in_the_store_is_neither_a_duplicate_nor_overwritten() {
    let (_, workspace, _) = log(0);
    let change = |content: &mut Content, text: &str| content.reason = Some(text.into());
    let small = entry_of(&workspace, noon(), 1, |content| change(content, "denied"));
    let large =
        entry_of(&workspace, noon(), 2, |content| content.new_value = Some(value_of(2_000)));
    let with_rows = entry_of(&workspace, noon(), 3, |content| {
        content.targets = vec![target("project", "q")];
    });
    let cases: [(&Entry, Alter<'_>); 5] = [
        (&small, &|content| content.reason = None),
        (&small, &|content| content.new_value = Some(value_of(10))),
        (&large, &|content| content.new_value = Some(value_of(2_001))),
        (&large, &|content| content.new_value = None),
        (&with_rows, &|content| content.actor.name = Some("Eve".into())),
    ];
    for (entry, alter) in cases {
        let mut altered = entry.clone();
        alter(&mut altered.content);
        let store = MemoryStore::new();
        store.load(std::slice::from_ref(&altered));
        let is_altered = |outcome: &Result<Appended, StoreError>| match outcome {
            Err(StoreError::Altered { id, .. }) => *id == entry.id,
            _ => false,
        };
        let new = |entry: &Entry| new_entry(&workspace, entry);
        assert!(is_altered(&finish(store.append(&new(entry)))));
        let looked = finish(AppendEntry::look(&store, &[entry])).remove(0).map(Option::unwrap);
        assert!(is_altered(&looked));
        let good = super::fixtures::entry(&workspace, noon(), 9);
        let outcomes = finish(store.append_all(&[new(entry), new(&good)]));
        assert!(is_altered(&outcomes[0]) && matches!(outcomes[1], Ok(Appended::Recorded)));
        let shown = finish(store.entry(&workspace, entry.id, noon())).unwrap().unwrap();
        assert_eq!(shown, altered, "it stays as it is");
    }
}

#[test]
fn a_workspace_is_stored_only_over_the_version_it_was_made_from() {
    let (store, workspace) = (MemoryStore::new(), workspace("ws_a", Plan::Free, noon()));
    let put = |workspace: &Workspace, number| {
        let told = new_entry(workspace, &entry(workspace, noon(), number));
        finish(store.put_workspace(workspace, None, &told))
    };
    put(&workspace, 1).unwrap();
    assert!(matches!(put(&workspace, 2), Err(StoreError::Changed)), "it is there");
    let pro = workspace.with_plan(Plan::Pro, noon(), GraceDays::default());
    let basic = workspace.with_plan(Plan::Basic, noon(), GraceDays::default());
    put(&pro, 3).unwrap();
    assert!(matches!(put(&basic, 4), Err(StoreError::Changed)), "made from an older version");
    assert_eq!(finish(store.workspace(&workspace.id)).unwrap(), Some(pro.clone()));
    assert_eq!(store.stored(&pro).len(), 2, "what is refused leaves no entry");
}

#[test]
fn a_slice_says_where_it_stopped_and_a_page_may_end_anywhere() {
    let (store, workspace, entries) = log(10);
    let filter = Filter::default();
    let span = Span::everything();
    let stretch =
        Stretch { workspace: &workspace, filter: &filter, span, recorded_by: None, now: noon() };
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
    finish(metered.read(&workspace.id, Span::everything(), usize::MAX, Consistency::Strong))
        .unwrap();
    let spent = metered.spent();
    assert_eq!((spent.calls, spent.write_units), (1, 0.0));
    assert!((4.0..8.0).contains(&spent.read_units), "60 entries of 300 to 450 bytes: {spent:?}");
    assert_eq!(store.spent(), Spent::default(), "each handle has its own");
    let metered = store.metered();
    finish(metered.append(&new_entry(&workspace, &entry(&workspace, noon(), 100)))).unwrap();
    assert_eq!(metered.spent(), Spent { calls: 1, attempts: 0, read_units: 0.0, write_units: 3.0 });
    finish(metered.append(&new_entry(&workspace, &entries[0]))).unwrap();
    let refused = Spent { calls: 3, attempts: 0, read_units: 1.0, write_units: 3.0 };
    assert_eq!(
        metered.spent(),
        refused,
        "an insertion that does not hold, and the read of what it met"
    );
    let new = |n| new_entry(&workspace, &entry(&workspace, noon(), n));
    let batch: Vec<_> = (200..230).map(new).collect();
    let metered = store.metered();
    finish(metered.append_all(&batch));
    assert_eq!(
        metered.spent(),
        Spent { calls: 2, attempts: 0, read_units: 0.0, write_units: 90.0 }
    );
}

/// A script for calls of one kind; all others pass.
fn only(call: Call, fate: Fate) -> impl Script {
    move |asked: Asked| if asked.call == call { fate } else { Fate::Pass }
}

#[test]
fn an_answer_that_is_lost_does_not_undo_the_write() {
    let (store, workspace, _) = log(0);
    let entry = entry(&workspace, noon(), 1);
    let new = new_entry(&workspace, &entry);
    let before = store.scripted(only(Call::PutEntry, Fate::FailBefore(Failure::Throttled)));
    assert!(matches!(finish(before.append(&new)), Err(StoreError::Throttled(_))));
    assert_eq!(store.stored(&workspace), []);
    let after = store.scripted(only(Call::PutEntry, Fate::FailAfter(Failure::Unavailable)));
    assert!(matches!(finish(after.append(&new)), Err(StoreError::Unavailable(_))));
    assert_eq!(store.stored(&workspace), std::slice::from_ref(&entry));
    let duplicate = Appended::Duplicate(Box::new(entry.clone()));
    assert_eq!(finish(store.append(&new)).unwrap(), duplicate, "a retry finds it");
}

#[test]
fn a_call_that_is_sent_twice_meets_itself_unless_it_is_a_transaction() {
    let (store, workspace, _) = log(0);
    let twice = store.scripted(|_| Fate::Repeat);
    let entry = entry(&workspace, noon(), 1);
    let duplicate = Appended::Duplicate(Box::new(entry.clone()));
    assert_eq!(finish(twice.append(&new_entry(&workspace, &entry))).unwrap(), duplicate);
    let pro = workspace.with_plan(Plan::Pro, noon(), GraceDays::default());
    let told = new_entry(&pro, &super::fixtures::entry(&pro, noon(), 2));
    finish(twice.put_workspace(&pro, None, &told)).unwrap();
    assert_eq!(store.stored(&workspace).len(), 2);
}

#[test]
fn values_may_be_there_without_their_entry_and_never_the_other_way_round() {
    let (store, workspace, _) = log(0);
    let large =
        entry_of(&workspace, noon(), 1, |content| content.new_value = Some(value_of(2_000)));
    let stopped = store.scripted(only(Call::PutEntry, Fate::FailBefore(Failure::Unavailable)));
    finish(stopped.append(&new_entry(&workspace, &large))).unwrap_err();
    assert_eq!(finish(store.entry(&workspace, large.id, noon())).unwrap(), None);
    // The plan was raised since: the values of the retry live as long as its entry.
    let pro = workspace.with_plan(Plan::Pro, noon(), GraceDays::default());
    let again = large;
    finish(store.append(&new_entry(&pro, &again))).unwrap();
    assert_eq!(store.delete_expired(noon().plus_days(100)), 0);
    let stale = store.version() - 2;
    let behind = store.scripted(only(Call::GetValues, Fate::Stale(0)));
    let shown = finish(behind.entry(&pro, again.id, noon().plus_days(100))).unwrap();
    assert_eq!(shown, Some(again.clone()), "a second read of the values is strongly consistent");
    let behind = store.scripted(only(Call::GetEntry, Fate::Stale(stale)));
    assert_eq!(finish(behind.entry(&pro, again.id, noon())).unwrap(), None);
}

#[test]
fn only_reads_that_need_not_be_strong_are_behind() {
    let (store, workspace, entries) = log(3);
    let behind = store.scripted(|_| Fate::Stale(0));
    let count = |consistency| {
        let slice = finish(behind.read(&workspace.id, Span::everything(), 10, consistency));
        slice.unwrap().entries.len()
    };
    assert_eq!((count(Consistency::Eventual), count(Consistency::Strong)), (0, entries.len()));
    assert!(finish(behind.workspace(&workspace.id)).unwrap().is_some());
}

#[test]
fn tasks_make_their_calls_in_the_order_of_the_schedule() {
    for (schedule, expected) in [(vec![0, 0, 0], Plan::Basic), (vec![1, 1, 1], Plan::Pro)] {
        let (store, workspace, _) = log(0);
        let change = |plan, number| -> std::pin::Pin<Box<dyn Future<Output = bool>>> {
            let (store, id) = (store.stepping(), workspace.id.clone());
            Box::pin(async move {
                let before = store.workspace(&id).await.unwrap().unwrap();
                let after = before.with_plan(plan, noon(), GraceDays::default());
                let told = new_entry(&after, &entry(&after, noon(), number));
                store.put_workspace(&after, None, &told).await.is_ok()
            })
        };
        let tasks = || [change(Plan::Pro, 1), change(Plan::Basic, 2)];
        assert_eq!(interleave(tasks(), schedule), [true, true], "one after the other");
        assert_eq!(finish(store.workspace(&workspace.id)).unwrap().unwrap().plan, expected);
        let raced = interleave([change(Plan::Free, 3), change(Plan::Enterprise, 4)], [0, 1, 0, 1]);
        assert_eq!(raced, [true, false], "both read before one wrote");
    }
}
