//! The service's own entries say who did it, and from where: the admin, with the address and the
//! user agent that the backend passed.

use domain::credential::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use tests::recording::{ENTRIES, Log};

const WORKSPACE: &str = "/v1/workspaces/ws_log";

fn admin() -> Value {
    json!({ "id": "usr_grace", "name": "Grace", "email": "grace@example.com",
        "ip_address": "[2001:db8::7]:51454", "user_agent": "Mozilla/5.0" })
}

/// The newest entry with this action, whole.
async fn newest(log: &Log, action: &str) -> Value {
    let page = log.api.get(&format!("{ENTRIES}?action={action}")).await;
    log.get(page.text_at("/entries/0/id")).await.json
}

fn assert_is_by_grace(entry: &Value, key_id: &str) {
    assert_eq!(
        entry["actor"],
        json!({ "type": "user", "id": "usr_grace", "name": "Grace",
        "email": "grace@example.com" }),
        "{entry}"
    );
    assert_eq!(entry["ip_address"], "2001:db8::7");
    assert_eq!(entry["user_agent"], "Mozilla/5.0");
    let adjusted = json!([{ "pointer": "/ip_address", "reason": "address_only" }]);
    assert_eq!(entry["adjusted"], adjusted);
    assert_eq!(entry["key_id"], key_id);
}

#[tokio::test]
async fn an_export_names_the_admin_of_the_token_and_the_address() {
    let log = Log::start().await;
    let body = json!({ "admin": admin() });
    let token = log.api.post(&format!("{WORKSPACE}/viewer-tokens"), &body).await;
    assert_eq!(token.status, 201, "{token:?}");
    let made = newest(&log, "audit_log.viewer_token.create").await;
    let backend = made["key_id"].as_str().unwrap().to_owned();
    assert_is_by_grace(&made, &backend);
    assert_eq!(made["new_value"]["key_id"], token.text_at("/key_id"));
    assert_ne!(backend, token.text_at("/key_id"), "the backend's key, not the token");
    let viewer = log.service.api(token.text_at("/token"));
    let started = viewer.post(&format!("{WORKSPACE}/exports"), &json!({ "format": "csv" })).await;
    assert_eq!(started.status, 202, "{started:?}");
    assert_is_by_grace(&newest(&log, "audit_log.export").await, token.text_at("/key_id"));
}

#[tokio::test]
async fn half_of_a_surrogate_pair_in_an_admins_name_stops_no_request() {
    let log = Log::start().await;
    let admin = r#"{"id":"usr_grace","name":"Grace \ud83d","email":"\ude00@example.com",
        "ip_address":"2001:db8::7 \ud83d","user_agent":"Mozilla \udfff"}"#;
    let asserts_repaired = |entry: &Value| {
        assert_eq!(entry["actor"]["name"], "Grace \u{fffd}", "{entry}");
        assert_eq!(entry["actor"]["email"], "\u{fffd}@example.com");
        assert_eq!(entry["user_agent"], "Mozilla \u{fffd}");
        assert_eq!(entry["ip_address_text"], "2001:db8::7 \u{fffd}");
        let adjusted = json!([
            { "pointer": "/actor/email", "reason": "lone_surrogate" },
            { "pointer": "/actor/name", "reason": "lone_surrogate" },
            { "pointer": "/ip_address", "reason": "lone_surrogate" },
            { "pointer": "/ip_address", "reason": "not_an_address" },
            { "pointer": "/user_agent", "reason": "lone_surrogate" },
        ]);
        assert_eq!(entry["adjusted"], adjusted);
    };
    let tokens = format!("{WORKSPACE}/viewer-tokens");
    let token = log.api.post_text(&tokens, &format!(r#"{{"admin":{admin}}}"#)).await;
    assert_eq!(token.status, 201, "{token:?}");
    asserts_repaired(&newest(&log, "audit_log.viewer_token.create").await);
    let viewer = log.service.api(token.text_at("/token"));
    let started = viewer.post(&format!("{WORKSPACE}/exports"), &json!({ "format": "csv" })).await;
    assert_eq!(started.status, 202, "{started:?}");
    asserts_repaired(&newest(&log, "audit_log.export").await);
    let change = format!(r#"{{"plan":"basic","admin":{admin}}}"#).into_bytes();
    let json_type = [("content-type", "application/json")];
    let changed = log.api.send(Method::PUT, WORKSPACE, Some(change), &json_type).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    asserts_repaired(&newest(&log, "workspace.plan.update").await);
}

#[tokio::test]
async fn half_of_a_surrogate_pair_in_what_the_backend_chooses_is_refused() {
    let log = Log::start().await;
    let tokens = format!("{WORKSPACE}/viewer-tokens");
    for body in [
        r#"{"admin":{"id":"\ud83d"}}"#,
        r#"{"admin":{"id":"u","\ud83d":1}}"#,
        r#"{"admin":{"id":"u"},"expires_in_seconds":"\ud83d"}"#,
    ] {
        let refused = log.api.post_text(&tokens, body).await;
        assert_eq!((refused.status, refused.problem()), (400, "malformed-json"), "{body}");
    }
    assert_eq!(log.stored().await.0, 0);
}

#[tokio::test]
async fn two_exports_of_one_moment_are_two() {
    let log = Log::start().await;
    let export = async || {
        let body = json!({ "format": "csv" });
        let started = log.api.post(&format!("{WORKSPACE}/exports"), &body).await;
        // While it is open, the same request finds it.
        log.service.work().await;
        started.text_at("/id").to_owned()
    };
    assert_ne!(export().await, export().await);
}

#[tokio::test]
async fn a_change_of_plan_names_the_admin_if_the_backend_says_who() {
    let log = Log::start().await;
    let key = log.service.key(&Scope::ALL, Some("ws_log")).await;
    let key_id = key.split('_').nth(1).unwrap().to_owned();
    let backend = log.service.api(&key);
    let put = async |body: Value| backend.put(WORKSPACE, &body).await;
    let changed = put(json!({ "plan": "basic", "admin": admin() })).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_is_by_grace(&newest(&log, "workspace.plan.update").await, &key_id);
    log.service.clock.set(log.service.clock.now().plus_ms(1));
    assert_eq!(put(json!({ "plan": "pro" })).await.status, 200);
    let by_key = newest(&log, "workspace.plan.update").await;
    assert_eq!(by_key["actor"]["type"], "api_key");
    assert_eq!(by_key["actor"]["id"], key_id.as_str());
    let refused = put(json!({ "plan": "free", "admin": { "name": "?" } })).await;
    assert_eq!((refused.status, refused.pointers()), (422, vec!["/admin/id"]));
}

#[tokio::test]
async fn no_client_records_what_only_the_service_records() {
    let log = Log::start().await;
    for action in ["audit_log.export", "audit_log.viewer_token.create", "workspace.plan.update"] {
        let mut entry = log.entry("forged");
        entry["action"] = json!(action);
        let refused = log.record(&entry).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/action"]), "{action}");
    }
    assert_eq!(log.stored().await.0, 0);
}
