//! A store that throttles, fails, or loses its answers. What was acknowledged is stored, nothing
//! else is claimed to be, and a retry completes it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod case;
mod hanging;
mod logged;
mod mixed;
mod sweep;

use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::recording::{ENTRIES, Log, ids, outcomes};
use tests::{Fault, Response};

/// The places of the statements of a batch that insert an entry with this `external_id`.
fn statements_of(request: &Value, external_id: &str) -> Vec<usize> {
    let holds = |statement: &Value| {
        statement["Parameters"]
            .as_array()
            .unwrap()
            .iter()
            .any(|parameter| parameter["S"] == external_id)
    };
    let statements = request["Statements"].as_array().into_iter().flatten().enumerate();
    statements.filter(|(_, statement)| holds(statement)).map(|(index, _)| index).collect()
}

/// Whether a call inserts values, not an entry.
fn puts_values(request: &Value) -> bool {
    let parameters = request["Parameters"].as_array();
    parameters
        .into_iter()
        .flatten()
        .any(|value| value["S"].as_str().is_some_and(|partition| partition.ends_with("#values")))
}

/// Fails the calls of this operation: `times` of them, then no more.
fn fail(log: &Log, operation: &'static str, fault: &Fault, mut times: usize) {
    let fault = fault.clone();
    log.service.proxy.fail(move |called, _| {
        if called != operation || times == 0 {
            return Fault::None;
        }
        times -= 1;
        fault.clone()
    });
}

/// Asserts that an answer tells a client when to retry, and tells nothing about the store.
fn assert_says_to_try_again(answer: &Response, status: u16) {
    let problem = if status == 429 { "rate-limited" } else { "store-unavailable" };
    assert_eq!((answer.status, answer.problem()), (status, problem), "{answer:?}");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_says_nothing_of_the_cause(answer);
}

fn assert_says_nothing_of_the_cause(answer: &Response) {
    for cause in ["injected", "Exception", "dynamodb", "DynamoDB", "InternalServer", "AccessDenied"]
    {
        assert!(!answer.text.contains(cause), "{answer:?}");
    }
}

#[tokio::test]
async fn statements_refused_every_time_are_rejected_and_no_others() {
    // Two statements fail, in two of the four calls of a batch of 100.
    let refused = [3, 60];
    for (code, problem, status, tried_again) in [
        ("ThrottlingError", "rate-limited", 429, true),
        ("ProvisionedThroughputExceeded", "rate-limited", 429, true),
        ("InternalServerError", "store-unavailable", 503, true),
        ("AccessDenied", "internal", 500, false),
    ] {
        let log = Log::warm().await;
        log.service.proxy.fail(move |_, request| {
            let places = refused.iter().flat_map(|n| statements_of(request, &format!("evt_{n}")));
            match places.collect::<Vec<_>>() {
                places if places.is_empty() => Fault::None,
                places => Fault::RefuseStatements(places, code),
            }
        });
        let batch = log.record_batch(&log.entries(100)).await;
        assert_eq!(
            (batch.status, &batch.json["recorded"], &batch.json["rejected"]),
            (200, &json!(98), &json!(2)),
            "{code}"
        );
        for index in refused {
            assert_eq!(outcomes(&batch)[index], problem);
            assert_eq!(batch.json["results"][index]["problem"]["status"], status);
        }
        assert_says_nothing_of_the_cause(&batch);
        let acknowledged: BTreeSet<_> =
            ids(&batch).into_iter().filter(|id| !id.is_empty()).map(str::to_owned).collect();
        assert_eq!(log.listed().await, acknowledged);
        let calls = log.service.proxy.take_calls();
        let mut sizes: Vec<_> = calls
            .iter()
            .filter_map(|call| Some(call.request["Statements"].as_array()?.len()))
            .collect();
        sizes.sort_unstable();
        let again = if tried_again { vec![2, 2] } else { Vec::new() };
        assert_eq!(
            sizes,
            [again, vec![25; 4]].concat(),
            "only what was not confirmed is sent again, three times at most, and never what was \
             refused: {code}"
        );

        log.service.proxy.heal();
        let again = log.record_batch(&log.entries(100)).await;
        let outcome = |n| if refused.contains(&n) { "recorded" } else { "duplicate" };
        assert_eq!(outcomes(&again), (0..100).map(outcome).collect::<Vec<_>>());
        assert_eq!(log.stored().await, (100, 0));
        assert_eq!(log.listed().await, ids(&again).into_iter().map(str::to_owned).collect());
    }
}

