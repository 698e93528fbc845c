//! Recording one entry, over HTTP.

use serde_json::{Value, json};
use tests::TestService;

fn entry() -> Value {
    json!({
        "occurred_at": chrono::DateTime::from_timestamp_millis(shared::clock::Clock::System.now().ms()).unwrap().to_rfc3339(),
        "action": "member.invite",
        "actor": { "type": "user", "id": "u_1", "name": "Ada", "email": "ada@example.com" },
        "target": { "type": "member", "id": "m_1", "name": "Grace" },
        "ip_address": "::ffff:203.0.113.9",
        "user_agent": "Mozilla/5.0",
        "outcome": "denied",
        "external_id": "evt_1",
        "request_id": "req_1",
    })
}

#[tokio::test]
async fn an_entry_is_stored_once_and_answered_as_stored() {
    let service = TestService::start().await;
    let api = service.workspace("ws_a", "pro").await;
    let first = api.post("/v1/workspaces/ws_a/entries", &entry()).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.text_at("/ip_address"), "203.0.113.9");
    assert_eq!(first.header("location"), format!("/v1/workspaces/ws_a/entries/{}", first.text_at("/id")));
}
