//! Recording: what costs a marker, what a failure leaves, and when the clock is read.

use super::*;
use crate::memory::fixtures::{at, entry, workspace};
use crate::memory::{Asked, Call, Failure, Fate, MemoryStore, finish};
use crate::plan::Plan;
use crate::ports::{Consistency, Metered, ReadHeads};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use std::sync::{Arc, Mutex};

fn now() -> Timestamp {
    at("2026-11-22T14:05:00Z")
}

fn acme() -> Workspace {
    workspace("ws_a", Plan::Enterprise, now())
}

fn entries(ago_ms: i64, count: u32) -> Vec<NewEntry> {
    let entry = |n| entry(&acme(), now().plus_ms(-ago_ms), n);
    (0..count).map(|n| NewEntry { entry: entry(n), delete_at: None }).collect()
}

/// Records, and answers the outcomes and the calls that were made.
fn recorded(
    store: &MemoryStore,
    entries: &mut [NewEntry],
    script: impl Fn(Asked) -> Fate + Send + 'static,
) -> (Vec<Result<Appended, StoreError>>, Vec<Call>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let log = calls.clone();
    let store = store.scripted(move |asked| {
        log.lock().unwrap().push(asked.call);
        script(asked)
    });
    let clock = Clock::manual(now());
    let outcomes = finish(record_all(&store, &clock, entries));
    let calls = calls.lock().unwrap().clone();
    (outcomes, calls)
}

fn markers(store: &MemoryStore) -> Vec<Marker> {
    let first = crate::journal::MarkerPlace { at: Timestamp::MIN, name: 0 };
    let id = &acme().id;
    finish(store.markers(id, first, Timestamp::MAX, Consistency::Strong)).unwrap().items
}

#[test]
fn an_entry_in_order_is_one_put() {
    let store = MemoryStore::new();
    let (outcomes, calls) = recorded(&store, &mut entries(5_000, 1), |_| Fate::Pass);
    assert_eq!(outcomes.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [Appended::Recorded]);
    assert_eq!(calls, [Call::PutEntry]);
}

#[test]
fn an_entry_out_of_order_is_looked_for_and_announced() {
    for ago_ms in [5_001, -5_001, 40 * 86_400_000] {
        let store = MemoryStore::new();
        let (_, calls) = recorded(&store, &mut entries(ago_ms, 1), |_| Fate::Pass);
        assert_eq!(calls, [Call::Look, Call::Mark, Call::PutEntry], "{ago_ms}");
        let metered = store.metered();
        let (outcomes, calls) = recorded(&metered, &mut entries(ago_ms, 1), |_| Fate::Pass);
        assert!(matches!(&outcomes[..], [Ok(Appended::Duplicate(_))]));
        assert_eq!(calls, [Call::Look], "a duplicate writes nothing");
        assert_eq!(markers(&store).len(), 1);
    }
}

fn count(calls: &[Call], wanted: Call) -> usize {
    calls.iter().filter(|call| **call == wanted).count()
}

#[test]
fn a_batch_of_a_hundred_late_entries_has_three_markers_that_confirm_them() {
    let store = MemoryStore::new();
    let metered = store.metered();
    let (_, calls) = recorded(&metered, &mut entries(60_000, 100), |_| Fate::Pass);
    assert_eq!((count(&calls, Call::Mark), count(&calls, Call::Confirm)), (3, 3));
    assert!(metered.spent().write_units <= 306.0, "{:?}", metered.spent());
    let markers = markers(&store);
    assert_eq!(markers.iter().map(|marker| marker.ids.len()).sum::<usize>(), 100);
    let confirmed = markers.into_iter().flat_map(|marker| marker.confirmed);
    let confirmed: BTreeMap<_, _> = confirmed.map(|entry| (entry.id, entry)).collect();
    let stored = store.stored(&acme());
    assert_eq!(confirmed, stored.iter().map(|entry| (entry.id, numbered(entry))).collect());
}

