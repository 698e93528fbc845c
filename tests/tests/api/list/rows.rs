//! What a row holds, from the table and from each index.

use crate::list::noon;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::plan::Plan;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Api, TestService, encoded, page};

/// Entries with all optional members, and with none of them.
fn kinds() -> Vec<(&'static str, Value)> {
    let least = json!({
        "occurred_at": "2026-11-22T11:00:00Z", "action": "project.create",
        "actor": { "type": "system", "id": "sys#1" },
        "target": { "type": "project", "id": "prj/1" },
    });
    let most = json!({
        "occurred_at": "2026-11-22T11:00:00.123Z", "action": "member.remove",
        "actor": { "type": "user", "id": "usr_1", "name": "Ada \u{0} Lovelace",
        "email": "ada@example.com" },
        "target": { "type": "member", "id": "mem_1", "name": "Grace" },
        "ip_address": "2001:DB8:0::1", "user_agent": "x".repeat(600), "outcome": "denied",
        "external_id": "evt_1", "request_id": "req_1", "old_value": { "role": "admin" },
        "new_value": null, "reason": "not an owner", "location": "Berlin", "session_id": "ses_1",
        "on_behalf_of": { "type": "user", "id": "usr_2", "name": "Bo" },
        "targets": [{ "type": "project", "id": "prj_9" }], "metadata": { "ticket": "T-1" },
    });
    let with = |name: &str, value: Value| {
        let mut entry = most.clone();
        entry.as_object_mut().unwrap().insert(name.to_owned(), value);
        entry
    };
    vec![
        ("the least", least),
        ("the most", most.clone()),
        ("values apart", with("new_value", Value::from("y".repeat(5_000)))),
        ("a short user agent", with("user_agent", Value::from("curl/8"))),
        (
            "a key as its actor",
            with("actor", json!({ "type": "api_key", "id": "key_1", "name": "n".repeat(256) })),
        ),
        ("a failure", with("outcome", Value::from("failure"))),
    ]
}

/// What only a whole entry has.
const WHOLE_ONLY: [&str; 4] = ["old_value", "new_value", "metadata", "key_id"];

async fn record(api: &Api, entry: &Value) -> Value {
    let recorded = api.post("/v1/workspaces/ws_a/entries", entry).await;
    assert_eq!(recorded.status, 201, "{recorded:?}");
    recorded.json
}

fn text<'a>(entry: &'a Value, pointer: &str) -> &'a str {
    entry.pointer(pointer).and_then(Value::as_str).unwrap()
}

#[tokio::test]
async fn a_row_is_the_entry_without_its_values_from_the_table_and_from_both_indexes() {
    for plan in [Plan::Free, Plan::Enterprise] {
        let (_service, _workspace, api) = noon(plan).await;
        for (name, sent) in kinds() {
            let stored = record(&api, &sent).await;
            let mut expected = stored.clone();
            expected
                .as_object_mut()
                .unwrap()
                .retain(|name, _| !WHOLE_ONLY.contains(&name.as_str()));
            let by = format!("actor_type={}&", text(&stored, "/actor/type"));
            let (id, actor) = (text(&stored, "/id"), encoded(text(&stored, "/actor/id")));
            let target = format!(
                "target_type={}&target_id={}",
                text(&stored, "/target/type"),
                encoded(text(&stored, "/target/id"))
            );
            for query in [
                String::new(),
                format!("{by}actor_id={actor}"),
                target.clone(),
                format!("{by}actor_id={actor}&{target}"),
            ] {
                let listed = page(&api, &format!("/v1/workspaces/ws_a/entries?{query}")).await;
                let row = listed.rows.iter().find(|row| text(row, "/id") == id);
                assert_eq!(row, Some(&expected), "{name} by {query:?}");
            }
            let mut whole = api.get(&format!("/v1/workspaces/ws_a/entries/{id}")).await.json;
            let whole_members = whole.as_object_mut().unwrap();
            whole_members.remove("changes");
            assert_eq!(whole_members.remove("integrity"), Some("verified".into()), "{name}");
            assert_eq!(whole, stored, "{name}");
        }
    }
}

/// The names of the attributes of the one item of a partition, of the table or of an index.
async fn attributes(
    service: &TestService,
    index: Option<&str>,
    partition: (&str, &str),
) -> BTreeSet<String> {
    let query =
        service.dynamodb.query().table_name("entries").set_index_name(index.map(str::to_owned));
    let query =
        query.key_condition_expression("#p = :p").expression_attribute_names("#p", partition.0);
    let found = query
        .expression_attribute_values(":p", AttributeValue::S(partition.1.to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(found.count(), 1);
    found.items().iter().flat_map(|item| item.keys().cloned()).collect()
}

#[tokio::test]
async fn an_index_copy_holds_all_that_a_row_needs_and_no_values() {
    let (service, _workspace, api) = noon(Plan::Free).await;
    record(&api, &kinds().into_iter().find(|(name, _)| *name == "the most").unwrap().1).await;
    let in_table = attributes(&service, None, ("workspace_id", "ws_a")).await;
    assert!(
        in_table.contains("old_value")
            && in_table.contains("new_value")
            && in_table.contains("adjusted")
    );
    for (index, key, partition) in [
        ("by_actor", "actor_key", "ws_a#user#usr_1"),
        ("by_target", "target_key", "ws_a#member#mem_1"),
    ] {
        let copied = attributes(&service, Some(index), (key, partition)).await;
        let left_out: BTreeSet<_> = in_table.difference(&copied).map(String::as_str).collect();
        let other_key = if key == "actor_key" { "target_key" } else { "actor_key" };
        let expected =
            ["delete_at", "key_id", "metadata", "new_value", "old_value", "seal", other_key];
        assert_eq!(left_out, BTreeSet::from(expected), "{index}");
    }
}
