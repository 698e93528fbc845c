//! Batches over the store in memory: every entry has the result that it would have alone, whatever
//! becomes of the others.

use super::*;
use domain::json::parse;
use domain::memory::fixtures::{at, workspace};
use domain::memory::{Asked, Call, Failure, Fate, MemoryStore, finish};
use domain::plan::Plan;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One entry that a client sends.
#[derive(Debug, Clone, Copy)]
enum Sent {
    /// An acceptable entry. Two with the same number are equal.
    Good(u32),
    /// An entry without an action.
    Bad,
}

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

fn acme() -> Workspace {
    workspace("ws_a", Plan::Free, noon())
}

fn json(text: &str) -> Json {
    parse(text.as_bytes()).unwrap()
}

/// What a client sends for an entry of this moment.
fn sent_at(moment: Timestamp, number: u32) -> Json {
    json(&format!(
        r#"{{"occurred_at":"{}","actor":{{"type":"user","id":"u_1"}},"action":"project.update",
            "target":{{"type":"project","id":"p"}},"external_id":"evt_{number}"}}"#,
        moment.rfc3339()
    ))
}

impl Sent {
    fn json(self) -> Json {
        match self {
            Self::Good(number) => sent_at(noon(), number),
            Self::Bad => json("{}"),
        }
    }

    fn id(self) -> Option<EntryId> {
        read_entry(self.json(), &acme(), noon()).ok().map(|entry| entry.id)
    }
}

fn record(store: &MemoryStore, sent: &[Sent]) -> Result<BatchAnswer, ApiError> {
    let sent = sent.iter().map(|sent| sent.json()).collect();
    finish(record_all(store, &acme(), sent, noon(), "r-1"))
}

fn rejected(error: &ApiError) -> EntryResult {
    EntryResult::Rejected { problem: error.problem("r-1") }
}

/// Whether a result is the rejection of an entry that is not acceptable.
fn is_invalid(result: &EntryResult) -> bool {
    matches!(result, EntryResult::Rejected { problem } if problem.kind == "validation-failed")
}

/// Whether a result says that the entry is stored.
fn is_confirmed(result: &EntryResult) -> bool {
    !matches!(result, EntryResult::Rejected { .. })
}

fn stored(store: &MemoryStore) -> BTreeSet<EntryId> {
    store.stored(&acme()).iter().map(|entry| entry.id).collect()
}

fn any_batch() -> impl Strategy<Value = Vec<Sent>> {
    let one = prop_oneof![4 => (0..8_u32).prop_map(Sent::Good), 1 => Just(Sent::Bad)];
    prop::collection::vec(one, 1..40)
}

