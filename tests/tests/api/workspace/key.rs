//! Which credential may do what in which workspace.

use crate::workspace::{WORKSPACE, put};
use domain::credential::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Api, NOON, TestService};

fn entry() -> Value {
    json!({
        "occurred_at": NOON, "action": "member.invite", "actor": { "type": "user", "id": "u" },
        "target": { "type": "member", "id": "m" },
    })
}

/// Every operation on a workspace and its entries, with the scope it needs, and its status when it
/// may go on.
fn operations(workspace: &str) -> Vec<(Method, String, Option<Value>, Scope, u16)> {
    let path = format!("/v1/workspaces/{workspace}");
    let unknown_entry = format!("{path}/entries/20261122T120000.000Z-{}", "0".repeat(32));
    vec![
        (Method::PUT, path.clone(), Some(json!({ "plan": "free" })), Scope::WorkspacesWrite, 200),
        (Method::GET, path.clone(), None, Scope::WorkspacesRead, 200),
        (
            Method::POST,
            format!("{path}/viewer-tokens"),
            Some(json!({ "admin": { "id": "a" } })),
            Scope::ViewerTokensCreate,
            201,
        ),
        (Method::POST, format!("{path}/entries"), Some(entry()), Scope::EntriesWrite, 201),
        (
            Method::POST,
            format!("{path}/entries/batch"),
            Some(json!({ "entries": [entry()] })),
            Scope::EntriesWrite,
            200,
        ),
        (Method::GET, format!("{path}/entries"), None, Scope::EntriesRead, 200),
        (Method::GET, unknown_entry, None, Scope::EntriesRead, 404),
    ]
}

async fn status(
    api: &Api,
    (method, path, body, _, _): &(Method, String, Option<Value>, Scope, u16),
) -> (u16, String) {
    let body = body.as_ref().map(|body| body.to_string().into_bytes());
    let answer =
        api.send(method.clone(), path, body, &[("content-type", "application/json")]).await;
    (answer.status, answer.problem().to_owned())
}

#[tokio::test]
async fn in_a_workspace_that_is_not_there_only_its_making_works() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    for operation in operations("ws_a").iter().filter(|(method, ..)| method != Method::PUT) {
        assert_eq!(status(&api, operation).await, (404, "not-found".to_owned()), "{operation:?}");
    }
    assert_eq!(service.stored_items("ws_a").await, 0, "a mistyped id stores nothing");
    assert_eq!(put(&api, "free").await.status, 201);
    for operation in operations("ws_a") {
        assert_eq!(status(&api, &operation).await.0, operation.4, "{operation:?}");
    }
}

#[tokio::test]
async fn a_key_of_one_workspace_finds_nothing_in_another() {
    let service = TestService::at_noon().await;
    let operator = service.operator().await;
    assert_eq!(operator.put("/v1/workspaces/ws_b", &json!({ "plan": "free" })).await.status, 201);
    let bound = service.api(&service.key(&Scope::ALL, Some("ws_a")).await);
    assert_eq!(
        put(&bound, "free").await.status,
        201,
        "a key may make the workspace it is bound to"
    );
    for operation in operations("ws_a") {
        assert_eq!(status(&bound, &operation).await.0, operation.4, "{operation:?}");
    }
    let items = service.stored_items("ws_b").await;
    for other in ["ws_b", "ws_c", "ws_A", "ws%5Fa"] {
        for operation in operations(other) {
            assert_eq!(
                status(&bound, &operation).await,
                (404, "not-found".to_owned()),
                "{operation:?}"
            );
        }
    }
    assert_eq!(service.stored_items("ws_b").await, items);
    for operation in operations("ws_b") {
        assert_eq!(
            status(&operator, &operation).await.0,
            operation.4,
            "a key of no workspace works in each: {operation:?}"
        );
    }
}

#[tokio::test]
async fn each_operation_needs_its_own_scope() {
    let service = TestService::at_noon().await;
    put(&service.operator().await, "free").await;
    for operation in operations("ws_a") {
        let (only, other): (Vec<_>, Vec<_>) =
            Scope::ALL.into_iter().partition(|scope| *scope == operation.3);
        let without = service.api(&service.key(&other, None).await);
        assert_eq!(
            status(&without, &operation).await,
            (403, "insufficient-scope".to_owned()),
            "{operation:?}"
        );
        let with = service.api(&service.key(&only, None).await);
        let allowed = status(&with, &operation).await.0;
        assert!(allowed == operation.4, "{allowed} {operation:?}");
        assert_eq!(
            status(&service.anonymous(), &operation).await,
            (401, "unauthenticated".to_owned())
        );
    }
    let lacking = service.api(&service.key(&[], Some("ws_b")).await).get(WORKSPACE).await;
    assert_eq!(lacking.status, 404, "another workspace's key learns nothing of scopes");
}

#[tokio::test]
async fn a_workspace_has_its_methods_and_says_so() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    for method in [Method::DELETE, Method::POST, Method::PATCH] {
        let refused = api.send(method, WORKSPACE, None, &[]).await;
        assert_eq!((refused.status, refused.problem()), (405, "method-not-allowed"));
        let mut allowed: Vec<_> = refused.header("allow").split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "PUT"]);
    }
}
