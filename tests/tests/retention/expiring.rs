//! The reminder: how many entries expire soon.

use crate::{log, plan};
use domain::plan::Plan;
use serde_json::{Value, json};
use tests::TestService;

/// The reminder as the API shows it, when it is exact.
fn expiring(within_7_days: u64, within_30_days: u64, first: Option<&str>) -> Value {
    json!({
        "within_7_days": within_7_days,
        "within_30_days": within_30_days,
        "first_expires_at": first,
        "is_exact": true,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_says_how_many_entries_expire_soon_and_when_the_first_does() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Basic);
    // With 90 days, an entry of 90 days ago expires at the next midnight, one of 84 days ago at the
    // seventh, 6.5 days from noon.
    log(&service, &workspace, &[0, 60, 61, 83, 84, 90], 2);
    let api = service.operator().await;
    let expected = expiring(4, 8, Some("2026-11-23T00:00:00.000Z"));
    assert_eq!(api.get("/v1/workspaces/ws_a").await.json["expiring"], expected);
    assert_eq!(api.get("/v1/workspaces/ws_a/facets").await.json["expiring"], expected);
    assert!(
        api.get("/v1/workspaces/ws_a/facets?action=member.invite")
            .await
            .json
            .get("expiring")
            .is_none(),
        "it is about the whole log"
    );
    service.clock.set(service.clock.now().plus_days(1));
    let next = expiring(4, 8, Some("2026-11-29T00:00:00.000Z"));
    assert_eq!(
        api.get("/v1/workspaces/ws_a").await.json["expiring"],
        next,
        "two have gone, and two come into sight"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_expires_where_nothing_is_or_nothing_ends() {
    let service = TestService::at_noon().await;
    let nothing = expiring(0, 0, None);
    let workspace = service.fixed_workspace("ws_a", Plan::Enterprise);
    log(&service, &workspace, &[1, 400], 2);
    let api = service.operator().await;
    assert_eq!(api.get("/v1/workspaces/ws_a").await.json["expiring"], nothing);
    let _ = service.fixed_workspace("ws_b", Plan::Free);
    assert_eq!(api.get("/v1/workspaces/ws_b").await.json["expiring"], nothing);
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Pro)).await.status, 200);
    assert_eq!(
        api.get("/v1/workspaces/ws_a").await.json["expiring"],
        nothing,
        "what the change hid does not expire any more"
    );
}
