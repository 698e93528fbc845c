//! Entries that have expired, are hidden, or are missing keep their numbers.

use super::{FEED, SETTLED_MS, entries, ids, numbers};
use aws_sdk_dynamodb::types::AttributeValue;
use local::embedded::tables;
use serde_json::{Value, json};
use tests::TestService;

const A: &str = "/v1/workspaces/ws_a";

fn invitation(at: domain::timestamp::Timestamp) -> Value {
    json!({
        "occurred_at": at.rfc3339(), "action": "member.invite",
        "actor": { "type": "user", "id": "usr_1" }, "target": { "type": "member", "id": "mem_1" },
    })
}

fn gone(entries: &[Value]) -> Vec<Option<&str>> {
    entries.iter().map(|entry| entry.get("gone").and_then(Value::as_str)).collect()
}

#[tokio::test]
async fn what_expires_or_is_hidden_leaves_its_number() {
    let service = TestService::at_noon().await;
    let api = service.workspace("ws_a", "basic").await;
    let start = service.clock.now();
    for days in [80, 20, 0] {
        service.clock.set(service.clock.now().plus_ms(1_000));
        let recorded = api.post(&format!("{A}/entries"), &invitation(start.plus_days(-days))).await;
        assert_eq!(recorded.status, 201, "{recorded:?}");
    }
    service.clock.set(start.plus_ms(5_000 + SETTLED_MS));
    let feed = FEED.replace("ws_log", "ws_a");
    let read = async |query: &str| {
        let answer = api.get(&format!("{feed}?{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        entries(&answer)
    };
    let all = read("").await;
    // The first entry tells that the workspace was created.
    assert_eq!((numbers(&all), gone(&all)), (vec![0, 1, 2, 3], vec![None; 4]));
    service.clock.set(start.plus_days(11));
    let later = read("").await;
    assert_eq!(gone(&later), [None, Some("expired"), None, None]);
    assert_eq!(later[1], json!({ "sequence": 1, "gone": "expired" }), "and nothing else");
    // A lowered plan hides at once, and what it hides comes back with the longer plan.
    service.clock.set(start.plus_days(12));
    assert_eq!(api.put(A, &json!({ "plan": "free" })).await.status, 200);
    let lowered = read("limit=4").await;
    assert_eq!(gone(&lowered), [None, Some("expired"), Some("expired"), None]);
    let filtered = read("limit=4&action=member.invite").await;
    assert_eq!(numbers(&filtered), [3], "a filter would tell what was hidden");
    assert_eq!(api.put(A, &json!({ "plan": "basic" })).await.status, 200);
    assert_eq!(gone(&read("limit=4").await), [None, Some("expired"), None, None]);
}

#[tokio::test]
async fn an_entry_that_somebody_deleted_is_missing() {
    let service = TestService::at_noon().await;
    let api = service.workspace("ws_a", "basic").await;
    let recorded = api.post(&format!("{A}/entries"), &invitation(service.clock.now())).await;
    service.clock.set(service.clock.now().plus_ms(SETTLED_MS));
    let feed = FEED.replace("ws_log", "ws_a");
    let before = entries(&api.get(&feed).await);
    let id = recorded.text_at("/id");
    let place = ids(&before).iter().position(|one| one == id).unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let delete = service.dynamodb.delete_item().table_name(tables().entries);
    delete.key("workspace_id", text("ws_a")).key("id", text(id)).send().await.unwrap();
    let after = entries(&api.get(&feed).await);
    assert_eq!(after[place], json!({ "sequence": before[place]["sequence"], "gone": "missing" }));
    assert_eq!(gone(&after).iter().flatten().count(), 1);
}