#[tokio::test]
async fn statements_refused_once_are_all_recorded() {
    for code in ["ThrottlingError", "InternalServerError"] {
        let log = Log::warm().await;
        fail(
            &log,
            "BatchExecuteStatement",
            &Fault::RefuseStatements((0..25).step_by(2).collect(), code),
            2,
        );
        let batch = log.record_batch(&log.entries(50)).await;
        assert_eq!((batch.status, outcomes(&batch)), (200, vec!["recorded"; 50]), "{code}");
        assert_eq!(log.stored().await, (50, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_every_time_is_the_answer_to_the_whole_batch() {
    let one = async |code, status| {
        let log = Log::warm().await;
        fail(&log, "BatchExecuteStatement", &Fault::Refuse(code), usize::MAX);
        let entries = [log.entries(30), vec![log.entry_with_values("large", 2_000)]].concat();
        assert_says_to_try_again(&log.record_batch(&entries).await, status);
        assert_eq!(log.stored().await, (0, 1), "values without their entry are nobody's");
        assert!(log.listed().await.is_empty());
        log.service.proxy.heal();
        assert_eq!(outcomes(&log.record_batch(&entries).await), ["recorded"; 31]);
        assert_eq!(log.stored().await, (31, 1));
    };
    tokio::join!(
        one("ThrottlingException", 429),
        one("ProvisionedThroughputExceededException", 429),
        one("RequestLimitExceeded", 429),
        one("InternalServerError", 503),
    );
}

#[tokio::test]
async fn the_whole_answer_says_to_try_again_also_when_some_entries_are_bad() {
    let log = Log::warm().await;
    fail(&log, "ExecuteStatement", &Fault::Refuse("InternalServerError"), usize::MAX);
    let entries = [json!({}), log.entry("evt_1")];
    assert_says_to_try_again(&log.record_batch(&entries).await, 503);
    log.service.proxy.heal();
    assert_eq!(outcomes(&log.record_batch(&entries).await), ["validation-failed", "recorded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_entry_that_is_refused_is_not_there_until_a_retry_puts_it_there() {
    let refused = async |code, status| {
        let log = Log::warm().await;
        fail(&log, "ExecuteStatement", &Fault::Refuse(code), usize::MAX);
        assert_says_to_try_again(&log.record(&log.entry("evt_1")).await, status);
        assert_eq!(log.stored().await, (0, 0));
        log.service.proxy.heal();
        assert_eq!(log.record(&log.entry("evt_1")).await.status, 201);
        assert_eq!(log.stored().await, (1, 0));
    };
    tokio::join!(
        refused("ThrottlingException", 429),
        refused("RequestLimitExceeded", 429),
        refused("InternalServerError", 503)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_never_stores_an_entry_twice() {
    let lost = async |times| {
        let log = Log::warm().await;
        let entry = log.entry("evt_1");
        fail(&log, "ExecuteStatement", &Fault::LoseAnswer, times);
        let answer = log.record(&entry).await;
        // A second attempt finds what the first one left. The SDK makes none when its retry tokens
        // are used up, which all tests of this binary share.
        if times == usize::MAX || answer.status != 200 {
            assert_says_to_try_again(&answer, 503);
        }
        assert_eq!(log.stored().await, (1, 0), "it landed");
        log.service.proxy.heal();
        let again = log.record(&entry).await;
        assert_eq!((again.status, log.stored().await), (200, (1, 0)));
        assert_eq!(log.listed().await, [again.text_at("/id").to_owned()].into());
        assert_eq!(log.get(again.text_at("/id")).await.status, 200);
    };
    tokio::join!(lost(1), lost(2), lost(usize::MAX));
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_never_store_a_batch_twice() {
    let lost = async |times| {
        let log = Log::warm().await;
        let entries = [log.entries(26), vec![log.entry_with_values("large", 2_000)]].concat();
        fail(&log, "BatchExecuteStatement", &Fault::LoseAnswer, times);
        let answer = log.record_batch(&entries).await;
        if times == usize::MAX {
            assert_says_to_try_again(&answer, 503);
        } else {
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(
                outcomes(&answer)
                    .iter()
                    .all(|outcome| matches!(*outcome, "recorded" | "duplicate")),
                "{answer:?}"
            );
        }
        assert_eq!(log.stored().await, (27, 1), "they landed");
        log.service.proxy.heal();
        let again = log.record_batch(&entries).await;
        assert_eq!(outcomes(&again), ["duplicate"; 27]);
        assert_eq!(log.stored().await, (27, 1));
    };
    tokio::join!(lost(1), lost(2), lost(usize::MAX));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_whose_entry_is_refused_are_completed_by_a_retry_and_not_doubled() {
    let refused = async |code, status| {
        let log = Log::warm().await;
        let entry = log.entry_with_values("evt_1", 5_000);
        log.service.proxy.fail(move |operation, request| match operation {
            "ExecuteStatement" if !puts_values(request) => Fault::Refuse(code),
            _ => Fault::None,
        });
        assert_says_to_try_again(&log.record(&entry).await, status);
        assert_eq!(log.stored().await, (0, 1));
        assert!(log.listed().await.is_empty());
        log.service.proxy.heal();
        let answer = log.record(&entry).await;
        assert_eq!((answer.status, log.stored().await), (201, (1, 1)));
        assert_eq!(log.get(answer.text_at("/id")).await.json["new_value"], entry["new_value"]);
    };
    tokio::join!(refused("ThrottlingException", 429), refused("InternalServerError", 503));
}

#[tokio::test]
async fn an_entry_whose_values_are_refused_is_not_written() {
    let log = Log::warm().await;
    log.service.proxy.fail(|_, request| {
        if puts_values(request) { Fault::Refuse("InternalServerError") } else { Fault::None }
    });
    assert_says_to_try_again(&log.record(&log.entry_with_values("alone", 5_000)).await, 503);
    let batch =
        log.record_batch(&[log.entry("small"), log.entry_with_values("large", 5_000)]).await;
    assert_eq!(outcomes(&batch), ["recorded", "store-unavailable"]);
    assert_eq!(log.stored().await, (1, 0));
}

#[tokio::test]
async fn values_outlive_a_first_try_under_a_shorter_plan() {
    let log = Log::warm().await;
    let entry = log.entry_with_values("evt_1", 5_000);
    log.service.proxy.fail(|operation, request| match operation {
        "ExecuteStatement" if !puts_values(request) => Fault::Refuse("InternalServerError"),
        _ => Fault::None,
    });
    assert_says_to_try_again(&log.record(&entry).await, 503);
    log.service.proxy.heal();
    assert_eq!(
        log.api.put("/v1/workspaces/ws_log", &json!({ "plan": "enterprise" })).await.status,
        200
    );
    let answer = log.record(&entry).await;
    assert_eq!((answer.status, &answer.json["expires_at"]), (201, &Value::Null));
    let values = log.item("ws_log#values", answer.text_at("/id")).await.unwrap();
    assert!(!values.contains_key("delete_at"), "values never go before their entry");
}

#[tokio::test]
async fn a_control_table_that_throttles_is_a_429_and_stores_nothing() {
    let log = Log::start().await;
    fail(&log, "GetItem", &Fault::Refuse("ThrottlingException"), usize::MAX);
    assert_says_to_try_again(&log.record(&log.entry("evt_1")).await, 429);
    fail(&log, "GetItem", &Fault::Refuse("InternalServerError"), usize::MAX);
    assert_says_to_try_again(&log.record_batch(&log.entries(2)).await, 503);
    assert_eq!(log.stored().await, (0, 0));
    assert!(log.service.proxy.take_calls().iter().all(|call| call.operation == "GetItem"));
    log.service.proxy.heal();
    assert_eq!(log.record(&log.entry("evt_1")).await.status, 201);
}

#[tokio::test]
async fn what_the_store_will_never_do_is_a_500_without_the_cause() {
    for code in ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"] {
        for operation in ["GetItem", "ExecuteStatement", "BatchExecuteStatement"] {
            let log = Log::start().await;
            fail(&log, operation, &Fault::Refuse(code), usize::MAX);
            let answer = match operation {
                "BatchExecuteStatement" => log.record_batch(&log.entries(3)).await,
                _ => log.api.post(ENTRIES, &log.entry("evt_1")).await,
            };
            assert_eq!((answer.status, answer.problem()), (500, "internal"), "{operation} {code}");
            assert_eq!(
                answer.text_at("/detail"),
                "The service failed. Its operators can find the cause by the request id."
            );
            assert_eq!(answer.text_at("/request_id"), answer.header("x-request-id"));
            assert_says_nothing_of_the_cause(&answer);
            assert_eq!(log.stored().await, (0, 0));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_any_mix_of_faults_exactly_what_was_acknowledged_is_stored() {
    let outcomes = join_all((0..30).map(|seed| tokio::spawn(mixed::run(seed)))).await;
    outcomes.into_iter().for_each(Result::unwrap);
}
