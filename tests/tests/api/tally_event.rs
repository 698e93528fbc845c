//! The batch of `events/streams/` through the `tally` function, from the batch's JSON to the
//! answer's, over an embedded DynamoDB.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use aws::dynamodb::DynamoStore;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::clock::Clock;
use domain::identity::EntryId;
use domain::plan::Plan;
use local::embedded::{client, tables};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tally::{Planned, StreamEvent};
use tests::{Fault, Setup, TestService, actor, at, content, log_of, page, target};
use web::service::Service;

/// When the batch is handed over: after the months of its entries.
const LATER: &str = "2027-01-02T12:00:00.000Z";
const HOURS: usize = 3;
const ENTRIES_AN_HOUR: usize = 400;

fn batch() -> Value {
    serde_json::from_str(include_str!("../../../events/streams/tally-hint.json")).unwrap()
}

/// What a record is about: the kind of change, the partition, and the id.
fn parts(record: &Value) -> (&str, &str, EntryId) {
    let key = |name: &str| record["dynamodb"]["Keys"][name]["S"].as_str().unwrap();
    (record["eventName"].as_str().unwrap(), key("workspace_id"), EntryId::parse(key("id")).unwrap())
}

/// `ws_acme` with a log around the time of the batch, `ws_beta` with as long a one, and neither
/// counted.
async fn started() -> TestService {
    let service = TestService::with(Setup::at(Clock::manual(at(LATER)))).await;
    for id in ["ws_acme", "ws_beta"] {
        let workspace = service.fixed_workspace(id, Plan::Pro);
        let moment = |n: usize| {
            at("2026-11-22T13:00:00Z")
                .plus_ms(i64::try_from(n * 3_600_000 / ENTRIES_AN_HOUR).unwrap())
        };
        let invitation =
            |n| content(moment(n), actor("usr_1"), "member.invite", target("member", "mem_1"), n);
        service.load(&log_of(&workspace, (0..HOURS * ENTRIES_AN_HOUR).map(invitation)));
    }
    service
}

/// Hands the batch over, as the runtime does, to a function that has just started.
async fn hand_over(service: &TestService, batch: Value) -> Value {
    let event: StreamEvent = serde_json::from_value(batch).unwrap();
    let store = DynamoStore::new(client(&service.proxy.endpoint), tables());
    let service = Service::new(store, service.clock.clone());
    let response = tally::handle(&service, &Planned::default(), event).await;
    serde_json::to_value(response).unwrap()
}

/// The journal of a workspace: its items as they are stored, by their sort key.
async fn journal(service: &TestService, workspace: &str) -> BTreeMap<String, String> {
    let query =
        service.dynamodb.query().table_name(tables().control).key_condition_expression("pk = :pk");
    let output = query
        .expression_attribute_values(":pk", AttributeValue::S(format!("journal#{workspace}")))
        .send()
        .await
        .unwrap();
    let shown = |item: &std::collections::HashMap<String, AttributeValue>| {
        format!("{:?}", item.iter().collect::<BTreeMap<_, _>>())
    };
    output.items().iter().map(|item| (item["sk"].as_s().unwrap().clone(), shown(item))).collect()
}

/// How many items of the journal were put since the last time.
fn puts(service: &TestService) -> usize {
    let is_journal = |call: &tests::Call| {
        let pk = call.request.pointer("/Item/pk/S").and_then(Value::as_str);
        call.operation == "PutItem" && pk.is_some_and(|pk| pk.starts_with("journal#"))
    };
    service.proxy.take_calls().iter().filter(|call| is_journal(call)).count()
}

#[test]
fn the_batch_has_a_hint_and_all_that_is_none() {
    let batch = batch();
    let records = batch["Records"].as_array().unwrap();
    let mut kinds = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for record in records {
        let (name, partition, id) = parts(record);
        kinds.insert((name, partition, id.digest() % 64 == 0));
        assert_eq!(
            (&record["eventSource"], &record["dynamodb"]["StreamViewType"]),
            (&json!("aws:dynamodb"), &json!("NEW_AND_OLD_IMAGES"))
        );
        assert!(numbers.insert(record["dynamodb"]["SequenceNumber"].as_str().unwrap()));
    }
    let expected = [
        ("INSERT", "ws_acme", false),
        ("INSERT", "ws_acme", true),
        ("INSERT", "ws_acme#values", true),
        ("REMOVE", "ws_beta", true),
    ];
    assert_eq!(kinds, expected.into());
}