/// A confirmation costs a write unit, and saves little where few entries are announced together.
#[test]
fn a_marker_of_few_entries_confirms_nothing() {
    for (late, confirmations) in [(1, 0), (4, 0), (5, 1)] {
        let mut batch = [entries(60_000, late), entries(0, 20)].concat();
        let (_, calls) = recorded(&MemoryStore::new(), &mut batch, |_| Fate::Pass);
        let made = (count(&calls, Call::Mark), count(&calls, Call::Confirm));
        assert_eq!(made, (1, confirmations), "{late}");
    }
}

/// What the store has not acknowledged may not be stored, and what was there before may have been
/// recorded at another time.
#[test]
fn a_marker_confirms_only_what_its_writer_has_stored() {
    let store = MemoryStore::new();
    let mut batch = entries(60_000, 30);
    let earlier = batch.split_off(29).remove(0);
    // It is stored, but a stale read does not see it yet.
    let version = store.version();
    store.load(&[Entry { recorded_at: now().plus_ms(-9_000), ..earlier.entry.clone() }]);
    batch.push(earlier);
    let refused = batch[4].entry.id;
    let inserted = Mutex::new(0);
    let (outcomes, calls) = recorded(&store, &mut batch, move |asked| match asked.call {
        Call::Look => Fate::Stale(version),
        Call::InsertEntry => {
            let mut inserted = inserted.lock().unwrap();
            *inserted += 1;
            // The fifth entry is refused for good, and the answer about the seventh is lost.
            match *inserted {
                5 => Fate::FailBefore(Failure::Refused),
                7 => Fate::FailAfter(Failure::Unavailable),
                _ => Fate::Pass,
            }
        }
        _ => Fate::Pass,
    });
    assert!(matches!(outcomes[4], Err(StoreError::Refused(_))));
    for place in [6, 29] {
        assert!(matches!(outcomes[place], Ok(Appended::Duplicate(_))), "{place}");
    }
    assert_eq!(count(&calls, Call::Confirm), 1);
    let marker = markers(&store).remove(0);
    let left_out = [batch[4].entry.id, batch[6].entry.id, batch[29].entry.id];
    let expected: Vec<_> = marker.ids.iter().filter(|id| !left_out.contains(id)).copied().collect();
    let confirmed: Vec<_> = marker.confirmed.iter().map(|entry| entry.id).collect();
    assert_eq!((confirmed, marker.ids.len()), (expected, 30));
    assert!(!store.stored(&acme()).iter().any(|entry| entry.id == refused));
}

#[test]
fn a_confirmation_that_fails_is_no_failure() {
    let store = MemoryStore::new();
    let (outcomes, calls) = recorded(&store, &mut entries(60_000, 100), |asked| match asked.call {
        Call::Confirm => Fate::FailBefore(Failure::Unavailable),
        _ => Fate::Pass,
    });
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Appended::Recorded))));
    assert_eq!(count(&calls, Call::Confirm), 3, "it is not tried again");
    assert!(markers(&store).iter().all(|marker| marker.confirmed.is_empty()));
}

#[test]
fn what_cannot_be_announced_is_not_recorded() {
    let store = MemoryStore::new();
    let unavailable = Fate::FailBefore(Failure::Unavailable);
    let mut both = [entries(60_000, 1), entries(0, 1)].concat();
    let (outcomes, _) = recorded(&store, &mut both, move |asked| match asked.call {
        Call::Mark => unavailable,
        _ => Fate::Pass,
    });
    assert!(matches!(&outcomes[..], [Err(StoreError::Unavailable(_)), Ok(Appended::Recorded)]));
    assert_eq!(store.stored(&acme()).len(), 1);
}

