//! Many writers of the same entries at the same time: each entry is recorded by one of them, and
//! stored once.

use domain::clock::Clock;
use futures::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tests::recording::{Log, ids, outcomes, shuffle};
use tests::{Random, Response};

/// What a writer was told of each id: whether it was stored just now.
type Told = Vec<(String, bool)>;

/// Records `entries` in an order of its own: a hundred of them one by one, the others in batches of
/// a hundred.
async fn write(log: Arc<Log>, mut entries: Vec<Value>, seed: u64) -> Told {
    let mut random = Random::new(seed);
    shuffle(&mut entries, &mut random);
    let alone = random.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let mut told = Told::new();
    for (index, hundred) in entries.chunks(100).enumerate() {
        if index == alone {
            for entry in hundred {
                let answer = log.record(entry).await;
                assert!(matches!(answer.status, 200 | 201), "{answer:?}");
                told.push((answer.text_at("/id").to_owned(), answer.status == 201));
            }
        } else {
            let answer = log.record_batch(hundred).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            told.extend(stored_now(&answer));
        }
    }
    told
}

fn stored_now(batch: &Response) -> Told {
    let pairs = ids(batch).into_iter().zip(outcomes(batch));
    pairs
        .map(|(id, outcome)| {
            assert!(matches!(outcome, "recorded" | "duplicate"), "{batch:?}");
            (id.to_owned(), outcome == "recorded")
        })
        .collect()
}

/// How often each id was said to be stored just now.
fn times_recorded(told: impl IntoIterator<Item = (String, bool)>) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for (id, is_new) in told {
        *times.entry(id).or_default() += usize::from(is_new);
    }
    times
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
    let told: Vec<Told> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    let of_each_writer: BTreeSet<BTreeSet<&str>> =
        told.iter().map(|told| told.iter().map(|(id, _)| id.as_str()).collect()).collect();
    assert_eq!(of_each_writer.len(), 1, "all writers were told the same ids");

    let times = times_recorded(told.clone().into_iter().flatten());
    assert_eq!(times.len(), 1_000);
    assert!(
        times.values().all(|times| *times == 1),
        "{:?}",
        times.iter().find(|(_, times)| **times != 1)
    );
    assert_eq!(log.stored().await, (1_000, 20));
    assert_eq!(log.listed().await, times.into_keys().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_racing_requests_one_records_the_entry_and_all_see_that_one() {
    let log = Log::with(Clock::System).await;
    for entry in [log.entry("inline"), log.entry_with_values("apart", 3_000)] {
        let answers = join_all((0..64).map(|_| log.record(&entry))).await;
        let first: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(first.len(), 1);
        for answer in &answers {
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
            assert_eq!(answer.text, first[0].text);
        }
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
                let answers = join_all(entries.iter().map(|entry| log.record(entry))).await;
                answers
                    .iter()
                    .map(|answer| (answer.text_at("/id").to_owned(), answer.status == 201))
                    .collect()
            } else {
                stored_now(&log.record_batch(&entries).await)
            }
        })
    });
    let told = join_all(racers).await.into_iter().flat_map(Result::unwrap);
    let times = times_recorded(told);
    assert_eq!(times.into_values().collect::<Vec<_>>(), vec![1; 40]);
    assert_eq!(log.stored().await, (40, 0));
}
