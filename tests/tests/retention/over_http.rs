//! Some cases of the [matrix](crate::matrix) over HTTP and DynamoDB: the API asks for the same
//! changes, and its lists show the same.

use crate::model::{Between, DAYS, Model};
use crate::{log, plan};
use domain::identity::EntryId;
use domain::plan::Plan;
use tests::{Api, TestService};

/// What the list shows of one actor, who has all of the entries. It is read by the index and by the
/// counts, which must agree.
async fn shown(api: &Api, workspace: &str) -> Vec<EntryId> {
    let mut shown: [Vec<EntryId>; 2] = Default::default();
    for (ids, filter) in shown.iter_mut().zip(["actor_id=u_1", "action=project.update"]) {
        let path = format!("/v1/workspaces/{workspace}/entries?{filter}&page_size=100");
        let page = api.get(&path).await;
        let rows = page.json["entries"].as_array().unwrap();
        ids.extend(rows.iter().map(|row| EntryId::parse(row["id"].as_str().unwrap()).unwrap()));
        let total = u64::try_from(ids.len()).unwrap();
        assert_eq!(page.json["page"]["total_entries"], total, "{filter}");
    }
    let [by_index, by_tally] = shown;
    assert_eq!(by_index, by_tally, "index and table differ");
    by_tally
}

/// One workspace, from the first plan to the third.
async fn play(plans: [Plan; 3], between: Between, deletes_at_once: bool) {
    let service = TestService::at_noon().await;
    let [first, second, third] = plans;
    let workspace = service.fixed_workspace("ws_a", first);
    let mut model = Model::new(log(&service, &workspace, &DAYS, 2), first);
    let what = format!("{plans:?} {between:?} {deletes_at_once}");
    let change = async |to: Plan| {
        let api = service.operator().await;
        assert_eq!(api.put("/v1/workspaces/ws_a", &plan(to)).await.status, 200, "{what}");
    };
    let sweep = async || if deletes_at_once { service.delete_expired().await } else { 0 };
    change(second).await;
    model.change(second, service.clock.now());
    match between {
        Between::Done => service.work_to_the_end().await,
        Between::UnderWay => drop(service.work().await),
        Between::NotBegun => {}
    }
    sweep().await;
    let seen = model.seen(service.clock.now());
    assert_eq!(shown(&service.operator().await, "ws_a").await, seen, "first: {what}");
    change(third).await;
    model.change(third, service.clock.now());
    let seen = model.seen(service.clock.now());
    assert_eq!(shown(&service.operator().await, "ws_a").await, seen, "at once: {what}");
    service.work_to_the_end().await;
    for days in [0, 29, 61] {
        service.clock.set(service.clock.now().plus_days(days));
        sweep().await;
        let shown = shown(&service.operator().await, "ws_a").await;
        assert_eq!(shown, model.seen(service.clock.now()), "{days} days later: {what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lowered_and_raised_with_the_job_done_between() {
    play([Plan::Pro, Plan::Free, Plan::Enterprise], Between::Done, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lowered_and_raised_with_the_job_under_way() {
    play([Plan::Pro, Plan::Free, Plan::Pro], Between::UnderWay, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raised_and_lowered_with_the_job_under_way() {
    play([Plan::Free, Plan::Pro, Plan::Basic], Between::UnderWay, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lowered_twice_with_no_job_between() {
    play([Plan::Enterprise, Plan::Pro, Plan::Free], Between::NotBegun, true).await;
}
