//! Who may export, and what bad requests get.

use crate::export::{body, log, scene};
use domain::credential::Scope;
use domain::plan::Plan;
use serde_json::json;
use tests::Ask;
use tests::jobs::export;
use tests::scene::assert_well_formed;

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_seen_in_its_own_workspace_and_with_its_scope_only() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 11, 5);
    service.bare_workspace("ws_b", Plan::Basic).await;
    let operator = service.operator().await;
    let done = export(&service, &operator, "ws_a", &body("csv", "none", &Ask::default())).await;
    let id = done.text_at("/id");
    let others = service.api(&service.key(&[Scope::EntriesExport], Some("ws_b")).await);
    let readers = service.api(&service.key(&[Scope::EntriesRead], Some("ws_a")).await);
    for (api, path, status, problem) in [
        (&others, format!("/v1/workspaces/ws_a/exports/{id}"), 404, "not-found"),
        (&others, format!("/v1/workspaces/ws_b/exports/{id}"), 404, "not-found"),
        (&others, "/v1/workspaces/ws_a/exports".to_owned(), 404, "not-found"),
        (&readers, format!("/v1/workspaces/ws_a/exports/{id}"), 403, "insufficient-scope"),
        (&readers, "/v1/workspaces/ws_a/exports".to_owned(), 403, "insufficient-scope"),
        (&operator, "/v1/workspaces/ws_a/exports/retention".to_owned(), 404, "not-found"),
        (&operator, format!("/v1/workspaces/ws_a/exports/{}", id.to_uppercase()), 404, "not-found"),
        (&operator, format!("/v1/workspaces/ws_a/exports/{id}?a=1"), 400, "unknown-parameter"),
        (&operator, "/v1/workspaces/ws_a/exports?page=1".to_owned(), 400, "unknown-parameter"),
    ] {
        let answer = api.get(&path).await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{path}");
        assert_well_formed(&path, &answer);
    }
    assert_eq!(others.get("/v1/workspaces/ws_b/exports").await.json, json!({ "exports": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_names_its_fields_and_starts_nothing() {
    let (service, _) = scene().await;
    let api = service.operator().await;
    for (text, status, pointers) in [
        (r#"{"format":"exe"}"#, 422, vec!["/format"]),
        ("{}", 422, vec!["/format"]),
        (r#"{"format":null}"#, 422, vec!["/format"]),
        (r#"{"format":"CSV"}"#, 422, vec!["/format"]),
        (r#"{"format":"csv","compression":"zip"}"#, 422, vec!["/compression"]),
        (r#"{"format":"csv","bom":"true"}"#, 422, vec!["/bom"]),
        (r#"{"format":"csv","bom":1}"#, 422, vec!["/bom"]),
        (r#"{"format":"ndjson","bom":true}"#, 422, vec!["/bom"]),
        (r#"{"bom":true}"#, 422, vec!["/format"]),
        (
            r#"{"format":"csv","action":"x","target_type":1,"from":"now"}"#,
            422,
            vec!["/action", "/target_type", "/from"],
        ),
        (r#"{"format":"csv","target_id":"x"}"#, 422, vec!["/target_id"]),
        (
            r#"{"format":"csv","from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}"#,
            422,
            vec!["/from"],
        ),
        (r#"{"format":"csv","page_size":5}"#, 422, vec!["/page_size"]),
        ("[]", 422, vec![""]),
        ("{", 400, vec![]),
        (r#"{"format":"csv","format":"csv"}"#, 400, vec![]),
    ] {
        let answer = api.post_text("/v1/workspaces/ws_a/exports", text).await;
        assert_eq!((answer.status, answer.pointers()), (status, pointers), "{text}");
        assert_well_formed(text, &answer);
    }
    let answer =
        api.post("/v1/workspaces/ws_a/exports?format=csv", &json!({ "format": "csv" })).await;
    assert_eq!((answer.status, answer.problem()), (400, "unknown-parameter"));
    assert!(service.open_jobs().await.is_empty() && service.waiting().is_empty());
    assert_eq!(service.stored_items("ws_a").await, 0, "nothing was recorded");
    assert_eq!(
        api.post("/v1/workspaces/ws_none/exports", &json!({ "format": "csv" })).await.status,
        404
    );
}
