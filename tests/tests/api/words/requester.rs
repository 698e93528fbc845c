//! The service's own entries say who did it, and from where: the admin, with the address and the
//! user agent that the backend passed.

use domain::credential::Scope;
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