#[tokio::test]
async fn the_entries_of_the_workspace_of_the_batch_are_numbered_and_no_others() {
    let service = started().await;
    assert_eq!(hand_over(&service, batch()).await, json!({ "batchItemFailures": [] }));
    let numbered = journal(&service, "ws_acme").await;
    assert!(!numbered.is_empty());
    assert_eq!(puts(&service), numbered.len());
    assert_eq!(
        journal(&service, "ws_beta").await,
        BTreeMap::new(),
        "its record says that an entry went"
    );

    // The stream hands a batch over at least once.
    assert_eq!(hand_over(&service, batch()).await, json!({ "batchItemFailures": [] }));
    assert_eq!((puts(&service), journal(&service, "ws_acme").await), (0, numbered));
}

#[tokio::test]
async fn what_was_counted_is_what_a_list_then_finds() {
    let service = started().await;
    hand_over(&service, batch()).await;
    let api = service.operator().await;
    let _ = service.proxy.take_calls();
    let first = page(&api, "/v1/workspaces/ws_acme/entries?page_size=100").await;
    assert_eq!((first.total, first.is_exact, first.ids.len()), (1_200, true, 100));
    let calls = service.proxy.take_calls();
    let read: f64 =
        calls.iter().filter(|call| call.operation == "Query").map(tests::Call::units).sum();
    assert!(
        read <= 50.0 && calls.iter().all(|call| call.operation != "PutItem"),
        "{read} units: counted before, not by the list"
    );
}

#[tokio::test]
async fn a_hint_that_could_not_be_followed_goes_back_to_the_stream() {
    let service = started().await;
    let batch = batch();
    let is_hint = |record: &&Value| {
        let (name, partition, _) = parts(record);
        name == "INSERT" && partition == "ws_acme"
    };
    let first = batch["Records"].as_array().unwrap().iter().find(is_hint).unwrap();
    let failed =
        json!({ "batchItemFailures": [{ "itemIdentifier": first["dynamodb"]["SequenceNumber"] }] });
    service.proxy.fail(|_, _| Fault::Refuse("ThrottlingException"));
    assert_eq!(hand_over(&service, batch.clone()).await, failed, "nothing could be read");
    service.proxy.fail(|operation, _| {
        if operation == "PutItem" { Fault::Refuse("ThrottlingException") } else { Fault::None }
    });
    assert_eq!(hand_over(&service, batch.clone()).await, failed, "nothing could be kept");
    assert_eq!(journal(&service, "ws_acme").await, BTreeMap::new());
    service.proxy.heal();
    assert_eq!(hand_over(&service, batch).await, json!({ "batchItemFailures": [] }));
    assert!(!journal(&service, "ws_acme").await.is_empty());
}

#[tokio::test]
async fn a_batch_without_a_hint_or_of_a_workspace_that_is_not_there_reads_little_and_fails_nothing()
{
    let service = TestService::with(Setup::at(Clock::manual(at(LATER)))).await;
    assert_eq!(
        hand_over(&service, batch()).await,
        json!({ "batchItemFailures": [] }),
        "there is no ws_acme"
    );
    let calls = service.proxy.take_calls();
    // A hint comes from an entry, so the check of the day is planned before the log is looked at.
    let (planned, reads): (Vec<_>, Vec<_>) =
        calls.iter().partition(|call| call.operation == "PutItem");
    let plan = planned.first().and_then(|call| call.request.pointer("/Item/pk/S"));
    assert_eq!((planned.len(), plan), (1, Some(&json!("checks#20270102"))));
    let is_read = |call: &&tests::Call| matches!(call.operation.as_str(), "GetItem" | "Query");
    assert!(reads.len() <= 5 && reads.iter().all(is_read), "{calls:?}");
    let mut without = batch();
    without["Records"].as_array_mut().unwrap().retain(|record| {
        let (name, partition, _) = parts(record);
        (name, partition) != ("INSERT", "ws_acme")
    });
    for batch in [without, json!({ "Records": [] })] {
        assert_eq!(hand_over(&service, batch).await, json!({ "batchItemFailures": [] }));
        assert_eq!(service.proxy.take_calls().len(), 0);
    }
}
