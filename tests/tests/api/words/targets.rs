//! Further targets: an entry about a member and a project is found from both.

use serde_json::{Value, json};
use tests::Fault;
use tests::recording::{ENTRIES, Log, ids, outcomes};

fn with_targets(log: &Log, external_id: &str, targets: &[(&str, &str)]) -> Value {
    let mut entry = log.entry(external_id);
    let targets = targets.iter().map(|(kind, id)| json!({ "type": kind, "id": id }));
    entry["targets"] = targets.collect();
    entry
}

async fn found(log: &Log, kind: &str, id: &str) -> Vec<String> {
    let path = format!("{ENTRIES}?target_type={kind}&target_id={id}");
    let page = log.api.get(&path).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(
        page.json["page"]["total_entries"],
        page.json["entries"].as_array().unwrap().len(),
        "{page:?}"
    );
    let rows = page.json["entries"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_entry_is_found_from_each_of_its_targets_and_counted_once() {
    let log = Log::start().await;
    let one = log.record(&with_targets(&log, "1", &[("project", "p"), ("project", "q")])).await;
    let other = log.record_batch(&[with_targets(&log, "2", &[("project", "p")])]).await;
    let (one, other) = (one.text_at("/id").to_owned(), ids(&other)[0].to_owned());
    let mut both = [one.clone(), other];
    both.sort_by(|a, b| b.cmp(a));
    assert_eq!(found(&log, "member", "mem_grace").await, both);
    assert_eq!(found(&log, "project", "p").await, both);
    assert_eq!(found(&log, "project", "q").await, [one]);
    assert!(found(&log, "member", "q").await.is_empty());
    let all = log.api.get(ENTRIES).await;
    assert_eq!(all.json["page"]["total_entries"], 2, "{all:?}");
    let kind = log.api.get(&format!("{ENTRIES}?target_type=project")).await;
    assert_eq!(kind.json["page"]["total_entries"], 0, "a type alone is that of the first target");
}

#[tokio::test]
async fn ten_further_targets_are_taken_and_none_is_named_twice() {
    let log = Log::start().await;
    let targets: Vec<_> = (0..11).map(|n| ("project", format!("p_{n}"))).collect();
    let targets: Vec<_> = targets.iter().map(|(kind, id)| (*kind, id.as_str())).collect();
    let ten = log.record(&with_targets(&log, "ten", &targets[..10])).await;
    assert_eq!((ten.status, ten.json["targets"].as_array().unwrap().len()), (201, 10));
    for n in 0..10 {
        assert_eq!(found(&log, "project", &format!("p_{n}")).await.len(), 1);
    }
    let refused = [
        (with_targets(&log, "x", &targets), "/targets"),
        (with_targets(&log, "x", &[("project", "p"), ("project", "p")]), "/targets/1"),
        (with_targets(&log, "x", &[("member", "mem_grace")]), "/targets/0"),
        (with_targets(&log, "x", &[("planet", "mars")]), "/targets/0/type"),
        (with_targets(&log, "x", &[("project", "")]), "/targets/0/id"),
    ];
    for (entry, pointer) in refused {
        let answer = log.record(&entry).await;
        assert_eq!((answer.status, answer.pointers()), (422, vec![pointer]), "{answer:?}");
    }
    assert_eq!(log.stored().await.0, 1);
}

#[tokio::test]
async fn a_retry_is_a_duplicate_and_another_set_of_targets_is_another_entry() {
    let log = Log::start().await;
    let entry = with_targets(&log, "1", &[("project", "p")]);
    let first = log.record(&entry).await;
    let again = log.record(&entry).await;
    assert_eq!((again.status, again.text_at("/id")), (200, first.text_at("/id")));
    assert_eq!(again.json, first.json);
    assert_eq!(outcomes(&log.record_batch(&[entry]).await), ["duplicate"]);
    let other = log.record(&with_targets(&log, "1", &[("project", "q")])).await;
    assert_eq!(other.status, 201);
    assert_ne!(other.text_at("/id"), first.text_at("/id"));
}

/// If the store does not confirm the transaction, either everything of the entry is there or
/// nothing is; the retry repairs it.
#[tokio::test]
async fn an_entry_is_stored_with_all_of_its_rows_or_not_at_all() {
    for is_landed in [false, true] {
        let log = Log::start().await;
        log.record(&log.entry("warm")).await;
        let entry = with_targets(&log, "1", &[("project", "p"), ("project", "q")]);
        log.service.proxy.fail(move |operation, _| match (operation, is_landed) {
            ("ExecuteTransaction", false) => Fault::Refuse("InternalServerError"),
            ("ExecuteTransaction", true) => Fault::LoseAnswer,
            _ => Fault::None,
        });
        assert_eq!(log.record(&entry).await.status, 503);
        log.service.proxy.heal();
        let stored = log.stored().await.0 - 1;
        for id in ["p", "q"] {
            assert_eq!(found(&log, "project", id).await.len(), stored, "{is_landed} {id}");
        }
        let retried = log.record(&entry).await;
        assert_eq!(retried.status, if stored == 0 { 201 } else { 200 }, "{retried:?}");
        assert_eq!(found(&log, "project", "q").await.len(), 1);
    }
}

#[tokio::test]
async fn a_further_target_costs_two_writes_and_one_in_the_index() {
    let log = Log::start().await;
    log.record(&log.entry("warm")).await;
    let _ = log.service.proxy.take_calls();
    for (number, targets) in
        [&[("project", "p")][..], &[("project", "p"), ("project", "q")]].into_iter().enumerate()
    {
        log.record(&with_targets(&log, &number.to_string(), targets)).await;
        let calls = log.service.proxy.take_calls();
        let calls: Vec<_> =
            calls.iter().map(|call| format!("{} {}", call.operation, call.units())).collect();
        // The entry: 2 in the table, 2 in the indexes. Each row: 2 in the table, 1 in the index.
        let units = 4 + 3 * targets.len();
        assert_eq!(calls, [format!("ExecuteTransaction {units}")]);
    }
}

#[tokio::test]
async fn a_change_of_plan_rewrites_the_rows_under_further_targets_too() {
    let log = Log::start().await;
    let entry = with_targets(&log, "1", &[("project", "p"), ("project", "q")]);
    let id = log.record(&entry).await.text_at("/id").to_owned();
    let operator = log.service.operator().await;
    let put = operator.put("/v1/workspaces/ws_log", &json!({ "plan": "enterprise" })).await;
    assert_eq!(put.status, 200, "{put:?}");
    log.service.work_to_the_end().await;
    for partition in ["ws_log", "ws_log#target1", "ws_log#target2"] {
        let item = log.item(partition, &id).await.unwrap();
        assert_eq!(item.get("delete_at"), None, "{partition}");
    }
}
