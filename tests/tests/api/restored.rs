//! The rehearsal of a restore: the control table is older than the entries.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect fails"
)]

use aws::dynamodb::Item;
use domain::checking::check;
use domain::counting::Budget;
use domain::credential::Scope;
use domain::journal::SETTLED_AFTER_MS;
use domain::sequencing::seal;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tests::recording::{ENTRIES, Log, listed, noon, usual_entry};
use tests::{Api, TestService};

/// All items of the control table.
async fn control(service: &TestService) -> Vec<Item> {
    let scan = service.dynamodb.scan().table_name(control_table());
    scan.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
}

fn control_table() -> String {
    local::embedded::tables().control
}

/// Takes everything out of the control table, and puts back what was there before.
async fn restore(service: &TestService, before: Vec<Item>) {
    for mut item in control(service).await {
        let delete = service.dynamodb.delete_item().table_name(control_table());
        let [pk, sk] = ["pk", "sk"].map(|name| item.remove(name).unwrap());
        delete.key("pk", pk).key("sk", sk).send().await.unwrap();
    }
    for item in before {
        let put = service.dynamodb.put_item().table_name(control_table()).set_item(Some(item));
        put.send().await.unwrap();
    }
}

/// The sequence numbers of all entries, the oldest entry first. `null` stands for none.
async fn numbers(api: &Api) -> Vec<Value> {
    let mut numbers = Vec::new();
    for id in listed(api, ENTRIES).await {
        let entry = api.get(&format!("{ENTRIES}/{id}")).await;
        numbers.push(entry.json["sequence"].clone());
    }
    numbers
}

/// What `audit verify` does: numbers what is settled, and enters what has no number into the
/// journal. Returns how many entries it has entered.
async fn verify(log: &Log) -> usize {
    let (store, clock) = (log.service.bound_store(), &log.service.clock);
    let budget = Budget::new(f64::MAX, Duration::from_hours(1));
    while !seal(&store, &log.workspace.id, clock.now(), &budget).await.unwrap().is_finished {}
    let until = clock.now().plus_ms(-SETTLED_AFTER_MS);
    let (mut from, mut entered) = (Timestamp::MIN, 0);
    while from < until {
        let part = check(&store, &log.workspace, from, until, clock).await.unwrap();
        assert!(part.missing.is_empty() && part.altered.is_empty(), "{part:?}");
        entered += part.stragglers.len();
        from = part.through;
    }
    entered
}

#[tokio::test]
async fn entries_are_numbered_again_after_an_older_control_table_was_restored() {
    let log = Log::warm().await;
    let token = log.service.key(&Scope::ALL, None).await;
    let pass = |seconds: i64| {
        let clock = &log.service.clock;
        clock.set(clock.now().plus_ms(seconds * 1_000));
    };
    let record = async |name: &str, minutes_late: i64| {
        let at = log.service.clock.now().plus_ms(-minutes_late * 60_000);
        assert_eq!(log.record(&usual_entry(at, name)).await.status, 201);
    };
    log.service.clock.set(noon());
    record("evt_1", 0).await;
    pass(60);
    log.service.count(&log.workspace).await;
    let before = control(&log.service).await;
    record("evt_in_time", 0).await;
    // A note in the control table announces it.
    record("evt_late", 30).await;
    pass(60);
    log.service.count(&log.workspace).await;
    assert_eq!(numbers(&log.api).await, [1, 0, 2], "the late one happened first");

    restore(&log.service, before).await;
    log.service.count(&log.workspace).await;
    let api = log.service.another_instance(&token).await;
    // The note is gone, and with it the number. The others lie where numbering looks.
    assert_eq!(numbers(&api).await, [Value::Null, json!(0), json!(1)]);
    let mut entered = 0;
    for _ in 0..3 {
        entered += verify(&log).await;
        pass(60);
    }
    log.service.count(&log.workspace).await;
    assert_eq!((entered, numbers(&api).await), (1, vec![json!(2), json!(0), json!(1)]));
}
