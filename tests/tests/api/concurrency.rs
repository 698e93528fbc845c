//! Many writers of the same entries at the same time: each entry is recorded by one of them, and
//! stored once.

use domain::clock::Clock;
use futures::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tests::recording::{Log, ids, outcomes, shuffle};
use tests::{Random, Response};

/// How often a writer retries what it is told to retry.
const TRIES: usize = 100;

/// What a writer was told of an id.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// How many answers said that this attempt stored the entry.
    recorded: usize,
    /// Whether an earlier answer said to retry: that attempt may have stored the entry.
    was_lost: bool,
}

/// What writers were told, by id.
type AllTold = BTreeMap<String, Told>;

/// Whether the answer says to retry, as the service does on a busy machine.
fn is_retryable(problem: &str) -> bool {
    matches!(problem, "rate-limited" | "store-unavailable")
}

/// Records an entry, as often as it takes.
#[expect(clippy::panic, reason = "a test whose entries are not recorded fails")]
async fn record(log: &Log, entry: &Value) -> (Response, Told) {
    let mut was_lost = false;
    for _ in 0..TRIES {
        let answer = log.record(entry).await;
        if matches!(answer.status, 200 | 201) {
            let recorded = usize::from(answer.status == 201);
            return (answer, Told { recorded, was_lost });
        }
        assert!(is_retryable(answer.problem()), "{answer:?}");
        was_lost = true;
    }
    panic!("an entry is not recorded in {TRIES} tries");
}

/// Records a batch, as often as it takes until each of its entries is stored.
#[expect(clippy::panic, reason = "a test whose entries are not recorded fails")]
async fn record_batch(log: &Log, entries: &[Value]) -> AllTold {
    let (mut told, mut was_lost) = (AllTold::new(), false);
    for _ in 0..TRIES {
        let answer = log.record_batch(entries).await;
        if answer.status == 200 {
            let outcomes = outcomes(&answer);
            for (id, outcome) in ids(&answer).into_iter().zip(&outcomes) {
                if matches!(*outcome, "recorded" | "duplicate") {
                    let one = Told { recorded: usize::from(*outcome == "recorded"), was_lost };
                    add(&mut told, id, one);
                } else {
                    assert!(is_retryable(outcome), "{answer:?}");
                }
            }
            if !outcomes.iter().any(|outcome| is_retryable(outcome)) {
                return told;
            }
        } else {
            assert!(is_retryable(answer.problem()), "{answer:?}");
        }
        was_lost = true;
    }
    panic!("a batch is not recorded in {TRIES} tries");
}

fn add(told: &mut AllTold, id: &str, one: Told) {
    let of_id = told.entry(id.to_owned()).or_default();
    of_id.recorded += one.recorded;
    of_id.was_lost |= one.was_lost;
}

/// Asserts that for each entry exactly one answer to any writer said `recorded`, or none if the
/// answer of the attempt that stored it was lost.
fn each_recorded_once(writers: impl IntoIterator<Item = AllTold>) -> BTreeSet<String> {
    let mut all = AllTold::new();
    for (id, one) in writers.into_iter().flatten() {
        add(&mut all, &id, one);
    }
    for (id, told) in &all {
        assert!(told.recorded == 1 || (told.recorded == 0 && told.was_lost), "{id}: {told:?}");
    }
    all.into_keys().collect()
}

/// Records `entries` in an order of its own: a hundred of them one by one, the others in batches of
/// a hundred.
async fn write(log: Arc<Log>, mut entries: Vec<Value>, seed: u64) -> AllTold {
    let mut random = Random::new(seed);
    shuffle(&mut entries, &mut random);
    let alone = random.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let mut told = AllTold::new();
    for (index, hundred) in entries.chunks(100).enumerate() {
        if index == alone {
            for entry in hundred {
                let (answer, one) = record(&log, entry).await;
                add(&mut told, answer.text_at("/id"), one);
            }
        } else {
            told.extend(record_batch(&log, hundred).await);
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_writers_of_the_same_thousand_entries_leave_each_once() {
    let log = Arc::new(Log::start().await);
    let entries: Vec<_> = (0..1_000)
        .map(|index| match index % 50 {
            0 => log.entry_with_values(&format!("evt_{index}"), 2_000),
            _ => log.entry(&format!("evt_{index}")),
        })
        .collect();
    let writers = (0..16).map(|seed| tokio::spawn(write(Arc::clone(&log), entries.clone(), seed)));
    let told: Vec<AllTold> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    let of_each_writer: BTreeSet<Vec<String>> =
        told.iter().map(|told| told.keys().cloned().collect()).collect();
    assert_eq!(of_each_writer.len(), 1, "all writers were told the same ids");

    let ids = each_recorded_once(told);
    assert_eq!(ids.len(), 1_000);
    assert_eq!(log.stored().await, (1_000, 20));
    assert_eq!(log.listed().await, ids);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_racing_requests_one_records_the_entry_and_all_see_that_one() {
    let log = Log::with(Clock::System).await;
    for entry in [log.entry("inline"), log.entry_with_values("apart", 3_000)] {
        let answers = join_all((0..64).map(|_| record(&log, &entry))).await;
        let told = answers.iter().map(|(answer, one)| {
            assert_eq!(answer.text, answers[0].0.text);
            AllTold::from([(answer.text_at("/id").to_owned(), *one)])
        });
        assert_eq!(each_recorded_once(told).len(), 1);
    }
    assert_eq!(log.stored().await, (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_batches_and_single_requests_share_out_their_entries() {
    let log = Arc::new(Log::start().await);
    let entries = log.entries(40);
    let racers = (0..24).map(|seed| {
        let (log, mut entries) = (Arc::clone(&log), entries.clone());
        tokio::spawn(async move {
            shuffle(&mut entries, &mut Random::new(seed));
            if seed % 3 == 0 {
                let answers = join_all(entries.iter().map(|entry| record(&log, entry))).await;
                let told =
                    answers.iter().map(|(answer, one)| (answer.text_at("/id").to_owned(), *one));
                told.collect()
            } else {
                record_batch(&log, &entries).await
            }
        })
    });
    let told: Vec<AllTold> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(each_recorded_once(told).len(), 40);
    assert_eq!(log.stored().await, (40, 0));
}
