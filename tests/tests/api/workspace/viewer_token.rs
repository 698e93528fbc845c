//! Viewer tokens: how long they live, what they open, and what is recorded of them.

use crate::workspace::{WORKSPACE, put, recorded};
use domain::credential::Scope;
use serde_json::{Value, json};
use tests::{Api, Fault, NOON, Response, TestService, at};

const TOKENS: &str = "/v1/workspaces/ws_a/viewer-tokens";

async fn made(api: &Api, body: &Value) -> Response {
    let made = api.post(TOKENS, body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made
}

/// A service with the workspace, and its operator.
async fn start() -> (TestService, Api) {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    assert_eq!(put(&api, "free").await.status, 201);
    (service, api)
}

fn ada() -> Value {
    json!({ "admin": { "id": "usr_1", "name": "Ada", "email": "ada@example.com" } })
}

#[tokio::test]
async fn a_viewer_token_reads_its_workspace_at_once_and_does_nothing_else() {
    let (service, api) = start().await;
    assert_eq!(api.put("/v1/workspaces/ws_b", &json!({ "plan": "free" })).await.status, 201);
    let token = made(&api, &ada()).await;
    assert_eq!(token.json.get("scopes").unwrap(), &json!(["entries:read", "entries:export"]));
    assert_eq!(
        (token.text_at("/workspace_id"), token.header("cache-control")),
        ("ws_a", "no-store")
    );
    assert!(token.text_at("/token").starts_with(&format!("cwa_{}_", token.text_at("/key_id"))));
    for viewer in [
        service.api(token.text_at("/token")),
        service.another_instance(token.text_at("/token")).await,
    ] {
        let listed = tests::page(&viewer, &format!("{WORKSPACE}/entries")).await;
        assert_eq!(listed.ids.len(), 2);
        for id in &listed.ids {
            assert_eq!(viewer.get(&format!("{WORKSPACE}/entries/{id}")).await.status, 200);
        }
        for refused in [
            viewer.post(&format!("{WORKSPACE}/entries"), &json!({})).await,
            viewer.post(&format!("{WORKSPACE}/entries/batch"), &json!({})).await,
            viewer.get(WORKSPACE).await,
            viewer.put(WORKSPACE, &json!({ "plan": "pro" })).await,
            viewer.post(TOKENS, &ada()).await,
        ] {
            assert_eq!(
                (refused.status, refused.problem()),
                (403, "insufficient-scope"),
                "{refused:?}"
            );
        }
        let elsewhere = [
            viewer.get("/v1/workspaces/ws_b/entries").await,
            viewer.put("/v1/workspaces/ws_b", &json!({ "plan": "pro" })).await,
        ];
        assert!(elsewhere.iter().all(|answer| answer.status == 404), "{elsewhere:?}");
    }
}

#[tokio::test]
async fn a_viewer_token_expires_exactly_when_it_says() {
    let (service, api) = start().await;
    let start = at(NOON).plus_ms(789);
    for (body, end) in [
        (json!({ "admin": { "id": "a" } }), 900),
        (json!({ "admin": { "id": "a" }, "expires_in_seconds": 60 }), 60),
    ] {
        service.clock.set(start);
        let token = made(&api, &body).await;
        let expires_at = at(token.text_at("/expires_at"));
        assert_eq!(
            expires_at,
            at(NOON).plus_ms(end * 1_000),
            "rounded down to the second, the unit in which it is stored"
        );
        let viewer = service.api(token.text_at("/token"));
        let status = async |moment| {
            service.clock.set(moment);
            viewer.get(&format!("{WORKSPACE}/entries")).await.status
        };
        // Read shortly before, the credential is still remembered when it expires.
        for (moment, expected) in [
            (start, 200),
            (expires_at.plus_ms(-30_000), 200),
            (expires_at.plus_ms(-1), 200),
            (expires_at, 401),
        ] {
            assert_eq!(status(moment).await, expected, "{}", moment.rfc3339());
        }
        assert_eq!(status(expires_at.plus_ms(3_600_000)).await, 401);
    }
}

#[tokio::test]
async fn a_viewer_token_lives_a_minute_to_an_hour() {
    let (_service, api) = start().await;
    for (life, seconds) in
        [("60", 60), ("61.0", 61), ("36e2", 3_600), ("3600", 3_600), ("null", 900)]
    {
        let token = api
            .post_text(TOKENS, &format!(r#"{{"admin":{{"id":"a"}},"expires_in_seconds":{life}}}"#))
            .await;
        assert_eq!(
            (token.status, at(token.text_at("/expires_at"))),
            (201, at(NOON).plus_ms(seconds * 1_000)),
            "{life}"
        );
    }
    for life in [
        "59", "3601", "0", "-60", "900.5", "9e4", "1e999", "\"900\"", "true", "[900]",
        "99999999999999999999",
    ] {
        let refused = api
            .post_text(TOKENS, &format!(r#"{{"admin":{{"id":"a"}},"expires_in_seconds":{life}}}"#))
            .await;
        assert_eq!(
            (refused.status, refused.pointers()),
            (422, vec!["/expires_in_seconds"]),
            "{life}"
        );
    }
}

#[tokio::test]
async fn a_viewer_token_needs_an_admin() {
    let (service, api) = start().await;
    for (body, pointers) in [
        (json!({}), vec!["/admin"]),
        (json!({ "admin": "usr_1" }), vec!["/admin"]),
        (json!({ "admin": {} }), vec!["/admin/id"]),
        (json!({ "admin": { "id": "" } }), vec!["/admin/id"]),
        (json!({ "admin": { "id": "x".repeat(513) } }), vec!["/admin/id"]),
        (json!({ "admin": { "id": "a", "role": "owner" } }), vec!["/admin/role"]),
        (json!({ "admin": { "id": "a" }, "scopes": ["entries:write"] }), vec!["/scopes"]),
        (json!([]), vec![""]),
    ] {
        let refused = api.post(TOKENS, &body).await;
        assert_eq!((refused.status, refused.pointers()), (422, pointers), "{body}");
    }
    assert_eq!(
        service.stored_items("ws_a").await,
        1,
        "nothing was recorded but the making of the workspace"
    );
}

#[tokio::test]
async fn the_making_of_a_viewer_token_is_recorded_with_the_admin_and_without_the_secret() {
    let (service, _) = start().await;
    let backend = service.key(&Scope::ALL, Some("ws_a")).await;
    let api = service.api(&backend);
    let (first, second) = (made(&api, &ada()).await, made(&api, &ada()).await);
    assert_ne!(
        first.text_at("/token"),
        second.text_at("/token"),
        "the same request makes another token"
    );
    let entries = recorded(&api, "audit_log.viewer_token.create").await;
    assert_eq!(entries.len(), 2);
    for token in [first, second] {
        let new_value = json!({
            "key_id": token.text_at("/key_id"), "expires_at": token.text_at("/expires_at"),
        });
        let entry =
            entries.iter().find(|entry| entry.get("new_value") == Some(&new_value)).unwrap();
        assert_eq!(
            entry.get("actor").unwrap(),
            &json!({ "type": "user", "id": "usr_1", "name": "Ada", "email": "ada@example.com" })
        );
        assert_eq!(entry.get("key_id").unwrap(), backend.split('_').nth(1).unwrap());
        assert_eq!(entry.get("target").unwrap(), &json!({ "type": "audit_log", "id": "ws_a" }));
        assert_eq!(
            (entry.get("occurred_at").unwrap(), entry.get("old_value")),
            (&json!(NOON), None)
        );
        let secret = token.text_at("/token").split('_').nth(2).unwrap().to_owned();
        for table in ["entries", "control"] {
            let stored = service.dynamodb.scan().table_name(table).send().await.unwrap();
            assert!(
                stored.count() > 1 && !format!("{stored:?}").contains(&secret),
                "the secret is nowhere in {table}"
            );
        }
    }
}

#[tokio::test]
async fn an_admin_as_large_as_one_may_be_can_be_read_back() {
    let (service, api) = start().await;
    let (id, name, email) = ("😀".repeat(512), "名".repeat(256), format!("{}@é", "😀".repeat(252)));
    let token = made(&api, &json!({ "admin": { "id": id, "name": name, "email": email } })).await;
    let viewer = service.api(token.text_at("/token"));
    let entries = recorded(&viewer, "audit_log.viewer_token.create").await;
    let entry = entries.first().unwrap();
    let actor = json!({ "type": "user", "id": id, "name": name, "email": email });
    assert_eq!(entry.get("actor").unwrap(), &actor);
    assert_eq!(entry["new_value"]["expires_at"], token.text_at("/expires_at"));
}

#[tokio::test]
async fn a_viewer_token_and_its_entry_are_stored_both_or_neither() {
    let (service, api) = start().await;
    // The admin has a salt already.
    made(&api, &ada()).await;
    let before = service.dynamodb.scan().table_name("control").send().await.unwrap().count();
    service.proxy.fail(|operation, _| {
        if operation == "ExecuteTransaction" {
            Fault::Refuse("InternalServerError")
        } else {
            Fault::None
        }
    });
    let failed = api.post(TOKENS, &ada()).await;
    assert_eq!((failed.status, failed.json.get("token")), (503, None));
    service.proxy.heal();
    assert_eq!(service.dynamodb.scan().table_name("control").send().await.unwrap().count(), before);
    assert_eq!(service.stored_items("ws_a").await, 2);
    made(&api, &ada()).await;
    assert_eq!(service.stored_items("ws_a").await, 3);
}
