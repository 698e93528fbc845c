//! The effect that a change of plan announces. A dry run announces it and changes nothing.

use crate::{log, plan};
use domain::plan::Plan;
use serde_json::{Value, json};
use tests::TestService;

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_effect_and_stores_nothing() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Pro);
    log(&service, &workspace, &[0, 10, 30, 31, 60, 200], 3);
    let api = service.operator().await;
    let before = service.stored_workspace("ws_a").await;
    let dry = api.put("/v1/workspaces/ws_a?dry_run=true", &plan(Plan::Free)).await;
    assert_eq!(dry.status, 200, "{dry:?}");
    assert_eq!(
        dry.json["effect"],
        json!({
            "hidden_entries": 9, "restored_entries": 0, "is_exact": true,
            "kept_from": "2026-10-23T00:00:00.000Z",
            "restorable_until": "2026-11-29T12:00:00.000Z",
        })
    );
    assert_eq!(
        (dry.text_at("/plan"), dry.text_at("/visible_from")),
        ("free", "2026-10-23T00:00:00.000Z"),
        "as it would be"
    );
    assert_eq!(dry.json["retention_job"], Value::Null);
    assert_eq!(service.stored_workspace("ws_a").await, before);
    assert_eq!(service.stored_items("ws_a").await, 18, "no entry tells of it");
    assert!(service.open_jobs().await.is_empty());
    assert_eq!(api.get("/v1/workspaces/ws_a/entries").await.json["page"]["total_entries"], 18);
    let done = api.put("/v1/workspaces/ws_a?dry_run=false", &plan(Plan::Free)).await;
    assert_eq!(done.json["effect"], dry.json["effect"], "what was promised");
    assert_eq!(done.text_at("/retention_job/state"), "queued");
    assert_eq!(
        api.get("/v1/workspaces/ws_a/entries").await.json["page"]["total_entries"],
        10,
        "and the change itself"
    );
    let raised = api.put("/v1/workspaces/ws_a", &plan(Plan::Enterprise)).await;
    assert_eq!(
        raised.json["effect"],
        json!({
            "hidden_entries": 0, "restored_entries": 9, "is_exact": true,
            "kept_from": "2025-11-22T00:00:00.000Z", "restorable_until": null,
        }),
        "what the plan before would have kept"
    );
    let same = api.put("/v1/workspaces/ws_a", &plan(Plan::Enterprise)).await;
    assert_eq!(
        (same.status, &same.json["effect"]["hidden_entries"], &same.json["retention_job"]),
        (200, &json!(0), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_says_what_a_raised_plan_would_bring_back_and_until_when() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Pro);
    log(&service, &workspace, &[0, 30, 31, 89, 200], 3);
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Free)).await.status, 200);
    let path = "/v1/workspaces/ws_a";
    let facets = "/v1/workspaces/ws_a/facets";
    let expected = json!([{
        "plan": "pro", "since": "2026-11-22T12:00:00.000Z", "until": "2026-11-29T12:00:00.000Z",
        "hidden_entries": 9, "is_exact": true,
    }]);
    assert_eq!(api.get(path).await.json["grace"], expected);
    assert_eq!(api.get(facets).await.json["grace"], expected);
    let filtered = api.get(&format!("{facets}?action=project.update")).await;
    assert_eq!(filtered.json.get("grace"), None, "it is about the whole log");
    service.clock.set(service.clock.now().plus_days(7));
    let api = service.operator().await;
    assert_eq!(api.get(path).await.json.get("grace"), None, "it is over");
    assert_eq!(api.get(facets).await.json.get("grace"), None);
    let raised = api.put(path, &plan(Plan::Pro)).await;
    assert_eq!(raised.json["effect"]["restored_entries"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_new_workspace_makes_none_and_a_bad_one_is_refused() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    let dry = api.put("/v1/workspaces/ws_new?dry_run=true", &plan(Plan::Free)).await;
    assert_eq!((dry.status, dry.text_at("/plan")), (200, "free"));
    assert_eq!(api.get("/v1/workspaces/ws_new").await.status, 404);
    for (query, status, problem) in [
        ("dry_run=yes", 422, "validation-failed"),
        ("dry_run=", 422, "validation-failed"),
        ("dry_run=1", 422, "validation-failed"),
        ("dryrun=true", 400, "unknown-parameter"),
        ("dry_run=true&dry_run=true", 400, "duplicate-parameter"),
    ] {
        let answer = api.put(&format!("/v1/workspaces/ws_new?{query}"), &plan(Plan::Free)).await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{query}");
    }
    assert_eq!(api.get("/v1/workspaces/ws_new").await.status, 404, "a typo makes no workspace");
}