/// Fails the appends at these places among the appends of a store.
fn failing(places: Vec<usize>, fate: Fate) -> impl FnMut(Asked) -> Fate + Send + 'static {
    let mut inserts = 0;
    move |asked| {
        if asked.call != Call::InsertEntry {
            return Fate::Pass;
        }
        inserts += 1;
        if places.contains(&(inserts - 1)) { fate } else { Fate::Pass }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_entry_has_its_own_result_in_the_order_of_the_batch(
        earlier in any_batch(),
        batch in any_batch(),
    ) {
        let store = MemoryStore::new();
        record(&store, &earlier).unwrap();
        let mut known = stored(&store);
        let answer = record(&store, &batch).unwrap();
        prop_assert_eq!(answer.results.len(), batch.len());
        for (sent, result) in batch.iter().zip(&answer.results) {
            match sent.id() {
                None => prop_assert!(is_invalid(result), "{:?}", result),
                Some(id) if known.insert(id) => {
                    prop_assert_eq!(result, &EntryResult::Recorded { id });
                }
                Some(id) => prop_assert_eq!(result, &EntryResult::Duplicate { id }),
            }
        }
        prop_assert_eq!(stored(&store), known);
        prop_assert_eq!(answer.recorded + answer.duplicate + answer.rejected, batch.len());
    }

    #[test]
    fn a_failure_of_the_store_rejects_only_the_entries_that_it_hits(
        batch in any_batch(),
        places in prop::collection::vec(0..8_usize, 0..8),
        is_stored in any::<bool>(),
    ) {
        let store = MemoryStore::new();
        let fate = if is_stored { Fate::FailAfter } else { Fate::FailBefore };
        let script = failing(places.clone(), fate(Failure::Unavailable));
        let mut distinct: Vec<EntryId> = Vec::new();
        for id in batch.iter().filter_map(|sent| sent.id()) {
            if !distinct.contains(&id) {
                distinct.push(id);
            }
        }
        let (failed, done): (Vec<_>, Vec<_>) =
            distinct.iter().enumerate().partition(|(place, _)| places.contains(place));
        let failed: Vec<_> = failed.into_iter().map(|(_, id)| *id).collect();
        match record(&store.scripted(script), &batch) {
            Err(error) => {
                prop_assert_eq!(error, ApiError::StoreUnavailable);
                prop_assert!(done.is_empty() && !failed.is_empty());
            }
            Ok(answer) => {
                prop_assert!(!done.is_empty() || failed.is_empty());
                prop_assert_eq!(answer.recorded, done.len());
                for (sent, result) in batch.iter().zip(&answer.results) {
                    match sent.id() {
                        None => prop_assert!(is_invalid(result), "{:?}", result),
                        Some(id) if failed.contains(&id) => {
                            prop_assert_eq!(result, &rejected(&ApiError::StoreUnavailable));
                        }
                        Some(_) => prop_assert!(is_confirmed(result)),
                    }
                }
            }
        }
        let again = record(&store, &batch).unwrap();
        let missing = if is_stored { 0 } else { failed.len() };
        prop_assert_eq!(again.recorded, missing, "sending the same again is safe");
        prop_assert_eq!(stored(&store), distinct.into_iter().collect());
    }
}

#[test]
fn a_late_entry_whose_time_is_not_reopened_is_kept_out_and_no_other() {
    let store = MemoryStore::new();
    let fails = |asked: Asked| match asked.call {
        Call::Reopen => Fate::FailBefore(Failure::Throttled),
        _ => Fate::Pass,
    };
    let sent = [noon(), noon().plus_ms(-60_001), noon().plus_ms(-60_000)];
    let sent = sent.into_iter().map(|moment| sent_at(moment, 1)).collect();
    let answer = finish(record_all(&store.scripted(fails), &acme(), sent, noon(), "r-1")).unwrap();
    let statuses: Vec<_> = answer
        .results
        .iter()
        .map(|result| matches!(result, EntryResult::Recorded { .. }))
        .collect();
    assert_eq!(statuses, [true, false, true]);
    assert_eq!(answer.results[1], rejected(&ApiError::RateLimited));
    assert_eq!(stored(&store).len(), 2);
}

#[test]
fn a_period_that_is_not_reopened_keeps_out_its_own_entries_only() {
    let store = MemoryStore::new();
    let mut reopens = 0;
    // The year, the month and the day hold both entries. The fourth period is the hour of one.
    let fails = move |asked: Asked| {
        reopens += usize::from(asked.call == Call::Reopen);
        let is_first = asked.call == Call::Reopen && reopens == 4;
        if is_first { Fate::FailBefore(Failure::Unavailable) } else { Fate::Pass }
    };
    let sent = [3, 2].map(|hours| sent_at(noon().plus_ms(-hours * 3_600_000), 1)).to_vec();
    let answer = finish(record_all(&store.scripted(fails), &acme(), sent, noon(), "r-1")).unwrap();
    assert_eq!((answer.recorded, answer.rejected), (1, 1), "{answer:?}");
}

#[test]
fn an_entry_that_is_too_large_is_rejected_by_itself() {
    let store = MemoryStore::new();
    let large = json(&format!(r#"{{"old_value":"{}"}}"#, "v".repeat(MAX_ENTRY_BYTES)));
    let sent = vec![large, sent_at(noon(), 1)];
    let answer = finish(record_all(&store, &acme(), sent, noon(), "r-1")).unwrap();
    assert_eq!(answer.results[0], rejected(&ApiError::PayloadTooLarge(MAX_ENTRY_BYTES)));
    assert!(matches!(answer.results[1], EntryResult::Recorded { .. }));
}
