//! What each operation costs, in the capacity units that the store itself states; the table in `docs/table.md` rests on this.

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use tests::recording::{ENTRIES, Log, ids, noon, outcomes, usual_entry};

/// The calls since the last time, in order of their names: operation, and the units that its answer states.
fn spent(log: &Log) -> Vec<String> {
    let calls = log.service.proxy.take_calls();
    let mut spent: Vec<_> = calls.iter().map(|call| format!("{} {}", call.operation, call.units().abs())).collect();
    spent.sort_unstable();
    spent
}

/// A log whose service knows credential and workspace already.
async fn warm() -> Log {
    let log = Log::start().await;
    assert_eq!(log.get("none").await.status, 404);
    assert_eq!(spent(&log), ["GetItem 1", "GetItem 1"]);
    log
}

async fn id_of(log: &Log, entry: &Value) -> String {
    let answer = log.record(entry).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text_at("/id").to_owned()
}

#[tokio::test]
async fn credential_and_workspace_are_read_once_in_sixty_seconds() {
    let log = Log::start().await;
    for (after_ms, read) in [(0, true), (1, false), (59_999, false), (60_000, true), (60_001, false), (119_999, false), (120_000, true)] {
        log.service.clock.set(noon().plus_ms(after_ms));
        assert_eq!(log.record(&usual_entry(noon(), &format!("evt_{after_ms}"))).await.status, 201);
        let expected = if read { vec!["GetItem 1", "GetItem 1", "PutItem 3"] } else { vec!["PutItem 3"] };
        assert_eq!(spent(&log), expected, "{after_ms}");
    }
}

#[tokio::test]
async fn a_wrong_credential_costs_at_most_its_own_read() {
    let log = warm().await;
    let entry = log.entry("evt_1");
    assert_eq!(log.service.anonymous().post(ENTRIES, &entry).await.status, 401);
    assert_eq!(log.service.api("cwa_0123456789abcdef_00_00000000").post(ENTRIES, &entry).await.status, 401);
    assert!(spent(&log).is_empty(), "what cannot be a token is refused without a read");
}

#[tokio::test]
async fn a_refused_entry_costs_nothing() {
    let log = warm().await;
    let mut entry = log.entry("evt_1");
    entry["action"] = json!("member.inwite");
    assert_eq!(log.record(&entry).await.status, 422);
    assert_eq!(outcomes(&log.record_batch(&[entry]).await), ["validation-failed"]);
    assert!(spent(&log).is_empty());
}

#[tokio::test]
async fn a_usual_entry_writes_three_units_in_one_call() {
    let log = warm().await;
    let mut least = log.entry("least");
    for name in ["ip_address", "user_agent", "old_value", "new_value", "external_id", "request_id"] {
        least.as_object_mut().unwrap().remove(name);
    }
    for entry in [log.entry("usual"), least] {
        id_of(&log, &entry).await;
        assert_eq!(spent(&log), ["PutItem 3"]);
    }
}

#[tokio::test]
async fn an_entry_of_more_than_one_kib_with_inline_values_writes_four_units() {
    let log = warm().await;
    id_of(&log, &log.entry_with_values("evt_1", 1_024)).await;
    assert_eq!(spent(&log), ["PutItem 4"]);
}

#[tokio::test]
async fn the_same_entry_again_is_one_call() {
    let log = warm().await;
    id_of(&log, &log.entry("evt_1")).await;
    assert_eq!(spent(&log), ["PutItem 3"]);
    assert_eq!(log.record(&log.entry("evt_1")).await.status, 200);
    assert_eq!(spent(&log), ["PutItem 0"], "a condition that does not hold states no units");
}

#[tokio::test]
async fn a_batch_of_a_hundred_writes_three_hundred_units_in_four_calls() {
    let log = warm().await;
    let batch = log.record_batch(&log.entries(100)).await;
    assert_eq!((&batch.json["recorded"], spent(&log)), (&json!(100), vec!["BatchExecuteStatement 75".to_owned(); 4]));
}

#[tokio::test]
async fn a_duplicate_in_a_batch_writes_one_unit() {
    let log = warm().await;
    let entries = log.entries(10);
    log.record_batch(&entries).await;
    assert_eq!(spent(&log), ["BatchExecuteStatement 30"]);
    let mixed = [&entries[..], &[log.entry("new"), log.entry("newer")]].concat();
    assert_eq!(log.record_batch(&mixed).await.json["duplicate"], 10);
    assert_eq!(spent(&log), ["BatchExecuteStatement 16"], "10 times 1 and twice 3");
    // What stands twice in one batch is sent once.
    let twice = vec![log.entry("twice"); 20];
    assert_eq!(log.record_batch(&twice).await.json["duplicate"], 19);
    assert_eq!(spent(&log), ["BatchExecuteStatement 3"]);
    assert_eq!(log.record_batch(&entries).await.json["duplicate"], 10);
    assert_eq!(spent(&log), ["BatchExecuteStatement 0"], "a call of which no statement succeeds states no units");
}