/// The attempt that was not confirmed may have stored the entry: the next one finds it.
#[test]
fn an_attempt_without_an_answer_is_made_again_with_the_clock_read_anew() {
    for fate in [Fate::FailBefore(Failure::Throttled), Fate::FailAfter(Failure::Unavailable)] {
        let (store, clock) = (MemoryStore::new(), Clock::manual(now()));
        let moving = clock.clone();
        let scripted = store.scripted(move |asked| {
            moving.set(moving.now().plus_ms(2_000));
            if asked.number == 0 { fate } else { Fate::Pass }
        });
        let mut entry = entries(0, 1).remove(0);
        let outcome = finish(record(&scripted, &clock, &mut entry)).unwrap();
        let stored = store.stored(&acme()).remove(0);
        if fate == Fate::FailBefore(Failure::Throttled) {
            assert_eq!(outcome, Appended::Recorded);
            assert_eq!(stored.recorded_at, now().plus_ms(2_000));
            assert_eq!(
                entry.entry.recorded_at, stored.recorded_at,
                "the answer says what is stored"
            );
        } else {
            assert!(matches!(outcome, Appended::Duplicate(found) if *found == stored));
            assert_eq!(stored.recorded_at, now());
        }
    }
}

/// An entry that was in order at the first attempt may be out of order at a later one.
#[test]
fn an_entry_that_gets_out_of_order_while_it_is_tried_is_announced() {
    let (store, clock) = (MemoryStore::new(), Clock::manual(now()));
    let moving = clock.clone();
    let scripted = store.scripted(move |asked| {
        moving.set(moving.now().plus_ms(3_000));
        if asked.number < 2 { Fate::FailBefore(Failure::Unavailable) } else { Fate::Pass }
    });
    let mut entry = entries(0, 1).remove(0);
    finish(record(&scripted, &clock, &mut entry)).unwrap();
    assert_eq!(markers(&store).len(), 1);
    let stored = store.stored(&acme()).remove(0);
    let age_ms = stored.recorded_at.ms() - markers(&store)[0].at.ms();
    assert!((0..=MARKED_BEFORE_MS).contains(&age_ms), "{age_ms}");
}

/// A marker that is too old when its entry is put would not be found.
#[test]
fn an_entry_whose_marker_got_too_old_is_announced_again() {
    for (step_ms, is_stored) in [(2_600, true), (5_100, false)] {
        let (store, clock) = (MemoryStore::new(), Clock::manual(now()));
        let moving = clock.clone();
        let scripted = store.scripted(move |asked| {
            moving.set(moving.now().plus_ms(step_ms));
            if asked.call == Call::PutEntry {
                Fate::FailBefore(Failure::Unavailable)
            } else {
                Fate::Pass
            }
        });
        let mut entry = entries(60_000, 1).remove(0);
        let failed = finish(record(&scripted, &clock, &mut entry)).unwrap_err();
        assert!(matches!(failed, StoreError::Unavailable(_)));
        assert!(markers(&store).len() > 1, "{step_ms}");
        assert_eq!(entry.entry.recorded_at > now(), is_stored, "it was ready to be put");
    }
}

/// J1 holds for every entry of a batch, also if the markers of another one are always too old.
#[test]
fn the_clock_is_read_anew_for_what_is_put_beside_an_entry_that_is_given_up() {
    let (store, clock) = (MemoryStore::new(), Clock::manual(now()));
    let moving = clock.clone();
    let scripted = store.scripted(move |asked| {
        if asked.call == Call::Mark {
            moving.set(moving.now().plus_ms(MARKED_BEFORE_MS + 100));
        }
        Fate::Pass
    });
    // The second is ahead of the clock until the markers have taken 13 s.
    let mut both = [entries(60_000, 1), entries(-18_000, 1)].concat();
    let outcomes = finish(record_all(&scripted, &clock, &mut both));
    assert!(matches!(&outcomes[..], [Err(StoreError::Unavailable(_)), Ok(Appended::Recorded)]));
    assert!(clock.now() > now().plus_ms(10_000));
    assert_eq!(store.stored(&acme()).remove(0).recorded_at, clock.now());
}

#[test]
fn a_store_that_never_confirms_is_the_answer_after_three_attempts() {
    let store = MemoryStore::new();
    let throttled = Fate::FailBefore(Failure::Throttled);
    let (outcomes, calls) = recorded(&store, &mut entries(0, 2), move |_| throttled);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(StoreError::Throttled(_)))));
    assert_eq!(calls.iter().filter(|call| **call == Call::InsertEntry).count(), 6);
}
