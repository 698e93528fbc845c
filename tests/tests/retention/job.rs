//! The job after a change of plan: what it changes in the store, in which order, and what it leaves
//! alone.

use crate::{log, plan, stored};
use domain::memory::fixtures::new_entry;
use domain::plan::{GraceDays, Plan};
use domain::ports::AppendEntry;
use domain::timestamp::Timestamp;
use tests::{NOON, TestService, actor, at, content, log_of, target};

#[tokio::test(flavor = "multi_thread")]
async fn raising_lengthens_every_entry_its_values_and_its_index_rows() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Free);
    let log = log(&service, &workspace, &[0, 5, 30], 3);
    service.count(&workspace).await;
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Pro)).await.status, 200);
    service.work_to_the_end().await;
    let workspace = service.stored_workspace("ws_a").await;
    for (partition, count) in [("ws_a", 10), ("ws_a#values", 3)] {
        let items = stored(&service, partition).await;
        assert_eq!(items.len(), count);
        for (id, end) in items {
            let occurred_at = domain::identity::EntryId::parse(&id).unwrap().occurred_at();
            let expected = workspace.plan.delete_at(occurred_at, GraceDays::default());
            assert_eq!(end, expected, "{partition} {id}");
        }
    }
    let shown = api.get("/v1/workspaces/ws_a").await;
    assert_eq!(
        (
            shown.text_at("/retention_job/state"),
            shown.json["retention_job"]["rewritten_entries"].as_u64()
        ),
        ("done", Some(9))
    );
    // A month later DynamoDB has deleted what it may: nothing is missing, in the table, in the
    // indexes and in the counts.
    service.clock.set(service.clock.now().plus_days(31));
    let api = service.operator().await;
    for query in ["", "?actor_id=u_1", "?target_type=project&target_id=p", "?action=project.update"]
    {
        let page = api.get(&format!("/v1/workspaces/ws_a/entries{query}")).await;
        let own = u64::from(query.is_empty());
        assert_eq!(
            page.json["page"]["total_entries"],
            u64::try_from(log.len()).unwrap() + own,
            "{query}"
        );
    }
    let entry = api.get(&format!("/v1/workspaces/ws_a/entries/{}", log[2].id)).await;
    assert_eq!(entry.text_at("/new_value").len(), 2_000, "with its values");
}

#[tokio::test(flavor = "multi_thread")]
async fn lowering_lets_what_is_hidden_go_when_the_grace_is_over_and_the_rest_by_the_new_plan() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Enterprise);
    // One entry is six years old. DynamoDB never deletes an item whose TTL lies more than five
    // years in the past, so the job must not set the time at which the plan ended.
    log(&service, &workspace, &[0, 30, 31, 365 * 6], 2);
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Free)).await.status, 200);
    service.work().await;
    service.clock.set(at(NOON).plus_ms(120_000));
    service.worker().look_after().await.unwrap();
    service.work().await;
    let waits = api.get("/v1/workspaces/ws_a").await;
    assert_eq!(waits.text_at("/retention_job/phase"), "final_pass");
    assert_eq!(waits.text_at("/retention_job/waits_until"), "2026-11-29T12:00:40.000Z");
    let own = |(_, end): &(String, Option<Timestamp>)| end.is_some();
    assert_eq!(stored(&service, "ws_a").await.iter().filter(|item| own(item)).count(), 0, "kept");
    service.work_to_the_end().await;
    let over = at(NOON).plus_days(7);
    for partition in ["ws_a", "ws_a#values"] {
        for (id, end) in stored(&service, partition).await {
            let occurred_at = domain::identity::EntryId::parse(&id).unwrap().occurred_at();
            let by_plan = Plan::Free.delete_at(occurred_at, GraceDays::default()).unwrap();
            assert_eq!(end, Some(by_plan.max(over)), "{partition} {id}");
        }
    }
    assert_eq!(service.delete_expired().await, 6, "four entries, and the values of two");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_instance_records_by_the_old_plan_meanwhile_is_rewritten_too() {
    let service = TestService::at_noon().await;
    let old = service.fixed_workspace("ws_a", Plan::Free);
    log(&service, &old, &[0, 20], 2);
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Enterprise)).await.status, 200);
    service.work().await;
    let shown = api.get("/v1/workspaces/ws_a").await;
    assert_eq!(
        shown.text_at("/retention_job/phase"),
        "second_pass",
        "it waits until nobody records by the old plan"
    );
    // Another instance caches the old plan for a minute, and accepts entries of days ago.
    service.clock.set(at(NOON).plus_ms(59_000));
    let late = log_of(
        &old,
        [content(
            at(NOON).plus_days(-25),
            actor("u_1"),
            "project.update",
            target("project", "p"),
            99,
        )],
    );
    service.store.append(&new_entry(&old, &late[0])).await.unwrap();
    service.work_to_the_end().await;
    assert!(stored(&service, "ws_a").await.iter().all(|(_, end)| end.is_none()));
}

/// By the old plan, the entries of the oldest day go a second later.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_raised_a_second_before_midnight_loses_nothing() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Free);
    log(&service, &workspace, &[30, 29, 28], 2);
    service.clock.set(at("2026-11-22T23:59:59.000Z"));
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Pro)).await.status, 200);
    let total = async || {
        let api = service.operator().await;
        api.get("/v1/workspaces/ws_a/entries").await.json["page"]["total_entries"].clone()
    };
    // No worker does the job, and DynamoDB deletes at once, until a second before the oldest day
    // may be deleted.
    for moment in ["2026-11-23T00:00:00.000Z", "2026-11-29T23:59:59.000Z"] {
        service.clock.set(at(moment));
        assert_eq!(service.delete_expired().await, 0, "{moment}");
        assert_eq!(total().await, 7, "the entries, and the change");
    }
    service.work_to_the_end().await;
    service.clock.set(at(NOON).plus_days(300));
    assert_eq!((service.delete_expired().await, total().await), (0, 7.into()));
}

/// A job that runs after the grace has ended extends the entries that are still stored, and does
/// not create deleted ones again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_not_made_anew() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Free);
    log(&service, &workspace, &[30, 29, 28], 2);
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Pro)).await.status, 200);
    service.clock.set(at("2026-11-30T00:00:00.000Z"));
    assert_eq!(service.delete_expired().await, 3, "two entries, and the values of one");
    service.work_to_the_end().await;
    assert_eq!(stored(&service, "ws_a").await.len(), 5, "four entries, and the change");
    assert_eq!(stored(&service, "ws_a#values").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_an_earlier_change_finds_that_it_is_too_late() {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Pro);
    log(&service, &workspace, &[0, 20], 3);
    let api = service.operator().await;
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Free)).await.status, 200);
    let earlier = service.backend.queue.take().unwrap();
    assert_eq!(api.put("/v1/workspaces/ws_a", &plan(Plan::Enterprise)).await.status, 200);
    service.work_to_the_end().await;
    service.worker().work_on(&earlier).await.unwrap();
    assert!(stored(&service, "ws_a").await.iter().all(|(_, end)| end.is_none()));
}
