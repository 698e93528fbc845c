//! Batches over the store in memory: every entry has the result that it would have alone, whatever
//! becomes of the others.

use super::*;
use domain::catalog::default_catalog;
use domain::memory::fixtures::{at, entry_with, workspace};
use domain::memory::{Asked, Call, Failure, Fate, MemoryStore, finish};
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One entry that a client sends.
#[derive(Debug, Clone, Copy)]
enum Sent {
    /// An acceptable entry. Two with the same number are equal.
    Good(u32),
    /// An entry without an action.
    Bad,
    /// What is no JSON, or repeats a key.
    Broken(&'static str),
}

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

fn acme() -> Workspace {
    workspace("ws_a", Plan::Free, noon())
}

/// What a client sends for an entry of this moment.
fn sent_at(moment: Timestamp, number: u32) -> String {
    format!(
        r#"{{"occurred_at":"{}","actor":{{"type":"user","id":"u_1"}},"action":"project.update",
            "target":{{"type":"project","id":"p"}},"external_id":"evt_{number}"}}"#,
        moment.rfc3339()
    )
}

/// Records the entries with these texts.
fn record_texts<T: AsRef<str>>(store: &MemoryStore, texts: &[T]) -> Result<BatchAnswer, ApiError> {
    let texts: Vec<_> = texts.iter().map(AsRef::as_ref).collect();
    let body = format!(r#"{{"entries":[{}]}}"#, texts.join(","));
    let workspace = acme();
    let reading = Reading { workspace: &workspace, catalog: default_catalog(), now: noon() };
    let sent = split_batch(body.as_bytes())?;
    let clock = Clock::manual(noon());
    let grace = GraceDays::default();
    finish(Recorder { store, clock: &clock, reading, key_id: None, grace }.record(sent, "r-1"))
}

impl Sent {
    fn text(self) -> String {
        match self {
            Self::Good(number) => sent_at(noon(), number),
            Self::Bad => "{}".to_owned(),
            Self::Broken(text) => text.to_owned(),
        }
    }

    fn id(self) -> Option<EntryId> {
        let workspace = acme();
        let reading = Reading { workspace: &workspace, catalog: default_catalog(), now: noon() };
        let content = read_one(self.text().as_bytes(), reading).ok()?;
        Some(entry_with(&workspace, content).id)
    }
}

fn record(store: &MemoryStore, sent: &[Sent]) -> Result<BatchAnswer, ApiError> {
    let texts: Vec<_> = sent.iter().map(|sent| sent.text()).collect();
    record_texts(store, &texts)
}

fn rejected(error: &ApiError) -> EntryResult {
    EntryResult::Rejected { problem: error.problem("r-1") }
}

/// Whether a result is the rejection of an entry that is not acceptable.
fn is_invalid(result: &EntryResult) -> bool {
    let kinds = ["validation-failed", "malformed-json", "duplicate-key"];
    matches!(result, EntryResult::Rejected { problem } if kinds.contains(&problem.kind))
}

/// Whether a result says that the entry is stored.
fn is_confirmed(result: &EntryResult) -> bool {
    !matches!(result, EntryResult::Rejected { .. })
}

fn stored(store: &MemoryStore) -> BTreeSet<EntryId> {
    store.stored(&acme()).iter().map(|entry| entry.id).collect()
}

fn any_batch() -> impl Strategy<Value = Vec<Sent>> {
    let broken = prop::sample::select(vec![
        r#"{"a":NaN}"#, r#"{"a":1,"a":2}"#, r#"{"action":"\ud83d"}"#, "undefined", "[1,]",
        r#"{"a":"]}"}x"#, "{\"a\":'b'}",
    ]);
    let one = prop_oneof![
        4 => (0..8_u32).prop_map(Sent::Good),
        1 => Just(Sent::Bad),
        1 => broken.prop_map(Sent::Broken),
    ];
    prop::collection::vec(one, 1..40)
}

/// Fails the appends of the entries at these places, out of so many, however often they are tried.
fn failing(
    places: Vec<usize>,
    entries: usize,
    fate: Fate,
) -> impl FnMut(Asked) -> Fate + Send + 'static {
    let mut appends = 0;
    move |asked| {
        if !matches!(asked.call, Call::InsertEntry | Call::PutEntry) {
            return Fate::Pass;
        }
        appends += 1;
        // After the first attempt, only those that failed are tried.
        let fails = appends > entries || places.contains(&(appends - 1));
        if fails { fate } else { Fate::Pass }
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
        let mut distinct: Vec<EntryId> = Vec::new();
        for id in batch.iter().filter_map(|sent| sent.id()) {
            if !distinct.contains(&id) {
                distinct.push(id);
            }
        }
        let script = failing(places.clone(), distinct.len(), fate(Failure::Unavailable));
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
fn a_late_entry_that_is_not_announced_is_kept_out_and_no_other() {
    let store = MemoryStore::new();
    let fails = |asked: Asked| match asked.call {
        Call::Mark => Fate::FailBefore(Failure::Throttled),
        _ => Fate::Pass,
    };
    let sent = [noon(), noon().plus_ms(-5_001), noon().plus_ms(-5_000)];
    let sent = sent.map(|moment| sent_at(moment, 1));
    let answer = record_texts(&store.scripted(fails), &sent).unwrap();
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
fn an_entry_that_is_too_large_is_rejected_by_itself() {
    let store = MemoryStore::new();
    let large = format!(r#"{{"old_value":"{}"}}"#, "v".repeat(MAX_ENTRY_BYTES));
    let answer = record_texts(&store, &[large, sent_at(noon(), 1)]).unwrap();
    assert_eq!(answer.results[0], rejected(&ApiError::PayloadTooLarge(MAX_ENTRY_BYTES)));
    assert!(matches!(answer.results[1], EntryResult::Recorded { .. }));
}

#[test]
fn half_a_surrogate_in_a_name_sinks_nobody() {
    let name = r#"{"type":"user","id":"u_1","name":"Ada \ud83d"}"#;
    let cut = sent_at(noon(), 1).replace(r#"{"type":"user","id":"u_1"}"#, name);
    let store = MemoryStore::new();
    let answer = record_texts(&store, &[cut, sent_at(noon(), 2)]).unwrap();
    assert_eq!((answer.recorded, answer.rejected), (2, 0), "{answer:?}");
    let names: BTreeSet<_> =
        store.stored(&acme()).into_iter().filter_map(|entry| entry.content.actor.name).collect();
    assert_eq!(names, BTreeSet::from(["Ada \u{fffd}".to_owned()]));
}

#[test]
fn each_rejected_entry_says_what_is_wrong_in_it() {
    let texts = ["{\"a\":NaN}", "{\"a\":1,\"a\":2}", "{\"action\":\"\\ud83d\"}", "{\"x\":1}"];
    let answer = record_texts(&MemoryStore::new(), &texts).unwrap();
    let kinds: Vec<_> = answer
        .results
        .iter()
        .map(|result| match result {
            EntryResult::Rejected { problem } => problem.kind,
            _ => "",
        })
        .collect();
    let expected = ["malformed-json", "duplicate-key", "malformed-json", "validation-failed"];
    assert_eq!(kinds, expected);
}

#[test]
fn only_a_body_that_is_no_batch_sinks_the_batch() {
    let split = |text: &str| split_batch(text.as_bytes()).map(|entries| entries.len());
    assert_eq!(split(r#" {"entries":[{"a":NaN},]} "#), Ok(2));
    for (text, expected) in [
        ("", "malformed-json"),
        ("{\"entries\":[", "malformed-json"),
        ("{\"entries\":[{]}", "malformed-json"),
        ("{\"entries\":[1],\"entries\":[2]}", "duplicate-key"),
        ("[]", "validation-failed"),
        ("null", "validation-failed"),
        ("{}", "validation-failed"),
        ("{\"entries\":{}}", "validation-failed"),
        ("{\"entries\":[]}", "validation-failed"),
        ("{\"entries\":[1],\"more\":1}", "validation-failed"),
    ] {
        assert_eq!(split(text).unwrap_err().problem("r").kind, expected, "{text}");
    }
}

#[test]
fn if_no_salt_can_be_had_the_whole_batch_is_to_be_sent_again() {
    let fails = |asked: Asked| match asked.call {
        Call::GetSalt => Fate::FailBefore(Failure::Throttled),
        _ => Fate::Pass,
    };
    let store = MemoryStore::new();
    let answer = record(&store.scripted(fails), &[Sent::Good(1), Sent::Bad]);
    assert_eq!(answer, Err(ApiError::RateLimited));
    assert!(stored(&store).is_empty());
}
