//! The end of an entry's life: what is answered, what is stored, and what DynamoDB deletes.

use crate::expiry::{WORKSPACE, invitation, record, recorded, visible};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::clock::Clock;
use domain::entry::Entry;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use serde_json::Value;
use tests::{Ask, NOON, Setup, TestService, actor, at, content, log_of, target};

/// The attributes of a stored item.
async fn stored(
    service: &TestService,
    partition: &str,
    id: &str,
) -> std::collections::HashMap<String, AttributeValue> {
    let key = |text: &str| AttributeValue::S(text.to_owned());
    let get = service
        .dynamodb
        .get_item()
        .table_name("entries")
        .key("workspace_id", key(partition))
        .key("id", key(id));
    get.send().await.unwrap().item.unwrap()
}

#[tokio::test]
async fn an_entry_is_visible_until_the_exact_millisecond_of_its_end() {
    for (plan, occurred_at, expires_at) in [
        (Plan::Free, "2026-11-22T12:00:00.000Z", "2026-12-23T00:00:00.000Z"),
        (Plan::Free, "2026-11-22T00:00:00.000Z", "2026-12-23T00:00:00.000Z"),
        (Plan::Free, "2026-11-21T23:59:59.999Z", "2026-12-22T00:00:00.000Z"),
        (Plan::Basic, "2026-11-22T11:59:59.999Z", "2027-02-21T00:00:00.000Z"),
        (Plan::Pro, "2026-11-22T12:04:59.999Z", "2027-11-23T00:00:00.000Z"),
        // Over a leap day.
        (Plan::Pro, "2027-03-01T12:00:00.000Z", "2028-03-01T00:00:00.000Z"),
    ] {
        let service = TestService::at_noon().await;
        drop(service.fixed_workspace("ws_a", plan));
        let api = service.operator().await;
        service.clock.set(at(NOON).max(at(occurred_at)));
        let made = record(&api, at(occurred_at)).await;
        assert_eq!(
            (made.status, made.text_at("/expires_at")),
            (201, expires_at),
            "{plan:?} {occurred_at}"
        );
        let all = [made.text_at("/id").to_owned()];
        for (moment, can_be_seen) in [
            (at(expires_at).plus_ms(-1), true),
            (at(expires_at), false),
            (at(expires_at).plus_days(1_000), false),
        ] {
            service.clock.set(moment);
            assert_eq!(
                visible(&api, &all).await.len(),
                usize::from(can_be_seen),
                "{plan:?} {occurred_at} at {}",
                moment.rfc3339()
            );
        }
        assert_eq!(service.stored_items("ws_a").await, 1, "it is still stored, and not seen");
    }
}

#[tokio::test]
async fn an_entry_of_an_unlimited_plan_is_visible_for_ever() {
    let service = TestService::at_noon().await;
    drop(service.fixed_workspace("ws_a", Plan::Enterprise));
    let api = service.operator().await;
    let all = recorded(&api, [Timestamp::MIN, at("1970-01-01T00:00:00Z"), at(NOON)]).await;
    let made = api.get(&format!("{WORKSPACE}/entries/{}", all.first().unwrap())).await;
    assert_eq!(made.json.get("expires_at"), Some(&Value::Null));
    for moment in [at(NOON), at("9998-12-31T23:59:59.999Z"), Timestamp::MAX] {
        service.clock.set(moment);
        assert_eq!(visible(&api, &all).await.len(), 3);
    }
    for id in &all {
        assert_eq!(stored(&service, "ws_a", id).await.get("delete_at"), None);
    }
}

#[tokio::test]
async fn what_dynamodb_deletes_by_is_seven_days_after_the_end_that_is_answered() {
    for plan in Plan::ALL {
        let service = TestService::at_noon().await;
        drop(service.fixed_workspace("ws_a", plan));
        let api = service.operator().await;
        for (value, partitions) in
            [("small".to_owned(), vec!["ws_a"]), ("x".repeat(2_000), vec!["ws_a", "ws_a#values"])]
        {
            let mut entry = invitation(at(NOON));
            entry.as_object_mut().unwrap().insert("new_value".to_owned(), value.into());
            let made = api.post(&format!("{WORKSPACE}/entries"), &entry).await.json;
            let answered =
                made.get("expires_at").unwrap().as_str().map(|end| at(end).plus_days(7).ms());
            for partition in partitions {
                let item =
                    stored(&service, partition, made.get("id").unwrap().as_str().unwrap()).await;
                let seconds: Option<i64> =
                    item.get("delete_at").map(|end| end.as_n().unwrap().parse().unwrap());
                assert_eq!(
                    seconds.map(|seconds| seconds * 1_000),
                    answered,
                    "{plan:?} {partition}"
                );
            }
        }
    }
}

