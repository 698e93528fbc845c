//! What a change of plan hides, and what it brings back.

use crate::expiry::{WORKSPACE, put, record, recorded, visible};
use domain::credential::Scope;
use domain::timestamp::Timestamp;
use tests::{Api, NOON, Response, TestService, at};

/// Noon, so many days ago.
fn ago(days: i64) -> Timestamp {
    at(NOON).plus_days(-days)
}

#[tokio::test]
async fn lowering_a_plan_hides_at_once_what_is_past_the_new_retention() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    put(&api, "enterprise").await;
    let edges = [0, 1, 29, 30, 31, 89, 90, 91, 364, 365, 366, 4_000];
    let all = recorded(&api, edges.map(ago)).await;
    let midnights = [30, 90, 365].map(|days| ago(days).start_of_day());
    let all = [
        all,
        recorded(&api, midnights.into_iter().flat_map(|midnight| [midnight, midnight.plus_ms(-1)]))
            .await,
    ]
    .concat();
    for (plan, days) in [("enterprise", i64::MAX), ("pro", 365), ("basic", 90), ("free", 30)] {
        put(&api, plan).await;
        let kept = |id: &&String| {
            days == i64::MAX || id.as_str() >= ago(days).start_of_day().key().as_str()
        };
        let mut expected: Vec<_> = all.iter().filter(kept).cloned().collect();
        expected.sort_by(|a, b| b.cmp(a));
        assert_eq!(visible(&api, &all).await, expected, "{plan}");
    }
    let invitations = service.stored_items("ws_a").await - 4;
    assert_eq!(invitations, all.len(), "all are still stored");
}

#[tokio::test]
async fn another_instance_hides_it_within_a_minute() {
    let service = TestService::at_noon().await;
    let token = service.key(&Scope::ALL, None).await;
    let (here, there) = (service.api(&token), service.another_instance(&token).await);
    put(&here, "pro").await;
    let all = recorded(&here, [ago(0), ago(200)]).await;
    assert_eq!(visible(&there, &all).await.len(), 2);
    let at_ms = |ms: i64| service.clock.set(at(NOON).plus_ms(ms));
    // The plan is read right before the change, so the old one is remembered for the longest time.
    at_ms(60_000);
    assert_eq!(visible(&there, &all).await.len(), 2);
    at_ms(60_001);
    put(&here, "free").await;
    assert_eq!(visible(&here, &all).await.len(), 1, "at once where it was changed");
    at_ms(60_000 + 60_000);
    assert_eq!(visible(&there, &all).await.len(), 1, "and a minute after it was read everywhere");
    let fresh = service.another_instance(&token).await;
    assert_eq!(
        visible(&fresh, &all).await.len(),
        1,
        "an instance that remembers nothing sees it at once"
    );
}

#[tokio::test]
async fn raising_a_plan_within_seven_days_brings_everything_back() {
    for (ms, left) in
        [(1_000, 4), ((7 * 24 - 1) * 3_600_000, 4), (7 * 86_400_000 - 1, 4), (7 * 86_400_000, 1)]
    {
        let service = TestService::at_noon().await;
        let token = service.key(&Scope::ALL, None).await;
        let api = service.api(&token);
        put(&api, "enterprise").await;
        let all = recorded(&api, [0, 30, 31, 200].map(ago)).await;
        service.clock.set(at(NOON).plus_ms(1));
        put(&api, "free").await;
        assert_eq!(visible(&api, &all).await.len(), 2, "hidden at once");
        service.clock.set(at(NOON).plus_ms(1 + ms));
        put(&api, "enterprise").await;
        for instance in [&api, &service.another_instance(&token).await] {
            assert_eq!(visible(instance, &all).await.len(), left, "after {ms} ms");
        }
    }
}

#[tokio::test]
async fn what_can_no_longer_be_brought_back_stays_hidden_whatever_the_plan() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    put(&api, "enterprise").await;
    let all = recorded(&api, [0, 30, 31, 200].map(ago)).await;
    service.clock.set(at(NOON).plus_ms(1));
    put(&api, "free").await;
    service.clock.set(at(NOON).plus_days(8));
    for (n, plan) in ["basic", "pro", "enterprise", "free", "enterprise"].into_iter().enumerate() {
        service.clock.set(at(NOON).plus_days(8).plus_ms(i64::try_from(n).unwrap()));
        put(&api, plan).await;
        assert_eq!(visible(&api, &all).await.len(), 1, "{plan}");
        assert_eq!(
            api.get(WORKSPACE).await.text_at("/visible_from"),
            "2026-10-31T00:00:00.000Z",
            "{plan}"
        );
    }
}

#[tokio::test]
async fn what_expired_before_a_plan_was_raised_stays_hidden_and_the_rest_stays() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    put(&api, "free").await;
    let all = recorded(&api, [ago(30), ago(29), ago(0)]).await;
    service.clock.set(ago(0).start_of_day().plus_days(1));
    assert_eq!(visible(&api, &all).await.len(), 2, "one has expired on its own");
    put(&api, "enterprise").await;
    for days in [1, 2, 10_000] {
        service.clock.set(ago(0).start_of_day().plus_days(days));
        assert_eq!(visible(&api, &all).await.len(), 2, "{days} days later");
    }
    let shown = api.get(&format!("{WORKSPACE}/entries/{}", all.last().unwrap())).await;
    assert_eq!(shown.json.get("expires_at"), Some(&serde_json::Value::Null), "by the present plan");
}

async fn accepts(api: &Api, occurred_at: Timestamp) -> bool {
    let answer: Response = record(api, occurred_at).await;
    match answer.status {
        200 | 201 => true,
        422 => {
            assert_eq!(answer.pointers(), ["/occurred_at"]);
            false
        }
        _ => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn an_entry_is_accepted_if_the_plan_keeps_it_and_it_is_not_of_the_future() {
    for (plan, days) in
        [("free", Some(30)), ("basic", Some(90)), ("pro", Some(365)), ("enterprise", None)]
    {
        let service = TestService::at_noon().await;
        let api = service.operator().await;
        put(&api, plan).await;
        assert!(accepts(&api, at(NOON).plus_ms(300_000)).await, "{plan}: five minutes ahead");
        assert!(!accepts(&api, at(NOON).plus_ms(300_001)).await, "{plan}: a millisecond more");
        let oldest = days.map_or(Timestamp::MIN, |days| ago(days).start_of_day());
        assert!(accepts(&api, oldest).await, "{plan}: the oldest that it keeps");
        if days.is_some() {
            assert!(!accepts(&api, oldest.plus_ms(-1)).await, "{plan}: older");
            service.clock.set(ago(-1).start_of_day());
            assert!(!accepts(&api, oldest.plus_ms(1)).await, "{plan}: the next day");
            assert!(accepts(&api, oldest.plus_days(1)).await);
        }
        assert_eq!(api.get(WORKSPACE).await.text_at("/plan"), plan);
    }
}

#[tokio::test]
async fn what_is_hidden_for_good_is_not_accepted_either() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    put(&api, "enterprise").await;
    service.clock.set(at(NOON).plus_ms(1));
    put(&api, "free").await;
    service.clock.set(at(NOON).plus_days(7).plus_ms(1));
    put(&api, "enterprise").await;
    let edge = ago(23).start_of_day();
    assert!(accepts(&api, edge).await);
    assert!(!accepts(&api, edge.plus_ms(-1)).await, "it could never be seen");
}