#[tokio::test]
async fn values_apart_are_written_once_and_read_only_with_their_entry() {
    let log = warm().await;
    // 10,240 bytes of values and 154 of keys and names are 11 KB to write and 12 KB to read.
    let id = id_of(&log, &log.entry_with_values("alone", 10_240)).await;
    assert_eq!(spent(&log), ["PutItem 11", "PutItem 3"]);
    assert_eq!(log.get(&id).await.status, 200);
    assert_eq!(spent(&log), ["GetItem 0.5", "GetItem 1.5"]);
    assert_eq!(log.api.get(ENTRIES).await.status, 200);
    assert_eq!(spent(&log), ["Query 0.5"]);
    assert_eq!(log.record_batch(&[log.entry_with_values("in a batch", 10_240)]).await.json["recorded"], 1);
    assert_eq!(spent(&log), ["BatchExecuteStatement 3", "PutItem 11"]);
}

#[tokio::test]
async fn getting_an_entry_reads_half_a_unit_in_one_call() {
    let log = warm().await;
    for entry in [log.entry("usual"), log.entry_with_values("inline", 1_024)] {
        let id = id_of(&log, &entry).await;
        spent(&log);
        assert_eq!(log.get(&id).await.status, 200);
        assert_eq!(spent(&log), ["GetItem 0.5"]);
    }
    assert_eq!(log.get("20261122T120000.000Z-00000000000000000000000000000000").await.status, 404);
    assert_eq!(spent(&log), ["GetItem 0.5"]);
    assert_eq!(log.get("20261122T120000.000Z-0000000000000000000000000000000G").await.status, 404);
    assert!(spent(&log).is_empty(), "what is no id is not looked for");
}

#[tokio::test]
async fn a_page_of_twenty_reads_at_most_two_units_in_one_call() {
    let log = warm().await;
    let at = |index: i64| noon().plus_ms(-index * 1_000);
    let entries: Vec<_> = (0..60).map(|index| usual_entry(at(index), &format!("evt_{index}"))).collect();
    assert_eq!(ids(&log.record_batch(&entries).await).len(), 60);
    spent(&log);
    let of_one_minute = format!("from={}&to={}", at(59).rfc3339(), Timestamp::rfc3339(noon().plus_ms(1)));
    for (query, units) in [
        ("", "Query 1.5"),
        ("actor_id=usr_ada", "Query 1.5"),
        ("target_type=member&target_id=mem_grace", "Query 1.5"),
        (of_one_minute.as_str(), "Query 1.5"),
    ] {
        let page = log.api.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!(page.json["entries"].as_array().map(Vec::len), Some(20), "{page:?}");
        assert_eq!(spent(&log), [units], "{query}");
        let token = page.text_at("/page/next_page_token");
        assert_eq!(log.api.get(&format!("{ENTRIES}?page_token={token}")).await.status, 200);
        assert_eq!(spent(&log), [units], "the next page of {query}");
    }
}

#[tokio::test]
async fn a_workspace_is_one_read_and_one_transaction() {
    let log = Log::start().await;
    let operator = log.service.operator().await;
    let put = async |plan: &str| operator.put("/v1/workspaces/ws_new", &json!({ "plan": plan })).await.status;
    assert_eq!(put("free").await, 201);
    assert_eq!(spent(&log), ["GetItem 1", "GetItem 1", "TransactWriteItems 6"]);
    assert_eq!(put("free").await, 200);
    assert_eq!(spent(&log), ["GetItem 1"]);
    assert_eq!(put("pro").await, 200);
    assert_eq!(spent(&log), ["GetItem 1", "TransactWriteItems 6"]);
    assert_eq!(operator.post("/v1/workspaces/ws_new/viewer-tokens", &json!({ "admin": { "id": "usr_ada" } })).await.status, 201);
    assert_eq!(spent(&log), ["TransactWriteItems 6"]);
    assert_eq!(operator.get("/v1/workspaces/ws_new").await.status, 200);
    assert!(spent(&log).is_empty());
}
