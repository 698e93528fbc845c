//! Many exports at once: how many a workspace may have open, and which request is answered with one
//! that is open.

use crate::export::{body, log, scene};
use domain::plan::Plan;
use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Api, Ask, Response, TestService};

const EXPORTS: &str = "/v1/workspaces/ws_a/exports";

/// A request that differs from others by its number.
fn numbered(number: u32) -> Value {
    json!({ "format": "csv", "from": format!("2026-11-01T00:00:{:02}Z", number) })
}

/// How many `audit_log.export` entries the log has.
async fn recorded(api: &Api) -> u64 {
    let path = "/v1/workspaces/ws_a/entries?action=audit_log.export";
    tests::page(api, path).await.total
}

async fn viewer(service: &TestService) -> Api {
    let end = service.clock.now().plus_ms(3_600_000);
    service.api(&service.viewer_token("ws_a", end).await)
}

async fn post(api: &Api, body: Value) -> Response {
    api.post(EXPORTS, &body).await
}

/// Whether an answer says that the workspace has as many open exports as it may.
fn is_full(answer: &Response) -> bool {
    (answer.status, answer.problem(), answer.header("retry-after")) == (429, "rate-limited", "10")
        && answer.text_at("/detail").contains("3 exports")
}

/// Whether an answer says to try again, as racing requests may be told.
fn is_refused(answer: &Response) -> bool {
    is_full(answer) || matches!(answer.problem(), "rate-limited" | "store-unavailable" | "conflict")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_exports_from_one_viewer_token_three_are_accepted() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 21, 5);
    let (viewer, operator) = (viewer(&service).await, service.operator().await);
    let answers = join_all((0..40).map(|number| post(&viewer, numbered(number)))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert!((1..=3).contains(&accepted), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.status == 202 || is_refused(answer)), "{answers:?}");
    // One after another, there is room up to three.
    for number in 40..60 {
        viewer.post(EXPORTS, &numbered(number)).await;
    }
    assert_eq!(service.open_jobs().await.len(), 3);
    assert_eq!(recorded(&operator).await, 3, "what is refused is not recorded");
    let refused = operator.post(EXPORTS, &numbered(0)).await;
    assert!(is_full(&refused), "whoever asks: {refused:?}");
    // Another workspace has its own.
    drop(service.fixed_workspace("ws_b", Plan::Basic));
    let elsewhere = operator.post("/v1/workspaces/ws_b/exports", &numbered(0)).await;
    assert_eq!(elsewhere.status, 202, "{elsewhere:?}");
    // What has ended makes room.
    service.work().await;
    assert_eq!(viewer.post(EXPORTS, &numbered(59)).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_request_is_answered_with_the_export_that_is_open() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 22, 5);
    let operator = service.operator().await;
    let (first, second) = (viewer(&service).await, viewer(&service).await);
    let asked = body("csv", "gzip", &Ask::default());
    let mut ids = BTreeSet::new();
    for round in 0..3 {
        let answers = join_all((0..6).map(|_| post(&first, asked.clone()))).await;
        for answer in answers.iter().filter(|answer| !is_refused(answer)) {
            assert!(matches!(answer.status, 200 | 202), "{answer:?}");
            assert_eq!(answer.header("location"), format!("{EXPORTS}/{}", answer.text_at("/id")));
            ids.insert(answer.text_at("/id").to_owned());
        }
        let started = answers.iter().filter(|answer| answer.status == 202).count();
        assert_eq!(started, usize::from(round == 0), "{answers:?}");
    }
    let again = second.post(EXPORTS, &asked).await;
    assert_eq!(again.status, 200, "the same admin with another token: {again:?}");
    ids.insert(again.text_at("/id").to_owned());
    assert_eq!((ids.len(), recorded(&operator).await), (1, 1));
    let by_key = operator.post(EXPORTS, &asked).await;
    assert_eq!(by_key.status, 202, "a key is another requester: {by_key:?}");
    service.work().await;
    let later = first.post(EXPORTS, &asked).await;
    assert_eq!(later.status, 202, "what has ended is not open: {later:?}");
    assert!(!ids.contains(later.text_at("/id")));
}
