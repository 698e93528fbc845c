//! Tests of the check itself. It must detect services and stores that lie, and tables that were
//! altered.

use crate::client::Client;
use crate::run::{Run, Size};
use crate::sent::WORKSPACE;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tests::Random;
use tests::wire::Tear;

/// Enough entries for several batches, and no faults but those that a test makes.
const CALM: Size =
    Size { seed: 7, entries: 300, faults: 0, kills: 0, clients: 2, sends_again: false };

/// Tears the first `BatchExecuteStatement`, and no other call.
fn tear_one(run: &Run, tear: Tear) {
    let is_done = Arc::new(AtomicBool::new(false));
    run.wire.tear(move |operation| {
        if operation == "BatchExecuteStatement" && !is_done.swap(true, Ordering::SeqCst) {
            tear
        } else {
            Tear::None
        }
    });
}

async fn told_about(tear: Tear) -> Vec<&'static str> {
    let run = Run::start(CALM).await;
    tear_one(&run, tear);
    run.send_all().await;
    let report = run.check().await;
    assert!(!report.is_sound(), "{report}");
    report.kinds()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_before_the_write_is_noticed() {
    assert_eq!(told_about(Tear::Lie).await, ["missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_for_a_statement_that_was_not_processed_is_noticed() {
    assert_eq!(told_about(Tear::LieOfOne).await, ["missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_with_another_recorded_at_is_noticed() {
    let run = Run::start(CALM).await;
    let mut client = Client { run: &run, random: Random::new(1) };
    assert!(client.send_until_known(vec![0]).await);
    run.wire.tear(|operation| if operation == "GetItem" { Tear::OtherTime } else { Tear::None });
    assert!(client.send_until_known(vec![0]).await);
    assert_eq!(run.noted(), ["0 was acknowledged with another recorded_at"]);
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// The stored item of the entry with this number.
async fn item(run: &Run, number: usize) -> HashMap<String, AttributeValue> {
    let id = run.known()[number].id.unwrap().to_string();
    let get = run.dynamodb().get_item().table_name("entries");
    let get = get.key("workspace_id", text(WORKSPACE)).key("id", text(&id));
    get.send().await.unwrap().item.unwrap()
}

async fn put(run: &Run, item: HashMap<String, AttributeValue>) {
    let put = run.dynamodb().put_item().table_name("entries").set_item(Some(item));
    put.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_or_stored_twice_or_has_no_number_is_noticed() {
    let run = Run::start(CALM).await;
    run.send_all().await;
    let mut altered = item(&run, 10).await;
    altered.insert("new_value".to_owned(), text("{}"));
    put(&run, altered).await;
    // The copy's id is not made from its content. The copy lands after its time was numbered, so
    // the feed does not have it.
    run.settle().await;
    let mut twice = item(&run, 20).await;
    let id = twice["id"].as_s().unwrap().clone();
    twice.insert("id".to_owned(), text(&format!("{}{}", &id[..21], "0".repeat(32))));
    put(&run, twice).await;
    let report = run.check().await;
    assert_eq!(report.kinds(), ["altered", "hole", "total", "twice"], "{report}");
}
