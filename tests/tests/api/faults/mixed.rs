//! Two publishers that retry until they are told that their entries are there, over a store with
//! seeded faults.

use super::assert_says_to_try_again;
use futures::future::join_all;
use serde_json::Value;
use std::collections::BTreeSet;
use tests::recording::{Log, ids, outcomes, shuffle};
use tests::{Fault, Random};

/// How many entries the publishers choose from.
const POOL: usize = 40;

pub(super) async fn run(seed: u64) {
    let log = Log::warm().await;
    let pool: Vec<_> = (0..POOL)
        .map(|index| match index % 6 {
            0 => log.entry_with_values(&format!("evt_{index}"), 1_500),
            _ => log.entry(&format!("evt_{index}")),
        })
        .collect();
    let mut random = Random::new(seed);
    log.service.proxy.fail(move |operation, request| fault(&mut random, operation, request));
    let mut publishers = [Publisher::new(seed + 1_000), Publisher::new(seed + 2_000)];
    join_all(publishers.iter_mut().map(|publisher| publisher.publish(&log, &pool))).await;
    log.service.proxy.heal();

    let [one, other] = publishers;
    let twice: Vec<_> = one.recorded.intersection(&other.recorded).collect();
    assert!(twice.is_empty(), "seed {seed}: {twice:?}");
    let acknowledged: BTreeSet<_> = one.acknowledged.union(&other.acknowledged).cloned().collect();
    assert_eq!(log.listed().await, acknowledged, "seed {seed}");
    assert_eq!(log.stored().await.0, acknowledged.len(), "seed {seed}");
    for id in &acknowledged {
        let entry = log.item("ws_log", id).await.unwrap();
        assert_eq!(
            log.item("ws_log#values", id).await.is_some(),
            entry.contains_key("values_apart"),
            "seed {seed}"
        );
    }
}

fn fault(random: &mut Random, operation: &str, request: &Value) -> Fault {
    let statements = request["Statements"].as_array().map_or(0, Vec::len);
    // The SDK waits long after throttling and lost answers, and not at all after the others.
    match (random.below(100), operation) {
        (0, _) => Fault::Refuse("ThrottlingException"),
        (1..=5, _) => Fault::LoseAnswer,
        (6..=20, _) => Fault::Refuse("InternalServerError"),
        (21..=50, "BatchExecuteStatement") => {
            let code =
                random.pick(&["ThrottlingError", "InternalServerError", "TransactionConflict"]);
            Fault::RefuseStatements(
                (0..statements).filter(|_| random.below(3) == 0).collect(),
                code,
            )
        }
        _ => Fault::None,
    }
}

struct Publisher {
    random: Random,
    acknowledged: BTreeSet<String>,
    recorded: BTreeSet<String>,
}

impl Publisher {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), acknowledged: BTreeSet::new(), recorded: BTreeSet::new() }
    }

    async fn publish(&mut self, log: &Log, pool: &[Value]) {
        for step in 0..6 {
            let mut open = pool.to_vec();
            shuffle(&mut open, &mut self.random);
            open.truncate(if step % 2 == 0 { 1 } else { self.random.pick(&[2, 10, 26, 40]) });
            for attempt in 0.. {
                assert!(attempt < 100, "a retry completes it sometime");
                open = if step % 2 == 0 {
                    self.alone(log, open).await
                } else {
                    self.together(log, open).await
                };
                if open.is_empty() {
                    break;
                }
            }
        }
    }

    /// Sends one entry and returns it if it was not acknowledged.
    async fn alone(&mut self, log: &Log, open: Vec<Value>) -> Vec<Value> {
        let Some(entry) = open.first() else { return open };
        let answer = log.record(entry).await;
        match answer.status {
            200 | 201 => {
                self.acknowledge(answer.text_at("/id"), answer.status == 201);
                Vec::new()
            }
            status => {
                assert_says_to_try_again(&answer, status);
                open
            }
        }
    }

    /// Sends a batch and returns the entries that were not acknowledged.
    async fn together(&mut self, log: &Log, open: Vec<Value>) -> Vec<Value> {
        let answer = log.record_batch(&open).await;
        if answer.status != 200 {
            assert_says_to_try_again(&answer, answer.status);
            return open;
        }
        let results = open.into_iter().zip(ids(&answer)).zip(outcomes(&answer));
        let rejected = results.filter_map(|((entry, id), outcome)| match outcome {
            "recorded" | "duplicate" => {
                self.acknowledge(id, outcome == "recorded");
                None
            }
            problem => {
                assert!(matches!(problem, "rate-limited" | "store-unavailable"), "{problem}");
                Some(entry)
            }
        });
        rejected.collect()
    }

    fn acknowledge(&mut self, id: &str, is_new: bool) {
        self.acknowledged.insert(id.to_owned());
        assert!(!is_new || self.recorded.insert(id.to_owned()), "{id} is recorded twice");
    }
}