/// 40 entries of ten days in a year long gone, of a plan that was lowered two days before.
fn log_of_2020(service: &TestService) -> (Vec<Entry>, Timestamp) {
    let now = at("2020-05-20T12:00:00Z");
    service.clock.set(now);
    let workspace = service.fixed_workspace("ws_a", Plan::Free);
    let of = |n: usize| {
        let moment = now.plus_ms(-i64::try_from(n).unwrap() * 21_600_000);
        content(moment, actor("usr_1"), "member.invite", target("member", "mem_1"), n)
    };
    (log_of(&workspace, (0..40).map(of)), now)
}

#[tokio::test]
async fn a_list_is_the_same_before_and_after_dynamodb_deletes() {
    let service = TestService::at_noon().await;
    let (log, now) = log_of_2020(&service);
    let workspace = service.stored_workspace("ws_a").await;
    service.load_by(&workspace, &log);
    let api = service.operator().await;
    let all = Ask::default().of(&log);
    assert_eq!(visible(&api, &all).await, all);
    let token = tests::page(&api, &format!("{WORKSPACE}/entries?page_size=2")).await.next.unwrap();
    // Five days later the first of them have expired.
    let later = now.plus_days(25);
    service.clock.set(later);
    let live: Vec<_> =
        log.iter().filter(|entry| entry.is_visible(&workspace, later)).cloned().collect();
    assert!((1..40).contains(&live.len()));
    assert_eq!(visible(&api, &all).await, Ask::default().of(&live), "not deleted yet");
    assert_eq!(service.stored_items("ws_a").await, 40);
    let after = |page: tests::Page| (page.ids, page.next.is_some());
    let path = format!("{WORKSPACE}/entries?page_token={token}");
    let by_token = after(tests::page(&api, &path).await);
    assert_eq!(service.delete_expired().await, 0, "the plan may still be raised to keep them");
    service.clock.set(later.plus_days(7));
    let deleted = service.delete_expired().await;
    assert_eq!(deleted, 40 - live.len(), "seven days later they may go");
    service.clock.set(later);
    assert_eq!(visible(&api, &all).await, Ask::default().of(&live));
    assert_eq!(after(tests::page(&api, &path).await), by_token);
}

/// By the machine's own clock, which the embedded database deletes by.
#[tokio::test]
async fn the_embedded_database_deletes_nothing_that_can_be_brought_back() {
    let now = Clock::System.now();
    let service = TestService::with(Setup { clock: Clock::manual(now), ..Setup::default() }).await;
    let free = service.fixed_workspace("ws_a", Plan::Free);
    // By the plan, the oldest expired six days ago, seven days ago, and a day before that.
    let days = [1, 30, 36, 37, 38, 39];
    let of = |(n, days): (usize, i64)| {
        let moment = now.start_of_day().plus_days(-days);
        content(moment, actor("usr_1"), "member.invite", target("member", "mem_1"), n)
    };
    let log = log_of(&free, days.into_iter().enumerate().map(of));
    service.load_by(&free, &log);
    assert_eq!(service.embedded.database.sweep_ttl().unwrap(), 1 + 1);
    let left = service.stored_items("ws_a").await;
    assert_eq!(left, 4);
    let pro = service.fixed_workspace("ws_b", Plan::Pro);
    let log = log_of(&pro, days.into_iter().enumerate().map(of));
    service.load_by(&pro, &log);
    let api = service.operator().await;
    let lowered = api.put("/v1/workspaces/ws_b", &serde_json::json!({ "plan": "free" })).await;
    assert_eq!(lowered.status, 200);
    service.work().await;
    assert_eq!(service.embedded.database.sweep_ttl().unwrap(), 0, "the plan can be raised again");
}
